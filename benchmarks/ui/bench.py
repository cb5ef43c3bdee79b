"""The measuring of ``usher bench ui``."""

import asyncio
import os
import random
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import click
import msgspec
import psutil

from benchmarks.stand import BenchError, Lines
from benchmarks.ui.report import Memory, Report, Spread, Way, show, spread, with_verdict
from benchmarks.ui.sender import Sender
from benchmarks.ui.words import (
    A,
    Drawn,
    Failed,
    Ready,
    Scroll,
    Scrolled,
    Setup,
    ShowFace,
    Shown,
    Visit,
    Visited,
    encode,
)
from benchmarks.ui.words import answers as answer_decoder
from hub.broker import EmbeddedBroker
from runtime.supervision import run_until_signal

SIZES = {"round": (454, 454), "square": (396, 484), "band": (194, 368)}
ANSWER_S = 60.0
FIRST_MINUTE_S = 60.0
WARM_UP = 10
DAY_HOURS = 8
SCROLL_S = 6.0
MIB = 1024 * 1024


class Part(StrEnum):
    """What can be measured by itself."""

    ALERTS = "alerts"
    MEMORY = "memory"
    IDLE = "idle"
    SCROLL = "scroll"
    DAY = "day"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How much of everything."""

    parts: frozenset[Part]
    alerts: int
    idle_s: float
    visits: int
    tasks: int
    shape: str
    quiet: bool


class Window:
    """One window's process: started, ready, asked."""

    def __init__(self, lines: Lines, start_s: float) -> None:
        self._lines = lines
        self.start_s = start_s
        self.started = time.monotonic()
        self.process = psutil.Process(lines.child.process.pid)

    @classmethod
    async def open(cls, stack: AsyncExitStack, module: str, setup: Setup, folder: Path) -> "Window":
        """Start it and wait until it is drawn and connected."""
        file = folder / f"{setup.device}.json"
        file.write_bytes(encode(setup))
        began = time.monotonic_ns()
        lines = await Lines.start(stack, setup.device, module, [str(file)], folder)
        ready = _as(await lines.line(ANSWER_S), Ready)
        return cls(lines, (ready.first_ns - began) / 1e9)

    async def ask(self, command: Scroll | Visit | ShowFace, answer: type[A], *, timeout_s: float = ANSWER_S) -> A:
        """Ask, and await this answer; alerts that are drawn meanwhile are passed over."""
        self._lines.say(encode(command))
        while True:
            got = answer_decoder.decode(await self._lines.line(timeout_s))
            if not isinstance(got, Drawn) or answer is Drawn:
                return _expected(got, answer)

    async def drawn(self, key: str) -> Drawn:
        """The alert of this key, drawn."""
        while (drawn := _as(await self._lines.line(ANSWER_S), Drawn)).key != key:
            pass
        return drawn

    def cpu_s(self) -> float:
        """Seconds of CPU so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def memory(self) -> Memory:
        """As of now."""
        full = self.process.memory_full_info()
        pss = getattr(full, "pss", None)
        return Memory(
            rss_mb=round(full.rss / MIB, 1),
            pss_mb=None if pss is None else round(pss / MIB, 1),
            uss_mb=round(full.uss / MIB, 1),
        )


def _as(line: bytes, answer: type[A]) -> A:
    return _expected(answer_decoder.decode(line), answer)


def _expected(got: object, answer: type[A]) -> A:
    if isinstance(got, Failed):
        raise BenchError(f"the watch could not do it: {got.why}")
    if not isinstance(got, answer):
        raise BenchError(f"a window said {type(got).__name__}, wanted was {answer.__name__}")
    return got


class Bench:
    """One run."""

    def __init__(self, plan: Plan, sender: Sender, url: str, folder: Path, stack: AsyncExitStack) -> None:
        self._plan = plan
        self._sender = sender
        self._url = url
        self._folder = folder
        self._stack = stack
        self._chance = random.Random(4)
        self._report = Report(shape=plan.shape, cpus=psutil.cpu_count() or 0)

    async def run(self) -> Report:
        """All the parts that were asked for."""
        busy = psutil.cpu_times()
        began = time.monotonic()
        parts = self._plan.parts
        if parts - {Part.DAY}:
            bare = await Window.open(self._stack, "benchmarks.ui.bare", self._setup("bare"), self._folder)
            watch = await self._open_watch("watch-1", self._stack)
            self._add(start_s=round(watch.start_s, 2), bare_start_s=round(bare.start_s, 2))
            if parts & {Part.ALERTS, Part.MEMORY}:
                await self._alerts(watch, bare)
            if Part.MEMORY in parts:
                await self._memory(watch, bare)
            if Part.IDLE in parts:
                await self._idle(watch, bare)
            if Part.SCROLL in parts:
                await self._scroll(watch)
        if Part.DAY in parts:
            async with AsyncExitStack() as stack:
                await self._day(await self._open_watch("watch-2", stack, keepalive_s=2))
        after = psutil.cpu_times()
        used = sum(after) - sum(busy) - (after.idle - busy.idle) - (after.iowait - busy.iowait)
        self._add(machine_busy=round(used / (time.monotonic() - began), 2))
        return with_verdict(self._report)

    async def _open_watch(self, device: str, stack: AsyncExitStack, keepalive_s: int = 60) -> Window:
        self._sender.hub(device)
        setup = self._setup(device, keepalive_s)
        return await Window.open(stack, "benchmarks.ui.watch", setup, self._folder)

    def _setup(self, device: str, keepalive_s: int = 60, *, as_it_comes: bool = False) -> Setup:
        width, height = SIZES[self._plan.shape]
        return Setup(
            broker=self._url,
            device=device,
            shape=self._plan.shape,
            width=width,
            height=height,
            store=str(self._folder / f"{device}-{time.time_ns()}.sqlite"),
            keepalive_s=keepalive_s,
            as_it_comes=as_it_comes,
        )

    def _add(self, **figures: object) -> None:
        self._report = msgspec.structs.replace(self._report, **figures)

    def _say(self, what: str) -> None:
        if not self._plan.quiet:
            click.echo(what, err=True)

    async def _pause(self) -> None:
        # Never in step with anything: neither window's clock nor the other's alert.
        await asyncio.sleep(self._chance.uniform(0.05, 0.16))

    async def _alerts(self, watch: Window, bare: Window) -> None:
        mine: list[tuple[int, Drawn]] = []
        theirs: list[tuple[int, Drawn]] = []
        plain: list[Drawn] = []
        async with AsyncExitStack() as stack:  # at 60 frames a second it would disturb the other parts
            setup = self._setup("plain", as_it_comes=True)
            as_it_comes = await Window.open(stack, "benchmarks.ui.bare", setup, self._folder)
            await self._take_turns(watch, bare, as_it_comes, mine, theirs, plain)
        mine, theirs, plain = mine[WARM_UP:], theirs[WARM_UP:], plain[WARM_UP:]
        way = _way(mine, theirs)
        vibrate = way.received_to_buzzed
        draw, bare_draw = way.received_to_drawn.p95_ms, way.bare_received_to_drawn.p95_ms
        plain_draw = spread([(drawn.drawn_ns - drawn.received_ns) / 1e6 for drawn in plain]).p95_ms
        self._add(
            way=way,
            alerts=len(mine),
            draw_p95_ms=draw,
            bare_draw_p95_ms=bare_draw,
            plain_draw_p95_ms=plain_draw,
            vibrate_p95_ms=vibrate.p95_ms,
            ratio_bare=round(draw / bare_draw, 2),
            ratio_plain=round(draw / plain_draw, 2),
        )
        self._say(f"{len(mine)} alerts: drawn p95 {draw} ms (bare {bare_draw}), vibration p95 {vibrate.p95_ms} ms")

    async def _take_turns(
        self,
        watch: Window,
        bare: Window,
        as_it_comes: Window,
        mine: list[tuple[int, Drawn]],
        theirs: list[tuple[int, Drawn]],
        plain: list[Drawn],
    ) -> None:
        count = WARM_UP + (self._plan.alerts if Part.ALERTS in self._plan.parts else WARM_UP)
        for _ in range(count):
            sent_ns = time.monotonic_ns()
            task = self._sender.offer("watch-1")
            mine.append((sent_ns, await watch.drawn(task)))
            await self._pause()
            self._sender.withdraw("watch-1", task)
            await watch.ask(ShowFace(), Shown)
            await self._pause()
            sent_ns = time.monotonic_ns()
            theirs.append((sent_ns, await bare.drawn(self._sender.alert_bare("bare"))))
            await self._pause()
            plain.append(await as_it_comes.drawn(self._sender.alert_bare("plain")))
            await self._pause()

    async def _memory(self, watch: Window, bare: Window) -> None:
        await asyncio.sleep(max(0.0, watch.started + FIRST_MINUTE_S - time.monotonic()))
        mine, theirs = watch.memory(), bare.memory()
        self._add(memory=mine, bare_memory=theirs, rss_ratio=round(mine.rss_mb / theirs.rss_mb, 3))
        self._say(f"memory: {mine.rss_mb} MB, bare {theirs.rss_mb} MB")

    async def _idle(self, watch: Window, bare: Window) -> None:
        await watch.ask(ShowFace(), Shown)
        await asyncio.sleep(3.0)  # the frame rate falls back from what a touch asked for
        began, mine, theirs = time.monotonic(), watch.cpu_s(), bare.cpu_s()
        await asyncio.sleep(self._plan.idle_s)
        seconds = time.monotonic() - began
        cpu, bare_cpu = (
            (window.cpu_s() - before) / seconds * 100 for window, before in ((watch, mine), (bare, theirs))
        )
        self._add(idle_cpu_percent=round(cpu, 2), bare_idle_cpu_percent=round(bare_cpu, 2))
        self._say(f"idle for {seconds:.0f} s: {cpu:.2f} % of a core, bare {bare_cpu:.2f} %")

    async def _scroll(self, watch: Window) -> None:
        self._sender.hold_many("watch-1", self._plan.tasks)
        scrolled = await watch.ask(Scroll(tasks=self._plan.tasks, seconds=SCROLL_S), Scrolled)
        if scrolled.places < scrolled.frames / 4:
            raise BenchError(f"scrolling moved the list to {scrolled.places} places only, in {scrolled.frames} frames")
        fps = round(scrolled.frames / scrolled.seconds, 1)
        self._add(scroll_fps=fps, scroll_longest_ms=scrolled.longest_ms, scroll_tasks=self._plan.tasks)
        self._say(f"scrolling {self._plan.tasks} tasks: {fps} frames/s, the longest {scrolled.longest_ms} ms")

    async def _day(self, watch: Window) -> None:
        """Visits one after the other, each as far from the next as in a day of eight hours."""
        apart = timedelta(hours=DAY_HOURS) / self._plan.visits
        hourly = max(1, self._plan.visits // DAY_HOURS)
        rss: list[float] = []
        frames = 0
        for number in range(1, self._plan.visits + 1):
            task = self._sender.offer("watch-2")
            frames += (await watch.ask(Visit(task=task), Visited)).frames
            self._sender.skip(apart)
            if number % hourly == 0:
                await asyncio.sleep(1.5)  # a heartbeat brings the new time, and the face shows it
                rss.append(round(watch.process.memory_info().rss / MIB, 2))
                self._say(f"hour {len(rss)}: {number} visits, {frames} frames, {rss[-1]} MB")
        self._add(
            day_visits=self._plan.visits, day_frames=frames, day_rss_mb=tuple(rss), growth_mb=round(rss[-1] - rss[0], 2)
        )


def _way(mine: list[tuple[int, Drawn]], theirs: list[tuple[int, Drawn]]) -> Way:
    def between(name: str, after: str) -> Spread:
        return spread([(getattr(drawn, after) - getattr(drawn, name)) / 1e6 for _, drawn in mine])

    return Way(
        sent_to_received=spread([(drawn.received_ns - sent) / 1e6 for sent, drawn in mine]),
        received_to_buzzed=between("received_ns", "buzzed_ns"),
        buzzed_to_told=between("buzzed_ns", "told_ns"),
        told_to_drawn=between("told_ns", "drawn_ns"),
        received_to_drawn=between("received_ns", "drawn_ns"),
        bare_sent_to_received=spread([(drawn.received_ns - sent) / 1e6 for sent, drawn in theirs]),
        bare_received_to_drawn=spread([(drawn.drawn_ns - drawn.received_ns) / 1e6 for _, drawn in theirs]),
    )


async def measure(plan: Plan, folder: Path) -> Report:
    """A whole run in this folder; raises ``BenchError``."""
    os.environ["SDL_VIDEODRIVER"] = "offscreen"
    async with AsyncExitStack() as stack:
        url = str(await stack.enter_async_context(EmbeddedBroker(folder / "broker")))
        sender = Sender(url)
        await sender.start(stack)
        return await Bench(plan, sender, url, folder, stack).run()


@click.command()
@click.option("--part", "parts", type=click.Choice([part.value for part in Part]), multiple=True, help="Only these.")
@click.option("--alerts", type=click.IntRange(min=5), default=200, show_default=True, help="Alerts of each window.")
@click.option("--idle-s", type=click.FloatRange(min=1), default=20.0, show_default=True, help="Seconds of quiet.")
@click.option("--visits", type=click.IntRange(min=8), default=200, show_default=True, help="Visits of the day.")
@click.option("--tasks", type=click.IntRange(min=30), default=500, show_default=True, help="Tasks in the list.")
@click.option("--shape", type=click.Choice(list(SIZES)), default="round", show_default=True, help="Of the screen.")
@click.option(
    "--keep", type=click.Path(path_type=Path), help="Folder for logs and stores.  [default: a new one, removed]"
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of tables.")
def main(
    parts: tuple[str, ...],
    alerts: int,
    idle_s: float,
    visits: int,
    tasks: int,
    shape: str,
    keep: Path | None,
    as_json: bool,
) -> None:
    """What the watch's window costs: alerts, idle CPU, memory, scrolling, a whole day; beside a bare label."""
    plan = Plan(
        parts=frozenset(map(Part, parts)) or frozenset(Part),
        alerts=alerts,
        idle_s=idle_s,
        visits=visits,
        tasks=tasks,
        shape=shape,
        quiet=as_json,
    )
    reports: list[Report] = []

    async def run() -> int:
        with tempfile.TemporaryDirectory(prefix="usher-bench-ui-") as temporary:
            folder = keep or Path(temporary)
            folder.mkdir(parents=True, exist_ok=True)
            reports.append(await measure(plan, folder))
        return 0

    try:
        run_until_signal(run)
    except BenchError as error:
        raise click.ClickException(str(error)) from error
    if not reports:
        raise SystemExit(130)
    if as_json:
        sys.stdout.write(msgspec.json.encode(reports[0]).decode() + "\n")
    else:
        show(reports[0], aside=as_json)
