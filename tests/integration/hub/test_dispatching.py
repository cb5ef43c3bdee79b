"""Dispatch, escalation, passing and the race of claims through the whole hub (W-06), on both databases."""

from itertools import permutations

import pytest

from contracts import ErrorCode
from contracts.session import UnbindDevice
from contracts.visits import ClaimTask, PassTask, TaskClaimed, TaskState, TaskWithdrawn, WithdrawReason
from hub.visits import store
from hub.visits.model import Step
from tests.unit.hub.rig import Rig, acked, refusals

pytestmark = pytest.mark.req("W-06")


def step_of(rig: Rig, task: str) -> Step:
    found = rig.hub.engine.run(lambda unit: store.load_task(unit, task))[0]
    assert found is not None
    return found.step


def kinds(rig: Rig, task: str) -> list[str]:
    return [entry.kind for entry in rig.hub.engine.run(lambda unit: store.story(unit, task))[0]]


def test_broadcast_offers_to_all_bound_devices_and_the_first_claim_has_it(rig: Rig) -> None:
    rig.bind("main", "watch-ada", "band-ada", "watch-ben", "watch-cho")
    task = rig.walk_in("kiosk-main", "A001", "c-ann")
    assert rig.holders_of(task) == {"watch-ada", "band-ada", "watch-ben", "watch-cho"}
    told = rig.accept("watch-ben", ClaimTask(task_id=task))
    claims = {one.device: one.message for one in told if isinstance(one.message, TaskClaimed)}
    assert set(claims) == {"watch-ada", "band-ada", "watch-ben", "watch-cho"}
    assert {claimed.holder for claimed in claims.values()} == {"ben"}
    assert [device for device, claimed in claims.items() if claimed.task is not None] == ["watch-ben"]
    assert rig.holders_of(task) == {"watch-ben"}
    assert rig.wrist("watch-ben").tasks[task].state is TaskState.HELD


@pytest.mark.parametrize("order", list(permutations(["watch-ada", "watch-ben", "watch-cho"])))
def test_a_race_of_claims_in_one_batch_has_one_winner(rig: Rig, order: tuple[str, ...]) -> None:
    rig.bind("main", *order)
    task = rig.walk_in("kiosk-main", "A001", "c-ann")
    letters = [rig.letter(device, ClaimTask(task_id=task)) for device in order]
    told = rig.deliver(*letters)
    assert not refusals(told)
    assert len(acked(told)) == 3
    assert rig.holders_of(task) == {order[0]}
    winner = order[0].removeprefix("watch-")
    assert {one.message.holder for one in told if isinstance(one.message, TaskClaimed)} == {winner}
    assert rig.deliver(*reversed(letters))
    assert rig.holders_of(task) == {order[0]}
    assert kinds(rig, task) == ["offered", "claimed", "claim_lost", "claim_lost"]


def test_a_claim_that_comes_too_late_hears_who_holds_it(rig: Rig) -> None:
    rig.bind("main", "watch-ada", "watch-ben")
    task = rig.walk_in("kiosk-main", "A001", "c-ann")
    rig.accept("watch-ada", ClaimTask(task_id=task))
    told = rig.accept("watch-ben", ClaimTask(task_id=task))
    [lost] = [one for one in told if isinstance(one.message, TaskClaimed)]
    assert lost.device == "watch-ben"
    assert isinstance(lost.message, TaskClaimed)
    assert (lost.message.holder, lost.message.task) == ("ada", None)


def test_a_second_wearable_of_the_advisor_who_is_asked_is_offered_the_task_too(rig: Rig) -> None:
    rig.bind("river", "watch-ada", "watch-ben")
    task = rig.walk_in("kiosk-river", "A001", "c-ann")
    [asked] = rig.holders_of(task)
    assert asked == "watch-ada", "ann is ada's"
    rig.bind("river", "band-ada")
    assert rig.holders_of(task) == {"watch-ada", "band-ada"}


@pytest.mark.req("W-06")
def test_relationship_asks_the_customers_own_advisor_first_then_escalates_by_time(rig: Rig) -> None:
    rig.bind("river", "watch-ada", "watch-ben", "watch-cho")
    busy = rig.walk_in("kiosk-river", "A000", "c-001")
    rig.tick(20)
    rig.accept("watch-ada", ClaimTask(task_id=busy))
    task = rig.walk_in("kiosk-river", "A001", "c-wang")
    assert rig.holders_of(task) == {"watch-ben"}, "wang is ben's"
    rig.tick(19.9)
    assert step_of(rig, task) is Step.FIRST
    told = rig.tick(0.1)
    assert step_of(rig, task) is Step.NEXT
    assert rig.holders_of(task) == {"watch-cho"}, "the least busy other one"
    [withdrawn] = [one for one in told if isinstance(one.message, TaskWithdrawn)]
    assert isinstance(withdrawn.message, TaskWithdrawn)
    assert (withdrawn.device, withdrawn.message.reason) == ("watch-ben", WithdrawReason.PASSED_ON)
    assert rig.refuse("watch-ben", ClaimTask(task_id=task)) is ErrorCode.TASK_NOT_OFFERED
    rig.tick(20)
    assert step_of(rig, task) is Step.ALL
    assert rig.holders_of(task) == {"watch-ada", "watch-ben", "watch-cho"}
    rig.tick(20)
    assert step_of(rig, task) is Step.MANAGER
    assert rig.metric("usher_tasks_total", change="escalated_manager") == 1
    assert rig.tick(20) == []
    rig.accept("watch-ben", ClaimTask(task_id=task))
    assert rig.holders_of(task) == {"watch-ben"}


