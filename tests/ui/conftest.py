"""One Kivy window for the whole process (Kivy has no more), off screen, with real pixels."""

from __future__ import annotations

import asyncio
import ctypes.util
import importlib.util
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import pytest

from contracts.fields import Language
from device_agent.presenters.desk import Acts
from device_agent.settings import Shape
from device_agent.texts import load_catalogue
from device_agent.ui.scenes import NOW
from runtime.screen import prepare_window

if TYPE_CHECKING:
    from tests.ui.pilot import Pilot

NEEDED = ("GL", "EGL")


def missing(what: str) -> None:
    """Skip for a person; in continuous integration what is missing is a failure."""
    if os.environ.get("CI"):
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session")
def kivy_window() -> Iterator[None]:
    """Kivy, set up for a square screen; skipped for a person without it, a failure in continuous integration."""
    absent = [f"lib{name}" for name in NEEDED if ctypes.util.find_library(name) is None]
    if importlib.util.find_spec("kivy") is None:
        absent.append("kivy")
    if absent:
        missing(f"no window can be drawn without {', '.join(absent)}; scripts/bootstrap installs it")
    os.environ["SDL_VIDEODRIVER"] = "offscreen"
    with tempfile.TemporaryDirectory(prefix="usher-kivy-") as home:
        os.environ.setdefault("KIVY_HOME", home)
        from device_agent.ui.theme import GEOMETRIES

        prepare_window(GEOMETRIES[Shape.SQUARE].size)
        yield


class OpenWindow(Protocol):
    """``async with open_window(acts) as pilot``: a window over an agent, of any shape.

    ``language`` null asks for it at the first start, as a device does that nobody told one.
    """

    def __call__(
        self,
        acts: Acts,
        now: Callable[[], datetime] = ...,
        *,
        shape: Shape = ...,
        language: Language | None = ...,
    ) -> AbstractAsyncContextManager[Pilot]: ...


@pytest.fixture
def open_window(kivy_window: None) -> OpenWindow:
    """A window over an agent; closed at the end."""
    del kivy_window

    @asynccontextmanager
    async def opened(
        acts: Acts,
        now: Callable[[], datetime] = lambda: NOW,
        *,
        shape: Shape = Shape.SQUARE,
        language: Language | None = Language.EN,
    ) -> AsyncIterator[Pilot]:
        from kivy.core.window import Window

        from device_agent.ui.app import WristApp
        from device_agent.ui.theme import GEOMETRIES
        from tests.ui.pilot import FrameTime, Pilot

        geometry = GEOMETRIES[shape]
        Window.size = (geometry.width, geometry.height)
        with FrameTime() as time:
            app = WristApp(
                acts=acts,
                device="watch-1",
                now=now,
                geometry=geometry,
                catalogues={each: load_catalogue(each) for each in Language},
                language=language,
            )
            running = asyncio.ensure_future(app.run_in_loop())
            pilot = Pilot(app, running, time)
            try:
                await pilot.frames(3)
                yield pilot
            finally:
                app.stop()
                await running

    return opened
