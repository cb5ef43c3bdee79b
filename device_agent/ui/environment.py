"""Kivy reads its environment when it is first imported: this comes before."""

import importlib
import logging
import os

from device_agent.errors import WindowError
from device_agent.ui.fonts import cache_folder
from device_agent.ui.theme import Geometry

IDLE_FPS = 10
"""With the interrupt clock a message is on the screen in 6 ms at under 1 % of a core."""

BUSY_FPS = 60
"""While something moves."""


def _without_cut_buffer(record: logging.LogRecord) -> bool:
    """Kivy calls it critical when the X11 programs xclip and xsel are absent; nothing here needs them."""
    return not str(record.msg).startswith("Cutbuffer")


def prepare(geometry: Geometry, at: tuple[int, int] | None = None) -> None:
    """Set up Kivy for one window of this size, ``at`` left and top in pixels.

    Raises ``WindowError`` when there can't be one.
    """
    os.environ.setdefault("KIVY_NO_ARGS", "1")
    os.environ.setdefault("KIVY_LOG_MODE", "PYTHON")
    os.environ.setdefault("KIVY_METRICS_DENSITY", "1")
    os.environ.setdefault("KIVY_CLIPBOARD", "sdl2")
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WindowError(f"no window: {folder} can't be made: {error.strerror}; set XDG_CACHE_HOME") from error
    os.environ.setdefault("KIVY_HOME", str(folder / "kivy"))
    logger = logging.getLogger("kivy")
    logger.setLevel(logging.WARNING)
    logger.addFilter(_without_cut_buffer)
    try:
        config = importlib.import_module("kivy.config").Config
    except ImportError as error:
        raise WindowError(f"no window: {error}; pip install 'usher[watch]', or run with --headless") from error
    config.set("kivy", "exit_on_escape", 0)
    config.set("kivy", "kivy_clock", "interrupt")
    config.set("kivy", "log_level", "warning")
    config.set("graphics", "width", geometry.width)
    config.set("graphics", "height", geometry.height)
    config.set("graphics", "resizable", 0)
    if at is not None:
        config.set("graphics", "position", "custom")
        config.set("graphics", "left", at[0])
        config.set("graphics", "top", at[1])
    config.set("graphics", "multisamples", 0)
    config.set("graphics", "maxfps", IDLE_FPS)
    config.set("input", "mouse", "mouse,disable_multitouch")
    window = importlib.import_module("kivy.core.window").Window
    if window is None:
        raise WindowError(
            "no window: there is no display, or OpenGL is missing (apt: libgl1 libegl1 libgl1-mesa-dri);"
            " run with --headless, or with SDL_VIDEODRIVER=offscreen"
        )
