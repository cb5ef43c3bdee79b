"""The simulated bank: who its customers are, what they hold and what they want next.

Each customer i of a seed is drawn by a generator of their own, `default_rng([seed, i])`, so that a longer run begins
with the same customers. Segment → profile → products taken one after another, each by a softmax over the utilities of
the products that this customer may buy and does not hold (a random-utility choice model: McFadden, "Conditional logit
analysis of qualitative choice behavior", 1974). The last product taken is the hidden one: what they have come for. So
a hidden product is always eligible, suitable and not held, and the best possible ranking is known: `utilities`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from models.catalogue import Catalogue, NumberColumn, Product
from models.catalogues import load_catalogue
from models.customers import CustomerRecord, Split
from models.simulation.names import draw_name
from models.simulation.parameters import APPEAL, COMPLEMENTS, SEGMENTS, SHARPNESS, SLOPES, Segment
from models.splits import split_of

NAME = "simbank"
_SHARES = np.cumsum([segment.share for segment in SEGMENTS])


class SimulatedBank:
    """Draws customers for a seed (any non-negative integer)."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.catalogue: Catalogue = load_catalogue(NAME)
        codes = self.catalogue.product_codes
        at = {code: i for i, code in enumerate(codes)}
        self._products = self.catalogue.product
        self._position = at
        numbers = [column for column in self.catalogue.profile if isinstance(column, NumberColumn)]
        self._numbers = tuple(column.code for column in numbers)
        self._low = np.array([column.low for column in numbers])
        self._span = np.array([column.high - column.low for column in numbers])
        self._appeal = np.array([APPEAL[code] for code in codes])
        self._slopes = np.array([[SLOPES.get(code, {}).get(column, 0.0) for code in codes] for column in self._numbers])
        self._complements = np.zeros((len(codes), len(codes)))
        for (held, raised), gain in COMPLEMENTS.items():
            self._complements[at[held], at[raised]] = gain

    def customer(self, number: int) -> CustomerRecord:
        """The customer with this number (0, 1, 2 …), the same on every call."""
        rng = np.random.default_rng([self.seed, number])
        segment = SEGMENTS[min(int(np.searchsorted(_SHARES, rng.random())), len(SEGMENTS) - 1)]
        profile = _draw_profile(segment, rng)
        wanted = 2 + min(int(rng.poisson(1.0 + profile["tenure_years"] / 10.0)), 7)
        taken: list[str] = []
        for _ in range(wanted):
            code = self._next_product(profile, segment.code, frozenset(taken), rng)
            if code is None:
                break
            taken.append(code)
        return CustomerRecord(
            ref=f"{NAME}-{self.seed}-{number}",
            display_name=draw_name(rng),
            profile=profile,
            holdings=frozenset(taken[:-1]),
            hidden_product=taken[-1] if taken else None,
            segment=segment.code,
            risk_rating=int(profile["risk_rating"]),
            age=int(profile["age"]),
            age_band=f"{int(profile['age']) // 10 * 10}–{int(profile['age']) // 10 * 10 + 9}",
        )

    def utilities(self, profile: Mapping[str, float], holdings: frozenset[str]) -> npt.NDArray[np.float64]:
        """The true utility of every product for this customer, in the catalogue's order: the simulator's own truth."""
        scaled = (np.array([profile[code] for code in self._numbers]) - self._low) / self._span
        held = sorted(self._position[code] for code in holdings)
        utility: npt.NDArray[np.float64] = self._appeal + scaled @ self._slopes + self._complements[held].sum(axis=0)
        return utility * SHARPNESS

    def _next_product(
        self, profile: Mapping[str, float], segment: str, holdings: frozenset[str], rng: np.random.Generator
    ) -> str | None:
        utility = self.utilities(profile, holdings)
        open_to = [i for i, product in enumerate(self._products) if _may_buy(product, profile, segment, holdings)]
        if not open_to:
            return None
        weights = np.exp(utility[open_to] - utility[open_to].max())
        at = int(np.searchsorted(np.cumsum(weights), rng.random() * weights.sum()))
        return self._products[open_to[min(at, len(open_to) - 1)]].code


@dataclass(frozen=True, slots=True)
class SimulatedCustomers:
    """The first `count` customers of a bank that belong to a part (None: to any); a `Customers`, drawn while
    iterating."""

    bank: SimulatedBank
    count: int
    split: Split | None = None

    @property
    def data(self) -> str:
        """The data set's name."""
        return NAME

    @property
    def catalogue_name(self) -> str:
        """The catalogue that the codes belong to."""
        return NAME

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[CustomerRecord]:
        number = found = 0
        while found < self.count:
            if self.split is None or split_of(number) == self.split:
                found += 1
                yield self.bank.customer(number)
            number += 1

    def sha256(self) -> str:
        """The digest of all records, so that a model card can name the very customers."""
        digest = hashlib.sha256()
        for record in self:
            digest.update(
                msgspec.json.encode(msgspec.to_builtins(record, order="deterministic"), order="deterministic")
            )
        return digest.hexdigest()


def _draw_profile(segment: Segment, rng: np.random.Generator) -> dict[str, float]:
    mean, deviation, youngest, oldest = segment.age
    age = _clipped(rng.normal(mean, deviation), youngest, oldest)
    return {
        "age": age,
        "segment": float(segment.value),
        "income_class": _clipped(rng.normal(*segment.income), 0, 9),
        "assets_class": _clipped(rng.normal(*segment.assets), 0, 9),
        "children": _clipped(float(rng.poisson(segment.children)), 0, 4),
        "home_owner": float(rng.random() < segment.home_owner),
        "tenure_years": _clipped(rng.exponential(0.25 * (age - 14)), 0, int(min(40, age - 10))),
        "app_days_90d": _clipped(rng.normal(segment.app_days, 18), 0, 90),
        "card_payments_90d": _clipped(rng.normal(segment.card_payments, 35), 0, 200),
        "trips_abroad_12m": _clipped(float(rng.poisson(segment.trips)), 0, 12),
        "risk_rating": 1.0 + float(min(int(np.searchsorted(np.cumsum(segment.risk), rng.random())), 4)),
    }


def _clipped(value: float, low: int, high: int) -> float:
    return float(min(max(round(value), low), high))


def _may_buy(product: Product, profile: Mapping[str, float], segment: str, holdings: frozenset[str]) -> bool:
    age = profile["age"]
    return (
        product.code not in holdings
        and (product.min_age is None or age >= product.min_age)
        and (product.max_age is None or age <= product.max_age)
        and (not product.segments or segment in product.segments)
        and all(code in holdings for code in product.requires)
        and profile["risk_rating"] >= product.risk_rating
    )
