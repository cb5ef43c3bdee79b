"""Which ways to play the demo go together."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from firmware_sim.fleet.__main__ import check, main


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
        (("--by-hand",), "no display"),
        (("--tour",), "no display"),
    ],
)
def test_what_does_not_go_together_is_said(options: tuple[str, ...], what: str) -> None:
    assert what in refused(*options)


def test_a_film_needs_no_display_and_a_morning_no_option() -> None:
    check(by_hand=False, tour=True, record=Path("tour.WEBP"), once=False, headless=True, broker="")
    check(by_hand=False, tour=False, record=None, once=True, headless=True, broker="")
    with pytest.raises(click.UsageError):
        check(by_hand=True, tour=False, record=None, once=False, headless=True, broker="")
