"""Whatever an advisor taps and turns, and whatever happens meanwhile: a page is shown, and it keeps its promises."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.fields import Language
from device_agent.core.acts import WristState
from device_agent.core.conditions import Wrist
from device_agent.presenters import steps
from device_agent.presenters.desk import Desk
from device_agent.presenters.pages import Ask, Bar, Choice, Detail, Face, Pad, Page, Row, Shown, Stand
from device_agent.presenters.routes import Leaf, PressKey, Say, Tap, Turn
from device_agent.texts import load_catalogue
from device_agent.ui.cast import WORDS
from device_agent.ui.scenes import NOW, Scene, Still, scenes
from tests.unit.device_agent.lively import Lively

CATALOGUES = {language: load_catalogue(language) for language in Language}
SCENES = {language: scenes(language) for language in Language}
LEAVES = frozenset(leaf.value for leaf in Leaf if leaf is not Leaf.PLAN)
DIGITS = (*"0123456789", steps.TAKE_BACK)


def offered(shown: Shown) -> list[Tap]:
    """Every tap that this page offers."""
    if isinstance(shown, Face):
        taps: list[Tap | None] = [shown.pill.tap, shown.open_branch, shown.open_settings]
        return [tap for tap in taps if tap is not None]
    taps = [button.tap for button in shown.buttons]
    for block in shown.blocks:
        match block:
            case Bar() | Row() | Choice():
                taps.append(block.tap)
            case Stand():
                taps += [block.interest, block.refusal]
            case Ask():
                taps += [block.interest, block.refusal, block.skip]
            case Pad(open=True):
                taps += [PressKey(key) for key in DIGITS]
            case _:
                pass
    if shown.entry is not None:
        taps += [Say(""), Say("a line")]
    taps.append(shown.back)
    return [tap for tap in taps if tap is not None]


@dataclass(frozen=True)
class Step:
    """One thing that happens: a tap of those offered, a turn, time that passes, the wrist, a task that is lost."""

    kind: str
    number: int


STEPS = st.lists(
    st.builds(
        Step,
        kind=st.sampled_from(["tap"] * 12 + ["turn"] * 4 + ["time", "wrist", "lost", "offline"]),
        number=st.integers(0, 10_000),
    ),
    max_size=40,
)


def happen(desk: Desk, acts: Lively, step: Step, shown: Shown, now: datetime) -> datetime:
    """Do it; returns the time after it."""
    match step.kind:
        case "tap":
            taps = offered(shown)
            if taps:
                desk.touch(now)
                steps.tap(desk, taps[step.number % len(taps)])
        case "turn":
            desk.touch(now)
            steps.turn(desk, list(Turn)[step.number % len(Turn)])
        case "wrist":
            acts.wrist(list(Wrist)[step.number % len(Wrist)])
        case "lost" if acts.state.book.tasks:
            acts.lose(list(acts.state.book.tasks)[step.number % len(acts.state.book.tasks)])
        case "offline":
            acts.state = replace(acts.state, online=not acts.state.online, offline_since=now)
        case _:
            return now + timedelta(seconds=step.number % 40)
    return now


def keeps_its_promises(shown: Shown, state: WristState, language: Language) -> None:
    """What holds of every page, whatever came before."""
    assert isinstance(shown, Face | Page)
    if isinstance(shown, Face):
        assert not state.lock.locked
        assert shown.badge <= len(state.book.tasks)
        return
    assert len(shown.buttons) <= 2
    assert shown.blocks
    assert all(button.label for button in shown.buttons)
    assert shown.title or shown.caption or shown.mark
    if state.lock.locked:
        assert shown.name in ("locked", "updating")
        assert not any(name in repr(shown) for name in WORDS[language].names)
    if shown.name in LEAVES and state.conditions.wrist is not Wrist.UP:
        assert not any(isinstance(block, Detail) for block in shown.blocks)
    if state.talk is not None:
        assert not shown.name.startswith("alert")
    if shown.name.startswith("lent"):
        assert state.lent is not None
        assert shown.back is None
        assert not any(name in repr(shown) for name in WORDS[language].names)
    elif shown.name not in ("updating", "locked", "start", "branches"):
        assert shown.back is not None


@settings(max_examples=150, deadline=None)
@given(language=st.sampled_from(Language), at=st.integers(0, 1000), happenings=STEPS)
def test_whatever_is_tapped_a_page_is_shown(language: Language, at: int, happenings: list[Step]) -> None:
    scene = SCENES[language][at % len(SCENES[language])]
    walk(scene, language, happenings)


def walk(scene: Scene, language: Language, happenings: list[Step]) -> None:
    """Through the scene by these steps; the screen is drawn after each."""
    acts = Lively(scene.state, language)
    desk, now, texts = Desk(acts), NOW, CATALOGUES[language]
    desk.route = scene.route
    shown = desk.show(texts, now=now, local=now)
    for step in happenings:
        now = happen(desk, acts, step, shown, now)
        shown = desk.show(texts, now=now, local=now)
        keeps_its_promises(shown, acts.state, language)


def test_every_tap_of_every_page_leads_to_a_page() -> None:
    for language in Language:
        for scene in SCENES[language]:
            desk = Desk(Still(scene.state))
            desk.route = scene.route
            count = len(offered(desk.show(CATALOGUES[language], now=NOW, local=NOW)))
            for number in range(count):
                walk(scene, language, [Step("tap", number)])
            for number in range(len(Turn)):
                walk(scene, language, [Step("turn", number)])


def test_from_everywhere_back_leads_to_the_face() -> None:
    """Always going back ends at the face, without doing anything to a visit."""
    language = Language.EN
    for scene in SCENES[language]:
        if scene.name.startswith(("start", "locked", "updating", "lent")):  # there is no way on from these
            continue
        acts = Lively(scene.state, language)
        desk = Desk(acts)
        desk.route = scene.route
        shown = desk.show(CATALOGUES[language], now=NOW, local=NOW)
        for _ in range(8):
            if isinstance(shown, Face):
                break
            assert shown.back is not None
            steps.tap(desk, shown.back)
            shown = desk.show(CATALOGUES[language], now=NOW, local=NOW)
        assert isinstance(shown, Face), scene.name
        assert acts.done == [], scene.name
