"""What the rules need to know of a customer. Pure (W-05)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec


class Contact(msgspec.Struct, frozen=True):
    """A talk in which products were shown: when it began (aware, UTC), and the products that the advisor had first."""

    at: datetime
    products: tuple[str, ...]


class CustomerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules need to know.

    `risk_rating` 1–5, None counts as 1; `age` None fails any age rule; `refusals`: product code → when it was last
    refused (aware, UTC). `marketing_consent` None: never asked; `opted_out`: categories not to be offered; `contacts`:
    talks of the past, in any order; `business`: what the customer booked or chose, empty when nothing.
    """

    holdings: frozenset[str]
    risk_rating: int | None = None
    age: int | None = None
    segment: str = ""
    refusals: Mapping[str, datetime] = msgspec.field(default_factory=dict)
    marketing_consent: bool | None = None
    opted_out: frozenset[str] = frozenset()
    contacts: tuple[Contact, ...] = ()
    business: str = ""
