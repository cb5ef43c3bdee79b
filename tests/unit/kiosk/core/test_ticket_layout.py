"""What stands on a ticket, in every language (K-03)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from contracts.fields import Language
from kiosk.core.ticket_layout import Code, Line, Pair, Size, Ticket, lay_out
from kiosk.printers.texts import load_ticket_texts, load_ticket_words

pytestmark = pytest.mark.req("K-03")

ISSUED = datetime(2026, 11, 9, 9, 5)  # noqa: DTZ001 - local, as on paper
BARE = Ticket(number="A017", business="Loans", branch="Main street", issued=ISSUED)


def pairs(ticket: Ticket, language: Language = Language.EN) -> dict[str, str]:
    layout = lay_out(ticket, load_ticket_words(language), language.value)
    return {block.label: block.value for block in layout.blocks if isinstance(block, Pair)}


def lines(ticket: Ticket) -> list[str]:
    layout = lay_out(ticket, load_ticket_words(Language.EN), "en")
    return [block.text for block in layout.blocks if isinstance(block, Line)]


def test_the_number_is_the_one_large_thing() -> None:
    layout = lay_out(BARE, load_ticket_words(Language.EN), "en")
    large = [block.text for block in layout.blocks if isinstance(block, Line) and block.size is Size.NUMBER]
    assert large == ["A017"]


def test_what_is_not_known_is_not_printed() -> None:
    assert pairs(BARE) == {"Taken": "9 Nov 2026 09:05"}
    assert not [
        block for block in lay_out(BARE, load_ticket_words(Language.EN), "en").blocks if isinstance(block, Code)
    ]


def test_the_wait_is_a_range_or_one_number() -> None:
    assert pairs(replace(BARE, wait_min=(5, 12)))["Estimated wait"] == "5–12 min"
    assert pairs(replace(BARE, wait_min=(5, 5)))["Estimated wait"] == "5 min"
    assert pairs(replace(BARE, people_before=0))["Waiting before you"] == "0"
    assert pairs(replace(BARE, booked=ISSUED))["Your appointment"] == "09:05"


def test_dates_as_people_write_them() -> None:
    assert pairs(BARE, Language.ZH) == {"取号时间": "2026年11月9日 09:05"}
    assert pairs(BARE, Language.KO) == {"발급": "2026년 11월 9일 09:05"}


def test_advice_and_page_are_at_the_end() -> None:
    full = replace(BARE, advice="Ask us.", page_url="https://q.example/t/1")
    assert lines(full)[-2] == "Ask us."
    codes = [b for b in lay_out(full, load_ticket_words(Language.EN), "en").blocks if isinstance(b, Code)]
    assert [code.content for code in codes] == ["https://q.example/t/1"]


def test_right_to_left_is_known_by_the_language() -> None:
    assert not lay_out(BARE, load_ticket_words(Language.EN), "ar").rightwards
    assert lay_out(BARE, load_ticket_words(Language.EN), "ko").rightwards


@pytest.mark.parametrize("language", [Language.ZH, Language.KO])
def test_every_language_has_the_same_messages_and_variables(language: Language) -> None:
    assert load_ticket_texts(language).variables() == load_ticket_texts(Language.EN).variables()


def test_no_text_is_left_untranslated() -> None:
    neutral = {"people"}  # in English the number alone
    for name, variables in load_ticket_texts(Language.EN).variables().items():
        values = dict.fromkeys(variables, 3)
        said = {load_ticket_words(language).say(name, **values) for language in Language}
        assert len(said) == len(Language) or name in neutral, name
