"""Where taps, swipes, the crown and the button lead, and what they ask of the agent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from contracts.visits import Consent, GiveFeedback, Outcome, Stance, TaskState
from device_agent.core import form as forms
from device_agent.core.acts import DeclineCode, Declined, WristState
from device_agent.core.conditions import Conditions, Storage, Update
from device_agent.core.form import FormMove
from device_agent.core.lock import LockState
from device_agent.core.talk import Hearing, Talk
from device_agent.presenters import steps
from device_agent.presenters.desk import Desk
from device_agent.presenters.pages import Choice, Row
from device_agent.presenters.routes import (
    AnswerQuestion,
    Begin,
    Corner,
    EndCall,
    EndTalk,
    Go,
    GoBack,
    HandOver,
    Know,
    Leaf,
    LeaveBranch,
    LockNow,
    MoveForm,
    PassOn,
    PauseHearing,
    PickBranch,
    PressKey,
    PutAway,
    ReadAloud,
    RemovePin,
    Route,
    Say,
    SendForm,
    ShowCorner,
    ShowFace,
    ShowForm,
    ShowList,
    ShowTask,
    ShowWhy,
    Take,
    Tap,
    TapStance,
    Tick,
    Turn,
    Unlock,
    Unveil,
)
from device_agent.ui.scenes import Still
from models.talk.evidence import About
from tests.unit.device_agent.desks import WELL, of_kind, open_route, page_by, scene, shown_by, with_views
from tests.unit.device_agent.fakehub import START, a_view


class Firm(Still):
    """Declines whatever may be declined."""

    def claim(self, task_id: str) -> Declined:  # type: ignore[override]
        return self._no(f"claim {task_id}")

    def pass_task(self, task_id: str) -> Declined:  # type: ignore[override]
        return self._no(f"pass {task_id}")

    def give_feedback(self, feedback: GiveFeedback) -> Declined:  # type: ignore[override]
        return self._no(f"feedback {feedback.task_id}")

    def _no(self, act: str) -> Declined:
        self.done.append(act)
        return Declined(code=DeclineCode.STORAGE_FULL, detail=act)


class Writer(Still):
    """Keeps the feedback that it is given."""

    def __init__(self, state: WristState) -> None:
        super().__init__(state)
        self.given: list[GiveFeedback] = []

    def give_feedback(self, feedback: GiveFeedback) -> str:
        self.given.append(feedback)
        return super().give_feedback(feedback)


def tapped(state: WristState, *taps: Tap, route: Route | None = None) -> tuple[list[str], Route]:
    """What the taps asked for, and where they led."""
    acts = Still(state)
    desk = Desk(acts)
    desk.route = route or ShowFace()
    for given in taps:
        steps.tap(desk, given)
    return acts.done, desk.route


@pytest.mark.parametrize(
    ("given", "asked", "route"),
    [
        (Go(ShowList()), [], ShowList()),
        (GoBack(), [], ShowFace()),
        (Take("task-0001"), ["claim task-0001"], ShowTask("task-0001")),
        (PassOn("task-0001"), ["pass task-0001"], ShowList()),
        (EndCall("task-0001"), ["end call task-0001"], ShowWhy("task-0001", "car")),
        (Begin("task-0001", Consent.GRANTED), ["talk task-0001 granted"], ShowTask("task-0001")),
        (Begin("task-0001", Consent.REFUSED), ["talk task-0001 refused"], ShowTask("task-0001")),
        (PauseHearing(True), ["pause True"], ShowWhy("task-0001", "car")),
        (TapStance("car", Stance.REFUSAL), ["signal car refusal"], ShowWhy("task-0001", "car")),
        (
            AnswerQuestion(About.CONCEPT, "fund", Stance.REFUSAL),
            ["signal fund refusal concept"],
            ShowWhy("task-0001", "car"),
        ),
        (AnswerQuestion(About.PRODUCT, "car", Stance.NONE), ["signal car none"], ShowWhy("task-0001", "car")),
        (PutAway("m-1"), ["dismiss m-1"], ShowWhy("task-0001", "car")),
        (Unveil(), [], ShowWhy("task-0001", "car")),
        (ReadAloud("A001, Loan"), ["read A001, Loan"], ShowWhy("task-0001", "car")),
        (Say("she wants a loan"), ["say she wants a loan"], ShowWhy("task-0001", "car")),
        (Say("  "), [], ShowWhy("task-0001", "car")),
        (PickBranch("north"), ["bind north"], ShowFace()),
        (LeaveBranch(), ["unbind"], ShowFace()),
        (HandOver(), ["hand over"], ShowFace()),
        (LockNow(), ["lock"], ShowFace()),
        (RemovePin(), ["pin None"], ShowWhy("task-0001", "car")),
        (Unlock(), ["unlock "], ShowWhy("task-0001", "car")),
        (MoveForm(FormMove.NEXT), [], ShowWhy("task-0001", "car")),
        (Tick("car"), [], ShowWhy("task-0001", "car")),
        (SendForm(), [], ShowWhy("task-0001", "car")),
        (PressKey("1"), [], ShowWhy("task-0001", "car")),
        (Know("storage_low"), [], ShowWhy("task-0001", "car")),
        (EndTalk("task-0009"), [], ShowWhy("task-0001", "car")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_where_a_tap_leads(given: Tap, asked: list[str], route: Route) -> None:
    state = with_views(a_view("task-0001"))
    assert tapped(state, given, route=ShowWhy("task-0001", "car")) == (asked, route)


def test_passing_the_only_task_leads_to_the_list_while_it_is_under_way_and_a_decline_stays() -> None:
    state = with_views(a_view("task-0001"))
    assert tapped(state, PassOn("task-0001"), route=ShowTask("task-0001"))[1] == ShowList()
    assert tapped(WELL, PassOn("task-0001"), route=ShowTask("task-0001"))[1] == ShowFace()
    acts = Firm(state)
    desk = Desk(acts)
    desk.route = ShowTask("task-0001")
    steps.tap(desk, PassOn("task-0001"))
    assert open_route(desk) == ShowTask("task-0001")


# Swipes, crown, button


@pytest.mark.parametrize(
    ("given", "route"),
    [
        (Turn.UP, ShowList()),
        (Turn.CROWN_DOWN, ShowList()),
        (Turn.BUTTON, ShowList()),
        (Turn.DOWN, ShowCorner(Corner.SETTINGS)),
        (Turn.CROWN_UP, None),
        (Turn.LEFT, None),
        (Turn.RIGHT, None),
    ],
)
def test_the_face_leads_to_the_list_and_to_the_settings(given: Turn, route: Route | None) -> None:
    desk = Desk(Still(WELL))
    assert steps.turn(desk, given) is (route is not None)
    assert open_route(desk) == (route or ShowFace())


LEAVES = list(Leaf)


@pytest.mark.req("W-09")
@pytest.mark.parametrize("onward", [Turn.LEFT, Turn.CROWN_DOWN, Turn.BUTTON])
@pytest.mark.parametrize("backward", [Turn.RIGHT, Turn.CROWN_UP])
def test_a_swipe_the_crown_and_the_button_turn_the_pages_of_a_task(onward: Turn, backward: Turn) -> None:
    desk = Desk(Still(scene("task-held").state))
    desk.route = ShowTask("task-0002")
    for leaf in LEAVES[1:]:
        assert steps.turn(desk, onward)
        assert open_route(desk) == ShowTask("task-0002", leaf)
    assert steps.turn(desk, onward) is (onward is Turn.BUTTON)  # the button goes round
    desk.route = ShowTask("task-0002", LEAVES[-1])
    for leaf in reversed(LEAVES[:-1]):
        assert steps.turn(desk, backward)
        assert open_route(desk) == ShowTask("task-0002", leaf)
    assert not steps.turn(desk, backward)
    for other in (Turn.UP, Turn.DOWN):
        assert not steps.turn(desk, other)


def test_the_button_on_the_last_page_of_a_task_opens_the_first() -> None:
    desk = Desk(Still(scene("task-held").state))
    desk.route = ShowTask("task-0002", LEAVES[-1])
    assert steps.turn(desk, Turn.BUTTON)
    assert open_route(desk) == ShowTask("task-0002")


@pytest.mark.req("W-09")
@pytest.mark.parametrize("state", [TaskState.OFFERED, TaskState.DONE])
@pytest.mark.parametrize("given", list(Turn))
def test_only_who_holds_the_task_turns_to_the_customer(state: TaskState, given: Turn) -> None:
    desk = Desk(Still(with_views(a_view("task-0001", state=state))))
    desk.route = ShowTask("task-0001")
    assert not steps.turn(desk, given)
    desk.route = ShowTask("task-0009")
    assert not steps.turn(desk, given)


HELD = scene("task-held").state
COVERED = {
    "locked": replace(HELD, lock=LockState(locked=True, has_pin=True)),
    "updating": replace(HELD, conditions=Conditions(update=Update(version="2", share=0.1))),
    "call": scene("alert").state,
    "call that is over": scene("alert-taken").state,
    "notice": scene("notice").state,
    "trouble": replace(HELD, conditions=Conditions(storage=Storage.FULL)),
    "first start": scene("start-language").state,
}


@pytest.mark.parametrize("name", COVERED)
@pytest.mark.parametrize("given", list(Turn))
def test_no_gesture_turns_what_lies_under_another_page(name: str, given: Turn) -> None:
    routes: Sequence[Route] = (ShowFace(), ShowTask("task-0002"), ShowTask("task-0002", Leaf.ASSETS))
    for route in routes[:1] if name == "first start" else routes:
        desk = Desk(Still(COVERED[name]))
        desk.route = route
        shown_by(desk)
        assert not steps.turn(desk, given)
        assert open_route(desk) == route


# The feedback


@pytest.mark.req("W-14")
def test_four_taps_of_feedback() -> None:
    acts = Writer(scene("talk-refused").state)
    desk = Desk(acts)
    desk.route = ShowTask("task-0002")
    end = page_by(desk).buttons[-1]
    assert end.name == "end"
    assert end.tap is not None
    steps.tap(desk, end.tap)
    tap_named(desk, "success")
    tap_named(desk, "p-0")
    tap_named(desk, "next")
    tap_named(desk, "send")
    assert open_route(desk) == ShowList()
    assert acts.given == [
        GiveFeedback(
            task_id="task-0002",
            outcome=Outcome.SUCCESS,
            products=("p-0",),
            preferences=("t-0", "t-2"),
            refused=("p-2",),
        )
    ]


def tap_named(desk: Desk, name: str) -> None:
    page = page_by(desk)
    offered = {button.name: button.tap for button in page.buttons}
    offered |= {block.name: block.tap for block in page.blocks if isinstance(block, Row | Choice)}
    given = offered[name]
    assert given is not None
    steps.tap(desk, given)


@pytest.mark.req("W-14")
def test_taken_then_refused_then_neither_and_a_note() -> None:
    acts = Writer(scene("talk-no-microphone").state)
    desk = Desk(acts)
    steps.tap(desk, EndTalk("task-0002"))
    tap_named(desk, "success")
    page = page_by(desk)
    assert [(button.label, button.tap) for button in page.buttons] == [("None", MoveForm(FormMove.NEXT))]
    for _ in range(2):
        tap_named(desk, "p-1")
    for _ in range(3):
        tap_named(desk, "p-2")
    rows = {row.name: row.detail for row in of_kind(page_by(desk), Row)}
    assert rows == {"p-0": "", "p-1": "refused", "p-2": ""}
    tap_named(desk, "next")
    tap_named(desk, "t-0")  # unticked: it was likely, and not heard
    tap_named(desk, "note")
    assert page_by(desk).entry is not None
    tap_named(desk, "note_offer")
    assert next(row.title for row in of_kind(page_by(desk), Row) if row.name == "note") == "Send an offer"
    tap_named(desk, "note")
    ticked = [row for row in of_kind(page_by(desk), Row) if row.ticked]
    assert [row.name for row in ticked] == ["note_offer"]
    tap_named(desk, "note_offer")  # the same again takes it back
    tap_named(desk, "note")
    steps.tap(desk, Say("  calls again in May "))
    tap_named(desk, "send")
    given = acts.given[0]
    assert (given.products, given.refused, given.preferences) == ((), ("p-1",), ("t-2",))
    assert given.note == "calls again in May"


@pytest.mark.req("W-14")
def test_no_deal_takes_two_taps_and_leads_past_the_products() -> None:
    acts = Writer(with_views(a_view("task-0001", state=TaskState.HELD)))
    desk = Desk(acts)
    steps.tap(desk, EndTalk("task-0001"))
    tap_named(desk, "failure")
    assert page_by(desk).buttons[0].detail == "No deal"
    tap_named(desk, "send")
    assert (acts.given[0].outcome, acts.given[0].products) == (Outcome.FAILURE, ())


def test_back_in_the_form_and_a_form_that_is_declined_stays_filled_in() -> None:
    state = with_views(a_view("task-0001", state=TaskState.HELD))
    desk = Desk(Firm(state))
    steps.tap(desk, EndTalk("task-0001"))
    tap_named(desk, "success")
    tap_named(desk, "car")
    tap_named(desk, "next")
    filled = desk.route
    tap_named(desk, "send")
    assert page_by(desk).name == "declined"
    tap_named(desk, "ok")
    assert open_route(desk) == filled
    for name, back in (
        ("form_preferences", "form_products"),
        ("form_products", "form_outcome"),
        ("form_outcome", "task"),
    ):
        page = page_by(desk)
        assert page.name == name
        assert page.back is not None
        steps.tap(desk, page.back)
        assert page_by(desk).name == back


@pytest.mark.req("W-14")
def test_a_form_knows_only_what_was_tapped_and_heard_in_its_own_talk() -> None:
    tapped, heard, wanted = {"gold": Stance.REFUSAL}, {"car": Stance.REFUSAL}, ("travel",)
    talk = Talk("task-0002", START, Hearing.LISTENING, stances=tapped, heard=heard, wanted=wanted)
    views = (a_view("task-0001", state=TaskState.HELD), a_view("task-0002", state=TaskState.TALKING))
    acts = Still(replace(with_views(*views), session=talk))
    desk = Desk(acts)
    steps.tap(desk, EndTalk("task-0002"))
    assert open_route(desk) == ShowForm(forms.begin(views[1], tapped, heard=heard, wanted=wanted))
    steps.tap(desk, EndTalk("task-0001"))
    assert open_route(desk) == ShowForm(forms.begin(views[0]))
