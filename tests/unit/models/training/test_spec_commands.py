"""`usher models draft | check | customers`, and the round trip of a bank's customers through the hub's own reader."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner, Result

from hub.customers import StoredCustomer
from models.__main__ import main
from models.features import FeatureSpace
from models.spec import load_spec
from models.training.tables import read_population
from tests.unit.models.training.bank_files import AS_OF, PRODUCTS, write_logs, write_rows, write_snapshots
from tests.unit.models.training.test_tables import rows_of


def run(*arguments: str | Path) -> Result:
    """The command in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.req("W-04")
def test_a_drafted_spec_of_snapshots_works_as_it_is(tmp_path: Path) -> None:
    write_snapshots(tmp_path)
    spec = tmp_path / "draft.toml"
    done = run("draft", tmp_path / "clientes.csv.gz", "--products", "ind_", "--out", spec)
    assert done.exit_code == 0, done.output
    found = load_spec(spec)
    assert (found.customers.key, found.customers.latest_by, found.customers.decimal) == ("ncodpers", "fecha_dato", ",")
    assert {entry.column: entry.kind for entry in found.profile}["renta"] == "number"
    assert 'column = "sexo"\nkind = "choice"    # 2 values; sensitive?' in spec.read_text(encoding="utf-8")
    own = read_population(tmp_path / "bank.toml")
    drafted = read_population(spec)
    assert np.array_equal(drafted.wanted, own.wanted)
    assert {c.code for c in own.catalogue.profile} <= {c.code for c in drafted.catalogue.profile}
    again = run("draft", tmp_path / "clientes.csv.gz", "--out", spec)
    assert again.exit_code == 1
    assert "--force replaces it" in again.output


def test_a_drafted_spec_of_logs_works_as_it_is(tmp_path: Path) -> None:
    write_logs(tmp_path)
    spec = tmp_path / "draft.toml"
    logs = [f"--event=pages={tmp_path / 'pages.csv'}", f"--event=trades={tmp_path / 'trades-1.tsv.gz'}"]
    done = run("draft", tmp_path / "people.csv", *logs, "--target", "bought", "--out", spec)
    assert done.exit_code == 0, done.output
    found = load_spec(spec)
    pages, trades = found.event
    assert (pages.key, pages.time, pages.kind, pages.amount) == ("id", "page_tm", "page_no", None)
    assert (trades.key, trades.time, trades.kind, trades.amount) == ("id", "when", "code2", "amt")
    assert found.customers.as_of == "2019-07-06"
    assert read_population(spec).catalogue.product_codes == ("fund", "loan", "nothing")


def test_what_cannot_be_drafted_is_said(tmp_path: Path) -> None:
    write_logs(tmp_path)
    people = tmp_path / "people.csv"
    assert "no column is or begins with has_" in run("draft", people, "--products", "has_").output
    assert "say NAME=FILE" in run("draft", people, "--event", "pages").output
    assert "there is no column 'x' (--target)" in run("draft", people, "--target", "x").output
    write_rows(tmp_path / "log.csv", ("id", "what"), [("U00001", "a"), ("U00002", "b")])
    assert "no column reads as a time" in run("draft", people, f"--event=log={tmp_path / 'log.csv'}").output


def test_check_says_what_was_understood(tmp_path: Path) -> None:
    spec = write_snapshots(tmp_path)
    shown = run("check", "--spec", spec)
    assert shown.exit_code == 0, shown.output
    assert "snapshots: 400 customers, 333 questions, 68 of them held out" in shown.output
    assert "warning: only 333 questions" in shown.output
    assert "has fewer than two values that 20 training customers have" in shown.output
    found = json.loads(run("check", "--spec", spec, "--json").output)
    columns = {column["code"]: column for column in found["columns"]}
    assert columns["renta"]["missing"] == pytest.approx(1 / 7, abs=0.03)
    assert [product["code"] for product in found["products"]][:2] == ["card", "loan"]
    assert sum(product["wanted"] for product in found["products"]) == found["questions"]


def test_check_names_the_fault(tmp_path: Path) -> None:
    spec = write_snapshots(tmp_path)
    spec.write_text(spec.read_text(encoding="utf-8").replace('decimal = ","', ""), encoding="utf-8")
    assert (
        'renta looks like numbers with decimal commas: say customers.decimal = ","'
        in run("check", "--spec", spec).output
    )
    spec.write_text("name = 3", encoding="utf-8")
    failed = run("check", "--spec", spec)
    assert failed.exit_code == 1
    assert "bank.toml: name = 3: Expected `str`, got `int`" in failed.output


def test_a_banks_customers_walk_into_the_hub_with_the_features_of_the_training(tmp_path: Path) -> None:
    spec = write_logs(tmp_path)
    out = tmp_path / "customers.jsonl"
    done = run("customers", "--spec", spec, "--out", out)
    assert done.exit_code == 0, done.output
    decoder = msgspec.json.Decoder(StoredCustomer)
    stored = [decoder.decode(line) for line in out.read_bytes().splitlines()]
    assert len(stored) == 300
    assert all(one.record.hidden_product is None for one in stored)
    learned = read_population(spec)
    space = FeatureSpace(learned.catalogue)
    raw = space.rows([one.record for one in stored], AS_OF).matrix
    asked = [at for at, one in enumerate(stored) if at in set(learned.customer.tolist())]
    assert raw[asked] == pytest.approx(learned.raw, rel=1e-5, abs=1e-4, nan_ok=True)
    few = run("customers", "--spec", spec, "--out", out, "--events", "2")
    assert few.exit_code == 0
    newest = [decoder.decode(line).record.events for line in out.read_bytes().splitlines()]
    assert max(map(len, newest)) == 4
    full = {one.record.ref: sorted(e.at for e in one.record.events if e.table == "pages") for one in stored}
    for line in out.read_bytes().splitlines():
        record = decoder.decode(line).record
        assert sorted(e.at for e in record.events if e.table == "pages") == full[record.ref][-2:]


def test_customers_of_snapshots_are_taken_once_with_all_that_they_hold(tmp_path: Path) -> None:
    spec = write_snapshots(tmp_path)
    text = spec.read_text(encoding="utf-8")
    spec.write_text(text.replace('latest_by = "fecha_dato"', 'latest_by = "fecha_dato"\nsnapshots = "all"'))
    out = tmp_path / "customers.jsonl"
    assert run("customers", "--spec", spec, "--out", out).exit_code == 0
    stored = [msgspec.json.decode(line, type=StoredCustomer).record for line in out.read_bytes().splitlines()]
    assert len({one.ref for one in stored}) == len(stored) == 400
    first = stored[0]
    assert first.segment in ("01 - TOP", "02 - PARTICULARES", "03 - UNIVERSITARIO")
    assert first.age is not None
    assert first.age_band.startswith(str(first.age // 10))
    held = {product for one in stored for product in one.holdings}
    assert held == {"card", "loan", "fund", "pension", "mortgage", "deposit"}
    assert {one.ref: one.holdings for one in stored}["10000"] == _held_in_march(tmp_path, "10000")


def _held_in_march(folder: Path, key: str) -> frozenset[str]:
    """What the file says that a customer holds in their latest row."""
    (row,) = [
        one
        for one in rows_of(folder / "clientes.csv.gz", ";")
        if one["ncodpers"] == key and one["fecha_dato"] == "2015-03-28"
    ]
    return frozenset(product for product in PRODUCTS if row[f"ind_{product}_ult1"] == "1")
