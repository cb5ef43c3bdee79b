"""The session of an agent with the hub (W-01): report, heartbeat, outbox pump, stream position, clock correction.

Upward, one message is in flight at a time, in order, until the hub acknowledges it end to end (PUBACK means nothing
durable). Downward, the hub numbers what it says; a gap, a new hub run or a reconnect is answered with the whole state,
so after any loss the agent holds exactly what the hub holds.
"""

import asyncio
import logging
import random
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from msgspec import UNSET, UnsetType

from contracts import AnyMessage, Envelope, ErrorCode, Refusal, decode, encode, topics
from contracts.audio import AudioEnded, AudioGranted, AudioHeard, AudioRefused
from contracts.bookings import BookingsTold
from contracts.fields import DeviceKind
from contracts.lending import LendingTold
from contracts.lobby import LobbyTold, NumbersLeased, TicketAdvised
from contracts.messages import wire_type
from contracts.models import ModelAnnounced, ModelChunk
from contracts.session import (
    DeliveryAcked,
    DeviceBound,
    DeviceReported,
    DeviceWelcomed,
    HubStarted,
    MessageRefused,
    Presence,
    PresenceChanged,
    StreamPosition,
)
from contracts.visits import TaskClaimed, TaskOffered, TasksSynced, TaskUpdated, TaskWithdrawn
from runtime.agent.audio import AudioTraffic
from runtime.agent.handler import AgentHandler, Streamed
from runtime.agent.hub_clock import HubClock
from runtime.agent.letter_times import LetterTimes
from runtime.agent.link_settings import LinkSettings, link_bus_settings
from runtime.agent.lobby import LobbyTraffic
from runtime.agent.mailbox import Mailbox, disk_is_full
from runtime.agent.models import ModelTraffic
from runtime.backoff import full_jitter
from runtime.bus import Bus, Outgoing, Received
from runtime.clock import Clock, CorrectedClock
from runtime.errors import BusUnavailable
from runtime.ids import Ids

__all__ = ["AgentLink", "LinkSettings", "Streamed", "link_bus_settings"]

log = logging.getLogger(__name__)


