"""What the advisor taps in a talk: who may, what it does to the plan, what survives and what learning hears of it."""

from __future__ import annotations

import pytest

from contracts import ErrorCode
from contracts.session import BindDevice, StreamPosition, UnbindDevice
from contracts.visits import (
    ClaimTask,
    Consent,
    GiveFeedback,
    Outcome,
    Stance,
    StartTalk,
    TapSignal,
    TaskState,
    TaskUpdated,
    TaskView,
)
from hub.learning.store import log_after
from hub.visits import store
from models.feedback import Shown
from models.policy import Funnel
from tests.unit.hub.rig import Rig, acked

pytestmark = pytest.mark.req("W-10", "W-12")


def held(rig: Rig, *devices: str) -> str:
    rig.bind("main", *(devices or ("watch-ada", "watch-ben")))
    task = rig.walk_in("kiosk-main", "A001", "c-ann")
    rig.accept("watch-ada", ClaimTask(task_id=task))
    return task


def demand_of(rig: Rig, task: str) -> Funnel:
    return rig.hub.engine.run(lambda unit: store.load_demand(unit, task))[0]


def view(rig: Rig, device: str, task: str) -> TaskView:
    return rig.wrist(device).tasks[task]


def codes(view: TaskView) -> list[str]:
    return [product.code for product in view.plan.products]


def tap(task: str, product: str, stance: Stance = Stance.REFUSAL) -> TapSignal:
    return TapSignal(task_id=task, product=product, stance=stance)


@pytest.mark.parametrize("talking", [False, True])
def test_a_tap_ranks_the_plan_anew_and_all_devices_of_the_holder_hear_it(rig: Rig, talking: bool) -> None:
    task = held(rig, "watch-ada", "band-ada", "watch-ben")
    if talking:
        rig.accept("watch-ada", StartTalk(task_id=task, consent=Consent.REFUSED))
    first, second = codes(view(rig, "watch-ada", task))[:2]
    told = rig.accept("watch-ada", tap(task, first))
    assert sorted(one.device for one in told if isinstance(one.message, TaskUpdated)) == ["band-ada", "watch-ada"]
    for device in ("watch-ada", "band-ada"):
        plan = view(rig, device, task).plan
        assert first not in codes(view(rig, device, task))
        assert plan.products[0].code == second
        assert plan.moves[0].why.code == "other_refusal"
        assert view(rig, device, task).state is (TaskState.TALKING if talking else TaskState.HELD)


def test_a_tap_that_says_nothing_new_is_told_all_the_same_and_a_repetition_to_nobody(rig: Rig) -> None:
    task = held(rig)
    letter = rig.letter("watch-ada", tap(task, "mortgage", Stance.INTEREST))
    rig.deliver(letter)
    before, story = rig.tables()["tasks"], rig.tables()["visit_log"]
    plan = view(rig, "watch-ada", task).plan
    told = rig.deliver(letter)
    assert len(acked(told)) == len(told) == 1
    told = rig.deliver(rig.letter("watch-ada", tap(task, "mortgage", Stance.INTEREST)))
    assert len(acked(told)) == 1
    (update,) = (one.message for one in told if isinstance(one.message, TaskUpdated))
    assert update.task.plan == plan, "else the wrist counts its own tap on top of the hub's until the next update"
    assert rig.tables()["visit_log"] == story
    assert rig.tables()["tasks"] == before


def test_who_may_not_tap_is_told_why(rig: Rig) -> None:
    task = held(rig)
    assert rig.refuse("watch-ben", tap(task, "mortgage")) is ErrorCode.TASK_NOT_HELD
    assert rig.refuse("watch-cho", tap(task, "mortgage")) is ErrorCode.TASK_NOT_OFFERED
    assert rig.refuse("watch-ada", tap("task-unknown", "mortgage")) is ErrorCode.TASK_NOT_OFFERED
    assert rig.refuse("watch-ada", tap(task, "moon_bond")) is ErrorCode.UNKNOWN_PRODUCT
    assert rig.refuse("kiosk-main", tap(task, "mortgage")) is ErrorCode.WRONG_KIND
    rig.accept("watch-ada", GiveFeedback(task_id=task, outcome=Outcome.FAILURE))
    assert rig.refuse("watch-ada", tap(task, "mortgage")) is ErrorCode.TASK_CLOSED


