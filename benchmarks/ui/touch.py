"""``usher bench touch``: from a touch to the frame that shows what it led to, on the kiosk's real window (issue 6).

A thread puts the events of a finger into SDL's own queue, at no particular moment of a frame and after the screen has
come to rest, so that waiting for the next poll counts. Stamped is the end of the flip, after ``glFinish``. Two figures:
from the finger down to the pressed look, and from the finger up to the whole next page. Bare: a page of one label and
ten rectangles in the same window and the same loop, which changes all of them when it is touched.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from benchmarks.ledger import percentile
from contracts.fields import Language
from kiosk.core.taking import Names
from kiosk.gallery.house import Furniture, StoryHouse
from kiosk.gallery.stage import businesses
from kiosk.ui.window import KioskWindow, WindowSettings

if TYPE_CHECKING:
    from kivy.uix.widget import Widget

HOLD_S = 0.09
"""How long a finger stays down."""

REST_S = 1.15
"""After so long nothing moves any more, and the window draws at its slowest rate."""

PATIENCE_S = 10.0
BARE_EVERY = 4
"""One touch of the bare page to so many of the kiosk's."""

FURNITURE = Furniture(
    low_min=10,
    high_min=20,
    link="https://branch.example/t/7Qm2xK9fWb3vRt5a",
    picks=(Names(en="Bond fund", zh="债券基金", ko="채권 펀드"),),
)
LETTERS = {Language.EN: "key L", Language.ZH: "key D", Language.KO: "key ㄷ"}


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds of ``count`` touches."""

    count: int
    p50_ms: float
    p95_ms: float
    max_ms: float

    def __str__(self) -> str:
        return f"p50 {self.p50_ms} p95 {self.p95_ms} max {self.max_ms} ms of {self.count}"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """``press``: finger down to pressed look; ``page``: finger up to another whole page; ``typed``: finger up to the
    typed sign; ``bare_``: of the bare page. ``ratio_page_p95`` is to the bare page's."""

    size: tuple[int, int]
    press: Spread
    page: Spread
    typed: Spread
    bare_press: Spread
    bare_page: Spread
    ratio_page_p50: float
    ratio_page_p95: float
    slowest: dict[str, float]
    load_before: float
    cpus: int


class MouseButton(ctypes.Structure):
    """SDL_MouseButtonEvent of SDL 2, padded to the size of SDL_Event."""

    _fields_ = [
        ("type", ctypes.c_uint32),
        ("timestamp", ctypes.c_uint32),
        ("window", ctypes.c_uint32),
        ("which", ctypes.c_uint32),
        ("button", ctypes.c_uint8),
        ("state", ctypes.c_uint8),
        ("clicks", ctypes.c_uint8),
        ("padding", ctypes.c_uint8),
        ("x", ctypes.c_int32),
        ("y", ctypes.c_int32),
        ("rest", ctypes.c_uint8 * 64),
    ]


DOWN, UP = 0x401, 0x402
LEFT = 1


def _sdl() -> ctypes.CDLL:
    """The SDL that Kivy has loaded."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        if "libSDL2-2" in line:
            return ctypes.CDLL(line.split()[-1])
    raise click.ClickException("this process has loaded no SDL 2: the touches go through its queue; use Kivy's wheel")


class Finger:
    """Puts a finger on the glass and takes it off, through SDL's queue."""

    def __init__(self, height: float) -> None:
        self._sdl = _sdl()
        self._height = height

    def put(self, kind: int, x: float, y: float) -> int:
        """Now; ``y`` from below. The moment, in nanoseconds."""
        event = MouseButton(type=kind, button=LEFT, state=kind == DOWN, clicks=1, x=int(x), y=int(self._height - y))
        at_ns = time.monotonic_ns()
        if self._sdl.SDL_PushEvent(ctypes.byref(event)) != 1:
            raise click.ClickException("SDL takes no event")
        return at_ns

    async def later(self, kind: int, x: float, y: float, after_s: float) -> int:
        """After some time, from a thread, so that the loop isn't woken by it."""

        def put() -> int:
            time.sleep(after_s)
            return self.put(kind, x, y)

        return await asyncio.to_thread(put)


