"""Tickets and their states. Pure (spec 2, W-03a). Where a ticket stands in line is the queue's: hub.lobby.queue.

=========  ==========================================
waiting    serve → served · cancel → cancelled
cancelled  reopen → waiting
=========  ==========================================
"""

import hashlib
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET

from contracts import ErrorCode, Refusal
from contracts.fields import AccessNeed, Language
from contracts.tickets import TicketTaken
from hub.kernel import Branch, Device


class TicketState(StrEnum):
    """States of a ticket."""

    WAITING = "waiting"
    SERVED = "served"
    CANCELLED = "cancelled"


class TicketChange(StrEnum):
    """What can happen to a ticket."""

    SERVE = "serve"
    CANCEL = "cancel"
    REOPEN = "reopen"


TRANSITIONS: dict[tuple[TicketState, TicketChange], TicketState] = {
    (TicketState.WAITING, TicketChange.SERVE): TicketState.SERVED,
    (TicketState.WAITING, TicketChange.CANCEL): TicketState.CANCELLED,
    (TicketState.CANCELLED, TicketChange.REOPEN): TicketState.WAITING,
}
"""Every allowed change."""

URGENT_NEEDS = frozenset({AccessNeed.SEAT, AccessNeed.STEP_FREE})
"""Needs for which somebody should come soon: the customer can't stand, or can't get in by themselves."""


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket as the lobby keeps it; ``day`` is the branch's business day, within which a number is unique.

    ``follow``: the digest of the code on it (:func:`digest_of`); ``also``: the businesses after the first;
    ``booking``: the one that its customer checked in to.
    """

    id: str
    branch: str
    day: date
    number: str
    business: str
    state: TicketState
    taken_at: datetime
    kiosk: str
    booked: bool
    customer: str | None
    needs: tuple[AccessNeed, ...] = ()
    ended: datetime | None = None
    language: Language = Language.EN
    follow: str | None = None
    also: tuple[str, ...] = ()
    appointment: datetime | None = None
    booking: str | None = None


def digest_of(follow: str) -> str:
    """What is kept of a ticket's code: who reads the database can't follow anybody with it."""
    return hashlib.sha256(follow.encode()).hexdigest()[:32]


def business_day(branch: Branch, moment: datetime) -> date:
    """The date in the branch's time zone."""
    return moment.astimezone(ZoneInfo(branch.time_zone)).date()


def accept(
    taken: TicketTaken, kiosk: Device, branch: Branch, at: datetime, businesses: frozenset[str]
) -> Ticket | Refusal:
    """The ticket, or why this kiosk may not issue it."""
    if kiosk.branch != taken.branch:
        detail = f"kiosk {kiosk.name} stands in {kiosk.branch}, not in {taken.branch}"
        return Refusal(code=ErrorCode.BRANCH_NOT_ALLOWED, detail=detail)
    also = () if taken.also is UNSET else taken.also
    for business in (taken.business, *also):
        if business not in businesses:
            allowed = ", ".join(sorted(businesses))
            return Refusal(
                code=ErrorCode.UNKNOWN_BUSINESS, detail=f"no business {business!r}: use one of {allowed}"[:500]
            )
    return Ticket(
        id=taken.ticket,
        branch=taken.branch,
        day=business_day(branch, at),
        number=taken.number,
        business=taken.business,
        state=TicketState.WAITING,
        taken_at=at,
        kiosk=kiosk.name,
        booked=taken.booked,
        customer=taken.customer,
        needs=taken.needs,
        language=taken.language,
        follow=None if taken.follow is UNSET else digest_of(taken.follow),
        also=also,
        appointment=None if taken.appointment is UNSET else taken.appointment,
        booking=None if taken.booking is UNSET else taken.booking,
    )


def change(ticket: Ticket, what: TicketChange, now: datetime) -> Ticket | Refusal:
    """The ticket after the change, or why not."""
    state = TRANSITIONS.get((ticket.state, what))
    if state is None:
        return Refusal(
            code=ErrorCode.TASK_CLOSED, detail=f"ticket {ticket.number} is {ticket.state}: no {what} any more"
        )
    return msgspec.structs.replace(ticket, state=state, ended=None if state is TicketState.WAITING else now)
