"""The multinomial logistic model: fitted with scikit-learn, its penalty chosen inside the training part."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from models.features import FeatureSpace, FloatMatrix
from models.training.samples import Mask, Positions, Samples, Weights
from models.weights import RankingModel

Floats = npt.NDArray[np.float64]
DECIMALS = 5
"""Weights are rounded, so that the last bits of a machine's arithmetic don't make another model of the same data."""

_BLOCK = 100
"""Rows that are scored at a time: with two thousand trees they take some ten megabytes."""
_NEWTON_WORK = 4e10
"""Multiplications for a Newton step up to which Newton's method (exact to the last digit) is used; L-BFGS beyond."""


def fit_linear(samples: Samples, space: FeatureSpace, c: float, *, exact: bool = True) -> RankingModel:
    """The model for these samples with inverse penalty `c`; products never wanted get the lowest base and no
    weights. Scores are centred: the coefficients of a feature sum to 0 over the products. `exact`: run to the last
    digit where the size allows; without, close enough to compare models."""
    products = len(space.catalogue.product)
    wanted = np.unique(samples.wanted)
    matrix = samples.matrix.astype(np.float64)
    coefficient = np.zeros((space.size, products))
    intercept = np.zeros(products)
    if len(wanted) > 1:
        newton = exact and len(samples) * float(space.size * len(wanted)) ** 2 <= _NEWTON_WORK
        learner = LogisticRegression(
            C=c, solver="newton-cholesky" if newton else "lbfgs", max_iter=300, tol=1e-7 if newton else 1e-4
        )
        with warnings.catch_warnings():
            if not newton:  # models are only compared, or so large that the last digits are below the data's noise
                warnings.simplefilter("ignore", ConvergenceWarning)
            learner.fit(matrix, samples.wanted, sample_weight=samples.weight)
        weights, bias = _per_class(learner)
        intercept = np.full(products, float(bias.min()))
        coefficient[:, wanted] = weights
        intercept[wanted] = bias
        coefficient -= coefficient.mean(axis=1, keepdims=True)
        intercept -= intercept.mean()
    reference = np.average(matrix, axis=0, weights=samples.weight)
    return RankingModel(
        space=space,
        coefficient=np.round(coefficient, DECIMALS),
        base=np.round(intercept + reference @ coefficient, DECIMALS),
        reference=np.round(reference, DECIMALS),
    )


def _per_class(learner: LogisticRegression) -> tuple[Floats, Floats]:
    """Weights [F, classes] and intercepts; of two classes scikit-learn keeps one row, the second's."""
    weights, bias = learner.coef_.T, learner.intercept_
    if len(learner.classes_) == 2:
        weights = np.hstack([-weights / 2, weights / 2])
        bias = np.array([-bias[0] / 2, bias[0] / 2])
    return weights, bias


def masked_probabilities(scores: Floats, held: Mask) -> Floats:
    """Softmax over the products that are not held; 0 for held ones."""
    masked = np.where(held, -np.inf, scores)
    weights = np.exp(masked - masked.max(axis=1, keepdims=True))
    result: Floats = weights / weights.sum(axis=1, keepdims=True)
    return result


def log_loss(probabilities: Floats, wanted: Positions, weight: Weights) -> float:
    """Mean negative log probability of the wanted products."""
    chosen = np.maximum(probabilities[np.arange(len(wanted)), wanted], 1e-12)
    return float(np.average(-np.log(chosen), weights=weight))


def scores_of(model: RankingModel, encoded: FloatMatrix) -> Floats:
    """The model's scores of encoded rows, [N, K], in memory that does not grow with rows times trees."""
    result = np.zeros((len(encoded), len(model.base)))
    for start in range(0, len(encoded), _BLOCK):
        result[start : start + _BLOCK] = model.scores(encoded[start : start + _BLOCK])
    return result


def loss_of(model: RankingModel, samples: Samples) -> float:
    """The model's log loss on these samples."""
    probabilities = masked_probabilities(scores_of(model, samples.matrix), samples.held)
    return log_loss(probabilities, samples.wanted, samples.weight)


def choose_c(
    folds: Sequence[tuple[Samples, Samples]], space: FeatureSpace, grid: Sequence[float]
) -> tuple[float, float, list[RankingModel]]:
    """The `c` of the ascending grid with the lowest log loss over the (fit, check) folds, that loss, and its model of
    each fold. The search starts in the middle and goes on as long as it gains, first down, then up."""
    tried: dict[float, tuple[float, list[RankingModel]]] = {}

    def loss(at: int) -> float:
        c = grid[at]
        if c not in tried:
            models = [fit_linear(fit, space, c, exact=False) for fit, _ in folds]
            tried[c] = (sum(loss_of(one, check) for one, (_, check) in zip(models, folds, strict=True)), models)
        return tried[c][0]

    best = len(grid) // 2
    for step in (-1, 1):
        while 0 <= best + step < len(grid) and loss(best + step) < loss(best):
            best += step
    return grid[best], loss(best), tried[grid[best]][1]
