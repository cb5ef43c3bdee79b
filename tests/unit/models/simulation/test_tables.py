"""The simulated bank as another bank's files."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from models.errors import ModelsError
from models.simulation import AS_OF, SimulatedBank
from models.simulation.commands import simulate
from models.simulation.habits import APP, MONEY
from models.simulation.tables import APP_EVENTS, CUSTOMERS, HEADERS, HOLDINGS, SPEC, TARGETS, TRANSACTIONS, write_tables
from models.spec.parse import load_spec

COUNT = 300


def rows(path: Path) -> list[dict[str, str]]:
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("ascii")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bank")
    write_tables(SimulatedBank(12), COUNT, folder)
    return folder


def test_the_same_seed_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    again, other = tmp_path / "again", tmp_path / "other"
    write_tables(SimulatedBank(12), COUNT, again)
    write_tables(SimulatedBank(13), COUNT, other)
    for name in (*HEADERS, SPEC):
        content = (folder / name).read_bytes()
        assert (again / name).read_bytes() == content
        assert (other / name).read_bytes() != content


def test_more_customers_begin_with_the_same_ones(folder: Path, tmp_path: Path) -> None:
    write_tables(SimulatedBank(12), 30, tmp_path)
    for name in HEADERS:
        few = rows(tmp_path / name)
        assert few == rows(folder / name)[: len(few)]


def test_the_tables_say_what_the_records_say(folder: Path) -> None:
    """Customer, holdings, target and events of the tables are those of `SimulatedBank.customer`."""
    bank = SimulatedBank(12)
    held: dict[str, set[str]] = {}
    for row in rows(folder / HOLDINGS):
        held.setdefault(row["customer_id"], set()).add(row["product"])
        assert row["opened"] < AS_OF.date().isoformat()
    target = {row["customer_id"]: row["product"] for row in rows(folder / TARGETS)}
    seen = {APP: Counter[tuple[str, str, str]](), MONEY: Counter[tuple[str, str, str]]()}
    for table, name, kind in ((APP, APP_EVENTS, "page"), (MONEY, TRANSACTIONS, "kind")):
        for row in rows(folder / name):
            seen[table][row["customer_id"], row["time"], row[kind]] += 1
    customers = rows(folder / CUSTOMERS)
    assert len(customers) == COUNT
    for number, row in enumerate(customers):
        record = bank.customer(number)
        one = row["customer_id"]
        assert (row["segment"], int(row["children"])) == (record.segment, record.profile["children"])
        assert held.get(one, set()) == record.holdings
        assert target.get(one) == record.hidden_product
        for event in record.events:
            seen[event.table][one, event.at.strftime("%Y-%m-%dT%H:%M:%SZ"), event.kind] -= 1
    assert not any(counter for table in seen.values() for counter in table.values())


def test_birth_dates_give_the_ages(folder: Path) -> None:
    bank = SimulatedBank(12)
    for number, row in enumerate(rows(folder / CUSTOMERS)):
        year, month, day = map(int, row["birth_date"].split("-"))
        birthday_to_come = (AS_OF.month, AS_OF.day) < (month, day)
        assert AS_OF.year - year - birthday_to_come == bank.customer(number).age
        assert row["birth_date"] < row["joined"] <= AS_OF.date().isoformat()


def test_some_cells_are_empty_and_most_are_not(folder: Path) -> None:
    customers = rows(folder / CUSTOMERS)
    for column, least, most in (("monthly_income", 0.02, 0.2), ("assets", 0.05, 0.3), ("home_owner", 0.01, 0.15)):
        assert least < sum(not row[column] for row in customers) / COUNT < most
    assert all(row["birth_date"] and row["segment"] and row["risk_rating"] for row in customers)


def test_it_never_writes_over_files(folder: Path) -> None:
    with pytest.raises(ModelsError, match=r"customers\.csv.* already"):
        write_tables(SimulatedBank(1), 5, folder)
    with pytest.raises(ModelsError, match="at least one"):
        write_tables(SimulatedBank(1), 0, folder / "new")


def test_the_command_writes_and_counts(tmp_path: Path) -> None:
    run = CliRunner().invoke(
        simulate, ["--customers", "20", "--out", str(tmp_path / "b"), "--seed", "4", "--weeks", "2", "--json"]
    )
    assert run.exit_code == 0, run.output
    told = json.loads(run.output)
    assert told["customers"] == 20
    assert {name: len(rows(tmp_path / "b" / name)) for name in HEADERS} == told["rows"]
    again = CliRunner().invoke(simulate, ["--customers", "20", "--out", str(tmp_path / "b")])
    assert again.exit_code == 1
    assert "already" in again.output


def test_the_spec_describes_the_files_and_the_whole_catalogue(folder: Path) -> None:
    spec = load_spec(folder / SPEC)
    catalogue = SimulatedBank(12).catalogue
    assert spec.customers.files == (CUSTOMERS,)
    assert [table.files for table in spec.event] == [(APP_EVENTS,), (TRANSACTIONS,)]
    told = [(one.code, one.category, one.risk_rating, one.min_age, one.max_age, one.segments) for one in spec.product]
    meant = [
        (one.code, one.category, one.risk_rating, one.min_age, one.max_age, one.segments) for one in catalogue.product
    ]
    assert told == meant
    assert [one.requires for one in spec.product] == [one.requires for one in catalogue.product]
    assert [one.code for one in spec.category] == [one.code for one in catalogue.category]
    for file, columns in (
        (CUSTOMERS, (spec.customers.key, spec.facts.age, spec.facts.segment, spec.facts.risk_rating)),
        (APP_EVENTS, (spec.event[0].key, spec.event[0].time, spec.event[0].kind, spec.event[0].amount)),
        (TRANSACTIONS, (spec.event[1].key, spec.event[1].time, spec.event[1].kind, spec.event[1].amount)),
    ):
        assert set(columns) <= set(HEADERS[file].split(","))
