"""Real processes: a kiosk tells the hub that its printer is dead, and after a kill that it was killed (K-03, K-13)."""

from __future__ import annotations

import asyncio
import ctypes.util
import importlib.util
from pathlib import Path

import aiohttp
import msgspec
import pytest

from hub.lobby import KioskCard
from tests.integration.delivery.test_processes import FLEET
from tests.peers import free_port
from tests.programs import PATIENCE_S, event, program

WINDOW = importlib.util.find_spec("kivy") is not None and all(map(ctypes.util.find_library, ("GL", "EGL")))

pytestmark = [
    pytest.mark.req("K-03", "K-13"),
    pytest.mark.skipif(not WINDOW, reason="no window can be drawn without Kivy, libGL, libEGL; scripts/bootstrap"),
]

BUSINESSES = '[[business]]\ncode = "cash"\nnames = { en = "Cash", zh = "现金", ko = "현금" }\n'


SETTINGS = """
device = "kiosk-main"
branch = "main"
broker = "{broker}"
store = "{folder}/kiosk.sqlite"
businesses = "{folder}/businesses.toml"
window = true
voice = false
fetch_models = false
[printer]
kind = "network"
host = "127.0.0.1"
port = {printer_port}
"""


def kiosk_settings(folder: Path, broker: str, printer_port: int) -> Path:
    """A kiosk with a window, and a network printer that nobody is."""
    (folder / "businesses.toml").write_text(BUSINESSES, encoding="utf-8")
    path = folder / "kiosk.toml"
    path.write_text(
        SETTINGS.format(broker=broker, folder=folder.as_posix(), printer_port=printer_port), encoding="utf-8"
    )
    return path


async def card_when(url: str, token: str, part: str, restarts: int) -> KioskCard:
    """The kiosk as the API shows it, once this part of it fails."""
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as session, asyncio.timeout(PATIENCE_S):
        while True:
            async with session.get(f"{url}/v1/branches/main/kiosks") as answer:
                [card] = msgspec.json.decode(await answer.read(), type=list[KioskCard])
            if any(one.part == part for one in card.failing) and card.restarts == restarts:
                return card
            await asyncio.sleep(0.3)


async def test_a_dead_printer_and_a_kill_are_known_at_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "offscreen")
    monkeypatch.setenv("KIVY_HOME", str(tmp_path / "kivy"))
    (tmp_path / "fleet.toml").write_text(FLEET, encoding="utf-8")
    port = free_port()
    hub_arguments = (
        *("--data", str(tmp_path / "hub"), "--broker-port", str(port), "--http-port", "0"),
        *("--model", "simbank", "--provision", str(tmp_path / "fleet.toml")),
    )
    settings = kiosk_settings(tmp_path, f"mqtt://127.0.0.1:{port}", free_port())
    async with program(tmp_path, "hub", *hub_arguments) as hub:
        ready = await event(hub, "ready")
        url, token = str(ready["http"]), str(ready["token"])
        for restarts in (0, 1):
            async with program(tmp_path, "kiosk", "--config", str(settings), "--events") as kiosk:
                await event(kiosk, "online")
                card = await card_when(url, token, "printer", restarts)
                [printer] = [one for one in card.failing if one.part == "printer"]
                assert printer.condition == "unreachable"
                assert [one.service_class for one in card.numbers] == ["A"]
