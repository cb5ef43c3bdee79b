"""`usher talk evaluate`: the shipped models on rows that they never learned from, by the command people run."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from models.datasets.location import data_folders
from models.errors import DatasetMissing
from models.talk.sets.banking77 import load_banking77, predict
from models.talk.sets.baselines import training_file
from models.talk.sets.commands import evaluate
from models.talk.sets.english import english_model
from models.talk.sets.holdout import ONE_IN, held_out
from models.talk.sets.nlupp import load_nlupp
from models.talk.sets.registry import SETS
from models.talk.sets.report import Report
from models.talk.sets.sgd_banks import Dialogue
from tests.unit.models.talk_sets.samples import SGD

pytestmark = pytest.mark.req("W-12")


def real(*parts: str) -> Path:
    path = training_file(*parts)
    if path is None:
        pytest.skip(f"no {'/'.join(parts)} in {data_folders()[0]}: set USHER_DATA to the folder that has the data sets")
    return path


def run(name: str, path: Path) -> str:
    result = CliRunner().invoke(evaluate, ["--set", name, "--data", str(path), "--json"])
    assert result.exit_code == 0, result.output
    return result.stdout


def measured(name: str, path: Path) -> Report:
    return msgspec.json.decode(run(name, path), type=Report)


def test_mams_validation_file_which_no_model_learns_from() -> None:
    report = measured("mams", real("mams", "en_mams_val.xml"))
    assert (report.n, report.seen_in_training) == (1332, 0)
    assert report.accuracy >= 0.78
    assert report.baselines["window"].accuracy is not None
    assert report.accuracy > report.baselines["window"].accuracy


def test_banking77_rows_of_the_training_file_are_counted_as_seen(tmp_path: Path) -> None:
    kept = [one for one in load_banking77(real("banking77")) if held_out("banking77", one.text)]
    path = tmp_path / "kept.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "category"), *((one.text, one.intent) for one in kept), ("lost", "x")])
    report = measured("banking77", path)
    assert (report.n, report.seen_in_training) == (len(kept) + 1, len(kept))


def test_banking77_rows_held_out_by_the_english_model_alone() -> None:
    kept = [one for one in load_banking77(real("banking77")) if held_out("banking77", one.text)]
    said = predict(english_model(), kept)
    assert sum(label == one.intent for label, one in zip(said, kept, strict=True)) >= 0.90 * len(kept)


def test_nlupp_rows_held_out(tmp_path: Path) -> None:
    kept = [one for one in load_nlupp(real("nlupp")) if held_out("nlupp", one.text)]
    path = tmp_path / "kept.json.gz"
    path.write_bytes(gzip.compress(msgspec.json.encode(kept)))
    report = measured("nlupp", path)
    assert (report.n, report.seen_in_training) == (len(kept), 0)
    assert report.micro_f1 is not None
    assert report.micro_f1 >= 0.85


def test_sgd_dialogues_held_out(tmp_path: Path) -> None:
    dialogues = [
        dialogue
        for file in sorted(real("sgd-banks").iterdir())
        for dialogue in msgspec.json.decode(gzip.decompress(file.read_bytes()), type=list[Dialogue])
        if held_out("sgd-banks", dialogue.dialogue_id)
    ]
    path = tmp_path / "kept.json"
    path.write_bytes(msgspec.json.encode(dialogues))
    report = measured("sgd-banks", path)
    assert report.n == 48
    assert report.macro_f1 >= 0.92
    assert report.others["every_turn_macro_f1"] >= 0.90


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(SGD)
    assert run("sgd-banks", path) == run("sgd-banks", path)


def test_people_get_sentences(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(SGD)
    result = CliRunner().invoke(evaluate, ["--set", "sgd-banks", "--data", str(path)])
    assert result.stdout.startswith(f"sgd-banks: 2 rows, model {english_model().card.name}\n  accuracy 1.000 [")
    assert "\n  every_turn_n 5.000\n" in result.stdout


def test_a_fault_is_said_in_one_line_and_exits_1(tmp_path: Path) -> None:
    result = CliRunner().invoke(evaluate, ["--set", "mams", "--data", str(tmp_path / "gone.xml"), "--json"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "gone.xml: no such file or folder; expected MAMS XML" in result.stderr
    assert CliRunner().invoke(evaluate, ["--set", "nothing", "--data", "x"]).exit_code == 2


def test_every_set_is_listed_and_has_its_evaluation(tmp_path: Path) -> None:
    assert list(SETS) == ["mams", "zh-absa", "sentineg", "sgd-banks", "banking77", "nlupp"]
    for one in SETS.values():
        with pytest.raises(DatasetMissing):
            one.evaluate(tmp_path / "gone.xml")


def test_the_card_tells_the_shipped_models_figures() -> None:
    card = english_model().card
    assert set(card.held_out) == {"mams", "banking77", "nlupp", "sgd-banks"} == {use.set for use in card.data}
    assert {use.set for use in card.data if use.held_out * 40 > use.rows} == set(card.held_out)
    assert all(one.baselines for one in card.held_out.values())
    assert json.loads(msgspec.json.encode(card.settings))["seed"] == card.seed


def test_held_out_rows_are_about_as_many_as_said_and_depend_on_the_key_alone() -> None:
    for name, one_in in ONE_IN.items():
        kept = [held_out(name, f"row {at}") for at in range(4000)]
        assert 0.7 < sum(kept) * one_in / 4000 < 1.3
        assert kept[:50] == [held_out(name, f"row {at}") for at in range(50)]
