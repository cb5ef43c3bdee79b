"""Sets made-up moments on the stage: the real window, off screen, over an agent that stands still."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import numpy as np

from contracts.fields import Language
from device_agent.settings import Shape
from device_agent.texts import load_catalogue
from device_agent.ui.scenes import NOW, Scene, Still, scenes
from device_agent.ui.theme import GEOMETRIES, Geometry
from runtime.screen import prepare_window
from runtime.ui.seen import Picture, Seen

if TYPE_CHECKING:
    from kivy.animation import Animation
    from kivy.uix.widget import Widget

    from device_agent.ui.app import WristApp

FRAMES = 3
"""Kivy draws a change within two frames."""

PATIENCE_S = 2.0
"""After this long a screen that goes on moving is taken as it is."""


class Stage:
    """One open window. ``restless`` are the scenes that never came to rest."""

    def __init__(self, app: WristApp, acts: Still, geometry: Geometry, running: asyncio.Future[None]) -> None:
        self._app = app
        self._acts = acts
        self._running = running
        self.geometry = geometry
        self.restless: list[str] = []

    async def show(self, scene: Scene, language: Language) -> Picture:
        """Draw the scene until the picture doesn't change any more, and return it."""
        from runtime.ui.frame import frame

        self._acts.state, self._app.desk.route = scene.state, scene.route
        self._app.show_language(language)
        self._app.desk.declined = scene.declined
        self._app.desk.engine = lambda: scene.engine
        self._app.desk.touch(scene.touched)
        self._app.refresh()
        if not await self._settle():
            self.restless.append(scene.name)
        return frame()

    @asynccontextmanager
    async def scrolled_down(self) -> AsyncIterator[Picture | None]:
        """The picture with all that scrolls up and down scrolled to its end; null when nothing does."""
        from kivy.core.window import Window
        from kivy.uix.scrollview import ScrollView

        from runtime.ui.frame import frame

        found = [each for layer in Window.children for each in layer.walk() if isinstance(each, ScrollView)]
        views = [view for view in found if view.do_scroll_y and view.children and view.viewport_size[1] > view.height]
        before = [(view, view.scroll_y) for view in views]
        for view in views:
            view.scroll_y = 0
        if views:
            await self._settle()
        yield frame() if views else None
        for view, scroll_y in before:
            view.scroll_y = scroll_y

    async def _settle(self) -> bool:
        """Wait until two pictures are the same; false when that never comes."""
        from runtime.ui.frame import frame

        await self._frames(FRAMES)
        until = time.monotonic() + PATIENCE_S
        picture = frame()
        while True:
            _hold_still()
            await self._frames(2)
            before, picture = picture, frame()
            if np.array_equal(before, picture):
                return True
            if time.monotonic() > until:
                return False

    def inspect(self, picture: Picture) -> Seen:
        """What stands on the screen now."""
        from runtime.ui.inspection import inspect

        return inspect(picture, on_round=self.geometry.centred, named=self._app.view.named)

    async def _frames(self, count: int) -> None:
        from kivy.clock import Clock

        until = Clock.frames + count
        while Clock.frames < until:
            if self._running.done():
                self._running.result()
                raise RuntimeError("the window was closed in the middle of it")
            Clock._max_fps = 500
            await asyncio.sleep(0)


def _hold_still() -> None:
    """What moves for good, such as the sign of a recording, stands at the end of its movement."""
    from kivy.animation import Animation, Sequence

    for animation in list(Animation._instances):
        if isinstance(animation, Sequence) and animation.repeat:
            for widget in list(_moved(animation)):
                animation.cancel(widget)
                for name, value in animation.animated_properties.items():
                    setattr(widget, name, value)


def _moved(animation: Animation) -> Iterator[Widget]:
    """The widgets that an animation moves; Kivy keeps them at its last parts."""
    for part in (getattr(animation, "anim1", None), getattr(animation, "anim2", None)):
        if part is not None:
            yield from _moved(part)
    yield from (state["widget"] for state in animation._widgets.values() if isinstance(state, dict))


@asynccontextmanager
async def open_stage(shape: Shape) -> AsyncIterator[Stage]:
    """A window of this shape without a display; Kivy allows one in a process.

    All clocks show UTC, wherever this runs. Raises ``WindowError`` when there can't be a window.
    """
    os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
    os.environ["TZ"] = "UTC"
    time.tzset()

    geometry = GEOMETRIES[shape]
    prepare_window(geometry.size)
    from device_agent.ui.app import WristApp

    acts = Still(scenes(Language.EN)[0].state)
    app = WristApp(
        acts=acts,
        device="gallery",
        now=lambda: NOW,
        catalogues={language: load_catalogue(language) for language in Language},
        geometry=geometry,
        language=None,
    )
    running = asyncio.ensure_future(app.run_in_loop())
    stage = Stage(app, acts, geometry, running)
    try:
        await stage._frames(FRAMES)
        yield stage
    finally:
        app.stop()
        await running
