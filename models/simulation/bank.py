"""The simulated bank: its customers at one moment, what they hold, did, and want next.

Customer i of a seed is drawn by generators of their own, `default_rng([seed, i, aspect])`, so that a longer run begins
with the same customers. Segment → profile and life events → products taken one after another by lasting tastes; life
events → needs → app events and transactions, and together with the tastes the hidden product: what they have come for.
A hidden product is always eligible, suitable and not held, and the best possible ranking is known: `truth`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

import msgspec
import numpy as np

from models.catalogue import Catalogue
from models.catalogues import load_catalogue
from models.customers import CustomerRecord, Split
from models.errors import ModelsError
from models.simulation.behaviour import HORIZON_WEEKS
from models.simulation.choice import Market
from models.simulation.draws import BLOCK, Floats, Ints
from models.simulation.parameters import SHARPNESS
from models.simulation.people import PROFILE
from models.simulation.visitors import Visitors, draw_visitors
from models.splits import split_of

NAME = "simbank"
AS_OF: Final = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""The moment that the bank's tables are of, unless another is asked for."""
_BLOCKS_KEPT = 4


class SimulatedBank:
    """Draws customers for a seed (any non-negative integer) as they are at the moment `as_of` (aware), with events of
    the `weeks` before it."""

    def __init__(self, seed: int, *, as_of: datetime = AS_OF, weeks: int = HORIZON_WEEKS) -> None:
        self.seed = seed
        self.as_of = as_of
        self.catalogue: Catalogue = load_catalogue(NAME)
        self.market = Market(self.catalogue)
        second: Ints = np.full(BLOCK, int(as_of.timestamp()), dtype=np.int64)
        market = self.market

        @lru_cache(maxsize=_BLOCKS_KEPT)
        def block(number: int) -> Visitors:
            return draw_visitors(seed, market, number, second, weeks=weeks)

        self._block = block

    def visitors(self, block: int) -> Visitors:
        """The customers `block`·256 to `block`·256 + 255 with all that the simulator knows of them."""
        return self._block(block)

    def customer(self, number: int) -> CustomerRecord:
        """The customer with this number (0, 1, 2 …), the same on every call."""
        return self.visitors(number // BLOCK).record(number % BLOCK, f"{NAME}-{self.seed}-{number}")

    def utilities(self, profile: Mapping[str, float], holdings: frozenset[str]) -> Floats:
        """The utility of every product for anybody with this profile and these holdings, in the catalogue's order:
        without the needs and the season, which `truth` knows."""
        row = np.array([[profile[column] for column in PROFILE]], dtype=np.float64)
        held = np.array([[code in holdings for code in self.market.codes]], dtype=np.bool_)
        utility: Floats = self.market.tastes(row, held)[0] * SHARPNESS
        return utility

    def truth(self, record: CustomerRecord) -> Floats:
        """The true utility of every product for one of this bank's customers, in the catalogue's order; no ranking can
        do better on average than by it. `ModelsError` for a customer of another bank."""
        name, _, number = record.ref.rpartition("-")
        if name != f"{NAME}-{self.seed}" or not number.isdigit():
            raise ModelsError(
                f"customer {record.ref!r} is not of simulated bank {self.seed}: ask the bank that drew it"
            )
        at = int(number)
        utility: Floats = self.visitors(at // BLOCK).utility[at % BLOCK]
        return utility


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


def brought_to(record: CustomerRecord, now: datetime, as_of: datetime = AS_OF) -> CustomerRecord:
    """The customer with events as if the tables of `as_of` were of the day of `now` (both aware): moved by whole days,
    nobody else's wishes and nothing else changed. For a demo on any day, with the same customers for the same seed."""
    moved = timedelta(days=(now.astimezone(UTC).date() - as_of.astimezone(UTC).date()).days)
    events = tuple(msgspec.structs.replace(event, at=event.at + moved) for event in record.events)
    return msgspec.structs.replace(record, events=events)
