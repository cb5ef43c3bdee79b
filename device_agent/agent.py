"""The agent of one wearable: follows the hub, keeps the book, buzzes, and carries the advisor's acts to the hub.

The store is written first, memory and the wrist after: kill -9 at any point loses nothing and repeats nothing.
"""

import asyncio
import logging
import random
from dataclasses import replace
from datetime import timedelta

from contracts import AnyMessage, Refusal
from contracts.fields import DeviceKind, Language
from contracts.session import BindDevice, DeviceBound, UnbindDevice
from contracts.visits import (
    ClaimTask,
    Consent,
    GiveFeedback,
    NameTarget,
    PassTask,
    SegmentHeard,
    SegmentOrigin,
    StartTalk,
    TasksSynced,
)
from device_agent import events, reporting
from device_agent.core.acts import Act, DeclineCode, Declined, Notice, WristState, consider, settled
from device_agent.core.alerts import AlertMove, AlertPatterns, AlertState, Verdict, judge
from device_agent.core.book import Change, Changed, ClaimedElsewhere, ClaimedHere, Left, Offered, Surprise, follow
from device_agent.events import Journal
from device_agent.haptics import Alert, Alerter
from device_agent.store import AgentStore
from runtime.agent.link import AgentLink, LinkSettings, Streamed
from runtime.agent.mailbox import Mailbox
from runtime.agent.models import ModelTraffic
from runtime.bus import Bus
from runtime.clock import Clock
from runtime.ids import Ids

log = logging.getLogger(__name__)

ALERTS_KEPT = timedelta(days=7)
"""How long after a task's expiry its alert is remembered."""


