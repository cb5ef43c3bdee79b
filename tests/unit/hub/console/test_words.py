"""Texts of the pages: the same in every language, ranges as they were meant, the language that a browser wants."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.fields import AccessNeed, Language
from hub import console
from hub.console.counter_page import _SAID
from hub.console.texts import load_texts
from hub.console.words import Words, chosen, load_words
from hub.lobby import Alert, AlertKind, Call, CounterState, Expectation, Wait

pytestmark = pytest.mark.req("K-06")


@pytest.mark.parametrize("language", [language for language in Language if language is not Language.EN])
def test_every_language_has_the_same_messages_and_variables(language: Language) -> None:
    assert load_texts(language).variables() == load_texts(Language.EN).variables()


def test_no_text_is_left_untranslated() -> None:
    words = load_words()
    for name, variables in load_texts(Language.EN).variables().items():
        values = dict.fromkeys(variables, 3)
        assert len({words[language].say(name, **values) for language in Language}) == len(Language), name


def test_no_text_is_left_over() -> None:
    sources = [path for path in Path(console.__file__).parent.rglob("*") if path.suffix in {".html", ".py"}]
    source = "".join(path.read_text("utf-8") for path in sources)
    by_value = ("need-", "alert-", "refused-", "failing-", "standing-")
    names = [name for name in load_texts(Language.EN).variables() if not name.startswith(by_value)]
    assert [name for name in names if f"'{name}'" not in source and f'"{name}"' not in source] == []


@pytest.mark.parametrize("language", list(Language))
def test_every_state_standing_need_alert_and_refusal_has_its_words(language: Language) -> None:
    known = load_texts(language)
    wanted = [
        *(f"need-{need.value}" for need in AccessNeed),
        *(f"standing-{standing.value}" for standing in Expectation),
        *(state.value for state in CounterState),
        *(f"alert-{kind.value.replace('_', '-')}" for kind in AlertKind),
        *_SAID,
    ]
    assert [name for name in wanted if name not in known] == []


@pytest.fixture
def english() -> Words:
    return load_words()[Language.EN]


@pytest.mark.parametrize(
    ("wait", "told"),
    [
        (None, "can't be told yet"),
        (Wait(low_s=0, middle_s=10, high_s=50), "any moment"),
        (Wait(low_s=20, middle_s=60, high_s=130), "up to 3 min"),
        (Wait(low_s=299, middle_s=400, high_s=601), "4–11 min"),
        (Wait(low_s=300, middle_s=300, high_s=300), "about 5 min"),
        (Wait(low_s=1990, middle_s=2500, high_s=3100), "30–55 min"),
    ],
)
def test_a_wait_is_told_as_a_range_that_is_never_narrower(english: Words, wait: Wait | None, told: str) -> None:
    assert english.wait(wait) == told


def test_the_clock_is_that_of_the_branch(english: Words) -> None:
    assert english.clock(datetime(2026, 3, 2, 23, 30, tzinfo=UTC), "Asia/Seoul") == "08:30"


def test_a_number_is_spoken_character_by_character() -> None:
    call = Call(
        seq=1, number="A012", counter="3", language=Language.ZH, at=datetime(2026, 3, 2, tzinfo=UTC), again=False
    )
    assert load_words()[Language.ZH].spoken(call) == "请 A 0 1 2 号到 3 号窗口。"


def test_an_alert_names_the_class_as_people_do(english: Words) -> None:
    alert = Alert(kind=AlertKind.MANY_WAIT, subject="B", amount=17.0)
    assert english.alert(alert, {"B": {"en": "Accounts"}}) == "Accounts: 17 are waiting"
    assert english.alert(Alert(kind=AlertKind.LONG_WAIT, subject="B001", amount=21.9), {}) == "B001 has waited 21 min"


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [
        (None, "", Language.EN),
        ("ko", "zh-CN,zh;q=0.9", Language.KO),
        ("xx", "zh-CN,zh;q=0.9", Language.ZH),
        (None, "fr, ko;q=0.3, zh;q=0.8", Language.ZH),
        (None, "ko;q=0, en;q=0.1", Language.EN),
        (None, "ZH-hant", Language.ZH),
        (None, "ko;q=abc, zh;q=9, en", Language.EN),
        (None, ",;,=;q", Language.EN),
    ],
)
def test_the_language_is_the_one_asked_for_else_the_first_accepted(
    asked: str | None, accepted: str, language: Language
) -> None:
    assert chosen(asked, accepted) is language
