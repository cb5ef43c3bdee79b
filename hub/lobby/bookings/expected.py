"""Who is expected today, as the lobby board shows it. Pure (K-06)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from contracts.bookings import BookingState
from hub.lobby.bookings.model import Booking
from hub.lobby.model import Ticket
from hub.lobby.queue.rules import QueueRules


class Expectation(StrEnum):
    """How a booking of today stands; ``LATE``: its time has come and its customer hasn't."""

    EXPECTED = "expected"
    LATE = "late"
    ARRIVED = "arrived"
    SERVED = "served"
    MISSED = "missed"


_OF = {
    BookingState.ARRIVED: Expectation.ARRIVED,
    BookingState.SERVED: Expectation.SERVED,
    BookingState.MISSED: Expectation.MISSED,
}


class BookedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A booking of today: no name stands in it. ``services``: classes, each where it is
    served; ``number``: of the ticket of who has arrived; ``late_s``: how long its
    customer has been late."""

    booking: str
    at: datetime
    services: tuple[str, ...]
    standing: Expectation
    advisor: str = ""
    number: str | None = None
    late_s: float = 0.0


def rows(
    bookings: Iterable[Booking], tickets: Mapping[str, Ticket], rules: QueueRules, now: datetime
) -> tuple[BookedRow, ...]:
    """The bookings of a day that aren't void, in the order given; ``tickets`` by id."""
    return tuple(_row(one, tickets, rules, now) for one in bookings if one.state is not BookingState.CANCELLED)


def _row(one: Booking, tickets: Mapping[str, Ticket], rules: QueueRules, now: datetime) -> BookedRow:
    waited_s = (now - one.start).total_seconds()
    late = one.state is BookingState.BOOKED and waited_s > 0
    ticket = None if one.ticket is None else tickets.get(one.ticket)
    return BookedRow(
        booking=one.reference,
        at=one.start,
        services=tuple(rules.class_of(business) or business for business in one.businesses),
        standing=Expectation.LATE if late else _OF.get(one.state, Expectation.EXPECTED),
        advisor=one.advisor,
        number=None if ticket is None else ticket.number,
        late_s=waited_s if late else 0.0,
    )
