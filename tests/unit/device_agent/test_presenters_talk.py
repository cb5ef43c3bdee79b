"""The consent question, and the talk: how it is heard, what is asked, what moved and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.fields import Language
from contracts.visits import PlanMove, Reason, Stance, TaskState, TaskView
from device_agent.core.acts import WristState
from device_agent.core.book import Book
from device_agent.core.hearing import EarTrouble
from device_agent.core.talk import Hearing, Question, Talk
from device_agent.presenters import talks
from device_agent.presenters.desk import Desk
from device_agent.presenters.pages import (
    Ask,
    Live,
    Mark,
    Moved,
    Page,
    Sign,
    Stand,
    Tone,
    Words,
)
from device_agent.presenters.routes import (
    AnswerQuestion,
    PauseHearing,
    ShowConsent,
    ShowTask,
    TapStance,
)
from device_agent.texts import load_catalogue
from device_agent.ui.scenes import Still
from models.talk.evidence import About
from models.talk.signals import SignalKind
from tests.unit.device_agent.desks import (
    EN,
    button_names,
    desk_over,
    of_kind,
    page_by,
    with_views,
)
from tests.unit.device_agent.fakehub import START, a_view


def talking(hearing: Hearing, *, moves: tuple[PlanMove, ...] = (), **facts: object) -> tuple[WristState, TaskView]:
    view = a_view("task-0001", state=TaskState.TALKING)
    session = Talk(task="task-0001", began=START, hearing=hearing, moves=moves, **facts)  # type: ignore[arg-type]
    return replace(with_views(view), session=session), view


@pytest.mark.req("W-10")
@pytest.mark.parametrize(
    ("hearing", "mark", "buttons", "types"),
    [
        (Hearing.LISTENING, Mark(Sign.MICROPHONE, "Listening 2:05", Tone.ALARM, "Vosk"), ["pause", "end"], False),
        (Hearing.PAUSED, Mark(Sign.PAUSE, "Paused", Tone.WARN), ["resume", "end"], True),
        (Hearing.REFUSED, Mark(Sign.MICROPHONE_OFF, "Not recorded", Tone.CALM), ["end"], True),
        (Hearing.UNAVAILABLE, Mark(Sign.MICROPHONE_OFF, "No microphone", Tone.CALM), ["end"], True),
    ],
)
def test_a_talk_shows_whether_it_is_heard(hearing: Hearing, mark: Mark, buttons: list[str], types: bool) -> None:
    state, view = talking(hearing, partial="so far", engine="vosk")
    page = talks.talk_page(state, view, EN, now=START + timedelta(seconds=125))
    assert page.mark == mark
    assert button_names(page) == buttons
    assert (page.entry is not None) is types
    assert [live.text for live in of_kind(page, Live)] == (["so far"] if hearing is Hearing.LISTENING else [])
    if hearing in (Hearing.LISTENING, Hearing.PAUSED):
        assert page.buttons[0].tap == PauseHearing(hearing is Hearing.LISTENING)


@pytest.mark.req("W-10")
@pytest.mark.parametrize(
    ("engine", "name"), [("vosk", "Vosk"), ("whisper", "Whisper"), ("hub", "Hub"), ("another", "another"), ("", "")]
)
def test_a_talk_says_which_engine_listens(engine: str, name: str) -> None:
    state, view = talking(Hearing.LISTENING, engine=engine)
    mark = talks.talk_page(state, view, EN, now=START).mark
    assert mark == Mark(Sign.MICROPHONE, "Listening 0:00", Tone.ALARM, name)


@pytest.mark.req("W-10")
@pytest.mark.parametrize("language", list(Language))
def test_a_talk_that_hears_nothing_says_why_and_that_it_tries_again(language: Language) -> None:
    texts = load_catalogue(language)
    marks = []
    for trouble in EarTrouble:
        state, view = talking(Hearing.LISTENING, engine="vosk", trouble=trouble)
        page = talks.talk_page(state, view, texts, now=START)
        assert page.mark is not None
        assert page.mark.tone is Tone.WARN
        assert not page.mark.text.startswith(texts.say("hearing_listening"))
        assert of_kind(page, Live) == [Live(texts.say("ear_trying"), quiet=True)]
        assert button_names(page) == ["pause", "end"]
        marks.append(page.mark)
    assert len({mark.text for mark in marks}) == len({mark.sign for mark in marks}) == len(EarTrouble)
    state, view = talking(Hearing.PAUSED, engine="vosk", trouble=EarTrouble.HUB)
    assert talks.talk_page(state, view, EN, now=START).mark == Mark(Sign.PAUSE, "Paused", Tone.WARN)


@pytest.mark.req("W-10")
def test_the_words_have_their_place_also_while_nobody_speaks() -> None:
    for partial in ("", "a word", "a word and many more of them than any line of a wrist could ever take"):
        state, view = talking(Hearing.LISTENING, partial=partial)
        page = talks.talk_page(state, view, EN, now=START)
        assert page.blocks[0] == Live(partial)
        assert [type(block) for block in page.blocks] == [Live, Stand, Stand, Stand]


FUNDS = Question(SignalKind.REFUSAL, About.CONCEPT, "fund", "Funds")
FIRE = Question(SignalKind.INTEREST, About.PRODUCT, "fire", "Fire insurance")


@pytest.mark.req("W-12")
@pytest.mark.parametrize("hearing", list(Hearing))
def test_what_is_not_sure_is_asked_one_at_a_time_above_the_products(hearing: Hearing) -> None:
    state, view = talking(hearing, questions=(FUNDS, FIRE), partial="some words")
    page = talks.talk_page(state, view, EN, now=START)
    assert [type(block) for block in page.blocks] == [Ask, Stand, Stand, Stand]
    (ask,) = of_kind(page, Ask)
    assert (ask.text, ask.likely, ask.skip_label) == ("Funds: not wanted?", Stance.REFUSAL, "Skip")
    assert (ask.interest, ask.refusal, ask.skip) == tuple(
        AnswerQuestion(About.CONCEPT, "fund", stance) for stance in (Stance.INTEREST, Stance.REFUSAL, Stance.NONE)
    )
    state, view = talking(hearing, questions=(FIRE,))
    (after,) = of_kind(talks.talk_page(state, view, EN, now=START), Ask)
    assert (after.text, after.likely) == ("Fire insurance: wanted?", Stance.INTEREST)
    assert after.name != ask.name


@pytest.mark.req("W-12")
@pytest.mark.parametrize("language", list(Language))
def test_every_kind_of_question_has_words_of_its_own_that_name_the_subject(language: Language) -> None:
    said = []
    for kind in SignalKind:
        state, view = talking(Hearing.LISTENING, questions=(replace(FUNDS, kind=kind, name="QZ9"),))
        (ask,) = of_kind(talks.talk_page(state, view, load_catalogue(language), now=START), Ask)
        assert "QZ9" in ask.text
        said.append(ask.text)
    assert len(set(said)) == len(SignalKind)


@pytest.mark.parametrize(
    ("kind", "likely"),
    [
        (SignalKind.NEED, Stance.INTEREST),
        (SignalKind.HELD, Stance.REFUSAL),
        (SignalKind.HESITATION, Stance.NONE),
        (SignalKind.PRICE, Stance.NONE),
        (SignalKind.COMPARISON, Stance.NONE),
    ],
)
def test_only_what_was_heard_is_the_likely_answer(kind: SignalKind, likely: Stance) -> None:
    state, view = talking(Hearing.LISTENING, questions=(replace(FUNDS, kind=kind),))
    assert of_kind(talks.talk_page(state, view, EN, now=START), Ask)[0].likely is likely


@pytest.mark.req("W-12")
def test_a_question_put_away_takes_no_tap_back() -> None:
    state, view = talking(Hearing.LISTENING, questions=(FIRE,), stances={"fire": Stance.REFUSAL})
    (ask,) = of_kind(talks.talk_page(state, view, EN, now=START), Ask)
    assert ask.skip == AnswerQuestion(About.PRODUCT, "fire", Stance.REFUSAL)
    assert ask.interest == AnswerQuestion(About.PRODUCT, "fire", Stance.INTEREST)


@pytest.mark.req("W-12")
def test_what_was_heard_is_marked_until_a_tap_says_otherwise() -> None:
    heard = {"car": Stance.INTEREST, "fire": Stance.REFUSAL}
    state, view = talking(Hearing.LISTENING, heard=heard, stances={"fire": Stance.INTEREST})
    car, fire, boat = of_kind(talks.talk_page(state, view, EN, now=START), Stand)
    assert (car.stance, car.spoken) == (Stance.NONE, Stance.INTEREST)
    assert (fire.stance, fire.spoken) == (Stance.INTEREST, Stance.NONE)
    assert (boat.stance, boat.spoken) == (Stance.NONE, Stance.NONE)
    assert car.interest == TapStance("car", Stance.INTEREST), "a tap confirms it"
    assert car.refusal == TapStance("car", Stance.REFUSAL), "or overrides it"


def told(*moves: tuple[str, str, str]) -> dict[str, str]:
    """What the products say, by the code and words of why each moved."""
    made = tuple(PlanMove(code=c, was=None, now=n, why=Reason(code=w, text=t)) for n, (c, w, t) in enumerate(moves))
    state, view = talking(Hearing.LISTENING, moves=made)
    return {one.name: one.why for one in of_kind(talks.talk_page(state, view, EN, now=START), Stand)}


@pytest.mark.req("W-12")
def test_why_others_moved_is_told_once_and_not_where_the_cause_tells_it_itself() -> None:
    elsewhere = "other_refusal"
    assert told(("car", elsewhere, "Yacht refused"), ("fire", elsewhere, "Yacht refused")) == {
        "car": "Yacht refused", "fire": "", "boat": "",
    }  # fmt: skip
    for cause in ("refusal", "wide_refusal"):
        said = told(("car", elsewhere, "Boat refused"), ("fire", elsewhere, "Boat refused"), ("boat", cause, "Refused"))
        assert said == {"car": "", "fire": "", "boat": "Refused"}
    mixed = told(("car", "kindred", "Like boat"), ("fire", "need", "Needed"), ("boat", elsewhere, "Yacht refused"))
    assert mixed == {"car": "Like boat", "fire": "Needed", "boat": "Yacht refused"}


@pytest.mark.req("W-10")
@pytest.mark.parametrize("language", list(Language))
def test_the_consent_page_says_where_the_sound_is_turned_into_words(language: Language) -> None:
    texts, view = load_catalogue(language), a_view("task-0001", state=TaskState.HELD)
    said = {}
    for engine in ("", "vosk", "whisper", "hub"):
        desk = Desk(Still(with_views(view)), engine=lambda engine=engine: engine)  # type: ignore[misc]
        desk.route = ShowConsent("task-0001")
        page = desk.show(texts, now=START, local=START)
        assert isinstance(page, Page)
        said[engine] = of_kind(page, Words)[1].text
    assert said[""] == said["vosk"] == said["whisper"] != said["hub"]


@pytest.mark.req("W-12")
def test_a_talk_marks_what_moved_and_says_why() -> None:
    why = Reason(code="need", text="Needs a home")
    moves = (
        PlanMove(code="car", was=1, now=0, why=why),
        PlanMove(code="fire", was=0, now=1, why=why),
        PlanMove(code="boat", was=None, now=2, why=why),
    )
    state, view = talking(Hearing.REFUSED, moves=moves)
    stands = of_kind(talks.talk_page(state, view, EN, now=START), Stand)
    assert [(s.name, s.moved, s.why) for s in stands] == [
        ("car", Moved.UP, "Needs a home"),
        ("fire", Moved.DOWN, "Needs a home"),
        ("boat", Moved.NEW, "Needs a home"),
    ]
    stayed = (PlanMove(code="car", was=0, now=0, why=why),)
    state, view = talking(Hearing.REFUSED, moves=stayed)
    assert of_kind(talks.talk_page(state, view, EN, now=START), Stand)[0].moved is None


@pytest.mark.req("W-10")
def test_the_same_stance_tapped_again_is_taken_back() -> None:
    state, view = talking(Hearing.REFUSED, stances={"car": Stance.INTEREST, "fire": Stance.REFUSAL})
    car, fire, boat = of_kind(talks.talk_page(state, view, EN, now=START), Stand)
    assert (car.interest, car.refusal) == (TapStance("car", Stance.NONE), TapStance("car", Stance.REFUSAL))
    assert (fire.interest, fire.refusal) == (TapStance("fire", Stance.INTEREST), TapStance("fire", Stance.NONE))
    assert (boat.interest, boat.refusal) == (TapStance("boat", Stance.INTEREST), TapStance("boat", Stance.REFUSAL))
    assert boat.percent == "7%"


def test_a_talk_that_the_hub_alone_knows_of_is_shown_all_the_same() -> None:
    view = a_view("task-0001", state=TaskState.TALKING)
    page = page_by(desk_over(with_views(view), ShowTask("task-0001")))
    assert page.name == "talk"
    assert page.mark == Mark(Sign.MICROPHONE_OFF, "No microphone", Tone.CALM)


def test_the_talk_of_one_task_is_not_the_page_of_another() -> None:
    state, _ = talking(Hearing.LISTENING)
    other = a_view("task-0002", state=TaskState.HELD)
    state = replace(state, book=Book({**state.book.tasks, other.task: other}))
    assert page_by(desk_over(state, ShowTask("task-0002"))).name == "task"
