"""A booking's life: only allowed changes, nobody arrives twice, and who is there keeps the time (K-01)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contracts import Refusal
from contracts.bookings import BookingState
from contracts.fields import Language
from hub.lobby.bookings.model import (
    TRANSITIONS,
    Booking,
    BookingChange,
    BookingDetails,
    booked,
    change,
    checked_in,
    window_over,
    written,
)

pytestmark = pytest.mark.req("K-01")

TEN = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
DAY = TEN.date()
PHONE = f"i1.abcde.{'x' * 43}"


def made(**more: object) -> Booking:
    details = msgspec.structs.replace(BookingDetails(start=TEN, businesses=("loan",), customer="c-1"), **more)
    booking = written("main", DAY, "B-1", details)
    assert isinstance(booking, Booking)
    return booking


def test_a_booking_that_no_kiosk_could_find_is_refused() -> None:
    refused = written("main", DAY, "B-1", BookingDetails(start=TEN, businesses=("loan",)))
    assert isinstance(refused, Refusal)
    assert "code, phone or customer" in refused.detail


@pytest.mark.parametrize("phone", ["010-1234-5678", "+821012345678", "i1.abcde.short"])
def test_a_phone_number_in_clear_is_no_booking(phone: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="phone"):
        msgspec.convert({"start": TEN, "businesses": ["loan"], "phone": phone}, BookingDetails)
    assert msgspec.convert({"start": TEN, "businesses": ["loan"], "phone": PHONE}, BookingDetails).phone == PHONE


def test_kiosks_are_told_nothing_but_what_they_need() -> None:
    visit = made(code="0" * 32, phone=PHONE, advisor="Jo Lee", language=Language.KO).visit
    assert (visit.booking, visit.businesses, visit.start, visit.advisor) == ("B-1", ("loan",), TEN, "Jo Lee")
    assert (visit.code, visit.phone, visit.customer, visit.language) == ("0" * 32, PHONE, "c-1", Language.KO)


def test_the_same_again_changes_nothing_and_another_time_is_another_chance() -> None:
    held = made()
    assert booked(None, held) == held
    assert booked(held, made()) is None
    later = booked(held, made(start=TEN + timedelta(hours=1)))
    assert isinstance(later, Booking)
    assert later.start == TEN + timedelta(hours=1)
    missed = change(held, BookingChange.MISS)
    assert isinstance(missed, Booking)
    assert booked(missed, made()) is None
    again = booked(missed, made(start=TEN + timedelta(hours=1)))
    assert isinstance(again, Booking)
    assert again.state is BookingState.BOOKED
    cancelled = change(held, BookingChange.CANCEL)
    assert isinstance(cancelled, Booking)
    assert booked(cancelled, made()) == held


def test_who_is_there_keeps_the_time_but_may_get_another_advisor() -> None:
    here = checked_in(made(), "t-1", TEN)
    assert isinstance(here, Booking)
    assert booked(here, made(start=TEN + timedelta(hours=1))) is None
    other = booked(here, made(start=TEN + timedelta(hours=1), advisor="Kim"))
    assert isinstance(other, Booking)
    assert (other.state, other.ticket, other.start, other.advisor) == (BookingState.ARRIVED, "t-1", TEN, "Kim")


@given(minutes=st.floats(-600, 600), grace=st.floats(0, 60))
def test_a_booking_is_missed_once_its_grace_is_over_and_not_before(minutes: float, grace: float) -> None:
    over = window_over(made(), timedelta(minutes=grace), TEN + timedelta(minutes=minutes))
    assert over == (timedelta(minutes=minutes) > timedelta(minutes=grace))


class Life(RuleBasedStateMachine):
    """Anything happens in any order; what is refused changes nothing, what happens is in the table."""

    def __init__(self) -> None:
        super().__init__()
        self.booking = made()
        self.tickets = 0
        self.inside: str | None = None

    def _keep(self, after: Booking | Refusal, what: BookingChange) -> bool:
        if isinstance(after, Refusal):
            assert (self.booking.state, what) not in TRANSITIONS
            return False
        assert after.state is TRANSITIONS[self.booking.state, what]
        self.booking = after
        return True

    @rule()
    def comes(self) -> None:
        self.tickets += 1
        ticket = f"t-{self.tickets}"
        if self._keep(checked_in(self.booking, ticket, TEN), BookingChange.ARRIVE):
            assert self.inside is None, "two tickets for one booking"
            self.inside = ticket

    @rule(what=st.sampled_from([BookingChange.SERVE, BookingChange.LEAVE, BookingChange.MISS, BookingChange.CANCEL]))
    def happens(self, what: BookingChange) -> None:
        if self._keep(change(self.booking, what), what):
            self.inside = None

    @rule(hours=st.integers(0, 2), advisor=st.sampled_from(["", "Kim"]))
    def is_given_again(self, hours: int, advisor: str) -> None:
        asked = made(start=TEN + timedelta(hours=hours), advisor=advisor)
        after = booked(self.booking, asked)
        assert not isinstance(after, Refusal)
        if after is not None:
            there = self.booking.ticket is not None and after.state is not BookingState.BOOKED
            assert (after.start, after.advisor) == (self.booking.start if there else asked.start, advisor)
            assert after.state in {self.booking.state, BookingState.BOOKED}
            self.booking = after

    @invariant()
    def who_is_inside_has_the_booking(self) -> None:
        arrived = self.booking.state is BookingState.ARRIVED
        assert arrived == (self.inside is not None)
        if arrived:
            assert self.booking.ticket == self.inside
        assert self.booking.day == date(2026, 3, 2)


TestLife = Life.TestCase
