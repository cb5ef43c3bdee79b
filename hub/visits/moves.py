"""What moves a task with nobody at the wrist: time, devices coming and going, tickets ended elsewhere (W-02, W-06)."""

from collections.abc import Sequence

import msgspec

from contracts.visits import TaskWithdrawn, WithdrawReason
from hub.events import DeviceJoined, DeviceLeft, DomainEvent, TicketEnded, VisitEnded
from hub.fleet import FleetDirectory
from hub.metrics import Metrics
from hub.storage import UnitOfWork
from hub.streams import UNPLACED
from hub.visits import store
from hub.visits.dispatch import EVERYONE
from hub.visits.model import Change, State, Task, catch_up, change, plan_changed, release, told
from hub.visits.receipts import Offers
from hub.visits.targets import Targets

_DUE_AT_ONCE = 500


class TaskMoves:
    """Escalation, expiry, release and withdrawal of tasks."""

    def __init__(self, *, fleet: FleetDirectory, targets: Targets, offers: Offers, metrics: Metrics) -> None:
        self._fleet = fleet
        self._targets = targets
        self._offers = offers
        self._metrics = metrics

    def on_tickets_ended(self, unit: UnitOfWork, events: Sequence[DomainEvent]) -> None:
        """A ticket served or cancelled elsewhere ends its task, unless another ticket or a talk keeps it (W-07)."""
        for event in events:
            if not isinstance(event, TicketEnded):
                continue
            for task in store.open_in_branch(unit, event.branch):
                if event.ticket in task.tickets:
                    self._end_ticket(unit, task, event)

    def _end_ticket(self, unit: UnitOfWork, task: Task, event: TicketEnded) -> None:
        others = tuple(ticket for ticket in task.tickets if ticket != event.ticket)
        if others:
            store.save_task(unit, msgspec.structs.replace(task, tickets=others))
            return
        how = Change.SERVE if event.served else Change.CANCEL
        closed = change(task, how, unit.now)
        if isinstance(closed, Task):
            self._close(unit, task, closed, WithdrawReason.SERVED if event.served else WithdrawReason.CANCELLED)
        else:
            store.save_task(unit, msgspec.structs.replace(task, tickets=(), after_talk=how))

    def on_joined(self, unit: UnitOfWork, events: Sequence[DomainEvent]) -> None:
        """A newly bound device is offered what its advisor, or everyone in its branch, is offered (W-02)."""
        for event in events:
            if not isinstance(event, DeviceJoined):
                continue
            for task in store.open_in_branch(unit, event.branch):
                if task.state is not State.OFFERED or event.device in task.audience or event.advisor in task.passed:
                    continue
                asked = any(device in task.audience for device in self._fleet.devices_of(event.advisor))
                if asked or task.step in EVERYONE:
                    offered_to = tuple(dict.fromkeys((*task.offered_to, event.device)))
                    joined = msgspec.structs.replace(
                        task, audience=(*task.audience, event.device), offered_to=offered_to
                    )
                    store.save_task(unit, joined)
                    self._offers.told(task.id, event.device)

    def on_left(self, unit: UnitOfWork, events: Sequence[DomainEvent]) -> None:
        """A device that left loses the branch's tasks at once; what its advisor held is open to the others (W-02)."""
        for event in events:
            if not isinstance(event, DeviceLeft):
                continue
            still_there = any(bound.advisor == event.advisor for bound in self._fleet.bound_to(event.branch))
            for task in store.open_in_branch(unit, event.branch):
                if event.device in task.audience:
                    left = tuple(device for device in task.audience if device != event.device)
                    task = msgspec.structs.replace(task, audience=left)
                    self.withdraw(unit, task, event.device, WithdrawReason.REBOUND)
                    if left or task.step in EVERYONE:
                        store.save_task(unit, task)
                    else:
                        self.escalate(unit, task)
                elif task.holder == event.advisor:
                    self.withdraw(unit, task, event.device, WithdrawReason.REBOUND)
                    if not still_there:
                        self._release(unit, task)

    def due(self, unit: UnitOfWork) -> None:
        """What time brings: tasks expire, or escalate to the next step (W-06)."""
        for task in store.due_tasks(unit, _DUE_AT_ONCE):
            if task.expires <= unit.now:
                expired = change(task, Change.EXPIRE, unit.now)
                if isinstance(expired, Task):
                    self._close(unit, task, expired, WithdrawReason.EXPIRED)
                    unit.emit(VisitEnded(tickets=task.tickets, served=False))
            elif task.state is State.OFFERED:
                self.escalate(unit, task)
            else:
                self._tell_talk(unit, task)

    def _tell_talk(self, unit: UnitOfWork, task: Task) -> None:
        """A talk's interval is over: the plan counts what was weak, too (W-12)."""
        after = told(catch_up(task, unit.now))
        store.save_task(unit, after)
        if plan_changed(task, after):
            self._targets.refresh(unit, after)

    def escalate(self, unit: UnitOfWork, task: Task) -> None:
        """Offer the task to the next step; whoever loses it hears so (W-06)."""
        escalated = self._targets.offer(unit, task, after=task.step)
        store.save_task(unit, escalated)
        store.note(unit, task.id, "escalated", detail=f"{task.step.value} {escalated.step.value}")
        self._metrics.tasks.labels(change=f"escalated_{escalated.step.value}").inc()
        added = [device for device in escalated.audience if device not in task.audience]
        for device in task.audience:
            if device not in escalated.audience:
                self.withdraw(unit, task, device, WithdrawReason.PASSED_ON)
        if added:
            self._targets.announce(unit, escalated, store.load_demand(unit, task.id), added)

    def _release(self, unit: UnitOfWork, task: Task) -> None:
        released = release(task, unit.now, lifetime_s=self._fleet.branches[task.branch].task_lifetime_s)
        if isinstance(released, Task):
            store.note(unit, task.id, "released", detail=task.holder or "")
            if task.after_talk is not None:
                closed = change(released, task.after_talk, unit.now)
                if isinstance(closed, Task):
                    self._close(unit, released, closed, WithdrawReason.SERVED)  # nobody is offered it: nothing is said
                return
            offered = self._targets.offer(unit, released, after=None)
            store.save_task(unit, offered)
            self._targets.announce(unit, offered, store.load_demand(unit, task.id), offered.audience)

    def _close(self, unit: UnitOfWork, task: Task, closed: Task, reason: WithdrawReason) -> None:
        store.save_task(unit, closed)
        store.note(unit, task.id, closed.state.value)
        self._metrics.tasks.labels(change=closed.state.value).inc()
        for device in (*task.audience, *self._targets.holders(task)):
            self.withdraw(unit, task, device, reason)

    def withdraw(self, unit: UnitOfWork, task: Task, device: str, reason: WithdrawReason) -> None:
        """Take the task away from a device; it never buzzes there again (W-07)."""
        withdrawn = TaskWithdrawn(position=UNPLACED, task_id=task.id, reason=reason)
        unit.say(device, withdrawn, traceparent=task.traceparent)
