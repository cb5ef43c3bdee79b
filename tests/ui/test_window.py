"""A finger on the real window, from the face to the fourth tap of the feedback."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.fields import Language
from device_agent.core.acts import Act, Intent
from device_agent.presenters.pages import Face, Page, ShowList, ShowTask, Tone
from device_agent.settings import Shape
from device_agent.ui.scenes import NOW, Still, scenes


def still(name: str) -> Still:
    return Still(next(scene.state for scene in scenes(Language.EN) if scene.name == name))


def now():  # type: ignore[no-untyped-def]
    return NOW


@pytest.mark.req("W-08")
async def test_from_the_face_to_a_claim(open_window) -> None:  # type: ignore[no-untyped-def]
    acts = still("list")
    async with open_window(acts, now) as pilot:
        assert isinstance(pilot.shown, Face)
        assert pilot.shown.badge == 3
        await pilot.tap("pill")
        assert pilot.view.named["title"].text == "Tasks"
        await pilot.tap("task-0000")
        assert pilot.view.named["title"].text == "Wang * Ming"
        assert {"pass", "take", "bar 0", "bar 1", "bar 2"} <= pilot.view.named.keys()
        await pilot.tap("take")
        assert acts.done == ["claim task-0000"]
        acts.state = replace(acts.state, intents=(Intent("message-1", Act.CLAIM, "task-0000", True),))
        await pilot.until(lambda: "wait" in pilot.view.named, "the quiet button of a claim under way")
        await pilot.tap("wait")
        assert acts.done == ["claim task-0000"]


@pytest.mark.req("W-14")
async def test_feedback_in_four_taps(open_window) -> None:  # type: ignore[no-untyped-def]
    acts = still("talk")
    async with open_window(acts, now) as pilot:
        pilot.app.desk.route = ShowTask("task-0002")
        await pilot.until(lambda: "end" in pilot.view.named, "the talk's page")
        await pilot.tap("end")
        for tap in ("success", "p-1", "next", "send"):
            await pilot.tap(tap)
        assert acts.done == ["feedback task-0002 success"]
        assert pilot.app.desk.route == ShowList()


@pytest.mark.req("W-10")
async def test_consent_is_asked_and_a_line_typed(open_window) -> None:  # type: ignore[no-untyped-def]
    acts = still("list")
    async with open_window(acts, now) as pilot:
        pilot.app.desk.route = ShowTask("task-0002")
        await pilot.until(lambda: "start" in pilot.view.named, "the held task's page")
        await pilot.tap("start")
        assert pilot.shown.name == "consent"
        await pilot.tap("refuse")
        assert acts.done == ["talk task-0002 refused"]
        acts.state = still("talk").state
        await pilot.until(lambda: "entry" in pilot.view.named, "the line to type")
        entry = pilot["entry"]
        entry.text = "she wants a fund"
        entry.dispatch("on_text_validate")
        assert acts.done[-1] == "say she wants a fund"
        assert entry.text == ""


@pytest.mark.req("W-01")
async def test_the_face_says_for_how_long_it_is_offline(open_window) -> None:  # type: ignore[no-untyped-def]
    acts = still("face-offline")
    at = [NOW]
    async with open_window(acts, lambda: at[0]) as pilot:
        assert pilot.shown.link == "Offline 12 s"
        at[0] = NOW + timedelta(seconds=20)
        await pilot.until(lambda: pilot.shown.link == "Offline 32 s", "the seconds counting on")
        acts.state = replace(acts.state, online=True, offline_since=None)
        await pilot.until(lambda: pilot.shown.link == "Online", "online again")


async def test_a_swipe_and_the_back_button_lead_back(open_window) -> None:  # type: ignore[no-untyped-def]
    async with open_window(still("list"), now) as pilot:
        await pilot.tap("pill")
        await pilot.tap("task-0001")
        assert pilot.shown.name == "task"
        await pilot.tap("back")
        assert pilot.shown.name == "list"
        await pilot.touch(40, 20, to=(300, 30))
        assert isinstance(pilot.shown, Face)


async def test_what_is_typed_stays_while_the_page_changes(open_window) -> None:  # type: ignore[no-untyped-def]
    acts = still("talk")
    async with open_window(acts, now) as pilot:
        pilot.app.desk.route = ShowTask("task-0002")
        await pilot.until(lambda: "entry" in pilot.view.named, "the line to type")
        pilot["entry"].text = "half a sen"
        acts.state = replace(acts.state, online=False)
        book = acts.state.book.tasks["task-0002"]
        assert book.plan.products
        pilot.app.show_language(Language.KO)
        pilot.app.refresh()
        await pilot.frames(2)
        assert pilot["entry"].text == "half a sen"


async def test_a_refusal_is_shown_until_it_is_put_away(open_window) -> None:  # type: ignore[no-untyped-def]
    acts = still("notice")
    async with open_window(acts, now) as pilot:
        shown = pilot.shown
        assert isinstance(shown, Page)
        assert shown.name == "notice"
        assert shown.tone is Tone.WARN
        await pilot.tap("ok")
        assert acts.done == ["dismiss message-1"]


async def test_touches_beyond_a_round_bezel_are_nobodys(open_window) -> None:  # type: ignore[no-untyped-def]
    acts = still("list")
    async with open_window(acts, now, Shape.ROUND) as pilot:
        pilot.app.desk.route = ShowTask("task-0000")
        await pilot.until(lambda: "take" in pilot.view.named, "the task's page")
        await pilot.touch(440, 8)
        assert acts.done == []
        await pilot.touch(227 + 40, 50)
        assert acts.done == ["claim task-0000"]


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("shape", list(Shape))
async def test_every_page_keeps_within_its_screen(open_window, shape: Shape, language: Language) -> None:  # type: ignore[no-untyped-def]
    acts = still("list")
    async with open_window(acts, now, shape) as pilot:
        pilot.app.show_language(language)
        for scene in scenes(language):
            acts.state, pilot.app.desk.route = scene.state, scene.route
            pilot.app.refresh()
            await pilot.frames(2)
            geometry = pilot.app.geometry
            for name, widget in pilot.view.named.items():
                x, _ = widget.to_window(widget.x, widget.y)
                assert x >= 0, f"{scene.name}: {name} begins at {x}"
                assert x + widget.width <= geometry.width + 1, f"{scene.name}: {name} ends at {x + widget.width}"
            assert not overlaps(pilot.view), f"{scene.name}: {overlaps(pilot.view)}"


def overlaps(view) -> list[str]:  # type: ignore[no-untyped-def]
    """Pairs of widgets side by side on the glass whose boxes overlap by more than a pixel or two."""
    children = [child for child in view.children if child.width and child.height and "back" not in str(child)]
    back = view.named.get("back")
    found = []
    for place, one in enumerate(children):
        for other in children[place + 1 :]:
            if back in (one, other):
                continue
            across = min(one.right, other.right) - max(one.x, other.x)
            along = min(one.top, other.top) - max(one.y, other.y)
            if across > 2 and along > 4:
                found.append(f"{type(one).__name__} and {type(other).__name__} by {across:.0f} x {along:.0f}")
    return found
