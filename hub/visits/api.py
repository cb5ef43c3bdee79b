"""HTTP routes of the visits: targets by hand, tasks, the story of a visit."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from contracts import Refusal
from contracts.fields import Code, CustomerRef, Name
from contracts.visits import AlertStep
from hub.fleet import FleetDirectory
from hub.ports import Transact
from hub.storage import UnitOfWork
from hub.visits import receipts, store
from hub.visits.model import Task
from hub.visits.receipts import Receipt
from hub.visits.service import VisitsService
from hub.visits.store import KeptSegment, LogEntry
from hub.web.routes import Nothing, Request, Route, problem
from models.policy import Funnel, Removed, Rule, Stage, removal_text


class NewTarget(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A manager names a customer who is in the branch (W-03b)."""

    branch: Name
    customer: CustomerRef
    business: Code


class Accepted(msgspec.Struct, frozen=True):
    """It is done."""

    accepted: bool = True


class TaskQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which tasks to list; ``open`` false shows ended ones too."""

    branch: str | None = None
    open: bool = True
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class Texts(msgspec.Struct, frozen=True):
    """A line for people in each language."""

    en: str
    zh: str
    ko: str


class WhyNot(msgspec.Struct, frozen=True, kw_only=True):
    """Why a product was not offered: the rule, the field it looked at, the customer's value, the limit, in words."""

    product: str
    rule: Rule
    field: str
    actual: str
    limit: str
    text: Texts


class AlertMoment(msgspec.Struct, frozen=True, kw_only=True):
    """A step of an alert: by the wall clock, and milliseconds after the device was told of the task, to within so many.

    Null where the run of the hub that told the device is over, or the device's time can't be.
    """

    step: AlertStep
    at: datetime | None
    after_ms: float | None
    within_ms: float


class Alerted(msgspec.Struct, frozen=True, kw_only=True):
    """A device that was offered the task, its advisor, and what it said of its alert: nothing where ``steps`` is
    empty."""

    device: str
    advisor: str | None
    steps: tuple[AlertMoment, ...]


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one visit (W-17).

    ``alerts``: who was alerted when, in the order in which they were offered the task.

    ``funnel``: how many products each stage took in and let through, each what the one before let through; ``why_not``:
    each product that a rule removed. The model's input row is left out of ``demand``. ``said``: the text of the talk,
    as long as the branch keeps it; its signals are in ``log`` and ``task``.
    """

    task: Task
    demand: Funnel
    funnel: tuple[Stage, ...]
    why_not: list[WhyNot]
    log: list[LogEntry]
    alerts: list[Alerted]
    said: list[KeptSegment]


def routes(transact: Transact, visits: VisitsService, fleet: FleetDirectory) -> Sequence[Route]:
    """The visits' routes."""

    async def name_target(request: Request[Nothing, NewTarget]) -> Accepted:
        target = request.body

        def job(unit: UnitOfWork) -> Refusal | None:
            return visits.add_by_hand(
                unit,
                branch=target.branch,
                customer=target.customer,
                business=target.business,
                named_by="manager",
                traceparent=None,
            )

        refusal = await transact(job)
        if refusal is not None:
            raise problem(422, "not accepted", refusal.detail, refusal.code.value)
        return Accepted()

    async def listing(request: Request[TaskQuery, None]) -> list[Task]:
        query = request.query
        return await transact(
            lambda unit: store.recent_tasks(unit, branch=query.branch, open_only=query.open, most=query.limit)
        )

    async def story(request: Request[Nothing, None]) -> Story:
        task_id = request.path["task"]

        def job(unit: UnitOfWork) -> Story | None:
            task = store.load_task(unit, task_id)
            if task is None:
                return None
            demand = store.load_demand(unit, task_id)
            return Story(
                task=task,
                demand=msgspec.structs.replace(demand, raw=b""),
                funnel=demand.stages,
                why_not=[_why_not(removed) for removed in demand.removed],
                log=store.story(unit, task_id),
                alerts=_alerts(task, receipts.of_task(unit, task_id), fleet),
                said=store.segments_of(unit, task_id),
            )

        found = await transact(job)
        if found is None:
            raise problem(404, "no such task", f"there is no task {task_id!r}")
        return found

    return (
        Route(
            method="POST",
            path="/v1/targets",
            summary="Name a customer who is in the branch",
            handle=name_target,
            answer=Accepted,
            body=NewTarget,
        ),
        Route(
            method="GET",
            path="/v1/tasks",
            summary="Tasks, newest first",
            handle=listing,
            answer=list[Task],
            query=TaskQuery,
        ),
        Route(method="GET", path="/v1/tasks/{task}", summary="The whole story of a visit", handle=story, answer=Story),
    )


def _alerts(task: Task, said: Mapping[str, Sequence[Receipt]], fleet: FleetDirectory) -> list[Alerted]:
    alerts = []
    for name in dict.fromkeys((*task.offered_to, *said)):
        device = fleet.devices.get(name)
        steps = tuple(
            AlertMoment(
                step=one.step,
                at=one.at,
                after_ms=None if one.after_us is None else one.after_us / 1e3,
                within_ms=one.within_us / 1e3,
            )
            for one in said.get(name, ())
        )
        alerts.append(Alerted(device=name, advisor=device.advisor if device else None, steps=steps))
    return alerts


def _why_not(removed: Removed) -> WhyNot:
    return WhyNot(
        product=removed.code,
        rule=removed.rule,
        field=removed.field,
        actual=removed.actual,
        limit=removed.limit,
        text=Texts(en=removal_text(removed, "en"), zh=removal_text(removed, "zh"), ko=removal_text(removed, "ko")),
    )
