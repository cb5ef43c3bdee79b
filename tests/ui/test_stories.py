"""Every story of ``tests/ui/stories`` on every screen in every language, with the real agent and the real window."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import pytest
from PIL import Image

from contracts.fields import DeviceKind, Language
from device_agent.settings import Shape
from device_agent.stories.clock import StoryLoop
from device_agent.stories.errors import StoryFailed
from device_agent.stories.story import Story, load_story, parse_story

STORIES = Path(__file__).with_name("stories")

NAMES = ("first_day", "lent", "races", "troubles")


def told(story: Story, shape: Shape, language: Language, shots: Path | None = None) -> list[Path]:
    from device_agent.stories.telling import tell

    kind = DeviceKind.BAND if shape is Shape.BAND else DeviceKind.WATCH
    with asyncio.Runner(loop_factory=StoryLoop) as runner:
        return runner.run(tell(story, origin="story", kind=kind, shape=shape, language=language, shots=shots))


def stages() -> Sequence[object]:
    """Each story on each shape and in each language; all of both together but for the first day only nightly."""
    found = []
    for at, (name, shape, language) in enumerate(product(NAMES, Shape, Language)):
        row, column = divmod(at % (len(Shape) * len(Language)), len(Language))
        daily = name == NAMES[0] or (row + column + NAMES.index(name)) % len(Language) == 0
        marks = [] if daily else [pytest.mark.nightly]
        found.append(pytest.param(name, shape, language, marks=marks, id=f"{name}-{shape}-{language}"))
    return found


@pytest.mark.parametrize(("name", "shape", "language"), stages())
@pytest.mark.req("W-01", "W-02", "W-06", "W-07", "W-08", "W-09", "W-10", "W-12", "W-14")
def test_the_story_holds(kivy_window: None, name: str, shape: Shape, language: Language) -> None:
    del kivy_window
    story = load_story(STORIES / f"{name}.toml")

    told(story, shape, language)


def test_each_story_is_tested() -> None:
    assert {path.stem for path in STORIES.glob("*.toml")} == set(NAMES)


TINY = """
title = "Tiny"
bound = "north"
steps = [
    { do = "shot", name = "face" },
    { do = "expect", page = "list" },
]
branches = [{ branch = "north", title = "North" }]
"""


def test_what_does_not_come_is_said_with_a_picture_of_the_moment(kivy_window: None, tmp_path: Path) -> None:
    del kivy_window

    with pytest.raises(StoryFailed, match=r"story: step 2 \(expect\): expected page list; there is page face"):
        told(parse_story(TINY, origin="tiny.toml"), Shape.SQUARE, Language.EN, shots=tmp_path)

    assert [path.name for path in sorted(tmp_path.iterdir())] == ["01-face.png", "02-failed-at-step-2.png"]


def test_a_story_begins_long_after_the_last_frame(kivy_window: None) -> None:
    from kivy.clock import Clock

    from device_agent.stories.telling import PATIENCE_S

    del kivy_window
    Clock._last_tick -= 2 * PATIENCE_S  # so does a window that was closed, and for so long nothing was drawn

    told(parse_story(TINY.replace("list", "face"), origin="tiny.toml"), Shape.SQUARE, Language.EN)


def test_the_command_writes_the_pictures_and_exits_1_on_a_failure(kivy_window: None, tmp_path: Path) -> None:
    del kivy_window
    script = tmp_path / "tiny.toml"
    script.write_text(TINY, "utf-8")

    ran = subprocess.run(
        [
            *(sys.executable, "-m", "device_agent", "--shape", "round", "--language", "zh"),
            *("--script", str(script), "--shots", str(tmp_path / "shots")),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ran.returncode == 1
    assert "tiny.toml: step 2 (expect): expected page list" in ran.stderr
    with Image.open(tmp_path / "shots" / "01-face.png") as picture:
        assert picture.size == (454, 454)
        assert len(picture.getcolors(1 << 20) or ()) > 50
