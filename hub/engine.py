"""The heart of the hub: batches of inbound messages, each batch one durable transaction, then what is said about it.

Group commit: whatever arrived while the last batch was being committed is the next batch, so that one ``fsync`` serves
many tickets, and one ``session.run`` of the model many customers. The hub's loop calls it and nobody else.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from msgspec import UNSET
from sqlalchemy import Connection, delete
from sqlalchemy.exc import SQLAlchemyError

from contracts import AnyMessage, ContractError, Envelope, ErrorCode, Refusal, encode, topics
from contracts.messages import wire_type
from contracts.models import ModelChunkWanted, ModelReported
from contracts.session import (
    DeliveryAcked,
    DeviceReported,
    DeviceWelcomed,
    HubStarted,
    MessageRefused,
    PresenceChanged,
)
from contracts.tickets import TicketTaken
from contracts.visits import AlertsTimed, TaskOffered
from hub.admission import Admission, Rejected
from hub.event_bus import EventBus
from hub.fleet import FleetDirectory
from hub.inbound import Inbound
from hub.kernel import Device
from hub.metrics import Metrics
from hub.ports import Memory, ModelTraffic
from hub.storage import LookUp, Storage, UnitOfWork, ms, storage_failed
from hub.storage.schema import inbox
from hub.storage.unit import Said
from hub.streams import Streams
from runtime.bus import Outgoing, Received
from runtime.clock import Clock
from runtime.ids import Ids

log = logging.getLogger(__name__)

Handler = Callable[[UnitOfWork, Inbound[AnyMessage]], Refusal | None]
TicketHandler = Callable[[UnitOfWork, Sequence[Inbound[TicketTaken]]], Sequence[Refusal | None]]
ReceiptHandler = Callable[[UnitOfWork, Sequence[Inbound[AlertsTimed]]], None]
OfferWatcher = Callable[[str, str], None]
"""Is told of each task that leaves for a device: the task, the device."""

Snapshot = Callable[[UnitOfWork, str], Sequence[AnyMessage]]
Statement = Callable[[UnitOfWork, Device, AnyMessage], Refusal | None]
"""Takes what a device asks or says of itself again and again, as long as it holds."""
Job = Callable[[UnitOfWork], None]
Result = TypeVar("Result")

_ACKS_A_MESSAGE = 500
_UNQUEUED = (DeviceReported, ModelReported)
"""As statements, said again by their senders as long as they hold: taken each time, never in the inbox."""

_SEEN = LookUp(inbox.c.id, inbox.c.source, inbox.c.digest, inbox.c.refusal, by=(inbox.c.id,))


class Engine:
    """Turns inbound bytes into committed effects and outbound bytes. Not thread-safe: one writer calls it."""

    def __init__(
        self,
        *,
        storage: Storage,
        fleet: FleetDirectory,
        admission: Admission,
        events: EventBus,
        streams: Streams,
        clock: Clock,
        ids: Ids,
        metrics: Metrics,
        take_tickets: TicketHandler,
        take_receipts: ReceiptHandler,
        on_offer: OfferWatcher,
        handlers: dict[type[AnyMessage], Handler],
        snapshot: Snapshot,
        due: Job,
        forget: Job,
        memory: Memory,
        statements: Mapping[type[AnyMessage], Statement],
        models: ModelTraffic | None = None,
    ) -> None:
        self._storage = storage
        self._fleet = fleet
        self._admission = admission
        self._events = events
        self._streams = streams
        self._clock = clock
        self._ids = ids
        self._metrics = metrics
        self._take_tickets = take_tickets
        self._take_receipts = take_receipts
        self._on_offer = on_offer
        self._handlers = handlers
        self._snapshot = snapshot
        self._due = due
        self._forget = forget
        self._memory = memory
        self._statements = statements
        self._unqueued = (*_UNQUEUED, *statements)
        self._models = models
        self._stale = False

    def deliver_models(self, models: ModelTraffic) -> None:
        """From now on these models are brought to devices."""
        self._models = models

    def clock_us(self) -> int:
        """The hub's monotonic clock, in microseconds: what devices set theirs by."""
        return round(self._clock.monotonic() * 1e6)

    def process(self, batch: Sequence[Received], arrived_us: Sequence[int] = ()) -> list[Outgoing]:
        """Take a batch in, durably; returns what to publish. Nothing is published about what was not committed.

        ``arrived_us``: when each came, by :meth:`clock_us`; left out: just now.
        """
        now = self._clock.now()
        came_us = arrived_us or [self.clock_us()] * len(batch)
        said: list[Said] = []
        admitted: list[Inbound[AnyMessage]] = []
        pieces: list[Said] = []
        for received, at_us in zip(batch, came_us, strict=True):
            inbound = self._admission.admit(received, now, at_us)
            if isinstance(inbound, Rejected):
                self._reject(said, inbound, now)
            elif isinstance(inbound.data, PresenceChanged):
                self._fleet.presence[inbound.device.name] = inbound.data.presence
            elif isinstance(inbound.data, ModelChunkWanted):
                pieces += self._piece(inbound, inbound.data)
            else:
                self._fleet.heard[inbound.device.name] = now
                admitted.append(inbound)
        if admitted:
            said += self._take(admitted, now)
        said += pieces
        self._metrics.batch.observe(len(batch))
        return self._encode(said, now)

    def run(self, job: Callable[[UnitOfWork], Result]) -> tuple[Result, list[Outgoing]]:
        """Run a job (an HTTP request's, the timer's) as a transaction of its own; what it raises is raised, undone."""
        now = self._clock.now()
        try:
            self._catch_up()
            with self._storage.writing() as connection:
                unit = UnitOfWork(connection, now)
                result = job(unit)
                self._settle(unit)
        except BaseException:
            self._undo()
            raise
        self._memory.committed()
        return result, self._encode(unit.said, now)

    def tick(self) -> list[Outgoing]:
        """What time brings: escalations and expiries that are due."""
        return self.run(self._due)[1]

    def announce(self) -> list[Outgoing]:
        """Tells every device that the hub runs anew."""
        now = self._clock.now()
        started = HubStarted(epoch=self._streams.epoch)
        return self._encode([Said(device, started) for device in self._fleet.devices], now)

    def forget(self, older_than: timedelta) -> int:
        """Purge the ids that no admitted message can repeat any more, and what the rooms keep no longer; returns how
        many ids."""
        now = self._clock.now()
        with self._storage.writing() as connection:
            unit = UnitOfWork(connection, now)
            self._forget(unit)
            unit.flush()
            return connection.execute(delete(inbox).where(inbox.c.at_ms < ms(now - older_than))).rowcount

    def _take(self, admitted: list[Inbound[AnyMessage]], now: datetime) -> list[Said]:
        try:
            return self._transact(admitted, now)
        except Exception as error:
            self._undo()
            if storage_failed(error):
                log.exception("storage_failed messages=%d: not acknowledged, their senders send again", len(admitted))
                self._metrics.storage_failures.inc()
                return []
            if len(admitted) > 1:
                log.exception("batch_failed messages=%d: taking them one by one", len(admitted))
                return [said for inbound in admitted for said in self._take([inbound], now)]
            inbound = admitted[0]
            log.exception("handler_failed id=%s device=%s", inbound.id, inbound.device.name)
            said: list[Said] = []
            detail = "the hub failed on this message; its log says why"
            refusal = Refusal(code=ErrorCode.INTERNAL, detail=detail, message_id=inbound.id)
            self._reject(said, Rejected(inbound.device.name, refusal), now)
            return said

    def _transact(self, admitted: list[Inbound[AnyMessage]], now: datetime) -> list[Said]:
        refusals: list[Rejected] = []
        acks: dict[str, list[str]] = {}
        self._catch_up()
        with self._metrics.commit.time(), self._storage.writing() as connection:
            unit = UnitOfWork(connection, now)
            fresh = self._unseen(connection, admitted, acks, refusals)
            tickets = [inbound for inbound in fresh if isinstance(inbound.data, TicketTaken)]
            if tickets:
                decided = self._take_tickets(unit, tickets)  # type: ignore[arg-type]  # narrowed just above
                for inbound, refusal in zip(tickets, decided, strict=True):
                    self._conclude(unit, inbound, refusal, acks, refusals)
                self._events.deliver(unit)
            for inbound in fresh:
                if isinstance(inbound.data, DeviceReported):
                    self._welcome(unit, inbound, inbound.data)
                elif isinstance(inbound.data, ModelReported):
                    if self._models is not None:
                        self._models.reported(unit, inbound.device, inbound.data)
                elif (heard := self._statements.get(type(inbound.data))) is not None:
                    refusal = heard(unit, inbound.device, inbound.data)
                    if refusal is not None:
                        refusals.append(Rejected(inbound.device.name, refusal))
                elif not isinstance(inbound.data, (TicketTaken, AlertsTimed)):
                    refusal = self._handlers[type(inbound.data)](unit, inbound)
                    self._conclude(unit, inbound, refusal, acks, refusals)
                    self._events.deliver(unit)
            self._receipts(unit, [inbound for inbound in fresh if isinstance(inbound.data, AlertsTimed)], acks)
            self._settle(unit)
        self._memory.committed()
        said = unit.said
        for device, ids in acks.items():
            for start in range(0, len(ids), _ACKS_A_MESSAGE):
                said.append(Said(device, DeliveryAcked(ids=tuple(ids[start : start + _ACKS_A_MESSAGE]))))
        for rejected in refusals:
            self._reject(said, rejected, now)
        self._metrics.count_messages(fresh)
        return said

    def _receipts(self, unit: UnitOfWork, timed: Sequence[Inbound[AnyMessage]], acks: dict[str, list[str]]) -> None:
        """All receipts of a batch at once, after everything that somebody waits for."""
        if timed:
            self._take_receipts(unit, timed)  # type: ignore[arg-type]  # chosen by type
            for inbound in timed:
                self._conclude(unit, inbound, None, acks, [])

    def _unseen(
        self,
        connection: Connection,
        admitted: list[Inbound[AnyMessage]],
        acks: dict[str, list[str]],
        refusals: list[Rejected],
    ) -> list[Inbound[AnyMessage]]:
        ids = [inbound.id for inbound in admitted if not isinstance(inbound.data, self._unqueued)]
        seen: dict[str, tuple[str, bytes]] = {}
        refused: dict[str, bytes] = {}
        if ids:
            for message_id, source, digest, refusal in _SEEN.rows(connection, ids):
                seen[message_id] = (source, digest)
                if refusal is not None:
                    refused[message_id] = refusal
        fresh = []
        new: set[str] = set()
        for inbound in admitted:
            if isinstance(inbound.data, self._unqueued):
                fresh.append(inbound)
                continue
            before = seen.get(inbound.id)
            if before is None:
                seen[inbound.id] = (inbound.device.name, inbound.digest)
                new.add(inbound.id)
                fresh.append(inbound)
            elif before == (inbound.device.name, inbound.digest):
                self._metrics.repeated.inc()
                if inbound.id in refused:
                    answer = msgspec.json.decode(refused[inbound.id], type=Refusal)
                    refusals.append(Rejected(inbound.device.name, answer))
                elif inbound.id not in new:  # else the answer to the first of this batch, ack or refusal, is for both
                    acks.setdefault(inbound.device.name, []).append(inbound.id)
            else:
                detail = f"id {inbound.id} was used before for another message: give each message an id of its own"
                refusal = Refusal(code=ErrorCode.ID_REPLAYED, detail=detail, message_id=inbound.id)
                refusals.append(Rejected(inbound.device.name, refusal))
        return fresh

    @staticmethod
    def _conclude(
        unit: UnitOfWork,
        inbound: Inbound[AnyMessage],
        refusal: Refusal | None,
        acks: dict[str, list[str]],
        refusals: list[Rejected],
    ) -> None:
        told = None
        if refusal is None:
            acks.setdefault(inbound.device.name, []).append(inbound.id)
        else:
            told = msgspec.structs.replace(refusal, message_id=inbound.id)
            refusals.append(Rejected(inbound.device.name, told))
        if told is None or not told.code.retryable:
            row = {
                "id": inbound.id,
                "source": inbound.device.name,
                "digest": inbound.digest,
                "at_ms": ms(unit.now),
                "refusal": None if told is None else msgspec.json.encode(told),
            }
            unit.insert(inbox, row)

    def _welcome(self, unit: UnitOfWork, inbound: Inbound[AnyMessage], report: DeviceReported) -> None:
        device = inbound.device.name
        current = self._streams.agrees(device, report.position, exact=report.exact, now=unit.now)
        welcome = DeviceWelcomed(
            hub_time=unit.now, epoch=self._streams.epoch, current=current, hub_us=inbound.arrived_us
        )
        unit.say(device, welcome, correlation=inbound.id)
        if not current:
            unit.resync(device)
        if self._models is not None and report.model is not UNSET:
            announced = self._models.announcement(unit, inbound.device, report.model)
            if announced is not None:
                unit.say(device, announced, correlation=inbound.id)

    def _piece(self, inbound: Inbound[AnyMessage], wanted: ModelChunkWanted) -> list[Said]:
        """A piece of a model needs no transaction and no memory: whoever still lacks it asks again."""
        self._fleet.heard[inbound.device.name] = self._clock.now()
        self._metrics.count_messages([inbound])
        try:
            answer = self._models.chunk(inbound.device, wanted) if self._models is not None else None
        except Exception:  # whatever a model's file does to us, the visits of this batch go on
            log.exception("piece_failed device=%s version=%s", inbound.device.name, wanted.version)
            return []
        return [Said(inbound.device.name, answer, correlation=inbound.id)] if answer is not None else []

    def _settle(self, unit: UnitOfWork) -> None:
        self._events.deliver(unit)
        for device in unit.resyncs:
            for part in self._snapshot(unit, device):
                unit.say(device, part)
        unit.flush()

    def _undo(self) -> None:
        """Forget what a rolled-back transaction did to the directory; without the database, before the next one."""
        self._stale = True
        self._memory.undone()
        try:
            self._catch_up()
        except SQLAlchemyError as error:
            log.warning("directory_stale error=%s: it is read again before the next batch", type(error).__name__)

    def _catch_up(self) -> None:
        if self._stale:
            with self._storage.reading() as connection:
                self._fleet.load(connection)
            self._stale = False

    def _reject(self, said: list[Said], rejected: Rejected, now: datetime) -> None:
        refusal = rejected.refusal
        self._metrics.refused.labels(code=refusal.code.value).inc()
        log.warning(
            "refused device=%s id=%s code=%s detail=%r",
            rejected.device,
            refusal.message_id,
            refusal.code.value,
            refusal.detail,
        )
        if rejected.device is not None:
            told = MessageRefused(id=refusal.message_id, code=refusal.code, detail=refusal.detail[:500], hub_time=now)
            said.append(Said(rejected.device, told))

    def _encode(self, said: list[Said], now: datetime) -> list[Outgoing]:
        outgoing = []
        for one in said:
            envelope = Envelope[AnyMessage](
                id=self._ids.new(),
                source="hub",
                type=wire_type(type(one.message)),
                time=now,
                traceparent=one.traceparent or UNSET,
                expires=one.expires or UNSET,
                correlationid=one.correlation or UNSET,
                data=self._leaving(one.device, one.message, now),
            )
            try:
                outgoing.append(Outgoing(topics.down(one.device), encode(envelope)))
            except ContractError:
                # The effect is durable; the gap left in the stream makes the device ask for its whole state.
                log.exception("unsayable device=%s type=%s", one.device, envelope.type)
        return outgoing

    def _leaving(self, device: str, message: AnyMessage, now: datetime) -> AnyMessage:
        """The message as it leaves after the commit: with its place in the stream, an answer with the time by now."""
        if isinstance(message, DeviceWelcomed) and message.hub_us is not UNSET:
            by_now = self.clock_us()
            return msgspec.structs.replace(message, hub_us=by_now, held_us=max(0, by_now - message.hub_us))
        if isinstance(message, TaskOffered):
            self._on_offer(message.task.task, device)
        return self._streams.place(device, message, now)
