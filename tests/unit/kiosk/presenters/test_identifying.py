"""Saying who one is: reader, phone number, ID number, or not at all (K-01)."""

from __future__ import annotations

import msgspec
import pytest

from contracts.fields import Language
from kiosk.core.checking_in import Timing
from kiosk.presenters import entries
from kiosk.presenters.house import Booking, Declined, Fault, Known, Stop, Way
from kiosk.presenters.pages import (
    ChoicePage,
    ConfirmPage,
    Enter,
    EntryPage,
    Erase,
    GoBack,
    Hint,
    Insist,
    NoCard,
    PickBooking,
    PickBusiness,
    PickLanguage,
    PickWay,
    StartOver,
    TicketPage,
    Type,
)
from kiosk.presenters.visit import ANSWER_S, LOOK_UP_S, Step, Visit
from tests.unit.kiosk.presenters.furnished import FURNITURE, Guest

ENGLISH = PickLanguage(Language.EN)
GOOD, BAD = "110101199003074477", "110101199003074476"


def entry(page: object) -> EntryPage:
    assert isinstance(page, EntryPage)
    return page


def choice_page(page: object) -> ChoicePage:
    assert isinstance(page, ChoicePage)
    return page


@pytest.mark.req("K-01")
def test_a_booking_is_found_by_phone_and_checked_in_with_one_touch() -> None:
    guest = Guest()
    guest.touch(ENGLISH, PickWay(Way.PHONE))
    assert entry(guest.type("01012345678")).shown == "010 1234 5678"
    page = choice_page(guest.touch(Enter()))
    assert [(each.label, each.detail) for each in page.choices] == [("Your 14:30 with Jo Lee", "Loans")]
    ticket = guest.touch(PickBooking("b-1"))
    assert isinstance(ticket, TicketPage)
    assert ticket.title == "You are checked in"
    order = guest.house.orders[-1]
    assert (order.booking, order.customer, order.business) == ("b-1", "c-1", "loan")


def test_who_has_a_booking_may_come_for_something_else() -> None:
    guest = Guest()
    guest.touch(ENGLISH)
    guest.desk.read(guest.house.booked(code="b-1"), at_s=guest.at_s)
    assert guest.page.name == "bookings"
    assert guest.touch(NoCard(), PickBusiness("cash")).name == "confirm"
    assert guest.desk.visit.customer == "c-1"
    assert guest.desk.visit.booking is None


def test_a_booking_of_somebody_else_checks_nobody_in() -> None:
    guest = Guest()
    guest.touch(ENGLISH)
    guest.desk.read(guest.house.booked(code="b-1"), at_s=guest.at_s)
    assert guest.touch(PickBooking("b-2")).name == "bookings"
    assert guest.house.orders == []


@pytest.mark.req("K-01")
def test_an_id_number_is_masked_and_a_wrong_digit_is_told_at_once() -> None:
    guest = Guest()
    guest.touch(ENGLISH, PickWay(Way.ID_NUMBER))
    page = entry(guest.type(BAD))
    assert page.shown == "**** **** **** **** *6"
    assert page.spoken_shown == "18 digits"
    page = entry(guest.touch(Enter()))
    assert page.message == "One digit is wrong. Please compare them."
    page = entry(guest.touch(Erase()))
    assert page.message == ""
    assert guest.touch(Type("7"), Enter()).name == "business"
    assert guest.desk.visit.customer == "c-9"
    assert guest.desk.visit.typed == ""


@pytest.mark.req("K-01")
def test_the_number_is_in_no_page_and_in_no_repr() -> None:
    guest = Guest()
    guest.touch(ENGLISH, PickWay(Way.ID_NUMBER))
    seen = [guest.type(BAD), guest.touch(Enter()), guest.touch(Erase(), Type("7"))]
    reprs = [repr(guest.desk.visit), repr(Type("4")), *map(repr, seen)]
    seen.append(guest.touch(Enter(), PickBusiness("cash")))
    for shown in (*reprs, *map(repr, seen), repr(guest.desk.visit)):
        assert GOOD[:6] not in shown
        assert GOOD[4:12] not in shown
        assert "c-9" not in shown
    confirm = seen[-1]
    assert isinstance(confirm, ConfirmPage)
    assert confirm.words == "We know you by •••• 4477."


