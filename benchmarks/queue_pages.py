"""``usher bench pages``: how soon a counter's page shows its call, beside a bare stream in the same run (K-06).

A whole hub in this process, with its database on disk, serves a branch that is watched as a full one is; the client is
in the same process, too, so that both ways over the loopback are in the figures. The bare stream is an aiohttp handler
that sends what it is posted, as large as the hub's event, and knows no queue, database or page.
"""

import asyncio
import gc
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.resources import as_file, files
from pathlib import Path

import aiohttp
import click
import msgspec
from aiohttp import web

from benchmarks.ledger import percentile
from contracts import AnyMessage, Envelope, encode, topics
from contracts.fields import DeviceKind, Language
from contracts.messages import wire_type
from contracts.tickets import TicketTaken
from hub.bootstrap import Hub, bus_settings
from hub.config import HubConfig
from hub.console.site import pages_of
from hub.console.voice import Voice
from hub.fleet import Registry
from hub.kernel import Branch, Device
from hub.lobby import LobbyConfig
from hub.server import Work
from hub.storage import open_storage
from hub.web.app import application
from models.ranking import Ranker
from models.scorer import OnnxScorer, artefact_directory
from runtime.bus import Outgoing, Received
from runtime.bus.memory import MemoryBroker
from runtime.clock import SystemClock
from runtime.ids import UuidIds

BRANCH = "main"
KIOSK = "kiosk-main"
COUNTERS = ("1", "2", "3", "4", "5")
BUSINESSES = ("cash", "account", "savings", "loan", "enterprise")
CALLS = 200
WAITING = 40
PHONES = 40
WARM_UP = 10
WITHIN_S = 10.0
SIGN_IN = "bench"

Fire = Callable[[], Awaitable[None]]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds from pressing *Call next* to the number on the counter's page; ``bare_``: of the bare stream.

    ``event_bytes``: of one update; ``press_p50_ms``: until the press itself is answered, which is when it is durable.
    """

    calls: int
    waiting: int
    watchers: int
    event_bytes: int
    p50_ms: float
    p95_ms: float
    worst_ms: float
    bare_p50_ms: float
    bare_p95_ms: float
    press_p50_ms: float
    missed: int


async def _right_here(work: Work) -> list[Outgoing]:
    return work()


class Lobby:
    """The hub's lobby and its kiosk."""

    def __init__(self, folder: Path, rules: Path) -> None:
        scorer = OnnxScorer.load(artefact_directory("simbank"))
        self.storage = open_storage(f"sqlite:///{folder / 'hub.sqlite'}")
        self._ids = UuidIds()
        self._clock = SystemClock()
        self.hub = Hub(
            config=HubConfig(lobby=LobbyConfig(default_rules=str(rules))),
            storage=self.storage,
            bus=MemoryBroker().bus(bus_settings("mqtt://memory", 30)),
            analyst=Ranker(scorer),
            catalogue=scorer.catalogue,
            model_version=scorer.version,
            clock=self._clock,
            ids=self._ids,
            blocking=_right_here,
        )
        registry = Registry(
            branches=(Branch(name=BRANCH, title="Main Street"),),
            devices=(Device(name=KIOSK, kind=DeviceKind.KIOSK, branch=BRANCH),),
        )
        self.hub.engine.run(lambda unit: self.hub.fleet.provision(unit, registry))
        self._taken = 0

    def take(self, business: str, letter: str) -> tuple[str, str]:
        """A ticket; its number and the code on it."""
        self._taken += 1
        number, code = f"{letter}{self._taken % 1000:03}", secrets.token_urlsafe(24)
        message = TicketTaken(
            ticket=self._ids.new(),
            branch=BRANCH,
            number=number,
            service_class=letter,
            business=business,
            language=Language.EN,
            follow=code,
        )
        envelope = Envelope[AnyMessage](
            id=self._ids.new(),
            source=topics.source_of(KIOSK),
            type=wire_type(TicketTaken),
            time=self._clock.now(),
            traceparent=self._ids.traceparent(),
            data=message,
        )
        self.hub.engine.process([Received(topics.up(KIOSK, TicketTaken), encode(envelope))])
        return number, code


