"""The processes of the wrist benchmark: broker, hub, generator, relay; on free ports, stopped by handle."""

import asyncio
import random
import re
import shutil
import socket
import subprocess
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.request import Request, urlopen

import msgspec
import psutil

from benchmarks.fleet import Fleet, provisioning, write_clientele
from benchmarks.wire import Answer, Bind, Bound, Command, Load, Outcome, Sample, Samples, Setup, Target
from runtime.supervision import Child

_DELIVERED = re.compile(r'usher_alert_seconds_bucket\{le="([^"]+)",step="delivered"\}')
_START_S = 60.0
_STOP_S = 30.0
_ANSWER_S = 180.0
_MOSQUITTO = ("/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto")


A = TypeVar("A", Bound, Samples, Outcome)


class BenchError(Exception):
    """The benchmark could not be run; says what was missing and what to do."""


class _Ready(msgspec.Struct):
    broker: str
    http: str
    token: str
    model: str


class Usage(msgspec.Struct, frozen=True):
    """CPU seconds so far: of the hub, the broker, the generator, the relay, and of the whole machine (busy)."""

    hub: float
    broker: float
    generator: float
    relay: float
    machine: float


class Counters(msgspec.Struct, frozen=True):
    """Of the hub's metrics: transactions committed, seconds in them, messages refused and shed.

    ``delivered``: how many alerts their watches had after at most so many seconds.
    """

    commits: float
    commit_s: float
    refused: float
    shed: float
    delivered: dict[float, float]


class Stand:
    """All processes, running. Use :func:`standing`."""

    def __init__(self, hub: Child, ready: _Ready, broker_pid: int, generator: "Lines", folder: Path) -> None:
        self._hub = psutil.Process(hub.process.pid)
        self._broker = psutil.Process(broker_pid)
        self._generator = generator
        self._generator_process = psutil.Process(generator.child.process.pid)
        self._relay: psutil.Process | None = None
        self._ready = ready
        self._folder = folder
        self.hub_pid = hub.process.pid
        self.model = ready.model
        self.rss_most = 0

    async def bind(self) -> Bound:
        """Bind all watches."""
        return await self._ask(Bind(), Bound)

    async def load(self, target: Target, rate: float, seconds: float) -> Outcome:
        """Put the hub or the relay under load."""
        outcome = await self._ask(Load(target=target, rate=rate, seconds=seconds), Outcome)
        self.rss_most = max(self.rss_most, self.rss())
        return outcome

    async def start_relay(self, stack: AsyncExitStack) -> Samples:
        """Start the relay with bytes that the hub said."""
        samples = await self._ask(Sample(), Samples)
        file = self._folder / "samples.json"
        file.write_bytes(msgspec.json.encode(samples))
        setup = str(self._folder / "setup.json")
        relay = await Lines.start(stack, "relay", "benchmarks.relay", [setup, str(file)], self._folder)
        await relay.line(_START_S)
        self._relay = psutil.Process(relay.child.process.pid)
        return samples

    def rss(self) -> int:
        """Bytes of memory that the hub's process holds now."""
        return int(self._hub.memory_info().rss)

    def usage(self) -> Usage:
        """CPU used until now."""
        whole = psutil.cpu_times()
        return Usage(
            hub=_cpu(self._hub),
            broker=_cpu(self._broker),
            generator=_cpu(self._generator_process),
            relay=_cpu(self._relay) if self._relay else 0.0,
            machine=sum(whole) - whole.idle - whole.iowait - whole.guest - whole.guest_nice,
        )

    async def counters(self) -> Counters:
        """The hub's own counts."""
        request = Request(f"{self._ready.http}/metrics", headers={"Authorization": f"Bearer {self._ready.token}"})

        def fetch() -> str:
            with urlopen(request, timeout=10) as response:
                text: bytes = response.read()
            return text.decode()

        sums: dict[str, float] = {}
        delivered: dict[float, float] = {}
        for line in (await asyncio.to_thread(fetch)).splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                family = name.partition("{")[0]
                bucket = _DELIVERED.fullmatch(name)
                if bucket is not None:
                    delivered[float(bucket[1])] = float(value)
                sums[family] = sums.get(family, 0.0) + float(value)
        return Counters(
            commits=sums["usher_commit_seconds_count"],
            commit_s=sums["usher_commit_seconds_sum"],
            refused=sums.get("usher_messages_refused_total", 0.0),
            shed=sums["usher_messages_shed_total"],
            delivered=delivered,
        )

    async def _ask(self, command: Command, answer: type[A]) -> A:
        self._generator.say(msgspec.json.encode(command))
        line = await self._generator.line(_ANSWER_S)
        got = msgspec.json.decode(line, type=Answer)
        if not isinstance(got, answer):
            raise BenchError(f"the generator answered {type(got).__name__} to {type(command).__name__}")
        return got


