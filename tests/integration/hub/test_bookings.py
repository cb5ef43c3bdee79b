"""Bookings at the hub: taken in all or none, told in changes, checked in once, missed, purged (K-01, K-03)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from contracts import ErrorCode
from contracts.bookings import BookedVisit, BookingState, BookingsTold, BookingsWanted, digest_of
from contracts.fields import AccessNeed
from contracts.tickets import TicketTaken
from hub.lobby.bookings.model import Booking
from hub.lobby.bookings.service import PART, PARTS, NamedBooking, TakenIn, Wrong
from hub.lobby.model import Ticket, TicketChange
from hub.lobby.queue.events import Changed
from hub.lobby.queue.places import Move, Place, Stage
from hub.lobby.queue.rules import BOOKED, QueueRules
from tests.unit.hub.rig import NINE, Rig

pytestmark = pytest.mark.req("K-01")
TODAY = NINE.date()


def named(reference: str, start: datetime, **more: object) -> NamedBooking:
    given = {"reference": reference, "start": start, "businesses": ("advice",), "customer": f"c-{reference}", **more}
    return NamedBooking(**given)  # type: ignore[arg-type]  # by name


def give(
    rig: Rig, *given: NamedBooking, branch: str = "main", whole_days: bool = False, days: Sequence[date] = ()
) -> TakenIn | list[Wrong]:
    there, service = rig.hub.directory.branches[branch], rig.hub.lobby.bookings
    return rig.run(lambda unit: service.take_in(unit, there, given, whole_days=whole_days, days=days))[0]


def kept(rig: Rig, reference: str, branch: str = "main") -> Booking:
    found = rig.run(lambda unit: rig.hub.lobby.bookings.find(unit, branch, reference))[0]
    assert found is not None
    return found


def ask(rig: Rig, has: int, kiosk: str = "kiosk-main", days: int = 0) -> list[BookingsTold]:
    told = rig.say(kiosk, BookingsWanted(day=TODAY + timedelta(days=days), has=has))
    assert {one.device for one in told} == {kiosk}
    return [one.message for one in told if isinstance(one.message, BookingsTold)]


def visits(parts: list[BookingsTold]) -> list[BookedVisit]:
    return [visit for part in parts for visit in part.changed]


def check_in(rig: Rig, number: str, booking: str, *, kiosk: str = "kiosk-main", customer: str | None = None) -> str:
    """A ticket of somebody who checked in; the kiosk is wrong about the time that is booked."""
    ticket = TicketTaken(
        ticket=rig.ids.new(),
        branch="main",
        number=number,
        service_class="A",
        business="advice",
        language=rig.ticket(kiosk, number).language,
        booked=True,
        booking=booking,
        appointment=NINE - timedelta(hours=5),
        customer=customer,
    )
    rig.accept(kiosk, ticket)
    return ticket.ticket


def place(rig: Rig, ticket: str) -> Place:
    day = rig.run(lambda unit: rig.hub.queues.today(unit, "main"))[0]
    assert day is not None
    found = day.queue.place(ticket)
    assert found is not None
    return found


def rules(rig: Rig) -> QueueRules:
    return rig.hub.queues.rules("main")


def act(rig: Rig, ticket: str, move: Move) -> None:
    event = Changed(at=rig.clock.now().timestamp(), ticket=ticket, move=move)
    assert isinstance(rig.run(lambda unit: rig.hub.lobby.act(unit, "main", event))[0], Place)


def test_many_are_taken_in_or_none_and_each_fault_is_named(rig: Rig) -> None:
    wrong = give(
        rig,
        named("B-1", NINE),
        named("B-2", NINE, businesses=("magic",)),
        named("B-3", NINE - timedelta(days=1)),
        named("B-4", NINE, customer=None),
        named("B-5", NINE, code="0" * 32),
        named("B-6", NINE, code="0" * 32),
        named("B-1", NINE),
        named("B-7", datetime.max.replace(tzinfo=NINE.tzinfo)),
    )
    assert isinstance(wrong, list)
    assert [one.at for one in wrong] == [1, 2, 3, 6, 7, 5]
    said = " | ".join(one.detail for one in wrong)
    for part in (
        "no business 'magic': use one of",
        "before today",
        "code, phone or customer",
        "given before",
        "days away",
        "same code",
    ):
        assert part in said
    assert rig.tables()["bookings"] == []
    assert give(rig, named("B-1", NINE), named("B-2", NINE)) == TakenIn(new=2)
    assert give(rig, named("B-1", NINE), named("B-2", NINE, advisor="Kim")) == TakenIn(changed=1, unchanged=1)


def test_a_booking_that_moves_to_another_day_is_void_on_the_first(rig: Rig) -> None:
    give(rig, named("B-1", NINE), named("B-2", NINE))
    has = ask(rig, 0)[-1].upto
    assert give(rig, named("B-1", NINE + timedelta(days=1))) == TakenIn(new=1, cancelled=1)
    assert [(visit.booking, visit.state) for visit in visits(ask(rig, has))] == [("B-1", BookingState.CANCELLED)]
    assert [(visit.booking, visit.state) for visit in visits(ask(rig, 0, days=1))] == [("B-1", BookingState.BOOKED)]
    assert kept(rig, "B-1").day == TODAY + timedelta(days=1)


def test_whole_days_leave_out_who_is_not_among_them(rig: Rig) -> None:
    give(rig, named("B-1", NINE), named("B-2", NINE), named("B-3", NINE + timedelta(days=2)))
    assert give(rig, named("B-2", NINE), whole_days=True) == TakenIn(unchanged=1, cancelled=1)
    states = {one: kept(rig, one).state for one in ("B-1", "B-2", "B-3")}
    assert states == {"B-1": BookingState.CANCELLED, "B-2": BookingState.BOOKED, "B-3": BookingState.BOOKED}


def test_a_whole_day_without_any_booking_left_is_cancelled_and_a_day_that_is_over_stays(rig: Rig) -> None:
    tomorrow = NINE + timedelta(days=1)
    give(rig, named("B-1", NINE), named("B-2", tomorrow), named("B-3", tomorrow + timedelta(days=1)))
    rig.clock.advance(timedelta(days=1).total_seconds())
    assert give(rig, days=[TODAY, tomorrow.date()]) == TakenIn(cancelled=1)
    states = [kept(rig, one).state for one in ("B-1", "B-2", "B-3")]
    assert states == [BookingState.BOOKED, BookingState.CANCELLED, BookingState.BOOKED]


@pytest.mark.parametrize("later", [timedelta(hours=1), timedelta(days=1)])
def test_who_is_here_keeps_the_time_whatever_a_file_says_and_the_rest_of_it_is_taken_in(
    rig: Rig, later: timedelta
) -> None:
    give(rig, named("B-1", NINE), named("B-2", NINE))
    check_in(rig, "A001", "B-1")
    assert give(rig, named("B-1", NINE + later), named("B-3", NINE + later), whole_days=later.days > 0) == TakenIn(
        new=1, unchanged=1
    )
    here = kept(rig, "B-1")
    assert (here.state, here.start, here.day) == (BookingState.ARRIVED, NINE, TODAY)
    assert kept(rig, "B-2").state is BookingState.BOOKED, "today is no day that was given"
    assert give(rig, named("B-1", NINE + later, advisor="Kim")) == TakenIn(changed=1)
    assert kept(rig, "B-1").advisor == "Kim"


def test_a_kiosk_is_told_what_changed_since_and_no_more(rig: Rig) -> None:
    assert ask(rig, 0) == [
        BookingsTold(
            day=TODAY,
            after=0,
            upto=0,
            changed=(),
            early_s=60 * rules(rig).early_minutes,
            grace_s=60 * rules(rig).grace_minutes,
        )
    ]
    give(rig, named("B-1", NINE), named("B-2", NINE))
    [first] = ask(rig, 0)
    assert [visit.booking for visit in first.changed] == ["B-1", "B-2"]
    assert not first.more
    assert visits(ask(rig, first.upto)) == []
    rig.clock.advance(60)
    give(rig, named("B-2", NINE, advisor="Kim"))
    [then] = ask(rig, first.upto)
    assert (then.after, [visit.advisor for visit in then.changed]) == (first.upto, ["Kim"])
    assert then.upto > first.upto
    assert visits(ask(rig, 0, kiosk="kiosk-river")) == []
    assert ask(rig, 0, days=5)[0].changed == ()


def test_a_watch_is_told_of_no_bookings(rig: Rig) -> None:
    assert rig.refuse("watch-ada", BookingsWanted(day=TODAY, has=0)) is ErrorCode.WRONG_KIND


def test_a_kiosk_that_knows_more_than_the_hub_begins_anew(rig: Rig) -> None:
    give(rig, named("B-1", NINE))
    [told] = ask(rig, 2**52)
    assert (told.anew, told.after, [visit.booking for visit in told.changed]) == (True, 0, ["B-1"])


def test_what_a_hub_forgot_with_its_backup_is_forgotten_by_the_kiosk_also_after_a_new_change(
    rig: Rig, database_url: str
) -> None:
    give(rig, named("B-1", NINE), named("B-2", NINE))
    backup = ask(rig, 0)[-1].upto
    lost = backup + 30_000  # half a minute of changes that no backup has
    rig.clock.advance(60)
    again = Rig(database_url, clock=rig.clock, run=2)
    try:
        give(again, named("B-3", NINE))
        [told] = ask(again, lost)
        assert (told.anew, told.after) == (True, 0)
        assert {visit.booking for visit in told.changed} == {"B-1", "B-2", "B-3"}
        [told] = ask(again, backup)
        assert (told.anew, [visit.booking for visit in told.changed]) == (False, ["B-3"])
        give(again, named("B-2", NINE, advisor="Kim"), named("B-3", NINE, advisor="Kim"))
        assert not ask(again, backup)[0].anew, "what the backup knew is known, also when it has changed since"
        assert not ask(again, told.upto)[0].anew
    finally:
        again.close()


def test_a_large_day_comes_in_messages_that_follow_on_each_other(rig: Rig) -> None:
    many = PART * PARTS + 3
    give(rig, *(named(f"B-{number:04d}", NINE, advisor="김민지" * 10) for number in range(many)))
    parts = ask(rig, 0)
    assert len(parts) == PARTS
    assert all(part.more for part in parts)
    for before, after in pairwise(parts):
        assert before.upto == after.after
    rest = ask(rig, parts[-1].upto)
    assert [len(part.changed) for part in rest] == [3]
    assert not rest[0].more
    assert {visit.booking for visit in visits([*parts, *rest])} == {f"B-{number:04d}" for number in range(many)}


@pytest.mark.req("K-03")
def test_the_hub_trusts_its_own_time_and_the_booking_has_its_credit_in_its_window(rig: Rig) -> None:
    give(rig, named("B-1", NINE + timedelta(minutes=5), customer="c-ann", needs=(AccessNeed.SEAT,)))
    ticket = check_in(rig, "A001", "B-1")
    booking, there = kept(rig, "B-1"), place(rig, ticket)
    assert (booking.state, booking.ticket, booking.arrived) == (BookingState.ARRIVED, ticket, rig.clock.now())
    assert there.appointment == (NINE + timedelta(minutes=5)).timestamp()
    assert there.stage is Stage.WAITING
    [task] = rig.tasks()
    assert task.customer == "c-ann"
    assert task.booked
    if BOOKED in rules(rig).credits:
        assert BOOKED in there.priorities


def test_who_checks_in_by_phone_is_the_bank_s_customer_where_the_booking_names_one(rig: Rig) -> None:
    phone = f"i1.abcde.{'x' * 43}"
    give(rig, named("B-1", NINE, customer="c-ann", phone=phone), named("B-2", NINE, customer=None, phone=phone))
    check_in(rig, "A001", "B-1", customer=phone)
    check_in(rig, "A002", "B-2", customer=phone)
    assert {task.customer for task in rig.tasks()} == {"c-ann", phone}


@pytest.mark.req("K-03")
def test_who_is_early_waits_for_the_window_and_who_is_late_as_everybody_does(rig: Rig) -> None:
    early, grace = rules(rig).early_minutes, rules(rig).grace_minutes
    give(
        rig,
        named("B-1", NINE + timedelta(minutes=early + 30)),
        named("B-2", NINE - timedelta(minutes=grace + 1)),
    )
    first, second = check_in(rig, "A001", "B-1"), check_in(rig, "A002", "B-2")
    held = place(rig, first)
    assert held.stage is Stage.HELD
    assert held.hold is not None
    assert held.hold.until == (NINE + timedelta(minutes=30)).timestamp()
    assert place(rig, second).stage is Stage.WAITING
    assert BOOKED not in place(rig, second).priorities


def test_a_second_check_in_is_an_ordinary_number_until_the_first_one_left(rig: Rig) -> None:
    give(rig, named("B-1", NINE))
    first, second = check_in(rig, "A001", "B-1"), check_in(rig, "A002", "B-1", kiosk="kiosk-main")
    assert kept(rig, "B-1").ticket == first
    assert place(rig, second).appointment is None
    act(rig, first, Move.LEAVE)
    assert kept(rig, "B-1").state is BookingState.MISSED
    third = check_in(rig, "A003", "B-1")
    assert (kept(rig, "B-1").state, kept(rig, "B-1").ticket) == (BookingState.ARRIVED, third)


def test_a_ticket_that_ends_ends_its_booking_and_one_that_comes_back_is_there_again(rig: Rig) -> None:
    give(rig, named("B-1", NINE), named("B-2", NINE))
    first, second = check_in(rig, "A001", "B-1"), check_in(rig, "A002", "B-2")
    act(rig, first, Move.LEAVE)
    act(rig, first, Move.REJOIN)
    assert kept(rig, "B-1").state is BookingState.ARRIVED
    ended = rig.run(lambda unit: rig.hub.lobby.end(unit, second, TicketChange.SERVE))[0]
    assert isinstance(ended, Ticket)
    assert kept(rig, "B-2").state is BookingState.SERVED


@pytest.mark.parametrize("reference", ["B-unknown", "B-void"])
def test_a_booking_that_is_not_there_or_void_gives_an_ordinary_number(rig: Rig, reference: str) -> None:
    give(rig, named("B-void", NINE))
    rig.run(lambda unit: rig.hub.lobby.bookings.cancel(unit, "main", "B-void"))
    ticket = check_in(rig, "A001", reference)
    assert place(rig, ticket).appointment is None
    assert kept(rig, "B-void").state is BookingState.CANCELLED


def test_a_ticket_that_the_closed_branch_refuses_checks_nobody_in(rig: Rig) -> None:
    give(rig, named("B-1", NINE))
    day = rig.run(lambda unit: rig.hub.queues.today(unit, "main"))[0]
    assert day is not None
    day.queue.close_at(NINE.timestamp() - 1)
    taken = TicketTaken(
        ticket=rig.ids.new(),
        branch="main",
        number="A001",
        service_class="A",
        business="advice",
        language=rig.ticket("kiosk-main", "A001").language,
        booked=True,
        booking="B-1",
    )
    rig.refuse("kiosk-main", taken)
    assert kept(rig, "B-1").state is BookingState.BOOKED


def test_who_does_not_come_in_time_has_missed_it_and_the_kiosks_hear_of_it(rig: Rig) -> None:
    give(rig, named("B-1", NINE), named("B-2", NINE + timedelta(hours=1)))
    has = ask(rig, 0)[-1].upto
    settle = rig.hub.lobby.bookings.settle
    assert rig.run(lambda unit: settle(unit, "main"))[0] == 0
    rig.clock.advance(60 * rules(rig).grace_minutes + 1)
    assert rig.run(lambda unit: settle(unit, "main"))[0] == 1
    assert [(visit.booking, visit.state) for visit in visits(ask(rig, has))] == [("B-1", BookingState.MISSED)]


def test_who_missed_the_last_booking_of_a_day_is_known_after_midnight(rig: Rig) -> None:
    give(rig, named("B-1", NINE.replace(hour=23, minute=58)))
    rig.clock.advance(timedelta(hours=15, minutes=20).total_seconds())
    rig.run(lambda unit: rig.hub.lobby.bookings.settle(unit, "main"))
    assert kept(rig, "B-1").state is BookingState.MISSED


def test_whole_days_leave_who_did_not_come_as_they_are(rig: Rig) -> None:
    give(rig, named("B-1", NINE))
    rig.clock.advance(3600)
    rig.run(lambda unit: rig.hub.lobby.bookings.settle(unit, "main"))
    assert give(rig, named("B-2", NINE + timedelta(hours=5)), whole_days=True) == TakenIn(new=1)
    assert kept(rig, "B-1").state is BookingState.MISSED


def test_marks_are_of_today_and_tomorrow_by_the_branch_s_clock(rig: Rig) -> None:
    give(rig, named("B-1", NINE + timedelta(hours=7)), branch="river")  # in Seoul it is tomorrow then
    marks = rig.run(lambda unit: rig.hub.lobby.bookings.marks(unit, "river"))[0]
    assert [(mark.day, mark.revision > 0) for mark in marks] == [(TODAY, False), (TODAY + timedelta(days=1), True)]


def test_bookings_of_last_week_are_purged(rig: Rig) -> None:
    give(rig, named("B-1", NINE), named("B-2", NINE + timedelta(days=1)))
    rig.clock.advance(timedelta(days=8).total_seconds())
    rig.run(rig.hub.lobby.forget)
    assert [row[2] for row in rig.tables()["bookings"]] == ["B-2"]


def test_a_code_is_kept_as_its_digest() -> None:
    assert digest_of("A" * 26) != digest_of("B" * 26)
    assert len(digest_of("A" * 26)) == 32
