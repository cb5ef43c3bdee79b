"""``usher bench bands``: from the press of *Call* to the vibration of a lent band, beside a bare MQTT message (K-06).

The hub with its broker and its database on disk, and the band's agent, are processes as in a branch; this one presses
as a counter's page does and reads when the motor was told from the agent's events, by the clock that all processes of a
machine share. Bare: a message of the same size through the same broker and back to who sent it, in turn with the calls.
The band stands on loopback and has a window's motor: radio and a real motor's start come on top.
"""

import asyncio
import json
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import click
import msgspec

from benchmarks.ledger import percentile
from benchmarks.stand import BenchError, Lines
from contracts import AnyMessage, Envelope, encode, topics
from contracts.fields import AccessNeed, Language
from contracts.lending import LendingTold, Lent, LentStage
from contracts.messages import wire_type
from contracts.session import StreamPosition
from contracts.tickets import TicketTaken
from runtime.bus import BusSettings, Outgoing, Received, Subscription
from runtime.bus.aiomqtt_bus import AiomqttBus
from runtime.ids import UuidIds

BRANCH, KIOSK, BAND = "main", "kiosk-bench", "band-bench"
ECHO = "bench/echo"
WARM_UP = 5
START_S = 60.0
WITHIN_S = 10.0
POLL_S = 0.005
REST_S = 0.05
"""Before either is measured, so that neither waits for what came before it."""

PROVISION = f"""
[[branches]]
name = "{BRANCH}"
title = "Main Street"
[[devices]]
name = "{KIOSK}"
kind = "kiosk"
branch = "{BRANCH}"
[[devices]]
name = "{BAND}"
kind = "band"
branch = "{BRANCH}"
"""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds from the press to the command for the motor; ``durable_``: to the answer to the press; ``bare_``: of
    a message of ``message_bytes`` to the broker and back. ``felt`` of ``calls`` calls, ``repeated`` more than once."""

    calls: int
    felt: int
    repeated: int
    message_bytes: int
    p50_ms: float
    p95_ms: float
    worst_ms: float
    durable_p50_ms: float
    bare_p50_ms: float
    bare_p95_ms: float
    ratio_p50: float


class _Ready(msgspec.Struct):
    broker: str
    http: str
    token: str


class _Heard(msgspec.Struct):
    event: str
    at_ns: int = 0
    number: str | None = None
    pulses_ms: tuple[int, ...] = ()


class Wire:
    """A client of the branch's broker: speaks for the kiosk, and hears its own bare messages."""

    def __init__(self, url: str) -> None:
        self._bus = AiomqttBus(BusSettings(url=url, client_id=KIOSK, subscriptions=(Subscription(ECHO, 0),)))
        self._ids = UuidIds()
        self.connected = asyncio.Event()
        self._back = asyncio.Event()

    def on_connected(self) -> None:
        self.connected.set()

    def on_disconnected(self, reason: str) -> None:
        self.connected.clear()

    def on_message(self, message: Received) -> None:
        self._back.set()

    async def run(self) -> None:
        """Until cancelled."""
        await self._bus.run(self)

    async def take(self, number: str) -> str:
        """A customer takes a number; the ticket's id."""
        ticket = TicketTaken(
            ticket=self._ids.new(),
            branch=BRANCH,
            number=number,
            service_class="A",
            business="cash",
            language=Language.EN,
            needs=(AccessNeed.HEARING,),
        )
        await self._bus.publish([Outgoing(topics.up(KIOSK, TicketTaken), self._sealed(ticket, KIOSK))])
        return ticket.ticket

    async def there_and_back(self, payload: bytes) -> float:
        """Seconds that a bare message takes."""
        self._back.clear()
        began = time.monotonic()
        await self._bus.publish([Outgoing(ECHO, payload)])
        async with asyncio.timeout(WITHIN_S):
            await self._back.wait()
        return time.monotonic() - began

    def bare(self) -> bytes:
        """As many bytes as the band is sent."""
        lent = Lent(
            lending=self._ids.new(), number="A001", language=Language.EN, stage=LentStage.CALLED, call=1, counter="1"
        )
        return self._sealed(LendingTold(position=StreamPosition(epoch=self._ids.new(), revision=9), lent=lent), None)

    def _sealed(self, message: AnyMessage, device: str | None) -> bytes:
        return encode(
            Envelope[AnyMessage](
                id=self._ids.new(),
                source="hub" if device is None else topics.source_of(device),
                type=wire_type(type(message)),
                time=datetime.now(UTC),
                data=message,
            )
        )


class Counter:
    """Presses as the counter's page does."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = f"{url}/v1/branches/{BRANCH}"

    async def press(self, method: str, path: str, body: object = None) -> int:
        """The answer's status."""
        data = None if body is None else json.dumps(body)
        async with self._session.request(method, self._url + path, data=data) as answer:
            await answer.read()
            return answer.status

    async def must(self, method: str, path: str, body: object = None) -> None:
        """A press that the hub must take."""
        status = await self.press(method, path, body)
        if status != 200:
            raise BenchError(f"{method} {path} was answered with {status}")

    async def lend(self, ticket: str) -> None:
        """Lend the band as soon as the hub knows the ticket."""
        for _ in range(round(WITHIN_S / POLL_S)):
            if await self.press("POST", "/lendings", {"device": BAND, "ticket": ticket}) == 200:
                return
            await asyncio.sleep(POLL_S)
        raise BenchError(f"the hub has not taken ticket {ticket} within {WITHIN_S:.0f} s")


