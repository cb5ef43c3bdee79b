"""Life events and the needs they leave: what happens to people, how long it stays on their mind, what it makes them
want. Pure. All numbers are invented.

An event begins on a day of the year before the visit, by its season. Its strength on day s after that is
(1 - exp(-s/growth)) · exp(-s/decay), scaled to a maximum of 1: a need grows, is felt most after
growth · ln(1 + decay/growth) days, and fades.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.simulation.calendar import days_since_onset
from models.simulation.draws import Floats, Ints

NEEDS: Final = ("home", "car", "child", "travel", "growth", "safety", "cash", "cover", "retirement", "business")
SPAN_DAYS: Final = 365
"""Life events older than this are forgotten."""
NEVER: Final = -1


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """Something that happens to people.

    `rates`: per year, by segment in the order of `SEGMENTS`, of people who come to a branch (those with something on
    their mind come more often, so the rates are higher than a population's). `growth`, `decay`: days. `needs`: need →
    strength at its height. `child`: the bank's record counts a child more, `CHILD_KNOWN_DAYS` later.
    """

    code: str
    rates: tuple[float, float, float, float, float, float]
    season: str
    growth: float
    decay: float
    needs: dict[str, float]
    child: bool = False


CHILD_KNOWN_DAYS: Final = 45

LIFE_EVENTS: Final[tuple[LifeEvent, ...]] = (
    LifeEvent("seeks_home", (0.03, 0.45, 0.38, 0.18, 0.03, 0.3), "spring", 30, 90, {"home": 1.0, "cover": 0.3}),
    LifeEvent("new_child", (0.015, 0.3, 0.38, 0.06, 0.0, 0.15), "flat", 20, 120, {"child": 1.0, "cover": 0.4}, True),
    LifeEvent("car_breaks", (0.15, 0.45, 0.52, 0.22, 0.18, 0.38), "winter", 5, 40, {"car": 1.0, "cash": 0.3}),
    LifeEvent("plans_trip", (1.2, 1.4, 0.9, 1.8, 0.6, 0.9), "summer", 14, 30, {"travel": 1.0}),
    LifeEvent("windfall", (0.075, 0.15, 0.18, 0.45, 0.45, 0.3), "flat", 7, 90, {"safety": 0.7, "growth": 0.6}),
    LifeEvent("eyes_markets", (0.45, 0.75, 0.45, 1, 0.22, 0.75), "new_year", 21, 60, {"growth": 1.0}),
    LifeEvent("runs_short", (0.75, 0.6, 0.45, 0.06, 0.22, 0.45), "winter", 7, 45, {"cash": 1.0}),
    LifeEvent("pay_rise", (0.15, 0.6, 0.38, 0.3, 0.0, 0.3), "new_year", 15, 90, {"growth": 0.4, "retirement": 0.5}),
    LifeEvent("thinks_of_age", (0.0, 0.18, 0.38, 0.75, 0.12, 0.6), "year_end", 30, 90, {"retirement": 1.0}),
    LifeEvent("firm_grows", (0.0, 0.0, 0.0, 0.0, 0.0, 1.8), "flat", 20, 90, {"business": 1.0}),
    LifeEvent("had_a_scare", (0.12, 0.22, 0.33, 0.27, 0.27, 0.27), "flat", 3, 45, {"cover": 1.0}),
    LifeEvent("puts_aside", (0.38, 0.68, 0.6, 0.6, 0.9, 0.45), "new_year", 10, 60, {"safety": 1.0}),
)

WANTS: Final[dict[str, dict[str, float]]] = {
    "home": {"mortgage": 4.8, "home_insurance": 2.4, "consumer_loan": 0.9},
    "car": {"car_loan": 5.1, "consumer_loan": 0.9},
    "child": {"child_savings": 5.4, "life_insurance": 2.4},
    "travel": {"travel_insurance": 4.2, "currency_account": 4.2, "premium_card": 1.2, "credit_card": 0.9},
    "growth": {
        "money_fund": 2.1, "bond_fund": 3.0, "balanced_fund": 3.9, "equity_fund": 4.2, "structured_note": 3.9,
    },
    "safety": {"time_deposit": 4.5, "savings_account": 3.3, "money_fund": 1.5},
    "cash": {"consumer_loan": 5.1, "credit_card": 2.1},
    "cover": {"life_insurance": 3.9, "home_insurance": 3.6},
    "retirement": {"pension_plan": 4.8},
    "business": {"business_loan": 4.5, "card_terminal": 3.9},
}  # fmt: skip
"""Need → product → how much its utility rises when the need is at its height."""

SEASONAL_WANTS: Final[dict[str, tuple[str, float]]] = {
    "pension_plan": ("year_end", 0.6),
    "travel_insurance": ("summer", 0.6),
    "currency_account": ("summer", 0.4),
    "mortgage": ("spring", 0.3),
    "consumer_loan": ("winter", 0.3),
}
"""Product → season and how much the utility rises per unit of the season's factor above 1, for everyone."""

STRENGTHS: Final[Floats] = np.array([[event.needs.get(need, 0.0) for need in NEEDS] for event in LIFE_EVENTS])
_RATES: Final[Floats] = np.array([event.rates for event in LIFE_EVENTS])
_GROWTH: Final[Floats] = np.array([event.growth for event in LIFE_EVENTS])
_DECAY: Final[Floats] = np.array([event.decay for event in LIFE_EVENTS])
_PEAK_DAY: Final[Floats] = _GROWTH * np.log1p(_DECAY / _GROWTH)
_PEAK: Final[Floats] = -np.expm1(-_PEAK_DAY / _GROWTH) * np.exp(-_PEAK_DAY / _DECAY)


def draw_onsets(segment: Ints, today: Ints, happens: Floats, when: Floats) -> Ints:
    """Days since each life event began, `NEVER` where it did not happen, [N, events]; `segment` by position."""
    onset = np.full(happens.shape, NEVER, dtype=np.int64)
    for at, event in enumerate(LIFE_EVENTS):
        happened = happens[:, at] < -np.expm1(-_RATES[at, segment])
        since = days_since_onset(event.season, when[:, at], today, SPAN_DAYS)
        onset[happened, at] = since[happened]
    return onset


def new_children(onset: Ints) -> Ints:
    """How many children the bank's record counts more because of a life event, [N]."""
    known = [at for at, event in enumerate(LIFE_EVENTS) if event.child]
    more: Ints = (onset[:, known] >= CHILD_KNOWN_DAYS).sum(axis=1)
    return more


def needs_at(onset: Ints, days_ago: Floats) -> Floats:
    """Every need `days_ago` days before the visit, [N, len(days_ago), needs], 0 and up."""
    since = np.where(onset == NEVER, -1.0, onset)[:, None, :] - days_ago[None, :, None]
    felt = np.maximum(since, 0.0)
    strength = np.where(since > 0.0, -np.expm1(-felt / _GROWTH) * np.exp(-felt / _DECAY) / _PEAK, 0.0)
    needs: Floats = np.einsum("nte,ed->ntd", strength, STRENGTHS)
    return needs
