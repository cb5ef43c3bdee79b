"""What was chosen, how long it takes, what came of it; and a house in which something is wrong (K-02, K-03, K-12)."""

from __future__ import annotations

import msgspec
import pytest

from contracts.fields import AccessNeed, Language
from kiosk.core.taking import Names
from kiosk.gallery.house import Furniture
from kiosk.presenters.house import Estimate, Paper, Printer, Stop
from kiosk.presenters.pages import (
    AddService,
    ChoicePage,
    Confirm,
    ConfirmPage,
    Erase,
    GoBack,
    Mode,
    NoCard,
    PickBusiness,
    PickLanguage,
    Search,
    Sign,
    StartOver,
    TicketPage,
    Toggle,
    Tone,
)
from kiosk.presenters.screens import PICK_S, wait
from kiosk.presenters.visit import ANSWER_S, ASK_AFTER_S, SLOWER, TICKET_S, Visit
from tests.unit.kiosk.presenters.furnished import FURNITURE, WORDINGS, Guest

TO_BUSINESS = (PickLanguage(Language.EN), NoCard())
PICKS = (
    Names(en="Travel insurance", zh="旅行保险", ko="여행자보험"),
    Names(en="Time deposit", zh="定期存款", ko="정기예금"),
)


def furnished(**changes: object) -> Furniture:
    return msgspec.convert(msgspec.to_builtins(FURNITURE) | changes, Furniture)


def confirm(page: object) -> ConfirmPage:
    assert isinstance(page, ConfirmPage)
    return page


def ticket(page: object) -> TicketPage:
    assert isinstance(page, TicketPage)
    return page


def test_nothing_is_taken_before_it_is_confirmed() -> None:
    guest = Guest()
    page = confirm(guest.touch(*TO_BUSINESS, PickBusiness("loan")))
    assert page.services == ("Loans",)
    assert guest.house.orders == []
    assert guest.touch(Confirm(), Confirm()).name == "ticket"
    assert [order.business for order in guest.house.orders] == ["loan"]


def test_one_more_business_may_be_added_and_taken_back() -> None:
    guest = Guest()
    page = guest.touch(*TO_BUSINESS, PickBusiness("loan"), AddService())
    assert isinstance(page, ChoicePage)
    assert [choice.name for choice in page.choices] == ["cash", "insurance"]
    assert page.title == "What else?"
    assert confirm(guest.touch(GoBack())).services == ("Loans",)
    page_ = confirm(guest.touch(AddService(), PickBusiness("cash")))
    assert (page_.services, page_.add) == (("Loans", "Cash"), None)
    guest.touch(GoBack(), PickBusiness("insurance"))
    assert ticket(guest.touch(Confirm())).business == "Loans + Insurance"
    assert (guest.house.orders[0].business, guest.house.orders[0].further) == ("loan", ("insurance",))


@pytest.mark.req("K-03")
@pytest.mark.parametrize(
    ("estimate", "said"),
    [
        (Estimate(8, 15), "8 to 15 minutes"),
        (Estimate(12, 12), "about 12 minutes"),
        (Estimate(0, 4), "less than 4 minutes"),
        (Estimate(0, 0), "less than 1 minute"),
        (Estimate(30, 20), "20 to 30 minutes"),
    ],
)
def test_the_estimate_is_said_with_its_range(estimate: Estimate, said: str) -> None:
    shown = wait(WORDINGS[Language.EN], estimate, None)
    assert shown is not None
    assert (shown.range, shown.warning) == (said, "")


def test_without_an_estimate_none_is_shown() -> None:
    guest = Guest()
    assert confirm(guest.touch(*TO_BUSINESS, PickBusiness("loan"))).wait is None
    assert ticket(guest.touch(Confirm())).wait is None


