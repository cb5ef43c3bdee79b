"""What an MQTT client library costs the hub: CPU a message, and how far a relay gets, in one run on one broker.

``python -m benchmarks.mqtt_clients [--json] [--url URL] [--clients paho,aiomqtt] [--qos 0,1] [--seconds 2]``

Each client runs as the hub does, in a process of its own on asyncio, behind the bus port: it takes 600-byte messages of
50 devices and sends for each five equal 900-byte messages to five devices. Only its own process's CPU is counted, which
is steadier than wall time on a shared machine. Without ``--url`` the embedded broker is started, and its CPU shown too.
``mqttium`` is measured where it is installed; Usher doesn't need it (docs/adr/0002-the-hubs-mqtt-client.md).
"""

import argparse
import asyncio
import importlib
import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter, process_time

import psutil

from hub.broker import EmbeddedBroker
from runtime.bus import Bus, BusListener, BusSettings, Outgoing, Received, Subscription
from runtime.bus.address import parse_address
from runtime.bus.aiomqtt_bus import AiomqttBus
from runtime.bus.paho_bus import PahoBus
from runtime.errors import BusError

UP_BYTES, DOWN_BYTES, FAN, WINDOW = 600, 900, 5, 200
RECEIVED_A_SECOND, TICKETS_A_SECOND = 2000, 500
STEP_S, PATIENCE_S = 0.001, 20.0
UP, DOWN = "devices/+/v1/up/+", "devices/+/v1/down"


class MqttiumBus:
    """The bus port on mqttium, as far as this benchmark needs it."""

    def __init__(self, settings: BusSettings) -> None:
        self._settings, self._address = settings, parse_address(settings.url)
        api = importlib.import_module("mqttium.api")
        self._client = api.AsyncClient(settings.client_id, message_delivery="callback", max_outbound_inflight=1000)
        self.connected = False

    async def run(self, listener: BusListener) -> None:
        """Connected until cancelled."""
        self._client.on_message = lambda message: listener.on_message(Received(message.topic, message.payload))
        await self._client.connect(self._address.host, self._address.port)
        try:
            for subscription in self._settings.subscriptions:
                await self._client.subscribe(subscription.filter, qos=subscription.qos)
            self.connected = True
            listener.on_connected()
            await asyncio.Event().wait()
        finally:
            await self._client.disconnect()

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """As the port says."""
        receipts = [await self._client.publish(m.topic, m.payload, qos=m.qos) for m in messages]
        for message, receipt in zip(messages, receipts, strict=True):
            if message.qos:
                await receipt.wait()

    def reconnect(self, reason: str) -> None:
        """Not needed here."""
        raise BusError(f"this client is only measured, it does not reconnect: {reason}")


CLIENTS: dict[str, Callable[[BusSettings], Bus]] = {"aiomqtt": AiomqttBus, "paho": PahoBus, "mqttium": MqttiumBus}


@dataclass(frozen=True, slots=True)
class Row:
    """One client at one QoS. ``*_us`` are CPU microseconds: of the client for a received message, of the client and of
    the broker for a ticket (one in, five out) at 500 tickets/s, of the client for one flat out. Latencies are of the
    way there and back at 500 tickets/s, in ms."""

    client: str
    qos: int
    received_us: float
    ticket_us: float
    broker_ticket_us: float | None
    p50_ms: float
    p99_ms: float
    flat_out_ticket_us: float
    tickets_per_s: float
    lost: int


class Relay:
    """The client under test: answers each message with `fan` messages, in batches as they come."""

    def __init__(self, bus: Bus, qos: int, fan: int) -> None:
        self._bus, self._qos, self._fan = bus, qos, fan
        self._due: list[Outgoing] = []
        self._wake, self.ready = asyncio.Event(), asyncio.Event()
        self._count = 0

    def on_connected(self) -> None:
        """Part of the port."""
        self.ready.set()

    def on_disconnected(self, reason: str) -> None:
        """A lost connection spoils the figures."""
        raise ConnectionError(reason)

    def on_message(self, message: Received) -> None:
        """Queue the answers."""
        payload = message.payload[:16].ljust(DOWN_BYTES, b"x")
        for _ in range(self._fan):
            self._count += 1
            self._due.append(Outgoing(f"devices/watch-{self._count % 200}/v1/down", payload, self._qos))
        self._wake.set()

    async def pump(self) -> None:
        """Publish what is due, all of it at once."""
        while await self._wake.wait():
            self._wake.clear()
            due, self._due = self._due, []
            await self._bus.publish(due)


