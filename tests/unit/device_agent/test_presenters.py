"""What the screen shows, and where taps lead; texts in three languages."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from contracts import ErrorCode
from contracts.fields import Language, Urgency
from contracts.visits import TaskState, TaskView
from device_agent.core.acts import Act, Intent, WristState
from device_agent.core.book import Book
from device_agent.presenters import wrist
from device_agent.presenters.desk import Desk
from device_agent.presenters.pages import Bar, Face, Go, GoBack, Page, PassOn, Row, ShowList, ShowTask, Take, Tone
from device_agent.texts import load_catalogue, places
from device_agent.ui.scenes import NOW, Still, scenes
from tests.unit.device_agent.fakehub import START, a_view

EN = load_catalogue(Language.EN)


def with_views(*views: TaskView) -> WristState:
    return WristState(book=Book({view.task: view for view in views}), online=True)


@pytest.mark.parametrize("language", list(Language))
def test_every_language_has_the_same_texts_and_places(language: Language) -> None:
    texts = load_catalogue(language).texts
    assert texts.keys() == EN.texts.keys()
    for key, text in texts.items():
        assert text.strip()
        assert places(text) == places(EN.texts[key]), key


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("code", list(ErrorCode))
def test_every_refusal_has_words(language: Language, code: ErrorCode) -> None:
    assert load_catalogue(language).refusal(code.value)


@pytest.mark.req("W-01")
@pytest.mark.parametrize(
    ("seconds", "words", "tone"),
    [(0, "Connecting", Tone.CALM), (12, "Offline 12 s", Tone.WARN), (150, "Offline 2 min", Tone.WARN)],
)
def test_the_link_in_words(seconds: int, words: str, tone: Tone) -> None:
    state = WristState(online=False, offline_since=START)
    assert wrist.link_words(state, EN, START + timedelta(seconds=seconds)) == (words, tone)
    assert wrist.link_words(replace(state, online=True), EN, START) == ("Online", Tone.ACCENT)


@pytest.mark.req("W-08")
def test_the_list_names_masked_customer_business_and_waiting() -> None:
    urgent = a_view("task-0001", urgency=Urgency.URGENT)
    done = a_view("task-0002", state=TaskState.DONE, minute=5)
    page = wrist.task_list(
        with_views(done, a_view("task-0003", minute=2), urgent), EN, now=START + timedelta(minutes=7)
    )
    rows = [block for block in page.blocks if isinstance(block, Row)]
    assert [(row.name, row.title, row.detail, row.aside, row.tone) for row in rows] == [
        ("task-0001", "W* Ming", "A001 · Loan", "7 min", Tone.WARN),
        ("task-0003", "W* Ming", "A003 · Loan", "5 min", Tone.CALM),
        ("task-0002", "W* Ming", "A002 · Loan", "", Tone.CALM),
    ]


@pytest.mark.req("W-09")
def test_the_task_page_has_the_top_three_with_reasons_and_what_can_be_done() -> None:
    view = a_view("task-0001")
    page = wrist.task_page(with_views(view), view, EN, now=START)
    bars = [block for block in page.blocks if isinstance(block, Bar)]
    assert [(bar.label, bar.percent, bar.reason) for bar in bars] == [
        ("Car insurance", "62%", "Saves every month"),
        ("Fire insurance", "41%", "Saves every month"),
        ("Boat insurance", "7%", ""),
    ]
    assert [button.tap for button in page.buttons] == [PassOn("task-0001"), Take("task-0001")]
    claiming = replace(with_views(view), intents=(Intent("message-1", Act.CLAIM, "task-0001", True),))
    assert [button.tap for button in wrist.task_page(claiming, view, EN, now=START).buttons] == [None]


def test_a_page_whose_task_was_taken_gives_way_to_the_list() -> None:
    acts = Still(with_views(a_view("task-0001")))
    desk = Desk(acts)
    desk.tap(Go(ShowTask("task-0001")))
    shown = desk.show(EN, now=NOW, local=NOW)
    assert isinstance(shown, Page)
    assert shown.name == "task"
    acts.state = WristState(online=True)
    shown = desk.show(EN, now=NOW, local=NOW)
    assert isinstance(shown, Page)
    assert shown.name == "list"
    assert desk.route == ShowList()
    desk.tap(GoBack())
    assert isinstance(desk.show(EN, now=NOW, local=NOW), Face)


@pytest.mark.parametrize("language", list(Language))
def test_every_page_is_in_the_advisors_language(language: Language) -> None:
    texts = load_catalogue(language)
    for scene in scenes(language):
        desk = Desk(Still(scene.state))
        desk.route = scene.route
        shown = desk.show(texts, now=NOW, local=NOW)
        assert shown.name
        if isinstance(shown, Page):
            assert shown.title
            assert not re.search(r"[{}]", f"{shown.caption}{shown.title}{[button.label for button in shown.buttons]}")
