"""Binding a device to a branch (W-02), on both databases."""

import msgspec
import pytest
from sqlalchemy import select

from contracts import ErrorCode
from contracts.session import BindDevice, DeviceBound, UnbindDevice
from contracts.visits import ClaimTask, GiveFeedback, Outcome, PassTask, TasksSynced, TaskWithdrawn, WithdrawReason
from hub.errors import ProvisioningError
from hub.fleet.store import Registry, binding_audit
from hub.kernel import Advisor, Branch, Device
from tests.unit.hub.rig import NINE, REGISTRY, Rig, refusals


def audit(rig: Rig) -> list[tuple[str, str, str]]:
    with rig.storage.reading() as connection:
        rows = connection.execute(
            select(binding_audit.c.device, binding_audit.c.branch, binding_audit.c.change).order_by(binding_audit.c.seq)
        )
        return [(str(device), str(branch), str(change)) for device, branch, change in rows]


@pytest.mark.req("W-02")
def test_a_device_is_bound_confirmed_and_audited(rig: Rig) -> None:
    told = rig.accept("watch-ada", BindDevice(branch="main"))
    [bound] = [one.message for one in told if isinstance(one.message, DeviceBound)]
    assert bound.binding is not None
    assert (bound.binding.branch, bound.binding.advisor, bound.binding.since) == ("main", "ada", NINE)
    assert [choice.branch for choice in bound.choices] == ["main", "river", "yard"]
    assert [choice.title for choice in bound.choices][1] == "한강 지점"
    assert audit(rig) == [("watch-ada", "main", "bound")]
    rig.accept("watch-ada", BindDevice(branch="main"))
    assert audit(rig) == [("watch-ada", "main", "bound")], "binding where it is bound already changes nothing"
    rig.accept("watch-ada", BindDevice(branch="river"))
    rig.accept("watch-ada", UnbindDevice())
    rig.accept("watch-ada", UnbindDevice())
    assert audit(rig) == [
        ("watch-ada", "main", "bound"),
        ("watch-ada", "main", "unbound"),
        ("watch-ada", "river", "bound"),
        ("watch-ada", "river", "unbound"),
    ]
    assert rig.tables()["bindings"] == []


@pytest.mark.req("W-02")
@pytest.mark.parametrize("branch", ["main", "no-such-branch"])
def test_a_branch_that_the_hub_does_not_allow_is_refused(rig: Rig, branch: str) -> None:
    assert rig.refuse("watch-dov", BindDevice(branch=branch)) is ErrorCode.BRANCH_NOT_ALLOWED


@pytest.mark.req("W-02")
def test_only_the_branchs_own_tasks_reach_a_bound_device_and_none_an_unbound_one(rig: Rig) -> None:
    rig.bind("main", "watch-ada")
    rig.bind("river", "watch-ben")
    task = rig.walk_in("kiosk-main", "A001", "c-ann")
    assert rig.holders_of(task) == {"watch-ada"}
    assert rig.wrist("watch-cho").tasks == {}
    assert task not in rig.wrist("watch-ben").buzzed


@pytest.mark.req("W-02")
def test_rebinding_moves_at_once_and_withdraws_the_old_branchs_tasks(rig: Rig) -> None:
    rig.bind("main", "watch-ada", "watch-ben")
    waiting = rig.walk_in("kiosk-main", "A001", "c-ann")
    held = rig.walk_in("kiosk-main", "A002", "c-wang")
    there = rig.walk_in("kiosk-yard", "A001", "c-kim")
    rig.accept("watch-ada", ClaimTask(task_id=held))
    told = rig.accept("watch-ada", BindDevice(branch="yard"))
    withdrawn = {
        one.message.task_id: one.message.reason
        for one in told
        if one.device == "watch-ada" and isinstance(one.message, TaskWithdrawn)
    }
    assert withdrawn == {waiting: WithdrawReason.REBOUND, held: WithdrawReason.REBOUND}
    assert set(rig.wrist("watch-ada").tasks) == {there}
    assert set(rig.wrist("watch-ben").tasks) == {waiting, held}, "what the leaver held is open to the others"
    later = rig.walk_in("kiosk-main", "A003")
    assert rig.holders_of(later) == {"watch-ben"}
    assert rig.refuse("watch-ada", ClaimTask(task_id=waiting)) is ErrorCode.TASK_NOT_OFFERED
    assert rig.refuse("watch-ada", PassTask(task_id=waiting)) is ErrorCode.TASK_NOT_OFFERED


@pytest.mark.req("W-02")
def test_a_task_goes_on_being_held_while_another_device_of_its_advisor_stays(rig: Rig) -> None:
    rig.bind("main", "watch-ada", "band-ada", "watch-ben")
    task = rig.walk_in("kiosk-main", "A001", "c-ann")
    rig.accept("watch-ada", ClaimTask(task_id=task))
    assert rig.holders_of(task) == {"watch-ada", "band-ada"}
    rig.accept("watch-ada", UnbindDevice())
    assert rig.holders_of(task) == {"band-ada"}
    rig.accept("band-ada", UnbindDevice())
    assert rig.holders_of(task) == {"watch-ben"}