class Watch:
    """Tells the first flip at which something is true."""

    def __init__(self) -> None:
        from kivy.graphics.opengl import glFinish

        from benchmarks.ui.flips import Flips

        self._finish = glFinish
        self._wanted: Callable[[], bool] = lambda: False
        self._found: asyncio.Future[int] | None = None
        self._flips = Flips(self._flipped)

    def wait(self, true: Callable[[], bool]) -> asyncio.Future[int]:
        """When it was drawn, in nanoseconds."""
        self._wanted, self._found = true, asyncio.get_running_loop().create_future()
        return self._found

    def _flipped(self, _at_ns: int) -> None:
        self._finish()
        if self._found is not None and not self._found.done() and self._wanted():
            self._found.set_result(time.monotonic_ns())


def steps() -> Iterator[tuple[str, str]]:
    """Names of choices and what each leads to, visit after visit, for ever."""
    number = 0
    while True:
        language = list(Language)[number % len(Language)]
        number += 1
        yield from ((language.value, "card"), ("phone", "phone"), ("key 1", "typed"), ("key 0", "typed"))
        yield from (("back", "card"), ("no card", "business"), ("search", "search"), (LETTERS[language], "typed"))
        yield from (("back", "business"), ("loan", "confirm"), ("take", "ticket"), ("done", "start"))


