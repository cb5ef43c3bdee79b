"""Life events: they leave needs that grow and fade, in their season, and every number speaks of something that is
there."""

from __future__ import annotations

import numpy as np
import pytest

from models.catalogues import load_catalogue
from models.simulation.calendar import MONTHS, days_since_onset, month_of
from models.simulation.needs import (
    CHILD_KNOWN_DAYS,
    LIFE_EVENTS,
    NEEDS,
    NEVER,
    SEASONAL_WANTS,
    WANTS,
    draw_onsets,
    needs_at,
    new_children,
)
from models.simulation.parameters import SEGMENTS

TODAY = np.array([20_514], dtype=np.int64)  # 2026-03-02


def only(code: str, days_ago: int) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """A customer to whom one thing has happened."""
    onset = np.full((1, len(LIFE_EVENTS)), NEVER, dtype=np.int64)
    onset[0, [event.code for event in LIFE_EVENTS].index(code)] = days_ago
    return onset


def test_a_need_grows_to_its_height_and_fades() -> None:
    trip = next(event for event in LIFE_EVENTS if event.code == "plans_trip")
    travel = needs_at(only("plans_trip", 200), np.arange(201.0))[0, ::-1, NEEDS.index("travel")]
    height = int(travel.argmax())
    assert height == pytest.approx(trip.growth * np.log1p(trip.decay / trip.growth), abs=1.0)
    assert travel[height] == pytest.approx(1.0, abs=1e-3)
    assert travel[0] == 0.0
    assert (np.diff(travel[: height + 1]) > 0.0).all()
    assert (np.diff(travel[height:]) < 0.0).all()
    assert travel[200] < 0.05


def test_nobody_feels_what_has_not_happened() -> None:
    assert not needs_at(np.full((3, len(LIFE_EVENTS)), NEVER, dtype=np.int64), np.zeros(1)).any()
    assert not needs_at(only("new_child", 10), np.array([10.0, 11.0])).any()


def test_the_bank_hears_of_a_child_later() -> None:
    known = [int(new_children(only("new_child", days))[0]) for days in (1, CHILD_KNOWN_DAYS - 1, CHILD_KNOWN_DAYS, 300)]
    assert known == [0, 0, 1, 1]


def test_life_events_happen_as_often_as_their_rates_say() -> None:
    """A rate of r a year means one within the year with probability 1 - exp(-r)."""
    count = 20_000
    rng = np.random.default_rng(5)
    shape = (count, len(LIFE_EVENTS))
    family = [segment.code for segment in SEGMENTS].index("family")
    onset = draw_onsets(
        np.full(count, family, dtype=np.int64), np.repeat(TODAY, count), rng.random(shape), rng.random(shape)
    )
    expected = np.array([1.0 - np.exp(-event.rates[family]) for event in LIFE_EVENTS])
    assert (onset != NEVER).mean(axis=0) == pytest.approx(expected, abs=0.012)
    assert onset.max() <= 365
    assert onset[onset != NEVER].min() >= 1


def test_onsets_follow_their_season() -> None:
    share = np.linspace(0.0, 1.0, 40_000, endpoint=False)
    today = np.repeat(TODAY, len(share))
    month = month_of(today - days_since_onset("summer", share, today, 365))
    per_month = np.bincount(month, minlength=12) / len(share)
    days = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    weights = np.array(MONTHS["summer"]) * days
    assert per_month == pytest.approx(weights / weights.sum(), abs=0.001)


def test_the_numbers_speak_of_products_needs_and_seasons_that_exist() -> None:
    codes = set(load_catalogue("simbank").product_codes)
    assert set(WANTS) == set(NEEDS) == {need for event in LIFE_EVENTS for need in event.needs}
    assert {code for wants in WANTS.values() for code in wants} <= codes
    assert set(SEASONAL_WANTS) <= codes
    assert {season for season, _ in SEASONAL_WANTS.values()} | {event.season for event in LIFE_EVENTS} <= set(MONTHS)
    assert all(len(months) == 12 and sum(months) / 12 == pytest.approx(1.0, abs=0.06) for months in MONTHS.values())