@pytest.mark.req("W-02")
def test_done_tasks_of_one_branch_are_not_shown_in_another(rig: Rig) -> None:
    rig.bind("main", "watch-ada")
    task = rig.walk_in("kiosk-main", "A001", "c-ann")
    rig.accept("watch-ada", ClaimTask(task_id=task))
    rig.accept("watch-ada", GiveFeedback(task_id=task, outcome=Outcome.FAILURE))
    rig.bind("yard", "watch-ada")
    assert rig.wrist("watch-ada").tasks == {}
    rig.bind("main", "watch-ada")
    assert set(rig.wrist("watch-ada").tasks) == {task}


@pytest.mark.req("W-02")
def test_a_binding_survives_the_hubs_restart(rig: Rig, database_url: str) -> None:
    rig.bind("main", "watch-ada")
    again = Rig(database_url, clock=rig.clock, run=2)
    task = again.walk_in("kiosk-main", "A001", "c-ann")
    assert again.holders_of(task) == {"watch-ada"}
    again.close()


def provision(rig: Rig, registry: Registry) -> None:
    rig._hear(rig.hub.engine.run(lambda unit: rig.hub.fleet.provision(unit, registry))[1])


@pytest.mark.req("W-02")
def test_a_branch_taken_from_an_advisor_unbinds_the_devices_there(rig: Rig) -> None:
    rig.bind("main", "watch-ada", "watch-ben")
    task = rig.walk_in("kiosk-main", "A001", "c-ann")
    rig.accept("watch-ada", ClaimTask(task_id=task))
    provision(rig, Registry(advisors=(Advisor(name="ada", branches=("river",)),)))
    assert rig.wrist("watch-ada").binding is None
    assert rig.holders_of(task) == {"watch-ben"}
    assert audit(rig)[-1] == ("watch-ada", "main", "unbound")


@pytest.mark.req("W-02")
def test_a_device_given_to_another_advisor_loses_the_first_ones_tasks(rig: Rig) -> None:
    rig.bind("main", "watch-ada", "watch-ben")
    task = rig.walk_in("kiosk-main", "A001", "c-ann")
    rig.accept("watch-ada", ClaimTask(task_id=task))
    provision(rig, Registry(devices=(Device(name="watch-ada", kind=REGISTRY.devices[0].kind, advisor="cho"),)))
    assert rig.wrist("watch-ada").tasks == {}
    assert rig.holders_of(task) == {"watch-ben"}
    rig.bind("main", "watch-ada")
    binding = rig.wrist("watch-ada").binding
    assert binding is not None
    assert binding.advisor == "cho"


@pytest.mark.parametrize(
    ("registry", "named"),
    [
        (Registry(advisors=(Advisor(name="eve", branches=("nowhere",)),)), r"advisor eve: branches = 'nowhere'"),
        (
            Registry(devices=(Device(name="w-1", kind=REGISTRY.devices[0].kind, advisor="nobody"),)),
            r"device w-1: advisor = 'nobody'",
        ),
        (
            Registry(devices=(Device(name="k-1", kind=REGISTRY.devices[5].kind, branch="nowhere"),)),
            r"device k-1: branch = 'nowhere'",
        ),
        (Registry(devices=(Device(name="k-1", kind=REGISTRY.devices[5].kind),)), r"device k-1: branch = None"),
        (Registry(branches=(Branch(name="mars", title="Mars", time_zone="Mars/Base"),)), r"branch mars: time_zone"),
        (Registry(branches=(Branch(name="mars", title="Mars", time_zone="../passwd"),)), r"branch mars: time_zone"),
        (
            Registry(branches=(Branch(name="twin", title="One"), Branch(name="twin", title="Two"))),
            r"branch twin.*twice",
        ),
    ],
)
def test_provisioning_says_what_refers_to_nothing_and_changes_nothing(rig: Rig, registry: Registry, named: str) -> None:
    before = rig.tables()
    with pytest.raises(ProvisioningError, match=named):
        provision(rig, registry)
    assert rig.tables() == before
    assert set(rig.hub.directory.devices) == {device.name for device in REGISTRY.devices}


@pytest.mark.req("W-02")
def test_the_rest_of_a_batch_sees_the_binding_and_a_refusal_undoes_nothing(rig: Rig) -> None:
    told = rig.deliver(
        rig.letter("watch-ada", BindDevice(branch="main")),
        rig.letter("watch-dov", BindDevice(branch="main")),
        rig.letter("kiosk-main", rig.ticket("kiosk-main", "A001", "c-ann")),
    )
    assert [refusal.code for refusal in refusals(told)] == [ErrorCode.BRANCH_NOT_ALLOWED]
    assert len(rig.wrist("watch-ada").tasks) == 1


def test_an_advisor_of_very_many_branches_gets_readable_messages(rig: Rig) -> None:
    many = tuple(Branch(name=f"branch-{n:03d}", title="长" * 80) for n in range(300))
    names = tuple(branch.name for branch in many)
    try:
        provision(rig, Registry(branches=many, advisors=(Advisor(name="ada", branches=names),)))
    except (ProvisioningError, msgspec.ValidationError):
        return  # refused is fine, a hub that falls over later is not
    told = rig.report("watch-ada")
    assert any(isinstance(one.message, TasksSynced) for one in told)
