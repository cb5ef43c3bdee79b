"""What every window needs before and while it runs Kivy, which is imported only when this is called.

Kivy reads its environment when it is first imported: :func:`prepare_window` comes before.
"""

import asyncio
import ctypes
import importlib
import logging
import os
import platform
import sys
from pathlib import Path
from typing import Protocol

from runtime.errors import WindowError
from runtime.fonts import cache_folder

IDLE_FPS = 10
"""With the interrupt clock a message is on the screen in 6 ms at under 1 % of a core."""

BUSY_FPS = 60
"""While something moves."""


M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Numbers of glibc's ``mallopt`` (malloc.h)."""


def _give_memory_back() -> None:
    """Have glibc return the textures of texts to the system: its heap would keep some 70 MB of them for ever.

    Its thresholds otherwise grow with the largest block that was freed (mallopt(3)).
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_THRESHOLD, 64 * 1024)
        libc.mallopt(M_TRIM_THRESHOLD, 128 * 1024)


class Runs(Protocol):
    """An application of Kivy's, as far as it is needed here."""

    async def async_run(self, async_lib: str | None = None) -> None: ...

    def stop(self) -> None: ...


def _worth_saying(record: logging.LogRecord) -> bool:
    """Warnings; Kivy sets its own level as it is imported, and tells of each part that it loads.

    It calls it critical when the X11 programs xclip and xsel are absent; nothing here needs them.
    """
    return record.levelno >= logging.WARNING and not str(record.msg).startswith("Cutbuffer")


def prepare_window(size: tuple[int, int], at: tuple[int, int] | None = None, *, alone: bool = False) -> None:
    """Set up Kivy for one window of this size, ``at`` left and top in pixels; ``alone``: without borders and pointer.

    Raises ``WindowError`` when there can't be one, or nobody could see it.
    """
    if sys.platform == "linux" and not any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"))):
        raise WindowError(
            "no window: neither DISPLAY nor WAYLAND_DISPLAY is set, nobody would see it; start it on a desktop or in"
            " cage, or set DISPLAY=:0 where an X server runs, or SDL_VIDEODRIVER=offscreen for a window without a"
            " screen; or go without one"
        )
    _give_memory_back()
    folder = cache_folder()
    for name, value in (
        ("KIVY_NO_ARGS", "1"),
        ("KIVY_LOG_MODE", "PYTHON"),
        ("KIVY_METRICS_DENSITY", "1"),
        ("KIVY_CLIPBOARD", "sdl2"),
        ("KIVY_HOME", str(folder / "kivy")),
    ):
        os.environ.setdefault(name, value)
    logging.getLogger("kivy").addFilter(_worth_saying)
    try:
        Path(os.environ["KIVY_HOME"]).mkdir(parents=True, exist_ok=True)
        config = importlib.import_module("kivy.config").Config
    except OSError as error:
        raise WindowError(f"no window: {folder} can't be made: {error.strerror}; set XDG_CACHE_HOME") from error
    except ImportError as error:
        raise WindowError(f"no window: {error}; pip install 'usher[watch]' or 'usher[kiosk]', or go without") from error
    settings: dict[str, dict[str, str | int]] = {
        "kivy": {"exit_on_escape": 0, "kivy_clock": "interrupt", "log_level": "warning"},
        "graphics": {"width": size[0], "height": size[1], "resizable": 0, "multisamples": 0, "maxfps": IDLE_FPS},
        "input": {"mouse": "mouse,disable_multitouch"},
    }
    if at is not None:
        settings["graphics"] |= {"position": "custom", "left": at[0], "top": at[1]}
    if alone:
        settings["graphics"] |= {"borderless": 1, "show_cursor": 0, "position": "custom", "left": 0, "top": 0}
    for section, values in settings.items():
        for key, setting in values.items():
            config.set(section, key, setting)
    if importlib.import_module("kivy.core.window").Window is None:
        raise WindowError(
            "no window: there is no display, or OpenGL is missing (apt: libgl1 libegl1 libgl1-mesa-dri);"
            " go without a window, or set SDL_VIDEODRIVER=offscreen"
        )


async def _wait_quietly(coroutine: asyncio.Future[None], timeout: float | None) -> None:
    """Kivy's interrupt clock takes the end of its own waiting for an error under asyncio (kivy#8066)."""
    try:
        # Not ``wait_for``: before Python 3.12 it loses a cancellation that comes with the event, and the window stays.
        async with asyncio.timeout(timeout):
            await coroutine
    except TimeoutError:
        pass


async def run_window_in_loop(app: Runs) -> None:
    """Run a Kivy application in the running event loop, until its window is closed or this is cancelled."""
    clock = importlib.import_module("kivy.clock").Clock
    clock.init_async_lib("asyncio")  # its event belongs to the loop that runs now
    clock._async_wait_for = _wait_quietly
    try:
        await app.async_run(async_lib=None)
    finally:
        app.stop()
