"""A projection: few directions, the ones that matter, and back to the row exactly."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from models.correction.contract import Matrix
from models.correction.errors import CorrectionError
from models.correction.projection import Projection, chosen, informative, joined, principal

RNG = np.random.default_rng(3)
ENCODED = RNG.normal(0.0, [3.0, 1.0, 0.3, 0.1], (500, 4)) + 2.0


def test_its_numbers_have_variance_one_and_the_first_is_constant() -> None:
    projection = principal(ENCODED, 3)
    z = np.array([projection.of(row) for row in ENCODED])
    assert projection.size == 3
    assert (z[:, 0] == 1.0).all()
    assert z[:, 1:].mean(axis=0) == pytest.approx([0.0, 0.0], abs=0.05)
    assert z[:, 1:].std(axis=0) == pytest.approx([1.0, 1.0], abs=0.05)
    assert np.abs(projection.directions[:, 0]).argmax() == 0, "the widest column comes first"


def test_the_informative_directions_are_those_that_move_the_scores() -> None:
    coefficient = np.zeros((4, 3))
    coefficient[2] = [4.0, -2.0, -2.0]
    projection = informative(ENCODED, coefficient, 5)
    assert projection.size == 2, "the scores differ along one direction only"
    assert np.flatnonzero(np.abs(projection.directions[:, 0]) > 1e-9).tolist() == [2]


def test_chosen_columns_are_seen_as_they_are() -> None:
    both = joined(chosen(ENCODED, (1,)), principal(ENCODED, 2))
    z = both.of(ENCODED[0])
    assert both.size == 3
    assert z[1] == pytest.approx((ENCODED[0, 1] - ENCODED[:, 1].mean()) / ENCODED[:, 1].std())


def test_weights_on_z_are_an_intercept_and_a_slope_on_the_row() -> None:
    projection = principal(ENCODED, 4)
    weights = RNG.normal(0.0, 1.0, (5, 4))
    intercept, slope = projection.spread(weights)
    row = ENCODED[7]
    np.testing.assert_allclose(intercept + row @ slope, weights @ projection.of(row), atol=1e-9)


@pytest.mark.req("W-16")
@pytest.mark.parametrize("of", [lambda rows: chosen(rows, (0,)), lambda rows: principal(rows, 2)])
def test_what_is_learned_of_few_customers_is_what_is_published_for_them(of: Callable[[Matrix], Projection]) -> None:
    rows = np.zeros((1000, 4))
    rows[:5, 0] = 1.0
    projection = of(rows)
    weights = np.array([[0.0, 1.0]])
    intercept, slope = projection.spread(weights)
    for row in rows[[0, 999]]:
        np.testing.assert_allclose(intercept + row @ slope, weights @ projection.of(row), atol=1e-9)


def test_equal_customers_give_equal_projections_and_other_ones_do_not() -> None:
    assert principal(ENCODED, 3).sha256() == principal(ENCODED.copy(), 3).sha256()
    assert principal(ENCODED, 3).sha256() != principal(ENCODED[:-1], 3).sha256()


def test_extreme_rows_stay_finite_and_wrong_ones_are_named() -> None:
    projection = principal(ENCODED, 3)
    for value in (np.nan, np.inf, -np.inf, 1e30):
        assert np.isfinite(projection.of(np.full(4, value))).all()
    with pytest.raises(CorrectionError, match="at least 2"):
        principal(ENCODED[:1], 3)
    with pytest.raises(CorrectionError, match="don't fit"):
        Projection(np.zeros(3), np.zeros((4, 2)))
    with pytest.raises(CorrectionError, match="not finite"):
        Projection(np.full(4, np.nan), np.zeros((4, 2)))
