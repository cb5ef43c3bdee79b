"""A display of our own."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageGrab

from firmware_sim.errors import DemoError
from firmware_sim.fleet.display import SMALLEST_SCREEN, Ground, PrivateDisplay, screen_size
from firmware_sim.fleet.screen import arrange


async def test_a_private_display_has_the_size_asked_for_and_is_gone_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if shutil.which("Xvfb") is None:
        why = "Xvfb is not installed (apt: xvfb)"
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    display = await PrivateDisplay.start(800, 600)
    try:
        assert display.environment["DISPLAY"] == display.name
        monkeypatch.setenv("DISPLAY", display.name)
        assert screen_size() == (800, 600)
    finally:
        await display.stop()
    assert screen_size() == SMALLEST_SCREEN


async def test_the_ground_is_calm_and_shows_captions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for needed in ("Xvfb", "tkinter"):
        if shutil.which(needed) is None and importlib.util.find_spec(needed) is None:
            why = f"{needed} is not installed (apt: xvfb python3-tk)"
            pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    layout = arrange(1366, 768)
    at = layout.caption
    display = await PrivateDisplay.start(layout.width, layout.height)
    monkeypatch.setenv("DISPLAY", display.name)
    ground = await Ground.open(layout, tmp_path)
    try:
        async with asyncio.timeout(30):
            ground.say("A title", "and what it says")
            picture = Image.new("RGB", (layout.width, layout.height))
            shown = 0
            while shown < 200:
                picture = await asyncio.to_thread(ImageGrab.grab, xdisplay=display.name)
                shown = max(picture.crop((at.left, at.top, at.right, at.bottom)).convert("L").tobytes())
        assert picture.getpixel((5, 5)) == (0x26, 0x2B, 0x33)
        assert picture.getpixel((layout.kiosk.left, layout.kiosk.top)) == (0x26, 0x2B, 0x33)
    finally:
        await ground.close()
        await display.stop()
    assert (tmp_path / "ground.log").read_text("utf-8") == ""


async def test_without_xvfb_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(DemoError, match="apt install xvfb"):
        await PrivateDisplay.start(800, 600)


def test_without_a_display_the_smallest_screen_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    assert screen_size() == SMALLEST_SCREEN
