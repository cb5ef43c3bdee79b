"""The scorer: raw rows → a probability per product, by one ONNX run for a whole batch, and exact reasons."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from math import isfinite
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from models.card import ModelCard, decode_card
from models.catalogue import Catalogue, decode_catalogue
from models.customers import CustomerFeatures
from models.errors import ArtefactError, CatalogueError
from models.features import FeatureGroup, FeatureSpace, FloatMatrix, Rows
from models.reasons import Reason, ReasonCode
from models.scoring import Scores
from models.trees import TreeExplainer, Trees
from models.weights import RankingModel

MODEL_FILE = "model.onnx"
CARD_FILE = "card.json"
CATALOGUE_FILE = "catalogue.json"
ARTEFACTS = Path(__file__).parent / "artifacts"

MAX_REASONS = 3
MIN_CONTRIBUTION = 0.05
"""A share of less than 0.05 in log-odds (5 % of the odds) is no reason worth showing."""

_OUTPUTS = ("score", "probability", "encoded")


class OnnxScorer:
    """A `Scorer` over an artefact directory (`model.onnx`, `catalogue.json`, `card.json`)."""

    def __init__(self, session: onnxruntime.InferenceSession, card: ModelCard, space: FeatureSpace) -> None:
        self._session = session
        self.card = card
        self.space = space
        self.model = _weights(session, space)
        self._outputs = list(_OUTPUTS)
        self._own = np.array([i for i, group in enumerate(space.groups) if group.is_product], dtype=np.intp)
        self._choice_groups = frozenset(c.code for c in space.choices)
        self._range = {c.code: (c.low, c.high) for c in space.numbers}
        entries = [entry for group in space.groups for entry in group.entries]
        self._entries = np.array(entries, dtype=np.intp)
        self._starts = np.cumsum([0, *(len(group.entries) for group in space.groups[:-1])])
        self._by_product = np.ascontiguousarray(self.model.coefficient.T.astype(np.float32))
        self._reference = self.model.reference.astype(np.float32)
        self._average = {
            group.subject: float(self._reference[group.entries[0]]) for group in space.groups if not group.is_product
        }

    @classmethod
    def load(cls, directory: Path) -> OnnxScorer:
        """The scorer in `directory`; `ArtefactError` when a file is missing or altered or does not fit the others."""
        model, content = _read(directory / MODEL_FILE), _read(directory / CARD_FILE)
        card = decode_card(content, origin=str(directory / CARD_FILE))
        digest = hashlib.sha256(model).hexdigest()
        if digest != card.model_sha256:
            raise ArtefactError(
                f"{directory / MODEL_FILE}: sha256 is {digest}, the card says {card.model_sha256}: "
                "the file is damaged or altered; install or train it again"
            )
        try:
            catalogue = decode_catalogue(_read(directory / CATALOGUE_FILE), origin=str(directory / CATALOGUE_FILE))
        except CatalogueError as error:
            raise ArtefactError(f"{error}; install or train the model again") from error
        space = FeatureSpace(catalogue)
        if space.hash != card.feature_hash or space.catalogue.product_codes != card.products:
            raise ArtefactError(
                f"{directory / CARD_FILE}: made for features {card.feature_hash[:12]}, this release computes "
                f"{space.hash[:12]} for catalogue {catalogue.name}; train the model again"
            )
        try:
            session = onnxruntime.InferenceSession(model, _options(), providers=["CPUExecutionProvider"])
            return cls(session, card, space)
        except ArtefactError:
            raise
        except Exception as error:  # onnxruntime's errors share no base but Exception
            raise ArtefactError(f"{directory / MODEL_FILE}: not a usable model: {error}; train it again") from error

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue that the scores are about."""
        return self.space.catalogue

    @property
    def version(self) -> str:
        """The model's version, derived from its content."""
        return self.card.version

    @property
    def feature_hash(self) -> str:
        """Which input the model takes."""
        return self.space.hash

    def score(self, batch: Sequence[CustomerFeatures], now: datetime | None = None) -> Scores:
        """The scores of every customer of the batch, in its order: one run of the model, whatever the batch's size."""
        return self.score_rows(self.space.rows(batch, now))

    def score_rows(self, rows: Rows) -> Scores:
        """The scores of raw rows that were made before, float32 [N, R]."""
        score, probability, encoded = self._session.run(self._outputs, {"raw": rows.matrix})
        return Scores(rows, encoded, score, probability, self.card.version)

    def contributions(self, encoded: FloatMatrix, products: npt.NDArray[np.intp]) -> FloatMatrix:
        """Exact shares of the score, per customer, per chosen product (rows of `products`), per feature group.

        Linear shares against the average customer plus the trees' Shapley values; summed over the groups and added to
        the product's `average_score` they give the model's `score`.
        """
        shares = (encoded - self._reference)[:, None, :] * self._by_product[products]
        if self.model.trees is not None:
            for code in np.unique(products).tolist():
                row, place = np.nonzero(products == code)
                shares[row, place] += self._explainer.contributions(encoded[row], code)
        grouped: FloatMatrix = np.add.reduceat(shares[:, :, self._entries], self._starts, axis=2)
        return grouped

    @cached_property
    def average_score(self) -> FloatMatrix:
        """The score of each product before anything is known about the customer, [K]."""
        base = self.model.base
        if self.model.trees is not None:
            base = base + self.model.trees.expected(len(base))
        return base.astype(np.float32)

    def prepare(self) -> None:
        """Compute what explanations need now, so that the first customer doesn't wait for it."""
        if self.model.trees is not None:
            self._explainer.prepare()

    @cached_property
    def _explainer(self) -> TreeExplainer:
        assert self.model.trees is not None
        return TreeExplainer(self.model.trees)

    def explain(self, scores: Scores, chosen: Sequence[Sequence[int]]) -> list[list[tuple[Reason, ...]]]:
        """Per customer and chosen product position, at most three reasons, strongest first.

        Only shares in favour count. That the product itself is not held is no reason. When fewer than three features
        speak for a product, its general demand comes last if it does too. A value beyond all numbers (inf) is given as
        the end of its column's range, as the model takes it.
        """
        width = max((len(products) for products in chosen), default=0)
        if width == 0:
            return [[] for _ in chosen]
        padded = np.array([[*products, *([0] * (width - len(products)))] for products in chosen], dtype=np.intp)
        shares = self.contributions(scores.encoded, padded)
        np.put_along_axis(shares, self._own[padded][:, :, None], -np.inf, axis=2)
        best = np.argsort(-shares, axis=2, kind="stable")[:, :, :MAX_REASONS]
        values = np.take_along_axis(shares, best, axis=2).tolist()
        places = best.tolist()
        general = self.average_score[padded].tolist()
        return [
            [
                self._reasons(
                    scores.rows.matrix[row], scores.encoded[row], places[row][i], values[row][i], general[row][i]
                )
                for i in range(len(products))
            ]
            for row, products in enumerate(chosen)
        ]

    def _reasons(
        self, raw: FloatMatrix, encoded: FloatMatrix, places: list[int], shares: list[float], general: float
    ) -> tuple[Reason, ...]:
        groups = self.space.groups
        found = [
            self._reason(groups[place], raw, encoded, share)
            for place, share in zip(places, shares, strict=True)
            if share >= MIN_CONTRIBUTION
        ]
        if len(found) < MAX_REASONS and general >= MIN_CONTRIBUTION:
            found.append(Reason(ReasonCode.COMMON, "", 1.0, general))
        return tuple(found)

    def _reason(self, group: FeatureGroup, raw: FloatMatrix, encoded: FloatMatrix, share: float) -> Reason:
        value = float(raw[group.raw])
        if group.is_product:
            return Reason(ReasonCode.HOLDS if value else ReasonCode.LACKS, group.subject, value, share)
        if value != value or (group.subject in self._choice_groups and not encoded[list(group.entries)].any()):
            return Reason(ReasonCode.UNKNOWN, group.subject, 0.0, share)
        if group.subject in self._choice_groups:
            return Reason(ReasonCode.IS, group.subject, value, share)
        high = encoded[group.entries[0]] >= self._average[group.subject]
        low, most = self._range[group.subject]
        shown = value if isfinite(value) else min(max(value, low), most)
        return Reason(ReasonCode.HIGH if high else ReasonCode.LOW, group.subject, round(shown, 6), share)


