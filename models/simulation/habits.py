"""What customers do in a quarter: pages of the app, searches, payments; and which needs drive them. Pure. All invented.

A habit's mean per 91 days is its `base` × how active the customer is × the season of the month × (1 + Σ response ×
need). Amounts: seconds on a page; minor units of money for a transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from models.simulation.calendar import APP_HOURS, DAY_KINDS, MONTHS, SHOP_HOURS
from models.simulation.draws import Floats, Ints
from models.simulation.needs import NEEDS
from models.simulation.parameters import SEGMENTS

APP: Final = "app_events"
MONEY: Final = "transactions"
TABLES: Final = (APP, MONEY)
"""The bank's logs: a page or search with its seconds, a transaction with its amount."""


@dataclass(frozen=True, slots=True)
class Habit:
    """One kind of event. `median`, `spread`: of its log-normal amount; `days`: one of `DAY_KINDS`; `firms_only`: only
    entrepreneurs; `tenants_only`, `earners_only`: who has it."""

    code: str
    base: float
    response: dict[str, float] = field(default_factory=dict)
    median: float = 20.0
    spread: float = 0.7
    season: str = "flat"
    days: str = "app"
    firms_only: bool = False
    tenants_only: bool = False
    earners_only: bool = False


PAGES: Final = (
    Habit("overview", 9.0, median=8),
    Habit("transfers", 4.0, {"cash": 0.9}, median=35),
    Habit("cards", 1.2, {"cash": 2.4, "travel": 1.5}, median=18),
    Habit("savings", 0.7, {"safety": 18.0, "child": 1.8}),
    Habit("deposits", 0.25, {"safety": 36.0}, median=40),
    Habit("funds", 0.5, {"growth": 27.0}, median=50),
    Habit("markets", 0.7, {"growth": 21.0}, median=45, season="new_year"),
    Habit("mortgage_calculator", 0.08, {"home": 120.0}, median=120, season="spring"),
    Habit("loans", 0.20, {"cash": 36.0, "car": 12.0, "home": 6.0}, median=60),
    Habit("car_finance", 0.06, {"car": 120.0}, median=60),
    Habit("insurance", 0.25, {"cover": 36.0, "child": 9.0, "home": 6.0}, median=50),
    Habit("travel", 0.20, {"travel": 42.0}, season="summer"),
    Habit("exchange_rates", 0.25, {"travel": 24.0, "growth": 3.0}, median=10),
    Habit("family", 0.08, {"child": 105.0}, median=40),
    Habit("pension", 0.15, {"retirement": 60.0}, median=70, season="year_end"),
    Habit("firm", 1.5, {"business": 15.0}, median=60, firms_only=True),
    Habit("branches", 0.25, dict.fromkeys(NEEDS, 1.2), median=15),
)

SEARCHES: Final = tuple(Habit(f"search_{need}", 0.02, {need: 180.0}, median=12, spread=0.5) for need in NEEDS)

PAYMENTS: Final = (
    Habit("groceries", 9.0, {"child": 0.9}, 3_200, 0.6, "shopping", "shop"),
    Habit("restaurant", 4.0, {"cash": -0.3}, 2_600, 0.5, "summer", "shop"),
    Habit("fuel", 1.8, {"car": -0.3}, 5_500, 0.3, "flat", "shop"),
    Habit("online_shop", 2.5, {}, 4_000, 0.9, "shopping", "even"),
    Habit("garage", 0.12, {"car": 30.0}, 28_000, 0.8, "winter", "shop"),
    Habit("travel_agent", 0.15, {"travel": 27.0}, 45_000, 0.7, "summer", "even"),
    Habit("abroad", 0.30, {"travel": 3.0}, 4_500, 0.8, "summer", "even"),
    Habit("nursery", 0.08, {"child": 36.0}, 16_000, 0.5, "flat", "even"),
    Habit("home_store", 0.40, {"home": 12.0}, 9_000, 0.9, "spring", "shop"),
    Habit("estate_agent", 0.02, {"home": 120.0}, 25_000, 0.8, "spring", "even"),
    Habit("broker", 0.08, {"growth": 36.0}, 60_000, 0.9, "new_year", "even"),
    Habit("other_insurer", 0.25, {"cover": 4.5}, 12_000, 0.6, "flat", "even"),
    Habit("health", 0.50, {"cover": 4.5, "child": 3.0}, 5_000, 0.9, "winter", "shop"),
    Habit("cash_withdrawal", 2.0, {"cash": 1.8}, 8_000, 0.5, "flat", "shop"),
    Habit("overdraft_fee", 0.10, {"cash": 42.0}, 900, 0.4, "winter", "even"),
    Habit("large_credit", 0.04, {"safety": 24.0, "growth": 3.0}, 900_000, 0.8, "flat", "even"),
    Habit("suppliers", 3.0, {"business": 4.5}, 120_000, 0.9, "flat", "even", firms_only=True),
    Habit("salary", 3.0, {}, 260_000, 0.1, "flat", "pay", earners_only=True),
    Habit("rent", 3.0, {}, 95_000, 0.2, "flat", "rent", tenants_only=True),
)

HABITS: Final = (*PAGES, *SEARCHES, *PAYMENTS)
FIRST_PAYMENT: Final = len(PAGES) + len(SEARCHES)
CODES: Final = tuple(habit.code for habit in HABITS)
QUARTER_WEEKS: Final = 13

BASE: Final[Floats] = np.array([habit.base for habit in HABITS])
RESPONSE: Final[Floats] = np.array([[habit.response.get(need, 0.0) for habit in HABITS] for need in NEEDS])
SEASON: Final[Floats] = np.array([MONTHS[habit.season] for habit in HABITS]).T
DAYS: Final[Ints] = np.array([DAY_KINDS.index(habit.days) for habit in HABITS])
MEDIAN: Final[Floats] = np.array([habit.median for habit in HABITS])
SPREAD: Final[Floats] = np.array([habit.spread for habit in HABITS])
SCHEDULED: Final = np.array([habit.days in ("pay", "rent") for habit in HABITS])
FIRMS_ONLY: Final = np.array([habit.firms_only for habit in HABITS])
TENANTS_ONLY: Final = np.array([habit.tenants_only for habit in HABITS])
EARNERS_ONLY: Final = np.array([habit.earners_only for habit in HABITS])
HOURS: Final = (APP_HOURS, SHOP_HOURS)

EARNERS: Final = np.array([segment.code in ("starter", "family", "affluent") for segment in SEGMENTS])
FIRMS: Final = np.array([segment.code == "entrepreneur" for segment in SEGMENTS])
"""Which segments draw a salary, and which have a firm."""
