"""Products that customers take though they were not shown: what they teach, and what they must not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import numpy.typing as npt
import pytest

from models.correction.corrector import Corrector
from models.correction.lessons import Lesson, LessonSettings, lesson
from models.correction.projection import Projection
from models.feedback import Observation, Shown
from tests.unit.models.correction.examples import CODES, model, observation

pytestmark = pytest.mark.req("W-16")

PLACES = {code: at for at, code in enumerate(CODES)}
PRODUCTS = 12
NAMES = tuple(f"product_{at:02d}" for at in range(PRODUCTS))


def of(one: Observation, **settings: float) -> Lesson:
    chosen = msgspec.convert({"mismatch": 0.0, **settings}, LessonSettings)
    return lesson(one, np.zeros(len(CODES)), np.array([1.0]), PLACES, chosen)


def test_whoever_asks_for_a_product_did_not_ask_for_the_others() -> None:
    found = of(observation(0, shown=("card",), taken=("loan",)))
    answers = {CODES[answer.product]: (answer.taken, answer.weight) for answer in found.answers}
    assert answers["loan"] == (True, 1.0)
    assert answers["card"] == (False, 0.7)
    others = [code for code in CODES if code not in ("card", "loan")]
    assert {code: answers[code] for code in others} == dict.fromkeys(others, (False, 1.0))


def test_of_many_others_a_few_stand_for_all_and_are_the_same_each_time() -> None:
    one = observation(0, shown=("card",), taken=("loan",))
    found = of(one, contrasts=1)
    [other] = [answer for answer in found.answers if CODES[answer.product] not in ("card", "loan")]
    assert other.weight == 3.0
    assert of(one, contrasts=1) == found
    drawn = {of(observation(number, shown=("card",), taken=("loan",)), contrasts=1).answers for number in range(40)}
    assert len(drawn) == 3, "each of the others stands in at times"


def test_a_visit_where_nobody_asked_for_anything_says_nothing_of_what_was_not_shown() -> None:
    assert [
        CODES[answer.product] for answer in of(observation(0, shown=("card", "fund"), taken=("fund",))).answers
    ] == [
        "card",
        "fund",
    ]


def played(asked_for: float, truth: npt.NDArray[np.float64], score: npt.NDArray[np.float64]) -> float:
    """The share of the best plan's value that the corrected ranking has at last, when a product that is not shown is
    taken `asked_for` times as often as when it is."""
    rng = np.random.default_rng(1)
    learner = Corrector(model(), NAMES, NAMES, Projection(np.zeros(1), np.zeros((1, 0))))
    correction = np.zeros(PRODUCTS)
    values = []
    for number in range(1200):
        order = np.argsort(-(score + correction), kind="stable").tolist()
        shown = order[:3]
        if rng.random() < 0.1:
            shown[2] = int(rng.choice(order[2:]))
        rate = np.where(np.isin(np.arange(PRODUCTS), shown), truth, asked_for * truth)
        taken = np.flatnonzero(rng.random(PRODUCTS) < rate).tolist()
        matched = len(set(taken) & set(shown)) / max(1, len(taken))
        visit = Observation(
            id=f"visit-{number:05d}",
            at=datetime(2026, 3, 2, tzinfo=UTC) + timedelta(minutes=number),
            model="v1",
            feature_hash="input-1",
            raw=b"",
            offered=tuple(NAMES[at] for at in order),
            shown=tuple(Shown(NAMES[at], 1.0) for at in shown),
            taken=tuple(NAMES[at] for at in taken),
            refused=(),
            match_score=matched,
        )
        learner.learn(score, np.zeros(1), visit)
        if number % 100 == 99:
            correction = learner.correction().intercept
        if number >= 600:
            values.append(truth[order[:3]].sum())
    return float(np.mean(values) / np.sort(truth)[-3:].sum())


@pytest.mark.parametrize("asked_for", [0.05, 0.4])
def test_what_is_asked_for_now_and_then_does_not_drive_out_what_is_wanted_more(asked_for: float) -> None:
    truth = np.array([0.5, 0.4, 0.3] + [0.12] * (PRODUCTS - 3))
    assert played(asked_for, truth, np.log(truth)) > 0.93


def test_what_is_asked_for_most_comes_to_be_shown() -> None:
    truth = np.array([0.5, 0.4, 0.3] + [0.1] * (PRODUCTS - 4) + [0.6])
    score = np.log(truth)
    score[-1] = np.log(0.005)
    assert played(0.1, truth, score) > 0.95
