"""`usher talk`: a talk from a text, with its times and speakers, and what the wrist would make of it."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from contracts.fields import Language
from contracts.visits import Speaker
from device_agent.errors import ReplayError
from device_agent.replay.__main__ import main
from device_agent.replay.prior import FLAT, prior_of, read_any_catalogue
from device_agent.replay.script import segments_in
from models.catalogue import encode_catalogue
from models.catalogues import load_catalogue
from models.datasets.location import project_root

pytestmark = pytest.mark.req("W-12")


def test_a_text_has_times_and_speakers_in_any_language() -> None:
    text = "# a talk\n\n[0:05] advisor: Good morning\n客户: 不要基金\n[01:10] 고객： 예금이요\nfine\n"
    found = list(segments_in(text, Language.EN, origin="talk.txt"))
    assert [(one.index, one.at_ms, one.speaker, one.text) for one in found] == [
        (0, 5_000, Speaker.ADVISOR, "Good morning"),
        (1, 9_000, Speaker.CUSTOMER, "不要基金"),
        (2, 70_000, Speaker.CUSTOMER, "예금이요"),
        (3, 74_000, Speaker.UNKNOWN, "fine"),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[2:00] one\n[1:00] two", r"line 2: \[1:00\] is before"),
        ("advisor:", "line 1: 0 characters"),
        ("x" * 2001, "2001"),
    ],
)
def test_a_line_that_is_of_no_use_is_named(text: str, why: str) -> None:
    with pytest.raises(ReplayError, match=why):
        list(segments_in(text, Language.EN, origin="talk.txt"))


def test_a_catalogue_is_a_name_or_a_file_and_the_prior_is_the_models_where_there_is_one(tmp_path: Path) -> None:
    simbank = load_catalogue("simbank")
    assert read_any_catalogue("simbank") == simbank
    path = tmp_path / "bank.json"
    path.write_bytes(encode_catalogue(simbank))
    assert read_any_catalogue(str(path)) == simbank
    ranked = prior_of(simbank)
    assert len({one.probability for one in ranked}) > 3
    assert {one.code for one in ranked} == set(simbank.product_codes), "a talk can be of anything that is sold"
    other = prior_of(msgspec.structs.replace(simbank, name="nobody"))
    assert {one.probability for one in other} == {FLAT}
    for named in ("no-such-bank", str(tmp_path / "none.json"), str(tmp_path / "none.toml")):
        with pytest.raises(ReplayError, match="--catalogue"):
            read_any_catalogue(named)


def test_the_example_of_the_readme_moves_what_it_speaks_of(tmp_path: Path) -> None:
    readme = (project_root() / "README.md").read_text(encoding="utf-8")
    said = readme.partition("printf '")[2].partition("' > talk.txt")[0]
    talk = tmp_path / "talk.txt"
    talk.write_text(said.replace(r"\n", "\n"), encoding="utf-8")
    done = CliRunner().invoke(main, [str(talk), "--json"])
    assert done.exit_code == 0, done.output
    first, flat, funds = map(json.loads, done.output.splitlines())
    assert [one["code"] for one in first["plan"]] != [one["code"] for one in funds["plan"]]
    assert {one["kind"] for one in flat["signals"]} == {"need"}
    assert "bond_fund" in [one["code"] for one in funds["plan"]]
    assert not {"equity_fund", "balanced_fund", "money_fund"} & {one["code"] for one in funds["plan"]}
    assert [one["why"] for one in funds["moves"] if one["code"] == "bond_fund"]


def test_the_seed_example_as_json(tmp_path: Path) -> None:
    talk = tmp_path / "talk.txt"
    talk.write_text("不要活期账户\n我对保险感兴趣\n", encoding="utf-8")
    done = CliRunner().invoke(main, [str(talk), "--lang", "zh", "--json"])
    assert done.exit_code == 0, done.output
    first, refused, liked = map(json.loads, done.output.splitlines())
    shown = [one["code"] for one in first["plan"]]
    assert shown[0] == "current_account"
    assert [(one["kind"], one["subject"], one["counts"]) for one in refused["signals"]] == [
        ("refusal", "current_account", True)
    ]
    assert "current_account" not in [one["code"] for one in refused["plan"]]
    assert {"travel_insurance", "life_insurance", "home_insurance"} & {one["code"] for one in liked["plan"]}
    assert any(move["why"] == "想要保险" for move in liked["moves"])


def test_a_replay_for_people_and_its_errors(tmp_path: Path) -> None:
    talk = tmp_path / "talk.txt"
    talk.write_text("advisor: A card?\ncustomer: I don't want a credit card.\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["replay", str(talk)])
    assert done.exit_code == 0
    assert "refusal: Credit card" in done.output
    assert "00:08.0  customer: I don't want a credit card." in done.output
    for name in ("none.txt", "none.wav"):
        missing = CliRunner().invoke(main, [str(tmp_path / name)])
        assert missing.exit_code == 1
        assert missing.output.startswith("Error: "), "and no plan before it"
        assert name in missing.output
    talk.write_bytes(b"hello\ncaf\xe9\n")
    latin = CliRunner().invoke(main, [str(talk)])
    assert "talk.txt, line 2: is not UTF-8 at byte 9; save it as UTF-8" in latin.output
