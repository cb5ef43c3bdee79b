"""Finding the weights: penalty, trees, calibration and eight bits, each decided inside the training part only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from models.card import Learner, Quantisation
from models.errors import TrainingError
from models.features import FeatureSpace
from models.graph import to_onnx
from models.training.boosting import boost_for, choose_rounds
from models.training.linear import choose_c, fit_linear, log_loss, masked_probabilities, scores_of
from models.training.measure import TOP, judge
from models.training.population import Population
from models.training.samples import Encoder, Positions, Samples, drawn, questions, training_samples
from models.weights import RankingModel

C_GRID = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
WEAKER = 0.1
"""Trees may find more on top of a linear model with a tenth of the best one's `c`, which claims less for itself."""
WORTH = 0.005
"""Trees stay only if they lower the log loss of customers they have not seen by at least this share."""
SMALL = 6_000
"""Up to so many samples the penalty is chosen by cross-validation over all training folds; beyond, on one of them."""
MOST_SAMPLES = 120_000
MOST_CHOSEN_ON = 30_000
"""Samples to learn from while the choices are made; the model itself is then learned from all."""
MOST_CHECKED = 15_000
INT8_LOSS = 0.002
"""Eight bits are taken if they lose less than 0.2 percentage points of hit@3."""

METHOD = (
    "multinomial logistic regression (scikit-learn, L2), softmax over the products that are not held; boosted trees of "
    "depth 3 (LightGBM) on top where customers they had not seen gained by them; temperature scaling; reasons are "
    "exact: linear shares plus TreeSHAP"
)


@dataclass(frozen=True, slots=True)
class Fitted:
    """The weights, how they were found, and what eight bits cost."""

    model: RankingModel
    learner: Learner
    quantisation: Quantisation


def fit(population: Population, at: Positions, encode: Encoder, *, seed: int, most: int = MOST_SAMPLES) -> Fitted:
    """The model learned from the questions at these positions; `TrainingError` where that can't give an honest one.

    Folds among them check the choices: which penalty, whether trees, which temperature, whether eight bits.
    """
    space = encode.space
    samples = training_samples(population, at, encode, most=most, seed=seed)
    if len(np.unique(samples.wanted)) < 2:
        only = population.catalogue.product_codes[int(samples.wanted[0])]
        raise TrainingError(
            f"{population.name}: {only} is the only product wanted in the training part; there is nothing to rank: "
            "bring customers who want at least two products"
        )
    pairs = _checks(population, at, encode, small=len(samples) <= SMALL, most=most, seed=seed)
    c, rounds, checked = _choose(pairs, space, seed=seed)
    temperature = temperature_of(checked, [check for _, check in pairs])
    model = refit(samples, space, c=c, rounds=rounds, temperature=temperature, seed=seed)
    quantisation = eight_bits(model, [one.tempered(temperature) for one in checked], [check for _, check in pairs])
    codes = population.catalogue.product_codes
    return Fitted(
        model=model.quantised() if quantisation.adopted else model,
        learner=Learner(
            method=METHOD,
            seed=seed,
            c=c,
            c_grid=C_GRID,
            samples=len(samples),
            rounds=rounds,
            trees=0 if model.trees is None else len(model.trees),
            temperature=temperature,
            unseen_products=tuple(codes[at] for at in sorted(set(range(len(codes))) - set(samples.wanted.tolist()))),
        ),
        quantisation=quantisation,
    )


def _choose(
    pairs: Sequence[tuple[Samples, Samples]], space: FeatureSpace, *, seed: int
) -> tuple[float, int, list[RankingModel]]:
    """The penalty, how many rounds of trees (0: none are worth it), and each pair's model with them."""
    c, alone, linears = choose_c(pairs, space, C_GRID)
    weak = round(c * WEAKER, 6)
    weaker = [fit_linear(fit, space, weak, exact=False) for fit, _ in pairs]
    grown = [
        (strength, *choose_rounds(models, pairs, seed=seed)) for strength, models in ((c, linears), (weak, weaker))
    ]
    strength, rounds, loss, boosted = min(grown, key=lambda one: one[2])
    return (strength, rounds, boosted) if loss <= alone * (1.0 - WORTH) else (c, 0, linears)


def refit(
    samples: Samples, space: FeatureSpace, *, c: float, rounds: int, temperature: float, seed: int
) -> RankingModel:
    """The model of these samples with all choices made."""
    return boost_for(fit_linear(samples, space, c), samples, rounds, seed=seed).tempered(temperature)


def _checks(
    population: Population, at: Positions, encode: Encoder, *, small: bool, most: int, seed: int
) -> list[tuple[Samples, Samples]]:
    """(fit, check) pairs: each fold among the positions checks once; of a large population only one does."""
    folds = np.unique(population.fold[at]).tolist()
    if len(folds) < 2:
        raise TrainingError(
            f"{population.name}: {len(at)} questions to learn from, all in one of the four training folds: too few to "
            "check choices on; bring more customers with a wanted product"
        )
    pairs = []
    for fold in folds if small else folds[:1]:
        inside = population.fold[at] == fold
        checked = drawn(at[inside], MOST_CHECKED, seed)
        pairs.append(
            (
                training_samples(population, at[~inside], encode, most=min(most, MOST_CHOSEN_ON), seed=seed),
                questions(population, checked, encode),
            )
        )
    return pairs


def temperature_of(models: Sequence[RankingModel], checks: Sequence[Samples]) -> float:
    """What to divide the scores by so that unseen questions have the lowest log loss (Guo et al. 2017)."""
    scores = [scores_of(model, check.matrix) for model, check in zip(models, checks, strict=True)]

    def loss(logarithm: float) -> float:
        return sum(
            log_loss(masked_probabilities(one / np.exp(logarithm), check.held), check.wanted, check.weight) * len(check)
            for one, check in zip(scores, checks, strict=True)
        )

    found = minimize_scalar(loss, bounds=(np.log(0.5), np.log(2.0)), method="bounded", options={"xatol": 1e-3})
    return round(float(np.exp(found.x)), 2)


def eight_bits(final: RankingModel, models: Sequence[RankingModel], checks: Sequence[Samples]) -> Quantisation:
    """What eight bits a weight cost `models` on questions they have not seen, and save of `final`'s file."""
    hits = np.zeros(2)
    for model, check in zip(models, checks, strict=True):
        for place, one in enumerate((model, model.quantised())):
            probabilities = masked_probabilities(scores_of(one, check.matrix), check.held)
            hits[place] += (judge(probabilities, check.held, check.wanted).ranks <= TOP).sum()
    loss = float(hits[0] - hits[1]) / sum(len(check) for check in checks)
    sizes = len(to_onnx(final)), len(to_onnx(final.quantised()))
    return Quantisation(
        adopted=loss < INT8_LOSS and sizes[1] < sizes[0],
        hit_at_3_loss=round(loss, 5),
        float_bytes=sizes[0],
        int8_bytes=sizes[1],
    )
