"""The screen by ear: everything has words and can be reached by keys (EN 301 549, 5.1.3 and 5.1.6; K-02)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contracts.fields import Language
from kiosk.presenters.guide import LOUDEST, Guide, Key, Utterance, spoken, stops
from kiosk.presenters.house import Way
from kiosk.presenters.pages import (
    ChoicePage,
    Confirm,
    Enter,
    GoBack,
    Listen,
    NoCard,
    Page,
    PickBusiness,
    PickLanguage,
    PickWay,
    Search,
    StartOver,
    Tap,
    Type,
)
from kiosk.presenters.visit import ASK_AFTER_S
from tests.unit.kiosk.presenters.furnished import WORDINGS, Guest

GOOD = "110101199003074477"


def pages(language: Language) -> Iterator[Page]:
    """Every kind of page that a customer may come to."""
    guest = Guest()
    yield guest.page
    path: tuple[tuple[Tap, ...], ...] = (
        (PickLanguage(language),),
        (PickWay(Way.PHONE), Type("0"), Enter()),
        (GoBack(), PickWay(Way.ID_NUMBER)),
        (GoBack(), NoCard()),
        (Search(),),
        (Listen(),),
        (GoBack(), GoBack(), PickBusiness("loan")),
        (Confirm(),),
        (StartOver(), PickLanguage(language), PickWay(Way.PHONE), *map(Type, "01012345678"), Enter()),
    )
    for taps in path:
        yield guest.touch(*taps)
    yield guest.wait(ASK_AFTER_S)


def said(utterance: Utterance) -> str:
    return " ".join(text for _, text in utterance)


@pytest.mark.req("K-02")
@pytest.mark.parametrize("language", Language)
def test_the_keys_come_to_everything_on_every_page_and_each_has_words(language: Language) -> None:
    names = set()
    for page in pages(language):
        guide = Guide(WORDINGS)
        assert said(guide.follow(page))
        around = stops(page)
        assert len({stop.name for stop in around}) == len(around)
        heard = []
        for stop in around:
            heard.append(said(guide.press(Key.DOWN).say))
            assert guide.focus == stop.name
            assert spoken(stop)
            assert spoken(stop) in heard[-1]
            assert guide.press(Key.OK).tap == stop.tap
        assert said(guide.press(Key.DOWN).say) == heard[0]
        assert said(guide.press(Key.UP).say) == heard[-1]
        names.add(page.name)
    assert names == {
        *("start", "card", "phone", "id-number", "business", "search", "listening", "confirm", "ticket", "bookings"),
        "still there",
    }


def test_a_page_is_announced_when_it_comes_and_not_again() -> None:
    guest, guide = Guest(), Guide(WORDINGS)
    assert len(guide.follow(guest.page)) == len(Language)
    page = guest.touch(PickLanguage(Language.EN))
    first = said(guide.follow(page))
    assert first.startswith("Are you a customer, or do you have a booking?")
    assert first.endswith("Press down for the next choice, and OK to choose it.")
    assert guide.follow(page) == ()
    assert said(guide.press(Key.REPEAT).say) == first
    guide.press(Key.DOWN)
    assert said(guide.press(Key.REPEAT).say).startswith("Phone number. of your booking. 1 of")


def test_each_language_is_offered_in_itself() -> None:
    guide = Guide(WORDINGS)
    guide.follow(Guest().page)
    heard = [guide.press(Key.DOWN).say[0] for _ in Language]
    assert [language for language, _ in heard] == list(Language)
    assert ["English" in heard[0][1], "中文" in heard[1][1], "한국어" in heard[2][1]] == [True, True, True]


def test_what_is_switched_is_said_to_be_on_or_off() -> None:
    guide = Guide(WORDINGS)
    guide.follow(Guest().touch(PickLanguage(Language.EN)))
    assert " off." in said(guide.press(Key.UP).say)


@pytest.mark.req("K-01")
def test_of_an_id_number_only_the_count_of_its_digits_is_said() -> None:
    guest, guide = Guest(), Guide(WORDINGS)
    heard = [said(guide.follow(guest.touch(PickLanguage(Language.EN), PickWay(Way.ID_NUMBER))))]
    for digit in GOOD[:-1] + "6":
        heard.append(said(guide.follow(guest.touch(Type(digit)))))
    heard.append(said(guide.follow(guest.touch(Enter()))))
    assert heard[1:4] == ["1 digit.", "2 digits.", "3 digits."]
    assert heard[-1] == "One digit is wrong. Please compare them."
    assert not any(part in " ".join(heard) for part in (GOOD[:6], GOOD[-4:]))


def test_what_fits_is_said_while_one_searches() -> None:
    guest, guide = Guest(), Guide(WORDINGS)
    guide.follow(guest.touch(PickLanguage(Language.EN), NoCard(), Search()))
    guide.follow(guest.touch(*map(Type, "MOR")))
    assert said(guide.follow(guest.touch(Type("T")))) == "MORT. Loans."


def test_back_goes_back_or_ends_a_ticket() -> None:
    guest, guide = Guest(), Guide(WORDINGS)
    guide.follow(guest.touch(PickLanguage(Language.EN), NoCard(), PickBusiness("loan")))
    assert guide.press(Key.BACK).tap == GoBack()
    guide.follow(guest.touch(Confirm()))
    assert guide.press(Key.BACK).tap == StartOver()
    assert "A A 0 1 7" in said(guide.announced(guest.page))


def test_ok_without_a_choice_tells_the_page_again() -> None:
    guest, guide = Guest(), Guide(WORDINGS)
    assert guide.press(Key.OK).say == ()
    first = guide.follow(guest.page)
    assert guide.press(Key.OK).say == first


def test_the_volume_has_ends_and_is_the_next_customers_own() -> None:
    guide = Guide(WORDINGS)
    guide.follow(Guest().page)
    for _ in range(LOUDEST):
        guide.press(Key.LOUDER)
    assert guide.volume == LOUDEST
    assert said(guide.press(Key.LOUDER).say) == f"Volume {LOUDEST}"
    for _ in range(LOUDEST + 1):
        guide.press(Key.SOFTER)
    assert guide.volume == 1
    guide.leave()
    assert (guide.volume, guide.focus, guide.listening) == (3, "", False)


def test_the_focus_stays_on_the_page_when_choices_go() -> None:
    guest, guide = Guest(), Guide(WORDINGS)
    guide.follow(guest.touch(PickLanguage(Language.EN), NoCard(), Search()))
    guide.follow(guest.type("MORT"))
    guide.press(Key.UP)
    guide.follow(guest.type("QQ"))
    page = guest.page
    assert guide.focus == stops(page)[-1].name
    assert not isinstance(page, ChoicePage)