class Lines:
    """A child process that is talked with by lines."""

    def __init__(self, stderr: Path) -> None:
        self._lines: asyncio.Queue[bytes] = asyncio.Queue()
        self._stderr = stderr
        self.child: Child

    @classmethod
    async def start(
        cls, stack: AsyncExitStack, name: str, module: str, arguments: Sequence[str], folder: Path
    ) -> "Lines":
        """Start ``python -m module``, its log in the folder; it is stopped with the stack."""
        lines = cls(folder / f"{name}.log")
        lines.child = await Child.start(name, module, arguments, on_line=lines._lines.put_nowait, stderr=lines._stderr)
        stack.push_async_callback(partial(lines.child.stop, patience_s=_STOP_S))
        return lines

    def say(self, line: bytes) -> None:
        """One line to its stdin."""
        assert self.child.process.stdin is not None
        self.child.process.stdin.write(line + b"\n")

    async def line(self, timeout_s: float) -> bytes:
        """The next line of its stdout; raises ``BenchError`` when it ends or takes too long."""
        next_line = asyncio.ensure_future(self._lines.get())
        ended = asyncio.ensure_future(self.child.process.wait())
        try:
            await asyncio.wait({next_line, ended}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
            if next_line.done():
                return next_line.result()
            what = "ended" if ended.done() else f"said nothing for {timeout_s:.0f} s"
            log = self._stderr.read_text("utf-8", "replace")[-2000:]
            raise BenchError(f"{self.child.name} {what}; the end of its log:\n{log}")
        finally:
            next_line.cancel()
            ended.cancel()


async def standing(
    stack: AsyncExitStack,
    folder: Path,
    fleet: Fleet,
    broker: str,
    *,
    heartbeat_s: float,
    receipts: bool = True,
    hub_module: str = "hub",
) -> tuple[Stand, Setup]:
    """Broker (``embedded`` in the hub, or ``mosquitto``), hub and generator on this folder, the watches still unbound.

    All are stopped with the stack. Raises ``BenchError``.
    """
    customers, provision = folder / "customers.jsonl", folder / "provision.toml"
    clientele = await asyncio.to_thread(write_clientele, customers)
    provision.write_text(provisioning(fleet), "utf-8")
    arguments = [
        *("--data", str(folder / "hub"), "--http-port", "0", "--model", clientele.data, "--log-level", "warning"),
        *("--provision", str(provision), "--customers", str(customers)),
    ]
    broker_pid = 0
    if broker == "mosquitto":
        url, broker_pid = await _mosquitto(stack, folder)
        arguments += ["--broker", url]
    else:
        arguments += ["--broker-port", "0"]
    hub = await Lines.start(stack, "hub", hub_module, arguments, folder)
    ready = msgspec.json.decode(await hub.line(_START_S), type=_Ready)
    if not broker_pid:
        children = psutil.Process(hub.child.process.pid).children(recursive=True)
        broker_pid = next(child.pid for child in children if "nats-server" in child.name())
    setup = Setup(broker=ready.broker, fleet=fleet, clientele=clientele, heartbeat_s=heartbeat_s, receipts=receipts)
    (folder / "setup.json").write_bytes(msgspec.json.encode(setup))
    generator = await Lines.start(stack, "generator", "benchmarks.load", [str(folder / "setup.json")], folder)
    return Stand(hub.child, ready, broker_pid, generator, folder), setup


def _find_mosquitto() -> str | None:
    return shutil.which("mosquitto") or next((path for path in _MOSQUITTO if Path(path).is_file()), None)


async def _mosquitto(stack: AsyncExitStack, folder: Path) -> tuple[str, int]:
    found = _find_mosquitto()
    if found is None:
        raise BenchError("mosquitto is not installed: install it, or measure with --broker embedded")
    port = _free_port()
    config = folder / "mosquitto.conf"
    # As production's (hub/broker/mosquitto.py), without its users: the generator speaks for all devices.
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location {folder}/\n"
        "autosave_interval 1\nmax_queued_messages 10000\nset_tcp_nodelay true\n"
    )
    with (folder / "mosquitto.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(found, "-c", str(config), stdout=log, stderr=subprocess.STDOUT)

    async def stop() -> None:
        if process.returncode is None:
            process.terminate()
        await process.wait()

    stack.push_async_callback(stop)
    async with asyncio.timeout(_START_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                if process.returncode is not None:
                    raise BenchError(f"mosquitto ended: {(folder / 'mosquitto.log').read_text()}") from None
                await asyncio.sleep(0.02)
            else:
                writer.close()
                await writer.wait_closed()
                return f"mqtt://127.0.0.1:{port}", process.pid


def _free_port() -> int:
    # Below the range that the kernel gives to outgoing connections.
    while True:
        port = random.SystemRandom().randrange(12_000, 32_000)
        with socket.socket() as candidate:
            try:
                candidate.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
