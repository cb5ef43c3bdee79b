"""Simulated advisors: how the way a product is offered changes whether it is taken, and what is reported afterwards.
Pure. All numbers are invented.

A product shown in place j (0 first) is looked at with a probability that falls with j (a position-based model: Craswell
et al., "An experimental comparison of click position-bias models", 2008). Late in the day and after a pushy talk people
say no more often. Reports are mostly right, sometimes not, sometimes late, sometimes sent twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np

from models.simulation.draws import Floats


@dataclass(frozen=True, slots=True)
class Advisor:
    """How somebody sells and reports.

    `share` of the visits; `skill` multiplies the willingness to take what is shown; `attention`: how likely each place
    after the first is looked at, as a factor per place; `pushy`: share of those who don't take a product that say no to
    it outright; `hears`: how likely the preference that they note is the true one; `prompt_h`: median hours until the
    feedback is given; `repeats`: how likely the same feedback is sent twice.
    """

    name: str
    share: float
    skill: float
    attention: float
    pushy: float
    hears: float
    prompt_h: float
    repeats: float


ADVISORS: Final = (
    Advisor("ann", 0.40, 1.00, 0.95, 0.40, 0.95, 0.2, 0.01),
    Advisor("bo", 0.35, 0.90, 0.90, 0.25, 0.90, 1.0, 0.02),
    Advisor("chan", 0.25, 0.80, 0.80, 0.70, 0.75, 9.0, 0.05),
)

WILLINGNESS: Final = 0.90
"""Whoever wants a product above all, beyond doubt, takes it with this probability when an advisor of skill 1 shows it
first."""
OPENNESS: Final = 0.60
"""A product wanted most with probability π is taken, when shown, with a probability ∝ π to this power: below 1, because
people also take a product that is not their first wish."""
LATE_HOUR: Final = 16.0
LATE_FACTOR: Final = 0.90
_DELAY_SPREAD: Final = 1.1
_SHARES: Final = np.cumsum([advisor.share for advisor in ADVISORS])


def advisor_by(chance: float) -> Advisor:
    """The advisor of a visit, by a uniform number."""
    return ADVISORS[min(int(np.searchsorted(_SHARES, chance, side="right")), len(ADVISORS) - 1)]


def take_probability(wanted: Floats, advisor: Advisor, hour: float, place: int) -> Floats:
    """How likely each product is taken when shown in this place, from how likely it is wanted most (`wanted`); 0 where
    that is 0."""
    late = LATE_FACTOR if hour >= LATE_HOUR else 1.0
    factor = WILLINGNESS * advisor.skill * late * advisor.attention**place
    taken: Floats = factor * np.where(wanted > 0.0, wanted, 0.0) ** OPENNESS
    return taken


def feedback_delay(advisor: Advisor, bell: float) -> timedelta:
    """How long after the visit the feedback is given, log-normal, by a standard normal number."""
    return timedelta(seconds=round(3600.0 * advisor.prompt_h * float(np.exp(_DELAY_SPREAD * bell)), 3))