def test_only_what_a_number_may_have_is_typed() -> None:
    guest = Guest()
    guest.touch(ENGLISH, PickWay(Way.ID_NUMBER))
    assert entry(guest.type("X+1a²")).shown == "1"
    guest.type("10101199003074")
    assert guest.desk.visit.typed == "110101199003074"
    guest.type("99X123")
    assert guest.desk.visit.typed == "11010119900307499X"
    guest.touch(GoBack(), PickWay(Way.PHONE))
    assert entry(guest.type("+82+1")).shown == "+82 1"
    assert len("".join(entry(guest.type("1" * 40)).shown.split())) == entries.MOST[Step.PHONE]


def test_too_short_a_number_is_not_looked_up() -> None:
    guest = Guest()
    guest.touch(ENGLISH, PickWay(Way.PHONE))
    guest.type("0101")
    assert entry(guest.touch(Enter())).message == "That number has too few or too many digits."


def test_an_answer_that_comes_later_is_waited_for_and_then_given_up() -> None:
    guest = Guest(msgspec.structs.replace(FURNITURE, slow=True))
    guest.touch(ENGLISH, PickWay(Way.PHONE))
    guest.type("01012345678")
    assert entry(guest.touch(Enter())).message == "One moment…"
    assert entry(guest.type("9")).shown == "010 1234 5678"
    assert entry(guest.wait(LOOK_UP_S)).message == "We can't look that up just now. Please go on without."
    guest.desk.found(Known("c-9"))
    assert guest.page.name == "phone"
    guest.touch(Enter())
    guest.desk.found(Known("c-9", "5678"))
    assert guest.page.name == "business"


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_is_said_in_every_language(fault: Fault) -> None:
    said = set()
    for language in Language:
        guest = Guest()
        guest.touch(PickLanguage(language), PickWay(Way.ID_NUMBER))
        guest.desk.read(fault, at_s=guest.at_s)
        said.add(entry(guest.page).message)
    assert len(said) == len(Language)
    assert all(said)


@pytest.mark.req("K-01")
def test_a_card_may_be_held_to_the_reader_before_a_language_was_chosen() -> None:
    guest = Guest()
    guest.desk.read(Known("c-9"), at_s=guest.at_s)
    page = choice_page(guest.page)
    assert page.title == "Choose your language\n请选择语言\n언어를 선택해 주세요"
    assert "c-9" not in repr(guest.desk.visit)
    assert choice_page(guest.touch(PickLanguage(Language.ZH))).name == "business"
    assert guest.desk.visit.language is Language.ZH
    assert guest.desk.visit.customer == "c-9"
    guest.touch(PickBusiness("cash"))
    guest.desk.read(Known("c-8"), at_s=guest.at_s)
    assert guest.desk.visit.customer == "c-9"


def test_the_picture_shows_what_the_reader_takes_and_a_dead_one_is_told() -> None:
    def hint(has: object) -> tuple[Hint, str]:
        guest = Guest(has if isinstance(has, type(FURNITURE)) else FURNITURE)
        page = choice_page(guest.touch(ENGLISH))
        return page.hint, page.words

    assert hint(FURNITURE)[0] is Hint.BOTH
    assert hint(msgspec.structs.replace(FURNITURE, ways=(Way.CARD,)))[0] is Hint.CARD
    assert hint(msgspec.structs.replace(FURNITURE, ways=(Way.CODE, Way.PHONE)))[0] is Hint.CODE
    dead = hint(msgspec.structs.replace(FURNITURE, reader_dead=True))
    assert dead == (Hint.CODE, "The card reader isn't working. Please choose another way.")


