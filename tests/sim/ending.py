"""What must hold in the end: everything is healed and quiet, nothing is lost, nothing is twice, all stores agree."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

import msgspec

from contracts.tickets import TicketTaken
from contracts.visits import AlertStep, GiveFeedback, SegmentHeard, TasksSynced, TaskState
from device_agent.core.alerts import AlertState
from device_agent.store import AgentStore
from models.talk.ledger import Ledger
from tests.sim.disk import decoded
from tests.sim.processes import AgentProcess, HubProcess, KioskProcess, WristProcess
from tests.sim.stage import Stage
from tests.sim.watch import Watch

HEAL_S = 180.0
"""By then everything must be quiet: reconnects, resends and a few heartbeats take less."""

AT_LEAST_S = 2.0
"""A hub that has just come back first looks at what is due."""

TICKET_TIME_SLACK = timedelta(seconds=90)


async def settle(stage: Stage, watch: Watch, kiosks: Sequence[KioskProcess], wrists: Sequence[WristProcess]) -> None:
    """Wait until everything is quiet and check it; all that is still unquiet in the end is a violation."""
    deadline = stage.loop.time() + HEAL_S
    await asyncio.sleep(AT_LEAST_S)
    while not stage.failed.is_set():
        left = list(_unquiet(watch, kiosks, wrists))
        if not left:
            break
        if stage.loop.time() > deadline:
            for what in left:
                stage.violate("quiet after healing", what)
            return
        await asyncio.sleep(0.5)
    if not stage.failed.is_set():
        stage.note("end", "all is quiet")
        Ending(stage, watch, kiosks, wrists).check()


def _unquiet(watch: Watch, kiosks: Sequence[KioskProcess], wrists: Sequence[WristProcess]) -> Iterator[str]:
    hub: HubProcess = watch.hub
    agents: list[AgentProcess] = [*kiosks, *wrists]
    for agent in agents:
        if not agent.up:
            yield f"{agent.name} is not up"
        elif agent.models is not None and (lacks := agent.models.lacks()) is not None:
            yield lacks
    for kiosk in kiosks:
        if kiosk.up and kiosk.mailbox.depth():
            yield f"{kiosk.name} has {kiosk.mailbox.depth()} in its outbox, first {kiosk.mailbox.head()}"
    for wrist in wrists:
        if not wrist.up:
            continue
        at, should = wrist.position(), hub.hub.streams.position(wrist.name)
        if wrist.mailbox.depth():
            yield f"{wrist.name} has {wrist.mailbox.depth()} in its outbox, first {wrist.mailbox.head()}"
        if not wrist.agent.link.online:
            yield f"{wrist.name} is offline"
        if at != should:
            yield f"{wrist.name} stands at {at}, the hub at {should}"
        if wrist.agent.state.intents:
            yield f"{wrist.name} still waits for an answer to {wrist.agent.state.intents}"


class Ending:
    """The checks of a quiet world."""

    def __init__(
        self, stage: Stage, watch: Watch, kiosks: Sequence[KioskProcess], wrists: Sequence[WristProcess]
    ) -> None:
        self.stage = stage
        self.watch = watch
        self.kiosks = kiosks
        self.wrists = wrists
        self.inbox = watch.disk.inbox()
        agents: tuple[KioskProcess | WristProcess, ...] = (*kiosks, *wrists)
        self.refused = {message_id: agent.name for agent in agents for message_id, _, _ in agent.mailbox.refused()}

    def check(self) -> None:
        """All of them."""
        self._deliveries()
        self._tickets()
        self._feedback()
        self._segments()
        self._receipts()
        self._overdue()
        for wrist in self.wrists:
            self._book(wrist)
            self._alerts(wrist)
            self._talk(wrist)

    def _deliveries(self) -> None:
        for message_id, reached in self.watch.reached.items():
            took, refused = message_id in self.inbox, message_id in self.refused
            if took == refused:
                says = "it took effect" if took else "it had no effect"
                self.stage.violate(
                    "nothing lost, nothing twice",
                    f"{type(reached.data).__name__} {message_id} of {reached.device}: at the hub {says}, "
                    f"the device {'was refused' if refused else 'was told that it was taken'}",
                )
        for message_id in self.inbox - self.watch.reached.keys():
            self.stage.violate("nothing lost, nothing twice", f"{message_id} took effect and was never sent")
        for message_id, device in self.watch.promised.items():
            if message_id not in self.watch.reached:
                self.stage.violate("nothing lost, nothing twice", f"{message_id} of {device} never reached the hub")

    def _tickets(self) -> None:
        disk = self.watch.disk
        # A kiosk that died before the hub ever told it the time can't know how wrong its clock was.
        welcomed = {kiosk.name: kiosk.welcomed for kiosk in self.kiosks}
        sent: dict[str, str] = {}
        for message_id, reached in self.watch.reached.items():
            if isinstance(reached.data, TicketTaken):
                sent[reached.data.ticket] = message_id
        for ticket_id, issued in self.watch.tickets.items():
            if issued.message in self.refused:
                continue
            ticket = disk.tickets.get(ticket_id)
            if ticket is None:
                self.stage.violate("every ticket in one task", f"{ticket_id} {issued} was never registered")
            elif (ticket.number, ticket.customer, ticket.branch) != (issued.number, issued.customer, issued.branch):
                self.stage.violate("every ticket in one task", f"{ticket_id}: {issued} became {ticket}")
            elif abs(ticket.taken_at - issued.at) > TICKET_TIME_SLACK and issued.life in welcomed[issued.kiosk]:
                late_s = (ticket.taken_at - issued.at).total_seconds()
                self.stage.violate("tickets keep their time", f"{ticket_id} of {issued.kiosk} is {late_s:+.0f} s off")
        for ticket_id in disk.tickets.keys() - sent.keys():
            self.stage.violate("every ticket in one task", f"{ticket_id} was registered and never sent")

    def _feedback(self) -> None:
        given = {
            reached.data.task_id: reached.data
            for message_id, reached in self.watch.reached.items()
            if isinstance(reached.data, GiveFeedback) and message_id in self.inbox
        }
        rows = self.watch.disk.feedback()
        accepted = sum(
            isinstance(reached.data, GiveFeedback) and message_id in self.inbox
            for message_id, reached in self.watch.reached.items()
        )
        if len(rows) != accepted:
            self.stage.violate("feedback counts once", f"{accepted} taken, {len(rows)} stored")
        for task_id, _advisor, answers, score in rows:
            if task_id not in given or decoded(answers, GiveFeedback) != given[task_id]:
                self.stage.violate("feedback counts once", f"{task_id} has {answers!r}, given {given.get(task_id)}")
            if self.watch.disk.tasks[task_id].match_score != score:
                self.stage.violate("feedback counts once", f"{task_id} scores {score} and shows another")

    def _segments(self) -> None:
        said = Counter(
            (reached.data.task_id, reached.data.text)
            for message_id, reached in self.watch.reached.items()
            if isinstance(reached.data, SegmentHeard) and message_id in self.inbox
        )
        kept = Counter((task, text) for task, _, text in self.watch.disk.segments())
        for key in said | kept:
            if said[key] != kept[key]:
                self.stage.violate("no segment is lost", f"{key}: {said[key]} taken, {kept[key]} stored")

    def _talk(self, wrist: WristProcess) -> None:
        """A wrist that followed of the talk what the hub did makes the same plan of it (W-13)."""
        own, session = wrist.agent.own_talk, wrist.agent.state.session
        task = self.watch.disk.tasks.get(session.task) if session is not None else None
        if own is None or task is None:
            return
        followed, plan = own
        heard = task.heard.ledger if task.heard is not None else Ledger()
        taps = [(one.product, one.stance) for one in task.taps.now] if task.taps is not None else []
        if followed.ledger != heard or sorted(followed.stances.items()) != taps:
            return  # another device of the advisor spoke or tapped, too
        shown = next(view for part in self._told(wrist) for view in part.tasks if view.task == task.id).plan
        self.stage.counts["talks compared"] += 1
        same = msgspec.structs.replace(plan, made_at=shown.made_at)
        if msgspec.json.encode(same) != msgspec.json.encode(shown):
            self.stage.violate("equal inputs, equal plans", f"{wrist.name} {task.id}: {same} and {shown}")

    def _receipts(self) -> None:
        """What the hub keeps of an alert is true: offered to that device, and the motor moved when the device says."""
        for task_id, device, steps in self.watch.disk.receipts():
            if device not in self.watch.disk.tasks[task_id].offered_to:
                self.stage.violate("receipts are true", f"{device} says {steps} of {task_id}, which it was not offered")
            felt_s = self.watch.buzzed.get((device, task_id))
            for one in steps:
                self.stage.counts[f"receipts {one.step}"] += 1
                if one.step is not AlertStep.BUZZED:
                    continue
                if felt_s is None or abs(one.hub_us - felt_s * 1e6) > one.within_us:
                    self.stage.violate("receipts are true", f"{device} {task_id}: felt at {felt_s} s, says {one}")

    def _overdue(self) -> None:
        # The timer's look waits for the batch before it, and both for a slow disk.
        slack = timedelta(seconds=2 + 6 * self.stage.world.trouble.commit_s)
        late = [
            task.id
            for task in self.watch.disk.tasks.values()
            if task.open and min(task.due, task.expires) < self.stage.now - slack
        ]
        if late:
            self.stage.violate("tasks escalate and expire", f"overdue: {late}")

    def _book(self, wrist: WristProcess) -> None:
        parts = self._told(wrist)
        held = {view.task: view for part in parts for view in part.tasks}
        book = dict(wrist.agent.state.book.tasks)
        for task_id in held.keys() | book.keys():
            if held.get(task_id) != book.get(task_id):
                difference = f"hub {held.get(task_id)}, book {book.get(task_id)}"
                self.stage.violate("book and hub agree", f"{wrist.name} {task_id}: {difference}")
        if wrist.agent.state.binding != parts[0].binding:
            self.stage.violate("book and hub agree", f"{wrist.name}: {wrist.agent.state.binding}, {parts[0].binding}")
        stored = AgentStore(wrist.mailbox).load()
        if dict(stored.book.tasks) != book:
            self.stage.violate("book and hub agree", f"{wrist.name}: memory and store differ")

    def _told(self, wrist: WristProcess) -> list[TasksSynced]:
        """All that the hub holds for it."""
        hub = self.watch.hub.hub
        return hub.engine.run(lambda unit: hub.visits.snapshot(unit, wrist.name))[0]

    def _alerts(self, wrist: WristProcess) -> None:
        """Who is offered a task was alerted, unless in a talk (then it waits) or killed in that very instant."""
        store = AgentStore(wrist.mailbox)
        for view in wrist.agent.state.book.pending():
            if view.state is not TaskState.OFFERED:
                continue
            alert = store.alert_state(view.task)
            waits = wrist.agent.state.talk is not None and alert is AlertState.DUE
            felt = (wrist.name, view.task) in self.watch.buzzed
            if not (felt or waits or alert in (AlertState.RAISING, AlertState.SILENCED)):
                self.stage.violate("every offer is alerted", f"{wrist.name} never buzzed for {view.task}: {alert}")
