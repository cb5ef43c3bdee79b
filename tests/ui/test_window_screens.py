"""The screens one by one, by touch: form, settings, code and lock, first start, refusals and troubles."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from contracts.fields import Language
from contracts.visits import Outcome
from device_agent.core.acts import Act, Intent
from device_agent.core.conditions import Conditions, Storage
from device_agent.core.lock import LockState
from device_agent.core.preferences import Preferences, Strength
from device_agent.presenters.pages import Face, Tone
from device_agent.presenters.routes import Corner, ShowCorner, ShowFace, Switch
from device_agent.settings import Shape
from device_agent.texts import load_catalogue
from device_agent.ui.scenes import NOW, Scene, Still, scenes
from tests.ui.conftest import OpenWindow
from tests.unit.device_agent.lively import Lively

if TYPE_CHECKING:
    from tests.ui.pilot import Pilot

SCENES = {language: {scene.name: scene for scene in scenes(language)} for language in Language}
EN = SCENES[Language.EN]
LANGUAGES = [pytest.param(language, id=language.value) for language in Language]
HELD = "task-0002"
SEEN = 30
"""Frames in which whatever was drawn must have been told."""


def lively(scene: Scene, language: Language = Language.EN) -> Lively:
    return Lively(scene.state, language)


async def open_at(pilot: Pilot, scene: Scene, acts: Still) -> None:
    await pilot.look(scene, acts)
    acts.done.clear()


# The face and the call


@pytest.mark.req("W-01")
async def test_the_face_says_for_how_long_it_is_offline(open_window: OpenWindow) -> None:
    acts = Still(EN["face-offline"].state)
    clock = [NOW]
    async with open_window(acts, lambda: clock[0]) as pilot:
        assert pilot.text("link") == "Offline 12 s"
        clock[0] = NOW + timedelta(seconds=20)
        await pilot.until(lambda: pilot.text("link") == "Offline 32 s", "the seconds counting on")
        acts.state = replace(acts.state, online=True, offline_since=None)
        await pilot.until(lambda: "link" not in pilot.view.named, "online again")
        assert pilot.text("pill") == "3 open"


@pytest.mark.req("W-07")
@pytest.mark.parametrize("shape", [pytest.param(shape, id=shape.value) for shape in Shape])
async def test_a_call_is_told_as_shown_only_once_it_is_on_the_screen(open_window: OpenWindow, shape: Shape) -> None:
    acts = Still(EN["list"].state)
    async with open_window(acts, shape=shape) as pilot:
        before = pilot.pixels()
        acts.state = EN["alert-urgent"].state
        pilot.app.refresh()
        assert pilot.name == "alert"  # drawn in memory; the screen still has the face
        assert acts.done == []
        pixels = []
        while not acts.done:
            await pilot.frames(1)
            pixels.append(pilot.pixels())
        assert acts.done == ["shown task-0000"]
        assert not np.array_equal(pixels[-1], before)
        assert len(pixels) <= 2
        await pilot.frames(SEEN)
        assert set(acts.done) == {"shown task-0000"}


@pytest.mark.req("W-07")
@pytest.mark.parametrize("name", ["talk-refused", "consent", "form-2-products", "locked", "notice", "alert-taken"])
async def test_a_call_that_is_not_seen_is_not_told_as_shown(open_window: OpenWindow, name: str) -> None:
    scene = EN[name]
    acts = Still(scene.state)
    async with open_window(acts) as pilot:
        await pilot.look(scene, acts)
        if not scene.state.calls:
            acts.state = replace(scene.state, calls=EN["alert-urgent"].state.calls)
        pilot.app.refresh()
        await pilot.frames(SEEN)
        assert pilot.name != "alert"
        assert acts.done == []


@pytest.mark.req("W-06")
async def test_a_call_taken_elsewhere_says_by_whom_and_is_put_away(open_window: OpenWindow) -> None:
    acts = lively(EN["alert-urgent"])
    async with open_window(acts) as pilot:
        assert pilot.page.urgent
        lit = pilot.pixels()[4, pilot.geometry.width // 2].sum()
        assert lit > 0
        acts.state = EN["alert-taken"].state
        await pilot.comes("alert_over")
        await pilot.frames(2)
        assert pilot.text("title") == "Taken by Lee"
        assert pilot.pixels()[4, pilot.geometry.width // 2].sum() == 0
        await pilot.tap("ok", then="face")


@pytest.mark.req("W-06")
async def test_a_claim_under_way_takes_no_second_touch(open_window: OpenWindow) -> None:
    acts = Still(EN["task-urgent"].state)
    async with open_window(acts) as pilot:
        await open_at(pilot, EN["task-urgent"], acts)
        await pilot.tap("take")
        acts.state = replace(acts.state, intents=(Intent("m", Act.CLAIM, "task-0000", True),))
        await pilot.until(lambda: "wait" in pilot.view.named, "the quiet button of a claim under way")
        await pilot.tap("wait")
        assert acts.done == ["claim task-0000"]


# Form


@pytest.mark.req("W-14")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_form_with_a_refusal_and_a_note(open_window: OpenWindow, language: Language) -> None:
    texts = load_catalogue(language)
    acts = lively(SCENES[language]["form-1-outcome"], language)
    async with open_window(acts, language=language) as pilot:
        await open_at(pilot, SCENES[language]["form-1-outcome"], acts)
        await pilot.tap("success", then="form_products")
        await pilot.tap("p-1")
        await pilot.tap("p-1")
        assert texts.say("product_refused") in pilot.texts
        await pilot.tap("back", then="form_outcome")
        await pilot.tap("success", then="form_products")
        assert pilot.text("next") == texts.say("next")
        await pilot.tap("next", then="form_preferences")
        await pilot.tap("t-1")
        await pilot.tap("note", then="form_note")
        await pilot.tap("note_papers", then="form_preferences")
        assert texts.say("note", name="papers") in pilot.texts
        await pilot.tap("note", then="form_note")
        await pilot.type("after the summer")
        assert pilot.name == "form_preferences"
        await pilot.tap("send", then="list")
        given = acts.given[0]
        assert (given.outcome, given.products, given.refused) == (Outcome.SUCCESS, (), ("p-1",))
        assert given.preferences == ("t-0", "t-2", "t-1")
        assert given.note == "after the summer"


@pytest.mark.req("W-14")
async def test_no_deal_takes_two_touches(open_window: OpenWindow) -> None:
    acts = lively(EN["form-1-outcome"])
    async with open_window(acts) as pilot:
        await open_at(pilot, EN["form-1-outcome"], acts)
        await pilot.tap("failure", then="form_preferences")
        await pilot.tap("send", then="list")
        assert acts.given[0].outcome is Outcome.FAILURE


# Settings, lock, first start


@pytest.mark.req("W-07")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_setting_is_flipped_by_touch(open_window: OpenWindow, language: Language) -> None:
    acts = lively(SCENES[language]["settings"], language)
    async with open_window(acts, language=language) as pilot:
        await open_at(pilot, SCENES[language]["settings"], acts)
        for switch in (each for each in Switch if each not in (Switch.LARGE_TEXT, Switch.LEFT_HANDED)):
            before = pilot.pixels_of(switch.value) if switch is Switch.QUIET else None
            await pilot.tap(switch.value)
            if before is not None:
                assert not np.array_equal(pilot.pixels_of(switch.value), before)
        for look in (Switch.LARGE_TEXT, Switch.LEFT_HANDED):
            await pilot.tap(look.value)
        assert acts.state.preferences == Preferences(
            begun=True,
            vibration=Strength.STRONG,
            ring=False,
            voice=True,
            quiet=True,
            large_text=True,
            left_handed=True,
        )
        assert pilot.name == "settings"
        for row, page in (("languages", "languages"), ("branches", "branches"), ("about", "about")):
            await pilot.tap(row, then=page)
            pilot.app.desk.route = ShowCorner(Corner.SETTINGS)
            await pilot.comes("settings")


async def test_a_language_takes_effect_at_once_whatever_was_told_at_the_start(open_window: OpenWindow) -> None:
    acts = lively(EN["settings"])
    async with open_window(acts) as pilot:
        for language in (Language.KO, Language.ZH, Language.EN):
            await open_at(pilot, replace(EN["languages"], state=acts.state), acts)
            await pilot.tap(language.value, then="settings")
            assert pilot.text("title") == load_catalogue(language).say("settings_title")


async def test_a_code_is_set_typed_wrong_and_typed_right(open_window: OpenWindow) -> None:
    acts = lively(EN["settings"])
    async with open_window(acts) as pilot:
        await open_at(pilot, EN["settings"], acts)
        await pilot.tap("pin", then="pin")
        for key in "12<2341235":  # a slip, then twice differently
            await pilot.tap(f"key {key}")
        assert pilot.text("caption") == "Not the same"
        for key in "12341234":
            await pilot.tap(f"key {key}")
        await pilot.comes("settings")
        assert acts.pin == "1234"
        await pilot.tap("lock", then="locked")
        for key in "9999":
            await pilot.tap(f"key {key}")
        assert pilot.name == "locked"
        await pilot.swipe("right")
        await pilot.key(27)
        assert pilot.name == "locked"
        for key in "1234":
            await pilot.tap(f"key {key}")
        await pilot.comes("face")


async def test_a_pad_that_waits_takes_no_digit(open_window: OpenWindow) -> None:
    acts = Still(EN["locked-wait"].state)
    clock = [NOW]
    async with open_window(acts, lambda: clock[0]) as pilot:
        await pilot.tap("key 1")
        assert pilot.app.desk.typed == ""
        clock[0] = NOW + timedelta(seconds=30)
        lock = msgspec.structs.replace(acts.state.lock, tries_left=1, wait_until=None)
        acts.state = replace(acts.state, lock=lock)
        await pilot.until(lambda: pilot.text("caption") == "1 try left", "the end of the wait")
        await pilot.tap("key 1")
        assert pilot.app.desk.typed == "1"
        acts.state = replace(acts.state, lock=LockState(locked=True))
        await pilot.until(lambda: "unlock" in pilot.view.named, "a lock without a code")
        await pilot.tap("unlock")
        assert acts.done == ["unlock "]


@pytest.mark.req("W-02")
async def test_branches_are_changed_and_left(open_window: OpenWindow) -> None:
    acts = Still(EN["branches"].state)
    async with open_window(acts) as pilot:
        await open_at(pilot, EN["branches"], acts)
        await pilot.tap("b-1", then="face")
        await open_at(pilot, EN["branches"], acts)
        await pilot.tap("leave", then="face")
        assert acts.done == ["unbind"]
        await pilot.look(EN["start-waiting"], acts)
        assert pilot.name == "branches"
        assert "back" not in pilot.view.named


@pytest.mark.parametrize("language", LANGUAGES)
async def test_refusals_and_troubles_are_read_and_put_away(open_window: OpenWindow, language: Language) -> None:
    texts = load_catalogue(language)
    moments = SCENES[language]
    acts = lively(moments["notice"], language)
    async with open_window(acts, language=language) as pilot:
        assert texts.refusal("task_not_offered") in pilot.texts
        assert pilot.page.tone is Tone.WARN
        await pilot.tap("ok", then="face")
        for name in ("battery-low", "storage-low", "storage-full", "certificate-ending", "certificate-expired"):
            key = name.replace("-", "_")
            await pilot.look(moments[name], acts)
            assert texts.say(f"{key}_text") in pilot.texts
            await pilot.tap("ok", then="face")
            assert isinstance(pilot.shown, Face)
            assert pilot.text("date") == texts.say(f"{key}_title")
        both = Conditions(storage=Storage.FULL, battery_percent=3)
        acts.state = replace(moments["face"].state, conditions=both)
        pilot.app.refresh()
        assert pilot.name == "storage_full"
        await pilot.look(moments["updating"], acts)
        await pilot.swipe("right")
        assert pilot.name == "updating"
        assert pilot.route == ShowFace()
