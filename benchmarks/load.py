"""The load generator of the wrist benchmark: all kiosks and all watches on one connection, in a process of its own.

Open loop: tickets go out by a fixed schedule, whatever comes back, and latency counts from the scheduled moment, so
that a stall of the other side (or of this process) is in the figures and not omitted from them (G. Tene, "How NOT to
Measure Latency", 2015). Sending and receiving are one process with one monotonic clock.
"""

import asyncio
import gc
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import msgspec

from benchmarks.fleet import Fleet
from benchmarks.ledger import Ledger, Place
from benchmarks.receipts import Receipts
from benchmarks.wire import Answer, Bind, Bound, Command, Load, Sample, Samples, Setup, Target
from contracts import AnyMessage, Envelope, encode
from contracts.fields import DeviceKind, Language
from contracts.messages import wire_type
from contracts.session import (
    BindDevice,
    DeliveryAcked,
    DeviceBound,
    DeviceReported,
    DeviceWelcomed,
    MessageRefused,
    StreamPosition,
)
from contracts.tickets import TicketTaken
from contracts.visits import TaskOffered, TasksSynced
from runtime.bus import BusSettings, Outgoing, Received, Subscription
from runtime.bus.paho_bus import PahoBus
from runtime.errors import BusUnavailable
from runtime.ids import UuidIds

_OFFERED, _ACKED = wire_type(TaskOffered), wire_type(DeliveryAcked)
_WELCOMED = wire_type(DeviceWelcomed)
_REFUSED, _SYNCED, _BOUND = wire_type(MessageRefused), wire_type(TasksSynced), wire_type(DeviceBound)
_LEAD_S = 0.1
_RECONNECT_S = 30.0
_GIVE_UP_S = 3.0
_PATIENCE_S = 30.0
_BIND_AT_ONCE = 100
_KEPT = 400
_RECEIPTS_S = 0.05


class _Position(msgspec.Struct):
    epoch: str
    revision: int


class _Task(msgspec.Struct):
    task: str
    branch: str
    number: str | None = None


class _Data(msgspec.Struct):
    position: _Position | None = None
    task: _Task | None = None
    ids: tuple[str, ...] = ()
    part: int = 1
    epoch: str = ""
    hub_us: int = 0
    held_us: int = 0


class _Said(msgspec.Struct):
    """As much of what is said to a device as must be read; reading all would take CPU from the hub beside it."""

    id: str
    type: str
    time: datetime
    data: _Data
    correlationid: str | None = None


