"""One customer at the kiosk, step by step, without a screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from contracts import ErrorCode, Refusal
from contracts.fields import Language
from kiosk.core.taking import Business, Names
from kiosk.presenters.desk import Broken, Card, Desk
from kiosk.presenters.house import Order
from kiosk.presenters.pages import (
    ChoicePage,
    GoBack,
    GoOn,
    NoCard,
    Page,
    PickBusiness,
    PickCard,
    PickLanguage,
    ShowMore,
    StartOver,
    Tap,
    TicketPage,
    Tone,
)
from kiosk.presenters.visit import ANSWER_S, ASK_AFTER_S, TICKET_S, Visit
from kiosk.texts import load_wording

LOCAL = datetime(2026, 3, 2, 9, 41, tzinfo=UTC)
WORDINGS = {language: load_wording(language) for language in Language}
BUSINESSES = (
    Business(code="cash", names=Names(en="Cash", zh="现金业务", ko="현금")),
    Business(code="loan", names=Names(en="Loans", zh="贷款业务", ko="대출")),
)


@dataclass(frozen=True)
class Number:
    number: str


@dataclass
class Counter:
    """Gives the answer it was told to, and keeps what it was asked."""

    online: bool = True
    answer: Number | Refusal | Broken = Number("AA017")
    held: tuple[Card, ...] = (Card("c-1", "Ann Lee"), Card("c-2", "朱杰强"))
    asked: list[tuple[str | None, str, Language]] = field(default_factory=list)

    def take(self, order: Order) -> Number | Refusal | Broken:
        self.asked.append((order.customer, order.business, order.language))
        return self.answer

    def cards(self) -> Sequence[Card]:
        return self.held


class Customer:
    """Touches a desk at times of its own."""

    def __init__(self, counter: Counter, businesses: Sequence[Business] = BUSINESSES) -> None:
        self.at_s = 100.0
        self.desk = Desk(counter, place="Main Street", businesses=businesses, wordings=WORDINGS)

    def touch(self, *taps: Tap) -> Page:
        for tap in taps:
            self.desk.tap(tap, at_s=self.at_s, local=LOCAL)
        return self.page

    def wait(self, seconds: float) -> Page:
        self.at_s += seconds
        return self.page

    @property
    def page(self) -> Page:
        return self.desk.show(at_s=self.at_s, local=LOCAL)


def names(page: Page) -> list[str]:
    assert isinstance(page, ChoicePage)
    return [choice.name for choice in page.choices]


@pytest.mark.req("K-02")
@pytest.mark.parametrize("language", Language)
def test_three_touches_to_a_number(language: Language) -> None:
    counter = Counter()
    customer = Customer(counter)
    assert names(customer.page) == ["en", "zh", "ko"]
    card = customer.touch(PickLanguage(language))
    assert (card.name, names(card)) == ("card", ["card 0", "card 1"])
    business = customer.touch(PickCard("c-1"))
    assert isinstance(business, ChoicePage)
    assert [choice.label for choice in business.choices] == [one.shown(language) for one in BUSINESSES]
    ticket = customer.touch(PickBusiness("loan"))
    assert isinstance(ticket, TicketPage)
    assert (ticket.number, ticket.business, ticket.issued) == ("AA017", BUSINESSES[1].shown(language), "09:41")
    assert ticket.tone is Tone.ACCENT
    assert counter.asked == [("c-1", "loan", language)]


def test_without_a_card_and_without_a_reader() -> None:
    counter = Counter()
    customer = Customer(counter)
    customer.touch(PickLanguage(Language.EN), NoCard(), PickBusiness("cash"))
    assert counter.asked == [(None, "cash", Language.EN)]
    counter.held = ()
    assert customer.touch(StartOver(), PickLanguage(Language.KO)).name == "business"
    assert customer.touch(GoBack()).name == "start"


def test_a_second_touch_of_the_same_tile_takes_no_second_number() -> None:
    counter = Counter()
    customer = Customer(counter)
    customer.touch(PickLanguage(Language.EN), NoCard(), PickBusiness("cash"), PickBusiness("cash"))
    assert len(counter.asked) == 1


def test_back_forgets_the_card_and_start_over_everything() -> None:
    customer = Customer(Counter())
    customer.touch(PickLanguage(Language.ZH), PickCard("c-2"))
    assert customer.touch(GoBack()).name == "card"
    assert customer.desk.visit.customer is None
    customer.touch(PickCard("c-2"))
    assert customer.touch(StartOver()).name == "start"
    assert customer.desk.visit == Visit(at_s=customer.at_s)


def test_the_number_stays_ten_seconds_and_a_touch_keeps_it() -> None:
    customer = Customer(Counter())
    page = customer.touch(PickLanguage(Language.EN), NoCard(), PickBusiness("cash"))
    assert isinstance(page, TicketPage)
    assert (page.left_s, page.left) == (TICKET_S, f"Back to the start in {TICKET_S} seconds")
    page = customer.wait(TICKET_S - 1)
    assert isinstance(page, TicketPage)
    assert page.left == "Back to the start in 1 second"
    customer.desk.touched(customer.at_s)
    assert customer.wait(TICKET_S - 0.5).name == "ticket"
    assert customer.wait(0.5).name == "start"
    assert customer.desk.visit.number is None


def test_it_asks_before_it_clears_the_screen() -> None:
    customer = Customer(Counter())
    customer.touch(PickLanguage(Language.EN), PickCard("c-1"))
    assert customer.wait(ASK_AFTER_S - 1).name == "business"
    page = customer.wait(1)
    assert (page.name, names(page)) == ("still there", ["go on", "over"])
    assert customer.touch(GoOn()).name == "business"
    assert customer.wait(ASK_AFTER_S + ANSWER_S - 1).name == "still there"
    assert customer.wait(1).name == "start"
    assert customer.desk.visit.customer is None


@pytest.mark.req("K-05")
def test_offline_the_number_counts_and_the_customer_is_told() -> None:
    counter = Counter(online=False)
    customer = Customer(counter)
    assert customer.page.head.notice == "Offline · 离线 · 오프라인"
    page = customer.touch(PickLanguage(Language.EN), NoCard(), PickBusiness("cash"))
    assert isinstance(page, TicketPage)
    assert page.number == "AA017"
    assert "Your number is valid" in page.words
    assert page.head.notice == "Offline"
    counter.online = True
    page = customer.page
    assert isinstance(page, TicketPage)
    assert "Our advisors know you are here" in page.words


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (Refusal(code=ErrorCode.NUMBER_TAKEN, detail="none left"), "sorry none-left"),
        (Refusal(code=ErrorCode.UNKNOWN_BUSINESS, detail="not here"), "sorry refused"),
        (Broken(), "sorry broken"),
    ],
)
def test_no_number_sends_the_customer_to_the_counter(answer: Refusal | Broken, name: str) -> None:
    customer = Customer(Counter(answer=answer))
    page = customer.touch(PickLanguage(Language.EN), NoCard(), PickBusiness("cash"))
    assert isinstance(page, ChoicePage)
    assert (page.name, page.tone, names(page)) == (name, Tone.WARN, ["done"])
    assert "counter" in page.words
    assert customer.wait(TICKET_S).name == "start"


def test_a_number_that_the_hub_refuses_is_to_be_shown_at_the_counter() -> None:
    customer = Customer(Counter())
    customer.touch(PickLanguage(Language.EN), NoCard(), PickBusiness("cash"))
    customer.desk.refused("AA016")
    page = customer.page
    assert isinstance(page, TicketPage)
    assert page.tone is Tone.ACCENT
    customer.desk.refused("AA017")
    page = customer.page
    assert isinstance(page, TicketPage)
    assert (page.tone, page.title) == (Tone.WARN, "Please go to the counter")


@pytest.mark.req("K-02")
def test_at_most_eight_tiles_and_more_leads_to_all_of_them() -> None:
    many = tuple(Business(code=f"b{count}") for count in range(17))
    customer = Customer(Counter(), many)
    page = customer.touch(PickLanguage(Language.EN), NoCard())
    seen: list[str] = []
    for _ in range(3):
        assert len(names(page)) <= 8
        seen += [name for name in names(page) if name != "more"]
        page = customer.touch(ShowMore())
    assert seen == [business.code for business in many]
    assert names(page)[0] == "b0"
    few = Customer(Counter(), many[:8])
    assert "more" not in names(few.touch(PickLanguage(Language.EN), NoCard()))


def test_a_business_without_a_name_is_shown_by_its_code() -> None:
    assert Business(code="term_deposit").shown(Language.KO) == "Term deposit"
    assert Business(code="loan", names=Names(en="Loans")).shown(Language.ZH) == "Loans"
