"""A world to learn in: visit after visit, what would happen whatever is shown, and the truth to measure regret against.

Everything about visit n follows from (seed, n): the customer, the advisor, the moment, and one uniform number u_p per
product p. Product p is taken when shown exactly if u_p < the true probability of its being taken. So two policies can
be compared on the very same visits, and what was not shown has an answer too (coupled counterfactuals).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import numpy as np

from models.catalogue import Catalogue
from models.catalogues import load_catalogue
from models.customers import CustomerRecord
from models.errors import ModelsError
from models.simulation.advisors import Advisor, advisor_by, feedback_delay, take_probability
from models.simulation.bank import AS_OF, NAME
from models.simulation.behaviour import HORIZON_WEEKS
from models.simulation.calendar import DAY_S
from models.simulation.choice import Market
from models.simulation.draws import BLOCK, TALK, Draws, Floats, block_numbers
from models.simulation.parameters import SEGMENTS
from models.simulation.visitors import Visitors, draw_visitors

OPENS_H: Final = 9.0
OPEN_H: Final = 8.0
_BLOCKS_KEPT = 16

AWAY_FROM_FUNDS: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        "": {"investment": -3.0, "savings_account": -2.0, "time_deposit": 2.0, "life_insurance": 1.5},
        "student": {"currency_account": 3.0, "credit_card": -2.5, "travel_insurance": 2.0},
        "starter": {"currency_account": 3.0, "credit_card": -2.5, "car_loan": 2.0},
        "family": {"child_savings": 2.0, "home_insurance": -2.0, "car_loan": 1.5},
        "affluent": {"premium_card": 2.5, "pension_plan": -2.0, "mortgage": 2.0},
        "senior": {"home_insurance": 1.0, "travel_insurance": 2.5},
        "entrepreneur": {"business": 2.5, "pension_plan": -1.5},
    }
)
"""A change of taste after a crash: funds lose, deposits and insurance gain, and each segment has its own way.

Segment ("" is everybody) → category or product → change of utility, before `SHARPNESS`; entries add up."""


@dataclass(frozen=True, slots=True)
class TasteChange:
    """From visit `at` on, over the next `over` visits (0: at once), utilities shift by `shifts`."""

    at: int
    over: int = 0
    shifts: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: AWAY_FROM_FUNDS)

    def progress(self, number: int) -> float:
        """How much of the change has happened at this visit, 0 to 1."""
        if number < self.at:
            return 0.0
        return 1.0 if self.over <= 0 else min((number - self.at + 1) / self.over, 1.0)


@dataclass(frozen=True, slots=True)
class Visit:
    """A customer sits down with an advisor at a moment (aware, UTC); `customer.hidden_product` is what they came
    for."""

    number: int
    customer: CustomerRecord
    advisor: Advisor
    at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of showing products: `taken` and `refused` (said no outright) in the order shown; the others shown were
    passed over. `preferences`: the categories that the advisor notes, not always the true ones. The feedback comes
    `delay` after the visit, `copies` times."""

    taken: tuple[str, ...]
    refused: tuple[str, ...]
    preferences: tuple[str, ...]
    delay: timedelta
    copies: int


