"""One training run: population → model, figures, card; and the evaluation of a finished artefact through its serving
path."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from msgspec import structs

from models.card import CARD_FORMAT, DataSource, Learner, Measured, ModelCard, encode_card
from models.customers import CustomerRecord
from models.errors import ArtefactError, TrainingError
from models.features import FeatureSpace
from models.policy import Policy
from models.ranking import Ranker, candidate_of
from models.scorer import CARD_FILE, MODEL_FILE, OnnxScorer
from models.training.baselines import boosted_trees, co_occurrence, popularity, simulator_truth
from models.training.export import to_onnx
from models.training.linear import LinearModel, choose_c, fit_linear, masked_probabilities
from models.training.measure import Ranks, gain, measured, ranks_of
from models.training.samples import Mask, Positions, Samples, hidden_samples
from models.training.sources import Source

C_GRID = (0.3, 1.0, 3.0)
ALL_FOLDS = frozenset(range(5))
PARITY_LIMIT = 1e-5
METHOD = (
    "multinomial logistic regression (scikit-learn, Newton-Cholesky, L2), softmax over the products that are not held; "
    "exact additive contributions"
)
_NOBODY_REFUSED = datetime(2000, 1, 1, tzinfo=UTC)
"""The policy wants a time for cooling-off; no customer of a data set has refused anything."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A finished run: the model file's bytes and its card."""

    model: bytes
    card: ModelCard

    def save(self, directory: Path) -> None:
        """Writes `model.onnx` and `card.json` into `directory`, the card last, so that a half-written one is
        refused."""
        try:
            directory.mkdir(parents=True, exist_ok=True)
            (directory / MODEL_FILE).write_bytes(self.model)
            (directory / CARD_FILE).write_bytes(encode_card(self.card))
        except OSError as error:
            raise ArtefactError(f"{directory}: cannot be written: {error.strerror}; name another folder") from error


def train(source: Source, scratch: Path, *, seed: int) -> Trained:
    """The model of `source` with its card; equal data and seed give equal bytes. `scratch` is an empty folder to work
    in."""
    space = FeatureSpace(source.catalogue)
    products = len(source.catalogue.product)
    fit_part, test_part = source.part({1, 2, 3, 4}), source.part({0})
    fit = source.to_train(space, fit_part)
    c = choose_c(_folds(source, space, (1, 2, 3, 4)), products, C_GRID)
    model = fit_linear(fit, products, c)
    commonest = _commonest(fit, products)
    codes = source.catalogue.product_codes
    content = to_onnx(model, space)
    digest = hashlib.sha256(content).hexdigest()
    test = hidden_samples(space, test_part)
    draft = ModelCard(
        format=CARD_FORMAT,
        name=source.name,
        version=f"{source.name}-{digest[:12]}",
        catalogue=source.catalogue.name,
        products=codes,
        features=space.names,
        feature_hash=space.hash,
        model_sha256=digest,
        model_bytes=len(content),
        parity_max_abs=0.0,
        data=DataSource(
            name=source.name,
            title=source.title,
            source=source.origin,
            licence=source.licence,
            sha256=source.sha256,
            customers=len(source.records),
            train_customers=len(fit_part),
            test_customers=len(test_part),
        ),
        protocol=source.protocol,
        learner=Learner(
            method=METHOD,
            seed=seed,
            c=c,
            c_grid=C_GRID,
            samples=len(fit),
            unseen_products=tuple(codes[at] for at in model.unseen),
        ),
        two_commonest=tuple(codes[at] for at in commonest),
        held_out=(),
        gains=(),
        cross_validated=(),
        limits=source.limits,
    )
    Trained(content, draft).save(scratch)
    scorer = OnnxScorer.load(scratch)
    parity = _parity(scorer, model, test, test_part)
    ranks = serving_ranks(scorer, test_part)
    others = _baseline_ranks(source, space, fit, test, test_part, seed)
    held_out = [measured("usher", ranks, test.wanted, commonest, seed)]
    held_out += [measured(name, other, test.wanted, commonest, seed) for name, other in others.items()]
    gains = tuple(gain(name, ranks, other, test.wanted, commonest, seed) for name, other in others.items())
    crossed = _cross_validated(source, space, c, commonest, seed)
    return Trained(
        content,
        structs.replace(draft, parity_max_abs=parity, held_out=tuple(held_out), gains=gains, cross_validated=crossed),
    )


