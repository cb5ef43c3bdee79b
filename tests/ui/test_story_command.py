"""What ``usher watch --script STORY.toml`` says, and what it says when its pictures have no place."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

STORY = """
title = "Tiny"
bound = "north"
steps = [{ do = "expect", page = "face" }, { do = "shot", name = "face" }]
branches = [{ branch = "north", title = "North" }]
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.toml"
    path.write_text(STORY, "utf-8")
    return path


def ran(script: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "device_agent", "--script", str(script), *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_without_pictures_it_says_that_the_story_held(kivy_window: None, script: Path) -> None:
    del kivy_window
    done = ran(script)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Tiny: 2 steps held\n", "")


def test_with_pictures_it_names_them_alone(kivy_window: None, script: Path, tmp_path: Path) -> None:
    del kivy_window
    done = ran(script, "--shots", str(tmp_path / "shots"))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{tmp_path / 'shots' / '01-face.png'}\n", "")


def test_a_story_that_takes_no_picture_says_so_beside_them(kivy_window: None, script: Path, tmp_path: Path) -> None:
    del kivy_window
    script.write_text(STORY.replace(', { do = "shot", name = "face" }', ""), "utf-8")
    done = ran(script, "--shots", str(tmp_path / "shots"))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "Tiny: 1 step held; no step takes a picture (shot)\n"


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_folder_that_can_not_be_made_is_said(script: Path, tmp_path: Path, below: str) -> None:
    file = tmp_path / "file"
    file.write_text("")
    done = ran(script, "--shots", str(file / below))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: shots: {file / below}: can't be written: ")
    assert len(done.stderr.splitlines()) == 1


def test_a_picture_that_can_not_be_written_is_said(kivy_window: None, script: Path, tmp_path: Path) -> None:
    del kivy_window
    (tmp_path / "01-face.png").mkdir()
    done = ran(script, "--shots", str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"shots: {tmp_path / '01-face.png'}: can't be written: Is a directory" in done.stderr
