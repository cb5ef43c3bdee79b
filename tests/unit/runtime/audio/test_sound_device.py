"""A microphone that is plugged in while the program runs is found, and takes none away from who uses one (K-02)."""

from __future__ import annotations

import ctypes.util
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.req("K-02")
@pytest.mark.skipif(
    sys.platform != "linux"
    or importlib.util.find_spec("sounddevice") is None
    or not ctypes.util.find_library("asound"),
    reason="needs ALSA and sounddevice: scripts/bootstrap",
)
def test_what_is_plugged_in_later_is_found_and_an_open_one_goes_on(tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("ALSA_", "PULSE_"))}
    ran = subprocess.run(
        [sys.executable, "-m", "tests.unit.runtime.audio.plugged_in"],
        cwd=ROOT,
        env={**environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == [
        "nothing plugged in: False",
        "plugged in: True",
        "beside an open one: False",
        "beside an open one it can't be opened",
        "the open one is still active: True",
        "after that: True",
    ]
