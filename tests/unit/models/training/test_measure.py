"""The figures: right on cases worked by hand, and as a naive reading of their definition gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.training.linear import masked_probabilities
from models.training.measure import (
    BINS,
    TOP,
    Judged,
    calibration_error,
    figure,
    gain,
    judge,
    measured,
    ranking,
)

pytestmark = pytest.mark.req("W-05")


@st.composite
def questions(draw: st.DrawFn) -> tuple[list[list[float]], list[list[bool]], list[int]]:
    """Probabilities with ties, what is barred (never all of it), what was wanted (perhaps barred)."""
    products = draw(st.integers(2, 6))
    count = draw(st.integers(1, 8))
    scores = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5]), min_size=products, max_size=products)
    barred = st.lists(st.booleans(), min_size=products, max_size=products).filter(lambda row: not all(row))
    return (
        [draw(scores) for _ in range(count)],
        [draw(barred) for _ in range(count)],
        [draw(st.integers(0, products - 1)) for _ in range(count)],
    )


@given(questions())
@settings(max_examples=150, deadline=None)
def test_judging_is_what_sorting_by_hand_gives(asked: tuple[list[list[float]], list[list[bool]], list[int]]) -> None:
    scores, barred, wanted = asked
    judged = judge(np.array(scores), np.array(barred), np.array(wanted))
    for at, (row, shut, want) in enumerate(zip(scores, barred, wanted, strict=True)):
        open_to = sorted((place for place in range(len(row)) if not shut[place]), key=lambda place: -row[place])
        first = [*open_to[:TOP], -1, -1, -1][: min(TOP, len(row))]
        assert judged.first[at].tolist() == first
        if shut[want]:
            assert judged.ranks[at] > max(TOP, len(open_to))
        else:
            assert judged.ranks[at] == open_to.index(want) + 1
        total = sum(row[place] for place in open_to)
        sure = max(row[place] for place in open_to) / total if total else 0.0
        assert judged.confidence[at] == pytest.approx(sure)
    areas = [area for product in range(len(scores[0])) if (area := _area(scores, barred, wanted, product)) is not None]
    assert judged.auc == (pytest.approx(sum(areas) / len(areas)) if areas else None)


def _area(scores: list[list[float]], barred: list[list[bool]], wanted: list[int], product: int) -> float | None:
    """How often whoever wants the product, and may have it, has the higher score for it; a tie counts half."""
    asked = [
        (row[product], want == product)
        for row, shut, want in zip(scores, barred, wanted, strict=True)
        if not shut[product]
    ]
    pairs = [(yes > no) + (yes == no) / 2 for yes, mine in asked if mine for no, other in asked if not other]
    return sum(pairs) / len(pairs) if pairs else None


def test_a_barred_wanted_product_is_never_a_hit_however_few_products_there_are() -> None:
    for products in (2, 3, 4):
        barred = np.eye(1, products, dtype=bool)
        judged = judge(np.full((1, products), 0.5), barred, np.array([0]))
        assert ranking(judged.ranks, seed=0).hit_at_3.value == 0.0


def test_the_figures_worked_by_hand() -> None:
    result = ranking(np.array([1, 2, 3, 4, 6]), seed=0)
    assert (result.questions, result.hit_at_1.value, result.hit_at_3.value) == (5, 0.2, 0.6)
    assert result.map_at_3.value == pytest.approx((1 + 1 / 2 + 1 / 3) / 5, abs=1e-4)
    assert result.ndcg_at_3.value == pytest.approx((1 + 1 / np.log2(3) + 1 / 2) / 5, abs=1e-4)
    difference = gain("x", np.array([1, 1, 5, 2]), np.array([5, 1, 1, 9]), np.array([0, 1, 2, 1]), (1,), seed=0)
    assert (difference.over, difference.all.value, difference.less_common.value) == ("x", 0.25, 0.0)


def test_what_is_measured_of_a_ranker() -> None:
    judged = Judged(
        ranks=np.array([1, 4] * 15), first=np.array([[0, 1, -1], [1, 0, 3]] * 15), confidence=np.full(30, 0.75)
    )
    segment = np.array(["large"] * 22 + ["small"] * 8)
    found = measured("some", judged, np.array([0, 2] * 15), (0, 1), 5, 0, segment)
    assert (found.all.questions, found.less_common.questions) == (30, 15)
    assert (found.all.hit_at_3.value, found.less_common.hit_at_3.value) == (0.5, 0.0)
    assert found.coverage == pytest.approx(3 / 5)
    assert found.ece == pytest.approx(0.25)
    assert [(one.segment, one.questions, one.hit_at_3.value) for one in found.segments] == [("large", 22, 0.5)]
    assert measured("some", judged, np.array([0, 2] * 15), (0, 1), 5, 0).segments == ()


def test_intervals_hold_the_mean_and_repeat_with_the_seed() -> None:
    values = np.array([0.0, 1.0] * 50)
    found = figure(values, seed=3)
    assert found == figure(values, seed=3)
    assert found.low < found.value == 0.5 < found.high
    assert found.high - found.low == pytest.approx(2 * 1.96 * 0.05, rel=0.15)
    nothing = figure(np.zeros(0), seed=0)
    assert (nothing.value, nothing.low, nothing.high) == (0.0, 0.0, 0.0)
    always = figure(np.ones(9), seed=0)
    assert (always.value, always.low, always.high) == (1.0, 1.0, 1.0)


def test_intervals_hold_the_truth_nineteen_times_in_twenty() -> None:
    rng = np.random.default_rng(0)
    draws = [figure((rng.random(200) < 0.3).astype(np.float64), seed) for seed in range(200)]
    assert 0.90 <= np.mean([one.low <= 0.3 <= one.high for one in draws]) <= 0.99


def test_calibration_worked_by_hand() -> None:
    sure, right = np.array([0.9] * 10 + [0.6] * 5), np.array([True] * 9 + [False] + [True] * 3 + [False] * 2)
    assert len(sure) == BINS, "each question its own bin"
    assert calibration_error(sure, right) == pytest.approx((9 * 0.1 + 0.9 + 3 * 0.4 + 2 * 0.6) / 15)
    assert calibration_error(np.repeat([0.25, 0.75], 600), np.tile([True, False, False, False], 300)) == pytest.approx(
        0.25, abs=0.02
    )
    assert calibration_error(np.zeros(0), np.zeros(0, dtype=bool)) == 0.0


def test_whoever_is_as_sure_as_right_is_calibrated_and_a_braggart_is_not() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(0.0, 1.0, (30_000, 4))
    none = np.zeros(scores.shape, dtype=bool)
    wanted = np.argmax(scores + rng.gumbel(size=scores.shape), axis=1)
    honest, braggart = (judge(masked_probabilities(scores * by, none), none, wanted) for by in (1.0, 3.0))
    assert honest.ranks.tolist() == braggart.ranks.tolist()
    assert calibration_error(honest.confidence, honest.ranks == 1) < 0.015
    assert calibration_error(braggart.confidence, braggart.ranks == 1) > 0.15
