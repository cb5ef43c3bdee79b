"""Whether the scenario explains a refusal: by who asked, for what, and how the task stood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts import AnyMessage, ErrorCode
from contracts.session import BindDevice
from contracts.tickets import TicketTaken
from contracts.visits import ClaimTask, GiveFeedback, NameTarget, PassTask, SegmentHeard, StartTalk, TapSignal
from hub.visits.model import State, Task
from tests.sim.world import KioskPlan, WristPlan, analyst

if TYPE_CHECKING:
    from tests.sim.watch import Watch


def unexplained(watch: Watch, device: str, data: AnyMessage, code: ErrorCode) -> str | None:
    """Null when the refusal is as it should be, else what speaks against it."""
    if code is ErrorCode.CLOCK_SKEWED:
        return None if _may_be_skewed(watch, device) else "its clock is right"
    match data:
        case TicketTaken():
            known = data.business in {business.code for business in analyst().scorer.catalogue.business}
            return "the business exists" if known or code is not ErrorCode.UNKNOWN_BUSINESS else None
        case BindDevice():
            advisor = _advisor(watch, device)
            allowed = {one.name: one.branches for one in watch.stage.world.registry.advisors}[advisor]
            wrong = data.branch in allowed or code is not ErrorCode.BRANCH_NOT_ALLOWED
            return f"{advisor} may bind to {data.branch}" if wrong else None
        case NameTarget():
            refs = {customer.record.ref for customer in watch.stage.world.customers}
            if code is ErrorCode.UNKNOWN_CUSTOMER:
                return "the customer exists" if data.customer in refs else None
            return None if code is ErrorCode.NOT_BOUND else "nothing else may be wrong"
        case ClaimTask() | PassTask() | StartTalk() | SegmentHeard() | TapSignal() | GiveFeedback():
            return _about_task(watch, device, data, code)
        case _:
            return "nothing may be wrong"


def _about_task(
    watch: Watch,
    device: str,
    data: ClaimTask | PassTask | StartTalk | SegmentHeard | TapSignal | GiveFeedback,
    code: ErrorCode,
) -> str | None:
    stood = [tasks[data.task_id] for tasks in (watch.tasks_before, watch.disk.tasks) if data.task_id in tasks]
    if not stood:
        return "there is no such task"
    held = all(task.open and task.holder == _advisor(watch, device) for task in stood)
    offered = all(_offered(watch, task, device) for task in stood)
    match code:
        case ErrorCode.TASK_CLOSED:
            gone = any(not task.open for task in stood)
            moved = isinstance(data, PassTask) and any(task.state is not State.OFFERED for task in stood)
            return None if gone or moved else "the task is open"
        case ErrorCode.TASK_NOT_OFFERED:
            if isinstance(data, ClaimTask):
                bound = watch.disk.bindings.get(device)
                here = held and bound is not None and bound.branch == stood[-1].branch
                return "it is offered to, or held by, this device" if offered or here else None
            if isinstance(data, PassTask):
                return "it is offered to this device" if offered else None
            return "its advisor holds it" if held else None
        case ErrorCode.TASK_NOT_HELD:
            return "its advisor holds it" if held else None
        case ErrorCode.NO_CONSENT:
            talking = all(task.state is State.TALKING for task in stood)
            return None if isinstance(data, SegmentHeard) and not talking else "the talk goes on"
        case _:
            return "nothing of the kind may be wrong"


def _offered(watch: Watch, task: Task, device: str) -> bool:
    bound = watch.disk.bindings.get(device)
    here = bound is not None and bound.branch == task.branch
    return here and task.state is State.OFFERED and device in task.audience


def _advisor(watch: Watch, device: str) -> str:
    return next(wrist.advisor for wrist in watch.wrists if wrist.name == device)


def _may_be_skewed(watch: Watch, device: str) -> bool:
    world = watch.stage.world
    plans: tuple[KioskPlan | WristPlan, ...] = (*world.kiosks, *world.wrists)
    return any(abs(plan.wrong_by_s) > 60 for plan in plans if plan.name == device)
