"""Drives the real window: waits by frames, finds widgets by their page's names, touches them where they are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

import numpy as np
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.uix.widget import Widget

from device_agent.presenters.pages import Face, Page
from device_agent.presenters.routes import Route
from device_agent.ui.app import WristApp
from device_agent.ui.body import Body
from device_agent.ui.face import FaceView
from device_agent.ui.hand import Finger, Wheel
from device_agent.ui.scenes import Scene, Still
from device_agent.ui.theme import Geometry
from device_agent.ui.views import PageView
from runtime.ui.frame import frame
from runtime.ui.seen import Picture

FRAME_S = 0.02

SCROLLED_TAP = 14
"""Frames until a scrolling list takes a touch for a tap (Kivy waits 0.2 s)."""

HELD = 16
"""Frames after which a list takes a resting finger for a press (Kivy waits 0.25 s)."""

LONGEST = 1000
"""Frames that a condition may take: twenty seconds of the window's time."""

DRAGS = 400
"""So often a body is drawn on to bring something up."""

REACH = 0.6
"""A swipe goes over this share of the glass."""


REAL_TIME: Callable[[], float] = Clock.time


class FrameTime:
    """The window's time goes on by frames, however long the machine takes for them; it never goes back."""

    def __init__(self) -> None:
        self._at: float = Clock.time()

    def __enter__(self) -> Self:
        Clock.time = lambda: self._at
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        ahead = max(0.0, self._at - REAL_TIME())
        Clock.time = lambda: REAL_TIME() + ahead

    def tick(self) -> None:
        """A frame later."""
        self._at += FRAME_S


