"""The real data set and the artefact trained on it: golden figures, the protocol end to end."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner, Result

from models.__main__ import main
from models.card import ModelCard
from models.datasets import Coil2000, dataset_entry, find_dataset, load_coil2000
from models.datasets.location import verify_dataset
from models.errors import DatasetMissing
from models.features import FeatureSpace, Rows
from models.policy import CustomerFacts, Policy
from models.population import open_customers
from models.scorer import OnnxScorer, artefact_directory
from models.simulation import AS_OF
from models.splits import fold_of, split_of
from models.training.population import HELD_OUT, Population
from models.training.samples import barred
from models.training.sources import open_dataset

pytestmark = pytest.mark.req("W-05")

RIVALS = ("popularity", "cooccurrence", "logistic", "lightgbm")
FIGURES = ("hit_at_3", "map_at_3", "ndcg_at_3", "hit_at_3_nondominant", "ece")


@pytest.fixture(scope="module")
def file() -> Path:
    try:
        path = find_dataset(dataset_entry("coil2000"))
    except DatasetMissing as error:
        pytest.skip(str(error))
    verify_dataset(dataset_entry("coil2000"), path)
    return path


@pytest.fixture(scope="module")
def data(file: Path) -> Coil2000:
    return load_coil2000(file)


@pytest.fixture(scope="module")
def questions(file: Path) -> Population:
    return open_dataset("coil2000", file, environ=os.environ)


@pytest.fixture(scope="module")
def scorer() -> OnnxScorer:
    return OnnxScorer.load(artefact_directory("coil2000"))


def usher(*arguments: str) -> Result:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture(scope="module")
def evaluated(file: Path) -> dict[str, object]:
    return msgspec.json.decode(usher("evaluate", "--dataset", "coil2000", "--json").output, type=dict[str, object])


def test_the_set_is_the_one_the_card_names(data: Coil2000, questions: Population, scorer: OnnxScorer) -> None:
    assert len(data.records) == 4696
    assert data.sha256 == scorer.card.data.sha256 == dataset_entry("coil2000").sha256
    assert data.rows == dataset_entry("coil2000").rows()
    said = scorer.card.data
    assert (len(data.select("train")), len(data.select("test"))) == (said.train_questions, said.test_questions)
    assert len(questions) == said.questions == 2287
    assert questions.left_out == {"without a hidden product": 4696 - 2287}


def test_the_questions_are_the_protocols(data: Coil2000, questions: Population) -> None:
    """Held out by row number, the hidden product invisible, and nothing barred by a rule."""
    codes = questions.catalogue.product_codes
    asking = [record for record in data.records if record.hidden_product is not None]
    assert [codes[at] for at in questions.wanted.tolist()] == [record.hidden_product for record in asking]
    rows = [row for row, record in zip(data.rows, data.records, strict=True) if record.hidden_product is not None]
    assert questions.fold.tolist() == [fold_of(row) for row in rows]
    space = FeatureSpace(questions.catalogue)
    held = space.held(questions.raw)
    assert not held[np.arange(len(questions)), questions.wanted].any()
    shut = barred(questions, np.arange(len(questions)), held)
    policy = Policy(questions.catalogue)
    for at in range(0, len(asking), 40):
        facts = CustomerFacts(holdings=asking[at].holdings, risk_rating=1, segment=asking[at].segment)
        kept, _ = policy.sift(facts, [0.5] * len(codes), AS_OF)
        assert np.flatnonzero(~shut[at]).tolist() == sorted(kept)


@pytest.mark.req("W-04")
def test_what_is_missing_or_out_of_range_is_nothing_in_this_set(questions: Population, scorer: OnnxScorer) -> None:
    space = FeatureSpace(questions.catalogue)
    assert space.hash == scorer.feature_hash
    counts = space.count(Rows(questions.raw, {}))
    assert (counts.missing, counts.out_of_range) == ({}, {})
    spoiled = questions.raw.copy()
    spoiled[0, 0], spoiled[1, 0] = np.nan, 1e9
    counts = space.count(Rows(spoiled, {}))
    assert (counts.missing, counts.out_of_range) == ({space.columns[0]: 1}, {space.columns[0]: 1})


def test_evaluating_again_gives_the_cards_figures(evaluated: dict[str, object], scorer: OnnxScorer) -> None:
    for row in scorer.card.held_out:
        prefix = "" if row.ranker == "usher" else f"{row.ranker}_"
        found = [evaluated[prefix + figure] for figure in FIGURES]
        carded = [
            row.all.hit_at_3.value,
            row.all.map_at_3.value,
            row.all.ndcg_at_3.value,
            row.less_common.hit_at_3.value,
            row.ece,
        ]
        assert found == pytest.approx(carded, abs=0.01 if prefix else 0.005), row.ranker


def test_golden_figures(scorer: OnnxScorer) -> None:
    """What the model reached when it was made; a retrained one must not fall below."""
    for rows in (scorer.card.held_out, scorer.card.cross_validated):
        found = {row.ranker: row for row in rows}
        assert tuple(found) == ("usher", *RIVALS)
        mine = found["usher"]
        assert mine.all.hit_at_3.value >= 0.925
        assert mine.less_common.hit_at_3.value >= 0.79
        assert mine.ece <= 0.06
        for name in RIVALS:
            assert mine.all.hit_at_3.value >= found[name].all.hit_at_3.value
            assert mine.less_common.hit_at_3.value >= found[name].less_common.hit_at_3.value
    (over_popularity,) = [gain for gain in scorer.card.gains if gain.over == "popularity"]
    assert over_popularity.all.low > 0.0, "better than popularity beyond chance"


def test_a_run_draws_only_customers_that_the_model_never_saw(data: Coil2000) -> None:
    customers = open_customers("coil2000", environ=os.environ)
    rows = [int(record.ref.rsplit("-", 1)[1]) for record in customers]
    assert (customers.data, len(customers)) == ("coil2000", len(data.select("test")))
    assert all(split_of(row) == "test" and fold_of(row) == HELD_OUT for row in rows)
    assert all(record.hidden_product is not None for record in customers)


def test_a_model_of_few_samples_is_trained_shown_and_measured(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    printed = usher("train", "--dataset", "coil2000", "--out", str(folder), "--samples", "100", "--json").output
    card = msgspec.json.decode(printed, type=ModelCard)
    assert card == OnnxScorer.load(folder).card
    assert card.learner.samples == 100
    assert card.version in usher("show", str(folder)).output
    arguments = ("evaluate", "--dataset", "coil2000", "--model", str(folder), "--samples", "100")
    again = msgspec.json.decode(usher(*arguments, "--json").output, type=dict[str, object])
    assert again["hit_at_3"] == card.held_out[0].all.hit_at_3.value


def test_other_rows_are_measured_with_what_is_learned_from_all_of_the_set(file: Path, tmp_path: Path) -> None:
    lines = file.read_text().splitlines(keepends=True)
    other = tmp_path / "other.csv"
    other.write_text("".join(lines[:400]))
    arguments = ("evaluate", "--dataset", "coil2000", "--data", str(other), "--samples", "100", "--json")
    found = msgspec.json.decode(usher(*arguments).output, type=dict[str, object])
    asking = sum(record.hidden_product is not None for record in load_coil2000(other).records)
    assert (found["questions"], found["learned_from"]) == (asking, 2287)
    assert {prefix + figure for prefix in ("", *(f"{name}_" for name in RIVALS)) for figure in FIGURES} <= set(found)
