"""App events and transactions as Poisson processes that needs, seasons and segments drive. Pure.

The rate of each habit is constant within a week; a week's events fall on its days by the days' weights, so that the
process is a piecewise constant one. Logs end with the day before the visit, like a nightly load.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.simulation import habits
from models.simulation.calendar import DAY_S, day_weights, hour_of_day, month_of
from models.simulation.draws import BEHAVIOUR, Draws, Floats, Ints
from models.simulation.needs import needs_at
from models.simulation.people import People

HORIZON_WEEKS: Final = habits.QUARTER_WEEKS
_USUAL_APP_DAYS: Final = 35.0
_USUAL_PAYMENTS: Final = 70.0
_LEAST_ACTIVE: Final = 0.1
_INCOME_EFFECT: Final = 0.12
"""Amounts are multiplied by exp(this × (income class - 4))."""


@dataclass(frozen=True, slots=True)
class EventLog:
    """The events of a block as equally long arrays, by customer, then time. `owner`: row of the block; `second`: unix
    time; `habit`: position in `HABITS`; `amount`: seconds on a page or minor units of money."""

    owner: Ints
    second: Ints
    habit: Ints
    amount: Floats

    @property
    def is_money(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Which events are transactions, the others being app events."""
        return self.habit >= habits.FIRST_PAYMENT


def draw_events(
    seed: int, numbers: Ints, people: People, today: Ints, weeks: int = HORIZON_WEEKS, *, driven: bool = True
) -> EventLog:
    """What these customers did in the `weeks` before `today`; `driven` False cuts the link from needs to behaviour."""
    draws = Draws(seed, numbers, BEHAVIOUR)
    week = np.arange(weeks, dtype=np.int64)
    day = (today[:, None, None] - 1 - 7 * week[None, :, None]) - np.arange(7)  # [N, weeks, 7], latest first
    weights = np.moveaxis(day_weights(day), 0, 2)  # [N, weeks, kinds of day, 7]
    felt = needs_at(people.onset, (7 * week + 4).astype(np.float64))
    rates = _rates(people, felt if driven else np.zeros_like(felt), month_of(day[:, :, 3]), weights.mean(axis=3))
    counts = draws.poisson(np.where(habits.SCHEDULED, 0.0, rates).reshape(len(numbers), -1))
    counts += np.where(habits.SCHEDULED & (rates > 0.0), 1, 0).reshape(len(numbers), -1)
    each = counts.sum(axis=1)
    flat = np.repeat(np.arange(counts.size), counts.reshape(-1))
    owner, in_week, habit = np.unravel_index(flat, rates.shape)
    chance, bell = draws.uniform_each(each, 2), draws.normal_each(each)

    reached = np.cumsum(weights, axis=3)
    at_days = reached[owner, in_week, habits.DAYS[habit]]
    chosen = (at_days <= chance[:, :1] * at_days[:, -1:]).sum(axis=1)
    is_money = habit >= habits.FIRST_PAYMENT
    app_hours, shop_hours = (hour_of_day(hours, chance[:, 1]) for hours in habits.HOURS)
    hour = np.where(is_money, shop_hours, app_hours)
    second = day[owner, in_week, chosen] * DAY_S + (hour * 3600.0).astype(np.int64)
    richer = np.where(is_money, _INCOME_EFFECT * (people.column("income_class")[owner] - 4.0), 0.0)
    amount = np.maximum(np.round(habits.MEDIAN[habit] * np.exp(habits.SPREAD[habit] * bell + richer)), 1.0)
    order = np.lexsort((habit, second, owner))
    return EventLog(
        owner=owner[order].astype(np.int64),
        second=second[order],
        habit=habit[order].astype(np.int64),
        amount=amount[order],
    )


def _rates(people: People, felt: Floats, month: Ints, day_weight: Floats) -> Floats:
    """The mean number of each habit's events in each week, [N, weeks, habits]."""
    app = np.maximum(people.column("app_days_90d") / _USUAL_APP_DAYS, _LEAST_ACTIVE)
    cards = np.maximum(people.column("card_payments_90d") / _USUAL_PAYMENTS, _LEAST_ACTIVE)
    is_page = np.arange(len(habits.HABITS)) < habits.FIRST_PAYMENT
    active = np.where(is_page, app[:, None], cards[:, None])
    active = np.where(habits.SCHEDULED, 1.0, active)
    active = active * np.where(habits.CODES.index("abroad") == np.arange(len(habits.HABITS)), _abroad(people), 1.0)
    has = (
        (~habits.FIRMS_ONLY | habits.FIRMS[people.segment][:, None])
        & (~habits.EARNERS_ONLY | habits.EARNERS[people.segment][:, None])
        & (~habits.TENANTS_ONLY | (people.column("home_owner") < 0.5)[:, None])
    )
    driven = np.maximum(1.0 + np.einsum("nwd,dh->nwh", felt, habits.RESPONSE), 0.0)
    seasonal = habits.SEASON[month] * day_weight[:, :, habits.DAYS]
    base = habits.BASE / habits.QUARTER_WEEKS
    rates: Floats = base * (active * has)[:, None, :] * driven * seasonal
    return rates


def _abroad(people: People) -> Floats:
    """Card payments abroad go with the trips of the profile."""
    return people.column("trips_abroad_12m")[:, None]