class Generator:
    """A :class:`~runtime.bus.BusListener` that plays every kiosk and every watch."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._fleet: Fleet = setup.fleet
        self._ids = UuidIds()
        filters = tuple(Subscription(f"{target.value}/+/v1/down", 0) for target in Target)
        self._bus = PahoBus(BusSettings(url=setup.broker, client_id="bench-load", subscriptions=filters))
        self._connected = asyncio.Event()
        self._decoder = msgspec.json.Decoder(_Said)
        self._slots = {self._fleet.watch(at): at // self._fleet.branches for at in range(self._fleet.devices)}
        self._positions: dict[str, _Position] = {}
        self._unbound: set[str] = set()
        self._places: dict[str, Place] = {}
        self._receipts = Receipts()
        self._unsaid: set[str] = set()
        self._current: Ledger | None = None
        self._progress = asyncio.Event()
        self._taken: dict[tuple[Target, int], int] = {}
        self._sent: dict[Target, int] = {}
        self._kept: dict[str, list[bytes]] = {"ticket": [], "offer": [], "ack": []}

    async def run(self) -> None:
        """Serve commands until stdin ends."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        connection = asyncio.ensure_future(self._bus.run(self))
        beating: list[asyncio.Future[None]] = []
        await self._connected.wait()
        commands: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
        try:
            async for line in reader:
                command = commands.decode(line)
                match command:
                    case Bind():
                        _answer(await self._bind())
                        beating.append(asyncio.ensure_future(self._beat()))
                        if self._setup.receipts:
                            beating.append(asyncio.ensure_future(self._say_receipts()))
                    case Load():
                        await self._load(command)
                    case Sample():
                        _answer(Samples(**{name: _median(kept).decode() for name, kept in self._kept.items()}))
        finally:
            for task in (connection, *beating):
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    def on_connected(self) -> None:
        self._connected.set()

    def on_disconnected(self, reason: str) -> None:
        self._connected.clear()
        sys.stderr.write(f"the load generator lost its connection: {reason}\n")

    def on_message(self, message: Received) -> None:
        at = monotonic()
        said = self._decoder.decode(message.payload)
        device = message.topic[8 : -len("/v1/down")]
        hub = message.topic.startswith(Target.HUB.value)
        if said.type == _OFFERED and said.data.task is not None:
            place = self._places.get(f"{said.data.task.branch}/{said.data.task.number}" if hub else said.id)
            if place is not None:
                place.ledger.alerted(place.ticket, self._slots[device], at)
            if hub:
                self._keep("offer", message.payload)
                if self._setup.receipts:
                    self._receipts.delivered(device, said.data.task.task, at)
        elif said.type == _WELCOMED and said.correlationid is not None:
            self._welcomed(said, said.correlationid, at)
        elif said.type == _ACKED:
            self._receipts_acked(said.data.ids)
            for acked in said.data.ids if hub else (said.id,):
                place = self._places.get(acked)
                if place is not None:
                    place.ledger.acked(place.ticket)
            if hub and len(said.data.ids) == 1:
                self._keep("ack", message.payload)
        elif said.type == _REFUSED and self._current is not None:
            self._current.refused += 1
        elif said.type == _BOUND:
            self._unbound.discard(device)
            self._progress.set()
        if hub and said.data.position is not None:
            self._follow(device, said.type, said.data)
        if self._current is not None and self._current.complete:
            self._progress.set()

    def _receipts_acked(self, ids: Sequence[str]) -> None:
        if self._unsaid:
            self._unsaid.difference_update(ids)
            if not self._unsaid:
                self._progress.set()

    def _welcomed(self, said: _Said, report: str, at: float) -> None:
        data = said.data
        answer = DeviceWelcomed(
            hub_time=said.time, epoch=data.epoch, current=True, hub_us=data.hub_us, held_us=data.held_us
        )
        self._receipts.welcomed(report, answer, at)

    def _follow(self, device: str, kind: str, data: _Data) -> None:
        position, before = data.position, self._positions.get(device)
        if position is None or data.part > 1:
            return
        self._positions[device] = position
        if self._current is None or before is None:
            return
        if kind == _SYNCED:
            self._current.resyncs += 1
        if position.epoch == before.epoch and position.revision != before.revision + 1:
            self._current.gaps += 1

    def _keep(self, what: str, payload: bytes) -> None:
        kept = self._kept[what]
        if len(kept) < _KEPT:
            kept.append(payload)

    def _wrap(self, device: str, message: AnyMessage, time: datetime, message_id: str) -> bytes:
        envelope = Envelope[AnyMessage](
            id=message_id,
            source=f"devices/{device}",
            type=wire_type(type(message)),
            time=time,
            traceparent=self._ids.traceparent(),
            data=message,
        )
        return encode(envelope)

    async def _bind(self) -> Bound:
        started = monotonic()
        fleet = self._fleet
        waiting = list(range(fleet.devices))
        while waiting:
            now = datetime.now(UTC)
            some, waiting = waiting[:_BIND_AT_ONCE], waiting[_BIND_AT_ONCE:]
            self._unbound = {fleet.watch(at) for at in some}
            await self._bus.publish(
                [
                    Outgoing(
                        f"devices/{fleet.watch(at)}/v1/up/bind",
                        self._wrap(
                            fleet.watch(at), BindDevice(branch=fleet.branch(at % fleet.branches)), now, self._ids.new()
                        ),
                    )
                    for at in some
                ]
            )
            async with asyncio.timeout(_PATIENCE_S):
                while self._unbound:
                    self._progress.clear()
                    await self._progress.wait()
        return Bound(seconds=monotonic() - started)

    async def _beat(self) -> None:
        fleet = self._fleet
        names = [(fleet.watch(at), DeviceKind.WATCH) for at in range(fleet.devices)]
        names += [(fleet.kiosk(at), DeviceKind.KIOSK) for at in range(fleet.branches)]
        gap_s = self._setup.heartbeat_s / len(names)
        started = monotonic()
        told = 0
        while True:
            due = int((monotonic() - started) / gap_s)
            some = [names[at % len(names)] for at in range(told, due)]
            told = due
            now = datetime.now(UTC)
            reports = []
            for name, kind in some:
                report = self._ids.new()
                reports.append(
                    Outgoing(f"devices/{name}/v1/up/report", self._wrap(name, self._report(name, kind), now, report))
                )
                self._receipts.clock.asked(report, monotonic())
            await self._bus.publish(reports)
            await asyncio.sleep(max(gap_s, 0.05))

    async def _say_receipts(self) -> None:
        while True:
            await asyncio.sleep(_RECEIPTS_S)
            await self._publish_receipts(monotonic())

    async def _publish_receipts(self, until: float) -> None:
        now = datetime.now(UTC)
        said = []
        for device, timed in self._receipts.due(until):
            message_id = self._ids.new()
            self._unsaid.add(message_id)
            said.append(Outgoing(f"devices/{device}/v1/up/visits", self._wrap(device, timed, now, message_id)))
        if said:
            await self._bus.publish(said)

    async def _settle_receipts(self) -> None:
        """All that the watches still have to say, so that it counts for this load."""
        await self._publish_receipts(float("inf"))
        try:
            async with asyncio.timeout(_GIVE_UP_S):
                while self._unsaid:
                    self._progress.clear()
                    await self._progress.wait()
        except TimeoutError:
            self._unsaid.clear()

    def _report(self, name: str, kind: DeviceKind) -> DeviceReported:
        position = self._positions.get(name)
        stands = None if position is None else StreamPosition(epoch=position.epoch, revision=position.revision)
        return DeviceReported(kind=kind, agent_version="bench", position=stands, battery_percent=80)

    async def _load(self, command: Load) -> None:
        count = max(1, round(command.rate * command.seconds))
        self._places = {}
        ledger = Ledger(command.target, command.rate, monotonic() + _LEAD_S)
        messages = self._tickets(ledger, count)
        gc.collect()
        gc.freeze()  # else the collector's walks over the prepared tickets would be in the latencies
        ledger.started = monotonic() + _LEAD_S
        self._current = ledger
        self._progress.clear()
        await self._send(ledger, messages)
        await self._drain(ledger)
        moment = self._receipts.clock.at(monotonic())
        if self._setup.receipts and command.target is Target.HUB:
            await self._settle_receipts()
        self._current = None
        _answer(msgspec.structs.replace(ledger.outcome(), within_us=moment.within_us if moment else -1))

    def _tickets(self, ledger: Ledger, count: int) -> list[Outgoing]:
        fleet, clientele, target = self._fleet, self._setup.clientele, ledger.target
        wall = datetime.now(UTC)
        first = self._sent.get(target, 0)
        self._sent[target] = first + count
        messages = []
        for at in range(count):
            branch = (first + at) % fleet.branches
            visit = self._taken[target, branch] = self._taken.get((target, branch), -1) + 1
            # A customer at most once in each branch: a second ticket would join the open visit, without a new alert.
            known = visit < len(clientele.customers)
            customer = clientele.customers[(visit + 31 * branch) % len(clientele.customers)] if known else None
            ledger.anonymous += not known
            ticket = TicketTaken(
                ticket=self._ids.new(),
                branch=fleet.branch(branch),
                number=f"{chr(65 + visit // 100_000 % 26)}{visit % 100_000:05d}",
                service_class="A",
                business=clientele.businesses[visit % len(clientele.businesses)],
                language=Language.EN,
                customer=customer,
            )
            number = ledger.expect(len(fleet.watches_in(branch)))
            message_id = self._ids.new()
            self._places[message_id] = Place(ledger, number)
            if target is Target.HUB:
                self._places[f"{ticket.branch}/{ticket.number}"] = Place(ledger, number)
            time = wall + timedelta(seconds=_LEAD_S + at / ledger.rate)
            payload = self._wrap(fleet.kiosk(branch), ticket, time, message_id)
            self._keep("ticket", payload)
            messages.append(Outgoing(f"{target.value}/{fleet.kiosk(branch)}/v1/up/tickets", payload))
        return messages

    async def _send(self, ledger: Ledger, messages: Sequence[Outgoing]) -> None:
        sent = 0
        while sent < len(messages):
            now = monotonic()
            due = min(len(messages), int((now - ledger.started) * ledger.rate) + 1) if now >= ledger.started else 0
            if due > sent:
                ledger.lags.append(now - ledger.due(sent))
                some, sent = messages[sent:due], due
                try:
                    await self._bus.publish(some)
                except BusUnavailable:  # a broker throws out who doesn't read fast enough: these tickets are lost
                    async with asyncio.timeout(_RECONNECT_S):
                        await self._connected.wait()
            else:
                await asyncio.sleep(max(0.0, ledger.due(sent) - now))

    async def _drain(self, ledger: Ledger) -> None:
        """Until all came, or nothing came for a while."""
        until = monotonic() + _PATIENCE_S
        while not ledger.complete and monotonic() < until:
            before = ledger.latest
            try:
                async with asyncio.timeout(_GIVE_UP_S):
                    while not ledger.complete:
                        self._progress.clear()
                        await self._progress.wait()
            except TimeoutError:
                if ledger.latest == before:
                    return


def _median(kept: list[bytes]) -> bytes:
    return sorted(kept, key=len)[len(kept) // 2]


def _answer(answer: Answer) -> None:
    sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> None:
    """Run with the setup in the named file."""
    setup = msgspec.json.decode(Path(arguments[0]).read_bytes(), type=Setup)
    asyncio.run(Generator(setup).run())


if __name__ == "__main__":
    main(sys.argv[1:])