def test_taps_survive_a_restart_and_the_whole_state_shows_the_same_plan(rig: Rig, database_url: str) -> None:
    task = held(rig)
    first = codes(view(rig, "watch-ada", task))[0]
    rig.accept("watch-ada", tap(task, first))
    shown = view(rig, "watch-ada", task)
    again = Rig(database_url, run=2, clock=rig.clock)
    again.ids = rig.ids
    again.report("watch-ada", StreamPosition(epoch="another-run", revision=7))
    assert view(again, "watch-ada", task) == shown
    again.accept("watch-ada", tap(task, first, Stance.NONE))
    assert codes(view(again, "watch-ada", task))[0] == first
    again.close()


def test_the_story_has_every_tap(rig: Rig) -> None:
    task = held(rig)
    rig.accept("watch-ada", tap(task, "mortgage", Stance.INTEREST))
    rig.accept("watch-ada", tap(task, "mortgage", Stance.NONE))
    log = rig.hub.engine.run(lambda unit: store.story(unit, task))[0]
    said = [(entry.device, entry.detail) for entry in log if entry.kind == "signal"]
    assert said == [("watch-ada", "mortgage interest"), ("watch-ada", "mortgage none")]


@pytest.mark.req("W-16")
def test_learning_hears_of_the_plan_as_it_was_offered_with_its_propensities(rig: Rig) -> None:
    task = held(rig)
    offered = demand_of(rig, task)
    for product in codes(view(rig, "watch-ada", task))[:2]:
        rig.accept("watch-ada", tap(task, product))
    assert not {product.code for product in offered.shown[:2]} & set(codes(view(rig, "watch-ada", task)))
    third = offered.shown[2].code
    rig.accept("watch-ada", GiveFeedback(task_id=task, outcome=Outcome.SUCCESS, products=(third,)))
    assert demand_of(rig, task) == offered
    [logged] = rig.hub.engine.run(lambda unit: log_after(unit, 0, 10))[0]
    assert logged.observation.offered == offered.offered
    assert logged.observation.shown == tuple(Shown(product.code, product.propensity) for product in offered.shown)


@pytest.mark.req("W-02")
@pytest.mark.parametrize("leave", [UnbindDevice(), BindDevice(branch="yard")])
def test_handing_over_a_shift_gives_held_and_talking_tasks_back_to_the_branch(
    rig: Rig, leave: UnbindDevice | BindDevice
) -> None:
    talking = held(rig, "watch-ada")
    rig.accept("watch-ada", StartTalk(task_id=talking, consent=Consent.GRANTED))
    waiting = rig.walk_in("kiosk-main", "A002", "c-wang")
    rig.accept("watch-ada", ClaimTask(task_id=waiting))
    first = codes(view(rig, "watch-ada", talking))[0]
    rig.accept("watch-ada", tap(talking, first))
    rig.accept("watch-ada", leave)
    assert rig.wrist("watch-ada").tasks == {}
    rig.bind("main", "watch-ben")
    assert set(rig.wrist("watch-ben").tasks) == {talking, waiting}
    assert {one.state.value for one in rig.tasks()} == {"offered"}
    assert {one.holder for one in rig.tasks()} == {None}
    assert rig.refuse("watch-ada", tap(talking, first)) is ErrorCode.TASK_NOT_HELD
    rig.accept("watch-ben", ClaimTask(task_id=talking))
    assert first not in codes(view(rig, "watch-ben", talking)), "the customer said so, whoever asks"
    assert view(rig, "watch-ben", talking).plan.moves == ()
