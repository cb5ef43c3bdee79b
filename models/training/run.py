"""One training run: population → model, figures, card; and the evaluation of a finished artefact."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from msgspec import structs

from models.card import CARD_FORMAT, DataSource, Gain, Measured, ModelCard, encode_card
from models.catalogue import Catalogue, encode_catalogue
from models.drift import reference_histograms
from models.errors import ArtefactError, TrainingError
from models.features import FeatureSpace, FloatMatrix, Rows
from models.graph import to_onnx
from models.scorer import CARD_FILE, CATALOGUE_FILE, MODEL_FILE, OnnxScorer
from models.training.baselines import boosted_trees, co_occurrence, logistic, popularity
from models.training.fitting import MOST_SAMPLES, Fitted, fit, refit
from models.training.linear import Floats, masked_probabilities, scores_of
from models.training.measure import Judged, gain, judge, measured
from models.training.population import FOLDS, HELD_OUT, Population
from models.training.samples import Encoder, Mask, Positions, Samples, barred, drawn, questions, training_samples
from models.weights import RankingModel

PARITY_LIMIT = 1e-5
MOST_CROSS_VALIDATED = 5_000
"""Questions up to which the model is fitted five times more, the choices made, for figures with less chance in them."""
_BLOCK = 50_000


@dataclass(frozen=True, slots=True)
class Trained:
    """A finished run: the model file's bytes, what it ranks, and its card."""

    model: bytes
    catalogue: Catalogue
    card: ModelCard

    def save(self, directory: Path) -> None:
        """Writes `model.onnx`, `catalogue.json` and `card.json` into `directory`, the card last, so that a half-written
        artefact is refused."""
        try:
            directory.mkdir(parents=True, exist_ok=True)
            (directory / MODEL_FILE).write_bytes(self.model)
            (directory / CATALOGUE_FILE).write_bytes(encode_catalogue(self.catalogue))
            (directory / CARD_FILE).write_bytes(encode_card(self.card))
        except OSError as error:
            raise ArtefactError(f"{directory}: cannot be written: {error.strerror}; name another folder") from error


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A model's figures beside those of the baselines on the same questions; `learned_from`: how many questions the
    baselines learned from."""

    version: str
    learned_from: int
    model: Measured
    baselines: tuple[Measured, ...]
    gains: tuple[Gain, ...]


def train(population: Population, scratch: Path, *, seed: int, most: int = MOST_SAMPLES) -> Trained:
    """The model of a population with its card; equal data and seed give equal bytes. `scratch` is an empty folder."""
    encode = Encoder(FeatureSpace(population.catalogue))
    learned, held_out = _parts(population)
    if not len(held_out):
        raise TrainingError(
            f"{population.name}: none of {len(population)} questions is in the held-out fold, so the model could not "
            "be measured; bring more customers with a wanted product"
        )
    fitted = fit(population, learned, encode, seed=seed, most=most)
    trained = assemble(population, fitted, learned, len(held_out))
    trained.save(scratch)
    scorer = OnnxScorer.load(scratch)
    parity = parity_of(scorer, fitted.model, population.raw[held_out], encode)
    found = evaluate(scorer, population, held_out, learned_from=(population, learned), seed=seed, most=most)
    card = structs.replace(
        trained.card,
        parity_max_abs=parity,
        held_out=(found.model, *found.baselines),
        gains=found.gains,
        cross_validated=_cross_validated(population, encode, trained.card, seed=seed, most=most),
    )
    return Trained(trained.model, trained.catalogue, card)


def train_on_all(population: Population, *, seed: int, most: int = MOST_SAMPLES) -> Trained:
    """The model learned from every question of a population, none held out, to be measured on another file."""
    encode = Encoder(FeatureSpace(population.catalogue))
    every = np.arange(len(population))
    return assemble(population, fit(population, every, encode, seed=seed, most=most), every, 0)


def assemble(population: Population, fitted: Fitted, learned: Positions, held_out: int) -> Trained:
    """The file of these weights and its card, without figures."""
    space = fitted.model.space
    content = to_onnx(fitted.model)
    digest = hashlib.sha256(content).hexdigest()
    codes = population.catalogue.product_codes
    card = ModelCard(
        format=CARD_FORMAT,
        name=population.name,
        version=f"{population.name}-{digest[:12]}",
        catalogue=population.catalogue.name,
        products=codes,
        inputs=space.raw_names,
        features=space.names,
        feature_hash=space.hash,
        model_sha256=digest,
        model_bytes=len(content),
        parity_max_abs=0.0,
        data=DataSource(
            name=population.name,
            title=population.title,
            source=population.origin,
            licence=population.licence,
            sha256=population.sha256,
            questions=len(population),
            train_questions=len(learned),
            test_questions=held_out,
        ),
        protocol=population.protocol,
        learner=fitted.learner,
        quantisation=fitted.quantisation,
        two_commonest=tuple(codes[at] for at in commonest(population, learned)),
        held_out=(),
        gains=(),
        cross_validated=(),
        reference=reference_histograms(space, population.raw[learned]),
        limits=population.limits,
    )
    return Trained(content, population.catalogue, card)


def evaluate(
    scorer: OnnxScorer,
    population: Population,
    at: Positions,
    *,
    learned_from: tuple[Population, Positions] | None,
    seed: int,
    most: int = MOST_SAMPLES,
) -> Evaluation:
    """A finished artefact's figures on these questions, beside baselines fitted on `learned_from` in the same run; with
    None on the questions themselves, those of each fold by baselines that learned from the other folds."""
    if not len(at):
        raise TrainingError(f"{population.name}: no question in this part; there is nothing to measure")
    if population.catalogue.product_codes != scorer.card.products:
        raise TrainingError(f"{scorer.version} ranks other products than {population.name}; measure it on its own bank")
    if FeatureSpace(population.catalogue).hash != scorer.feature_hash:
        raise TrainingError(f"{scorer.version} takes other columns than {population.name} has now; train it again")
    encode = Encoder(scorer.space)
    test = questions(population, at, encode)
    shut = barred(population, at, test.held)
    top = tuple(scorer.card.products.index(code) for code in scorer.card.two_commonest)
    products = len(scorer.card.products)
    segment = population.segment[at]
    judged = judge(probabilities_of(scorer, population.raw[at]), shut, test.wanted)
    if learned_from is None:
        rivals, learned = _crossed(population, at, encode, test, shut, seed=seed, most=most)
    else:
        rivals, learned = _rivals(*learned_from, encode, test, shut, seed=seed, most=most), len(learned_from[1])
    return Evaluation(
        version=scorer.version,
        learned_from=learned,
        model=measured("usher", judged, test.wanted, top, products, seed, segment),
        baselines=tuple(measured(name, one, test.wanted, top, products, seed) for name, one in rivals.items()),
        gains=tuple(gain(name, judged.ranks, one.ranks, test.wanted, top, seed) for name, one in rivals.items()),
    )


def probabilities_of(scorer: OnnxScorer, raw: FloatMatrix) -> Floats:
    """What the artefact says of raw rows, [N, K]."""
    parts = [
        scorer.score_rows(Rows(raw[start : start + _BLOCK], {})).probability for start in range(0, len(raw), _BLOCK)
    ]
    nothing = np.zeros((0, len(scorer.card.products)))
    result: Floats = np.concatenate([nothing, *parts]).astype(np.float64)
    return result


def commonest(population: Population, at: Positions) -> tuple[int, ...]:
    """The two products wanted most often at these positions."""
    counts = np.bincount(population.wanted[at], minlength=len(population.catalogue.product))
    return tuple(int(place) for place in np.argsort(-counts, kind="stable")[:2])


def _parts(population: Population) -> tuple[Positions, Positions]:
    inside = population.fold != HELD_OUT
    return np.flatnonzero(inside), np.flatnonzero(~inside)


def _rivals(
    population: Population, at: Positions, encode: Encoder, test: Samples, shut: Mask, *, seed: int, most: int
) -> dict[str, Judged]:
    products = len(population.catalogue.product)
    train = training_samples(population, at, encode, most=most, seed=seed)
    asked = questions(population, drawn(at, most, seed), encode)
    scores: dict[str, Floats] = {
        "popularity": popularity(train, test, products),
        "cooccurrence": co_occurrence(train, test, products),
        "logistic": logistic(asked, test, products),
        "lightgbm": boosted_trees(train, test, products, seed),
    }
    return {name: judge(score, shut, test.wanted) for name, score in scores.items()}


def _crossed(
    population: Population, at: Positions, encode: Encoder, test: Samples, shut: Mask, *, seed: int, most: int
) -> tuple[dict[str, Judged], int]:
    """The baselines' answers to these questions, each fold's by baselines learned from the other folds, and how many
    questions they learned from, on average."""
    fold = population.fold[at]
    folds = np.unique(fold)
    if len(folds) < 2:
        raise TrainingError(
            f"{population.name}: {len(at)} questions, all in one of the five folds: too few for baselines to learn "
            "from; bring more customers with a wanted product"
        )
    found: dict[str, list[Judged]] = {}
    for one in folds:
        inside = fold == one
        rivals = _rivals(population, at[~inside], encode, test.take(inside), shut[inside], seed=seed, most=most)
        for name, judged in rivals.items():
            found.setdefault(name, []).append(judged)
    back = np.argsort(np.argsort(fold, kind="stable"), kind="stable")
    joined = {name: _joined(parts, back) for name, parts in found.items()}
    return joined, len(at) - len(at) // len(folds)


def parity_of(scorer: OnnxScorer, model: RankingModel, raw: FloatMatrix, encode: Encoder) -> float:
    """The largest difference of any probability between the trainer and the ONNX file, over these raw rows;
    `TrainingError` beyond `PARITY_LIMIT`."""
    held = encode.space.held(raw)
    difference = float(
        np.abs(probabilities_of(scorer, raw) - masked_probabilities(scores_of(model, encode(raw)), held)).max()
    )
    if difference > PARITY_LIMIT:
        raise TrainingError(
            f"the ONNX file differs from the trainer by {difference:.2e}, allowed is {PARITY_LIMIT:.0e}"
        )
    return float(f"{difference:.1e}")


def _cross_validated(
    population: Population, encode: Encoder, card: ModelCard, *, seed: int, most: int
) -> tuple[Measured, ...]:
    """The same method and choices fitted five times, each time without one fold, measured on that fold; nothing where
    that would take long and the held-out part is large anyway."""
    if len(population) > MOST_CROSS_VALIDATED or len(np.unique(population.fold)) < FOLDS:
        return ()
    products = len(population.catalogue.product)
    found: dict[str, list[Judged]] = {}
    wanted: list[Positions] = []
    for fold in range(FOLDS):
        inside = population.fold == fold
        learned, checked = np.flatnonzero(~inside), np.flatnonzero(inside)
        samples = training_samples(population, learned, encode, most=most, seed=seed)
        made = card.learner
        model = refit(samples, encode.space, c=made.c, rounds=made.rounds, temperature=made.temperature, seed=seed)
        test = questions(population, checked, encode)
        shut = barred(population, checked, test.held)
        mine = judge(masked_probabilities(scores_of(model, test.matrix), test.held), shut, test.wanted)
        rivals = _rivals(population, learned, encode, test, shut, seed=seed, most=most)
        for name, one in {"usher": mine, **rivals}.items():
            found.setdefault(name, []).append(one)
        wanted.append(test.wanted)
    top = tuple(card.products.index(code) for code in card.two_commonest)
    every = np.concatenate(wanted)
    return tuple(measured(name, _joined(parts), every, top, products, seed) for name, parts in found.items())


def _joined(parts: Sequence[Judged], order: Positions | None = None) -> Judged:
    """The answers of all parts, in this order. Their area under the curve is left out: scores of several models do not
    compare."""
    chosen = slice(None) if order is None else order
    return Judged(
        ranks=np.concatenate([part.ranks for part in parts])[chosen],
        first=np.concatenate([part.first for part in parts])[chosen],
        confidence=np.concatenate([part.confidence for part in parts])[chosen],
    )
