"""What each page makes of a branch's lobby."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from contracts.fields import Language
from hub.console.board_page import day_figures
from hub.console.counter_page import counter_view, event_of
from hub.console.phone_page import waiting_text
from hub.console.tv_page import EARLIER, SPOKEN_WITHIN_S, to_be_spoken, tv_view
from hub.lobby import (
    Board,
    Call,
    Called,
    Changed,
    CounterCard,
    CounterMove,
    CounterState,
    Following,
    Move,
    Stage,
    Standing,
    Transferred,
    Turned,
    Wait,
)

pytestmark = pytest.mark.req("K-06")

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CLASSES = {name: {"en": f"class {name}", "zh": name * 2, "ko": name * 3} for name in "ABC"}


def standing(number: str, *, stage: Stage = Stage.WAITING, bound: str | None = None, waited_s: float = 60) -> Standing:
    return Standing(
        ticket=f"t-{number}",
        number=number,
        business="cash",
        service=number[0],
        stage=stage,
        since=NOW - timedelta(seconds=waited_s),
        waited_s=waited_s,
        language=Language.EN,
        bound=bound,
    )


def counter(
    name: str, classes: str, *, state: CounterState = CounterState.OPEN, has: Standing | None = None
) -> CounterCard:
    return CounterCard(name=name, state=state, classes=tuple(classes), since=NOW, has=has)


def call(seq: int, number: str, counter: str = "1", ago_s: float = 0) -> Call:
    return Call(
        seq=seq, number=number, counter=counter, language=Language.EN, at=NOW - timedelta(seconds=ago_s), again=False
    )


BOARD = Board(
    branch="main",
    title="Main Street",
    time_zone="UTC",
    day=date(2026, 3, 2),
    version=1,
    at=NOW,
    closes=None,
    counters=(
        counter("1", "A"),
        counter("2", "AB", has=standing("B001", stage=Stage.SERVING)),
        counter("3", "BC", state=CounterState.PAUSED),
        counter("4", "BC"),
    ),
    line=(
        standing("A001", waited_s=300),
        standing("B002", bound="4"),
        standing("A002", stage=Stage.HELD, waited_s=900),
        standing("B003"),
    ),
    aside=(standing("C001", stage=Stage.PARKED),),
    calls=(),
    classes=CLASSES,
    nexts={"A": Wait(low_s=60, middle_s=90, high_s=200), "B": None, "C": None},
    served=4,
    left=1,
    median_wait_s=240.0,
    alerts=(),
)


def test_a_counter_sees_who_waits_for_it_and_no_one_bound_elsewhere() -> None:
    view = counter_view(BOARD, "2", Language.EN)
    assert view is not None
    assert [row.number for row in view.line] == ["A001", "A002", "B003"]
    elsewhere = counter_view(BOARD, "4", Language.EN)
    assert elsewhere is not None
    assert [row.number for row in elsewhere.line] == ["B002", "B003"]
    assert counter_view(BOARD, "9", Language.EN) is None


def test_a_ticket_can_go_to_other_classes_and_to_open_counters_with_the_skill() -> None:
    view = counter_view(BOARD, "2", Language.ZH)
    assert view is not None
    assert [(one.value, one.name) for one in view.classes] == [("class A", "AA"), ("class C", "CC")]
    assert [one.value for one in view.counters] == ["counter 4"]


def test_forms_say_what_happens() -> None:
    def happens(**fields: str) -> object:
        event = event_of(fields, "3")
        return None if event is None else event(7.0)

    assert happens(do="call") == Called(at=7.0, counter="3")
    assert happens(do="call t1") == Called(at=7.0, counter="3", ticket="t1")
    assert happens(do="pause") == Turned(at=7.0, counter="3", move=CounterMove.PAUSE)
    for move in (Move.START, Move.FINISH, Move.MISS, Move.RECALL, Move.PARK, Move.UNPARK, Move.REJOIN):
        assert happens(do=f"{move.value} t1") == Changed(at=7.0, ticket="t1", move=move)
    assert happens(do="transfer t1", to="class B") == Transferred(at=7.0, ticket="t1", service="B")
    assert happens(do="transfer t1", to="counter 4") == Transferred(at=7.0, ticket="t1", counter="4")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"do": ""},
        {"do": "start"},
        {"do": "leave t1"},
        {"do": "defer t1"},
        {"do": "pause t1"},
        {"do": "transfer t1"},
        {"do": "transfer t1", "to": "class"},
        {"do": "transfer t1", "to": "moon 1"},
        {"do": "transfer", "to": "class B"},
        {"do": "CALL"},
    ],
)
def test_other_forms_do_nothing(fields: dict[str, str]) -> None:
    assert event_of(fields, "3") is None


def test_the_hall_sees_each_number_once_where_it_was_called_last() -> None:
    calls = (call(1, "A001", "1", 500), call(2, "B001", "2", 400), call(3, "A001", "4", 30), call(4, "C001", "3", 5))
    view = tv_view(msgspec.structs.replace(BOARD, calls=calls), Language.EN)
    assert view.newest == calls[3]
    assert view.fresh
    assert view.earlier == (calls[2], calls[1])
    assert [(one.letter, one.name, one.waiting) for one in view.waits] == [
        ("A", "class A", 1),
        ("B", "class B", 2),
        ("C", "class C", 0),
    ]
    assert view.waits[0].wait == BOARD.nexts["A"]


def test_the_hall_sees_a_few_calls_and_an_old_one_is_not_fresh() -> None:
    calls = tuple(call(seq, f"A{seq:03}", ago_s=600 - seq) for seq in range(1, 10))
    view = tv_view(msgspec.structs.replace(BOARD, calls=calls), Language.EN)
    assert not view.fresh
    assert [one.number for one in view.earlier] == [f"A{seq:03}" for seq in range(8, 8 - EARLIER, -1)]
    empty = tv_view(BOARD, Language.EN)
    assert empty.newest is None
    assert not empty.fresh


def test_only_young_calls_are_spoken_in_their_order() -> None:
    calls = (call(1, "A001", ago_s=SPOKEN_WITHIN_S + 1), call(2, "A002", ago_s=SPOKEN_WITHIN_S), call(3, "A003"))
    assert to_be_spoken(msgspec.structs.replace(BOARD, calls=calls)) == [calls[1], calls[2]]


def test_the_day_in_figures() -> None:
    figures = day_figures(BOARD)
    assert (figures.waiting, figures.longest_s, figures.median_s) == (4, 300, 240)
    assert (figures.served, figures.left, figures.open, figures.counters) == (4, 1, 3, 4)
    assert day_figures(msgspec.structs.replace(BOARD, line=())).longest_s is None


@pytest.mark.parametrize(
    ("stage", "again_at", "missed", "can", "text"),
    [
        (Stage.WAITING, None, False, (Move.DEFER,), ""),
        (Stage.CALLED, None, False, (Move.LEAVE,), ""),
        (Stage.HELD, NOW, False, (Move.RESUME,), "phone-held"),
        (Stage.HELD, None, False, (Move.RESUME,), "phone-held-passes"),
        (Stage.HELD, NOW, False, (Move.DEFER,), "phone-early"),
        (Stage.HELD, NOW, True, (Move.LEAVE,), "phone-missed"),
        (Stage.PARKED, None, False, (), "phone-parked"),
        (Stage.SERVED, None, False, (), "phone-served"),
        (Stage.LEFT, None, False, (), "phone-left"),
        (Stage.NO_SHOW, None, True, (), "phone-no-show"),
    ],
)
def test_a_phone_says_why_it_waits(
    stage: Stage, again_at: datetime | None, missed: bool, can: tuple[Move, ...], text: str
) -> None:
    shown = Following(
        branch="Main Street",
        number="A001",
        business="Cash",
        stage=stage,
        language=Language.EN,
        ahead=0,
        wait=None,
        late=False,
        counter=None,
        deferrals=2,
        most_minutes=30,
        again_at=again_at,
        missed=missed,
        can=can,
    )
    assert waiting_text(shown) == text
