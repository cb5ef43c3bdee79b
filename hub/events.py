"""Domain events: how the rooms of the hub tell each other, within one transaction, and the in-process bus.

Source of the pattern: H. Percival, B. Gregory, "Architecture Patterns with Python", ch. 8.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from hub.storage.unit import UnitOfWork


class TicketRegistered(msgspec.Struct, frozen=True, kw_only=True):
    """The lobby took a ticket in: its customer becomes a target (W-03a)."""

    ticket: str
    branch: str
    number: str
    business: str
    customer: str | None
    booked: bool
    urgent: bool
    taken_at: datetime
    traceparent: str | None


class TicketEnded(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket was served at a counter or cancelled: nobody is alerted about it any more (W-07)."""

    ticket: str
    branch: str
    served: bool


class VisitEnded(msgspec.Struct, frozen=True, kw_only=True):
    """A visit ended with feedback, or its task expired."""

    tickets: tuple[str, ...]
    served: bool


class DeviceJoined(msgspec.Struct, frozen=True, kw_only=True):
    """A device was bound to a branch (W-02)."""

    device: str
    advisor: str
    branch: str


class DeviceLeft(msgspec.Struct, frozen=True, kw_only=True):
    """A device was unbound from a branch, by unbinding or by binding elsewhere (W-02)."""

    device: str
    advisor: str
    branch: str


DomainEvent = TicketRegistered | TicketEnded | VisitEnded | DeviceJoined | DeviceLeft
"""Anything that rooms tell each other."""

Listener = Callable[["UnitOfWork", Sequence[DomainEvent]], None]


class EventBus:
    """Carries events to the rooms that listen; runs of the same type go to a listener in one call."""

    def __init__(self) -> None:
        self._listeners: dict[type[DomainEvent], list[Listener]] = {}

    def listen(self, event_type: type[DomainEvent], listener: Listener) -> None:
        """Call ``listener`` with every run of events of this type."""
        self._listeners.setdefault(event_type, []).append(listener)

    def deliver(self, unit: "UnitOfWork") -> None:
        """Deliver what the unit has emitted, and what that emits, until there is none."""
        while unit.events:
            events, unit.events = unit.events, []
            start = 0
            for end in range(1, len(events) + 1):
                if end == len(events) or type(events[end]) is not type(events[start]):
                    for listener in self._listeners.get(type(events[start]), []):
                        listener(unit, events[start:end])
                    start = end