class Pilot:
    """One running window."""

    def __init__(self, app: WristApp, running: asyncio.Future[None], time: FrameTime) -> None:
        self.app = app
        self._running = running
        self._time = time

    # What is on the glass

    @property
    def view(self) -> FaceView | PageView:
        """The face or page on the glass."""
        view = self.app.glass.content
        assert isinstance(view, FaceView | PageView)
        return view

    @property
    def shown(self) -> Face | Page:
        """What it shows."""
        shown = self.view.shown
        assert shown is not None
        return shown

    @property
    def page(self) -> Page:
        """The page that is shown."""
        assert isinstance(self.shown, Page)
        return self.shown

    @property
    def name(self) -> str:
        """The name of what is shown."""
        return self.shown.name

    @property
    def geometry(self) -> Geometry:
        """The screen with the looks of now."""
        return self.app.geometry

    @property
    def route(self) -> Route:
        """Which page is open."""
        return self.app.desk.route

    @property
    def body(self) -> Body:
        """What scrolls."""
        assert isinstance(self.view, PageView)
        return self.view.body

    def find(self, name: str) -> Widget | None:
        """The widget of this name that stands on the glass; null when there is none."""
        if isinstance(self.view, PageView) and name in self.body.named:
            return self.body.named[name]
        widget = self.view.named.get(name)
        return widget if widget is not None and self.view in ancestors(widget) else None

    def __getitem__(self, name: str) -> Widget:
        widget = self.find(name)
        assert widget is not None, f"no {name!r} on {self.shown}"
        return widget

    def text(self, name: str) -> str:
        """What the text or button of this name says."""
        return str(self[name].text)

    @property
    def texts(self) -> list[str]:
        """All texts on the glass."""
        return [str(widget.text) for widget in self.app.glass.walk() if getattr(widget, "text", "")]

    def pixels(self) -> Picture:
        """The picture on the glass."""
        return frame()

    def pixels_of(self, name: str) -> Picture:
        """The part of the picture where this widget stands."""
        widget = self[name]
        left, bottom = widget.to_window(widget.x, widget.y)
        top = self.geometry.height - bottom - widget.height
        rows = slice(max(0, round(top)), round(top + widget.height))
        return frame()[rows, max(0, round(left)) : round(left + widget.width)]

    # Time

    async def frames(self, count: int = 2) -> None:
        """Let Kivy draw."""
        until = Clock.frames + count
        while Clock.frames < until:
            if self._running.done():
                self._running.result()
                raise AssertionError("the window has ended")
            self.app.wake()
            Clock._max_fps = 0  # as fast as it can: the time of a frame is FrameTime's
            before = Clock.frames
            await asyncio.sleep(0)
            if Clock.frames != before:
                self._time.tick()

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait frame by frame."""
        for _ in range(LONGEST):
            if condition():
                return
            await self.frames(1)
        raise AssertionError(f"never came: {what}; shown is {self.shown}")

    async def at_rest(self, name: str) -> Picture:
        """How this widget looks once three looks in a row are alike: its page may still be on its way in."""
        looks: list[Picture] = []

        def rests() -> bool:
            looks.append(self.pixels_of(name))
            return len(looks) >= 3 and all(np.array_equal(looks[-1], look) for look in looks[-3:-1])

        await self.frames(2)
        await self.until(rests, f"{name} at rest")
        return looks[-1]

    async def comes(self, name: str) -> None:
        """Wait for the page of this name."""
        await self.until(lambda: self.name == name, f"the page {name}")

    async def look(self, scene: Scene, acts: Still) -> None:
        """Put this moment on the glass."""
        acts.state, self.app.desk.route = scene.state, scene.route
        self.app.desk.touch(scene.touched)
        self.app.refresh()
        await self.frames(2)

    # Touches

    async def touch(
        self, x: float, y: float, *, to: tuple[float, float] | None = None, steps: int = 4, rests: int = 0
    ) -> None:
        """Put a finger down, let it rest, move it if told, lift it; not while the glass is deaf."""
        while self.app.glass.deaf:
            await self.frames(1)
        finger = Finger(x, y)
        finger.down()
        await self.frames(1 + rests)
        if to is not None:
            for step in range(1, steps + 1):
                finger.glide(x + (to[0] - x) * step / steps, y + (to[1] - y) * step / steps)
                await self.frames(1)
        finger.up()
        await self.frames(2)

    async def tap(self, name: str, then: str | None = None) -> None:
        """Touch the widget of this name in its middle, scrolling to it; wait for the page ``then``."""
        widget = await self.reach(name)
        await self.touch(*widget.to_window(*widget.center))
        if self._scrolling(widget):
            await self.frames(SCROLLED_TAP)
        if then is not None:
            await self.comes(then)

    async def reach(self, name: str) -> Widget:
        """Scroll by touch until the widget stands where it can be touched."""
        for _ in range(DRAGS):
            widget = self.find(name)
            if widget is not None and not self._scrolling(widget):
                return widget
            body = self.body
            _, low = body.to_window(body.x, body.y)
            edge = body.height * 0.1
            at = None if widget is None else widget.to_window(*widget.center)[1]
            if widget is not None and at is not None and low + edge <= at <= low + body.height - edge:
                return widget
            before = body.scroll_y
            await self.scroll(onward=at is None or at < low + body.height / 2)
            if abs(body.scroll_y - before) < 1e-6:
                if widget is not None and at is not None and low <= at <= low + body.height:
                    return widget
                break
        raise AssertionError(f"no way to {name!r} on {self.shown}")

    async def scroll(self, *, onward: bool = True, share: float = 0.4, steps: int = 6) -> None:
        """Draw the body on by a share of its height, without a throw at the end; not while the glass is deaf."""
        while self.app.glass.deaf:
            await self.frames(1)
        body = self.body
        x, middle = body.to_window(*body.center)
        way = body.height * share * (1 if onward else -1)
        finger = Finger(x, middle - way / 2)
        finger.down()
        await self.frames(1)
        for step in range(1, steps + 1):
            finger.glide(x, middle - way / 2 + way * step / steps)
            await self.frames(1)
        for _ in range(6):
            finger.glide(x, middle + way / 2)
            await self.frames(1)
        finger.up()
        await self.frames(2)
        at = -1.0
        while abs(at - body.scroll_y) > 1e-6:
            at = body.scroll_y
            await self.frames(2)

    async def swipe(self, to: str, *, rests: int = 0) -> None:
        """Across the middle of the glass: left, right, up or down."""
        wide, high = self.geometry.width, self.geometry.height
        across, along = wide * REACH / 2, high * REACH / 2
        way = {"left": (-across, 0.0), "right": (across, 0.0), "up": (0.0, along), "down": (0.0, -along)}[to]
        start = (wide / 2 - way[0], high / 2 - way[1])
        await self.touch(*start, to=(wide / 2 + way[0], high / 2 + way[1]), rests=rests)
        await self.frames(SCROLLED_TAP)  # a press that should not have come would come now

    async def swipe_from(self, name: str, *, dx: float, rests: int = 0) -> None:
        """Begin on this widget and go ``dx`` pixels across."""
        widget = await self.reach(name)
        x, y = widget.to_window(*widget.center)
        await self.touch(x, y, to=(x + dx, y), rests=rests)
        await self.frames(SCROLLED_TAP)

    async def crown(self, *, onward: bool = True) -> None:
        """One click of the crown."""
        click = Wheel(self.geometry.width / 2, self.geometry.height / 2, onward=onward)
        click.down()
        click.up()
        await self.frames(2)

    async def key(self, code: int, character: str = "") -> None:
        """A key of the desktop."""
        Window.dispatch("on_keyboard", code, 0, character, [])
        await self.frames(2)

    async def type(self, text: str) -> None:
        """Type a line and send it."""
        entry = self["entry"]
        entry.text = text
        entry.dispatch("on_text_validate")
        await self.frames(2)

    def _scrolling(self, widget: Widget) -> bool:
        return isinstance(self.view, PageView) and self.body in ancestors(widget)


def ancestors(widget: Widget) -> Iterator[Widget]:
    """What it lies in, up to the window."""
    while widget.parent is not None and widget.parent is not widget:
        widget = widget.parent
        yield widget
