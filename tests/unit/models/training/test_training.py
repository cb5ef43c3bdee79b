"""Training: deterministic, true to the protocol, refused where it would not be honest."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from models.card import encode_card
from models.customers import CustomerRecord
from models.errors import TrainingError
from models.features import FeatureSpace
from models.scorer import OnnxScorer
from models.training.__main__ import main
from models.training.baselines import co_occurrence, popularity
from models.training.linear import LinearModel, fit_linear, masked_probabilities
from models.training.measure import figure, gain, ranking, ranks_of
from models.training.run import Trained, evaluate, train
from models.training.samples import hidden_samples, leave_one_out_samples
from models.training.sources import Source, open_source, simulated_source


@pytest.fixture(scope="module")
def source() -> Source:
    return simulated_source(seed=1, count=400)


@pytest.fixture(scope="module")
def trained(source: Source, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return train(source, tmp_path_factory.mktemp("scratch"), seed=0)


def test_the_same_data_and_seed_give_the_same_bytes(source: Source, trained: Trained, tmp_path: Path) -> None:
    again = train(source, tmp_path, seed=0)
    assert again.model == trained.model
    assert encode_card(again.card) == encode_card(trained.card)


def test_what_is_evaluated_later_is_what_the_card_says(source: Source, trained: Trained, tmp_path: Path) -> None:
    trained.save(tmp_path / "artefact")
    result = evaluate(OnnxScorer.load(tmp_path / "artefact"), source.part({0}), seed=0)
    assert result == next(row for row in trained.card.held_out if row.ranker == "usher")


def test_the_model_learns_what_the_simulator_does(trained: Trained) -> None:
    hits = {row.ranker: row.all.hit_at_3.value for row in trained.card.held_out}
    assert hits["usher"] > hits["popularity"]
    assert hits["simulator's truth"] >= hits["popularity"]


def test_held_out_customers_are_not_trained_on(source: Source, trained: Trained) -> None:
    data = trained.card.data
    assert data.train_customers + data.test_customers == data.customers == 400
    assert trained.card.learner.samples == data.train_customers
    assert not {r.ref for r in source.part({0})} & {r.ref for r in source.part({1, 2, 3, 4})}


def _record(hidden: str | None, *holdings: str) -> CustomerRecord:
    return CustomerRecord(
        ref="1",
        display_name="Customer 1",
        profile={},
        holdings=frozenset(holdings),
        hidden_product=hidden,
        segment="family",
        risk_rating=3,
        age=40,
        age_band="40–49",
    )


def test_leave_one_out_asks_of_every_holding_and_weighs_one_per_customer(source: Source) -> None:
    space = FeatureSpace(source.catalogue)
    codes = source.catalogue.product_codes
    records = [_record("mortgage", "credit_card", "car_loan"), _record(None, "credit_card")]
    samples = leave_one_out_samples(space, records)
    assert {codes[at] for at in samples.wanted} == {"mortgage", "credit_card", "car_loan"}
    assert samples.weight.sum() == pytest.approx(1.0)
    assert not samples.held[np.arange(3), samples.wanted].any(), "the wanted product must not be visible"
    assert samples.held.sum(axis=1).tolist() == [2, 2, 2]


def test_without_hidden_products_training_is_refused(source: Source) -> None:
    space = FeatureSpace(source.catalogue)
    with pytest.raises(TrainingError, match="no customer"):
        hidden_samples(space, [_record(None, "credit_card")])
    with pytest.raises(TrainingError, match="holdings that the catalogue lacks"):
        hidden_samples(space, [_record("mortgage", "yacht")])
    with pytest.raises(TrainingError, match="there are coil2000 and simbank"):
        open_source("nowhere", environ=os.environ)
    with pytest.raises(TrainingError, match="leave --path out"):
        open_source("simbank", Path("x"), environ=os.environ)


def test_scores_are_centred_and_unseen_products_come_last(source: Source) -> None:
    space = FeatureSpace(source.catalogue)
    products = len(source.catalogue.product)
    samples = hidden_samples(
        space, [_record("mortgage"), _record("car_loan", "mortgage"), _record("mortgage", "car_loan")]
    )
    model: LinearModel = fit_linear(samples, products, 1.0)
    scores = model.scores(samples.matrix)
    assert scores.sum(axis=1) == pytest.approx(0.0, abs=1e-2)
    assert len(model.unseen) == products - 2
    assert scores[:, list(model.unseen)].max() <= scores[:, samples.wanted].max()


def test_figures_are_right_on_a_case_worked_by_hand() -> None:
    scores = np.array([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0], [1.0, 1.0, 1.0]])
    barred = np.array([[False, False, False], [True, False, False], [False, False, False]])
    ranks = ranks_of(scores, barred, np.array([2, 2, 1]))
    assert ranks.tolist() == [3, 2, 2]
    result = ranking(np.array([1, 2, 4, 6]), seed=0)
    assert (result.hit_at_1.value, result.hit_at_3.value) == (0.25, 0.5)
    assert result.map_at_5.value == pytest.approx((1 + 0.5 + 0.25) / 4, abs=1e-4)
    assert result.ndcg_at_5.value == pytest.approx((1 + 1 / np.log2(3) + 1 / np.log2(5)) / 4, abs=1e-4)
    difference = gain("x", np.array([1, 1, 5]), np.array([5, 1, 1]), np.array([0, 1, 2]), (1,), seed=0)
    assert (difference.all.value, difference.less_common.value) == (0.0, 0.0)


def test_intervals_hold_the_mean_and_repeat_with_the_seed() -> None:
    values = np.array([0.0, 1.0] * 50)
    found = figure(values, seed=3)
    assert found == figure(values, seed=3)
    assert found.low < found.value == 0.5 < found.high
    assert found.high - found.low == pytest.approx(2 * 1.96 * 0.05, rel=0.15)


def test_baselines_on_a_case_worked_by_hand(source: Source) -> None:
    space = FeatureSpace(source.catalogue)
    codes = source.catalogue.product_codes
    fit = hidden_samples(
        space,
        [_record("mortgage", "car_loan"), _record("mortgage", "car_loan"), *[_record("credit_card", "bond_fund")] * 3],
    )
    asked = hidden_samples(space, [_record("mortgage", "car_loan")])
    assert codes[int(popularity(fit, asked, len(codes))[0].argmax())] == "credit_card"
    assert codes[int(co_occurrence(fit, asked, len(codes))[0].argmax())] == "mortgage"


def test_masked_probabilities_ignore_what_is_held() -> None:
    found = masked_probabilities(np.array([[1.0, 1.0, 9.0]]), np.array([[False, False, True]]))
    assert found.tolist() == [[0.5, 0.5, 0.0]]


def test_the_command_shows_cards_and_refuses_what_it_cannot_do(tmp_path: Path) -> None:
    runner = CliRunner()
    shown = runner.invoke(main, ["show"])
    assert shown.exit_code == 0, shown.output
    assert "coil2000-" in shown.output
    assert "popularity" in shown.output
    assert runner.invoke(main, ["show", "nowhere"]).exit_code == 1
    assert runner.invoke(main, ["evaluate", "--model", "simbank", "--data", "coil2000"]).exit_code == 1
    assert runner.invoke(main, ["train"]).exit_code == 2
    assert runner.invoke(main, ["split", "0"]).output.strip() in {"train", "test"}
    (tmp_path / "file").write_text("")
    help_text = runner.invoke(main, ["--help"]).output
    assert all(command in help_text for command in ("train", "evaluate", "show"))