def artefact_directory(name: str) -> Path:
    """The directory of a trained artefact that comes with Usher; `ArtefactError` names what there is."""
    directory = ARTEFACTS / name
    if not (directory / CARD_FILE).is_file():
        there = sorted(path.parent.name for path in ARTEFACTS.glob(f"*/{CARD_FILE}"))
        raise ArtefactError(f"no artefact {name!r}; there are {', '.join(there) or 'none'}")
    return directory


def _weights(session: onnxruntime.InferenceSession, space: FeatureSpace) -> RankingModel:
    """The constants of the file, checked against the catalogue."""
    constants = [output.name for output in session.get_outputs() if output.name not in _OUTPUTS]
    probe = np.zeros((1, space.raw_size), dtype=np.float32)
    found = dict(zip(constants, session.run(constants, {"raw": probe}), strict=True)) if constants else {}
    products = len(space.catalogue.product)
    wanted = {"coefficient": (space.size, products), "base": (products,), "reference": (space.size,)}
    for name, shape in wanted.items():
        if name not in found or found[name].shape != shape:
            there = found[name].shape if name in found else "missing"
            raise ArtefactError(f"{MODEL_FILE}: output {name} is {there}, expected {shape}: train the model again")
    trees = None
    if "tree_feature" in found:
        trees = Trees(
            feature=found["tree_feature"].astype(np.int64),
            threshold=found["tree_threshold"],
            value=found["tree_value"],
            cover=found["tree_cover"],
            product=found["tree_product"].astype(np.int64),
        )
        if trees.feature.max(initial=0) >= space.size or trees.product.max(initial=0) >= products:
            raise ArtefactError(f"{MODEL_FILE}: a tree names an entry or a product that there is not: train it again")
    return RankingModel(
        space=space,
        coefficient=found["coefficient"].astype(np.float64),
        base=found["base"].astype(np.float64),
        reference=found["reference"].astype(np.float64),
        trees=trees,
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ArtefactError(f"{path}: cannot be read: {error.strerror}; install or train the model again") from error


def _options() -> onnxruntime.SessionOptions:
    """One thread and no spinning: the model is a small matrix product, and the hub shares its cores."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return options
