"""The call, the list, and a task with its pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from contracts.fields import Language, Urgency
from contracts.visits import TaskState
from device_agent.core.acts import Act, Intent
from device_agent.core.book import Book
from device_agent.core.calls import Call, CallFate
from device_agent.core.conditions import Conditions, Wrist
from device_agent.presenters import tasks
from device_agent.presenters.desk import Desk
from device_agent.presenters.pages import (
    Bar,
    Button,
    Detail,
    Mark,
    Page,
    Row,
    Sign,
    Tone,
    Words,
)
from device_agent.presenters.routes import (
    EndCall,
    Go,
    Leaf,
    PassOn,
    ShowTask,
    ShowWhy,
    ShowWhyNot,
    Take,
    Unveil,
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
    with_views,
)
from tests.unit.device_agent.fakehub import START, a_view

# The call


@pytest.mark.req("W-07")
def test_a_call_says_who_what_how_long_and_why_with_take_the_likelier() -> None:
    view = a_view("task-0001", urgency=Urgency.URGENT)
    state = replace(with_views(view), calls=(CALLED,))
    page = page_by(desk_over(state), START + timedelta(minutes=4))
    assert (page.name, page.title, page.urgent) == ("alert", "W* Ming", True)
    assert page.mark == Mark(Sign.WARNING, "Urgent·4 min", Tone.WARN)
    assert of_kind(page, Words)[0].text == "A001·Loan"
    bar = of_kind(page, Bar)[0]
    assert (bar.label, bar.percent, bar.reason, bar.lead) == ("Car insurance", "62%", "Saves every month", True)
    assert [(b.tap, b.tone) for b in page.buttons] == [
        (PassOn("task-0001"), Tone.CALM),
        (Take("task-0001"), Tone.ACCENT),
    ]
    assert page.back == EndCall("task-0001")


def test_an_ordinary_call_lights_no_edge_and_one_without_a_plan_is_still_shown() -> None:
    view = msgspec.structs.replace(a_view("task-0001"), plan=msgspec.structs.replace(a_view("t-1").plan, products=()))
    page = page_by(desk_over(replace(with_views(view), calls=(CALLED,))))
    assert not page.urgent
    assert page.mark == Mark(Sign.CLOCK, "just now", Tone.CALM)
    assert of_kind(page, Bar) == []


def test_a_booked_visit_says_so() -> None:
    view = msgspec.structs.replace(a_view("task-0001"), booked=True)
    page = page_by(desk_over(replace(with_views(view), calls=(CALLED,))))
    assert page.mark is not None
    assert page.mark.text == "Booked·just now"


@pytest.mark.req("W-06")
@pytest.mark.parametrize(
    ("fate", "by", "title"),
    [
        (CallFate.TAKEN, "Lee", "Taken by Lee"),
        (CallFate.EXPIRED, "", "No longer waiting"),
        (CallFate.GONE, "", "No longer for you"),
        (CallFate.OPEN, "", "No longer for you"),  # the task left the book before the call heard of it
    ],
)
def test_a_call_that_is_over_says_what_became_of_it(fate: CallFate, by: str, title: str) -> None:
    call = replace(CALLED, fate=fate, by=by)
    page = page_by(desk_over(replace(WELL, calls=(call,))))
    assert (page.name, page.title, page.caption) == ("alert_over", title, "A001·W* Ming")
    assert page.back == EndCall("task-0001")
    assert [button.tap for button in page.buttons] == [EndCall("task-0001")]
    assert not page.urgent


@pytest.mark.req("W-07")
def test_an_open_call_comes_before_what_is_over_and_the_latest_first() -> None:
    first, second = a_view("task-0001"), a_view("task-0002")
    over = Call("task-0003", "A003", "X", CallFate.TAKEN, START, "Lee")
    calls = (CALLED, replace(CALLED, task="task-0002", number="A002"), over)
    state = replace(with_views(first, second), calls=calls)
    assert page_by(desk_over(state)).back == EndCall("task-0002")
    assert page_by(desk_over(replace(state, calls=(CALLED, over)))).back == EndCall("task-0001")
    assert page_by(desk_over(replace(state, calls=(over,)))).name == "alert_over"


@pytest.mark.parametrize(
    ("act", "words"), [(Act.CLAIM, "Taking..."), (Act.PASS, "Passing..."), (Act.FEEDBACK, "Sending...")]
)
def test_what_is_under_way_takes_no_second_tap(act: Act, words: str) -> None:
    view = a_view("task-0001")
    state = replace(with_views(view), intents=(Intent("m", act, "task-0001", True),), calls=(CALLED,))
    assert page_by(desk_over(state)).buttons == (Button("wait", words, Tone.CALM, None),)


# The list and the task


@pytest.mark.req("W-08")
def test_the_list_is_urgent_first_then_newest_then_done() -> None:
    urgent = a_view("task-0001", urgency=Urgency.URGENT)
    done = a_view("task-0002", state=TaskState.DONE, minute=5)
    scored = msgspec.structs.replace(a_view("task-0005", state=TaskState.DONE, minute=1), match_score=0.6)
    held = a_view("task-0004", state=TaskState.HELD, minute=1)
    state = with_views(done, held, a_view("task-0003", minute=2), scored, urgent)
    page = tasks.task_list(state, EN, now=START + timedelta(minutes=7))
    assert [(row.name, row.title, row.detail, row.aside, row.tone) for row in of_kind(page, Row)] == [
        ("task-0001", "W* Ming", "Urgent·A001·Loan", "7 min", Tone.WARN),
        ("task-0003", "W* Ming", "A003·Loan", "5 min", Tone.CALM),
        ("task-0004", "W* Ming", "A004·Loan", "6 min", Tone.ACCENT),
        ("task-0002", "W* Ming", "A002·Loan", "", Tone.CALM),
        ("task-0005", "W* Ming", "A005·Loan", "60%", Tone.CALM),
    ]
    assert [type(block) for block in page.blocks].index(Words) == 3
    assert all(row.tap == Go(ShowTask(row.name)) for row in of_kind(page, Row))


@pytest.mark.req("W-08")
@pytest.mark.parametrize(
    ("seconds", "words"), [(-90, "just now"), (59, "just now"), (60, "1 min"), (3600 * 3, "180 min")]
)
def test_waiting_in_whole_minutes(seconds: int, words: str) -> None:
    assert tasks.waiting(a_view("task-0001"), EN, START + timedelta(seconds=seconds)) == words


def test_the_list_says_when_it_may_be_old_and_what_to_do_when_it_is_empty() -> None:
    offline = replace(WELL, online=False, offline_since=START)
    assert tasks.task_list(offline, EN, now=START + timedelta(seconds=9)).mark == Mark(
        Sign.UNLINKED, "Offline 9 s", Tone.WARN
    )
    page = tasks.task_list(WELL, EN, now=START)
    assert page.mark is None
    assert [words.text for words in of_kind(page, Words)] == ["All done", "Choose a branch"]
    bound = replace(scene("face").state, book=Book())
    assert of_kind(tasks.task_list(bound, EN, now=START), Words)[1].text.startswith("Your wrist tells you")


@pytest.mark.req("W-09")
def test_the_task_page_has_the_top_three_with_the_first_reason_and_what_can_be_done() -> None:
    view = a_view("task-0001")
    page = tasks.task_page(with_views(view), view, EN, now=START)
    assert [(bar.label, bar.percent, bar.reason, bar.lead) for bar in of_kind(page, Bar)] == [
        ("Car insurance", "62%", "Saves every month", True),
        ("Fire insurance", "41%", "Saves every month", False),
        ("Boat insurance", "7%", "", False),
    ]
    assert [bar.tap for bar in of_kind(page, Bar)] == [
        Go(ShowWhy("task-0001", code)) for code in ("car", "fire", "boat")
    ]
    assert button_names(page) == ["pass", "take"]
    for state, buttons in (
        (TaskState.HELD, ["end", "start"]),
        (TaskState.TALKING, ["end"]),
        (TaskState.DONE, []),
    ):
        other = a_view("task-0001", state=state)
        assert button_names(tasks.task_page(with_views(other), other, EN, now=START)) == buttons


@pytest.mark.req("W-05")
def test_what_the_rules_took_out_is_counted_for_all_and_named_for_the_holder() -> None:
    view = a_view("task-0001")
    page = tasks.task_page(with_views(view), view, EN, now=START)
    row = next(row for row in of_kind(page, Row) if row.name == "why_not")
    assert (row.title, row.tap) == ("1 ruled out", None)  # others than the holder hear only how many
    held = scene("why-not")
    view = held.state.book.tasks["task-0002"]
    page = tasks.task_page(held.state, view, EN, now=NOW)
    row = next(row for row in of_kind(page, Row) if row.name == "why_not")
    assert (row.title, row.tap) == ("4 ruled out", Go(ShowWhyNot("task-0002")))
    page = tasks.why_not_page(view, EN, blank=False)
    assert [(row.title, row.detail) for row in of_kind(page, Row)] == [
        ("Growth fund", "Risk rating 2, the product needs 4"),
        ("Gold card", "Has it already"),
    ]
    assert of_kind(page, Words)[-1].text == "and 2 more"


@pytest.mark.req("W-09")
def test_why_has_every_reason_and_says_when_the_product_has_gone() -> None:
    view = scene("why").state.book.tasks["task-0002"]
    page = tasks.why_page(view, "p-0", EN)
    first = view.plan.products[0]
    assert page.title == "Time deposit"
    assert [row.title for row in of_kind(page, Row)] == [reason.text for reason in first.reasons]
    assert len(first.reasons) > 1
    bare = a_view("task-0001")
    assert of_kind(tasks.why_page(bare, "boat", EN), Words)[0].text == "The model gives no single reason."
    gone = tasks.why_page(bare, "yacht", EN)
    assert of_kind(gone, Words)[0].text == "This product is no longer in the plan."
    assert gone.back == Go(ShowTask("task-0001"))


@pytest.mark.req("W-15")
def test_a_done_task_tells_its_score() -> None:
    view = scene("task-done").state.book.tasks["task-0003"]
    page = tasks.task_page(WELL, view, EN, now=NOW)
    assert page.mark == Mark(Sign.CHECK, "A019·match 100%", Tone.ACCENT)
    assert page.buttons == ()


@pytest.mark.req("W-07")
@pytest.mark.parametrize("language", list(Language))
def test_what_is_read_aloud_never_names_the_customer(language: Language) -> None:
    texts = load_catalogue(language)
    for each in scenes(language):
        for view in each.state.book.tasks.values():
            said = tasks.spoken(view, texts, now=NOW)
            assert view.customer_name not in said
            assert view.business_name in said
            for product in view.plan.products:
                assert product.name in said


# Pages about the customer


@pytest.mark.req("W-09")
@pytest.mark.parametrize("leaf", [Leaf.CUSTOMER, Leaf.ASSETS, Leaf.PREFERENCES])
def test_a_customer_page_blanks_after_fifteen_seconds_with_the_wrist_and_opens_by_touch(leaf: Leaf) -> None:
    base = scene("customer").state
    acts = Still(base)
    desk = Desk(acts)
    desk.route = ShowTask("task-0002", leaf)
    later = NOW + timedelta(seconds=15)
    assert is_blank(page_by(desk, NOW))  # nobody touched it yet
    desk.touch(NOW)
    assert not is_blank(page_by(desk, later - timedelta(milliseconds=1)))
    assert is_blank(page_by(desk, later))
    assert is_blank(page_by(desk, NOW))  # a clock that is set back opens nothing
    desk.touch(later)
    assert not is_blank(page_by(desk, later))
    for wrist in (Wrist.DOWN, Wrist.OFF):
        acts.state = replace(base, conditions=Conditions(wrist=wrist))
        assert is_blank(page_by(desk, later))
        acts.state = base
        assert is_blank(page_by(desk, later))  # coming up again opens nothing: a touch does
        desk.touch(later)
        assert not is_blank(page_by(desk, later))


def is_blank(page: Page) -> bool:
    """Whether nothing of the customer is on it, but the way to show it; else there must be something."""
    if of_kind(page, Detail):
        assert button_names(page) == []
        return False
    assert [button.tap for button in page.buttons] == [Unveil()]
    return True


@pytest.mark.req("W-09")
def test_masked_fields_carry_a_lock_and_pages_of_another_are_closed() -> None:
    view = scene("customer").state.book.tasks["task-0002"]
    page = tasks.leaf_page(view, Leaf.CUSTOMER, EN, blank=False)
    assert [(d.label, d.value, d.masked) for d in of_kind(page, Detail)] == [
        ("Name", "J* Park", True),
        ("Customer no.", "…17", True),
        ("Segment", "Affluent", False),
        ("Age", "40–49", False),
    ]
    closed = tasks.leaf_page(a_view("task-0001"), Leaf.CUSTOMER, EN, blank=False)
    assert of_kind(closed, Detail) == []
    assert closed.buttons == ()
    assert closed.leaves is None
    assert view.pages is not None
    bare = msgspec.structs.replace(view, pages=msgspec.structs.replace(view.pages, assets=()))
    assert of_kind(tasks.leaf_page(bare, Leaf.ASSETS, EN, blank=False), Words)[0].text == "Nothing known"