@pytest.mark.req("K-03")
def test_who_may_come_too_late_is_told_before_the_number_is_taken() -> None:
    guest = Guest(furnished(low_min=15, high_min=30, closes_in_min=20))
    shown = confirm(guest.touch(*TO_BUSINESS, PickBusiness("loan"))).wait
    assert shown is not None
    assert shown.warning == "We close in 20 minutes. It may be too late today."
    assert guest.page.head.notice == "We close in 20 minutes"
    guest.house.has = furnished(low_min=5, high_min=20, closes_in_min=20)
    shown = confirm(guest.page).wait
    assert shown is not None
    assert shown.warning == ""


@pytest.mark.req("K-03")
@pytest.mark.parametrize(
    ("printer", "paper", "said", "tone"),
    [
        (Printer.READY, Paper.UNDER_WAY, "Your ticket is being printed", Tone.CALM),
        (Printer.READY, Paper.PRINTED, "Please take your ticket below", Tone.CALM),
        (Printer.PAPER_OUT, Paper.PRINTED, "Not printed: remember your number", Tone.WARN),
        (Printer.DEAD, Paper.PRINTED, "Not printed: remember your number", Tone.WARN),
        (Printer.READY, Paper.PERHAPS, "Perhaps printed: remember your number", Tone.WARN),
        (Printer.NONE, Paper.PRINTED, "", Tone.CALM),
    ],
)
def test_the_ticket_says_whether_there_is_paper(printer: Printer, paper: Paper, said: str, tone: Tone) -> None:
    guest = Guest(furnished(printer=printer.value, paper=paper.value, link="https://b.example/t/1"))
    page = ticket(guest.touch(*TO_BUSINESS, PickBusiness("loan"), Confirm()))
    assert (page.number, page.paper, page.paper_tone) == ("AA017", said, tone)
    assert (page.link, page.link_words) == ("https://b.example/t/1", "Follow on your phone")


def test_a_refused_ticket_shows_neither_a_code_nor_picks() -> None:
    guest = Guest(furnished(link="https://b.example/t/1", picks=[msgspec.to_builtins(PICKS[0])], low_min=1, high_min=9))
    guest.touch(*TO_BUSINESS, PickBusiness("loan"), Confirm())
    guest.desk.refused("AA017")
    page = ticket(guest.page)
    assert (page.link, page.picks, page.wait, page.tone) == ("", None, None, Tone.WARN)


@pytest.mark.req("K-12")
def test_picks_are_titles_one_at_a_time_on_the_idle_screen_and_few_on_the_ticket() -> None:
    guest = Guest(furnished(picks=[msgspec.to_builtins(each) for each in (*PICKS, *PICKS)]))
    guest.wait(-guest.at_s % (PICK_S * 4))
    seen = []
    for _ in range(2):
        page = guest.page
        assert isinstance(page, ChoicePage)
        assert page.picks is not None
        seen.append(page.picks.titles)
        guest.wait(PICK_S)
    assert seen == [(each.en, each.zh, each.ko) for each in PICKS]
    page_ = ticket(guest.touch(*TO_BUSINESS, PickBusiness("loan"), Confirm()))
    assert page_.picks is not None
    assert page_.picks.titles == ("Travel insurance", "Time deposit", "Travel insurance")


@pytest.mark.req("K-12")
def test_without_picks_nothing_stands_in_their_place() -> None:
    page = Guest().page
    assert isinstance(page, ChoicePage)
    assert page.picks is None


@pytest.mark.req("K-13")
@pytest.mark.parametrize("stop", [Stop.OUT_OF_ORDER, Stop.DISK_FULL])
def test_out_of_order_stops_everything_but_a_number_that_somebody_has(stop: Stop) -> None:
    guest = Guest()
    guest.touch(*TO_BUSINESS)
    guest.house.has = furnished(stop=stop.value)
    page = guest.page
    assert isinstance(page, ChoicePage)
    assert (page.name, page.choices, page.tone) == (f"stopped {stop}", (), Tone.WARN)
    assert page.title == "Out of order\n暂停使用\n사용 중지"
    guest.house.has = FURNITURE
    guest.touch(PickBusiness("loan"), Confirm())
    guest.house.has = furnished(stop=stop.value)
    assert guest.page.name == "ticket"
    assert guest.wait(TICKET_S).name == f"stopped {stop}"


