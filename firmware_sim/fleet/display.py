"""The screen that windows open on: the user's own, or a private one that nobody sees."""

import asyncio
import ctypes
import ctypes.util
import importlib.util
import os
import shutil
from pathlib import Path

import msgspec

from firmware_sim.errors import DemoError
from firmware_sim.fleet.screen import Layout
from runtime.supervision import Child

SMALLEST_SCREEN = (1366, 768)
"""Taken for granted where the screen doesn't say its size."""

READY_TIMEOUT_S = 15.0


def has_display() -> bool:
    """Whether windows can open here."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def screen_size() -> tuple[int, int]:
    """Pixels of the X screen (of all monitors together); ``SMALLEST_SCREEN`` where there is none to ask."""
    name = ctypes.util.find_library("X11")
    if name is None or not os.environ.get("DISPLAY"):
        return SMALLEST_SCREEN
    library = ctypes.CDLL(name)
    library.XOpenDisplay.restype = ctypes.c_void_p
    library.XOpenDisplay.argtypes = [ctypes.c_char_p]
    for call in (library.XDisplayWidth, library.XDisplayHeight):
        call.argtypes = [ctypes.c_void_p, ctypes.c_int]
    library.XDefaultScreen.argtypes = library.XCloseDisplay.argtypes = [ctypes.c_void_p]
    display = library.XOpenDisplay(None)
    if not display:
        return SMALLEST_SCREEN
    try:
        screen = library.XDefaultScreen(display)
        return library.XDisplayWidth(display, screen), library.XDisplayHeight(display, screen)
    finally:
        library.XCloseDisplay(display)


class Ground:
    """A calm ground under the windows, with a place for captions; nothing where Python has no Tk (apt: python3-tk)."""

    def __init__(self, child: Child | None) -> None:
        self._child = child

    @classmethod
    async def open(cls, layout: Layout, folder: Path) -> "Ground":
        """Open it before the windows; its log goes to ``folder``."""
        if importlib.util.find_spec("tkinter") is None:
            return cls(None)
        at = layout.caption
        arguments = ["--size", str(layout.width), str(layout.height)]
        arguments += ["--caption", *(str(length) for length in (at.left, at.top, at.width, at.height))]
        module, log = "firmware_sim.fleet.ground", folder / "ground.log"
        return cls(await Child.start("ground", module, arguments, on_line=lambda _line: None, stderr=log))

    def say(self, title: str, text: str) -> None:
        """Show this caption."""
        if self._child is not None and self._child.process.stdin is not None:
            self._child.process.stdin.write(msgspec.json.encode({"title": title, "text": text}) + b"\n")

    async def close(self) -> None:
        """Take it away."""
        if self._child is not None:
            await self._child.stop()


class PrivateDisplay:
    """An X server of our own, without a monitor; ``environment`` is for the processes that shall open windows on it."""

    def __init__(self, process: asyncio.subprocess.Process, number: int) -> None:
        self._process = process
        self.name = f":{number}"

    @classmethod
    async def start(cls, width: int, height: int) -> "PrivateDisplay":
        """Start Xvfb on a display that is free; raises ``DemoError`` when it isn't installed or doesn't come up."""
        program = shutil.which("Xvfb")
        if program is None:
            raise DemoError("no Xvfb to record on without a display: apt install xvfb")
        reading, writing = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                program,
                *("-displayfd", str(writing), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", "-noreset"),
                pass_fds=(writing,),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        try:
            async with asyncio.timeout(READY_TIMEOUT_S):
                said = await _line_of(reading)
        except TimeoutError:
            said = b""
        if not said.strip().isdigit():
            process.kill()
            await process.wait()
            raise DemoError(f"Xvfb did not come up within {READY_TIMEOUT_S:.0f} s: is /tmp/.X11-unix writable?")
        return cls(process, int(said))

    @property
    def environment(self) -> dict[str, str]:
        """Of this process, but with windows on this display, drawn by the processor."""
        kept = {name: value for name, value in os.environ.items() if name not in ("WAYLAND_DISPLAY", "XAUTHORITY")}
        return kept | {"DISPLAY": self.name, "SDL_VIDEODRIVER": "x11", "LIBGL_ALWAYS_SOFTWARE": "1"}

    async def stop(self) -> None:
        """End the server; windows that are still open on it are lost."""
        if self._process.returncode is None:
            self._process.terminate()
        await self._process.wait()


async def _line_of(descriptor: int) -> bytes:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    pipe = os.fdopen(descriptor, "rb", buffering=0)
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    try:
        return await reader.readline()
    finally:
        transport.close()
