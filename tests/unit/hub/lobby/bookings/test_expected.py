"""Whom the board expects: by the booking's state and the clock, and without a name (K-06)."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from contracts.bookings import BookingState
from hub.lobby.bookings.expected import BookedRow, Expectation, rows
from hub.lobby.model import Ticket, TicketState
from hub.lobby.settings import plain_rules
from models.catalogues import load_catalogue
from tests.unit.hub.lobby.bookings.test_model import PHONE, TEN, made

pytestmark = pytest.mark.req("K-06")

RULES = plain_rules(load_catalogue("simbank"))
TICKET = Ticket(
    id="t-1",
    branch="main",
    day=TEN.date(),
    number="A017",
    business="loan",
    state=TicketState.WAITING,
    taken_at=TEN,
    kiosk="kiosk-main",
    booked=True,
    customer="c-1",
)


@pytest.mark.parametrize(
    ("state", "minutes", "standing", "late_s", "number"),
    [
        (BookingState.BOOKED, -5, Expectation.EXPECTED, 0.0, None),
        (BookingState.BOOKED, 0, Expectation.EXPECTED, 0.0, None),
        (BookingState.BOOKED, 5, Expectation.LATE, 300.0, None),
        (BookingState.MISSED, 15, Expectation.MISSED, 0.0, None),
        (BookingState.ARRIVED, 15, Expectation.ARRIVED, 0.0, "A017"),
        (BookingState.SERVED, 15, Expectation.SERVED, 0.0, "A017"),
    ],
)
def test_a_booking_stands_as_its_state_and_the_clock_say(
    state: BookingState, minutes: int, standing: Expectation, late_s: float, number: str | None
) -> None:
    booking = msgspec.structs.replace(made(phone=PHONE), state=state, ticket=None if number is None else "t-1")
    [row] = rows([booking], {"t-1": TICKET}, RULES, TEN + timedelta(minutes=minutes))
    assert (row.standing, row.late_s, row.number, row.services) == (standing, late_s, number, ("A",))
    assert "c-1" not in repr(row)
    assert PHONE not in repr(row)


def test_cancelled_ones_are_not_shown_and_a_business_without_a_class_is_named() -> None:
    cancelled = msgspec.structs.replace(made(), state=BookingState.CANCELLED)
    shown: tuple[BookedRow, ...] = rows([cancelled, made(businesses=("magic",))], {}, RULES, TEN)
    assert [row.services for row in shown] == [("magic",)]