def test_closed_lets_who_has_begun_finish() -> None:
    guest = Guest()
    guest.touch(*TO_BUSINESS)
    guest.house.has = furnished(stop="closed", opens="09:00")
    assert guest.page.name == "business"
    page = guest.touch(StartOver())
    assert isinstance(page, ChoicePage)
    assert page.words == "We open at 09:00\n09:00 开始营业\n09:00에 문을 엽니다"


def test_the_head_says_the_worst_thing_only() -> None:
    guest = Guest(furnished(printer="paper-out", closes_in_min=5, online=False))
    assert (guest.page.head.notice, guest.page.head.sign) == ("Offline · 离线 · 오프라인", Sign.OFFLINE)
    guest.house.has = furnished(printer="paper-out", closes_in_min=5)
    assert guest.page.head.sign is Sign.CLOCK
    guest.house.has = furnished(printer="dead")
    page = guest.touch(PickLanguage(Language.EN))
    assert (page.head.notice, page.head.sign) == ("No printer: your number is on the screen", Sign.PRINTER)


@pytest.mark.req("K-02")
def test_modes_stay_for_one_customer_tell_staff_and_give_more_time() -> None:
    guest = Guest()
    guest.touch(Toggle(Mode.LARGE), Toggle(Mode.CONTRAST), Toggle(Mode.REACH), Toggle(Mode.REACH), *TO_BUSINESS)
    assert guest.page.around.modes == {Mode.LARGE, Mode.CONTRAST}
    assert [choice.on for choice in guest.page.around.bar] == [True, True, False, False]
    assert guest.wait(ASK_AFTER_S * SLOWER - 1).name == "business"
    assert guest.wait(1).name == "still there"
    assert guest.wait(ANSWER_S * SLOWER - 1).name == "still there"
    guest.touch(PickBusiness("loan"), Confirm())
    assert guest.house.orders[0].needs == (AccessNeed.LARGE_TEXT, AccessNeed.VISION)
    assert guest.wait(TICKET_S * SLOWER - 1).name == "ticket"
    assert guest.wait(1).name == "start"
    assert guest.desk.visit == Visit(at_s=guest.at_s)


def test_modes_that_somebody_switched_on_and_left_go_by_themselves() -> None:
    guest = Guest()
    guest.touch(Toggle(Mode.LARGE))
    assert guest.wait((ASK_AFTER_S + ANSWER_S) * SLOWER - 1).around.modes == {Mode.LARGE}
    assert guest.wait(1).around.modes == frozenset()


def test_what_can_not_be_had_is_not_offered() -> None:
    guest = Guest(furnished(speaks=False), reaches=False)
    assert [choice.name for choice in guest.page.around.bar] == ["mode contrast", "mode large"]


def test_a_business_is_found_by_letters() -> None:
    guest = Guest()
    page = guest.touch(*TO_BUSINESS, Search())
    assert getattr(page, "listen", None) is not None
    page = guest.type("MORT")
    assert [choice.name for choice in getattr(page, "choices", ())] == ["loan"]
    page = guest.type("QQ")
    assert getattr(page, "message", "") == "Nothing fits. Try other letters."
    page = guest.touch(Erase(), Erase())
    assert [choice.name for choice in getattr(page, "choices", ())] == ["loan"]
    assert guest.touch(PickBusiness("loan")).name == "confirm"


def test_without_a_recogniser_there_is_no_button_to_speak() -> None:
    guest = Guest(furnished(hears=False))
    assert getattr(guest.touch(*TO_BUSINESS, Search()), "listen", "none") is None
