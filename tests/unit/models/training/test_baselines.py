"""What the model must beat, on cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from models.training.baselines import boosted_trees, co_occurrence, logistic, popularity
from models.training.samples import Samples

pytestmark = pytest.mark.req("W-05")


def samples(held: list[list[int]], wanted: list[int], weight: list[float] | None = None) -> Samples:
    """Customers of whom only the four products that they hold are known."""
    matrix = np.array(held, dtype=np.float32)
    return Samples(matrix, np.array(wanted, dtype=np.intp), np.array(weight or [1.0] * len(wanted)), matrix > 0)


TRAIN = samples(
    [[1, 0, 0, 0]] * 2 + [[0, 1, 0, 0]] * 3 + [[0, 0, 0, 0]] * 2,
    [2, 2, 3, 3, 0, 3, 3],
    [1.0, 1.0, 0.5, 0.5, 1.0, 1.0, 1.0],
)
ASKED = samples([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], [2, 3, 3])


def test_popularity_is_the_share_of_wants_whoever_asks() -> None:
    assert popularity(TRAIN, ASKED, 4).tolist() == [pytest.approx([1 / 6, 0.0, 2 / 6, 3 / 6])] * 3


def test_co_occurrence_follows_what_is_held() -> None:
    scores = co_occurrence(TRAIN, ASKED, 4)
    assert scores.argmax(axis=1).tolist() == [2, 3, 3], "of 1's owners one wanted 0, two halves 3: popularity decides"
    assert scores[0, 2] == pytest.approx(2 / 3, abs=1e-5)
    assert scores[2] == pytest.approx(1e-6 * popularity(TRAIN, ASKED, 4)[2]), "nobody held 2: popularity decides"


def test_learners_learn_and_give_nothing_to_what_they_have_not_seen() -> None:
    rng = np.random.default_rng(0)
    held = np.zeros((400, 4), dtype=int)
    held[np.arange(400), rng.integers(0, 2, 400)] = 1
    train = samples(held.tolist(), (held[:, 1] + 2).tolist())
    for scores in (logistic(train, ASKED, 4), boosted_trees(train, ASKED, 4, 0)):
        assert scores[:2].argmax(axis=1).tolist() == [2, 3]
        assert not scores[:, :2].any()
        np.testing.assert_allclose(scores.sum(axis=1), 1.0, atol=1e-6)


def test_where_only_one_product_was_wanted_there_is_nothing_to_learn() -> None:
    one = TRAIN.take(TRAIN.wanted == 3)
    for scores in (logistic(one, ASKED, 4), boosted_trees(one, ASKED, 4, 0)):
        assert scores.tolist() == [[0.0, 0.0, 0.0, 1.0]] * 3
