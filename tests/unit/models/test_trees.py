"""Trees: their scores add up, their Shapley values are those that all coalitions give."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.features import FeatureSpace
from models.graph import to_onnx
from models.training.boosting import most_rounds
from models.trees import LEAVES, SPLITS, TreeExplainer, Trees
from tests.unit.models.banks import bank, number, shorten, some_model, some_trees

pytestmark = pytest.mark.req("W-05")

SPACE = FeatureSpace(bank([number(f"c{at}") for at in range(5)], [f"p{at}" for at in range(4)]))


def one_tree(**changes: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Trees:
    """Seven different splits at a half, leaves worth 0 to 7, ten customers each."""
    fields = {
        "feature": np.arange(SPLITS)[None],
        "threshold": np.full((1, SPLITS), 0.5),
        "value": np.arange(LEAVES, dtype=np.float64)[None],
        "cover": np.full((1, LEAVES), 10.0),
    } | changes
    return Trees(
        feature=fields["feature"].astype(np.int64),
        threshold=fields["threshold"].astype(np.float32),
        value=fields["value"].astype(np.float32),
        cover=fields["cover"].astype(np.float32),
        product=np.zeros(1, dtype=np.int64),
    )


def conditional(trees: Trees, tree: int, known: frozenset[int], row: list[float], at: int = 0) -> tuple[float, float]:
    """What a tree says on average, and of how many customers, if only these features are known (Lundberg 2018,
    algorithm 1)."""
    if at >= SPLITS:
        return float(trees.value[tree, at - SPLITS]), float(trees.cover[tree, at - SPLITS])
    left = conditional(trees, tree, known, row, 2 * at + 1)
    right = conditional(trees, tree, known, row, 2 * at + 2)
    cover = left[1] + right[1]
    feature = int(trees.feature[tree, at])
    if left[1] == 0.0 or right[1] == 0.0:
        return (right[0] if left[1] == 0.0 else left[0]), cover
    if feature in known:
        return (left[0] if row[feature] <= trees.threshold[tree, at] else right[0]), cover
    return (left[0] * left[1] + right[0] * right[1]) / cover, cover


def by_all_coalitions(trees: Trees, tree: int, row: list[float], feature: int) -> float:
    """The Shapley value by its definition."""
    others = sorted(set(trees.feature[tree].tolist()) - {feature})
    players = len(others) + 1
    share = 0.0
    for size in range(players):
        weight = factorial(size) * factorial(players - size - 1) / factorial(players)
        for some in combinations(others, size):
            known = frozenset(some)
            gain = conditional(trees, tree, known | {feature}, row)[0] - conditional(trees, tree, known, row)[0]
            share += weight * gain
    return share


def test_a_tree_worked_by_hand() -> None:
    trees = one_tree()
    assert trees.leaves(np.array([[0.5] * 7, [0.6] * 7, [0.6, 0, 0.5, 0, 0, 0.6, 0]], np.float32)).tolist() == [
        [0],
        [7],
        [5],
    ]
    assert trees.expected(2).tolist() == [3.5, 0.0]
    # Only the root is worth 4, each split under it 2, each below 1: half of that either way, the others' by chance.
    (shares,) = TreeExplainer(trees).contributions(np.ones((1, 7), dtype=np.float32), 0)
    assert shares.sum() == pytest.approx(3.5)
    assert shares[0] > shares[2] > shares[6] > 0.0
    assert shares[[0, 2, 6]].tolist() == pytest.approx([by_all_coalitions(trees, 0, [1.0] * 7, at) for at in (0, 2, 6)])


@given(st.integers(0, 2**32))
@settings(max_examples=12, deadline=None)
def test_shares_are_the_shapley_values_by_definition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    trees = some_trees(SPACE, rng, 6)
    rows = rng.random((2, SPACE.size)).astype(np.float32)
    explainer = TreeExplainer(trees)
    for product in range(4):
        shares = explainer.contributions(rows, product)
        places = np.flatnonzero(trees.product == product).tolist()
        for row, found in zip(rows.tolist(), shares.tolist(), strict=True):
            expected = np.zeros(SPACE.size)
            for tree in places:
                for feature in set(trees.feature[tree].tolist()):
                    expected[feature] += by_all_coalitions(trees, tree, row, feature)
            np.testing.assert_allclose(found, expected, atol=1e-5)


@given(st.integers(0, 2**32), st.integers(1, 40))
@settings(max_examples=15, deadline=None)
def test_shares_and_the_expected_score_sum_to_the_score(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    trees = some_trees(SPACE, rng, count)
    rows = rng.random((9, SPACE.size)).astype(np.float32)
    explainer = TreeExplainer(trees)
    scores, expected = trees.scores(rows, 5), trees.expected(5)
    for product in range(5):
        total = explainer.contributions(rows, product).sum(axis=1) + expected[product]
        np.testing.assert_allclose(total, scores[:, product], atol=1e-4)
    assert not scores[:, 4].any(), "no tree is about the last product"


def test_a_feature_that_a_tree_asks_twice_has_one_share() -> None:
    """0 at the root and below it: whoever is above .5 is surely above .2, so only four leaves can be reached."""
    trees = one_tree(
        feature=np.array([[0, 0, 1, 2, 2, 2, 2]]), threshold=np.array([[0.5, 0.2, 0.5, 0.5, 0.5, 0.5, 0.5]])
    )
    row = [0.3, 1.0, 0.0]
    (shares,) = TreeExplainer(trees).contributions(np.array([row], np.float32), 0)
    assert shares.tolist() == pytest.approx([by_all_coalitions(trees, 0, row, at) for at in range(3)], abs=1e-6)


@pytest.mark.parametrize("at", range(SPLITS))
def test_a_shorter_branch_counts_its_one_leaf(at: int) -> None:
    trees = one_tree()
    shorten(trees.feature, trees.threshold, trees.value, trees.cover, 0, at)
    rng = np.random.default_rng(at)
    rows = rng.random((6, SPLITS)).astype(np.float32)
    shares = TreeExplainer(trees).contributions(rows, 0)
    np.testing.assert_allclose(shares.sum(axis=1) + trees.expected(1), trees.scores(rows, 1)[:, 0], atol=1e-5)
    gone = [node for node in range(SPLITS) if not np.isfinite(trees.threshold[0, node])]
    asked = {int(trees.feature[0, node]) for node in range(SPLITS) if node not in gone}
    assert not shares[:, sorted(set(range(SPLITS)) - asked)].any(), "what is not asked for has no share"


def test_no_customers_have_no_shares() -> None:
    trees = one_tree()
    nobody = np.zeros((0, 7), dtype=np.float32)
    assert TreeExplainer(trees).contributions(nobody, 0).shape == (0, 7)
    assert trees.scores(nobody, 3).shape == (0, 3)


@pytest.mark.parametrize(("columns", "products"), [(0, 2), (40, 21), (300, 60), (1500, 30)])
def test_the_most_trees_that_training_may_grow_keep_the_file_below_a_megabyte(columns: int, products: int) -> None:
    space = FeatureSpace(bank([number(f"c{at}") for at in range(columns)], [f"p{at}" for at in range(products)]))
    rng = np.random.default_rng(0)
    linear = some_model(space, rng)
    count = products * most_rounds(space, products)
    trees = Trees(
        feature=rng.integers(0, space.size, (count, SPLITS)),
        threshold=rng.random((count, SPLITS)).astype(np.float32),
        value=rng.random((count, LEAVES)).astype(np.float32),
        cover=np.ones((count, LEAVES), dtype=np.float32),
        product=rng.integers(0, products, count),
    )
    assert count > 500
    assert len(to_onnx(replace(linear, trees=trees))) < 1_000_000
