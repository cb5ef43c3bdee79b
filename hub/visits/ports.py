"""What the visits' room needs from outside."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from contracts.session import Binding, BranchChoice
from hub.storage import UnitOfWork
from models.customers import CustomerRecord
from models.policy import Funnel
from models.ranking import Candidate


class CustomerDirectory(Protocol):
    """Where customers are looked up."""

    def find(self, unit: UnitOfWork, refs: Collection[str]) -> Mapping[str, "KnownCustomer"]:
        """The customers that exist, by reference; one read for all."""
        ...


class KnownCustomer(Protocol):
    """A customer as the customers' room knows them."""

    @property
    def record(self) -> CustomerRecord: ...
    @property
    def advisor(self) -> str | None: ...


class BindingView(Protocol):
    """What a device is told of its binding."""

    def __call__(self, device: str) -> tuple[Binding | None, tuple[BranchChoice, ...]]:
        """The binding, and the branches the device's advisor may choose."""
        ...


class Analyst(Protocol):
    """What turns customers into ranked products (:class:`models.ranking.Ranker` is one)."""

    def rank(self, batch: Sequence[Candidate], now: datetime) -> list[Funnel]:
        """One funnel a candidate, in order; the model runs once for the batch."""
        ...
