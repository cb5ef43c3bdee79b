"""The direct model of doubly robust estimates: how likely a product is taken when shown. Pure.

A ridge logistic regression over the shown products: a level per product, and how far the current and the candidate
model prefer it. Cross-fitted: a visit's expectation comes from a fit without it (V. Chernozhukov et al.,
"Double/debiased machine learning", Econometrics Journal 21, 2018), so that the model's own noise does not lean towards
the log.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.evaluation.visits import Flags, Floats, LoggedVisits, Policy

Places = npt.NDArray[np.int_]

FOLDS = 5
RIDGE = 1.0
_STEPS = 25
_CLOSE = 1e-8
_LEAST = 1e-4
_STEEPEST = 30.0


def expectations(visits: LoggedVisits, policies: Sequence[Policy], folds: int = FOLDS, ridge: float = RIDGE) -> Floats:
    """[N, K] probabilities; visit i belongs to fold i modulo `folds`."""
    preferences = [_log_shares(policy.score, visits) for policy in policies]
    count, products = visits.offered.shape
    found = np.zeros((count, products))
    fold = np.arange(count) % folds
    for held_out in range(folds):
        rows, columns = np.nonzero(visits.shown & (fold != held_out)[:, None])
        weights = _fit(_design(preferences, rows, columns, products), visits.taken[rows, columns], ridge)
        at = np.flatnonzero(fold == held_out)
        if len(at):
            rows, columns = (part.reshape(-1) for part in np.meshgrid(at, np.arange(products), indexing="ij"))
            odds = np.clip(_design(preferences, rows, columns, products) @ weights, -_STEEPEST, _STEEPEST)
            found[rows, columns] = 1.0 / (1.0 + np.exp(-odds))
    return found


def log_shares(policy: Policy, visits: LoggedVisits) -> Floats:
    """The logarithm of each product's share by the policy's scores among those on offer, [N, K], at least log 1e-4."""
    return _log_shares(policy.score, visits)


def _log_shares(score: Floats, visits: LoggedVisits) -> Floats:
    open_to = np.where(visits.offered, score, -np.inf)
    top = open_to.max(axis=1, keepdims=True)
    odds = np.where(visits.offered, np.exp(open_to - np.where(np.isfinite(top), top, 0.0)), 0.0)
    total = odds.sum(axis=1, keepdims=True)
    return np.log(np.maximum(odds / np.where(total > 0.0, total, 1.0), _LEAST))


def _design(preferences: list[Floats], rows: Places, columns: Places, products: int) -> Floats:
    level = np.zeros((len(rows), products))
    level[np.arange(len(rows)), columns] = 1.0
    return np.column_stack([np.ones(len(rows)), *(one[rows, columns] for one in preferences), level])


def _fit(design: Floats, taken: Flags, ridge: float) -> Floats:
    """Newton's method; the ridge does not hold the common level."""
    weights = np.zeros(design.shape[1])
    penalty = np.full(len(weights), ridge)
    penalty[0] = 1e-3
    for _ in range(_STEPS):
        odds = np.clip(design @ weights, -_STEEPEST, _STEEPEST)
        expected = 1.0 / (1.0 + np.exp(-odds))
        slope = design.T @ (taken - expected) - penalty * weights
        curvature = (design * (expected * (1.0 - expected))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(curvature, slope)
        weights = weights + np.clip(step, -3.0, 3.0)
        if np.abs(step).max() < _CLOSE:
            break
    return weights
