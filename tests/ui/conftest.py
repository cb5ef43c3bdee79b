"""One Kivy window for the whole process (Kivy has no more), off screen, with real pixels."""

from __future__ import annotations

import ctypes.util
import importlib.util
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from contracts.fields import Language
from device_agent.presenters.desk import Acts
from device_agent.settings import Shape
from device_agent.texts import load_catalogue

if TYPE_CHECKING:
    from tests.ui.pilot import Pilot

NEEDED = ("GL", "EGL")


@pytest.fixture(scope="session")
def kivy_window() -> Iterator[None]:
    """Kivy, set up for a square screen; skipped for a person without it, a failure in continuous integration."""
    missing = [f"lib{name}" for name in NEEDED if ctypes.util.find_library(name) is None]
    if importlib.util.find_spec("kivy") is None:
        missing.append("kivy")
    if missing:
        why = f"no window can be drawn without {', '.join(missing)}; scripts/bootstrap installs it"
        if os.environ.get("CI"):
            pytest.fail(why, pytrace=False)
        pytest.skip(why)
    os.environ["SDL_VIDEODRIVER"] = "offscreen"
    with tempfile.TemporaryDirectory(prefix="usher-kivy-") as home:
        os.environ.setdefault("KIVY_HOME", home)
        from device_agent.ui.environment import prepare
        from device_agent.ui.theme import GEOMETRIES

        prepare(GEOMETRIES[Shape.SQUARE])
        yield


OpenWindow = Callable[[Acts, Callable[[], datetime]], "object"]


@pytest.fixture
def open_window(kivy_window: None) -> object:
    """``async with open_window(acts, now) as pilot``: a window over an agent."""
    del kivy_window

    @asynccontextmanager
    async def opened(acts: Acts, now: Callable[[], datetime], shape: Shape = Shape.SQUARE) -> AsyncIterator[Pilot]:
        import asyncio

        from device_agent.ui.app import WristApp
        from device_agent.ui.theme import GEOMETRIES
        from tests.ui.pilot import Pilot

        app = WristApp(
            acts=acts,
            device="watch-1",
            now=now,
            geometry=GEOMETRIES[shape],
            catalogues={language: load_catalogue(language) for language in Language},
            language=Language.EN,
        )
        running = asyncio.ensure_future(app.run_in_loop())
        pilot = Pilot(app, running)
        try:
            await pilot.frames(3)
            yield pilot
        finally:
            app.stop()
            await running

    return opened
