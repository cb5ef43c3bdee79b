"""Which ways to play the demo go together."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from contracts.fields import Language
from firmware_sim.errors import DemoError
from firmware_sim.fleet.__main__ import check, main
from firmware_sim.fleet.studio import check_engine


def refused(*options: str) -> str:
    result = CliRunner(env={"DISPLAY": "", "WAYLAND_DISPLAY": ""}).invoke(main, list(options))
    assert result.exit_code == 2, result.output
    return result.output


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("--by-hand", "--tour"), "give one"),
        (("--tour", "--once"), "give one"),
        (("--record", "tour.webp"), "give --tour"),
        (("--tour", "--record", "tour.mp4"), ".webp or .gif"),
        (("--tour", "--record", "tour.webp", "--broker", "mqtt://127.0.0.1:1883"), "drop --broker"),
        (("--by-hand", "--voices"), "drop --by-hand or --tour"),
        (("--tour", "--voices"), "drop --by-hand or --tour"),
        (("--by-hand",), "no display"),
        (("--tour",), "no display"),
        (("--by-hand", "--headless"), "--headless opens no windows: drop it, or film"),
    ],
)
def test_what_does_not_go_together_is_said(options: tuple[str, ...], what: str) -> None:
    assert what in refused(*options)


def test_a_machine_that_cannot_speak_is_told_what_to_install(tmp_path: Path) -> None:
    if importlib.util.find_spec("piper") is not None:
        pytest.skip("piper is installed: this machine can always speak")
    try:
        check_engine(Language.EN)
    except DemoError as error:
        pytest.skip(f"the ear is asked for first: {error}")
    run = subprocess.run(
        [sys.executable, "-m", "firmware_sim.fleet", "--voices", "--once", "--headless", "--data", "simbank"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | {"PATH": str(tmp_path)},
    )
    assert run.returncode == 1
    for package in ("pulseaudio", "pulseaudio-utils", "espeak-ng"):
        assert package in run.stderr.partition("apt install ")[2].split(), run.stderr


def test_a_film_needs_no_display_and_a_morning_no_option() -> None:
    check(by_hand=False, tour=True, record=Path("tour.WEBP"), once=False, headless=True, broker="")
    check(by_hand=False, tour=False, record=None, once=True, headless=True, broker="")
    check(by_hand=False, tour=False, record=None, once=True, headless=True, broker="", voices=True)
    with pytest.raises(click.UsageError):
        check(by_hand=True, tour=False, record=None, once=False, headless=True, broker="")
