"""Logged visits as arrays: what was offered, what was shown with which probability, and what was taken. Pure (W-16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.evaluation.errors import EvaluationError
from models.feedback import Observation

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LoggedVisits:
    """N visits and K products, in the catalogue's order.

    `offered` [N, K]: the rules let it through; `shown` [N, K]; `propensity` [N, K]: how likely it was to be shown, 1
    where it was not shown (never read there); `taken` [N, K]: shown and taken, the reward.
    """

    codes: tuple[str, ...]
    offered: Flags
    shown: Flags
    propensity: Floats
    taken: Flags

    def __post_init__(self) -> None:
        shape = (len(self.offered), len(self.codes))
        shapes = f"{self.offered.shape}, {self.shown.shape}, {self.propensity.shape}, {self.taken.shape}"
        if shapes != f"{shape}, {shape}, {shape}, {shape}":
            raise EvaluationError(f"arrays are {shapes}, expected {shape}: one row a visit, one column a product")
        if (self.taken & ~self.shown).any():
            raise EvaluationError("a product counts as taken that was not shown; only what was shown has a reward")
        given = self.propensity[self.shown]
        if len(given) and not (np.isfinite(given).all() and given.min() > 0.0 and given.max() <= 1.0 + 1e-9):
            raise EvaluationError(f"propensities from {given.min():g} to {given.max():g}; allowed is 0 < p ≤ 1")

    def __len__(self) -> int:
        return len(self.offered)


def logged_visits(observations: Sequence[Observation], codes: Sequence[str]) -> LoggedVisits:
    """The visits of observations, in their order, a repeated id once; codes not in `codes` are left out."""
    places = {code: at for at, code in enumerate(codes)}
    once = list({observation.id: observation for observation in reversed(observations)}.values())[::-1]
    shape = (len(once), len(places))
    offered, shown, taken = (np.zeros(shape, dtype=np.bool_) for _ in range(3))
    propensity = np.ones(shape)
    for row, observation in enumerate(once):
        offered[row, [places[code] for code in observation.offered if code in places]] = True
        for one in observation.shown:
            if one.code in places:
                at = places[one.code]
                offered[row, at] = shown[row, at] = True
                propensity[row, at] = one.propensity
                taken[row, at] = one.code in observation.taken
    return LoggedVisits(tuple(codes), offered, shown, propensity, taken)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a model would show: `score` [N, K] that it ranks by, `inclusion` [N, K] the probability that it shows a
    product."""

    name: str
    score: Floats
    inclusion: Floats


def ranking_policy(name: str, score: Floats, visits: LoggedVisits, slots: int = 3) -> Policy:
    """The policy that shows the `slots` products on offer with the highest scores, ties in the catalogue's order."""
    if score.shape != visits.offered.shape:
        raise EvaluationError(f"{name}: scores are {score.shape}, the log is {visits.offered.shape}")
    if not np.isfinite(score).all():
        raise EvaluationError(f"{name}: a score is not finite; a model like that must not be published")
    order = np.argsort(-np.where(visits.offered, score, -np.inf), axis=1, kind="stable")[:, :slots]
    inclusion = np.zeros(score.shape)
    np.put_along_axis(inclusion, order, 1.0, axis=1)
    return Policy(name, score, np.where(visits.offered, inclusion, 0.0))
