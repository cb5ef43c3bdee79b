"""Logs made here, whose truth is known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.evaluation.visits import LoggedVisits, Policy, ranking_policy

CODES = ("a", "b", "c", "d", "e", "f")
K = len(CODES)
TRUTH = np.array([0.6, 0.5, 0.4, 0.3, 0.2, 0.1])
"""How likely each product is taken when shown."""
SLOTS = 2


def uniform_log(count: int, seed: int = 1, *, truth: npt.NDArray[np.float64] = TRUTH) -> LoggedVisits:
    """Two products a visit, all pairs equally likely."""
    rng = np.random.default_rng(seed)
    shown = np.argsort(rng.random((count, K)), axis=1).argsort(axis=1) < SLOTS
    taken = shown & (rng.random((count, K)) < truth)
    return LoggedVisits(CODES, np.ones((count, K), dtype=np.bool_), shown, np.full((count, K), SLOTS / K), taken)


def constant(name: str, scores: list[float], visits: LoggedVisits) -> Policy:
    """The policy that ranks everybody's products alike."""
    return ranking_policy(name, np.tile(np.array(scores), (len(visits), 1)), visits, SLOTS)


def best(visits: LoggedVisits) -> Policy:
    return constant("best", [6, 5, 4, 3, 2, 1], visits)


def worst(visits: LoggedVisits) -> Policy:
    return constant("worst", [1, 2, 3, 4, 5, 6], visits)


def middling(visits: LoggedVisits) -> Policy:
    return constant("middling", [1, 2, 6, 5, 4, 3], visits)
