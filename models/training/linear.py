"""The multinomial logistic model: fitted with scikit-learn, its penalty chosen by cross-validation inside the
training part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from models.features import FloatMatrix
from models.training.samples import Mask, Positions, Samples, Weights

Floats = npt.NDArray[np.float64]
DECIMALS = 5
"""Newton's method is run to its end and the weights are rounded, so that the last bits of a machine's arithmetic don't
make another model of the same data."""


@dataclass(frozen=True, slots=True)
class LinearModel:
    """score = base + (x - reference) · coefficient, over the products; scores are centred: they sum to 0 over
    products."""

    coefficient: Floats
    base: Floats
    reference: Floats
    unseen: tuple[int, ...]

    def scores(self, matrix: FloatMatrix) -> Floats:
        """The score of each product per row."""
        result: Floats = self.base + (matrix.astype(np.float64) - self.reference) @ self.coefficient
        return result


def fit_linear(samples: Samples, products: int, c: float) -> LinearModel:
    """The model for these samples with inverse penalty `c`; products never wanted get the lowest base and no
    weights."""
    learner = LogisticRegression(C=c, solver="newton-cholesky", max_iter=200, tol=1e-7)
    learner.fit(samples.matrix.astype(np.float64), samples.wanted, sample_weight=samples.weight)
    classes: Positions = learner.classes_.astype(np.intp)
    features = samples.matrix.shape[1]
    coefficient = np.zeros((features, products))
    intercept = np.full(products, float(learner.intercept_.min()))
    coefficient[:, classes] = learner.coef_.T
    intercept[classes] = learner.intercept_
    coefficient -= coefficient.mean(axis=1, keepdims=True)
    intercept -= intercept.mean()
    reference = np.average(samples.matrix.astype(np.float64), axis=0, weights=samples.weight)
    unseen = tuple(sorted(set(range(products)) - set(classes.tolist())))
    return LinearModel(
        coefficient=np.round(coefficient, DECIMALS),
        base=np.round(intercept + reference @ coefficient, DECIMALS),
        reference=np.round(reference, DECIMALS),
        unseen=unseen,
    )


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


def choose_c(folds: Sequence[tuple[Samples, Samples]], products: int, grid: Sequence[float]) -> float:
    """The `c` of the grid with the lowest mean log loss over the (fit, check) folds."""
    losses: list[float] = []
    for c in grid:
        loss = 0.0
        for fit, check in folds:
            model = fit_linear(fit, products, c)
            loss += log_loss(masked_probabilities(model.scores(check.matrix), check.held), check.wanted, check.weight)
        losses.append(loss)
    return grid[int(np.argmin(losses))]
