from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from runtime.cli import COMMANDS, main, usage

ROOT = Path(__file__).resolve().parents[3]


def test_usage_has_a_line_for_each_command() -> None:
    lines = [line.split(maxsplit=1) for line in usage().splitlines() if line.startswith("  ")]
    assert {line[0]: line[1] for line in lines} == {name: command.help for name, command in COMMANDS.items()}
    assert all(len(line) <= 120 for line in usage().splitlines())


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_help_is_printed(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    assert capsys.readouterr().out == usage() + "\n"


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"usher {version('usher')}\n"


def test_an_unknown_command_ends_with_2_and_shows_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dance"]) == 2
    said = capsys.readouterr()
    assert "no command 'dance'" in said.err
    assert "kiosk" in said.err
    assert not said.out


def test_a_command_runs_its_module_with_its_words() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "runtime.cli", "kiosk", "--help"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Usage: usher kiosk" in done.stdout
    assert "--series" in done.stdout


def test_the_exit_code_of_a_command_is_passed_on() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "runtime.cli", "kiosk", "--device", "k"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "missing: --branch" in done.stderr
