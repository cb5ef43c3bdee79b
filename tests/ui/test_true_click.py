"""A true click: the real process with its window on a display of its own, and a pointer that xdotool moves."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import ImageGrab

from contracts.visits import ClaimTask, TaskView
from device_agent.settings import Shape
from device_agent.ui.theme import GEOMETRIES
from runtime.bus.aiomqtt_bus import AiomqttBus
from runtime.clock import SystemClock
from tests.peers import Mosquitto
from tests.ui.conftest import missing
from tests.unit.device_agent.fakehub import HUB_BUS, HubOnBus, a_view

DEVICE = "watch-1"
SCREEN = GEOMETRIES[Shape.SQUARE]
PATIENCE_S = 30.0
LOOK_S = 0.05
PAGE = 0.02
"""When more than this share of the pixels changes it is another page, and no minute that went by."""

# Where a finger would go, in pixels from the upper left.
BACK = (SCREEN.target / 2, SCREEN.caption_y + SCREEN.small * 0.72)
BIG_BUTTON = (SCREEN.width * 0.6, SCREEN.height - 60)
FIRST_ROW = (SCREEN.width / 2, SCREEN.body_y + SCREEN.row_height / 2)


class Happened(msgspec.Struct, frozen=True):
    """What a line of ``--events`` is needed for here."""

    event: str
    task: str = ""
    mine: bool = False


async def until(condition: Callable[[], bool], what: Callable[[], str]) -> None:
    for _ in range(round(PATIENCE_S / LOOK_S)):
        if condition():
            return
        await asyncio.sleep(LOOK_S)
    raise AssertionError(what())


@asynccontextmanager
async def process(
    *command: str, env: dict[str, str], log: Path, hear: Callable[[bytes], None]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Runs beside the test, which hears its lines; told to end at its end, by handle."""
    with log.open("ab") as errors:
        running = await asyncio.create_subprocess_exec(
            *command, env=env, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=errors
        )

    async def listen() -> None:
        assert running.stdout is not None
        async for line in running.stdout:
            hear(line)

    listening = asyncio.ensure_future(listen())
    try:
        yield running
    finally:
        if running.returncode is None:
            running.terminate()
        try:
            async with asyncio.timeout(PATIENCE_S):
                await running.wait()
        except TimeoutError:
            running.kill()
            await running.wait()
            raise
        finally:
            await listening


class Display:
    """A screen without glass, and a pointer on it."""

    def __init__(self, name: str, xdotool: str) -> None:
        self.name = name
        self._xdotool = xdotool
        self._environment = {**os.environ, "DISPLAY": name}

    async def _do(self, *words: str) -> str:
        ran = await asyncio.create_subprocess_exec(
            self._xdotool, *words, env=self._environment, stdout=asyncio.subprocess.PIPE
        )
        told, _ = await ran.communicate()
        return told.decode().strip()

    async def window(self, pid: int) -> str:
        """The id of the window that this process has on the screen."""
        found = (await self._do("search", "--onlyvisible", "--pid", str(pid))).split()
        assert found, f"process {pid} has no window"
        return found[0]

    async def click(self, window: str, at: tuple[float, float]) -> None:
        """Move the pointer there and press its left button."""
        await self._do("mousemove", "--window", window, *(str(round(length)) for length in at), "click", "1")

    def picture(self) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        """What is on the display now."""
        return np.asarray(ImageGrab.grab(xdisplay=self.name).convert("RGB"))

    async def changes(self, window: str, click: tuple[float, float]) -> None:
        """Click there, and wait for another picture that stands still."""
        before = self.picture()
        await self.click(window, click)

        def changed() -> bool:
            return bool((self.picture() != before).any(axis=2).mean() > PAGE)

        await until(changed, lambda: f"a click at {click} changed nothing")
        seen = [before]

        def still() -> bool:
            seen.append(self.picture())
            return np.array_equal(seen[-1], seen[-2])

        await until(still, lambda: "the picture never stood still")


