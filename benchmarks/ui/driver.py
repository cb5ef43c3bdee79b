"""A hand in the measured watch: stamps alerts, scrolls, goes through visits. Import it once the window opens."""

import asyncio
import logging
import sys
import time
from collections.abc import Callable
from itertools import pairwise

import msgspec
from kivy.app import App
from kivy.uix.scrollview import ScrollView

from benchmarks.ui.flips import Flips
from benchmarks.ui.words import (
    Answer,
    Drawn,
    Failed,
    Ready,
    Scroll,
    Scrolled,
    ShowFace,
    Shown,
    Visit,
    Visited,
    commands,
    encode,
)
from contracts.visits import TaskState
from device_agent import events
from device_agent.agent import DeviceAgent
from device_agent.presenters.routes import ShowFace as FaceRoute
from device_agent.presenters.routes import ShowList
from device_agent.ui.app import WristApp
from device_agent.ui.hand import Finger, Hand

log = logging.getLogger(__name__)

DRAG = 14
"""Pixels that the finger moves in a frame, about as fast as one reads."""

PATIENCE_S = 10.0

JUST_NOW_NS = 300_000


class CannotDo(Exception):
    """Says what was asked for and what there was instead."""


class Watch:
    """One running watch under measurement."""

    def __init__(self, app: WristApp, agent: DeviceAgent, flips: Flips, running: asyncio.Future[int]) -> None:
        self._app = app
        self._agent = agent
        self._flips = flips
        window: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def ended(_running: asyncio.Future[int]) -> None:
            if not window.done():
                window.set_result(None)

        running.add_done_callback(ended)
        self._hand = Hand(app, window, fps=60, steady_s=0.0)
        self._alerts: dict[str, Drawn] = {}
        self._drawing: Drawn | None = None
        agent.journal.subscribe(self._notice)
        flips.on_flip = self._flipped

    def _flipped(self, at_ns: int) -> None:
        drawing, self._drawing = self._drawing, None
        if drawing is not None:
            say(msgspec.structs.replace(drawing, drawn_ns=at_ns))

    def _notice(self, event: events.AnyEvent) -> None:
        match event:
            case events.Offered():
                self._alerts[event.task] = Drawn(
                    key=event.task, received_ns=event.received_ns, drawn_ns=0, told_ns=event.at_ns
                )
            case events.Alerted() if event.task in self._alerts:
                seen = self._alerts[event.task]
                if not seen.buzzed_ns:
                    self._alerts[event.task] = msgspec.structs.replace(seen, buzzed_ns=event.at_ns)
            case events.Shown() if event.task in self._alerts:
                # The product tells right before the flip that shows it, or right after: the stamp is the flip's own.
                self._drawing = self._alerts.pop(event.task)
                if event.at_ns - self._flips.last_ns < JUST_NOW_NS:
                    self._flipped(self._flips.last_ns)
            case _:
                pass

    async def do(self, line: bytes) -> None:
        """One command."""
        command = commands.decode(line)
        try:
            match command:
                case ShowFace():
                    await self._to_face()
                    say(Shown())
                case Scroll():
                    await self._scroll(command)
                case Visit():
                    await self._visit(command.task)
        except CannotDo as error:
            say(Failed(why=str(error)))

    async def _scroll(self, command: Scroll) -> None:
        app = self._app
        await self._to_face()
        await self._until(
            lambda: len(self._agent.state.book.tasks) == command.tasks, f"{command.tasks} tasks in the book"
        )
        app.desk.route = ShowList()
        app.refresh()
        await self._hand.settle()
        scroll = next((widget for widget in app.glass.walk() if isinstance(widget, ScrollView)), None)
        if scroll is None:
            raise CannotDo(f"scroll: nothing on page {self._hand.page} scrolls")
        places: set[float] = set()
        stamps: list[int] = []
        flipped = asyncio.Event()

        def stamp(at_ns: int) -> None:
            stamps.append(at_ns)
            flipped.set()

        self._flips.on_flip = stamp
        x, height = app.geometry.width / 2, app.geometry.height
        low, high = height * 0.25, height * 0.75
        began = time.monotonic()
        upward = True
        while time.monotonic() - began < command.seconds:
            if scroll.scroll_y >= 1 or scroll.scroll_y <= 0:
                upward = scroll.scroll_y >= 1
            y = low if upward else high
            finger = Finger(x, y)
            finger.down()
            while low <= y <= high:
                y += DRAG if upward else -DRAG
                finger.glide(x, y)
                flipped.clear()
                try:
                    async with asyncio.timeout(1.0):
                        await flipped.wait()
                except TimeoutError:
                    log.warning("nothing_flipped y=%.0f", y)
                places.add(round(scroll.scroll_y, 6))
            finger.up()
            await asyncio.sleep(0)
        self._flips.on_flip = self._flipped
        seconds = (stamps[-1] - stamps[0]) / 1e9
        gaps = [(after - before) / 1e6 for before, after in pairwise(stamps)]
        say(Scrolled(frames=len(gaps), seconds=seconds, places=len(places), longest_ms=round(max(gaps), 1)))

    async def _visit(self, task: str) -> None:
        """As an advisor does: take, look at the pages, talk without recording, feedback in four taps."""
        before = self._flips.count
        state = self._state_of
        await self._until(lambda: state(task) is TaskState.OFFERED, f"{task} offered")
        await self._tap("take")
        await self._until(lambda: state(task) is TaskState.HELD and self._hand.page == "task", f"{task} held and shown")
        for _ in range(3):
            await self._hand.swipe("left")
        for _ in range(3):
            await self._hand.swipe("right")
        await self._tap("start")
        await self._tap("refuse")
        await self._until(lambda: state(task) is TaskState.TALKING, f"{task} in the talk")
        self._agent.say("The customer wants to know more about it")
        await self._hand.frames(3)
        await self._tap("end")
        view = self._agent.state.book.tasks[task]
        for name in ("success", view.plan.products[0].code, "next", "send"):
            await self._tap(name)
        await self._until(lambda: state(task) is TaskState.DONE, f"{task} done")
        await self._to_face()
        say(Visited(task=task, frames=self._flips.count - before))

    async def _to_face(self) -> None:
        for call in self._agent.state.calls:
            self._agent.end_call(call.task)
        self._app.desk.route = FaceRoute()
        self._app.refresh()
        await self._hand.frames(4)
        if self._hand.page != "face":
            raise CannotDo(f"the face never came; page {self._hand.page} has {', '.join(self._hand.named)}")

    async def _tap(self, name: str) -> None:
        await self._until(lambda: name in self._hand.named, f"{name} to touch")
        if not await self._hand.tap(name):
            raise CannotDo(f"tap {name}: page {self._hand.page} has {', '.join(self._hand.named)}")

    async def _until(self, condition: Callable[[], bool], what: str) -> None:
        if not await self._hand.until(condition, seconds=PATIENCE_S):
            there = ", ".join(self._hand.named)
            raise CannotDo(
                f"{what} never came; page {self._hand.page} has {there}; notices {self._agent.state.notices}"
            )

    def _state_of(self, task: str) -> TaskState | None:
        view = self._agent.state.book.tasks.get(task)
        return None if view is None else view.state


def say(answer: Answer) -> None:
    """One line to the benchmark."""
    sys.stdout.buffer.write(encode(answer) + b"\n")
    sys.stdout.buffer.flush()


async def open_watch(running: asyncio.Future[int]) -> Watch:
    """Once its window is drawn and its hub answers, which is said on stdout."""
    flips = Flips()
    while not (isinstance(app := App.get_running_app(), WristApp) and app.root_window is not None):
        if running.done():
            running.result()
        await asyncio.sleep(0.001)
    agent = app.acts
    assert isinstance(agent, DeviceAgent)
    watch = Watch(app, agent, flips, running)
    while not (flips.count and agent.state.online):
        if running.done():
            running.result()
        await asyncio.sleep(0.001)
    say(Ready(first_ns=flips.first_ns))
    return watch