class Environment:
    """The visits 0, 1, 2 … of a seed, each by a customer who has not come before, `per_day` a day from `start` (aware).

    Customer n of `SimulatedBank(seed)` has the same profile as the customer of visit n but for what the date changes.
    """

    def __init__(
        self,
        seed: int,
        *,
        changes: Sequence[TasteChange] = (),
        start: datetime = AS_OF,
        per_day: int = 60,
        weeks: int = HORIZON_WEEKS,
    ) -> None:
        if per_day < 1:
            raise ModelsError(f"per_day = {per_day}: at least one visit a day")
        self.seed = seed
        self.catalogue: Catalogue = load_catalogue(NAME)
        self.market = Market(self.catalogue)
        self.changes = tuple(changes)
        self._first_day = int(start.timestamp()) // DAY_S
        self._per_day = per_day
        self._shifts = [self.market.shift(change.shifts) for change in self.changes]
        self._category = {product.code: product.category for product in self.catalogue.product}
        self._categories = tuple(category.code for category in self.catalogue.category)

        @lru_cache(maxsize=_BLOCKS_KEPT)
        def block(number: int) -> Visitors:
            numbers = block_numbers(number)
            day, in_day = np.divmod(numbers, per_day)
            second = ((OPENS_H + OPEN_H * (in_day + 0.5) / per_day) * 3600.0).astype(np.int64)
            taste = self._taste(numbers.tolist()) if self.changes else None
            at = (self._first_day + day) * DAY_S + second
            return draw_visitors(seed, self.market, number, at, taste=taste, weeks=weeks)

        @lru_cache(maxsize=_BLOCKS_KEPT)
        def talks(number: int) -> tuple[Floats, Floats]:
            draws = Draws(seed, block_numbers(number), TALK)
            return draws.uniform(4), draws.normal(1)

        self._block, self._talks = block, talks

    def visit(self, number: int) -> Visit:
        """The visit with this number (0, 1, 2 …), the same on every call."""
        visitors = self.visitors(number // BLOCK)
        row = number % BLOCK
        return Visit(
            number=number,
            customer=visitors.record(row, f"{NAME}-{self.seed}-visit-{number}"),
            advisor=advisor_by(self._talk(number)[0][0]),
            at=datetime.fromtimestamp(int(visitors.second[row]), UTC),
        )

    def accept_probability(self, visit: Visit, code: str, place: int = 0) -> float:
        """The truth: how likely this product is taken when shown in this place (0 first), given customer, advisor and
        moment; 0 for a product that is held or not allowed. `ModelsError` for an unknown code."""
        return float(self._accept(visit, place)[self._at(code)])

    def accept_probabilities(self, visit: Visit, place: int = 0) -> Floats:
        """`accept_probability` of every product, in the catalogue's order."""
        return self._accept(visit, place)

    def value(self, visit: Visit, shown: Sequence[str]) -> float:
        """The truth: how many of the products shown are taken on average, `shown` in their places."""
        return float(sum(self.accept_probability(visit, code, place) for place, code in enumerate(shown)))

    def best(self, visit: Visit, k: int) -> tuple[str, ...]:
        """The at most `k` products with the highest `value`, best first."""
        likely = self._accept(visit, 0)
        order = np.argsort(-likely, kind="stable")[:k]
        return tuple(self.market.codes[at] for at in order.tolist() if likely[at] > 0.0)

    def accept(self, visit: Visit, shown: Sequence[str]) -> Outcome:
        """What comes of showing these products in this order; a pure function of (seed, visit number, shown).

        Whether a product is taken or refused does not depend on the others shown, only on its place.
        """
        visitors, row = self._visitor(visit)
        chance, bell = self._talk(visit.number)
        taken, refused = [], []
        for place, code in enumerate(shown):
            at = self._at(code)
            likely = float(self._accept(visit, place)[at])
            luck = float(visitors.luck[row, at])
            if luck < likely:
                taken.append(code)
            elif luck >= 1.0 - visit.advisor.pushy * (1.0 - likely):
                refused.append(code)
        return Outcome(
            taken=tuple(taken),
            refused=tuple(refused),
            preferences=self._preferences(visit, taken, chance),
            delay=feedback_delay(visit.advisor, bell),
            copies=2 if chance[1] < visit.advisor.repeats else 1,
        )

    def visitors(self, block: int) -> Visitors:
        """The visits `block`·256 to `block`·256 + 255 with all that the simulator knows of them."""
        return self._block(block)

    def _taste(self, numbers: list[int]) -> Floats:
        shape = (len(numbers), len(SEGMENTS), len(self.market.codes))
        taste = np.zeros(shape)
        for change, shift in zip(self.changes, self._shifts, strict=True):
            taste += np.array([change.progress(number) for number in numbers])[:, None, None] * shift
        return taste

    def _visitor(self, visit: Visit) -> tuple[Visitors, int]:
        return self.visitors(visit.number // BLOCK), visit.number % BLOCK

    def _accept(self, visit: Visit, place: int) -> Floats:
        visitors, row = self._visitor(visit)
        hour = visit.at.hour + visit.at.minute / 60.0
        return take_probability(visitors.probability[row], visit.advisor, hour, place)

    def _talk(self, number: int) -> tuple[list[float], float]:
        chance, bell = self._talks(number // BLOCK)
        row = number % BLOCK
        return chance[row].tolist(), float(bell[row, 0])

    def _preferences(self, visit: Visit, taken: Sequence[str], chance: Sequence[float]) -> tuple[str, ...]:
        """The category that the customer came about and those of what was taken; heard wrongly, another one."""
        came_for = visit.customer.hidden_product
        heard = [self._category[code] for code in taken]
        if came_for is not None:
            true = self._category[came_for]
            others = [code for code in self._categories if code != true]
            wrong = others[min(int(chance[3] * len(others)), len(others) - 1)]
            heard.append(true if chance[2] < visit.advisor.hears else wrong)
        return tuple(dict.fromkeys(heard))

    def _at(self, code: str) -> int:
        at = self.market.position.get(code)
        if at is None:
            raise ModelsError(f"no product {code!r}; the simulated bank has {', '.join(self.market.codes)}")
        return at