class Bench:
    """One open window under measurement."""

    def __init__(self, window: KioskWindow, size: tuple[int, int], seed: int) -> None:
        self._app = window.app
        self._finger = Finger(size[1])
        self._watch = Watch()
        self._chance = random.Random(seed)
        self._size = size
        self.took: dict[str, list[float]] = {"press": [], "page": [], "typed": [], "bare press": [], "bare page": []}
        self.slowest: dict[str, float] = {}

    async def run(self, touches: int) -> None:
        """So many touches of the kiosk's pages."""
        for _, (name, leads_to) in zip(range(touches), steps(), strict=False):
            await self._touch(name, leads_to)
        # Once, and last: the ring of the touch before, put back with the kiosk's page, would stay there for ever.
        self._app.glass.clear_widgets()
        bare = _bare(self._size)
        self._app.glass.add_widget(bare.widget)
        for _ in range(touches // BARE_EVERY):
            await self._touch_bare(bare)

    async def _touch(self, name: str, leads_to: str) -> None:
        from kiosk.ui.widgets import Tile

        await asyncio.sleep(REST_S + 0.2 * self._chance.random())
        board = self._app.board
        tile, before = board.named.get(name), board.shown
        if not isinstance(tile, Tile) or before is None:
            raise click.ClickException(f"no {name!r} on page {before.name if before else ''!r}: {sorted(board.named)}")
        x, y = tile.center
        pressed_ms = await self._timed(DOWN, x, y, 0.1 * self._chance.random(), lambda: tile.state == "down")
        after_s = HOLD_S + 0.03 * self._chance.random()
        if leads_to == "typed":
            drawn_ms = await self._timed(UP, x, y, after_s, lambda: board.shown is not None and board.shown != before)
            self.took["typed"].append(drawn_ms)
        else:
            drawn_ms = await self._timed(
                UP, x, y, after_s, lambda: board.shown is not None and board.shown.name == leads_to
            )
            self.took["page"].append(drawn_ms)
            self.slowest[leads_to] = max(round(drawn_ms, 1), self.slowest.get(leads_to, 0.0))
        self.took["press"].append(pressed_ms)

    async def _touch_bare(self, bare: BarePage) -> None:
        await asyncio.sleep(REST_S + 0.2 * self._chance.random())
        x, y = self._size[0] / 2, self._size[1] / 2
        self.took["bare press"].append(await self._timed(DOWN, x, y, 0.1 * self._chance.random(), bare.turned("down")))
        self.took["bare page"].append(await self._timed(UP, x, y, HOLD_S, bare.turned("up")))

    async def _timed(self, kind: int, x: float, y: float, after_s: float, drawn: Callable[[], bool]) -> float:
        found = self._watch.wait(drawn)
        put = asyncio.ensure_future(self._finger.later(kind, x, y, after_s))
        async with asyncio.timeout(PATIENCE_S):
            drawn_ns = await found
        return (drawn_ns - await put) / 1e6


class BarePage:
    """One label and ten rectangles, all of another colour and place after each touch."""

    def __init__(self, widget: Widget) -> None:
        self.widget = widget
        self.state = "up"

    def turned(self, state: str) -> Callable[[], bool]:
        """Whether the finger's last event was this one."""
        self.state = ""
        return lambda: self.state == state


def _bare(size: tuple[int, int]) -> BarePage:
    from kivy.graphics import Color, Rectangle
    from kivy.uix.label import Label
    from kivy.uix.widget import Widget

    widget = Widget(size_hint=(None, None), size=size)
    label = Label(text="bare", font_size=70, size_hint=(None, None), size=size)
    widget.add_widget(label)
    page, count = BarePage(widget), 0

    def draw() -> None:
        nonlocal count
        count += 1
        label.text = f"bare {count}"
        widget.canvas.before.clear()
        with widget.canvas.before:
            for place in range(10):
                Color(0.1, 0.12, 0.15 + 0.02 * (count % 2), 1)
                Rectangle(pos=(50 + count % 2, 60 + place * 180), size=(size[0] - 100, 150))

    def down(*_: object) -> bool:
        draw()
        page.state = "down"
        return True

    def up(*_: object) -> bool:
        draw()
        page.state = "up"
        return True

    widget.bind(on_touch_down=down, on_touch_up=up)
    draw()
    return page


def _spread(took: list[float]) -> Spread:
    return Spread(
        count=len(took),
        p50_ms=round(percentile(took, 0.5), 1),
        p95_ms=round(percentile(took, 0.95), 1),
        max_ms=round(max(took), 1),
    )


async def measured(size: tuple[int, int], touches: int, seed: int) -> Report:
    """Touch a window of this size so many times."""
    os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
    load = os.getloadavg()[0]
    now = datetime(2026, 3, 2, 9, 41, tzinfo=UTC)
    window = KioskWindow(
        None,
        WindowSettings(device="kiosk-1", place="Main Street", size=size, at=None),
        businesses(),
        at_s=time.monotonic,
        local=lambda: now,
        house=StoryHouse(FURNITURE),
    )
    bench = Bench(window, size, seed)
    running = asyncio.ensure_future(window.run())
    working = asyncio.ensure_future(bench.run(touches))
    try:
        await asyncio.wait({running, working}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            running.result()
        working.result()
    finally:
        for task in (running, working):
            task.cancel()
        await asyncio.gather(running, working, return_exceptions=True)
    page, bare = _spread(bench.took["page"]), _spread(bench.took["bare page"])
    return Report(
        size=size,
        press=_spread(bench.took["press"]),
        page=page,
        typed=_spread(bench.took["typed"]),
        bare_press=_spread(bench.took["bare press"]),
        bare_page=bare,
        ratio_page_p50=round(page.p50_ms / bare.p50_ms, 2),
        ratio_page_p95=round(page.p95_ms / bare.p95_ms, 2),
        slowest=bench.slowest,
        load_before=round(load, 2),
        cpus=os.cpu_count() or 0,
    )


@click.command(context_settings={"max_content_width": 120})
@click.option("--touches", type=click.IntRange(12, 100_000), default=120, show_default=True, help="Of the kiosk.")
@click.option("--size", type=(int, int), default=(1080, 1920), show_default=True, metavar="WIDTH HEIGHT")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the moments at which is touched.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(touches: int, size: tuple[int, int], seed: int, *, as_json: bool) -> None:
    """From a touch to the frame that shows what it led to, beside a bare page."""
    gc.collect()
    report = asyncio.run(measured(size, touches, seed))
    if as_json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
        return
    for name, value in msgspec.structs.asdict(report).items():
        if isinstance(value, dict):
            for part, spread in value.items():
                click.echo(f"{name:>15} {part:<12} {spread}")
        else:
            click.echo(f"{name:>15} {value}")


if __name__ == "__main__":
    main(prog_name="usher bench touch")
