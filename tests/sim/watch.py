"""The invariants that hold at every step of a run (:class:`Watch` is the stage's watcher)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts import AnyMessage, Envelope, ErrorCode, decode, topics
from contracts.session import MessageRefused
from contracts.visits import TaskState, TaskView
from device_agent.haptics import Alert
from hub.storage import ms
from hub.visits.model import State, Task
from kiosk.agent import IssuedTicket
from runtime.bus import Outgoing, Received
from tests.sim.disk import HubDisk
from tests.sim.explain import unexplained
from tests.sim.processes import HubProcess, KioskProcess, WristProcess
from tests.sim.stage import Stage
from tests.sim.story import Story

CLOCK_SLACK = timedelta(seconds=1.0)
"""An agent sets its clock right when it is more than a second off; the hub's word on its way makes it lag further."""

_UNQUEUED = (None, topics.Lane.REPORT, topics.Lane.LOBBY, topics.Lane.MODELS, topics.Lane.AUDIO)
_ENDED = (State.SERVED, State.CANCELLED, State.EXPIRED)


@dataclass(frozen=True)
class Reached:
    """A message that reached the hub, when it did so first."""

    device: str
    data: AnyMessage
    at: datetime


@dataclass(frozen=True)
class Issued:
    """A number that a customer got."""

    kiosk: str
    life: int
    branch: str
    number: str
    message: str
    customer: str | None
    business: str
    at: datetime


