"""Which page comes first, the face, and the pages of the device itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from contracts.fields import Language
from contracts.visits import PlannedProduct, TaskState
from device_agent.core import form as forms
from device_agent.core.acts import Act, Intent, Notice, WristState
from device_agent.core.book import Book
from device_agent.core.conditions import Conditions, Storage, Update
from device_agent.core.form import FormMove
from device_agent.core.lock import LockState
from device_agent.core.preferences import Preferences
from device_agent.presenters import face, system
from device_agent.presenters.desk import Desk
from device_agent.presenters.pages import (
    Bar,
    Button,
    Face,
    Mark,
    Pad,
    Page,
    Sign,
    Tone,
    Words,
)
from device_agent.presenters.routes import (
    Go,
    Know,
    Leaf,
    PutAway,
    Route,
    ShowConsent,
    ShowFace,
    ShowForm,
    ShowList,
    ShowTask,
    ShowWhy,
    ShowWhyNot,
)
from device_agent.texts import load_catalogue
from device_agent.ui.scenes import NOW, Still, scenes
from tests.unit.device_agent.desks import (
    CALLED,
    EN,
    WELL,
    button_names,
    desk_over,
    of_kind,
    page_by,
    scene,
    shown_by,
    with_views,
)
from tests.unit.device_agent.fakehub import START, a_view


def troubled(**layers: object) -> WristState:
    """Everything at once: an update, a lock, a notice, a trouble, a call, a first start."""
    state = replace(
        with_views(a_view("task-0001")),
        preferences=Preferences(),
        conditions=Conditions(update=Update(version="2", share=0.5), storage=Storage.FULL),
        lock=LockState(locked=True, has_pin=True),
        notices=(Notice("m-1", "task_not_offered", "task-0001", START),),
        calls=(CALLED,),
    )
    return replace(state, **layers)  # type: ignore[arg-type]


def test_the_device_comes_first_then_the_call_then_the_advisors_own_way() -> None:
    layers: list[tuple[str, dict[str, object]]] = [
        ("updating", {}),
        ("locked", {"conditions": Conditions(storage=Storage.FULL)}),
        ("notice", {"lock": LockState()}),
        ("storage_full", {"notices": ()}),
        ("alert", {"conditions": Conditions()}),
        ("start", {"calls": ()}),
        ("branches", {"preferences": Preferences(language=Language.EN)}),
        ("face", {"preferences": Preferences(begun=True)}),
    ]
    gone: dict[str, object] = {}
    for name, layer in layers:
        gone |= layer
        assert shown_by(desk_over(troubled(**gone))).name == name


def test_a_bound_device_starts_with_its_face_and_a_way_already_taken_is_kept() -> None:
    state = replace(scene("face").state, preferences=Preferences())
    assert shown_by(desk_over(state)).name == "face"
    assert shown_by(desk_over(replace(WELL, preferences=Preferences()), ShowList())).name == "list"


@pytest.mark.parametrize("told", [True, False], ids=["the command line told a language", "nobody told one"])
def test_the_first_start_asks_for_a_language_only_where_none_is_told(told: bool) -> None:
    desk = Desk(Still(replace(WELL, preferences=Preferences())), asks_language=not told)
    assert shown_by(desk).name == ("branches" if told else "start")


def test_the_first_start_has_no_way_back_and_marks_no_language() -> None:
    page = page_by(desk_over(scene("start-language").state))
    assert page.back is None
    assert [block.label for block in page.blocks] == ["English", "中文", "한국어"]  # type: ignore[union-attr]
    assert all(block.sign is None and block.tone is Tone.CALM for block in page.blocks)  # type: ignore[union-attr]
    assert page_by(desk_over(scene("start-branch").state)).back is None


@pytest.mark.req("W-07")
@pytest.mark.parametrize(
    "route",
    [
        ShowConsent("task-0001"),
        ShowForm(forms.begin(a_view("task-0001"))),
        ShowForm(forms.begin(a_view("task-0001")), noting=True),
    ],
    ids=["consent", "form", "note"],
)
def test_no_call_and_no_trouble_comes_between_consent_or_form(route: Route) -> None:
    call = replace(CALLED, task="task-0002")
    state = replace(
        with_views(a_view("task-0001", state=TaskState.HELD), a_view("task-0002")),
        calls=(call,),
        conditions=Conditions(battery_percent=3),
    )
    desk = desk_over(state, route)
    assert shown_by(desk).name.startswith(("consent", "form_"))
    desk.route = ShowList()
    assert shown_by(desk).name == "battery_low"
    desk.know("battery_low")
    assert shown_by(desk).name == "alert"


@pytest.mark.req("W-07")
def test_no_call_and_no_trouble_comes_into_a_talk() -> None:
    talking = a_view("task-0001", state=TaskState.TALKING)
    state = replace(
        with_views(talking, a_view("task-0002")),
        calls=(replace(CALLED, task="task-0002"),),
        conditions=Conditions(storage=Storage.FULL),
    )
    for route in (ShowTask("task-0001"), ShowList(), ShowFace()):
        assert shown_by(desk_over(state, route)).name in ("talk", "list", "face")
    assert desk_over(state).call(state) is None
    ended = replace(state, intents=(Intent("m", Act.FEEDBACK, "task-0001", True),), conditions=Conditions())
    assert shown_by(desk_over(ended)).name == "alert"


def test_a_trouble_that_was_read_is_quiet_until_it_comes_back() -> None:
    acts = Still(replace(WELL, conditions=Conditions(storage=Storage.LOW, battery_percent=3)))
    desk = Desk(acts)
    assert shown_by(desk).name == "battery_low"  # the first of two
    desk.know("battery_low")
    page = page_by(desk)
    assert page.name == "storage_low"
    assert page.back == Know("storage_low")
    assert [button.tap for button in page.buttons] == [Know("storage_low")]
    desk.know("storage_low")
    shown = shown_by(desk)
    assert isinstance(shown, Face)
    assert shown.banner == Mark(Sign.BATTERY, "Battery low", Tone.WARN)
    acts.state = replace(WELL, conditions=Conditions(battery_percent=90))
    assert shown_by(desk).name == "face"
    acts.state = replace(WELL, conditions=Conditions(battery_percent=14))
    assert shown_by(desk).name == "battery_low"


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        (Conditions(), []),
        (Conditions(battery_percent=16), []),
        (Conditions(battery_percent=15), ["battery_low"]),
        (Conditions(battery_percent=1, charging=True), []),
        (Conditions(storage=Storage.LOW), ["storage_low"]),
        (Conditions(certificate_ends=START + timedelta(days=7, seconds=1)), []),
        (Conditions(certificate_ends=START + timedelta(days=7)), ["certificate_ending"]),
        (Conditions(certificate_ends=START + timedelta(seconds=1)), ["certificate_ending"]),
        (Conditions(certificate_ends=START), ["certificate_expired"]),
        (
            Conditions(battery_percent=1, storage=Storage.FULL, certificate_ends=START - timedelta(days=1)),
            ["certificate_expired", "storage_full", "battery_low"],
        ),
    ],
)
def test_what_is_wrong_with_the_device_the_gravest_first(conditions: Conditions, found: Sequence[str]) -> None:
    assert [trouble.name for trouble in face.troubles(conditions, START)] == list(found)


# The face


@pytest.mark.req("W-01")
@pytest.mark.parametrize(
    ("seconds", "words", "tone"),
    [
        (-5, "Connecting", Tone.CALM),
        (0, "Connecting", Tone.CALM),
        (2.9, "Connecting", Tone.CALM),
        (3, "Offline 3 s", Tone.WARN),
        (119, "Offline 119 s", Tone.WARN),
        (120, "Offline 2 min", Tone.WARN),
        (3601, "Offline 60 min", Tone.WARN),
    ],
)
def test_the_link_in_words(seconds: float, words: str, tone: Tone) -> None:
    state = WristState(online=False, offline_since=START)
    mark = face.link_mark(state, EN, START + timedelta(seconds=seconds))
    assert mark == Mark(Sign.UNLINKED, words, tone)
    online = face.link_mark(replace(state, online=True), EN, START)
    assert online == Mark(Sign.LINKED, "Online", Tone.ACCENT)
    never = face.link_mark(WristState(), EN, START)
    assert never == Mark(Sign.UNLINKED, "Connecting", Tone.CALM)


@pytest.mark.req("W-08")
def test_the_face_counts_unfinished_tasks_without_those_being_passed_on() -> None:
    state = with_views(
        a_view("task-0001"),
        a_view("task-0002", state=TaskState.HELD, minute=3),
        a_view("task-0003", state=TaskState.DONE),
        a_view("task-0004"),
    )
    state = replace(state, intents=(Intent("m", Act.PASS, "task-0004", True),))
    shown = face.face(state, EN, now=START + timedelta(minutes=9), local=START)
    assert shown.badge == 2
    assert shown.pill == Button("pill", "2 open", Tone.ACCENT, Go(ShowList()), "waiting 9 min")


def test_the_big_button_says_what_is_likeliest() -> None:
    def pill(state: WristState) -> Button:
        return face.face(state, EN, now=START, local=START).pill

    assert pill(with_views(a_view("task-0001"))).detail == ""  # came just now
    unbound = pill(WELL)
    assert unbound.label == "Choose a branch"
    assert unbound.tap != Go(ShowList())
    bound = replace(scene("face").state, book=Book())
    assert (pill(bound).label, pill(bound).tone) == ("No one waiting", Tone.CALM)
    talking = pill(with_views(a_view("task-0001", state=TaskState.TALKING)))
    assert (talking.label, talking.detail) == ("In talk", "W* Ming")


def test_the_face_tells_time_battery_and_silence() -> None:
    state = replace(WELL, conditions=Conditions(battery_percent=15), preferences=Preferences(begun=True, quiet=True))
    local = datetime(2026, 1, 4, 7, 5, tzinfo=UTC)  # a Sunday
    shown = face.face(state, EN, now=START, local=local)
    assert (shown.clock, shown.date) == ("07:05", "Sun 4 Jan")
    assert shown.battery == Mark(Sign.BATTERY, "15%", Tone.WARN)
    assert shown.quiet is not None
    assert shown.quiet.sign is Sign.BELL_OFF
    plain = face.face(WELL, EN, now=START, local=local)
    assert (plain.battery, plain.quiet, plain.banner, plain.branch) == (None, None, None, "")


# The device itself


@pytest.mark.parametrize(
    ("lock", "mark", "takes"),
    [
        (LockState(locked=True, has_pin=True), Mark(Sign.LOCK, "Locked", Tone.CALM), True),
        (LockState(locked=True, has_pin=True, tries_left=1), Mark(Sign.WARNING, "1 try left", Tone.WARN), True),
        (
            LockState(locked=True, has_pin=True, tries_left=0, wait_until=START + timedelta(seconds=29)),
            Mark(Sign.CLOCK, "Wait 30 s", Tone.WARN),
            False,
        ),
        (
            LockState(locked=True, has_pin=True, tries_left=1, wait_until=START),
            Mark(Sign.WARNING, "1 try left", Tone.WARN),
            True,
        ),
    ],
)
def test_a_locked_device_asks_for_its_code_and_tells_nothing(lock: LockState, mark: Mark, takes: bool) -> None:
    page = system.lock_page(lock, 3, EN, now=START, clock="09:41")
    assert page.mark == mark
    assert page.blocks == (Pad(3, 4, open=takes),)
    assert (page.back, page.buttons) == (None, ())
    state = replace(with_views(a_view("task-0001")), lock=lock, calls=(CALLED,))
    assert "Ming" not in repr(shown_by(desk_over(state)))


def test_a_locked_device_without_a_code_opens_by_a_tap() -> None:
    page = page_by(desk_over(replace(WELL, lock=LockState(locked=True))), datetime(2026, 1, 4, 7, 5, tzinfo=UTC))
    assert (page.caption, button_names(page)) == ("07:05", ["unlock"])


@pytest.mark.req("W-06")
def test_a_refusal_names_the_customer_and_is_put_away() -> None:
    notice = Notice("m-1", "task_not_offered", "task-0001", START)
    page = page_by(desk_over(replace(with_views(a_view("task-0001")), notices=(notice,))))
    assert (page.caption, page.back) == ("W* Ming", PutAway("m-1"))
    assert of_kind(page, Words)[0].text == "This visit is no longer yours to take."
    unknown = replace(notice, code="no_words_for_this", task=None)
    page = page_by(desk_over(replace(WELL, notices=(unknown, notice))))
    assert page.caption == ""
    assert "no_words_for_this" in of_kind(page, Words)[0].text


# All of them


def test_a_page_whose_task_was_taken_gives_way_to_the_list() -> None:
    view = a_view("task-0001", state=TaskState.HELD)
    form = forms.move(forms.begin(view), FormMove.SUCCEEDED)
    routes: list[Route] = [ShowTask("task-0001", leaf) for leaf in Leaf]
    routes += [ShowWhy("task-0001", "car"), ShowWhyNot("task-0001"), ShowConsent("task-0001"), ShowForm(form)]
    for route in routes:
        acts = Still(with_views(view))
        desk = Desk(acts)
        desk.route = route
        assert shown_by(desk).name != "list"
        acts.state = WELL
        assert shown_by(desk).name == "list"
        assert desk.route == ShowList()


@pytest.mark.parametrize("language", list(Language))
def test_every_page_is_in_the_advisors_language(language: Language) -> None:
    texts = load_catalogue(language)
    names = set()
    for each in scenes(language):
        desk = desk_over(each.state, each.route)
        desk.touch(each.touched)
        shown = desk.show(texts, now=NOW, local=NOW)
        names.add(shown.name)
        said = repr(shown)
        assert not re.search(r"[{}]|⁨", said), each.name
        if language is Language.KO:
            assert re.search(r"[가-힣]", said) or shown.name in ("locked", "updating"), each.name
        if isinstance(shown, Page):
            assert len(shown.buttons) <= 2
            assert all(button.label for button in shown.buttons)
            assert shown.title or shown.caption or shown.mark
    assert len(names) > 30


def test_a_product_without_a_reason_has_none_on_the_call() -> None:
    bare = PlannedProduct(code="x", name="X", probability=0.505)
    view = msgspec.structs.replace(
        a_view("task-0001"), plan=msgspec.structs.replace(a_view("t-1").plan, products=(bare,))
    )
    bar = of_kind(page_by(desk_over(replace(with_views(view), calls=(CALLED,)))), Bar)[0]
    assert (bar.reason, bar.percent) == ("", "50%")