def test_balanced_asks_the_least_busy_with_the_skill_then_another(rig: Rig) -> None:
    rig.bind("yard", "watch-ada", "watch-dov")
    first = rig.walk_in("kiosk-yard", "A001", "c-001", business="cash")
    assert rig.holders_of(first) == {"watch-ada"}, "dov only does loans"
    rig.accept("watch-ada", ClaimTask(task_id=first))
    second = rig.walk_in("kiosk-yard", "A002", "c-002", business="loan")
    assert rig.holders_of(second) == {"watch-dov"}, "ada is busy"
    rig.tick(20)
    assert rig.holders_of(second) == {"watch-ada"}, "the next is another one"
    rig.tick(20)
    assert rig.holders_of(second) == {"watch-ada", "watch-dov"}


def test_who_passes_is_left_out_and_the_next_is_asked_at_once(rig: Rig) -> None:
    rig.bind("yard", "watch-ada", "band-ada", "watch-ben", "watch-cho")
    task = rig.walk_in("kiosk-yard", "A001", "c-001")
    assert rig.holders_of(task) == {"watch-ada", "band-ada"}
    rig.accept("band-ada", PassTask(task_id=task))
    assert rig.holders_of(task) == {"watch-ben"}
    rig.accept("watch-ben", PassTask(task_id=task))
    assert rig.holders_of(task) == {"watch-cho"}, "all, but those who passed"
    rig.accept("watch-cho", PassTask(task_id=task))
    assert rig.holders_of(task) == set()
    assert step_of(rig, task) is Step.MANAGER
    rig.bind("main", "watch-ada")
    rig.bind("yard", "watch-ada")
    assert rig.holders_of(task) == set(), "who passed is not asked again"
    rig.bind("yard", "watch-dov")
    assert rig.holders_of(task) == {"watch-dov"}
    rig.accept("watch-dov", ClaimTask(task_id=task))
    assert rig.refuse("watch-ada", PassTask(task_id=task)) is ErrorCode.TASK_CLOSED


def test_a_task_with_nobody_there_waits_for_the_first_who_comes(rig: Rig) -> None:
    task = rig.walk_in("kiosk-yard", "A001", "c-001")
    assert step_of(rig, task) is Step.ALL
    rig.bind("yard", "watch-cho")
    assert rig.holders_of(task) == {"watch-cho"}
    rig.accept("watch-cho", ClaimTask(task_id=task))
    assert rig.holders_of(task) == {"watch-cho"}


def test_the_only_one_asked_leaves_and_the_next_is_asked_at_once(rig: Rig) -> None:
    rig.bind("yard", "watch-ada", "watch-ben")
    task = rig.walk_in("kiosk-yard", "A001", "c-001")
    assert rig.holders_of(task) == {"watch-ada"}
    rig.accept("watch-ada", UnbindDevice())
    assert rig.holders_of(task) == {"watch-ben"}


def test_a_held_task_does_not_escalate_and_expires_in_its_own_time(rig: Rig) -> None:
    rig.bind("main", "watch-ada", "watch-ben")
    task = rig.walk_in("kiosk-main", "A001", "c-ann")
    rig.accept("watch-ada", ClaimTask(task_id=task))
    assert rig.tick(3599.9995) == [], "not a hair too early, and nobody else is offered it"
    assert rig.holders_of(task) == {"watch-ada"}
    rig.tick(0.001)
    assert rig.holders_of(task) == set()


def test_a_claim_by_an_unbound_or_never_asked_device_is_refused(rig: Rig) -> None:
    rig.bind("main", "watch-ada")
    task = rig.walk_in("kiosk-main", "A001", "c-ann")
    assert rig.refuse("watch-ben", ClaimTask(task_id=task)) is ErrorCode.TASK_NOT_OFFERED
    assert rig.refuse("watch-ada", ClaimTask(task_id="no-such-task")) is ErrorCode.TASK_NOT_OFFERED
    assert rig.refuse("watch-ben", PassTask(task_id=task)) is ErrorCode.TASK_NOT_OFFERED