def test_back_and_start_over_forget_who_it_was() -> None:
    guest = Guest()
    guest.touch(ENGLISH, PickWay(Way.ID_NUMBER))
    guest.type(GOOD)
    assert guest.touch(Enter(), GoBack()).name == "card"
    assert (guest.desk.visit.customer, guest.desk.visit.masked) == (None, "")
    guest.touch(PickWay(Way.PHONE), StartOver())
    assert guest.desk.visit == Visit(at_s=guest.at_s)


@pytest.mark.req("K-01")
@pytest.mark.parametrize(
    ("timing", "words"),
    [
        (Timing.DUE, "Please take a seat. Your advisor knows you are here."),
        (Timing.EARLY, "You are early. We call you for 14:30, or before that if somebody is free."),
        (Timing.LATE, "Your booking was at 14:30. We call you as soon as we can."),
    ],
)
def test_who_is_early_or_late_is_told_what_happens_next(timing: Timing, words: str) -> None:
    booking = Booking(code="b-1", customer=None, business="loan", at="14:30", further=("cash",), timing=timing)
    guest = Guest()
    guest.desk.read((booking,), at_s=guest.at_s)
    ticket = guest.touch(ENGLISH, PickBooking("b-1"))
    assert isinstance(ticket, TicketPage)
    assert (ticket.title, ticket.words) == ("You are checked in", words)
    assert guest.house.orders[-1].further == ("cash",)
    assert timing is not Timing.EARLY or ticket.wait is None, "the wait of others isn't theirs"


@pytest.mark.req("K-01", "K-02")
def test_a_code_at_the_start_is_answered_in_the_language_it_was_booked_in() -> None:
    guest = Guest()
    booking = Booking(code="b-1", customer=None, business="loan", at="14:30", language=Language.KO)
    guest.desk.read((booking,), at_s=guest.at_s)
    assert choice_page(guest.page).title == "기다리고 있었습니다"


def test_what_was_held_to_the_reader_is_not_kept_for_the_next_customer() -> None:
    guest = Guest()
    guest.desk.read(Known("c-9"), at_s=guest.at_s)
    assert guest.wait(ANSWER_S - 1).name == "start read"
    assert guest.wait(1).name == "start"
    assert guest.touch(ENGLISH).name == "card"
    assert guest.desk.visit.customer is None


@pytest.mark.req("K-01", "K-02")
def test_why_a_booking_checks_nobody_in_is_said_in_its_language_or_in_the_one_that_is_chosen() -> None:
    guest = Guest()
    guest.desk.read(Declined(Fault.CHECKED_IN, Language.KO), at_s=guest.at_s)
    assert choice_page(guest.page).title == "이미 접수되었습니다. 앉아서 기다려 주세요."
    guest = Guest()
    guest.desk.read(Fault.CHECKED_IN, at_s=guest.at_s)
    assert guest.page.name == "start read"
    assert choice_page(guest.touch(PickLanguage(Language.ZH))).title == "您已经签到了，请就座等候。"
    guest.desk.read(Declined(Fault.CANCELLED, Language.KO), at_s=guest.at_s)
    assert choice_page(guest.page).title == "这个预约已取消。您仍可以取号。", "the customer's choice stands"


def test_bookings_of_several_customers_say_nobody_until_one_is_chosen() -> None:
    found = tuple(Booking(code=f"b-{who}", customer=who, business="loan", at="14:30") for who in ("ann", "bob"))
    guest = Guest()
    guest.touch(ENGLISH)
    guest.desk.read(found, at_s=guest.at_s)
    assert guest.desk.visit.customer is None
    guest.touch(PickBooking("b-bob"))
    assert guest.house.orders[-1].customer == "bob"


