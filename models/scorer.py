"""The scorer: feature vectors → a probability per product, by one ONNX run for a whole batch, and exact reasons."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from models.card import ModelCard, decode_card
from models.catalogue import Catalogue, ChoiceColumn
from models.catalogues import load_catalogue
from models.customers import CustomerFeatures
from models.errors import ArtefactError
from models.features import FeatureGroup, FeatureSpace, FloatMatrix
from models.reasons import Reason, ReasonCode
from models.scoring import Scores

MODEL_FILE = "model.onnx"
CARD_FILE = "card.json"
ARTEFACTS = Path(__file__).parent / "artifacts"

MAX_REASONS = 3
MIN_CONTRIBUTION = 0.05
"""A share of less than 0.05 in log-odds (5 % of the odds) is no reason worth showing."""


class OnnxScorer:
    """A `Scorer` over an artefact directory (`model.onnx`, `card.json`)."""

    def __init__(self, session: onnxruntime.InferenceSession, card: ModelCard, space: FeatureSpace) -> None:
        self._session = session
        self.card = card
        self.space = space
        probe = np.zeros((1, space.size), dtype=np.float32)
        coefficient, base, reference = session.run(["coefficient", "base", "reference"], {"features": probe})
        self.coefficient: FloatMatrix = coefficient
        self.base: FloatMatrix = base
        self.reference: FloatMatrix = reference
        shapes = (coefficient.shape, base.shape, reference.shape)
        products = len(space.catalogue.product)
        if shapes != ((space.size, products), (products,), (space.size,)):
            raise ArtefactError(f"{MODEL_FILE}: shapes {shapes} do not fit {space.size} features × {products} products")
        self._starts = np.array([group.start for group in space.groups], dtype=np.intp)
        self._by_product = np.ascontiguousarray(coefficient.T)
        self._own = np.array([i for i, group in enumerate(space.groups) if group.is_product], dtype=np.intp)
        self._choice_groups = frozenset(c.code for c in space.catalogue.profile if isinstance(c, ChoiceColumn))

    @classmethod
    def load(cls, directory: Path) -> OnnxScorer:
        """The scorer in `directory`; `ArtefactError` when a file is missing or altered or it was made for other
        features."""
        model, content = _read(directory / MODEL_FILE), _read(directory / CARD_FILE)
        card = decode_card(content, origin=str(directory / CARD_FILE))
        digest = hashlib.sha256(model).hexdigest()
        if digest != card.model_sha256:
            raise ArtefactError(
                f"{directory / MODEL_FILE}: sha256 is {digest}, the card says {card.model_sha256}: "
                "the file is damaged or altered; install or train it again"
            )
        space = FeatureSpace(load_catalogue(card.catalogue))
        if space.hash != card.feature_hash or space.catalogue.product_codes != card.products:
            raise ArtefactError(
                f"{directory / CARD_FILE}: made for features {card.feature_hash[:12]}, this release computes "
                f"{space.hash[:12]} for catalogue {card.catalogue}; train the model again"
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

    def score(self, batch: Sequence[CustomerFeatures]) -> Scores:
        """The scores of every customer of the batch, in its order: one run of the model, whatever the batch's size."""
        vectors = self.space.vectors(batch)
        score, probability = self._session.run(["score", "probability"], {"features": vectors.matrix})
        return Scores(vectors, score, probability, self.card.version)

    def contributions(self, vectors: FloatMatrix, products: npt.NDArray[np.intp]) -> FloatMatrix:
        """Exact shares of the score, per customer, per chosen product (rows of `products`), per feature group.

        Summed over the groups and added to the product's `base` they give the model's `score`.
        """
        shares = (vectors - self.reference)[:, None, :] * self._by_product[products]
        grouped: FloatMatrix = np.add.reduceat(shares, self._starts, axis=2)
        return grouped

    def explain(self, scores: Scores, chosen: Sequence[Sequence[int]]) -> list[list[tuple[Reason, ...]]]:
        """Per customer and chosen product position, at most three reasons, strongest first.

        Only shares in favour count. That the product itself is not held is no reason. When fewer than three features
        speak for a product, its general demand (`base`) is added if it does.
        """
        width = max((len(products) for products in chosen), default=0)
        if width == 0:
            return [[] for _ in chosen]
        padded = np.array([[*products, *([0] * (width - len(products)))] for products in chosen], dtype=np.intp)
        matrix = scores.vectors.matrix
        shares = self.contributions(matrix, padded)
        np.put_along_axis(shares, self._own[padded][:, :, None], -np.inf, axis=2)
        best = np.argsort(-shares, axis=2, kind="stable")[:, :, :MAX_REASONS]
        values = np.take_along_axis(shares, best, axis=2).tolist()
        places = best.tolist()
        bases = self.base[padded].tolist()
        return [
            [self._reasons(matrix[row], places[row][i], values[row][i], bases[row][i]) for i in range(len(products))]
            for row, products in enumerate(chosen)
        ]

    def _reasons(self, vector: FloatMatrix, places: list[int], shares: list[float], base: float) -> tuple[Reason, ...]:
        groups = self.space.groups
        found = [
            self._reason(groups[place], vector, share)
            for place, share in zip(places, shares, strict=True)
            if share >= MIN_CONTRIBUTION
        ]
        if len(found) < MAX_REASONS and base >= MIN_CONTRIBUTION:
            found.append(Reason(ReasonCode.COMMON, "", 1.0, base))
        return tuple(found)

    def _reason(self, group: FeatureGroup, vector: FloatMatrix, share: float) -> Reason:
        value = self.space.raw_value(group, vector)
        if group.is_product:
            code = ReasonCode.HOLDS if value else ReasonCode.LACKS
        elif group.subject in self._choice_groups:
            code = ReasonCode.IS
        else:
            code = ReasonCode.HIGH if vector[group.start] >= self.reference[group.start] else ReasonCode.LOW
        return Reason(code, group.subject, value, share)


def artefact_directory(name: str) -> Path:
    """The directory of a trained artefact that comes with Usher; `ArtefactError` names what there is."""
    directory = ARTEFACTS / name
    if not (directory / CARD_FILE).is_file():
        there = sorted(path.parent.name for path in ARTEFACTS.glob(f"*/{CARD_FILE}"))
        raise ArtefactError(f"no artefact {name!r}; there are {', '.join(there) or 'none'}")
    return directory


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
