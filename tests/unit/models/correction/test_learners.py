"""Every learner, the same promises: once, in the order of time, to the last bit, and never a NaN."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Generic, TypeVar

import numpy as np
import pytest
from msgspec import structs

from models.correction.contract import Learned, Learner, Vector
from models.correction.corrector import CorrectorSettings
from models.correction.dynamic import Example
from models.correction.errors import CorrectionError
from models.correction.replay import ReplaySettings
from models.features import Rows
from models.feedback import Observation
from tests.unit.models.correction.examples import (
    FEATURES,
    SMALL,
    corrector,
    example,
    examples,
    logistic_learner,
    observation,
    observations,
)

E = TypeVar("E", bound="Observation | Example")
I = TypeVar("I")  # noqa: E741
EXTREMES = (0.0, 1e30, -1e30, float("inf"), float("-inf"), float("nan"), 1e-30)


@dataclass(frozen=True)
class Case(Generic[I, E]):
    """A learner, events for it in the order of time, an event with an extreme input, and inputs to predict for."""

    name: str
    make: Callable[[ReplaySettings], Learner[I, E]]
    events: Callable[[int], list[E]]
    extreme: Callable[[int, float], E]
    given: Callable[[float], I]


def _rows(value: float) -> Rows:
    return Rows(np.array([[value] * FEATURES], dtype=np.float32), {})


def _extreme_observation(number: int, value: float) -> Observation:
    with np.errstate(over="ignore"):
        row = np.full(FEATURES, value).astype(np.float32)
    return observation(number, row=row, taken=("loan",), refused=("fund",), match_score=0.0)


def _inputs(value: float) -> Vector:
    return np.array([1.0, *([value] * FEATURES)])


CORRECTOR = Case(
    "corrector", lambda r: corrector(CorrectorSettings(replay=r)), observations, _extreme_observation, _rows
)
LOGISTIC = Case(
    "dynamic logistic",
    logistic_learner,
    examples,
    lambda number, value: example(number, (1.0, *([value] * FEATURES)), number % 2 == 0),
    _inputs,
)
every_learner = pytest.mark.parametrize("case", [CORRECTOR, LOGISTIC], ids=lambda case: case.name)
pytestmark = pytest.mark.req("W-16")


def _taught(case: Case[I, E], events: list[E], replay: ReplaySettings = SMALL) -> Learner[I, E]:
    learner = case.make(replay)
    for event in events:
        learner.update(event)
    return learner


@every_learner
def test_learning_moves_the_prediction_and_the_state(case: Case[I, E]) -> None:
    new, taught = case.make(SMALL), _taught(case, case.events(60))
    assert taught.digest() != new.digest()
    assert np.abs(taught.predict(case.given(0.7)) - new.predict(case.given(0.7))).max() > 0.01


@every_learner
def test_predicting_changes_nothing(case: Case[I, E]) -> None:
    learner = _taught(case, case.events(40))
    before = learner.to_bytes()
    first = learner.predict(case.given(0.4))
    assert learner.predict(case.given(0.4)).tobytes() == first.tobytes()
    assert learner.to_bytes() == before


@every_learner
def test_the_same_log_gives_the_same_bytes(case: Case[I, E]) -> None:
    first, second = _taught(case, case.events(150)), _taught(case, case.events(150))
    assert first.to_bytes() == second.to_bytes()
    assert first.digest() == second.digest()
    assert first.digest() != _taught(case, case.events(149)).digest()


@every_learner
@pytest.mark.parametrize("seed", range(2))
def test_the_order_of_arrival_does_not_change_a_byte(case: Case[I, E], seed: int) -> None:
    events = case.events(200)
    place = random.Random(seed)
    arrival = sorted(range(len(events)), key=lambda at: at + place.uniform(0.0, 40.0))
    assert arrival != list(range(len(events)))
    learner = case.make(SMALL)
    answers = [learner.update(events[at]) for at in arrival]
    assert set(answers) == {Learned.IN_ORDER, Learned.REPLAYED}
    assert learner.to_bytes() == _taught(case, events).to_bytes()


@every_learner
def test_equal_times_are_ordered_by_id(case: Case[I, E]) -> None:
    same = [structs.replace(event, at=case.events(1)[0].at) for event in case.events(20)]
    assert _taught(case, same[::-1]).to_bytes() == _taught(case, same).to_bytes()


@every_learner
def test_a_duplicate_changes_nothing(case: Case[I, E]) -> None:
    events = case.events(80)
    learner = case.make(SMALL)
    for event in events:
        assert learner.update(event) == Learned.IN_ORDER
        assert learner.update(event) == Learned.DUPLICATE
    assert learner.update(events[3]) == Learned.DUPLICATE
    assert learner.to_bytes() == _taught(case, events).to_bytes()


@every_learner
@pytest.mark.parametrize(("window", "answer"), [(8, Learned.LATE), (64, Learned.TOO_OLD)])
def test_older_than_the_window_is_the_same_each_time(case: Case[I, E], window: int, answer: Learned) -> None:
    replay = ReplaySettings(window=window, remembered=200 if answer == Learned.LATE else window)
    events = case.events(150)
    first, second = case.make(replay), case.make(replay)
    for event in events[1:]:
        assert (first.update(event), second.update(event)) == (Learned.IN_ORDER, Learned.IN_ORDER)
    assert (first.update(events[0]), second.update(events[0])) == (answer, answer)
    assert first.to_bytes() == second.to_bytes()
    assert np.isfinite(first.predict(case.given(0.3))).all()


@every_learner
def test_late_and_then_again_is_a_duplicate(case: Case[I, E]) -> None:
    replay = ReplaySettings(window=8, remembered=500)
    events = case.events(120)
    learner = _taught(case, events[1:], replay)
    without = learner.digest()
    assert learner.update(events[0]) == Learned.LATE
    assert learner.digest() != without
    assert learner.update(events[0]) == Learned.DUPLICATE


@every_learner
def test_without_a_window_a_late_event_is_learned_at_the_end(case: Case[I, E]) -> None:
    events = case.events(40)
    learner = case.make(ReplaySettings(window=0, remembered=40))
    answers = [learner.update(event) for event in [*events[1:], events[0]]]
    assert answers == [Learned.IN_ORDER] * 39 + [Learned.LATE]


@every_learner
@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 64, 96, 97, 170])
def test_the_state_goes_round_and_learns_on_alike(case: Case[I, E], count: int) -> None:
    events = case.events(count + 40)
    learner = _taught(case, events[:count])
    back = case.make(SMALL).restored(learner.to_bytes())
    assert back.to_bytes() == learner.to_bytes()
    assert back.predict(case.given(0.3)).tobytes() == learner.predict(case.given(0.3)).tobytes()
    rest = [*events[count + 1 :], events[count]]
    for event in rest:
        assert learner.update(event) == back.update(event)
    assert back.to_bytes() == learner.to_bytes()


@every_learner
def test_other_bytes_are_refused(case: Case[I, E]) -> None:
    content = _taught(case, case.events(10)).to_bytes()
    for broken in (b"", b"\x00" * 9, content[:-3], content[:40]):
        with pytest.raises(CorrectionError, match="replay the log"):
            case.make(SMALL).restored(broken)


@every_learner
def test_a_time_without_a_zone_is_refused(case: Case[I, E]) -> None:
    event = case.events(1)[0]
    with pytest.raises(CorrectionError, match="give UTC"):
        case.make(SMALL).update(structs.replace(event, at=event.at.replace(tzinfo=None)))
    east = structs.replace(event, at=event.at.astimezone(UTC) + timedelta(0))
    assert case.make(SMALL).update(east) == Learned.IN_ORDER


@every_learner
def test_no_extreme_makes_a_nan(case: Case[I, E]) -> None:
    learner = case.make(SMALL)
    for number in range(210):
        assert learner.update(case.extreme(number, EXTREMES[number % len(EXTREMES)])) == Learned.IN_ORDER
        if number % 30 == 0:
            for value in EXTREMES:
                with np.errstate(over="ignore"):
                    assert np.isfinite(learner.predict(case.given(value))).all()
    assert np.isfinite(learner.predict(case.given(0.5))).all()
