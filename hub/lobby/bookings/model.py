"""A booking and its states. Pure (K-01). Who is late within the window, or missed it, the branch's queue rules say.

=========  ====================================================================================
booked     arrive → arrived · miss → missed · cancel → cancelled
missed     arrive → arrived (late, but there) · cancel → cancelled · book → booked (another time)
arrived    serve → served · leave → missed
served     —
cancelled  book → booked
=========  ====================================================================================
"""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from contracts import ErrorCode, Refusal
from contracts.bookings import BookedVisit, BookingState, Businesses, CodeDigest, Needs, ShortName
from contracts.fields import AccessNeed, Code, CustomerRef, Language, Moment, whole

PhoneReference = Annotated[
    str,
    Meta(
        pattern=whole(r"i1\.[a-z2-7]{5}\.[A-Za-z0-9_-]{43}"),
        description="reference of a phone number, made with the bank's key where the number was read; never the number",
    ),
]


class BookingChange(StrEnum):
    """What can happen to a booking."""

    BOOK = "book"
    ARRIVE = "arrive"
    SERVE = "serve"
    LEAVE = "leave"
    MISS = "miss"
    CANCEL = "cancel"


_S, _C = BookingState, BookingChange
TRANSITIONS: dict[tuple[BookingState, BookingChange], BookingState] = {
    (_S.BOOKED, _C.ARRIVE): _S.ARRIVED,
    (_S.BOOKED, _C.MISS): _S.MISSED,
    (_S.BOOKED, _C.CANCEL): _S.CANCELLED,
    (_S.MISSED, _C.ARRIVE): _S.ARRIVED,
    (_S.MISSED, _C.CANCEL): _S.CANCELLED,
    (_S.MISSED, _C.BOOK): _S.BOOKED,
    (_S.ARRIVED, _C.SERVE): _S.SERVED,
    (_S.ARRIVED, _C.LEAVE): _S.MISSED,
    (_S.CANCELLED, _C.BOOK): _S.BOOKED,
}
"""Every allowed change of state."""

EXPECTED = frozenset({BookingState.BOOKED, BookingState.MISSED})
"""Who may still check in."""


class BookingDetails(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A booking as the bank's booking system gives it. At least one of ``code`` (the digest of what stands in the QR
    code), ``phone`` and ``customer`` (the bank's reference) must be there: by them a kiosk finds it.

    ``businesses``: served in turn; ``advisor``: a short name that customers may read, '' when that is open.
    """

    start: Moment
    businesses: Businesses
    code: CodeDigest | None = None
    phone: PhoneReference | None = None
    customer: CustomerRef | None = None
    advisor: ShortName = ""
    needs: Needs = ()
    language: Language | None = None


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """A booking as the hub keeps it, on one business ``day`` of its branch. ``ticket``: of who checked in to it, at
    ``arrived``; ``revision``: of its latest change, see :mod:`contracts.bookings`."""

    branch: str
    day: date
    reference: Code
    state: BookingState
    start: datetime
    businesses: tuple[str, ...]
    code: str | None = None
    phone: str | None = None
    customer: str | None = None
    advisor: str = ""
    needs: tuple[AccessNeed, ...] = ()
    language: Language | None = None
    ticket: str | None = None
    arrived: datetime | None = None
    revision: int = 0

    @property
    def visit(self) -> BookedVisit:
        """As kiosks are told it."""
        return BookedVisit(
            booking=self.reference,
            revision=self.revision,
            state=self.state,
            start=self.start,
            businesses=self.businesses,
            code=self.code,
            customer=self.customer,
            phone=self.phone,
            advisor=self.advisor,
            needs=self.needs,
            language=self.language,
        )


def written(branch: str, day: date, reference: str, details: BookingDetails) -> Booking | Refusal:
    """A new booking of these details, or why there can't be one."""
    if details.code is None and details.phone is None and details.customer is None:
        return _refused("give code, phone or customer: by nothing else is it found at a kiosk")
    return Booking(
        branch=branch,
        day=day,
        reference=reference,
        state=BookingState.BOOKED,
        start=details.start,
        businesses=details.businesses,
        code=details.code,
        phone=details.phone,
        customer=details.customer,
        advisor=details.advisor,
        needs=tuple(dict.fromkeys(details.needs)),
        language=details.language,
    )


def booked(held: Booking | None, asked: Booking) -> Booking | Refusal | None:
    """What is kept after a booking of the same day was given (again); null when nothing changes.

    Of who is there already, or was, the details may change, but neither the time nor the state.
    """
    if held is None:
        return asked
    same = msgspec.structs.replace(
        asked, state=held.state, ticket=held.ticket, arrived=held.arrived, revision=held.revision
    )
    if held.state is BookingState.CANCELLED:
        return change(same, BookingChange.BOOK)
    if held.state is BookingState.MISSED and asked.start != held.start:
        return change(same, BookingChange.BOOK)
    if held.ticket is not None:
        same = msgspec.structs.replace(same, start=held.start)
    return None if same == held else same


def change(booking: Booking, what: BookingChange) -> Booking | Refusal:
    """The booking in its new state, or why not."""
    state = TRANSITIONS.get((booking.state, what))
    if state is None:
        return Refusal(
            code=ErrorCode.TICKET_STATE, detail=f"booking {booking.reference} is {booking.state}: no {what} any more"
        )
    gone = what is BookingChange.BOOK
    return msgspec.structs.replace(
        booking,
        state=state,
        ticket=None if gone else booking.ticket,
        arrived=None if gone else booking.arrived,
    )


def checked_in(booking: Booking, ticket: str, at: datetime) -> Booking | Refusal:
    """Its customer took this ticket; refused for a second one while the first counts, or a booking that is void."""
    arrived = change(booking, BookingChange.ARRIVE)
    return arrived if isinstance(arrived, Refusal) else msgspec.structs.replace(arrived, ticket=ticket, arrived=at)


def window_over(booking: Booking, grace: timedelta, now: datetime) -> bool:
    """Whether nobody came in time: from now on the booking is missed."""
    return booking.state is BookingState.BOOKED and now > booking.start + grace


def _refused(detail: str) -> Refusal:
    return Refusal(code=ErrorCode.INVALID_FIELD, detail=detail)
