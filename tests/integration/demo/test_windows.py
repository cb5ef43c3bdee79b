"""The demo for a person with a mouse: four windows of real processes on one screen, side by side."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from firmware_sim.fleet.display import PrivateDisplay
from firmware_sim.fleet.screen import Layout, arrange

SCREEN = (1366, 768)
TIMEOUT_S = 120


def dark_places(display: str, layout: Layout) -> list[str]:
    """The windows in which nothing is drawn."""
    from PIL import ImageGrab

    picture = ImageGrab.grab(xdisplay=display)
    places = {"kiosk": layout.kiosk, **layout.wrists}
    boxes = {name: (at.left, at.top, at.right, at.bottom) for name, at in places.items()}
    return [name for name, box in boxes.items() if max(picture.crop(box).convert("L").tobytes()) < 200]


async def test_by_hand_opens_four_windows_and_touches_nothing_itself(tmp_path: Path) -> None:
    if shutil.which("Xvfb") is None:
        why = "Xvfb is not installed (apt: xvfb)"
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    display = await PrivateDisplay.start(*SCREEN)
    try:
        demo = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "firmware_sim.fleet", "--by-hand", "--json", "--data", "simbank"),
            *("--keep", str(tmp_path)),
            stdout=asyncio.subprocess.PIPE,
            env=display.environment,
        )
        assert demo.stdout is not None
        told: list[str] = []
        try:
            async with asyncio.timeout(TIMEOUT_S):
                async for line in demo.stdout:
                    told.append(json.loads(line)["text"])
                    if told[-1].startswith("the branch is yours"):
                        break
                layout = arrange(*SCREEN)
                dark = ["not looked yet"]
                while dark:
                    dark = await asyncio.to_thread(dark_places, display.name, layout)
        finally:
            if demo.returncode is None:
                demo.send_signal(signal.SIGTERM)
            rest = await demo.stdout.read()
            code = await demo.wait()
    finally:
        await display.stop()
    assert code == 0
    assert b'"ticket"' not in rest
    assert not [text for text in told if "takes it" in text]