class DeviceAgent:
    """One watch or band; a :class:`runtime.agent.link.AgentHandler`. Acts return the message's id or ``Declined``."""

    def __init__(
        self,
        *,
        device: str,
        kind: DeviceKind,
        version: str,
        bus: Bus,
        mailbox: Mailbox,
        clock: Clock,
        ids: Ids,
        alerter: Alerter,
        journal: Journal,
        patterns: AlertPatterns | None = None,
        link_settings: LinkSettings | None = None,
        chance: random.Random | None = None,
        models: ModelTraffic | None = None,
    ) -> None:
        self.device = device
        self.kind = kind
        self.journal = journal
        self._mailbox = mailbox
        self._store = AgentStore(mailbox)
        self._alerter = alerter
        self._patterns = patterns or AlertPatterns()
        self._traces: dict[str, str] = {}
        self._in_step = False
        self._staged: tuple[WristState, tuple[Change, ...]] | None = None
        self.link = AgentLink(
            device=device,
            kind=kind,
            version=version,
            bus=bus,
            mailbox=mailbox,
            handler=self,
            clock=clock,
            ids=ids,
            settings=link_settings,
            chance=chance,
            models=models,
        )
        self._state = replace(self._store.load(), offline_since=self.link.offline_since)
        self._store.prune(self.link.clock.now() - ALERTS_KEPT)
        self._step_out()
        binding = self._state.binding
        self.journal.emit(
            events.Started(
                device=device,
                kind=kind.value,
                version=version,
                tasks=len(self._state.book.tasks),
                branch=binding.branch if binding else None,
            )
        )

    @property
    def state(self) -> WristState:
        """All that is known just now; a new value after each change."""
        return self._state

    async def run(self) -> None:
        """Keep in touch with the hub until cancelled."""
        try:
            await self.link.run()
        finally:
            self.journal.emit(events.Stopped(device=self.device))

    # What the link tells

    def apply(self, message: Streamed) -> None:
        before = self._state
        step = follow(before.book, message)
        self._store.save_book(before.book, step.book)
        after = replace(before, book=step.book)
        if isinstance(message, DeviceBound | TasksSynced):
            self._store.save_binding(message.binding, message.choices)
            after = replace(after, binding=message.binding, choices=message.choices)
        for change in step.changes:
            self._store_alert(change)
        whole = isinstance(message, TasksSynced)
        for intent in settled(self._store.intents(), step.book, whole=whole):
            self._store.end_intent(intent.message_id)
        if isinstance(message, DeviceBound | TasksSynced):
            self._settle_binding(message)
        self._staged = (replace(after, intents=self._store.intents()), step.changes)

    def applied(self, message: Streamed, traceparent: str | None) -> None:
        if self._staged is None:
            return
        before = self._state
        self._state, changes = self._staged
        self._staged = None
        self._in_step = True
        for event in reporting.of_message(before, self._state, message):
            self.journal.emit(event)
        for change in changes:
            self._tell(change, traceparent)
        self._raise_due()

    def on_acked(self, ids: tuple[str, ...]) -> None:
        self._state = replace(self._state, intents=self._store.intents())
        self.journal.emit(events.Delivered(ids=ids))

    def on_refused(self, message_id: str, message: AnyMessage, refusal: Refusal) -> None:
        task = reporting.task_of(message)
        self._store.end_intent(message_id)
        self._store.add_notice(Notice(message_id, refusal.code.value, task, self.link.clock.now()))
        self._state = replace(self._state, intents=self._store.intents(), notices=self._store.notices())
        log.warning("hub_refused task=%s code=%s detail=%r", task, refusal.code, refusal.detail)
        asyncio.get_running_loop().call_soon(self._after_refusal, reporting.refused(message_id, message, refusal))

    def on_link(self, online: bool) -> None:
        self._state = replace(self._state, online=online, offline_since=self.link.offline_since)
        if not online:
            self._step_out()
        self.journal.emit(events.Online() if online else events.Offline())

    def _after_refusal(self, event: events.Refused) -> None:
        """Outside the link's transaction: a refused talk no longer keeps the wrist quiet."""
        self.journal.emit(event)
        self._raise_due()

    # What the advisor does

    def bind(self, branch: str) -> str | Declined:
        """Ask the hub to bind this device to a branch (W-02)."""
        if self._state.under_way(Act.BIND, branch):
            return Declined(code=DeclineCode.UNDER_WAY, detail=f"binding to {branch} is under way: await the hub")
        return self._act(Act.BIND, BindDevice(branch=branch), branch)

    def unbind(self) -> str | Declined:
        """Leave the branch (W-02)."""
        if self._state.binding is None:
            return Declined(code=DeclineCode.NOT_BOUND, detail="the device is bound to no branch: bind it first")
        return self._act(Act.UNBIND, UnbindDevice(), self._state.binding.branch)

    def claim(self, task_id: str) -> str | Declined:
        """Want the task; who has it is what the hub says next (W-06)."""
        return consider(self._state, Act.CLAIM, task_id) or self._act(Act.CLAIM, ClaimTask(task_id=task_id), task_id)

    def pass_task(self, task_id: str) -> str | Declined:
        """Decline the task (W-06)."""
        return consider(self._state, Act.PASS, task_id) or self._act(Act.PASS, PassTask(task_id=task_id), task_id)

    def start_talk(self, task_id: str, consent: Consent) -> str | Declined:
        """Begin the talk with the customer's answer to the recording question; one talk at a time (W-10)."""
        return consider(self._state, Act.TALK, task_id) or self._act(
            Act.TALK, StartTalk(task_id=task_id, consent=consent), task_id
        )

    def say(self, text: str, language: Language | None = None) -> str | Declined:
        """A typed line of the running talk, 1 to 2,000 characters; needs no consent (W-10)."""
        talk = self._state.talk
        if talk is None:
            return Declined(code=DeclineCode.NO_TALK, detail="no talk is running: start one first")
        declined = consider(self._state, Act.SAY, talk.task)
        if declined is not None:
            return declined
        if not 0 < len(text.strip()) <= 2000:
            return Declined(code=DeclineCode.INVALID, detail=f"{len(text)} characters: say 1 to 2,000")
        with self._mailbox.transaction():
            segment = SegmentHeard(
                task_id=talk.task,
                index=self._store.next_index(talk.task),
                origin=SegmentOrigin.TYPED,
                language=language or self._state.language or Language.EN,
                text=text.strip(),
            )
            return self.link.send(segment, traceparent=self._traces.get(talk.task))

    def give_feedback(self, feedback: GiveFeedback) -> str | Declined:
        """End the visit: queued offline, sent once (W-14)."""
        if (
            max(len(feedback.products), len(feedback.preferences), len(feedback.refused)) > 20
            or len(feedback.note) > 2000
        ):
            return Declined(
                code=DeclineCode.INVALID,
                detail="at most 20 products, preferences and refused, 2,000 characters of note",
            )
        result = consider(self._state, Act.FEEDBACK, feedback.task_id) or self._act(
            Act.FEEDBACK, feedback, feedback.task_id
        )
        self._raise_due()
        return result

    def name_target(self, customer: str, business: str) -> str | Declined:
        """Name a customer of this branch by hand (W-03b)."""
        if self._state.binding is None:
            return Declined(code=DeclineCode.NOT_BOUND, detail="the device is bound to no branch: bind it first")
        return self.link.send(NameTarget(customer=customer, business=business))

    def dismiss_notice(self, message_id: str) -> None:
        """The advisor has seen this refusal."""
        with self._mailbox.transaction():
            self._store.end_notice(message_id)
        self._state = replace(self._state, notices=self._store.notices())

    def _act(self, act: Act, message: AnyMessage, subject: str) -> str:
        with self._mailbox.transaction():
            message_id = self.link.send(message, traceparent=self._traces.get(subject))
            self._store.add_intent(message_id, act, subject)
        self._state = replace(self._state, intents=self._store.intents())
        return message_id

    def _settle_binding(self, message: DeviceBound | TasksSynced) -> None:
        branch = message.binding.branch if message.binding else None
        for intent in self._store.intents():
            there = intent.act is Act.BIND and intent.subject == branch
            away = intent.act is Act.UNBIND and intent.subject != branch
            answered = intent.act in (Act.BIND, Act.UNBIND) and not intent.queued
            if there or away or answered:
                self._store.end_intent(intent.message_id)

    # Alerts

    def _store_alert(self, change: Change) -> None:
        """In the transaction of the change: an offer makes its only alert due, whatever comes held never buzzes."""
        match change:
            case Offered():
                if not self._store.add_alert(change.view, AlertState.DUE):
                    self._store.move_alert(change.view.task, AlertMove.OFFER)
            case ClaimedHere() | Changed():
                self._store.add_alert(change.view, AlertState.SILENCED)
            case ClaimedElsewhere() | Left() | Surprise():
                pass

    def _tell(self, change: Change, traceparent: str | None) -> None:
        if isinstance(change, Surprise):
            log.warning("hub_surprise task=%s status=%s signal=%s", change.task_id, change.status, change.signal)
            self._store.forget_position()
            return
        view = change.view
        if view is not None and traceparent is not None:
            self._traces[view.task] = traceparent
        self.journal.emit(reporting.of_change(change, traceparent or (self._traces.get(view.task) if view else None)))
        if isinstance(change, Left | ClaimedElsewhere) and view is not None:
            self._traces.pop(view.task, None)
        if view is not None and not isinstance(change, Offered):
            self._silence(view.task)

    def _silence(self, task_id: str) -> None:
        """End the alert of a task that is no longer for the taking; what was felt is stopped on the wrist."""
        view = self._state.book.tasks.get(task_id)
        if view is not None and judge(view, now=self.link.clock.now(), quiet=False) is Verdict.RAISE:
            return
        with self._mailbox.transaction():
            left = self._store.move_alert(task_id, AlertMove.SILENCE)
        if left in (AlertState.RAISING, AlertState.RAISED):
            self._alerter.silence(task_id)

    def _raise_due(self) -> None:
        """Raise what is due, if the book is the hub's as of now; while a talk runs it waits."""
        if not self._in_step:
            return
        for task_id in self._store.due():
            view = self._state.book.tasks.get(task_id)
            taken = self._state.under_way(Act.CLAIM, task_id) or self._state.under_way(Act.PASS, task_id)
            verdict = judge(view, now=self.link.clock.now(), quiet=self._state.talk is not None)
            if view is None or taken or verdict is Verdict.DROP:
                with self._mailbox.transaction():
                    self._store.move_alert(task_id, AlertMove.SILENCE)
            elif verdict is Verdict.RAISE:
                with self._mailbox.transaction():
                    self._store.move_alert(task_id, AlertMove.BEGIN)
                pattern = self._patterns.of(view.urgency)
                self._alerter.alert(Alert(view=view, pattern=pattern, trace=self._traces.get(task_id)))
                with self._mailbox.transaction():
                    self._store.move_alert(task_id, AlertMove.END)

    def _step_out(self) -> None:
        """Out of touch: a waiting alert may be stale, so the hub must tell the whole state before it buzzes."""
        self._in_step = False
        if self._store.due():
            with self._mailbox.transaction():
                self._store.forget_position()
