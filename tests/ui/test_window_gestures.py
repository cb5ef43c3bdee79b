"""Swipes, crown and keys; what must not press; looks that move things; long lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from contracts.fields import Language
from contracts.visits import TaskState
from device_agent.core.book import Book
from device_agent.core.conditions import Conditions, Wrist
from device_agent.core.preferences import Preferences
from device_agent.presenters.pages import Face
from device_agent.presenters.routes import (
    Corner,
    Leaf,
    ShowCorner,
    ShowFace,
    ShowForm,
    ShowList,
    ShowTask,
)
from device_agent.settings import Shape
from device_agent.ui.cast import visit
from device_agent.ui.scenes import NOW, Scene, Still, scenes
from tests.ui.conftest import OpenWindow

if TYPE_CHECKING:
    from tests.ui.pilot import Pilot

EN = {scene.name: scene for scene in scenes(Language.EN)}
HELD = "task-0002"
LEFT_ARROW, RIGHT_ARROW, UP_ARROW, DOWN_ARROW, RETURN, ESCAPE = 276, 275, 273, 274, 13, 27
SHAPES = [pytest.param(shape, id=shape.value) for shape in Shape]


def over(name: str) -> Still:
    return Still(EN[name].state)


async def at(pilot: Pilot, acts: Still, name: str) -> None:
    """Put this moment on the glass, nothing done yet."""
    await pilot.look(EN[name], acts)
    acts.done.clear()


# Swipes, crown, keys


@pytest.mark.req("W-09")
async def test_the_pages_of_a_task_by_swipe_crown_and_keys(open_window: OpenWindow) -> None:
    acts = over("task-held")
    names = ["task", "customer", "assets", "preferences"]
    async with open_window(acts) as pilot:
        for way, onward in (("swipe", True), ("swipe", False), ("key", True), ("key", False)):
            await at(pilot, acts, "task-held" if onward else "preferences")
            order = names if onward else names[::-1]
            assert pilot.name == order[0]
            for name in order[1:]:
                if way == "swipe":
                    await pilot.swipe("left" if onward else "right")
                else:
                    await pilot.key(RIGHT_ARROW if onward else LEFT_ARROW)
                assert pilot.name == name
        await at(pilot, acts, "customer")
        for onward, name in ((True, "assets"), (True, "preferences"), (False, "assets"), (False, "customer")):
            before = pilot.name
            for _ in range(10):  # a page that scrolls is turned when its end has come
                if pilot.name == before:
                    await pilot.crown(onward=onward)
            assert pilot.name == name
        for name in ("assets", "preferences", "task", "customer"):
            await pilot.key(RETURN)
            assert pilot.name == name
        for _ in range(10):
            if pilot.name == "customer":
                await pilot.key(UP_ARROW)
        assert pilot.name == "task"
        assert acts.done == []


async def test_the_crown_and_the_keys_scroll_what_is_long(open_window: OpenWindow) -> None:
    acts = over("settings")
    async with open_window(acts) as pilot:
        await at(pilot, acts, "settings")
        assert pilot.body.scrolls
        await pilot.crown()
        after = pilot.body.scroll_y
        assert after < 1.0
        await pilot.key(DOWN_ARROW)
        assert pilot.body.scroll_y < after
        for _ in range(30):
            await pilot.crown()
        assert pilot.body.scroll_y == 0.0
        assert pilot["about"].to_window(*pilot["about"].pos)[1] >= 0
        for _ in range(30):
            await pilot.crown(onward=False)
        assert pilot.body.scroll_y == 1.0
        assert pilot.name == "settings"


@pytest.mark.parametrize("shape", SHAPES)
async def test_the_face_by_swipe_crown_and_button_and_back_again(open_window: OpenWindow, shape: Shape) -> None:
    acts = over("face")
    async with open_window(acts, shape=shape) as pilot:
        for opened, way in (
            ("list", pilot.swipe("up")),
            ("settings", pilot.swipe("down")),
            ("list", pilot.crown()),
            ("list", pilot.key(RETURN)),
            ("list", pilot.tap("pill")),
            ("settings", pilot.tap("status")),
            ("branches", pilot.tap("branch")),
        ):
            assert isinstance(pilot.shown, Face)
            await way
            assert pilot.name == opened
            await pilot.swipe("right")
        for name in ("list", "settings"):
            await at(pilot, acts, name)
            await pilot.key(ESCAPE)
            assert isinstance(pilot.shown, Face)
        await pilot.swipe("left")
        await pilot.crown(onward=False)
        assert isinstance(pilot.shown, Face)
        assert acts.done == []


async def test_a_swipe_to_the_right_does_what_the_back_button_does(open_window: OpenWindow) -> None:
    acts = over("face")
    async with open_window(acts) as pilot:
        for name, left in (
            ("why", "task"),
            ("why-not", "task"),
            ("consent", "task"),
            ("form-1-outcome", "talk"),
            ("form-note", "form_preferences"),
            ("about", "settings"),
            ("languages", "settings"),
            ("pin", "settings"),
            ("task-offered", "list"),
        ):
            await at(pilot, acts, name)
            await pilot.swipe("right")
            assert pilot.name == left, name
        for name, act in (("alert", "end call task-0001"), ("notice", "dismiss m-1")):
            await at(pilot, acts, name)
            await pilot.swipe("right")
            assert [done for done in acts.done if not done.startswith("shown")] == [act]


@pytest.mark.parametrize("rests", [0, 16], ids=["at once", "after a rest"])
@pytest.mark.parametrize(
    ("scene", "name", "leads"),
    [
        ("task-held", "start", "list"),  # outside of the scrolling body
        ("task-held", "bar 1", "list"),  # inside of it, which scrolls
        ("task-urgent", "take", "list"),
        ("list", "task-0001", "face"),
        ("list-full", "task-0002", "face"),
        ("form-1-outcome", "success", "talk"),
        ("settings", "quiet", "face"),
        ("hand-over", "hand_over", "settings"),
        ("pin", "key 5", "settings"),
    ],
)
async def test_a_swipe_that_begins_on_a_button_presses_nothing(
    open_window: OpenWindow, scene: str, name: str, leads: str, rests: int
) -> None:
    acts = over(scene)
    async with open_window(acts) as pilot:
        await at(pilot, acts, scene)
        await pilot.swipe_from(name, dx=pilot.geometry.width * 0.35, rests=rests)
        await pilot.frames(20)
        assert acts.done == []
        assert acts.state == EN[scene].state
        assert pilot.name == leads
        await at(pilot, acts, scene)
        await pilot.swipe_from(name, dx=-pilot.geometry.width * 0.35, rests=rests)
        assert acts.done == []
        assert acts.state == EN[scene].state
        assert pilot.name == ("customer" if scene == "task-held" else pilot.page.name)
        assert not isinstance(pilot.route, ShowForm) or scene.startswith("form")


async def test_drawing_a_list_on_presses_nothing(open_window: OpenWindow) -> None:
    acts = over("list-full")
    async with open_window(acts) as pilot:
        await at(pilot, acts, "list-full")
        for _ in range(3):
            await pilot.scroll()
        assert pilot.body.scroll_y < 1.0
        assert pilot.route == ShowList()


# The bezel


@pytest.mark.parametrize("scene", ["task-urgent", "alert", "face", "talk-refused", "form-3-preferences"])
async def test_touches_beyond_a_round_bezel_are_nobodys(open_window: OpenWindow, scene: str) -> None:
    acts = over(scene)
    async with open_window(acts, shape=Shape.ROUND) as pilot:
        await at(pilot, acts, scene)
        before = pilot.route
        side = pilot.geometry.width
        for x, y in ((4, 4), (side - 4, 4), (4, side - 4), (side - 4, side - 4), (side - 60, 20), (62, 20)):
            await pilot.touch(x, y)
        assert acts.done == []
        assert pilot.route == before


async def test_a_swipe_that_begins_beyond_the_bezel_is_nobodys(open_window: OpenWindow) -> None:
    acts = over("list")
    async with open_window(acts, shape=Shape.ROUND) as pilot:
        await at(pilot, acts, "list")
        await pilot.touch(10, 20, to=(250, 60))
        assert pilot.name == "list"
        await pilot.touch(10, 200, to=(250, 220))
        assert isinstance(pilot.shown, Face)


async def test_the_button_follows_the_bezel(open_window: OpenWindow) -> None:
    acts = over("task-urgent")
    async with open_window(acts, shape=Shape.ROUND) as pilot:
        await at(pilot, acts, "task-urgent")
        await pilot.touch(227 + 40, 50)
        assert acts.done == ["claim task-0000"]


# Looks


def dressed(scene: str, **chosen: bool) -> Scene:
    state = EN[scene].state
    return replace(EN[scene], state=replace(state, preferences=msgspec.structs.replace(state.preferences, **chosen)))


@pytest.mark.parametrize("shape", SHAPES)
async def test_left_handed_mirrors_the_buttons(open_window: OpenWindow, shape: Shape) -> None:
    acts = over("task-urgent")
    async with open_window(acts, shape=shape) as pilot:
        await pilot.look(EN["task-urgent"], acts)
        middle = pilot.geometry.width / 2
        right = {name: pilot[name].center_x - middle for name in ("take", "pass")}
        assert right["take"] > 0 > right["pass"]
        back = pilot["back"].center_x
        await pilot.look(dressed("task-urgent", left_handed=True), acts)
        for name, was in right.items():
            assert pilot[name].center_x - middle == pytest.approx(-was, abs=3)
        if shape is Shape.ROUND:
            assert pilot["back"].center_x == pytest.approx(2 * middle - back, abs=3)
        acts.done.clear()
        await pilot.tap("take")
        assert acts.done == ["claim task-0000"]


@pytest.mark.parametrize("shape", SHAPES)
async def test_larger_text_is_larger(open_window: OpenWindow, shape: Shape) -> None:
    acts = over("settings")
    async with open_window(acts, shape=shape) as pilot:
        await pilot.look(EN["why"], acts)
        before = {name: pilot[name].height for name in ("title", "reason 0")}
        plain = pilot.pixels()
        await pilot.look(EN["settings"], acts)
        await pilot.tap("large_text")
        assert acts.state.preferences.large_text
        await pilot.look(dressed("why", large_text=True), acts)
        assert pilot["reason 0"].height > before["reason 0"] * 1.1
        assert not np.array_equal(pilot.pixels(), plain)
        assert pilot.geometry.text > pilot.app.base_geometry.text * 1.2


# Long lists and places kept


@pytest.mark.req("W-08")
async def test_five_hundred_tasks_make_only_the_rows_near_the_eye(open_window: OpenWindow) -> None:
    many = [visit(Language.EN, n, TaskState.OFFERED, n) for n in range(500)]
    acts = over("list")
    acts.state = replace(acts.state, book=Book({view.task: view for view in many}))
    async with open_window(acts) as pilot:
        pilot.app.desk.route = ShowList()
        await pilot.comes("list")
        rows = len(pilot.page.blocks)
        assert rows == 500
        seen: list[str] = []
        for place in range(41):
            pilot.body.scroll_y = 1 - place / 40  # as a wheel or a throw would, over a dozen rows at once
            await pilot.frames(3)
            assert len(pilot.body.named) <= 24
            here = sorted(name for name in pilot.body.named if name.startswith("task-"))
            assert here, "nothing is near the eye"
            first = int(here[0].removeprefix("task-"))
            assert here == [f"task-{first + at:04d}" for at in range(len(here))], "a row between others is missing"
            assert abs(first - place / 40 * 500) < 12
            seen += here
            if place % 10 == 5:
                await pilot.scroll(share=0.9, steps=2)
                assert pilot.body.scroll_y < 1 - place / 40
        assert len(set(seen)) > 200
        await pilot.tap("task-0499", then="task")
        assert pilot.route == ShowTask("task-0499")


async def test_a_page_keeps_its_scroll_place_when_its_content_changes(open_window: OpenWindow) -> None:
    for name, extra in (("list-full", 1), ("settings", 0)):
        acts = over(name)
        async with open_window(acts) as pilot:
            await at(pilot, acts, name)
            await pilot.scroll()
            place = (1 - pilot.body.scroll_y) * pilot.body.hidden
            assert place > 50
            if extra:
                view = visit(Language.EN, 99, TaskState.DONE, 90)
                acts.state = replace(acts.state, book=Book({**acts.state.book.tasks, view.task: view}))
            else:
                acts.state = replace(acts.state, preferences=Preferences(begun=True, quiet=True))
            pilot.app.refresh()
            await pilot.frames(4)
            assert (1 - pilot.body.scroll_y) * pilot.body.hidden == pytest.approx(place, abs=2)
            pilot.app.desk.route = ShowCorner(Corner.SETTINGS) if extra else ShowList()
            pilot.app.refresh()
            await pilot.frames(2)
            assert pilot.body.scroll_y == 1.0  # another page begins at its top


async def test_a_row_is_touched_where_it_was_drawn_after_scrolling(open_window: OpenWindow) -> None:
    acts = over("list-full")
    async with open_window(acts) as pilot:
        await at(pilot, acts, "list-full")
        for name in ("task-0039", "task-0000", "task-0020"):
            await pilot.tap(name, then="task")
            assert pilot.route == ShowTask(name)
            await pilot.tap("back", then="list")


# What the customer's pages hide


@pytest.mark.req("W-09")
@pytest.mark.parametrize("leaf", [Leaf.CUSTOMER, Leaf.ASSETS, Leaf.PREFERENCES])
async def test_a_customer_page_blanks_by_itself_and_a_touch_shows_it(open_window: OpenWindow, leaf: Leaf) -> None:
    acts = over("task-held")
    clock = [NOW]
    async with open_window(acts, lambda: clock[0]) as pilot:
        pilot.app.desk.route = ShowTask(HELD, leaf)
        pilot.app.touched()
        pilot.app.refresh()
        await pilot.frames(2)
        assert "unveil" not in pilot.view.named
        open_page = pilot.pixels()
        clock[0] = NOW + timedelta(seconds=14.9)
        await pilot.frames(60)
        assert np.array_equal(pilot.pixels(), open_page)
        clock[0] = NOW + timedelta(seconds=15)
        await pilot.until(lambda: "unveil" in pilot.view.named, "the blank page")
        values = [field.value for field in getattr(acts.state.book.tasks[HELD].pages, leaf.value)]
        assert not set(values) & set(pilot.texts)
        await pilot.tap("unveil")
        assert set(values) <= set(pilot.texts)
        await pilot.key(ord("d"), "d")
        assert acts.done == ["wrist down"]
        assert "unveil" in pilot.view.named
        await pilot.key(ord("u"), "u")
        assert "unveil" in pilot.view.named
        await pilot.touch(pilot.geometry.width / 2, pilot.geometry.height / 2)  # anywhere
        await pilot.until(lambda: set(values) <= set(pilot.texts), "the page shown again")
        acts.state = replace(acts.state, conditions=Conditions(wrist=Wrist.OFF))
        await pilot.until(lambda: "unveil" in pilot.view.named, "blank off the wrist")
        assert isinstance(pilot.route, ShowTask | ShowFace)
