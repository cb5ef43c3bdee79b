"""Whose word counts of who checked in: the kiosk's until the hub has its ticket, and then the hub's (K-01, K-05)."""

from __future__ import annotations

import asyncio
import logging
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from contracts import AnyMessage
from contracts.bookings import BookingsMark, BookingState, BookingsWanted
from contracts.lobby import LobbyTold
from kiosk.bookings import BookingStore, m0001_bookings
from kiosk.presenters.house import Fault
from runtime.agent.mailbox import Mailbox
from runtime.agent.sqlite import Migrations
from tests.unit.kiosk.booking_stand import NINE, TODAY, Stand, standing, visit
from tests.unit.kiosk.set_clock import SetClock
from tests.virtual_time import pass_time, run_virtually

pytestmark = pytest.mark.req("K-01", "K-05")


def deliver(stand: Stand) -> None:
    """The hub acknowledges all that waits."""
    ids = tuple(letter.id for letter in stand.mailbox.letters())
    stand.mailbox.acked(ids)
    stand.agent.on_acked(ids)


def test_what_the_hub_says_before_it_has_the_ticket_checks_nobody_out(tmp_path: Path) -> None:
    with standing(tmp_path / "kiosk.db") as stand:
        stand.tell(visit())
        stand.check_in(stand.scan())
        stand.tell(visit(revision=10, state=BookingState.MISSED), after=9, upto=10)
        assert stand.scan() is Fault.CHECKED_IN
        deliver(stand)
        assert stand.scan() is Fault.CHECKED_IN
        stand.tell(visit(revision=11, state=BookingState.ARRIVED), after=9, upto=11)
        stand.tell(visit(revision=12, state=BookingState.MISSED), after=11, upto=12)
        assert isinstance(stand.scan(), tuple)


def test_who_came_and_left_between_two_words_of_the_hub_may_check_in_again(tmp_path: Path) -> None:
    with standing(tmp_path / "kiosk.db") as stand:
        stand.tell(visit())
        stand.check_in(stand.scan())
        deliver(stand)
        assert stand.scan() is Fault.CHECKED_IN
        stand.tell(visit(revision=11), after=9, upto=11)
        assert isinstance(stand.scan(), tuple)


def test_a_booking_that_is_cancelled_is_so_whoever_has_the_ticket(tmp_path: Path) -> None:
    with standing(tmp_path / "kiosk.db") as stand:
        stand.tell(visit())
        stand.check_in(stand.scan())
        stand.tell(visit(revision=10, state=BookingState.CANCELLED), after=9, upto=10)
        assert stand.scan() is Fault.CANCELLED


def test_what_was_said_before_the_ticket_was_known_is_asked_for_again_and_counts_then(tmp_path: Path) -> None:
    asked: list[BookingsWanted] = []

    async def tell(message: AnyMessage, *, expires_s: float | None = None) -> None:
        assert isinstance(message, BookingsWanted)
        asked.append(message)

    async def scene() -> None:
        with standing(tmp_path / "kiosk.db") as stand:
            stand.tell(visit())
            stand.tell(upto=0, days=1)
            stand.check_in(stand.scan())
            running = asyncio.ensure_future(stand.bookings.run(tell))
            stand.bookings.on_link(online=True)
            left = visit(revision=11)  # arrived and left: the hub has the ticket, its word of that was lost
            stand.tell(left, after=9, upto=11)
            stand.tell(upto=0, days=1)
            await pass_time(1)
            asked.clear()
            await pass_time(60)
            assert asked == []
            assert stand.scan() is Fault.CHECKED_IN
            deliver(stand)
            await pass_time(1)
            assert asked[0] == BookingsWanted(day=TODAY, has=9)
            stand.tell(left, after=9, upto=11)
            assert isinstance(stand.scan(), tuple)
            await pass_time(1)
            asked.clear()
            await pass_time(60)
            assert asked == []
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    run_virtually(scene)


def test_who_checked_in_before_an_update_is_believed_to_be_known_to_the_hub(tmp_path: Path) -> None:
    older = Migrations("bookings")
    older()(m0001_bookings)
    with closing(Mailbox.open(tmp_path / "kiosk.db")) as mailbox:
        older.apply(mailbox.database)
        mailbox.database.conn.execute("insert into booking_here values (?, 'B-1', 't-1')", (TODAY.isoformat(),))
        BookingStore(mailbox)
    with standing(tmp_path / "kiosk.db") as stand:
        stand.tell(visit())
        assert isinstance(stand.scan(), tuple)


@pytest.mark.parametrize("event", ["start", "link", "lobby"])
def test_a_disk_that_refuses_to_forget_a_day_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, event: str
) -> None:
    clock = SetClock(NINE)
    with standing(tmp_path / "kiosk.db", clock) as stand:
        stand.tell(visit("B-2", start=NINE + timedelta(days=1)), days=1)
        stand.tell(visit())
        stand.mailbox.database.conn.execute(
            "create trigger fails before delete on booking begin select raise(abort, 'no room here'); end"
        )
        clock.at += timedelta(days=1)
        if event == "link":
            stand.bookings.on_link(online=True)
        elif event == "lobby":
            marks = (BookingsMark(day=clock.at.date(), revision=9),)
            stand.bookings.on_message(LobbyTold(at=NINE, classes=(), bookings=marks))
        else:
            with caplog.at_level(logging.WARNING), standing(tmp_path / "kiosk.db", clock) as again:
                assert isinstance(again.scan(), tuple)
        assert isinstance(stand.scan(), tuple)
    assert "bookings_not_forgotten" in caplog.text
