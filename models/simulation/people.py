"""Who the customers are: segment and profile, drawn for a block at once. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.simulation.draws import PERSON, Draws, Floats, Ints
from models.simulation.needs import LIFE_EVENTS, draw_onsets, new_children
from models.simulation.parameters import SEGMENTS

PROFILE: Final = (
    "age",
    "segment",
    "income_class",
    "assets_class",
    "children",
    "home_owner",
    "tenure_years",
    "app_days_90d",
    "card_payments_90d",
    "trips_abroad_12m",
    "risk_rating",
)
"""The columns of a profile, in the order of `People.profile`."""

_SHARES: Final = np.cumsum([segment.share for segment in SEGMENTS])
_RISK: Final = np.cumsum([segment.risk for segment in SEGMENTS], axis=1)
_AGE: Final = np.array([segment.age for segment in SEGMENTS], dtype=np.float64)
_INCOME: Final = np.array([segment.income for segment in SEGMENTS], dtype=np.float64)
_ASSETS: Final = np.array([segment.assets for segment in SEGMENTS], dtype=np.float64)
_RATES: Final = np.array([(segment.children, segment.trips) for segment in SEGMENTS])
_OWNERS: Final = np.array([segment.home_owner for segment in SEGMENTS])
_APP_DAYS: Final = np.array([segment.app_days for segment in SEGMENTS], dtype=np.float64)
_PAYMENTS: Final = np.array([segment.card_payments for segment in SEGMENTS], dtype=np.float64)
_VALUES: Final = np.array([segment.value for segment in SEGMENTS], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class People:
    """A block of customers. `segment`: position in `SEGMENTS` [N]; `profile` [N, len(PROFILE)]; `onset`: days since
    each life event [N, events]; `wanted`: how many products they take in all, the hidden one included [N]."""

    segment: Ints
    profile: Floats
    onset: Ints
    wanted: Ints

    def column(self, code: str) -> Floats:
        """One column of the profile."""
        return self.profile[:, PROFILE.index(code)]


def draw_people(seed: int, numbers: Ints, today: Ints) -> People:
    """The customers with these numbers, who come on the days `today`."""
    draws = Draws(seed, numbers, PERSON)
    events = len(LIFE_EVENTS)
    chance = draws.uniform(4 + 2 * events)
    bell = draws.normal(5)
    segment = np.minimum(np.searchsorted(_SHARES, chance[:, 0], side="right"), len(SEGMENTS) - 1).astype(np.int64)
    onset = draw_onsets(segment, today, chance[:, 4 : 4 + events], chance[:, 4 + events :])
    counts = draws.poisson(_RATES[segment])
    age = _whole(_AGE[segment, 0] + _AGE[segment, 1] * bell[:, 0], _AGE[segment, 2], _AGE[segment, 3])
    tenure = _whole(-np.log1p(-chance[:, 2]) * 0.25 * (age - 14.0), 0.0, np.minimum(40.0, age - 10.0))
    profile = np.column_stack(
        [
            age,
            _VALUES[segment],
            _whole(_INCOME[segment, 0] + _INCOME[segment, 1] * bell[:, 1], 0.0, 9.0),
            _whole(_ASSETS[segment, 0] + _ASSETS[segment, 1] * bell[:, 2], 0.0, 9.0),
            _whole((counts[:, 0] + new_children(onset)).astype(np.float64), 0.0, 4.0),
            chance[:, 1] < _OWNERS[segment],
            tenure,
            _whole(_APP_DAYS[segment] + 18.0 * bell[:, 3], 0.0, 90.0),
            _whole(_PAYMENTS[segment] + 35.0 * bell[:, 4], 0.0, 200.0),
            _whole(counts[:, 1].astype(np.float64), 0.0, 12.0),
            1.0 + np.minimum((chance[:, 3, None] >= _RISK[segment]).sum(axis=1), 4),
        ]
    ).astype(np.float64)
    wanted = 2 + np.minimum(draws.poisson((1.0 + tenure / 10.0)[:, None])[:, 0], 7)
    return People(segment=segment, profile=profile, onset=onset, wanted=wanted)


def _whole(value: Floats, low: Floats | float, high: Floats | float) -> Floats:
    clipped: Floats = np.clip(np.round(value), low, high)
    return clipped