class AgentLink:
    """Keeps one agent in touch with the hub; ``run`` until cancelled.

    ``arrived``: when the message that is being handled came, in monotonic seconds; ``hub_clock`` says when that was on
    the hub's monotonic clock.
    """

    def __init__(
        self,
        *,
        device: str,
        kind: DeviceKind,
        version: str,
        bus: Bus,
        mailbox: Mailbox,
        handler: AgentHandler,
        clock: Clock,
        ids: Ids,
        settings: LinkSettings | None = None,
        chance: random.Random | None = None,
        models: ModelTraffic | None = None,
        audio: AudioTraffic | None = None,
        lobby: LobbyTraffic | None = None,
    ) -> None:
        self.device = device
        self.clock = CorrectedClock(clock)
        self.online = False
        self.offline_since: datetime | None = self.clock.now()
        self.battery_percent: int | None = None
        self.hub_clock = HubClock()
        self.arrived = self.clock.monotonic()
        self._kind = kind
        self._version = version
        self._bus = bus
        self._mailbox = mailbox
        self._handler = handler
        self._ids = ids
        self._settings = settings or LinkSettings()
        self._chance = chance or random.Random()
        self._models = models
        self._audio = audio
        self._lobby = lobby
        self._wake = asyncio.Event()
        self._answered = asyncio.Event()
        self._report_now = asyncio.Event()
        self._heard = self.arrived
        self._asked_resync = float("-inf")
        self._exact = True
        self._exact_report: str | None = None
        self._parts: dict[int, TasksSynced] = {}
        self._parts_of: StreamPosition | None = None
        self._letter_times = LetterTimes(mailbox, self.clock)

    async def run(self) -> None:
        """Connect and keep in touch until cancelled; says goodbye on the way out."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._bus.run(self), name=f"bus {self.device}")
                group.create_task(self._heartbeat(), name=f"heartbeat {self.device}")
                group.create_task(self._pump(), name=f"pump {self.device}")
                if self._models is not None:
                    group.create_task(self._models.run(self.tell), name=f"models {self.device}")
                if self._audio is not None:
                    group.create_task(self._audio.run(self.tell), name=f"audio {self.device}")
                if self._lobby is not None:
                    group.create_task(self._lobby.run(self.tell), name=f"lobby {self.device}")
                try:
                    await asyncio.Future()
                finally:
                    await self._say_goodbye()
        finally:
            self._set_online(False)

    def send(self, message: AnyMessage, *, traceparent: str | None = None) -> str:
        """Queue a message durably and wake the pump; call it in the transaction of its cause. Returns its id."""
        envelope = self._wrap(message, traceparent=traceparent)
        self._mailbox.put(envelope.id, topics.up(self.device, type(message)), encode(envelope))
        self._letter_times.queued(envelope.id)
        self._wake.set()
        return envelope.id

    async def tell(self, message: AnyMessage, *, expires_s: float | None = None) -> None:
        """Say it now or never: for what its sender says again as long as it matters, for ``expires_s`` at most."""
        expires = self.clock.now() + timedelta(seconds=expires_s) if expires_s is not None else UNSET
        envelope = msgspec.structs.replace(self._wrap(message), expires=expires)
        await self._publish(Outgoing(topics.up(self.device, type(message)), encode(envelope)))

    def on_connected(self) -> None:
        self._heard = self.clock.monotonic()
        self._parts.clear()
        self.hub_clock.forget()
        self._ask_exactly()

    def on_disconnected(self, reason: str) -> None:
        log.info("link_down device=%s reason=%r", self.device, reason)
        self._set_online(False)

    def on_message(self, message: Received) -> None:
        self.arrived = self.clock.monotonic()
        envelope = decode(message.payload)
        if isinstance(envelope, Refusal):
            log.warning("message_refused device=%s code=%s detail=%r", self.device, envelope.code, envelope.detail)
            return
        if envelope.source != "hub":
            log.warning(
                "message_refused device=%s code=%s source=%r", self.device, ErrorCode.FOREIGN_SOURCE, envelope.source
            )
            return
        self._heard = self.arrived
        try:
            self._hear(envelope)
        except sqlite3.OperationalError as error:
            if not disk_is_full(error):
                raise
            log.warning("message_unsaved device=%s type=%s why=%r", self.device, envelope.type, str(error))
            self._handler.on_disk_refused()

    def _hear(self, envelope: Envelope[AnyMessage]) -> None:
        data = envelope.data
        match data:
            case DeviceWelcomed():
                self._welcome(data, envelope.correlationid)
            case HubStarted():
                self.hub_clock.runs(data.epoch)
                self._after_a_while(self._begin_anew)
            case DeliveryAcked():
                self._mailbox.acked(data.ids)
                self._answered.set()
                self._handler.on_acked(data.ids)
            case MessageRefused():
                self._refused(data)
            case DeviceBound() | TaskOffered() | TaskClaimed() | TaskWithdrawn() | TaskUpdated() | LendingTold():
                self._stream(data, _trace(envelope))
            case TasksSynced():
                self._sync(data, _trace(envelope))
            case ModelAnnounced() | ModelChunk():
                if self._models is not None:
                    self._models.on_message(data)
            case AudioGranted() | AudioRefused() | AudioHeard() | AudioEnded():
                if self._audio is not None:
                    self._audio.on_message(data)
            case NumbersLeased() | LobbyTold() | BookingsTold() | TicketAdvised():
                if self._lobby is not None:
                    self._lobby.on_message(data)
            case _:
                log.warning(
                    "message_refused device=%s code=%s type=%s", self.device, ErrorCode.WRONG_TOPIC, envelope.type
                )

    def _welcome(self, welcome: DeviceWelcomed, answered: str | UnsetType) -> None:
        if self._exact_report is not None and answered == self._exact_report:
            self._exact = False
        ahead_s = (welcome.hub_time - self.clock.now()).total_seconds()
        # By as much as it was on its way the hub's word may be old, and a right clock is not to be set back by that.
        under_way_s = self.hub_clock.waited_s(answered, self.arrived) if answered is not UNSET else 0.0
        moved = self.clock.correct(welcome.hub_time) if not -1 - under_way_s <= ahead_s <= 1 else None
        if moved is not None:
            log.info("clock_corrected device=%s by_s=%.1f", self.device, moved.total_seconds())
        self._letter_times.hub_time_known()
        learned = answered is not UNSET and self.hub_clock.answered(answered, welcome, self.arrived)
        if learned and self.hub_clock.exchanges < self._settings.clock_exchanges:
            self._after_a_while(self._report_now.set)
        self._set_online(True)
        self._wake.set()

    def _after_a_while(self, ask: Callable[[], None]) -> None:
        """Soon, but not all agents at the same moment: a whole bank's may just have heard the same."""
        spread_s = self._settings.heartbeat_s / 20
        asyncio.get_running_loop().call_later(self._chance.uniform(0, spread_s), ask)

    def _stream(self, message: Streamed, traceparent: str | None) -> None:
        held, position = self._mailbox.position(), message.position
        if held is not None and held.epoch == position.epoch:
            if position.revision <= held.revision:
                return
            if position.revision == held.revision + 1:
                self._take(message, traceparent)
                return
        self._resync(f"holds {held}, hears {position}")

    def _sync(self, synced: TasksSynced, traceparent: str | None) -> None:
        held = self._mailbox.position()
        if held is not None and held.epoch == synced.position.epoch and synced.position.revision <= held.revision:
            return
        if self._parts_of != synced.position:
            self._parts.clear()
            self._parts_of = synced.position
        self._parts[synced.part] = synced
        if len(self._parts) < synced.parts:
            return
        tasks = tuple(task for part in sorted(self._parts) for task in self._parts[part].tasks)
        self._parts.clear()
        self._take(msgspec.structs.replace(synced, part=1, parts=1, tasks=tasks), traceparent)

    def _take(self, message: Streamed, traceparent: str | None) -> None:
        with self._mailbox.replica_transaction():
            self._handler.apply(message)
            self._mailbox.advance(message.position)
        self._handler.applied(message, traceparent)

    def _resync(self, why: str) -> None:
        now = self.clock.monotonic()
        if now - self._asked_resync >= self._settings.resync_wait_s:
            self._asked_resync = now
            log.info("resync device=%s %s", self.device, why)
            self._ask_exactly()

    def _begin_anew(self) -> None:
        self._ask_exactly()
        if self._lobby is not None:
            self._lobby.on_link(self.online)

    def _ask_exactly(self) -> None:
        self._exact, self._exact_report = True, None
        self._report_now.set()

    def _refused(self, refused: MessageRefused) -> None:
        if refused.code is ErrorCode.CLOCK_SKEWED:
            self._mend_clock(refused)
            return
        if refused.id is None or refused.code.retryable:
            return
        refusal = Refusal(code=refused.code, detail=refused.detail, message_id=refused.id)
        with self._mailbox.transaction():
            letter = self._mailbox.refuse(refused.id, refused.code, refused.detail)
            if letter is not None:
                envelope = decode(letter.payload)
                if isinstance(envelope, Envelope):
                    self._handler.on_refused(letter.id, envelope.data, refusal)
        log.warning("refused device=%s id=%s code=%s detail=%r", self.device, refused.id, refused.code, refused.detail)
        self._answered.set()

    def _mend_clock(self, refused: MessageRefused) -> None:
        moved = self.clock.correct(refused.hub_time)
        log.warning("clock_corrected device=%s by_s=%.1f", self.device, moved.total_seconds())
        self._letter_times.mend(refused.id, moved)
        self._report_now.set()

    async def _pump(self) -> None:
        while True:
            letter = self._mailbox.head() if self.online else None
            if letter is None:
                self._wake.clear()
                await self._wake.wait()
                continue
            attempt = 0
            while self.online and (current := self._mailbox.head()) is not None and current.id == letter.id:
                self._answered.clear()
                await self._publish(Outgoing(current.topic, current.payload))
                wait_s = full_jitter(
                    attempt,
                    first_s=self._settings.resend_first_s,
                    most_s=self._settings.resend_most_s,
                    chance=self._chance,
                )
                attempt += 1
                try:
                    async with asyncio.timeout(self._settings.resend_first_s / 2 + wait_s):
                        await self._answered.wait()
                except TimeoutError:
                    continue

    async def _heartbeat(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._settings.heartbeat_s):
                    await self._report_now.wait()
            except TimeoutError:
                pass
            self._report_now.clear()
            silent_s = self.clock.monotonic() - self._heard
            if self._bus.connected and silent_s > 1.5 * self._settings.keepalive_s:
                self._set_online(False)
                self._heard = self.clock.monotonic()
                self._bus.reconnect(f"hub silent for {silent_s:.0f} s")
            elif self._bus.connected:
                await self._report()

    async def _report(self) -> None:
        report = DeviceReported(
            kind=self._kind,
            agent_version=self._version,
            position=self._mailbox.position(),
            exact=self._exact,
            battery_percent=self.battery_percent,
            model=self._models.held if self._models is not None else UNSET,
        )
        envelope = self._wrap(report)
        if self._exact:
            self._exact_report = envelope.id
        if not self.online:
            online = encode(self._wrap(PresenceChanged(presence=Presence.ONLINE)))
            await self._publish(Outgoing(topics.state(self.device), online, qos=1, retain=True))
        payload = encode(envelope)
        self.hub_clock.asked(envelope.id, self.clock.monotonic())
        await self._publish(Outgoing(topics.up(self.device, DeviceReported), payload))

    async def _say_goodbye(self) -> None:
        if self._bus.connected:
            left = encode(self._wrap(PresenceChanged(presence=Presence.LEFT)))
            try:
                async with asyncio.timeout(self._settings.goodbye_s):
                    await self._publish(Outgoing(topics.state(self.device), left, qos=1, retain=True))
            except TimeoutError:
                log.info("left_without_goodbye device=%s", self.device)

    async def _publish(self, message: Outgoing) -> None:
        try:
            await self._bus.publish([message])
        except BusUnavailable as error:
            log.info("publish_deferred device=%s topic=%s why=%r", self.device, message.topic, str(error))

    def _wrap(self, message: AnyMessage, *, traceparent: str | None = None) -> Envelope[AnyMessage]:
        return Envelope[AnyMessage](
            id=self._ids.new(),
            source=topics.source_of(self.device),
            type=wire_type(type(message)),
            time=self.clock.now(),
            traceparent=traceparent or UNSET,
            data=message,
        )

    def _set_online(self, online: bool) -> None:
        if online != self.online:
            self.online = online
            self.offline_since = None if online else self.clock.now()
            if self._models is not None:
                self._models.on_link(online)
            if self._audio is not None:
                self._audio.on_link(online)
            if self._lobby is not None:
                self._lobby.on_link(online)
            self._handler.on_link(online)


def _trace(envelope: Envelope[AnyMessage]) -> str | None:
    return None if envelope.traceparent is UNSET else envelope.traceparent