@asynccontextmanager
async def display(tmp_path: Path) -> AsyncIterator[Display]:
    """Xvfb on a free number; skipped for a person without it, a failure in continuous integration."""
    found = {name: shutil.which(name) for name in ("Xvfb", "xdotool")}
    absent = [name for name, path in found.items() if path is None]
    if absent:
        missing(f"no true click without {', '.join(absent)}; scripts/bootstrap installs it")
    server, xdotool = str(found["Xvfb"]), str(found["xdotool"])
    screen = f"{SCREEN.width + 40}x{SCREEN.height + 40}x24"
    command = (server, "-displayfd", "1", "-screen", "0", screen, "-nolisten", "tcp", "-noreset")
    told: list[bytes] = []
    log = tmp_path / "xvfb.log"
    async with process(*command, env=dict(os.environ), log=log, hear=told.append):
        await until(lambda: bool(told), lambda: log.read_text(encoding="utf-8"))
        yield Display(f":{int(told[0])}", xdotool)


@asynccontextmanager
async def hub_on(broker: Mosquitto) -> AsyncIterator[HubOnBus]:
    """A hub's end of the wire, which says at once what it has to say."""
    hub = HubOnBus(SystemClock(), AiomqttBus(msgspec.structs.replace(HUB_BUS, url=broker.url)))

    async def speak() -> None:
        while True:
            await hub.flush()
            await asyncio.sleep(0.01)

    parts = [asyncio.ensure_future(hub.run()), asyncio.ensure_future(speak())]
    try:
        yield hub
    finally:
        for part in parts:
            part.cancel()
        await asyncio.gather(*parts, return_exceptions=True)


def waiting_now() -> TaskView:
    """A customer who came a moment ago."""
    now = SystemClock().now()
    return msgspec.structs.replace(
        a_view("task-0001"), waiting_since=now, offered_at=now, expires=now + timedelta(hours=1)
    )


@pytest.mark.req("W-06", "W-07", "W-08")
async def test_a_true_click_from_the_face_to_the_claim(mosquitto_broker: Mosquitto, tmp_path: Path) -> None:
    config = tmp_path / "watch.toml"
    config.write_text("sound = false\n", encoding="utf-8")
    command = (
        *(sys.executable, "-m", "device_agent", "--device", DEVICE, "--broker", mosquitto_broker.url),
        *("--store", str(tmp_path / "watch.sqlite"), "--shape", "square", "--language", "en", "--events"),
        *("--no-models", "--at", "20", "20", "--config", str(config)),
    )
    log = tmp_path / "watch.log"
    happened: list[Happened] = []

    def hear(line: bytes) -> None:
        happened.append(msgspec.json.decode(line, type=Happened))

    def whats_missing() -> str:
        return f"{[each.event for each in happened]}\n{log.read_text(encoding='utf-8')[-2000:]}"

    def has(event: str) -> bool:
        return any(each.event == event and each.task == "task-0001" for each in happened)

    async with display(tmp_path) as screen, hub_on(mosquitto_broker) as hub:
        environment = {name: value for name, value in os.environ.items() if name != "WAYLAND_DISPLAY"}
        environment |= {"DISPLAY": screen.name, "SDL_VIDEODRIVER": "x11", "KIVY_HOME": str(tmp_path / "kivy")}
        async with process(*command, env=environment, log=log, hear=hear) as watch:
            hub.hub.bind(DEVICE)
            await until(lambda: any(each.event == "bound" for each in happened), whats_missing)
            hub.hub.offer(waiting_now())
            await until(lambda: has("shown"), whats_missing)
            window = await screen.window(watch.pid)
            looks = count()
            while not has("silenced"):  # the call is put away; the glass is deaf for a moment after it has come up
                if next(looks) % 20 == 0:
                    await screen.click(window, BACK)
                assert next(looks) * LOOK_S < PATIENCE_S, whats_missing()
                await asyncio.sleep(LOOK_S)
            await screen.changes(window, BIG_BUTTON)  # the list
            await screen.changes(window, FIRST_ROW)  # the task
            assert not any(isinstance(each, ClaimTask) for each in hub.hub.received)
            await screen.click(window, BIG_BUTTON)  # take
            await until(lambda: has("claimed"), whats_missing)
            assert hub.hub.received.count(ClaimTask(task_id="task-0001")) == 1
            assert any(each.event == "claimed" and each.mine for each in happened)
        assert watch.returncode == 0, log.read_text(encoding="utf-8")