@pytest.mark.req("K-01", "K-05")
@pytest.mark.parametrize(
    ("timing", "words"),
    [
        (Timing.DUE, "Our network is down. Your number is valid; we will call you."),
        (Timing.LATE, "Your booking was at 14:30. We call you as soon as we can."),
    ],
)
def test_who_checks_in_offline_is_not_told_that_an_advisor_knows(timing: Timing, words: str) -> None:
    guest = Guest(msgspec.structs.replace(FURNITURE, online=False))
    guest.touch(ENGLISH)
    guest.desk.read((Booking(code="b-1", customer=None, business="loan", at="14:30", timing=timing),), at_s=guest.at_s)
    ticket = guest.touch(PickBooking("b-1"))
    assert isinstance(ticket, TicketPage)
    assert (ticket.title, ticket.words) == ("You are checked in", words)


@pytest.mark.req("K-01")
@pytest.mark.parametrize("stop", [Stop.CLOSED, Stop.OUT_OF_ORDER])
def test_a_kiosk_that_gives_no_numbers_reads_nothing(stop: Stop) -> None:
    guest = Guest(msgspec.structs.replace(FURNITURE, stop=stop))
    for found in (guest.house.booked(code="b-1"), Known("c-9"), Declined(Fault.OTHER_DAY, Language.KO)):
        guest.desk.read(found, at_s=guest.at_s)
        assert guest.page.name == f"stopped {stop}"
        assert guest.desk.visit == Visit()


@pytest.mark.req("K-01")
def test_a_visit_that_began_before_closing_ends_without_a_number_after_it() -> None:
    guest = Guest()
    guest.touch(ENGLISH)
    guest.desk.read(guest.house.booked(code="b-1"), at_s=guest.at_s)
    guest.house.has = msgspec.structs.replace(FURNITURE, stop=Stop.CLOSED)
    assert guest.page.name == "bookings"
    page = choice_page(guest.touch(PickBooking("b-1")))
    assert (page.name, page.title) == ("sorry closed", "We have just closed")
    assert guest.house.orders == [], "the hub would have none of it"
    assert guest.touch(StartOver()).name == "stopped closed"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault.CHECKED_IN, "You are checked in already. Please take a seat."),
        (Fault.OTHER_DAY, "This booking is for another day. You may still take a number."),
        (Fault.NOT_TODAY, "We don't expect this booking here today. Please compare day and branch."),
        (Fault.CANCELLED, "This booking was cancelled. You may still take a number."),
    ],
)
def test_a_code_that_checks_nobody_in_says_why_and_one_may_go_on(fault: Fault, said: str) -> None:
    guest = Guest()
    guest.touch(ENGLISH)
    guest.desk.read(fault, at_s=guest.at_s)
    page = choice_page(guest.page)
    assert (page.name, page.title) == ("card", said)
    assert guest.touch(NoCard()).name == "business"


@pytest.mark.req("K-01")
def test_a_number_in_doubt_is_asked_about_and_believed_once_its_owner_insists() -> None:
    guest = Guest(msgspec.structs.replace(FURNITURE, doubted=(BAD,)))
    guest.touch(ENGLISH, PickWay(Way.ID_NUMBER))
    guest.type(BAD)
    page = entry(guest.touch(Enter()))
    assert page.message == "One digit seems wrong. Is the number right?"
    assert page.enter is not None
    assert (page.enter.name, page.enter.tap) == ("insist", Insist())
    assert guest.touch(Insist()).name == "business"
    assert guest.desk.visit.customer == "c-doubted"


def test_nobody_insists_on_a_number_that_was_mended_meanwhile() -> None:
    guest = Guest(msgspec.structs.replace(FURNITURE, doubted=(BAD,)))
    guest.touch(ENGLISH, PickWay(Way.ID_NUMBER))
    guest.type(BAD)
    guest.touch(Enter(), Erase(), Type("6"))
    page = entry(guest.touch(Insist()))
    assert page.message == "One digit seems wrong. Is the number right?", "asked, not believed"
