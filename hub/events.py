"""Domain events: what the rooms of the hub tell each other, within one transaction. Pure."""

from datetime import datetime

import msgspec

from contracts.visits import GiveFeedback
from models.policy import Funnel


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
    kiosk: str | None = None


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


class FeedbackRecorded(msgspec.Struct, frozen=True, kw_only=True):
    """An advisor said what happened (W-14): with the analysis that was shown, all that there is to learn of the visit.

    ``at`` is when it was said, by the device's corrected clock; ``match_score`` 0 to 1 (W-15).
    """

    task: str
    at: datetime
    demand: Funnel
    given: GiveFeedback
    match_score: float


class PartFailed(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a kiosk has failed for long enough, or fails in another way now: branch IT is to look (K-03).

    ``part``, ``condition``: codes of ``contracts.kiosk_health``, or ``link``, ``silent``; ``since`` is when it began.
    """

    at: datetime
    branch: str
    kiosk: str
    part: str
    name: str
    condition: str
    since: datetime


class PartMended(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a kiosk works again; ``condition`` and ``since`` are those of the failure that is over."""

    at: datetime
    branch: str
    kiosk: str
    part: str
    name: str
    condition: str
    since: datetime


DomainEvent = (
    TicketRegistered | TicketEnded | VisitEnded | DeviceJoined | DeviceLeft | FeedbackRecorded | PartFailed | PartMended
)
"""Anything that rooms tell each other."""
