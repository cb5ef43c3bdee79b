"""Drives the real window: waits by frames, finds widgets by their page's names, touches them where they are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from kivy.clock import Clock
from kivy.tests.common import UnitTestTouch
from kivy.uix.widget import Widget

from device_agent.presenters.pages import Face, Page
from device_agent.ui.app import WristApp
from device_agent.ui.views import FaceView, PageView


class Pilot:
    """One running window."""

    def __init__(self, app: WristApp, running: asyncio.Future[None]) -> None:
        self.app = app
        self._running = running

    @property
    def view(self) -> FaceView | PageView:
        """The face or page on the glass."""
        view = self.app.glass.children[0]
        assert isinstance(view, FaceView | PageView)
        return view

    @property
    def shown(self) -> Face | Page:
        """What it shows."""
        shown = self.view.shown
        assert shown is not None
        return shown

    def __getitem__(self, name: str) -> Widget:
        return self.view.named[name]

    async def frames(self, count: int = 2) -> None:
        """Let Kivy draw."""
        until = Clock.frames + count
        while Clock.frames < until:
            if self._running.done():
                self._running.result()
                raise AssertionError("the window has ended")
            self.app.wake()
            await asyncio.sleep(0.002)

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait frame by frame."""
        for _ in range(600):
            if condition():
                return
            await self.frames(1)
        raise AssertionError(f"never came: {what}; shown is {self.shown}")

    async def touch(self, x: float, y: float, *, to: tuple[float, float] | None = None) -> None:
        """Put a finger down, move it if told, lift it."""
        finger = UnitTestTouch(x, y)
        finger.touch_down()
        await self.frames(1)
        if to is not None:
            finger.touch_move(*to)
            await self.frames(1)
        finger.touch_up()
        await self.frames(2)

    async def tap(self, name: str) -> None:
        """Touch the widget of this name in its middle."""
        widget = self[name]
        await self.touch(*widget.to_window(*widget.center))
