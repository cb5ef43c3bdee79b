"""The real data set and the artefact trained on it: golden figures, the protocol end to end."""

from __future__ import annotations

import os

import pytest

from models.datasets import Coil2000, dataset_entry, find_dataset, load_coil2000
from models.datasets.location import verify_dataset
from models.errors import DatasetMissing
from models.population import open_customers
from models.scorer import OnnxScorer, artefact_directory
from models.splits import fold_of, split_of
from models.training.run import evaluate

pytestmark = pytest.mark.req("W-05")


@pytest.fixture(scope="module")
def data() -> Coil2000:
    entry = dataset_entry("coil2000")
    try:
        path = find_dataset(entry)
    except DatasetMissing as error:
        pytest.skip(str(error))
    verify_dataset(entry, path)
    return load_coil2000(path)


@pytest.fixture(scope="module")
def scorer() -> OnnxScorer:
    return OnnxScorer.load(artefact_directory("coil2000"))


def test_the_set_is_the_one_the_card_names(data: Coil2000, scorer: OnnxScorer) -> None:
    assert len(data.records) == 4696
    assert data.sha256 == scorer.card.data.sha256 == dataset_entry("coil2000").sha256
    assert data.rows == dataset_entry("coil2000").rows()
    assert (len(data.select("train")), len(data.select("test"))) == (
        scorer.card.data.train_customers,
        scorer.card.data.test_customers,
    )


def test_features_onnx_and_policy_reproduce_the_cards_figures(data: Coil2000, scorer: OnnxScorer) -> None:
    found = evaluate(scorer, list(data.select("test")), seed=0)
    carded = next(row for row in scorer.card.held_out if row.ranker == "usher")
    assert found.all.hit_at_3.value == pytest.approx(carded.all.hit_at_3.value, abs=0.005)
    assert found.less_common.hit_at_3.value == pytest.approx(carded.less_common.hit_at_3.value, abs=0.01)


def test_golden_figures(scorer: OnnxScorer) -> None:
    """What the first model reached when it was made; a retrained one must not fall below."""
    held_out = {row.ranker: row for row in scorer.card.held_out}
    crossed = {row.ranker: row for row in scorer.card.cross_validated}
    assert held_out["usher"].all.hit_at_3.value >= 0.92
    assert held_out["usher"].less_common.hit_at_3.value >= 0.77
    for figures in (held_out, crossed):
        assert figures["usher"].all.hit_at_3.value > figures["popularity"].all.hit_at_3.value
        assert figures["usher"].less_common.hit_at_3.value > figures["co-occurrence"].less_common.hit_at_3.value
    (over_popularity,) = [gain for gain in scorer.card.gains if gain.over == "popularity"]
    assert over_popularity.all.low > 0.0, "better than popularity beyond chance"


def test_a_run_draws_only_customers_that_the_model_never_saw(data: Coil2000) -> None:
    customers = open_customers("coil2000", environ=os.environ)
    rows = [int(record.ref.rsplit("-", 1)[1]) for record in customers]
    assert (customers.data, len(customers)) == ("coil2000", len(data.select("test")))
    assert all(split_of(row) == "test" and fold_of(row) == 0 for row in rows)
    assert all(record.hidden_product is not None for record in customers)


def test_only_customers_with_a_hidden_product_are_measured(data: Coil2000, scorer: OnnxScorer) -> None:
    everyone = list(data.select("test", with_hidden=False))
    assert evaluate(scorer, everyone, seed=0) == evaluate(scorer, list(data.select("test")), seed=0)