class Felt:
    """Reads the band's events."""

    def __init__(self, band: Lines) -> None:
        self._band = band
        self.repeated = 0

    async def moved(self, number: str) -> int:
        """When the motor was told for this number's call, in nanoseconds; stale pulses of before don't count."""
        at_ns = 0
        while True:
            heard = msgspec.json.decode(await self._band.line(WITHIN_S), type=_Heard)
            if heard.event == "vibrated" and heard.pulses_ms:
                at_ns = heard.at_ns
            elif heard.event == "summoned" and heard.number == number:
                return at_ns

    async def until_ready(self) -> None:
        """Until the band lies ready again; another call on the way is one too many."""
        while True:
            heard = msgspec.json.decode(await self._band.line(WITHIN_S), type=_Heard)
            self.repeated += heard.event == "summoned"
            if heard.event == "lent" and heard.number is None:
                return

    async def online(self) -> None:
        """Until the hub answers."""
        while msgspec.json.decode(await self._band.line(START_S), type=_Heard).event != "online":
            pass


async def measured(folder: Path, calls: int) -> Report:
    """Call one customer after the other; everything is in ``folder``. Raises ``BenchError``."""
    (folder / "provision.toml").write_text(PROVISION, "utf-8")
    took, durable, bare = [], [], []
    async with AsyncExitStack() as stack:
        arguments = ["--data", str(folder / "hub"), "--http-port", "0", "--broker-port", "0", "--model", "simbank"]
        arguments += ["--provision", str(folder / "provision.toml"), "--log-level", "warning"]
        hub = await Lines.start(stack, "hub", "hub", arguments, folder)
        ready = msgspec.json.decode(await hub.line(START_S), type=_Ready)
        arguments = ["--kind", "band", "--device", BAND, "--broker", ready.broker, "--store", str(folder / "band.db")]
        arguments += ["--headless", "--events", "--no-models", "--speech", "off", "--log-level", "warning"]
        felt = Felt(await Lines.start(stack, "band", "device_agent", arguments, folder))
        await felt.online()
        wire = Wire(ready.broker)
        running = asyncio.ensure_future(wire.run())
        stack.callback(running.cancel)
        headers = {"Authorization": f"Bearer {ready.token}", "Content-Type": "application/json"}
        session = await stack.enter_async_context(aiohttp.ClientSession(headers=headers))
        counter, payload = Counter(session, ready.http), wire.bare()
        async with asyncio.timeout(START_S):
            await wire.connected.wait()
        await counter.must("POST", "/counters/1/open")
        for count in range(calls + WARM_UP):
            number = f"A{count + 1:03d}"
            ticket = await wire.take(number)
            await counter.lend(ticket)
            await asyncio.sleep(REST_S)
            back_s = await wire.there_and_back(payload)
            await asyncio.sleep(REST_S)
            began_ns = time.monotonic_ns()
            await counter.must("POST", "/counters/1/call", {"ticket": ticket})
            answered_ns = time.monotonic_ns()
            moved_ns = await felt.moved(number)
            for move in ("start", "finish"):
                await counter.must("POST", f"/queue/{ticket}/{move}")
            await counter.must("DELETE", f"/lendings/{BAND}")
            await felt.until_ready()
            if count >= WARM_UP:
                took.append((moved_ns - began_ns) / 1e6)
                durable.append((answered_ns - began_ns) / 1e6)
                bare.append(1000 * back_s)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return Report(
        calls=calls,
        felt=len(took),
        repeated=felt.repeated,
        message_bytes=len(payload),
        p50_ms=round(percentile(took, 0.5), 2),
        p95_ms=round(percentile(took, 0.95), 2),
        worst_ms=round(max(took), 2),
        durable_p50_ms=round(percentile(durable, 0.5), 2),
        bare_p50_ms=round(percentile(bare, 0.5), 2),
        bare_p95_ms=round(percentile(bare, 0.95), 2),
        ratio_p50=round(percentile(took, 0.5) / percentile(bare, 0.5), 2),
    )


@click.command(context_settings={"max_content_width": 120})
@click.option("--calls", type=click.IntRange(5, 900), default=200, show_default=True, help="How many.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(calls: int, *, as_json: bool) -> None:
    """From the press of Call to the vibration of a lent band, beside a bare MQTT message."""
    with tempfile.TemporaryDirectory(prefix="usher-bench-bands-") as folder:
        try:
            report = asyncio.run(measured(Path(folder), calls))
        except BenchError as error:
            raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(msgspec.json.encode(report).decode())
        return
    for name, value in msgspec.structs.asdict(report).items():
        click.echo(f"{name:>18} {value}")
