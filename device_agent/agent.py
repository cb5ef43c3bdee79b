"""The agent of one wearable: follows the hub, keeps the book, buzzes, and carries the advisor's acts to the hub.

The store is written first, memory and the wrist after: kill -9 at any point loses nothing and repeats nothing.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from contracts import AnyMessage, Refusal
from contracts.fields import DeviceKind, Language
from contracts.lending import CallFelt, LendingTold
from contracts.session import DeviceBound
from contracts.visits import AlertsTimed, TasksSynced
from device_agent import events, reporting
from device_agent.acting import AdvisorActs
from device_agent.alarm import Alarm, Orders, quiet
from device_agent.conditions import Scripted, Sensors
from device_agent.core.acts import Act, Notice, WristState, settled
from device_agent.core.alerts import AlertPatterns
from device_agent.core.book import Change, ClaimedElsewhere, ClaimedHere, Left, Offered, Step, Surprise, follow
from device_agent.core.conditions import Wrist
from device_agent.core.hearing import Ear
from device_agent.events import Journal
from device_agent.haptics import Alerter, Motor, ScreenMotor, Speaker
from device_agent.haptics.summons import Summons
from device_agent.lending import LentDevice
from device_agent.receipts import Receipts
from device_agent.standing import Standing
from device_agent.store import AgentStore
from device_agent.talking import Talking
from device_agent.timers import LoopTimers, Timers
from device_agent.wearer import Wearer
from models.talk.lexicon import Lexicon
from runtime.agent.audio import AudioTraffic
from runtime.agent.link import AgentLink, LinkSettings, Streamed
from runtime.agent.mailbox import Mailbox
from runtime.agent.models import ModelTraffic
from runtime.bus import Bus
from runtime.clock import Clock
from runtime.ids import Ids

log = logging.getLogger(__name__)

ALERTS_KEPT = timedelta(days=7)
"""How long after a task's expiry its alert is remembered."""