async def work(name: str, url: str, qos: int, fan: int) -> None:
    """The process of the client under test: says its CPU seconds for each line of its input, until that ends."""
    bus = CLIENTS[name](BusSettings(url=url, client_id="hub", subscriptions=(Subscription(UP, qos),)))
    relay = Relay(bus, qos, fan)
    tasks = [asyncio.ensure_future(bus.run(relay)), asyncio.ensure_future(relay.pump())]
    await relay.ready.wait()
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while True:
        print(process_time(), flush=True)
        if not await lines.readline():
            break
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class Load:
    """The devices: sends tickets and takes the answers."""

    def __init__(self, url: str, qos: int) -> None:
        self.bus = PahoBus(BusSettings(url=url, client_id="load", subscriptions=(Subscription(DOWN, qos),)))
        self._qos = qos
        self.connected = asyncio.Event()
        self.answers = 0
        self._awaited, self._complete = 0, asyncio.Event()
        self._sent_at: dict[bytes, float] = {}
        self.latencies_s: list[float] = []
        self._number = 0

    def on_connected(self) -> None:
        """Part of the port."""
        self.connected.set()

    def on_disconnected(self, reason: str) -> None:
        """A lost connection spoils the figures."""
        raise ConnectionError(reason)

    def on_message(self, message: Received) -> None:
        """Count; the first answer to a ticket gives its latency."""
        self.answers += 1
        if self.answers >= self._awaited:
            self._complete.set()
        sent_at = self._sent_at.pop(message.payload[:16], None)
        if sent_at is not None:
            self.latencies_s.append(perf_counter() - sent_at)

    async def send(self, count: int) -> None:
        """That many tickets from different devices."""
        batch = []
        for _ in range(count):
            self._number += 1
            key = b"%016d" % self._number
            self._sent_at[key] = perf_counter()
            topic = f"devices/kiosk-{self._number % 50}/v1/up/tickets"
            batch.append(Outgoing(topic, key.ljust(UP_BYTES, b"y"), self._qos))
        await self.bus.publish(batch)

    async def paced(self, rate: float, seconds: float) -> int:
        """Tickets at a steady rate; returns how many."""
        total, began, sent = int(rate * seconds), perf_counter(), 0
        while sent < total:
            due = min(total, int((perf_counter() - began) * rate)) - sent
            if due > 0:
                await self.send(due)
                sent += due
            await asyncio.sleep(STEP_S)
        return total

    async def until(self, answers: int) -> int:
        """Wait for that many answers; returns how many are missing at the end of patience."""
        self._awaited = answers
        if self.answers < answers:
            self._complete.clear()
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self._complete.wait()
            except TimeoutError:
                pass
        return answers - self.answers


