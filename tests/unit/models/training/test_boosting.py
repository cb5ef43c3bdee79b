"""Boosted trees: read from LightGBM to the bit, explained as it explains them, taken only where they are worth it."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.features import FeatureSpace
from models.training.boosting import MOST_ROUNDS, boost_for, choose_rounds, most_rounds, trees_of
from models.training.linear import Floats, fit_linear, loss_of
from models.training.samples import Samples
from models.trees import DEPTH, LEAVES, SPLITS, TreeExplainer
from models.weights import RankingModel
from tests.unit.models.banks import bank, drawn, number

pytestmark = pytest.mark.req("W-05")

SPACE = FeatureSpace(bank([number(f"c{at}") for at in range(5)]))


def samples(rng: np.random.Generator, scores: Floats | None = None, count: int = 600) -> Samples:
    """Customers of the three-product bank, who want what the scores say, or anything."""
    matrix = rng.random((count, SPACE.size)).astype(np.float32)
    matrix[:, 1] = np.round(matrix[:, 1] * 3) / 3
    matrix[:, SPACE.holdings_start :] = 0.0
    wanted = drawn(np.zeros((count, 3)) if scores is None else scores, rng)
    return Samples(matrix, wanted.astype(np.intp), np.ones(count), np.zeros((count, 3), dtype=bool))


@given(seed=st.integers(0, 2**31), classes=st.integers(2, 4), leaves=st.integers(2, LEAVES), few=st.integers(1, 80))
@settings(max_examples=12, deadline=None)
def test_trees_say_and_explain_what_lightgbm_does(seed: int, classes: int, leaves: int, few: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.random((400, 4)).astype(np.float32)
    matrix[:, 1] = np.round(matrix[:, 1] * 2)
    labels = (matrix[:, 0] * matrix[:, 2] * classes * 0.999 + rng.random(400) * 0.5).astype(int) % classes
    weight = rng.uniform(0.2, 2.0, 400)
    parameters = {"objective": "multiclass", "num_class": classes, "max_depth": DEPTH, "num_leaves": leaves}
    parameters |= {"min_data_in_leaf": few, "num_threads": 1, "verbosity": -1, "seed": seed % 1000}
    data = lightgbm.Dataset(matrix, label=labels, weight=weight, init_score=np.zeros(400 * classes))
    booster = lightgbm.train(parameters, data, num_boost_round=6)
    rounds = booster.current_iteration()
    codes = [2 * at for at in range(classes)]
    trees = trees_of(booster, codes, rounds)
    rows = np.vstack([matrix[:50], rng.random((50, 4)).astype(np.float32)])
    raw = np.asarray(booster.predict(rows, raw_score=True)).reshape(100, classes)
    if trees is None:
        assert not raw.any()
        return
    assert set(trees.product.tolist()) <= set(codes)
    np.testing.assert_allclose(trees.scores(rows, 2 * classes)[:, codes], raw, atol=1e-6)
    shares = np.asarray(booster.predict(rows, pred_contrib=True)).reshape(100, classes, 5)
    explainer = TreeExplainer(trees)
    expected = trees.expected(2 * classes)
    for at, code in enumerate(codes):
        np.testing.assert_allclose(explainer.contributions(rows, code), shares[:, at, :4], atol=1e-5)
        np.testing.assert_allclose(expected[code], shares[0, at, 4], atol=1e-5)


def test_fewer_rounds_are_the_first_ones() -> None:
    rng = np.random.default_rng(0)
    fit = samples(rng)
    linear = fit_linear(fit, SPACE, 1.0)
    three, five = (boost_for(linear, fit, rounds, seed=1).trees for rounds in (3, 5))
    assert three is not None
    assert five is not None
    assert len(three) == 9
    assert five.value[:9].tobytes() == three.value.tobytes()
    assert boost_for(linear, fit, 0, seed=1) is linear
    again = boost_for(linear, fit, 3, seed=1).trees
    assert again is not None
    assert again.value.tobytes() == three.value.tobytes()
    assert (three.feature.shape, three.value.shape) == ((9, SPLITS), (9, LEAVES))


def _pairs(rng: np.random.Generator, interaction: float, plain: float) -> list[tuple[Samples, Samples]]:
    pairs = []
    for _ in range(2):
        matrix = rng.random((2400, SPACE.size)).astype(np.float32)
        matrix[:, SPACE.holdings_start :] = 0.0
        either = (matrix[:, 0] > 0.5) ^ (matrix[:, 2] > 0.5)
        scores = np.zeros((2400, 3))
        scores[:, 0] = interaction * either + plain * matrix[:, 3]
        scores[:, 1] = interaction * ~either - plain * matrix[:, 4]
        wanted = drawn(scores, rng).astype(np.intp)
        whole = Samples(matrix, wanted, np.ones(2400), np.zeros((2400, 3), dtype=bool))
        pairs.append((whole.take(np.arange(1600)), whole.take(np.arange(1600, 2400))))
    return pairs


def _chosen(pairs: list[tuple[Samples, Samples]]) -> tuple[float, float, int, list[RankingModel]]:
    linears = [fit_linear(fit, SPACE, 1.0) for fit, _ in pairs]
    rounds, loss, models = choose_rounds(linears, pairs, seed=0)
    return sum(loss_of(one, check) for one, (_, check) in zip(linears, pairs, strict=True)), loss, rounds, models


def test_trees_find_what_a_linear_model_cannot() -> None:
    alone, loss, rounds, models = _chosen(_pairs(np.random.default_rng(0), interaction=3.0, plain=0.0))
    assert rounds > 5
    assert loss < 0.8 * alone
    assert all(model.trees is not None and len(model.trees) == 3 * rounds for model in models)


def test_trees_find_little_where_all_is_linear() -> None:
    alone, loss, _, _ = _chosen(_pairs(np.random.default_rng(0), interaction=0.0, plain=2.0))
    assert loss > 0.995 * alone


def test_where_no_tree_can_be_grown_the_linear_model_stays() -> None:
    rng = np.random.default_rng(0)
    fit = samples(rng)
    one = fit.take(fit.wanted == 1)
    linear = fit_linear(one, SPACE, 1.0)
    rounds, loss, models = choose_rounds([linear], [(one, fit)], seed=0)
    assert (rounds, models) == (0, [linear])
    assert loss == loss_of(linear, fit)
    others = fit.take(fit.wanted != 1)
    linear = fit_linear(others, SPACE, 1.0)
    assert choose_rounds([linear], [(others, one)], seed=0)[0] == 0, "nothing that was learned is wanted by the checked"


def test_a_product_that_nobody_wanted_in_training_gets_no_tree() -> None:
    rng = np.random.default_rng(0)
    fit = samples(rng)
    some = fit.take(fit.wanted != 1)
    model = boost_for(fit_linear(some, SPACE, 1.0), some, 4, seed=0)
    assert model.trees is not None
    assert set(model.trees.product.tolist()) == {0, 2}


def test_as_many_rounds_as_the_file_holds() -> None:
    assert most_rounds(SPACE, 2) == MOST_ROUNDS
    assert 0 < most_rounds(SPACE, 60) < MOST_ROUNDS
    large = FeatureSpace(bank([number(f"c{at}") for at in range(6000)], [f"p{at}" for at in range(60)]))
    assert most_rounds(large, 60) == 0
