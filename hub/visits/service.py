"""Use cases of a visit after the offer: claim, pass, feedback, and what ends or moves a task (spec 1)."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from contracts import ErrorCode, Refusal
from contracts.visits import (
    ClaimTask,
    GiveFeedback,
    NameTarget,
    PassTask,
    TaskClaimed,
    TasksSynced,
    TaskView,
    WithdrawReason,
)
from hub.events import DomainEvent, FeedbackRecorded, TicketRegistered, VisitEnded
from hub.fleet import FleetDirectory
from hub.inbound import Inbound
from hub.metrics import Metrics
from hub.storage import UnitOfWork
from hub.streams import UNPLACED
from hub.visits import store
from hub.visits.model import (
    Change,
    Lost,
    Origin,
    State,
    Step,
    Target,
    Task,
    change,
    claim,
    require_holder,
)
from hub.visits.moves import TaskMoves
from hub.visits.ports import BindingView, CustomerDirectory
from hub.visits.score import ScoreSettings, match_score
from hub.visits.talks import find, not_offered, shown
from hub.visits.targets import Targets
from models.catalogue import Catalogue

_DONE_SHOWN = 30
_DONE_FOR = timedelta(hours=12)
_BYTES_A_PART = 24 * 1024
"""Of tasks; with as many branches to choose from as an advisor may have, a part still fits into a message."""


class VisitsService:
    """The visits' room. Handlers return a refusal before they have written anything, or null when it took effect."""

    def __init__(
        self,
        *,
        fleet: FleetDirectory,
        customers: CustomerDirectory,
        targets: Targets,
        moves: TaskMoves,
        binding_view: BindingView,
        catalogue: Catalogue,
        scores: ScoreSettings,
        metrics: Metrics,
    ) -> None:
        self._fleet = fleet
        self._customers = customers
        self._targets = targets
        self._moves = moves
        self._binding_view = binding_view
        self._businesses = frozenset(business.code for business in catalogue.business)
        self._products = frozenset(catalogue.product_codes)
        self._tags = frozenset(category.code for category in catalogue.category)
        self._scores = scores
        self._metrics = metrics

    def on_tickets(self, unit: UnitOfWork, events: Sequence[DomainEvent]) -> None:
        """Tickets make their customers targets (W-03a)."""
        self._targets.take(
            unit,
            [
                Target(
                    origin=Origin.TICKET,
                    branch=event.branch,
                    business=event.business,
                    at=event.taken_at,
                    customer=event.customer,
                    ticket=event.ticket,
                    number=event.number,
                    booked=event.booked,
                    urgent=event.urgent,
                    traceparent=event.traceparent,
                    kiosk=event.kiosk,
                )
                for event in events
                if isinstance(event, TicketRegistered)
            ],
        )

    def name_target(self, unit: UnitOfWork, inbound: Inbound[NameTarget]) -> Refusal | None:
        """An advisor names a customer by hand (W-03b)."""
        bound = self._fleet.binding(inbound.device.name)
        if bound is None:
            detail = f"device {inbound.device.name} is not bound to a branch: bind it first"
            return Refusal(code=ErrorCode.NOT_BOUND, detail=detail)
        return self.add_by_hand(
            unit,
            branch=bound.branch,
            customer=inbound.data.customer,
            business=inbound.data.business,
            named_by=bound.advisor,
            traceparent=inbound.traceparent,
        )

    def add_by_hand(
        self, unit: UnitOfWork, *, branch: str, customer: str, business: str, named_by: str, traceparent: str | None
    ) -> Refusal | None:
        """A customer named by hand, by an advisor's device or on the manager's side (W-03b)."""
        if branch not in self._fleet.branches:
            return Refusal(code=ErrorCode.BRANCH_NOT_ALLOWED, detail=f"there is no branch {branch!r}")
        if business not in self._businesses:
            allowed = ", ".join(sorted(self._businesses))
            return Refusal(code=ErrorCode.UNKNOWN_BUSINESS, detail=f"no business {business!r}: use one of {allowed}")
        if customer not in self._customers.find(unit, [customer]):
            self._metrics.targets_ignored.labels(why="unknown_customer").inc()
            return Refusal(code=ErrorCode.UNKNOWN_CUSTOMER, detail="no customer has this reference: search them first")
        target = Target(
            origin=Origin.BY_HAND,
            branch=branch,
            business=business,
            at=unit.now,
            customer=customer,
            named_by=named_by,
            traceparent=traceparent,
        )
        self._targets.take(unit, [target])
        return None

    def claim(self, unit: UnitOfWork, inbound: Inbound[ClaimTask]) -> Refusal | None:
        """Of any number of claims one wins; all who were offered the task hear who (W-06)."""
        device = inbound.device.name
        bound = self._fleet.binding(device)
        task = store.load_task(unit, inbound.data.task_id)
        if task is None or bound is None or bound.branch != task.branch:
            return not_offered(inbound.data.task_id, device)
        held_for = self._fleet.branches[task.branch].held_lifetime_s
        claimed = claim(task, device=device, advisor=bound.advisor, held_lifetime_s=held_for, now=unit.now)
        match claimed:
            case Refusal():
                return claimed
            case Lost():
                store.note(unit, task.id, "claim_lost", device=device)
                told = TaskClaimed(position=UNPLACED, task_id=task.id, holder=claimed.holder)
                unit.say(device, told, traceparent=task.traceparent, correlation=inbound.id)
            case Task():
                store.save_task(unit, msgspec.structs.replace(claimed, audience=()))
                store.note(unit, task.id, "claimed", device=device, detail=bound.advisor)
                self._metrics.tasks.labels(change="claimed").inc()
                self._tell_claimed(unit, task, claimed, device)
        return None

    def pass_task(self, unit: UnitOfWork, inbound: Inbound[PassTask]) -> Refusal | None:
        """An advisor declines: their devices lose the task, and when nobody is left it goes on at once (W-06)."""
        device = inbound.device.name
        bound = self._fleet.binding(device)
        task = store.load_task(unit, inbound.data.task_id)
        if task is None or bound is None or bound.branch != task.branch or device not in task.offered_to:
            return not_offered(inbound.data.task_id, device)
        if task.state is not State.OFFERED:
            detail = f"task {task.id} is {task.state}: only an offered task can be passed"
            return Refusal(code=ErrorCode.TASK_CLOSED, detail=detail)
        mine = [one for one in task.audience if one in self._fleet.devices_of(bound.advisor)]
        left = tuple(one for one in task.audience if one not in mine)
        passed = tuple(dict.fromkeys((*task.passed, bound.advisor)))
        task = msgspec.structs.replace(task, audience=left, passed=passed)
        store.note(unit, task.id, "passed", device=device, detail=bound.advisor)
        for one in mine:
            self._moves.withdraw(unit, task, one, WithdrawReason.PASSED_ON)
        if left or task.step is Step.MANAGER:
            store.save_task(unit, task)
        else:
            self._moves.escalate(unit, task)
        return None

    def feedback(self, unit: UnitOfWork, inbound: Inbound[GiveFeedback]) -> Refusal | None:
        """The advisor says what happened; the plan is scored against it (W-14, W-15)."""
        given = inbound.data
        task, advisor = find(self._fleet, unit, given.task_id, inbound.device.name)
        if task is None:
            return not_offered(given.task_id, inbound.device.name)
        refusal = require_holder(task, device=inbound.device.name, advisor=advisor) or self._check_codes(given)
        if refusal is not None:
            return refusal
        done = change(task, Change.FEEDBACK, unit.now)
        if isinstance(done, Refusal):
            return done
        demand = store.load_demand(unit, task.id)
        scored = match_score(
            outcome=given.outcome,
            taken=given.products,
            heard=given.preferences,
            ranking=[ranked.code for ranked in demand.ranked],
            predicted=demand.predicted_tags,
            settings=self._scores,
        )
        done = msgspec.structs.replace(done, match_score=scored.score)
        store.save_task(unit, done)
        store.save_feedback(unit, given, advisor, scored)
        if task.customer is not None:
            store.save_contact(unit, task.id, task.customer, shown(demand))
            if given.refused:
                store.save_refusals(unit, task.customer, given.refused, unit.now)
        store.note(
            unit, task.id, "feedback", device=inbound.device.name, detail=f"{given.outcome.value} {scored.score:.2f}"
        )
        self._metrics.tasks.labels(change="done").inc()
        self._targets.refresh(unit, done)
        unit.emit(VisitEnded(tickets=task.tickets, served=True))
        unit.emit(FeedbackRecorded(task=task.id, at=inbound.time, demand=demand, given=given, match_score=scored.score))
        return None

    def snapshot(self, unit: UnitOfWork, device: str) -> list[TasksSynced]:
        """All that is held for a device, in parts that fit into a message (W-01)."""
        views = []
        bound = self._fleet.binding(device)
        if bound is not None:
            rows = store.for_device(
                unit,
                branch=bound.branch,
                advisor=bound.advisor,
                done_since=unit.now - _DONE_FOR,
                done_most=_DONE_SHOWN,
            )
            views = [
                self._targets.view(unit, task, demand, device)
                for task, demand in rows
                if task.holder == bound.advisor or (task.state is State.OFFERED and device in task.audience)
            ]
        binding, choices = self._binding_view(device)
        parts = _in_parts(views)
        return [
            TasksSynced(
                position=UNPLACED,
                part=number,
                parts=len(parts),
                binding=binding,
                choices=choices,
                tasks=tuple(part),
            )
            for number, part in enumerate(parts, 1)
        ]

    def _check_codes(self, given: GiveFeedback) -> Refusal | None:
        unknown = [code for code in (*given.products, *given.refused) if code not in self._products]
        if unknown:
            return Refusal(code=ErrorCode.UNKNOWN_PRODUCT, detail=f"not in the catalogue: {', '.join(unknown)}")
        unknown = [tag for tag in given.preferences if tag not in self._tags]
        if unknown:
            allowed = ", ".join(sorted(self._tags))
            return Refusal(
                code=ErrorCode.INVALID_FIELD, detail=f"preferences {', '.join(unknown)}: use {allowed}"[:500]
            )
        return None

    def _tell_claimed(self, unit: UnitOfWork, offered: Task, held: Task, winner: str) -> None:
        demand = store.load_demand(unit, held.id)
        mine = dict.fromkeys((winner, *self._targets.holders(held)))
        for device in dict.fromkeys((*mine, *offered.audience)):
            view = self._targets.view(unit, held, demand, device) if device in mine else None
            told = TaskClaimed(position=UNPLACED, task_id=held.id, holder=held.holder or "", task=view)
            unit.say(device, told, traceparent=held.traceparent)


def _in_parts(views: Sequence[TaskView]) -> list[list[TaskView]]:
    parts: list[list[TaskView]] = [[]]
    size = 0
    for view in views:
        needs = len(msgspec.json.encode(view))
        if parts[-1] and size + needs > _BYTES_A_PART:
            parts.append([])
            size = 0
        parts[-1].append(view)
        size += needs
    return parts