def serving_ranks(scorer: OnnxScorer, records: Sequence[CustomerRecord]) -> Ranks:
    """Each hidden product's place in the funnel that the hub would show; a product that the policy removed ranks
    last."""
    last = len(scorer.catalogue.product)
    ranks: list[int] = []
    for record, funnel in zip(
        records, Ranker(scorer).rank([candidate_of(record) for record in records], _NOBODY_REFUSED), strict=True
    ):
        places = {product.code: place for place, product in enumerate(funnel.ranked, start=1)}
        ranks.append(places.get(record.hidden_product or "", last))
    return np.array(ranks, dtype=np.int64)


def evaluate(scorer: OnnxScorer, records: Sequence[CustomerRecord], *, seed: int) -> Measured:
    """The figures of a finished artefact on these customers, through features, ONNX and policy as in service."""
    known = [record for record in records if record.hidden_product is not None]
    if not known:
        raise TrainingError("no customer of this part has a hidden product; there is nothing to measure")
    wanted = np.array([scorer.card.products.index(record.hidden_product or "") for record in known], dtype=np.intp)
    commonest = tuple(scorer.card.products.index(code) for code in scorer.card.two_commonest)
    return measured("usher", serving_ranks(scorer, known), wanted, commonest, seed)


def _folds(source: Source, space: FeatureSpace, folds: Sequence[int]) -> list[tuple[Samples, Samples]]:
    return [
        (
            source.to_train(space, source.part(set(folds) - {fold})),
            hidden_samples(space, source.part({fold})),
        )
        for fold in folds
    ]


def _commonest(fit: Samples, products: int) -> tuple[int, ...]:
    counts = np.bincount(fit.wanted, weights=fit.weight, minlength=products)
    return tuple(int(at) for at in np.argsort(-counts, kind="stable")[:2])


def _parity(scorer: OnnxScorer, model: LinearModel, test: Samples, records: Sequence[CustomerRecord]) -> float:
    """The largest difference of any probability between the trainer and the ONNX file, over the held-out customers."""
    served = scorer.score([candidate_of(record) for record in records]).probability
    trained = masked_probabilities(model.scores(test.matrix), test.held)
    difference = float(np.abs(served - trained).max())
    if difference > PARITY_LIMIT:
        raise TrainingError(
            f"the ONNX file differs from the trainer by {difference:.2e}, allowed is {PARITY_LIMIT:.0e}"
        )
    return float(f"{difference:.1e}")


def _barred(source: Source, records: Sequence[CustomerRecord]) -> Mask:
    """Which products the policy removes per customer, so that every ranker chooses among the same."""
    policy = Policy(source.catalogue)
    even = [0.0] * len(source.catalogue.product)
    barred = np.ones((len(records), len(even)), dtype=np.bool_)
    for at, record in enumerate(records):
        barred[at, policy.sift(candidate_of(record).facts, even, _NOBODY_REFUSED)[0]] = False
    return barred


def _baseline_ranks(
    source: Source, space: FeatureSpace, fit: Samples, test: Samples, records: list[CustomerRecord], seed: int
) -> dict[str, Ranks]:
    products = len(source.catalogue.product)
    barred = _barred(source, records)
    scores = {
        "popularity": popularity(fit, test, products),
        "co-occurrence": co_occurrence(fit, test, products),
        "lightgbm": boosted_trees(fit, test, products, seed),
    }
    if source.bank is not None:
        scores["simulator's truth"] = simulator_truth(source.bank, records)
    return {name: ranks_of(score, barred, test.wanted) for name, score in scores.items()}


def _cross_validated(
    source: Source, space: FeatureSpace, c: float, commonest: tuple[int, ...], seed: int
) -> tuple[Measured, ...]:
    """The same method fitted five times, each time without one fold, measured on that fold: less chance than one
    hold-out."""
    products = len(source.catalogue.product)
    ranks: dict[str, list[Ranks]] = {}
    wanted: list[Positions] = []
    for fold in sorted(ALL_FOLDS):
        records = source.part({fold})
        fit, test = source.to_train(space, source.part(set(ALL_FOLDS) - {fold})), hidden_samples(space, records)
        found = {
            "usher": ranks_of(fit_linear(fit, products, c).scores(test.matrix), _barred(source, records), test.wanted)
        }
        found |= _baseline_ranks(source, space, fit, test, records, seed)
        for name, some in found.items():
            ranks.setdefault(name, []).append(some)
        wanted.append(test.wanted)
    every = np.concatenate(wanted)
    return tuple(measured(name, np.concatenate(parts), every, commonest, seed) for name, parts in ranks.items())
