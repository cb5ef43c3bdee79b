"""`usher models train | evaluate | show | split`: what they print, refuse and exit with."""

from __future__ import annotations

import msgspec
import pytest
from click.testing import CliRunner, Result

from models.__main__ import main
from models.card import ModelCard
from models.scorer import OnnxScorer, artefact_directory
from models.splits import split_of

pytestmark = pytest.mark.req("W-05")

RIVALS = ("popularity_", "cooccurrence_", "logistic_", "lightgbm_")
FIGURES = ("hit_at_3", "map_at_3", "ndcg_at_3", "hit_at_3_nondominant", "ece")


def usher(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture(scope="module")
def evaluated() -> dict[str, object]:
    """The shipped model on its held-out customers; the baselines learn from few, to be quick."""
    result = usher("evaluate", "--dataset", "simbank", "--samples", "300", "--json")
    assert result.exit_code == 0, result.output
    assert result.output.count("\n") == 1, "one object, nothing else"
    return msgspec.json.decode(result.output, type=dict[str, object])


def test_evaluating_prints_every_figure_beside_every_baselines(evaluated: dict[str, object]) -> None:
    for prefix in ("", *RIVALS):
        for figure in FIGURES:
            value = evaluated[prefix + figure]
            assert isinstance(value, float)
            assert 0.0 <= value <= 1.0
    assert {"version", "learned_from", "questions", "questions_nondominant", "coverage", "segments"} <= set(evaluated)
    assert evaluated["hit_at_3_interval"] != evaluated["hit_at_3_nondominant_interval"]


def test_the_shipped_models_figures_are_those_of_its_card(evaluated: dict[str, object]) -> None:
    card = OnnxScorer.load(artefact_directory("simbank")).card
    mine = card.held_out[0]
    assert evaluated["version"] == card.version
    assert (evaluated["hit_at_3"], evaluated["hit_at_3_nondominant"], evaluated["ece"]) == (
        mine.all.hit_at_3.value,
        mine.less_common.hit_at_3.value,
        mine.ece,
    )
    assert evaluated["questions"] == card.data.test_questions


def test_cards_are_shown() -> None:
    shown = usher("show")
    assert shown.exit_code == 0, shown.output
    for name in ("coil2000", "simbank"):
        card = OnnxScorer.load(artefact_directory(name)).card
        assert card.version in shown.output
        one = usher("show", name, "--json")
        assert msgspec.json.decode(one.output, type=ModelCard) == card
        assert usher("show", str(artefact_directory(name))).output in shown.output
    for word in ("popularity", "lightgbm", "ECE", "held out", "cross-validated", "int8", "temperature"):
        assert word in shown.output


def test_the_split_of_a_row_is_told() -> None:
    assert [usher("split", str(row)).output.strip() for row in range(9)] == [split_of(row) for row in range(9)]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["train"], "--out"),
        (["train", "--out", "x"], "either --dataset NAME or --spec FILE"),
        (["train", "--dataset", "nothing", "--out", "x"], "'nothing' is not one of 'coil2000', 'simbank'"),
        (["train", "--dataset", "simbank", "--out", "x", "--samples", "5"], "--samples"),
        (["train", "--dataset", "simbank", "--spec", __file__, "--out", "x"], "either --dataset NAME or --spec FILE"),
        (["train", "--spec", "nowhere.toml", "--out", "x"], "nowhere.toml"),
        (["evaluate"], "either --dataset NAME or --spec FILE"),
        (["evaluate", "--dataset", "simbank", "--spec", __file__], "either --dataset NAME or --spec FILE"),
        (["evaluate", "--dataset", "simbank", "--part", "all"], "--part goes with --spec"),
        (["evaluate", "--spec", __file__], "--spec needs --model"),
        (["evaluate", "--dataset", "simbank", "--seed", "-1"], "--seed"),
        (["split", "-1"], "-1"),
        (["split"], "ROW"),
        (["nothing"], "No such command 'nothing'"),
    ],
)
def test_wrong_use_exits_with_2_and_says_what_is_wanted(arguments: list[str], told: str) -> None:
    result = usher(*arguments)
    assert result.exit_code == 2, result.output
    assert told in result.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["show", "nowhere"], "Error: no artefact 'nowhere'; there are coil2000, simbank"),
        (["evaluate", "--dataset", "simbank", "--model", "nowhere"], "Error: no artefact 'nowhere'"),
        (
            ["evaluate", "--dataset", "simbank", "--data", "x.csv"],
            "Error: simbank is drawn, not read: leave --data out",
        ),
        (["train", "--dataset", "simbank", "--data", "x.csv", "--out", "x"], "Error: simbank is drawn, not read"),
        (
            ["train", "--dataset", "coil2000", "--data", "nowhere.csv", "--out", "x"],
            "Error: nowhere.csv: cannot be read",
        ),
    ],
)
def test_what_cannot_be_done_exits_with_1_and_says_why(arguments: list[str], told: str) -> None:
    result = usher(*arguments)
    assert result.exit_code == 1, result.output
    assert told in result.output
    assert "Traceback" not in result.output


def test_help_lists_every_part_without_loading_it() -> None:
    result = usher("--help")
    assert result.exit_code == 0
    assert all(command in result.output for command in ("train", "evaluate", "show", "split", "gate", "rollback"))
