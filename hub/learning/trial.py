"""A canary against its control: is its match score lower? An answer that holds however often one looks. Pure (W-16).

Visits are drawn to the canary by hash, so this is a randomised trial in which both arms live through the same days. The
log is cut into blocks, each closed as soon as it has a visit of either arm; D is the canary's mean score in the block
minus the control's, between -1 and 1. Under "the canary is at most ``tolerance`` worse" E[D | past] ≥ -tolerance, so

    K(λ) = ∏ (1 - λ (D + tolerance)),   0 < λ < 1 / (1 + tolerance),

is a non-negative supermartingale, and so is its mean over a fixed grid of λ. By Ville's inequality it ever reaches 1/α
with a probability of at most α: looking after each feedback costs nothing. Blocks compare neighbours in time, so a
season that moves both arms moves no D, and nothing is assumed of the scores' distribution but their bounds.

Source: Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86 (2024), section 4;
Howard, Ramdas, McAuliffe and Sekhon, "Time-uniform Chernoff bounds via nonnegative supermartingales", Probability
Surveys 17 (2020).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec
import numpy as np
import numpy.typing as npt

_SHARES = tuple(share / 16 for share in range(1, 16))
"""Shares of the largest bet that can't be lost whole; their mean needs no tuning to the unknown difference."""

_STEPS = 200
"""How finely the interval's ends are looked for: half a hundredth of the score."""


class Finding(StrEnum):
    """What the trial says so far."""

    GOING_ON = "going_on"
    WORSE = "worse"
    NOT_WORSE = "not_worse"
    UNDECIDED = "undecided"


class TrialRules(msgspec.Struct, frozen=True, kw_only=True):
    """``alpha``: the probability of ever rolling back a canary that is no more than ``tolerance`` worse.

    After ``enough`` visits of the canary one whose mean is no more than ``tolerance`` below the control's is published;
    one that is neither that nor proved worse goes on until ``most`` visits.
    """

    alpha: float
    tolerance: float
    enough: int
    most: int


class TrialReport(msgspec.Struct, frozen=True, kw_only=True):
    """The trial in figures; the interval for the difference holds at all times at once, at level 1 - 2 alpha."""

    finding: Finding
    canary_visits: int
    control_visits: int
    canary_score: float | None
    control_score: float | None
    difference: float | None
    lower: float
    upper: float
    evidence: float


@dataclass(slots=True)
class Trial:
    """Scores of both arms in the order of the log; the same scores in the same order give the same report."""

    rules: TrialRules
    blocks: list[float] = field(default_factory=list)
    _open: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))
    _count: list[int] = field(default_factory=lambda: [0, 0])
    _sum: list[float] = field(default_factory=lambda: [0.0, 0.0])
    _wealth: _Wealth = field(init=False)

    def __post_init__(self) -> None:
        self._wealth = _Wealth(self.rules.tolerance)

    def add(self, score: float, *, canary: bool) -> None:
        """One visit's match score, 0 to 1."""
        if not 0.0 <= score <= 1.0:
            raise ValueError(f"match score = {score}: a score is between 0 and 1")
        arm = int(canary)
        self._count[arm] += 1
        self._sum[arm] += score
        self._open[arm].append(score)
        control, tried = self._open
        if control and tried:
            difference = math.fsum(tried) / len(tried) - math.fsum(control) / len(control)
            self.blocks.append(difference)
            self._wealth.bet(difference)
            control.clear()
            tried.clear()

    @property
    def evidence(self) -> float:
        """How much the bets against the canary have won; 1 / alpha is proof."""
        return self._wealth.value

    def find(self) -> Finding:
        """What to do with the canary."""
        if self._wealth.reached(self.rules.alpha):
            return Finding.WORSE
        control, canary = self._count
        if canary < self.rules.enough or control == 0:
            return Finding.GOING_ON
        if self._sum[1] / canary >= self._sum[0] / control - self.rules.tolerance:
            return Finding.NOT_WORSE
        return Finding.GOING_ON if canary < self.rules.most else Finding.UNDECIDED

    def report(self) -> TrialReport:
        """All figures."""
        control, canary = (
            total / count if count else None for total, count in zip(self._sum, self._count, strict=True)
        )
        known = control is not None and canary is not None
        lower, upper = interval(self.blocks, self.rules.alpha)
        return TrialReport(
            finding=self.find(),
            canary_visits=self._count[1],
            control_visits=self._count[0],
            canary_score=canary,
            control_score=control,
            difference=canary - control if known and canary is not None and control is not None else None,
            lower=lower,
            upper=upper,
            evidence=self.evidence,
        )


class _Wealth:
    """Bets that the mean of values between -1 and 1 is below ``-tolerance``; remembers the most they ever won."""

    def __init__(self, tolerance: float) -> None:
        self._tolerance = tolerance
        self._bets = _bets(tolerance)
        self._logs = [0.0] * len(_SHARES)
        self.value = 1.0
        self._most = 1.0

    def bet(self, value: float) -> None:
        """One more value."""
        off = value + self._tolerance
        self._logs = [log + math.log1p(-bet * off) for log, bet in zip(self._logs, self._bets, strict=True)]
        most = max(self._logs)
        self.value = math.exp(min(most, 700.0)) * math.fsum(math.exp(log - most) for log in self._logs) / len(_SHARES)
        self._most = max(self._most, self.value)

    def reached(self, alpha: float) -> bool:
        """Whether the wealth was ever 1 / alpha: evidence once found stays found (Ville)."""
        return self._most >= 1.0 / alpha


def interval(blocks: Sequence[float], alpha: float) -> tuple[float, float]:
    """A confidence sequence for the mean difference at level 1 - 2 alpha: the means that no bet has yet refuted."""
    values = np.asarray(blocks, dtype=np.float64)
    return -_upper_end(-values, alpha), _upper_end(values, alpha)


def _upper_end(blocks: npt.NDArray[np.float64], alpha: float) -> float:
    """The smallest mean m for which the bets on less than m have reached 1 / alpha; what they win rises with m."""
    low, high = -_STEPS, _STEPS
    while high - low > 1:
        middle = (low + high) // 2
        if _refuted(blocks, middle / _STEPS, alpha):
            high = middle
        else:
            low = middle
    return high / _STEPS


def _refuted(blocks: npt.NDArray[np.float64], mean: float, alpha: float) -> bool:
    if not len(blocks):
        return False
    logs = np.cumsum(np.log1p(-np.array(_bets(-mean))[:, None] * (blocks - mean)), axis=1)
    most = logs.max(axis=0)
    wealth = most + np.log(np.exp(logs - most).mean(axis=0))
    return bool(wealth.max() >= -math.log(alpha))


def _bets(tolerance: float) -> list[float]:
    return [share / max(1.0 + tolerance, 0.5) for share in _SHARES]