class Watch:
    """Looks at the hub after each piece of work, at a wearable after each message, act and alert."""

    def __init__(self, stage: Stage, hub: HubProcess, wrists: Sequence[WristProcess]) -> None:
        self.stage = stage
        self.hub = hub
        self.wrists = wrists
        self.disk = HubDisk(hub.disk)
        self.story = Story(stage, {wrist.name: wrist.advisor for wrist in wrists})
        self.tasks_before: dict[str, Task] = {}
        self.reached: dict[str, Reached] = {}
        self.promised: dict[str, str] = {}
        self.refusals: dict[str, ErrorCode] = {}
        self.tickets: dict[str, Issued] = {}
        self.buzzed: dict[tuple[str, str], float] = {}
        # The hub's word on the time goes to the broker and on to the wearable.
        hops_s = 2 * stage.world.trouble.faults.delay_s[1]
        self._worst_delay = timedelta(seconds=hops_s + 2 * stage.world.trouble.commit_s)
        self.disk.refresh()

    # The watcher's side

    def hub_heard(self, received: Received) -> None:
        topic = topics.parse_up(received.topic)
        if isinstance(topic, topics.UpTopic) and topic.lane not in _UNQUEUED:
            envelope = decode(received.payload)
            if isinstance(envelope, Envelope) and envelope.id not in self.reached:
                self.reached[envelope.id] = Reached(topic.device, envelope.data, self.stage.now)

    def hub_worked(self, outgoing: Sequence[Outgoing]) -> None:
        self._look_at_hub()
        for message in outgoing:
            if b'"message.refused.v1"' in message.payload:
                self._refused(message)

    def hub_died(self) -> None:
        self._look_at_hub()

    def wrist_stepped(self, wrist: WristProcess) -> None:
        if not wrist.up:
            return
        state = wrist.agent.state
        branch = state.binding.branch if state.binding else None
        for view in state.book.tasks.values():
            if view.branch != branch and (view.state is TaskState.OFFERED or self._in_step(wrist)):
                self.stage.violate(
                    "no task crosses branches", f"{wrist.name}, bound to {branch}, has {view.task} of {view.branch}"
                )
        self._compare(wrist)

    def acted(self, wrist: WristProcess, message_id: str) -> None:
        self.promised[message_id] = wrist.name

    def felt(self, wrist: WristProcess, alert: Alert) -> None:
        view, now = alert.view, self.stage.now
        if (wrist.name, view.task) in self.buzzed:
            self.stage.violate("one alert a task and device", f"{wrist.name} buzzes again for {view.task}")
        self.buzzed[wrist.name, view.task] = self.stage.loop.time()
        if view.expires + CLOCK_SLACK + self._worst_delay < now:
            late_s = (now - view.expires).total_seconds()
            self.stage.violate(
                "no alert after expiry", f"{wrist.name} buzzes for {view.task}, expired {late_s:.3f} s ago"
            )
        state = wrist.agent.state
        book = state.book.tasks.get(view.task)
        if book is None or book.state is not TaskState.OFFERED:
            self.stage.violate("no alert for a task that is gone", f"{wrist.name} buzzes for {view.task}, has {book}")
        if state.binding is None or state.binding.branch != view.branch:
            self.stage.violate("no task crosses branches", f"{wrist.name} buzzes for {view.task} of {view.branch}")
        if state.talk is not None:
            self.stage.violate("quiet while in a talk", f"{wrist.name} buzzes for {view.task} in {state.talk.task}")
        task = self.disk.tasks.get(view.task)
        if self._in_step(wrist) and (task is None or not _offered_to(task, wrist.name)):
            told = task.state.value if task else "nowhere"
            self.stage.violate("no alert for a task that is gone", f"{wrist.name} knows that {view.task} is {told}")

    def issued(self, kiosk: KioskProcess, ticket: IssuedTicket, customer: str | None, business: str) -> None:
        known = self.tickets.get(ticket.ticket)
        if known is not None:
            if known.number != ticket.number or known.kiosk != kiosk.name or not ticket.repeated:
                self.stage.violate("one number a request", f"{ticket.ticket} was {known}, is {ticket}")
            return
        self.tickets[ticket.ticket] = Issued(
            kiosk=kiosk.name,
            life=kiosk.lives,
            branch=kiosk.plan.branch,
            number=ticket.number,
            message=ticket.message,
            customer=customer,
            business=business,
            at=self.stage.now,
        )
        self.stage.counts["tickets"] += 1

    # The hub

    def _look_at_hub(self) -> None:
        self.tasks_before = dict(self.disk.tasks)
        if not self.disk.refresh():
            return
        for gone in self.disk.vanished:
            self.stage.violate("nothing lost, nothing twice", f"{gone} was committed and is gone")
        self.story.follow(self.disk, self.stage.now)
        for ticket_id, ticket in self.disk.tickets.items():
            tasks = list(self.disk.tasks_of.get(ticket_id, ()))
            if len(tasks) != 1:
                self.stage.violate("every ticket in one task", f"{ticket_id} belongs to {tasks or 'none'}")
                continue
            task = self.disk.tasks[tasks[0]]
            if task.branch != ticket.branch or task.customer != ticket.customer:
                self.stage.violate("no task crosses branches", f"{ticket_id} of {ticket.branch} is in {task.id}")
        for task_id, before in self.disk.changed.items():
            self._task_changed(before, self.disk.tasks[task_id])
        for wrist in self.wrists:
            if wrist.up:
                self._compare(wrist)

    def _task_changed(self, before: Task | None, after: Task) -> None:
        violate = self.stage.violate
        if before is not None:
            if before.branch != after.branch or before.customer != after.customer:
                violate("no task crosses branches", f"{after.id} was {before.branch}, is {after.branch}")
            lost = [one for one in before.tickets if one not in after.tickets and self.disk.tickets[one].ended is None]
            if lost:
                violate("every ticket in one task", f"{after.id} forgot {lost}, which still wait")
            if not before.open and before.state is not after.state:
                violate("what ended stays ended", f"{after.id} was {before.state}, is {after.state}")
            if not before.open and before.match_score != after.match_score:
                violate("feedback counts once", f"{after.id} scored {before.match_score}, now {after.match_score}")
        score = after.match_score
        if score is not None and not (math.isfinite(score) and 0.0 <= score <= 1.0):
            violate("match score from 0 to 1", f"{after.id} scores {score}")
        if (score is not None) != (after.state is State.DONE):
            violate("match score from 0 to 1", f"{after.id} is {after.state} and scores {score}")
        if (after.holder is None) != (after.state is State.OFFERED) and after.state not in _ENDED:
            violate("one holder a task", f"{after.id} is {after.state} and held by {after.holder}")
        if after.state is State.OFFERED:
            for device in after.audience:
                bound = self.disk.bindings.get(device)
                if bound is None or bound.branch != after.branch:
                    violate("no task crosses branches", f"{after.id} of {after.branch} is offered to {device}: {bound}")
        elif after.audience:
            violate("one holder a task", f"{after.id} is {after.state} and still offered to {after.audience}")
        tickets = [self.disk.tickets[one] for one, tasks in self.disk.tasks_of.items() if after.id in tasks]
        if after.open and after.state is not State.TALKING and tickets and all(t.ended is not None for t in tickets):
            ended = ", ".join(f"{ticket.id} {ticket.state}" for ticket in tickets)
            violate("no alert after served", f"{after.id} is {after.state} though all its tickets ended: {ended}")

    def _refused(self, message: Outgoing) -> None:
        envelope = decode(message.payload)
        if not isinstance(envelope, Envelope) or not isinstance(envelope.data, MessageRefused):
            return
        refused = envelope.data
        device = message.topic.split("/")[1]
        self.stage.counts["refusals"] += 1
        self.stage.note("hub", f"refuses {device} {refused.id} {refused.code}")
        reached = self.reached.get(refused.id or "")
        if reached is None:
            if refused.code is not ErrorCode.CLOCK_SKEWED:
                self.stage.violate("refusals are explained", f"{device} {refused.id} {refused.code}: {refused.detail}")
            return
        earlier = self.refusals.get(refused.id or "")
        if earlier is not None and not earlier.retryable:
            if earlier is not refused.code:
                self.stage.violate("one answer a message", f"{device} {refused.id}: {earlier}, then {refused.code}")
            return  # a repetition gets the first answer, whatever has changed since
        self.refusals[refused.id or ""] = refused.code
        why = unexplained(self, device, reached.data, refused.code)
        if why is not None:
            self.stage.violate(
                "refusals are explained", f"{device} {refused.id} {refused.code}: {refused.detail}; but {why}"
            )

    # The wearables

    def _in_step(self, wrist: WristProcess) -> bool:
        """Whether the wearable has taken in all that this run of the hub told it."""
        if not self.hub.up or not wrist.up:
            return False
        return wrist.position() == self.hub.hub.streams.position(wrist.name)

    def _compare(self, wrist: WristProcess) -> None:
        """Who has heard everything holds exactly what the hub holds for it: no two devices hold a task of two."""
        if not self._in_step(wrist):
            return
        expected = {task.id: _seen(task) for task in self.expected(wrist)}
        held = {task_id: _shown(view) for task_id, view in wrist.agent.state.book.tasks.items()}
        if expected != held:
            ids = sorted(key for key in expected.keys() | held.keys() if expected.get(key) != held.get(key))
            detail = "; ".join(f"{key}: hub {expected.get(key)}, book {held.get(key)}" for key in ids)
            self.stage.violate("book and hub agree", f"{wrist.name} has heard all, yet {detail}")
        bound = self.disk.bindings.get(wrist.name)
        binding = wrist.agent.state.binding
        if (bound.branch if bound else None) != (binding.branch if binding else None):
            self.stage.violate("book and hub agree", f"{wrist.name} has heard all, yet {binding} and not {bound}")

    def expected(self, wrist: WristProcess) -> list[Task]:
        """The tasks that are this wearable's by what the hub has committed."""
        bound = self.disk.bindings.get(wrist.name)
        if bound is None:
            return []
        return [
            task
            for task in self.disk.tasks.values()
            if task.branch == bound.branch
            and (
                (task.holder == bound.advisor and (task.open or task.state is State.DONE))
                or _offered_to(task, wrist.name)
            )
        ]


Looks = tuple[str, str | None, str | None, str, bool, int]


def _offered_to(task: Task, device: str) -> bool:
    return task.state is State.OFFERED and device in task.audience


def _seen(task: Task) -> Looks:
    return (task.state.value, task.holder, task.number, task.business, task.booked, ms(task.expires))


def _shown(view: TaskView) -> Looks:
    return (view.state.value, view.holder, view.number, view.business, view.booked, ms(view.expires))
