"""Tables in shapes that Usher has never seen → questions."""

from __future__ import annotations

import csv
import gzip
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from models.columns import ChoiceColumn, NumberColumn
from models.errors import TrainingError
from models.features import FeatureSpace, Rows
from models.spec import SpecError, TableError
from models.training.population import Population
from models.training.tables import read_population
from tests.unit.models.training.bank_files import PRODUCTS, write_logs, write_rows, write_snapshots

SMALL = """
name = "small"
[customers]
file = "c.csv"
key = "id"
[products]
prefix = "has_"
"""


def rows_of(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    """The rows of a delimited file, read by Python's own means."""
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    return [
        {key: value.strip() for key, value in row.items()}
        for row in csv.DictReader(text.splitlines(), delimiter=delimiter)
    ]


def small_bank(folder: Path, people: int = 200, extra: str = "") -> Path:
    """One file, a key, a number, a text and three products."""
    draw = np.random.default_rng(1)
    held = draw.random((people, 3)) < 0.6
    rows: list[tuple[object, ...]] = [
        (f"k{at}", at % 37, "abc"[at % 3], *(int(one) for one in held[at])) for at in range(people)
    ]
    write_rows(folder / "c.csv", ("id", "age", "grade", "has_x", "has_y", "has_z"), rows)
    spec = folder / "bank.toml"
    spec.write_text(SMALL + extra, encoding="utf-8")
    return spec


def column(population: Population, code: str) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """A column of the raw rows."""
    return population.raw[:, FeatureSpace(population.catalogue).raw_names.index(code)]


@pytest.mark.req("W-04")
def test_the_latest_snapshot_is_kept_and_one_product_hidden_as_the_protocol_says(tmp_path: Path) -> None:
    spec = write_snapshots(tmp_path)
    population = read_population(spec)
    latest: dict[str, dict[str, str]] = {}
    for row in rows_of(tmp_path / "clientes.csv.gz", ";"):
        latest[row["ncodpers"]] = row
    expected = []
    for key, row in latest.items():
        held = [at for at, product in enumerate(PRODUCTS) if row[f"ind_{product}_ult1"] == "1"]
        if len(held) >= 2:
            hidden = held[int(hashlib.sha256(f"hide{key}".encode()).hexdigest(), 16) % len(held)]
            fold = int(hashlib.sha256(f"split{key}".encode()).hexdigest(), 16) % 5
            expected.append((hidden, fold, sorted(set(held) - {hidden}), int(row["age"]), row["segmento"]))
    space = FeatureSpace(population.catalogue)
    got = [
        (
            int(population.wanted[at]),
            int(population.fold[at]),
            np.flatnonzero(population.raw[at, space.products_start :]).tolist(),
            int(population.age[at]),
            str(population.segment[at]),
        )
        for at in range(len(population))
    ]
    assert got == expected
    assert population.left_out == {"hold fewer than 2 products": len(latest) - len(expected)}
    assert population.leave_one_out


def test_messy_columns_are_understood(tmp_path: Path) -> None:
    population = read_population(write_snapshots(tmp_path))
    columns = {column.code: column for column in population.catalogue.profile}
    income = columns["renta"]
    assert isinstance(income, NumberColumn)
    assert income.missing_flag
    assert 10_000 < income.default < 200_000
    assert np.isnan(column(population, "renta")).mean() == pytest.approx(1 / 7, abs=0.03)
    joined = columns["fecha_alta_days"]
    assert isinstance(joined, NumberColumn)
    assert 0 < joined.low < joined.high < 5200
    segment = columns["segmento"]
    assert isinstance(segment, ChoiceColumn)
    assert {choice.text for choice in segment.choices} == {"01 - TOP", "02 - PARTICULARES", "03 - UNIVERSITARIO"}
    assert "pais" not in columns  # all but one value are rare
    codes = columns["indrel"]
    assert isinstance(codes, ChoiceColumn)
    assert {choice.text for choice in codes.choices} == {"1", "P"}


def test_nothing_is_learned_from_the_held_out_customers(tmp_path: Path) -> None:
    spec = small_bank(tmp_path)
    before = read_population(spec).catalogue
    rows = rows_of(tmp_path / "c.csv")
    for row in rows:
        if int(hashlib.sha256(f"split{row['id']}".encode()).hexdigest(), 16) % 5 == 0:
            row["age"], row["grade"] = "99999", "new"
    write_rows(tmp_path / "c.csv", tuple(rows[0]), [tuple(row.values()) for row in rows])
    after = read_population(spec)
    assert after.catalogue == before
    space = FeatureSpace(after.catalogue)
    counts = space.count(Rows(after.raw[after.fold == 0], {}))
    held_out = int((after.fold == 0).sum())
    assert counts.out_of_range == {"age": held_out, "grade": held_out}
    assert space.count(Rows(after.raw[after.fold != 0], {})).out_of_range == {}


@pytest.mark.parametrize("bank", ["snapshots", "logs", "small"])
def test_a_finished_catalogue_reads_the_same_rows_and_learns_nothing(tmp_path: Path, bank: str) -> None:
    write: Mapping[str, Callable[[Path], Path]] = {
        "snapshots": write_snapshots,
        "logs": write_logs,
        "small": small_bank,
    }
    spec = write[bank](tmp_path)
    learned = read_population(spec)
    again = read_population(spec, catalogue=learned.catalogue)
    assert again.catalogue is learned.catalogue
    assert np.array_equal(again.raw, learned.raw, equal_nan=True)
    assert np.array_equal(again.wanted, learned.wanted)


def test_another_file_takes_the_customers_place(tmp_path: Path) -> None:
    spec = small_bank(tmp_path)
    learned = read_population(spec)
    rows = rows_of(tmp_path / "c.csv")[:50]
    other = tmp_path / "other.csv"
    write_rows(other, tuple(rows[0]), [tuple(row.values()) for row in rows])
    part = read_population(spec, other, catalogue=learned.catalogue)
    assert 0 < len(part) < len(learned)
    assert np.array_equal(part.raw, learned.raw[: len(part)], equal_nan=True)


@pytest.mark.parametrize(
    ("content", "settings"),
    [
        ("id;age;has_x;has_y\n1;1.234,5;1;1\n2;7,25;1;0\n3;;0;1\n", 'decimal = ","\nthousands = "."'),
        ('"id","age","has_x","has_y"\n1,1234.5,yes,yes\n2,7.25,true,no\n3,NA,no,Y\n', ""),
        ("id\tage\thas_x\thas_y\n1\t1,234.5\t2\t1\n2\t7.25\t1\t\n3\t\\N\t0\t1\n", 'thousands = ","'),
        ("id|age|has_x|has_y\r\n1.0|1234.5|1|1\r\n2.0| 7.25 |1|0\r\n3|miss|0|1\r\n", 'null = ["MISS"]'),
    ],
)
def test_ways_to_write_a_table(tmp_path: Path, content: str, settings: str) -> None:
    (tmp_path / "c.csv").write_text(content, encoding="utf-8-sig")
    text = SMALL.replace('key = "id"', f'key = "id"\n{settings}') + (
        '[target]\nkind = "hide_one"\nleast = 1\n[split]\nshare = 0\n'
        '[[profile]]\ncolumn = "age"\nkind = "number"\nlow = 0\nhigh = 5000\n'
    )
    (tmp_path / "bank.toml").write_text(text, encoding="utf-8")
    population = read_population(tmp_path / "bank.toml")
    assert column(population, "age")[:2].tolist() == [1234.5, 7.25]
    assert np.isnan(column(population, "age")[2])
    assert population.wanted[1:].tolist() == [0, 1]


def test_an_encoding_is_said(tmp_path: Path) -> None:
    text = "id,城市,has_x,has_y\n" + "".join(f"{at},{'上海' if at % 2 else '北京'},1,1\n" for at in range(60))
    (tmp_path / "c.csv").write_bytes(text.encode("gb18030"))
    (tmp_path / "bank.toml").write_text(SMALL.replace('key = "id"', 'key = "id"\nencoding = "gb18030"'))
    (city,) = read_population(tmp_path / "bank.toml").catalogue.profile
    assert isinstance(city, ChoiceColumn)
    assert city.names.zh == "城市"
    assert {choice.text for choice in city.choices} == {"上海", "北京"}
    (tmp_path / "bank.toml").write_text(SMALL)
    with pytest.raises(TableError, match=r"c\.csv: is not utf-8"):
        read_population(tmp_path / "bank.toml")


def test_quotes_can_be_plain_letters(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("id,inch,has_x,has_y\n" + "".join(f'{at},{at % 2}",1,1\n' for at in range(60)))
    (tmp_path / "bank.toml").write_text(SMALL.replace('key = "id"', 'key = "id"\nquote = ""'))
    (inch,) = read_population(tmp_path / "bank.toml").catalogue.profile
    assert isinstance(inch, ChoiceColumn)
    assert {choice.text for choice in inch.choices} == {'0"', '1"'}


def test_parquet_and_json_lines_say_the_same_as_csv(tmp_path: Path) -> None:
    import duckdb

    spec = small_bank(tmp_path)
    expected = read_population(spec)
    for name, options in (("c.parquet", "FORMAT parquet"), ("c.jsonl", "FORMAT json")):
        duckdb.execute(f"COPY (FROM '{tmp_path / 'c.csv'}') TO '{tmp_path / name}' ({options})")
        spec.write_text(SMALL.replace("c.csv", name), encoding="utf-8")
        found = read_population(spec)
        assert np.array_equal(found.raw, expected.raw, equal_nan=True)
        assert found.catalogue == expected.catalogue


def test_a_column_that_gives_the_hidden_product_away_is_left_out(tmp_path: Path) -> None:
    spec = small_bank(tmp_path)
    rows = rows_of(tmp_path / "c.csv")
    for at, row in enumerate(rows):
        row["paid_x"] = str((at % 7 + 1) * int(row["has_x"]))
    write_rows(tmp_path / "c.csv", tuple(rows[0]), [tuple(row.values()) for row in rows])
    assert "paid_x" not in {column.code for column in read_population(spec).catalogue.profile}
    spec.write_text(SMALL + '[[profile]]\ncolumn = "paid_x"\n', encoding="utf-8")
    assert "paid_x" in {column.code for column in read_population(spec).catalogue.profile}


def test_a_mark_that_is_there_or_not_is_yes_or_no(tmp_path: Path) -> None:
    spec = small_bank(tmp_path)
    rows = rows_of(tmp_path / "c.csv")
    for at, row in enumerate(rows):
        row["vip"] = "yes" if at % 4 == 0 else ""
    write_rows(tmp_path / "c.csv", tuple(rows[0]), [tuple(row.values()) for row in rows])
    population = read_population(spec)
    (mark,) = [one for one in population.catalogue.profile if one.code == "vip"]
    assert isinstance(mark, NumberColumn)
    assert (mark.low, mark.high, mark.default, mark.missing_flag) == (0.0, 1.0, 0.0, False)


def test_several_rows_of_a_customer_can_each_ask(tmp_path: Path) -> None:
    spec = write_snapshots(tmp_path)
    text = spec.read_text(encoding="utf-8")
    spec.write_text(text.replace('latest_by = "fecha_dato"', 'latest_by = "fecha_dato"\nsnapshots = "all"'))
    every = read_population(spec)
    assert Counter(Counter(every.customer.tolist()).values())[3] > 200
    for person in np.unique(every.customer):
        assert len(np.unique(every.fold[every.customer == person])) == 1
    alta = column(every, "fecha_alta_days")[every.customer == every.customer[0]]
    assert np.diff(alta).tolist() == [31.0, 28.0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('key = "id"', 'key = "idd"'), "c.csv: there is no column 'idd' (customers.key); its columns are id, age"),
        (('file = "c.csv"', 'file = "d.csv"'), "customers.file = 'd.csv': no such file in"),
        (('file = "c.csv"', 'file = "c.xyz"'), "no such file"),
        (('prefix = "has_"', 'prefix = "hat_"'), "no column of c.csv begins with 'hat_'"),
        (('prefix = "has_"', 'columns = ["has_x"]'), "at least two products are needed, there are 1 (has_x)"),
        (('key = "id"', 'key = "grade"'), "grade = 'a' is in 67 rows (data rows 1 to 199), as are 2 other keys"),
        (('key = "id"', 'key = "id"\nas_of = "soon"'), "customers.as_of = 'soon' is neither a date"),
        (('key = "id"', 'key = "id"\nlatest_by = "grade"'), "grade (customers.latest_by) is not a time"),
        (('key = "id"', 'key = "id"\nonly = { grade = ["q"] }'), "has no rows below its header that `only` keeps"),
        (
            ('prefix = "has_"', 'prefix = "has_"\n[[profile]]\ncolumn = "grade"\nkind = "number"'),
            "c.csv: data row 1: grade = 'a' is not a number, nor are 199 of 200 others",
        ),
        (
            ('prefix = "has_"', 'prefix = "has_"\n[[profile]]\ncolumn = "grade"\nkind = "date"'),
            "grade does not read as a date: ",
        ),
        (
            ('prefix = "has_"', 'prefix = "has_"\n[facts]\nrisk_rating = "grade"'),
            "c.csv: data row 1: grade = 'a' is not a risk rating from 1 to 5, nor are",
        ),
        (
            ('prefix = "has_"', 'prefix = "has_"\n[facts]\nage = "grade"'),
            "grade = 'a' is not an age in years or a date of birth",
        ),
        (('prefix = "has_"', 'prefix = "has_"\n[facts]\nage = "years"'), "there is no column 'years' (facts.age)"),
        (('prefix = "has_"', 'prefix = "has_"\n[split]\nshare = 1'), "every customer with a question is held out"),
        (('prefix = "has_"', 'prefix = "has_"\n[target]\nkind = "hide_one"\nleast = 9'), "no customer asks a question"),
        (
            ('prefix = "has_"', 'columns = ["has_x", "grade"]'),
            "c.csv: data row 1: grade = 'a' (product grade) is neither a number nor yes or no",
        ),
    ],
)
def test_what_is_wrong_is_said_exactly(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    spec = small_bank(tmp_path)
    text = SMALL.replace(*change)
    assert text != SMALL
    spec.write_text(text, encoding="utf-8")
    with pytest.raises((SpecError, TableError, TrainingError)) as caught:
        read_population(spec)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "c.csv: is empty"),
        ("id,age,has_x,has_y\n", "c.csv: has no rows below its header"),
        ("id,age,has_x,has_y\n1,2,1,1\n2,3,1\n", "Line: 3"),
        ("id,age,has_x,age,has_y\n1,2,1,1,1\n", "the column 'age' is there twice"),
        ("id,age,has_x,has_y\n1,2,1,1\n2,3,maybe,1\n", "c.csv: data row 2: has_x = 'maybe' (product x) is neither"),
    ],
)
def test_a_damaged_table_is_said(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "c.csv").write_text(content, encoding="utf-8")
    (tmp_path / "bank.toml").write_text(SMALL, encoding="utf-8")
    with pytest.raises(TableError) as caught:
        read_population(tmp_path / "bank.toml")
    assert said in str(caught.value)


def test_a_column_that_a_finished_model_needs_and_the_table_lacks_is_named(tmp_path: Path) -> None:
    spec = small_bank(tmp_path)
    catalogue = read_population(spec).catalogue
    rows = rows_of(tmp_path / "c.csv")
    write_rows(tmp_path / "c.csv", ("id", "has_x", "has_y", "has_z"), [(r["id"], 1, 1, 1) for r in rows])
    with pytest.raises(SpecError, match=r"c\.csv: the model needs the column age, and it is not there"):
        read_population(spec, catalogue=catalogue)
