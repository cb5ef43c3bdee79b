"""Checking in at a kiosk, also without the hub: by code, phone number or card; early, late, twice (K-01, K-05)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from contracts import AnyMessage, ErrorCode, Refusal
from contracts.bookings import BookingsMark, BookingState, BookingsWanted
from contracts.fields import AccessNeed, Language
from contracts.lobby import LobbyTold
from kiosk.bootstrap import check_in
from kiosk.core.checking_in import Timing
from kiosk.core.id_numbers import National
from kiosk.core.secret import Secret
from kiosk.presenters.desk import Desk
from kiosk.presenters.house import Booking, Broken, Fault, Known, Order, Way
from kiosk.presenters.pages import ChoicePage, StartOver, TicketPage
from kiosk.readers.identifying import Identifier
from kiosk.script import CheckIn
from kiosk.texts import load_wording
from tests.unit.kiosk.booking_stand import CODE, KEY, NINE, PHONE, SECRET, TODAY, Stand, standing, visit
from tests.unit.kiosk.set_clock import SetClock
from tests.virtual_time import pass_time, run_virtually

pytestmark = pytest.mark.req("K-01")


def test_a_code_checks_in_without_the_hub_and_the_ticket_says_so(tmp_path: Path) -> None:
    with standing(tmp_path / "kiosk.db") as stand:
        stand.tell(visit(advisor="Jo Lee", needs=(AccessNeed.SEAT,), start=NINE + timedelta(minutes=10)))
        assert stand.house.ways == {Way.CODE, Way.PHONE, Way.ID_NUMBER}
        found = stand.scan()
        assert found == (
            Booking(code="B-1", customer=PHONE, business="loan", at="09:10", who="Jo Lee", further=("cash",)),
        )
        given = stand.check_in(found)
        [taken] = stand.sent()
        assert (taken.number, taken.booking, taken.booked) == (given.number, "B-1", True)
        assert (taken.appointment, taken.also, taken.needs) == (
            NINE + timedelta(minutes=10),
            ("cash",),
            (AccessNeed.SEAT,),
        )
        assert stand.scan() is Fault.CHECKED_IN


def test_who_checked_in_here_is_known_after_a_restart_until_the_hub_says_more(tmp_path: Path) -> None:
    with standing(tmp_path / "kiosk.db") as stand:
        stand.tell(visit())
        stand.check_in(stand.scan())
    with standing(tmp_path / "kiosk.db") as stand:
        assert stand.scan() is Fault.CHECKED_IN
        stand.tell(visit(revision=10, advisor="Kim"), after=9, upto=10)  # the hub hasn't heard of the ticket yet
        assert stand.scan() is Fault.CHECKED_IN
        stand.tell(visit(revision=11, state=BookingState.ARRIVED), after=10, upto=11)
        assert stand.scan() is Fault.CHECKED_IN
        stand.tell(visit(revision=12, state=BookingState.MISSED), after=11, upto=12)  # left, and is back
        assert isinstance(stand.scan(), tuple)


def test_a_ticket_and_who_checked_in_by_it_are_kept_together_or_not_at_all(tmp_path: Path) -> None:
    with standing(tmp_path / "kiosk.db") as stand:
        stand.tell(visit())
        connection = stand.mailbox.database.conn
        connection.execute(
            "create trigger fails before insert on booking_here begin select raise(abort, 'the disk fails here'); end"
        )
        order = Order(business="loan", language=Language.EN, booking="B-1")
        assert stand.house.take(order) == Broken()
        assert stand.sent() == []
        connection.execute("drop trigger fails")
        assert stand.check_in(stand.scan()).number == "LK001", "the number before was given to nobody"
        assert [taken.booking for taken in stand.sent()] == ["B-1"]


def test_a_ticket_that_the_hub_refuses_checks_nobody_in(tmp_path: Path) -> None:
    with standing(tmp_path / "kiosk.db") as stand:
        stand.tell(visit())
        given = stand.check_in(stand.scan())
        [taken] = stand.sent()
        stand.agent.on_refused(given.message, taken, Refusal(code=ErrorCode.NUMBER_TAKEN, detail="taken"))
        assert isinstance(stand.scan(), tuple)


@pytest.mark.parametrize(
    ("minutes", "timing"),
    [(-16, Timing.EARLY), (-15, Timing.DUE), (0, Timing.DUE), (10, Timing.DUE), (11, Timing.LATE)],
)
def test_early_in_time_and_late(tmp_path: Path, minutes: int, timing: Timing) -> None:
    with standing(tmp_path / "kiosk.db", SetClock(NINE + timedelta(minutes=minutes))) as stand:
        stand.tell(visit())
        found = stand.scan()
        assert isinstance(found, tuple)
        assert found[0].timing is timing


def test_another_day_a_cancelled_one_and_an_unknown_one_have_their_own_words(tmp_path: Path) -> None:
    with standing(tmp_path / "kiosk.db") as stand:
        assert stand.scan() is Fault.AWAY, "nothing was ever told"
        stand.tell()
        assert stand.scan() is Fault.NOT_TODAY
        stand.tell(visit(start=NINE + timedelta(days=1)), days=1)
        assert stand.scan() is Fault.OTHER_DAY
        stand.tell(visit(state=BookingState.CANCELLED), anew=True)
        assert stand.scan() is Fault.OTHER_DAY, "it was moved to tomorrow"
        stand.tell(days=1, anew=True)
        assert stand.scan() is Fault.CANCELLED
        assert stand.scan("UB1-foreign") is Fault.UNKNOWN


def test_a_morning_without_the_hub_has_the_bookings_that_were_told_the_day_before(tmp_path: Path) -> None:
    with standing(tmp_path / "kiosk.db") as stand:
        stand.tell(visit("B-2", start=NINE + timedelta(days=1)), days=1)
    with standing(tmp_path / "kiosk.db", SetClock(NINE + timedelta(days=1))) as stand:
        found = stand.scan()
        assert isinstance(found, tuple)
        assert stand.check_in(found).number
    with standing(tmp_path / "kiosk.db", SetClock(NINE + timedelta(days=2))) as stand:
        assert stand.scan() is Fault.AWAY
        assert stand.mailbox.database.conn.execute("select count(*) from booking").fetchone() == (0,)


def test_a_phone_number_finds_its_bookings_by_time_and_without_any_its_customer(tmp_path: Path) -> None:
    with standing(tmp_path / "kiosk.db") as stand:
        assert stand.house.find(Way.PHONE, "010-1234-5678") == Known(customer=PHONE, masked="••••5678")
        stand.tell(visit("B-2", code="1" * 32, start=NINE + timedelta(hours=2)), visit())
        found = stand.house.find(Way.PHONE, "010-1234-5678")
        assert isinstance(found, tuple)
        assert [(one.code, one.at) for one in found] == [("B-1", "09:00"), ("B-2", "11:00")]
        assert isinstance(stand.house.find(Way.PHONE, "010-9999-5678"), Known)
        for one in found:
            stand.check_in((one,))
        assert stand.house.find(Way.PHONE, "010-1234-5678") is Fault.CHECKED_IN


def test_a_card_s_customer_has_the_booking_of_its_reference(tmp_path: Path) -> None:
    with standing(tmp_path / "kiosk.db") as stand:
        stand.tell(visit(customer="c-ann", phone=None))
        found = stand.house.card("c-ann")
        assert isinstance(found, tuple)
        assert (found[0].code, found[0].customer) == ("B-1", "c-ann")
        assert stand.house.card("c-wang") == Known(customer="c-wang")


def test_who_checks_in_by_phone_is_the_customer_of_the_booking(tmp_path: Path) -> None:
    with standing(tmp_path / "kiosk.db") as stand:
        stand.tell(visit(customer="c-ann"))
        stand.check_in(stand.house.find(Way.PHONE, "010-1234-5678"))
        assert [taken.customer for taken in stand.sent()] == ["c-ann"]


@pytest.mark.parametrize("insisted", [False, True])
def test_a_number_whose_rule_is_not_certain_is_asked_about_and_believed_if_insisted(
    tmp_path: Path, insisted: bool
) -> None:
    number = "8001011234561"
    with standing(tmp_path / "kiosk.db") as stand:
        assert isinstance(stand.house.find(Way.ID_NUMBER, "8001011234568"), Known | Fault)
        found = stand.house.find(Way.ID_NUMBER, number, insisted=insisted)
        assert isinstance(found, Known) if insisted else found is Fault.DOUBT


def test_nothing_that_is_kept_names_anybody_or_checks_in(tmp_path: Path) -> None:
    with standing(tmp_path / "kiosk.db") as stand:
        stand.tell(visit())
        stand.check_in(stand.scan())
        kept = [row for table in ("booking", "booking_here") for row in _rows(stand, table)]
    assert SECRET not in repr(kept)
    assert "12345678" not in repr(kept)
    assert SECRET.encode() not in (tmp_path / "kiosk.db").read_bytes()


def _rows(stand: Stand, table: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in stand.mailbox.database.conn.execute(f"select * from {table}").fetchall()]  # noqa: S608


@pytest.mark.req("K-05")
def test_it_asks_when_it_comes_online_and_when_the_hub_says_more_until_it_is_told(tmp_path: Path) -> None:
    asked: list[BookingsWanted] = []

    async def tell(message: AnyMessage, *, expires_s: float | None = None) -> None:
        assert isinstance(message, BookingsWanted)
        asked.append(message)

    async def scene() -> None:
        with standing(tmp_path / "kiosk.db") as stand:
            running = asyncio.ensure_future(stand.bookings.run(tell))
            await pass_time(60)
            assert asked == [], "nothing is asked while the hub is away"
            stand.bookings.on_link(online=True)
            await pass_time(30)
            first = len(asked)
            assert {one.day for one in asked} == {TODAY, TODAY + timedelta(days=1)}
            assert first >= 4, "again, as nobody answers"
            stand.tell(upto=0)
            stand.tell(upto=0, days=1)
            await pass_time(1)
            asked.clear()
            await pass_time(300)
            assert asked == [], "it has all"
            marks = (BookingsMark(day=TODAY, revision=9), BookingsMark(day=TODAY + timedelta(days=1), revision=0))
            stand.bookings.on_message(LobbyTold(at=NINE, classes=(), bookings=marks))
            await pass_time(1)
            assert asked
            assert set(asked) == {BookingsWanted(day=TODAY, has=0)}
            stand.tell(visit(revision=9))
            await pass_time(1)
            asked.clear()
            stand.bookings.on_message(LobbyTold(at=NINE, classes=(), bookings=marks))
            await pass_time(300)
            assert asked == []
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    run_virtually(scene)


def test_an_id_number_secret_is_wiped_all_the_same() -> None:
    secret = Secret.of(b"8001011234560")
    Identifier(KEY, SetClock(), rules=(National.KR_RRN,), region="KR").id_number(secret, National.KR_RRN, insisted=True)
    assert len(secret) == 0


def test_a_script_checks_in_by_code_or_is_told_why_not(tmp_path: Path) -> None:
    with standing(tmp_path / "kiosk.db") as stand:
        away = check_in(stand.agent, CheckIn(code=CODE))
        assert away is not None
        assert away.detail == "check-in: away"
        stand.tell(visit())
        assert check_in(stand.agent, CheckIn(code=CODE, language=Language.ZH)) is None
        assert [(taken.booking, taken.language) for taken in stand.sent()] == [("B-1", Language.ZH)]
        again = check_in(stand.agent, CheckIn(code=CODE))
        assert again is not None
        assert again.detail == "check-in: checked-in"


def test_the_screen_checks_in_by_a_code_at_the_start_on_the_real_house(tmp_path: Path) -> None:
    with standing(tmp_path / "kiosk.db") as stand:
        stand.tell(visit(language=Language.KO, advisor="김민지", start=NINE + timedelta(hours=2)))
        wordings = {language: load_wording(language) for language in Language}
        desk = Desk(
            None, place="Main Street", businesses=stand.agent.catalogue.businesses, wordings=wordings, house=stand.house
        )
        desk.read(stand.house.found(stand.identifier.decoded(CODE)), at_s=1.0)
        page = desk.show(at_s=1.0, local=NINE)
        assert isinstance(page, ChoicePage)
        assert [choice.label for choice in page.choices] == ["11:00 김민지 상담"]
        desk.tap(page.choices[0].tap, at_s=2.0, local=NINE)
        ticket = desk.show(at_s=2.0, local=NINE)
        assert isinstance(ticket, TicketPage)
        assert ticket.words.startswith("일찍 오셨습니다. 11:00에")
        assert [(taken.booking, taken.number) for taken in stand.sent()] == [("B-1", ticket.number)]
        desk.tap(StartOver(), at_s=3.0, local=NINE)
        desk.read(stand.house.found(stand.identifier.decoded(CODE)), at_s=4.0)
        again = desk.show(at_s=4.0, local=NINE)
        assert isinstance(again, ChoicePage)
        assert again.title == "이미 접수되었습니다. 앉아서 기다려 주세요."
