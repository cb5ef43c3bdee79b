"""Tells a story on a stage, step by step, and says where it didn't come as it should."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from contracts.fields import Language
from kiosk.core.hangul import keys_of
from kiosk.gallery.stage import Stage
from kiosk.gallery.story import Idle, Step, Story, StoryError
from kiosk.presenters.pages import PLAIN, Modes
from kiosk.presenters.visit import ANSWER_S, ASK_AFTER_S, SLOWER

Take = Callable[[str], Awaitable[None]]
"""Takes a picture of this name of what is to be seen now."""


async def tell(story: Story, stage: Stage, language: Language, take: Take, *, modes: Modes = PLAIN) -> None:
    """Play all steps; raises ``StoryError`` for a page that isn't there, or a choice that can't be touched."""
    stage.begin(story.house, modes)
    await stage.frames()
    for place, (step, furniture) in enumerate(zip(story.steps, story.furnished, strict=True), 1):
        if furniture is not None:
            stage.house.has = furniture
            stage.app.refresh()
        try:
            await _do(step, stage, language)
        except StoryError as error:
            raise StoryError(f"{story.title}: step {place}: {error}") from error
        stage.switch()
        await stage.rest()
        if step.expect and stage.page.name != step.expect:
            raise StoryError(
                f"{story.title}: step {place}: expected page {step.expect!r}, there is {stage.page.name!r}"
            )
        if step.shot is not None:
            await take(step.shot)


async def _do(step: Step, stage: Stage, language: Language) -> None:
    await stage.pass_time(step.wait_s)
    if step.idle is not None:
        slower = SLOWER if stage.desk.visit.modes else 1
        await stage.pass_time(slower * (ASK_AFTER_S if step.idle is Idle.ASKS else ASK_AFTER_S + ANSWER_S) + 0.5)
    if step.read is not None:
        await stage.read(customer=step.read.customer, code=step.read.code, fault=step.read.fault)
    for key in step.key:
        await stage.press(key)
    typed = step.type if isinstance(step.type, str) else step.type.get(language, "")
    for character in keys_of(typed):
        name = "space" if character == " " else character.upper()
        await _touch(stage, f"key {name}")
    for name in step.touch:
        stage.switch()
        await _touch(stage, name.replace("{language}", language.value))
    if step.say is not None:
        stage.desk.heard(step.say if isinstance(step.say, str) else step.say.get(language, ""))
        await stage.pass_time(0.0)
    if step.deaf:
        stage.desk.heard(None)
        await stage.pass_time(0.0)
    if step.refused:
        stage.desk.refused(step.refused)
        await stage.pass_time(0.0)


async def _touch(stage: Stage, name: str) -> None:
    page = stage.page.name
    if not await stage.touch(name):
        there = ", ".join(sorted(stage.app.board.named))
        raise StoryError(f"no {name!r} to touch on page {page!r}; there are {there}")
