"""The talk by touch: from the question to its end, what is typed, what is heard, what is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from contracts.fields import Language
from contracts.visits import Stance
from device_agent.core.acts import Notice, WristState
from device_agent.core.book import Book
from device_agent.core.hearing import EarTrouble
from device_agent.presenters.routes import ShowTask
from device_agent.settings import Shape
from device_agent.texts import load_catalogue
from device_agent.ui.cast import WORDS
from device_agent.ui.scenes import NOW, Scene, Still, scenes
from device_agent.ui.theme import LINE
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


@pytest.mark.req("W-10", "W-12")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_talk_from_the_question_to_its_end(open_window: OpenWindow, language: Language) -> None:
    texts, words = load_catalogue(language), WORDS[language]
    scene = SCENES[language]["consent"]
    acts = lively(scene, language)
    async with open_window(acts, language=language) as pilot:
        await open_at(pilot, scene, acts)
        assert texts.say("consent_text") in pilot.texts
        await pilot.tap("grant", then="talk")
        assert pilot.text("caption").startswith(texts.say("hearing_listening"))
        assert "entry" not in pilot.view.named
        session = acts.state.session
        assert session is not None
        acts.state = replace(acts.state, session=replace(session, partial=words.heard))
        await pilot.until(lambda: pilot.text("live") not in ("", "…"), "the words being heard")
        assert words.heard.endswith(pilot.text("live").lstrip("…"))
        await pilot.tap("pause")
        await pilot.until(lambda: pilot.text("caption") == texts.say("hearing_paused"), "the pause")
        await pilot.tap("resume")
        await pilot.until(lambda: pilot.text("caption").startswith(texts.say("hearing_listening")), "going on")
        moved = SCENES[language]["talk-moved"].state
        acts.state = replace(moved, preferences=acts.state.preferences)
        pilot.app.desk.route = ShowTask(HELD)
        await pilot.until(lambda: words.moved[0] in pilot.texts, "why the first one moved")
        calm = pilot.pixels_of("interest p-1").mean(axis=(0, 1))
        acts.done.clear()
        await pilot.tap("interest p-1")
        assert acts.done == ["signal p-1 none"]  # it was set; the same again takes it back
        await pilot.until(
            lambda: not np.allclose(pilot.pixels_of("interest p-1").mean(axis=(0, 1)), calm, atol=8), "the heart going"
        )
        await pilot.tap("end", then="form_outcome")


@pytest.mark.req("W-10")
@pytest.mark.parametrize("name", ["talk-refused", "talk-no-microphone", "talk-paused"])
async def test_without_hearing_a_line_is_typed_and_blank_ones_say_nothing(open_window: OpenWindow, name: str) -> None:
    acts = Still(EN[name].state)
    async with open_window(acts) as pilot:
        await open_at(pilot, EN[name], acts)
        await pilot.type("she wants a fund")
        await pilot.type("   ")
        assert acts.done == ["say she wants a fund"]
        assert pilot["entry"].text == ""


async def test_a_half_typed_line_survives_what_happens_meanwhile(open_window: OpenWindow) -> None:
    acts = Still(EN["talk-refused"].state)
    async with open_window(acts) as pilot:
        await open_at(pilot, EN["talk-refused"], acts)
        pilot["entry"].text = "half a sen"
        acts.state = replace(acts.state, online=False, offline_since=NOW)
        pilot.app.show_language(Language.KO)
        pilot.app.refresh()
        await pilot.frames(60)
        assert pilot.text("entry") == "half a sen"
        acts.state = replace(acts.state, notices=(Notice("m-1", "no_consent", None, NOW),))
        await pilot.comes("notice")
        acts.state = replace(acts.state, notices=())
        await pilot.comes("talk")
        assert pilot.text("entry") == "half a sen"


@pytest.mark.req("W-10")
async def test_a_half_typed_line_is_of_its_own_talk_only(open_window: OpenWindow) -> None:
    scene = EN["talk-refused"]
    acts = Still(scene.state)
    async with open_window(acts) as pilot:
        await open_at(pilot, scene, acts)
        pilot["entry"].text = "half a sen"
        await pilot.look(EN["form-note"], acts)
        assert pilot.text("entry") == ""
        await open_at(pilot, scene, acts)
        pilot["entry"].text = "half a sen"
        await pilot.look(EN["list"], acts)
        session = scene.state.session
        assert session is not None
        view = msgspec.structs.replace(scene.state.book.tasks[HELD], task="task-0009")
        other = replace(scene.state, book=Book({view.task: view}), session=replace(session, task=view.task))
        await pilot.look(replace(scene, state=other, route=ShowTask(view.task)), acts)
        assert pilot.text("entry") == ""


async def test_the_desktops_keys_write_into_the_line_and_not_past_it(open_window: OpenWindow) -> None:
    acts = Still(EN["talk-refused"].state)
    async with open_window(acts) as pilot:
        await open_at(pilot, EN["talk-refused"], acts)
        await pilot.tap("entry")
        assert pilot.app.page.typing
        await pilot.key(ord("d"), "d")
        await pilot.key(13)
        assert acts.done == []
        assert pilot.name == "talk"
        await pilot.tap("back", then="face")
        await pilot.key(ord("d"), "d")
        assert acts.done == ["wrist down"]


# What is heard, and what is asked

SHAPES = [pytest.param(shape, id=shape.value) for shape in Shape]


def with_session(scene: Scene, **facts: object) -> WristState:
    session = scene.state.session
    assert session is not None
    return replace(scene.state, session=replace(session, **facts))  # type: ignore[arg-type]


@pytest.mark.req("W-10")
@pytest.mark.parametrize("shape", SHAPES)
async def test_words_that_come_and_go_never_move_the_page(open_window: OpenWindow, shape: Shape) -> None:
    scene = EN["talk-listening"]
    acts = Still(scene.state)
    async with open_window(acts, shape=shape) as pilot:
        await open_at(pilot, scene, acts)
        places = set()
        for partial in ("", "well", "well " * 9, "well " * 60, ""):
            acts.state = with_session(scene, partial=partial)
            pilot.app.refresh()
            await pilot.frames(2)
            said = pilot.text("live")
            assert (partial or "…").endswith(said.removeprefix("…") or said)
            assert said in (partial, "…") or said.startswith("…well "), "its end, from a word on"
            assert said != partial or len(partial) < 100
            assert pilot["live"].height <= 2 * pilot.geometry.small * LINE
            places.add(tuple(pilot["interest p-0"].to_window(*pilot["interest p-0"].pos)))
        assert len(places) == 1


@pytest.mark.req("W-10")
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_trouble_stands_in_place_of_listening_and_goes_with_it(
    open_window: OpenWindow, language: Language, shape: Shape
) -> None:
    texts, scene = load_catalogue(language), SCENES[language]["talk-listening"]
    acts = Still(scene.state)
    async with open_window(acts, shape=shape, language=language) as pilot:
        await open_at(pilot, scene, acts)
        place = pilot["interest p-0"].to_window(*pilot["interest p-0"].pos)
        for trouble in EarTrouble:
            acts.state = with_session(scene, trouble=trouble, partial="")
            pilot.app.refresh()
            await pilot.frames(2)
            assert pilot.text("caption") == texts.say("ear_trouble", what=trouble.value)
            assert pilot.text("live") == texts.say("ear_trying")
            assert pilot["interest p-0"].to_window(*pilot["interest p-0"].pos) == place
        await pilot.tap("interest p-0")
        await pilot.tap("pause")
        assert acts.done == ["signal p-0 interest", "pause True"]
        acts.state = scene.state
        await pilot.until(lambda: pilot.text("caption").startswith(texts.say("hearing_listening")), "listening again")


@pytest.mark.req("W-12")
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("answer", "stance"), [("interest", "interest"), ("refusal", "refusal"), ("skip", "none")])
async def test_a_question_is_answered_by_one_touch_and_gives_way_to_the_next(
    open_window: OpenWindow, shape: Shape, answer: str, stance: str
) -> None:
    scene = EN["talk-question"]
    acts = lively(scene)
    async with open_window(acts, shape=shape) as pilot:
        await open_at(pilot, scene, acts)
        assert pilot.text("question") == "Funds: not wanted?"
        await pilot.tap(f"question {answer}")
        assert acts.done == [f"signal fund {stance} concept"]
        assert pilot.text("question") == "A home: needed?"
        await pilot.tap("question interest")
        assert acts.done[1:] == ["signal home interest need"]
        assert pilot.find("question") is None
        assert pilot.find("live") is not None


@pytest.mark.req("W-12")
async def test_a_new_question_is_seen_wherever_the_page_was_scrolled(open_window: OpenWindow) -> None:
    scene = EN["talk-listening"]
    acts = Still(scene.state)
    async with open_window(acts, shape=Shape.BAND) as pilot:
        await open_at(pilot, scene, acts)
        await pilot.reach("refusal p-2")
        assert pilot.body.scroll_y < 1.0
        asked = EN["talk-question"].state
        acts.state = asked
        await pilot.until(lambda: pilot.find("question") is not None, "the question")
        assert pilot.body.scroll_y == 1.0
        await pilot.reach("refusal p-2")
        at = pilot.body.scroll_y
        assert at < 1.0
        acts.state = with_session(EN["talk-question"], heard={"p-0": Stance.INTEREST})
        pilot.app.refresh()
        await pilot.frames(2)
        assert pilot.body.scroll_y == pytest.approx(at), "the same question lets the page rest"


@pytest.mark.req("W-12")
async def test_a_touch_meant_for_a_product_answers_no_question_that_has_just_come(open_window: OpenWindow) -> None:
    scene = EN["talk-listening"]
    acts = Still(scene.state)
    async with open_window(acts) as pilot:
        await open_at(pilot, scene, acts)
        acts.state = EN["talk-question"].state
        pilot.app.refresh()
        assert pilot.app.glass.deaf
        await pilot.until(lambda: not pilot.app.glass.deaf, "the screen hearing again")
        acts.state = with_session(EN["talk-question"], heard={"p-0": Stance.INTEREST})
        pilot.app.refresh()
        assert not pilot.app.glass.deaf, "the question is still the same"
        acts.state = scene.state
        pilot.app.refresh()
        assert pilot.app.glass.deaf, "the products have moved up"


@pytest.mark.req("W-12")
@pytest.mark.parametrize("shape", SHAPES)
async def test_what_was_heard_looks_other_than_what_was_tapped(open_window: OpenWindow, shape: Shape) -> None:
    scene = EN["talk-listening"]
    acts = Still(scene.state)
    refused = {"p-0": Stance.REFUSAL}
    looks = {}
    async with open_window(acts, shape=shape) as pilot:
        await open_at(pilot, scene, acts)
        for name, heard, tapped in (
            ("calm", {}, {}),
            ("heard", refused, {}),
            ("tapped", {}, refused),
            ("tapped against", refused, {"p-0": Stance.INTEREST}),
        ):
            acts.state = with_session(scene, heard=heard, stances=tapped)
            pilot.app.refresh()
            looks[name] = (await pilot.at_rest("refusal p-0")).astype(int)
    assert np.array_equal(looks["calm"], looks["tapped against"]), "a tap overrides what was heard"
    corner = looks["calm"].shape[0] // 4
    ground = {name: look[corner, corner] for name, look in looks.items()}
    assert not np.array_equal(looks["heard"], looks["calm"])
    assert np.abs(ground["heard"] - ground["calm"]).max() <= 2, "outlined, not filled"
    assert np.abs(ground["tapped"] - ground["calm"]).max() > 60, "filled"
