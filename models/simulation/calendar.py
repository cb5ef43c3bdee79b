"""The simulated year: months, pay day, weekends, hours. Days count from 1970-01-01 UTC. Pure.

All factors are invented; each list of months averages about 1.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from models.simulation.draws import Floats, Ints

DAY_S: Final = 86_400
PAY_DAY: Final = 25
RENT_DAY: Final = 2

MONTHS: Final[dict[str, tuple[float, ...]]] = {
    #           J    F    M    A    M    J    J    A    S    O    N    D
    "flat": (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
    "spring": (0.7, 0.9, 1.4, 1.6, 1.5, 1.2, 0.8, 0.7, 0.9, 0.9, 0.8, 0.6),
    "summer": (0.7, 0.7, 0.9, 1.1, 1.3, 1.7, 1.8, 1.2, 0.7, 0.6, 0.5, 0.8),
    "winter": (1.6, 1.4, 1.1, 0.8, 0.7, 0.6, 0.6, 0.6, 0.8, 1.0, 1.3, 1.5),
    "new_year": (1.9, 1.4, 1.2, 1.0, 0.9, 0.8, 0.7, 0.7, 0.8, 0.8, 0.8, 1.0),
    "year_end": (0.8, 0.7, 0.7, 0.7, 0.7, 0.8, 0.8, 0.8, 1.0, 1.3, 1.7, 2.0),
    "shopping": (0.8, 0.8, 0.9, 0.9, 1.0, 1.0, 1.0, 0.9, 1.0, 1.0, 1.2, 1.5),
}
"""Season → factor of each month."""

DAY_KINDS: Final = ("even", "app", "shop", "pay", "rent")
"""How things fall on the days of a week: app use dips at weekends; shops fill at weekends and after pay day; salaries
come on pay day only, rents on rent day only."""

APP_HOURS: Final = (1, 0, 0, 0, 0, 1, 3, 6, 7, 5, 4, 4, 7, 6, 4, 3, 3, 4, 5, 7, 9, 9, 6, 3)
SHOP_HOURS: Final = (0, 0, 0, 0, 0, 0, 1, 3, 4, 5, 6, 7, 8, 7, 6, 6, 7, 9, 9, 7, 5, 3, 1, 0)
"""Weights of the hours of a day, UTC."""


def month_of(day: Ints) -> Ints:
    """The month of each day, 0 = January."""
    months: Ints = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    return months


def day_of_month(day: Ints) -> Ints:
    """The day of the month, from 1."""
    dates = day.astype("datetime64[D]")
    date: Ints = (dates - dates.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    return date


def day_weights(day: Ints) -> Floats:
    """How much of each of `DAY_KINDS` falls on each day, [len(DAY_KINDS), *day.shape]."""
    date = day_of_month(day)
    weekend = (day + 3) % 7 >= 5  # 1970-01-01 was a Thursday; 0 is Monday here
    paid = (date >= PAY_DAY) | (date <= 3)
    return np.stack(
        [
            np.ones(day.shape),
            np.where(weekend, 0.75, 1.10),
            np.where(weekend, 1.35, 0.86) * np.where(paid, 1.30, 0.90),
            (date == PAY_DAY).astype(np.float64),
            (date == RENT_DAY).astype(np.float64),
        ]
    )


def days_since_onset(season: str, share: Floats, today: Ints, span: int) -> Ints:
    """How many days before `today` (1 to `span`) something began that follows a season; `share` is uniform on [0, 1).

    By the inverse of the cumulated season over the `span` days before each `today`.
    """
    first = int(today.min()) - span
    days = np.arange(first, int(today.max()) + 1, dtype=np.int64)
    total = np.concatenate([[0.0], np.cumsum(np.array(MONTHS[season])[month_of(days)])])
    begin, end = total[today - span - first], total[today - first]
    onset = np.searchsorted(total, begin + share * (end - begin), side="right") - 1 + first
    since: Ints = np.clip(today - onset, 1, span)
    return since


def hour_of_day(weights: tuple[int, ...], share: Floats) -> Floats:
    """The time of day in hours, 0 to 24, by the inverse of the cumulated weights of the hours."""
    total = np.concatenate([[0.0], np.cumsum(np.array(weights, dtype=np.float64))])
    hours: Floats = np.interp(share, total / total[-1], np.arange(len(total), dtype=np.float64))
    return hours
