"""The shape of a customer, the same for real data, the simulated bank and the hub's own store. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal, Protocol

import msgspec

Split = Literal["train", "test"]


class Event(msgspec.Struct, frozen=True, array_like=True):
    """Something that a customer did: in which of the bank's logs (`table`), when (aware, UTC), of what kind (a page, a
    transaction code), and how much (money in minor units, seconds; 0 where the log has no amount)."""

    table: str
    at: datetime
    kind: str = ""
    amount: float = 0.0


class CustomerFeatures(Protocol):
    """What a model sees of a customer: profile numbers by column code, product codes held, what they did."""

    @property
    def profile(self) -> Mapping[str, float]: ...

    @property
    def holdings(self) -> frozenset[str]: ...

    @property
    def events(self) -> tuple[Event, ...]: ...


class CustomerRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One customer as a data set gives them.

    `holdings` never contains `hidden_product`: the product that the customer truly has or wants and that the analysis
    is to find (None where the protocol hides nothing). `risk_rating` is 1 (cautious, also when unknown) to 5; `age` is
    in whole years, None where the data has none; `age_band` is text for people. `events` are in any order.
    `marketing_consent`: the customer's answer, None where they were never asked; `opted_out`: categories of products
    that they don't want to be offered.
    """

    ref: str
    display_name: str
    profile: Mapping[str, float]
    holdings: frozenset[str]
    hidden_product: str | None
    segment: str
    risk_rating: int
    age: int | None
    age_band: str
    events: tuple[Event, ...] = ()
    marketing_consent: bool | None = None
    opted_out: frozenset[str] = frozenset()


class Customers(Protocol):
    """A bank's customers, in a fixed order; iterating twice gives the same twice."""

    @property
    def data(self) -> str:
        """The data set's name, for the summary of a run."""

    @property
    def catalogue_name(self) -> str: ...

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[CustomerRecord]: ...
