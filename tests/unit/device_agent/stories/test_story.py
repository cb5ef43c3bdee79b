"""A story file says what is wrong with it: where, what, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from device_agent.stories.errors import StoryError
from device_agent.stories.story import STEPS, Expect, Shot, load_story, parse_story

HEAD = """
title = "Tiny"
branches = [{ branch = "north", title = "North" }]

[[customers]]
name = "wang"
shown = "W*"
business_name = "Account"
products = [{ code = "p", name = "P", probability = 0.5 }]
"""


def with_steps(*steps: str) -> str:
    return f"steps = [{', '.join(steps)}]\n{HEAD}"


def test_steps_come_in_order() -> None:
    story = parse_story(
        with_steps('{ do = "shot", name = "a" }', '{ do = "expect", page = "face" }'), origin="tiny.toml"
    )

    assert story.steps == (Shot(name="a"), Expect(page="face"))
    assert story.customer("wang").task == "task-wang"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = ", "tiny.toml: is not TOML"),
        ('title = "x"', "missing required field `branches`"),
        (f"starts = 2026-11-21T09:41:00\n{HEAD}", "give it an offset"),
        (f"step = []\n{HEAD}", "unknown field `step`; allowed here: title"),
        (f"steps = 1\n{HEAD}", "write steps = ["),
        (with_steps('{ do = "shot", name = "a" }', '{ do = "fly" }'), "tiny.toml: step 2: do = 'fly': use one of"),
        (with_steps("1"), "step 1: do = None"),
        (with_steps('{ do = "wait", seconds = 0 }'), "step 1 (wait): Expected `int` >= 1 - at `$.seconds`"),
        (with_steps('{ do = "tap", nam = "take" }'), "step 1 (tap)"),
        (with_steps('{ do = "shot", name = "../x" }'), "step 1 (shot)"),
        (with_steps('{ do = "offer", customer = "li" }'), "customer 'li' is not in the cast: use one of wang"),
        (with_steps('{ do = "expect", alert = "li" }'), "customer 'li' is not in the cast"),
        (with_steps('{ do = "bind", branch = "south" }'), "branch = 'south': there is only north"),
        (
            with_steps('{ do = "update", customer = "wang", products = ["q"] }'),
            "product 'q' is not one of wang's: p",
        ),
    ],
)
def test_what_is_wrong_is_named(text: str, said: str) -> None:
    with pytest.raises(StoryError) as caught:
        parse_story(text, origin="tiny.toml")

    assert said in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoryError, match=r"none\.toml: can't be read: No such file"):
        load_story(tmp_path / "none.toml")


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    file = tmp_path / "bytes.toml"
    file.write_bytes(b"title = \xff")

    with pytest.raises(StoryError, match="not UTF-8 at byte 8"):
        load_story(file)


def test_every_step_has_its_name() -> None:
    assert {"offer", "taken", "withdraw", "tap", "swipe", "crown", "wrist", "wait", "expect", "shot"} <= STEPS.keys()