class DeviceAgent(AdvisorActs):
    """One watch or band: a :class:`runtime.agent.handler.AgentHandler`, with the acts of its advisor."""

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
        sensors: Sensors | None = None,
        speaker: Speaker | None = None,
        ear: Ear | None = None,
        timers: Timers | None = None,
        language: Language | None = None,
        lexicon: Callable[[], Lexicon | None] = lambda: None,
        speech_language: Language | None = None,
        tick: Callable[[], None] = lambda: None,
        audio: AudioTraffic | None = None,
        motor: Motor | None = None,
    ) -> None:
        """``motor``: what a customer feels who is lent this device; without one the window shows it."""
        self.device = device
        self.kind = kind
        self.journal = journal
        self._mailbox = mailbox
        self._store = AgentStore(mailbox)
        self._speaker = speaker
        self._language = language
        self._own_timers = LoopTimers()
        self._traces: dict[str, str] = {}
        self._shown: set[str] = set()
        self._in_step = False
        self._staged: tuple[WristState, tuple[Change, ...], Orders] | None = None
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
            audio=audio,
        )
        self._standing = Standing(replace(self._store.load(), offline_since=self.link.offline_since))
        self._receipts = Receipts(
            send=self._send_receipts, translate=self.link.hub_clock.at, timers=timers or self._own_timers
        )
        self._talking = Talking(
            self._standing,
            self._store,
            self.link.clock,
            timers or self._own_timers,
            send=self._send_segment,
            ear=ear,
            lexicon=lexicon,
            language=lambda: speech_language or self.spoken_language,
            tick=tick,
            heard=self._tell_heard,
        )
        self._alarm = Alarm(
            standing=self._standing,
            store=self._store,
            alerter=alerter,
            patterns=patterns or AlertPatterns(),
            clock=self.link.clock,
            timers=timers or self._own_timers,
            receipts=self._receipts,
            traces=self._traces,
            disk_refused=self.on_disk_refused,
        )
        self._lent = LentDevice(
            standing=self._standing,
            store=self._store,
            summons=Summons(motor or ScreenMotor(journal.emit), timers or self._own_timers),
            timers=timers or self._own_timers,
            clear=self._clear,
        )
        self.wearer = Wearer(
            mailbox=mailbox, sensors=sensors or Scripted(), clock=self.link.clock, on_change=self._wearer_changed
        )
        self._worn()
        if self._now.lent is not None and self._now.lent.lent is not None:
            self.wearer.clear()  # it may have died between being lent and forgetting
        self._store.prune(self.link.clock.now() - ALERTS_KEPT)
        self._step_out()
        self._talking.settle()
        binding = self._now.binding
        self.journal.emit(
            events.Started(
                device=device,
                kind=kind.value,
                version=version,
                tasks=len(self._now.book.tasks),
                branch=binding.branch if binding else None,
            )
        )

    async def run(self) -> None:
        """Keep in touch with the hub until cancelled."""
        self._lent.on_link(self._now.online)  # whoever starts out of reach is as much without the hub as who loses it
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.link.run(), name=f"link {self.device}")
                group.create_task(self.wearer.run(), name=f"wearer {self.device}")
        finally:
            self._own_timers.close()
            self.journal.emit(events.Stopped(device=self.device))

    # What the link tells

    def apply(self, message: Streamed) -> None:
        before = self._now
        step = Step(before.book) if isinstance(message, LendingTold) else follow(before.book, message)
        self._store.save_book(before.book, step.book)
        after = replace(before, book=step.book)
        if isinstance(message, DeviceBound | TasksSynced):
            self._store.save_binding(message.binding, message.choices)
            after = replace(after, binding=message.binding, choices=message.choices)
        if isinstance(message, LendingTold | TasksSynced):
            after = replace(after, lent=self._lent.told(before.lent, message))
        whole = isinstance(message, TasksSynced)
        for intent in settled(self._store.intents(), step.book, whole=whole):
            self._store.end_intent(intent.message_id)
        if isinstance(message, DeviceBound | TasksSynced):
            self._settle_binding(message)
        after = replace(after, intents=self._store.intents())
        self._staged = (after, step.changes, self._alarm.order(after, step.changes))

    def applied(self, message: Streamed, traceparent: str | None) -> None:
        if self._staged is None:
            return
        before = self._now
        self._standing.state, changes, orders = self._staged
        self._staged = None
        self._in_step = True
        for change in changes:
            if isinstance(change, Offered):
                self._receipts.delivered(change.view.task, self.link.arrived)
                if traceparent is not None:
                    self._traces[change.view.task] = traceparent
        with self.journal.hold() as held:  # the motor doesn't wait until all have read what happened
            self._alarm.carry_out(orders)
        for event in (*self._lent.show(before.lent, self._now.lent), *reporting.of_message(before, self._now, message)):
            self.journal.emit(event)
        self._talking.settle(told=message)
        if quiet(self._now):  # a talk that began on another device
            self._alarm.hush_all()
        for change in changes:
            self._tell(change, traceparent)
        self.journal.release(held)

    def _tell(self, change: Change, traceparent: str | None) -> None:
        if isinstance(change, Surprise):
            log.warning("hub_surprise task=%s status=%s signal=%s", change.task_id, change.status, change.signal)
            self._store.forget_position()
            return
        self._alarm.follow(change)
        view = change.view
        if view is not None and traceparent is not None:
            self._traces[view.task] = traceparent
        trace = traceparent or (self._traces.get(view.task) if view else None)
        self.journal.emit(reporting.of_change(change, trace, self.link.arrived))
        if view is not None and isinstance(change, Left | ClaimedElsewhere | ClaimedHere):
            self._receipts.forget(view.task)
            self._shown.discard(view.task)
        if view is not None and isinstance(change, Left | ClaimedElsewhere):
            self._traces.pop(view.task, None)

    def on_acked(self, ids: tuple[str, ...]) -> None:
        self._standing.state = replace(self._now, intents=self._store.intents())
        self._talking.acked(ids)
        self.journal.emit(events.Delivered(ids=ids))

    def on_refused(self, message_id: str, message: AnyMessage, refusal: Refusal) -> None:
        task = reporting.task_of(message)
        self._store.end_intent(message_id)
        self._talking.refused(message_id, message, refusal.code)
        if not isinstance(message, AlertsTimed | CallFelt):  # no act of the advisor's
            self._store.add_notice(Notice(message_id, refusal.code.value, task, self.link.clock.now()))
        self._standing.state = replace(self._now, intents=self._store.intents(), notices=self._store.notices())
        log.warning("hub_refused task=%s code=%s detail=%r", task, refusal.code, refusal.detail)
        asyncio.get_running_loop().call_soon(self._after_refusal, reporting.refused(message_id, message, refusal))

    def on_disk_refused(self) -> None:
        self.wearer.disk_refused()

    def on_link(self, online: bool) -> None:
        self._standing.state = replace(self._now, online=online, offline_since=self.link.offline_since)
        self._lent.on_link(online)
        if online:
            self._receipts.tick()
        else:
            self._step_out()
        self.journal.emit(events.Online() if online else events.Offline())

    def _after_refusal(self, event: events.Refused) -> None:
        """Outside the link's transaction: a refused talk no longer keeps the wrist quiet, a refused form does again."""
        self._talking.settle()
        self.journal.emit(event)
        self._hush_or_raise()

    def _send_receipts(self, receipts: AlertsTimed) -> None:
        self._durably(lambda: self.link.send(receipts))

    def _settle_binding(self, message: DeviceBound | TasksSynced) -> None:
        branch = message.binding.branch if message.binding else None
        for intent in self._store.intents():
            there = intent.act is Act.BIND and intent.subject == branch
            away = intent.act is Act.UNBIND and intent.subject != branch
            answered = intent.act in (Act.BIND, Act.UNBIND) and not intent.queued
            if there or away or answered:
                self._store.end_intent(intent.message_id)

    def _step_out(self) -> None:
        """Out of touch: a waiting alert may be stale, so the hub must tell the whole state before it buzzes."""
        self._in_step = False
        if self._store.due() or self._lent.died_calling:
            self._durably(self._forget_position)

    def _forget_position(self) -> str:
        self._store.forget_position()
        return ""

    def _wearer_changed(self) -> None:
        self._worn()
        wearer = self.wearer
        self.journal.emit(
            events.Worn(
                battery_percent=wearer.conditions.battery_percent,
                storage=wearer.conditions.storage,
                wrist=wearer.conditions.wrist,
                locked=wearer.lock.locked,
                quiet=wearer.preferences.quiet,
            )
        )

    def _clear(self) -> None:
        """The device changes hands."""
        self._alarm.put_all_away()
        self.hush()
        self._standing.state = replace(self._now, notices=())
        self.wearer.clear()

    def _worn(self) -> None:
        """The advisor's choices, the device's condition or its lock changed."""
        wearer = self.wearer
        self._standing.state = replace(
            self._now, preferences=wearer.preferences, conditions=wearer.conditions, lock=wearer.lock
        )
        self.link.battery_percent = wearer.conditions.battery_percent
        if wearer.lock.locked or wearer.conditions.wrist is not Wrist.UP:
            self.hush()
        self._hush_or_raise()

    def _hush_or_raise(self) -> None:
        if quiet(self._now):
            self._alarm.hush_all()
        else:
            self._raise_due()