class Worker:
    """The process of the client under test, seen from outside."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def cpu_s(self) -> float:
        """CPU seconds of it so far."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        return await self.answer_s()

    async def answer_s(self) -> float:
        """The next answer of it."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            return float(await self._process.stdout.readline())


@asynccontextmanager
async def scene(name: str, url: str, qos: int, fan: int) -> AsyncIterator[tuple[Worker, Load]]:
    """One client under test with its load, connected."""
    arguments = ["--worker", name, "--url", url, "--qos", str(qos), "--fan", str(fan)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.mqtt_clients", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    load = Load(url, qos)
    running = asyncio.ensure_future(load.bus.run(load))
    try:
        worker = Worker(process)
        await worker.answer_s()
        async with asyncio.timeout(PATIENCE_S):
            await load.connected.wait()
        yield worker, load
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        process.kill()
        await process.wait()


async def measure(name: str, url: str, qos: int, seconds: float, broker_pid: int | None) -> Row:
    """One client at one QoS."""
    async with scene(name, url, qos, 0) as (worker, load):
        before = await worker.cpu_s()
        received = await load.paced(RECEIVED_A_SECOND, seconds)
        received_s = await worker.cpu_s() - before
    async with scene(name, url, qos, FAN) as (worker, load):
        before, broker_before = await worker.cpu_s(), _cpu_s(broker_pid)
        tickets = await load.paced(TICKETS_A_SECOND, seconds)
        lost = await load.until(tickets * FAN)
        ticket_s, broker_s = await worker.cpu_s() - before, _cpu_s(broker_pid) - broker_before
        latencies = sorted(load.latencies_s)
        load.answers, sent, began = 0, 0, perf_counter()
        before = await worker.cpu_s()
        while perf_counter() - began < seconds:
            room = WINDOW - (sent - load.answers // FAN)
            if room >= WINDOW // 10:
                await load.send(room)
                sent += room
            await asyncio.sleep(STEP_S)
        rate = load.answers / FAN / (perf_counter() - began)
        lost += await load.until(sent * FAN)
        flat_s = await worker.cpu_s() - before
    return Row(
        client=name,
        qos=qos,
        received_us=round(received_s / received * 1e6, 1),
        ticket_us=round(ticket_s / tickets * 1e6, 1),
        broker_ticket_us=round(broker_s / tickets * 1e6, 1) if broker_pid else None,
        p50_ms=round(latencies[len(latencies) // 2] * 1e3, 2),
        p99_ms=round(latencies[int(len(latencies) * 0.99)] * 1e3, 2),
        flat_out_ticket_us=round(flat_s / sent * 1e6, 1),
        tickets_per_s=round(rate),
        lost=lost,
    )


def _cpu_s(pid: int | None) -> float:
    if pid is None:
        return 0.0
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


async def run(names: Sequence[str], url: str, levels: Sequence[int], seconds: float) -> list[Row]:
    """All clients at all QoS levels, on the broker at `url` or, where that is empty, on an embedded one."""
    with tempfile.TemporaryDirectory(prefix="usher-bench-") as folder:
        broker = None if url else EmbeddedBroker(Path(folder))
        try:
            address = str(await broker.start()) if broker else url
            pid = broker.pid if broker else None
            return [await measure(name, address, qos, seconds, pid) for qos in levels for name in names]
        finally:
            if broker:
                await broker.stop()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table, or with ``--json`` one object; exit code 1 where messages were lost."""
    found = [name for name in CLIENTS if name != "mqttium" or importlib.util.find_spec("mqttium")]
    parser = argparse.ArgumentParser(prog="usher bench clients", description="what an MQTT client costs the hub")
    parser.add_argument("--json", action="store_true", help="print one object")
    parser.add_argument("--url", default="", help="mqtt://host:port of a running broker (default: the embedded one)")
    parser.add_argument("--clients", default=",".join(found), help="comma-separated (default: %(default)s)")
    parser.add_argument("--qos", default="0,1", help="comma-separated (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each of three phases (default: %(default)s)")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--fan", type=int, default=FAN, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.worker:
        asyncio.run(work(asked.worker, asked.url, int(asked.qos), asked.fan))
        return 0
    names = asked.clients.split(",")
    if unknown := [name for name in names if name not in found]:
        parser.error(f"clients {', '.join(unknown)}: not among {', '.join(found)}")
    rows = asyncio.run(run(names, asked.url, [int(level) for level in asked.qos.split(",")], asked.seconds))
    if asked.json:
        print(
            json.dumps({"broker": asked.url or "embedded", "cpus": os.cpu_count(), "rows": [asdict(r) for r in rows]})
        )
    else:
        keys = list(asdict(rows[0]))
        print("  ".join(f"{key:>18}" for key in keys))
        for row in rows:
            print("  ".join(f"{value!s:>18}" for value in asdict(row).values()))
    return 1 if any(row.lost for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
