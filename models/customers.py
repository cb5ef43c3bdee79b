"""The shape of a customer, the same for real data, the simulated bank and the hub's own store. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, Protocol

import msgspec

Split = Literal["train", "test"]


class CustomerFeatures(Protocol):
    """What a model sees of a customer: profile numbers by column code, product codes held."""

    @property
    def profile(self) -> Mapping[str, float]: ...

    @property
    def holdings(self) -> frozenset[str]: ...


class CustomerRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One customer as a data set gives them.

    `holdings` never contains `hidden_product`: the product that the customer truly has or wants and that the analysis
    is to find (None where the protocol hides nothing). `risk_rating` is 1 (cautious, also when unknown) to 5; `age` is
    in whole years, None where the data has none; `age_band` is text for people.
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


class Customers(Protocol):
    """A bank's customers, in a fixed order; iterating twice gives the same twice."""

    @property
    def data(self) -> str:
        """The data set's name, for the summary of a run."""

    @property
    def catalogue_name(self) -> str: ...

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[CustomerRecord]: ...
