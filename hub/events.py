"""Domain events: what the rooms of the hub tell each other, within one transaction. Pure."""

from datetime import datetime

import msgspec


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