@asynccontextmanager
async def _serving(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


class Reader:
    """Reads a stream and wakes who waits for a text in an event."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer
        self._wanted = b""
        self._seen = asyncio.Event()
        self.seen_at = 0.0
        self.event_bytes = 0

    async def run(self) -> None:
        """Read to the end."""
        while line := await self._answer.content.readline():
            if self._wanted and self._wanted in line and line.startswith(b"data: "):
                self.seen_at = time.perf_counter()
                self.event_bytes = len(line)
                self._wanted = b""
                self._seen.set()

    async def after(self, text: bytes, fire: Fire) -> float | None:
        """Milliseconds from firing to the text; null when it doesn't come."""
        self._seen.clear()
        self._wanted = text
        began = time.perf_counter()
        await fire()
        try:
            async with asyncio.timeout(WITHIN_S):
                await self._seen.wait()
        except TimeoutError:
            return None
        return 1000 * (self.seen_at - began)


async def _read_away(answer: aiohttp.ClientResponse) -> None:
    async for _ in answer.content.iter_any():
        pass


async def _listening(
    stack: AsyncExitStack, session: aiohttp.ClientSession, path: str, tasks: list["asyncio.Task[None]"]
) -> Reader:
    answer = await stack.enter_async_context(session.get(path))
    answer.raise_for_status()
    reader = Reader(answer)
    tasks.append(asyncio.create_task(reader.run()))
    return reader


async def _hub_calls(folder: Path, calls: int, phones: int) -> tuple[list[float], list[float], int, int, int]:
    with as_file(files("hub.lobby.queue").joinpath("sample.toml")) as rules:
        lobby = Lobby(folder, rules)
    async with AsyncExitStack() as stack:
        stack.callback(lobby.storage.close)
        serving = asyncio.ensure_future(lobby.hub.server.run())
        stack.callback(serving.cancel)
        site = pages_of(lobby.hub.counters, token=SIGN_IN, clock=SystemClock(), voice=Voice(None))
        url = await stack.enter_async_context(
            _serving(application(lobby.hub.routes, token=SIGN_IN, pages=(), sites=(site,)))
        )
        session = await stack.enter_async_context(
            aiohttp.ClientSession(
                url, cookie_jar=aiohttp.CookieJar(unsafe=True), connector=aiohttp.TCPConnector(limit=0)
            )
        )
        await (await session.post("/sign-in", data={"token": SIGN_IN})).read()
        home = await (await session.get("/")).text()
        form = home.partition('name="form" value="')[2].partition('"')[0]
        headers = {"X-Requested-With": "usher"}
        press_ms: list[float] = []

        async def press(counter: str, what: str) -> None:
            began = time.perf_counter()
            async with session.post(
                f"/counter/{BRANCH}/{counter}", data={"form": form, "do": what}, headers=headers
            ) as answer:
                await answer.read()
            press_ms.append(1000 * (time.perf_counter() - began))

        codes = [lobby.take(BUSINESSES[at % 5], "ABCDE"[at % 5])[1] for at in range(WAITING)]
        for counter in COUNTERS:
            await press(counter, "open")
        tasks: list[asyncio.Task[None]] = []
        measured = await _listening(stack, session, f"/events/counter/{BRANCH}/2", tasks)
        others = [*(f"counter/{BRANCH}/{one}" for one in "1345"), f"tv/{BRANCH}", f"tv/{BRANCH}", f"board/{BRANCH}"]
        for path in (*others, *(f"t/{BRANCH}/{code}" for code in codes[-phones:] if phones)):
            answer = await stack.enter_async_context(session.get(f"/events/{path}"))
            answer.raise_for_status()
            tasks.append(asyncio.create_task(_read_away(answer)))
        latencies: list[float] = []
        missed = 0
        press_ms.clear()
        gc.collect()  # as the hub does when it starts
        gc.freeze()
        gc.disable()
        for at in range(WARM_UP + calls):
            lobby.take("account", "B")

            async def call() -> None:
                await press("2", "call")

            # The desk of whom it has: only then is there a button that starts.
            took = await measured.after(b'value=\\"start ', call)
            if at >= WARM_UP:
                if took is None:
                    missed += 1
                else:
                    latencies.append(took)
            day = await lobby.hub.counters.today(BRANCH)
            has = None if day is None else day.queue.counter("2")
            if has is not None and has.ticket is not None:
                ticket = has.ticket

                async def start(ticket: str = ticket) -> None:
                    await press("2", f"start {ticket}")

                await measured.after(b'value=\\"finish ', start)
                await press("2", f"finish {ticket}")
        gc.enable()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return latencies, press_ms, measured.event_bytes, missed, 1 + len(others) + phones


async def _bare_calls(calls: int, size: int) -> list[float]:
    posted: asyncio.Queue[bytes] = asyncio.Queue()

    async def stream(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        answer.content_type = "text/event-stream"
        await answer.prepare(request)
        while text := await posted.get():
            await answer.write(b"event: state\ndata: %b\n\n" % text)
        return answer

    async def take(request: web.Request) -> web.Response:
        posted.put_nowait((await request.read()).ljust(size, b"."))
        return web.Response()

    app = web.Application()
    app.router.add_get("/events", stream)
    app.router.add_post("/", take)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(_serving(app))
        session = await stack.enter_async_context(aiohttp.ClientSession(url))
        tasks: list[asyncio.Task[None]] = []
        reader = await _listening(stack, session, "/events", tasks)
        latencies = []
        for at in range(WARM_UP + calls):
            text = b"call-%d." % at

            async def fire(text: bytes = text) -> None:
                await (await session.post("/", data=text)).read()

            took = await reader.after(text, fire)
            if took is not None and at >= WARM_UP:
                latencies.append(took)
        posted.put_nowait(b"")
        await asyncio.gather(*tasks)
        return latencies


async def measure(calls: int, phones: int) -> Report:
    """Both, one after the other."""
    with tempfile.TemporaryDirectory(prefix="usher-pages-") as folder:
        latencies, press_ms, size, missed, watchers = await _hub_calls(Path(folder), calls, phones)
    bare = await _bare_calls(calls, size)
    return Report(
        calls=calls,
        waiting=WAITING,
        watchers=watchers,
        event_bytes=size,
        p50_ms=round(percentile(latencies, 0.5), 2),
        p95_ms=round(percentile(latencies, 0.95), 2),
        worst_ms=round(max(latencies), 2),
        bare_p50_ms=round(percentile(bare, 0.5), 2),
        bare_p95_ms=round(percentile(bare, 0.95), 2),
        press_p50_ms=round(percentile(press_ms, 0.5), 2),
        missed=missed,
    )


@click.command()
@click.option("--calls", type=click.IntRange(min=20), default=CALLS, show_default=True, help="Customers called.")
@click.option("--phones", type=click.IntRange(0, WAITING), default=PHONES, show_default=True, help="That follow.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def main(calls: int, phones: int, as_json: bool) -> None:
    """How soon a counter's page shows its call, beside a bare stream in the same run."""
    report = asyncio.run(measure(calls, phones))
    if as_json:
        click.echo(msgspec.json.encode(report))
        return
    click.echo(f"{report.calls} calls, {report.waiting} waiting, {report.watchers} pages watching")
    click.echo(f"call to page   p50 {report.p50_ms} ms, p95 {report.p95_ms} ms, worst {report.worst_ms} ms")
    click.echo(f"bare stream    p50 {report.bare_p50_ms} ms, p95 {report.bare_p95_ms} ms")
    click.echo(
        f"call answered  p50 {report.press_p50_ms} ms; missed {report.missed}; {report.event_bytes} bytes an event"
    )
