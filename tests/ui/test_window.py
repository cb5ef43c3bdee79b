"""A finger on the real window: the way of a visit on every screen, and every target of every screen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from contracts.fields import Language
from contracts.visits import GiveFeedback, Outcome
from device_agent.core.acts import WristState
from device_agent.core.preferences import Preferences
from device_agent.presenters import steps
from device_agent.presenters.desk import Desk
from device_agent.presenters.pages import Ask, Bar, Choice, Face, Pad, Row, Shown, Stand
from device_agent.presenters.routes import Know, PressKey, Route, Tap
from device_agent.settings import Shape
from device_agent.texts import load_catalogue
from device_agent.ui.cast import WORDS
from device_agent.ui.scenes import NOW, Scene, Still, scenes
from tests.ui.conftest import OpenWindow
from tests.unit.device_agent.lively import Lively

if TYPE_CHECKING:
    from tests.ui.pilot import Pilot

LANGUAGES = [pytest.param(language, id=language.value) for language in Language]
SCREENS = [pytest.param(shape, language, id=f"{shape}-{language}") for shape in Shape for language in Language]

URGENT, OPEN, HELD = "task-0000", "task-0001", "task-0002"


@pytest.mark.req("W-02", "W-07", "W-08", "W-09", "W-10", "W-14")
@pytest.mark.parametrize(("shape", "language"), SCREENS)
async def test_from_the_first_start_to_the_end_of_the_shift(
    open_window: OpenWindow, shape: Shape, language: Language
) -> None:
    texts, words = load_catalogue(language), WORDS[language]
    moments = {scene.name: scene.state for scene in scenes(language)}
    acts = Lively(moments["start-language"], language)
    async with open_window(acts, shape=shape, language=None) as pilot:
        await pilot.tap(language.value, then="branches")
        assert pilot.text("title") == texts.say("branch_title")
        await pilot.tap("b-0", then="face")
        assert pilot.text("branch") == words.branches[0]

        acts.state = replace(acts.state, book=moments["list"].book)
        acts.call(OPEN)
        await pilot.comes("alert")
        assert pilot.text("title") == words.names[1]
        await pilot.tap("take", then="task")
        assert acts.done[-1] == f"claim {OPEN}"
        await pilot.tap("bar 0", then="why")
        assert words.reasons[1] in pilot.texts
        await pilot.tap("back", then="task")
        await pilot.tap("why_not", then="why_not")
        assert words.dropped[0][0] in pilot.texts
        await pilot.tap("back", then="task")

        for leaf in ("customer", "assets", "preferences"):
            await pilot.swipe("left")
            assert pilot.name == leaf
            assert pilot.text("title") == texts.say(f"leaf_{leaf}")
        for leaf in ("assets", "customer", "task"):
            await pilot.swipe("right")
            assert pilot.name == leaf

        await pilot.tap("start", then="consent")
        await pilot.tap("refuse", then="talk")
        await pilot.tap("interest p-0")
        await pilot.tap("refusal p-2")
        await pilot.type("she buys a flat")
        assert acts.done[-4:] == [
            f"talk {OPEN} refused",
            "signal p-0 interest",
            "signal p-2 refusal",
            "say she buys a flat",
        ]

        await pilot.tap("end", then="form_outcome")
        await pilot.tap("success", then="form_products")
        await pilot.tap("p-0")
        await pilot.tap("next", then="form_preferences")
        await pilot.tap("send", then="list")
        assert acts.given == [
            GiveFeedback(
                task_id=OPEN,
                outcome=Outcome.SUCCESS,
                products=("p-0",),
                preferences=("t-0", "t-2"),
                refused=("p-2",),
            )
        ]
        await pilot.tap("back", then="face")
        await pilot.swipe("down")
        await pilot.tap("hand_over", then="hand_over")
        await pilot.tap("hand_over", then="start")
        assert acts.done[-1] == "hand over"


# Every target of every screen


def targets(shown: Shown) -> dict[str, Tap | None]:
    """What can be touched, by name, and what it should do."""
    if isinstance(shown, Face):
        found: dict[str, Tap | None] = {"pill": shown.pill.tap, "status": shown.open_settings}
        return found | ({"branch": shown.open_branch} if shown.branch else {})
    found = {button.name: button.tap for button in shown.buttons}
    for block in shown.blocks:
        match block:
            case Bar() | Row() | Choice():
                found[block.name] = block.tap
            case Stand():
                found[f"interest {block.name}"] = block.interest
                found[f"refusal {block.name}"] = block.refusal
            case Ask():
                found |= {"question interest": block.interest, "question refusal": block.refusal}
                found["question skip"] = block.skip
            case Pad():
                found |= {f"key {key}": PressKey(key) if block.open else None for key in ("1", steps.TAKE_BACK)}
            case _:
                pass
    if shown.back is not None:
        found["back"] = shown.back
    return found


def thinned(found: dict[str, Tap | None], most: int) -> dict[str, Tap | None]:
    """Of a longer list its ends."""
    names = list(found)
    return found if len(names) <= most else {name: found[name] for name in (*names[: most - 3], *names[-3:])}


async def check_targets(pilot: Pilot, acts: Still, scene: Scene, most: int) -> int:
    """Touch each target of the scene; the agent and the route must be as the presenter says."""
    await pilot.look(scene, acts)
    count = 0
    for name, tap in thinned(targets(pilot.shown), most).items():
        pure = Still(scene.state)
        desk = Desk(pure)
        desk.route = scene.route
        if tap is not None:
            steps.tap(desk, tap)
        acts.done.clear()
        pilot.app.desk.typed = pilot.app.desk.reading = ""
        await pilot.look(scene, acts)
        assert name in targets(pilot.shown), f"{scene.name}: {name}"
        await pilot.tap(name)
        done = [act for act in acts.done if not act.startswith("shown")]
        assert done == pure.done, f"{scene.name}: {name}"
        assert acts.state == pure.state, f"{scene.name}: {name}"
        same_way(pilot.app.desk, desk, f"{scene.name}: {name}")
        if isinstance(tap, Know):
            pilot.app.desk._known = frozenset()
        count += 1
    return count


def same_way(seen: Desk, expected: Desk, where: str) -> None:
    """Both desks have the same page open; a task that isn't in the book leads to the list."""
    routes: tuple[Route, Route] = (seen.route, expected.route)
    expected.show(load_catalogue(Language.EN), now=NOW, local=NOW)
    assert routes[0] in (routes[1], expected.route), where
    assert seen.typed == expected.typed, where


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_target_of_every_screen_does_what_its_page_says(
    open_window: OpenWindow, language: Language
) -> None:
    most = 8 if language is Language.EN else 4
    acts = Still(WristState(preferences=Preferences(begun=True)))
    count = 0
    async with open_window(acts, language=None) as pilot:
        pilot.app.show_language(language)
        for scene in scenes(language):
            count += await check_targets(pilot, acts, scene, most)
    assert count > 150
