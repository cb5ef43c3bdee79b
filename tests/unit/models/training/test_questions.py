"""What was wanted, by every kind of target; who is held out; what is held, by columns and by a table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.features import FeatureSpace
from models.spec import TableError
from models.training.population import Population
from models.training.tables import read_population
from tests.unit.models.training.bank_files import write_rows

HEAD = """
name = "q"
profile_rest = "skip"
[customers]
file = "c.csv"
key = "id"
as_of = 2024-06-01
[split]
share = 0
[[profile]]
column = "age"
low = 0
high = 100
"""
PRODUCTS = (
    '[[product]]\ncode = "card"\n[[product]]\ncode = "loan"\n[[product]]\ncode = "fund"\ntexts = ["fund", "F", 7]\n'
)


def write(folder: Path, header: tuple[str, ...], rows: list[tuple[object, ...]], spec: str) -> Path:
    """A customers' table and its spec."""
    write_rows(folder / "c.csv", header, rows)
    (folder / "bank.toml").write_text(HEAD + spec, encoding="utf-8")
    return folder / "bank.toml"


def asked(population: Population) -> list[tuple[float, str, list[str]]]:
    """Each question: who by age, wanted what, holding what."""
    space = FeatureSpace(population.catalogue)
    codes = population.catalogue.product_codes
    return [
        (
            float(row[0]),
            codes[wanted],
            [codes[at] for at in np.flatnonzero(row[space.products_start :])],
        )
        for row, wanted in zip(population.raw, population.wanted.tolist(), strict=True)
    ]


def test_a_column_names_what_was_wanted(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [
        (1, 31, 1, 0, "loan"),
        (2, 32, 1, 0, "card"),
        (3, 33, 0, 0, "7.0"),
        (4, 34, 0, 1, "none at all"),
        (5, 35, 0, 1, ""),
        (6, 36, 0, 1, "a boat"),
    ]
    header = ("id", "age", "card", "loan", "next")
    target = '[target]\nkind = "column"\ncolumn = "next"\nnone = ["none at all"]\n'
    population = read_population(write(tmp_path, header, rows, PRODUCTS + target))
    assert asked(population) == [(31.0, "loan", ["card"]), (32.0, "card", []), (33.0, "fund", [])]
    assert population.left_out == {"wanted no product": 3}
    assert not population.leave_one_out
    strict = PRODUCTS + target + 'already_held = "leave_out"\n'
    population = read_population(write(tmp_path, header, rows, strict))
    assert asked(population) == [(31.0, "loan", ["card"]), (33.0, "fund", [])]
    assert population.left_out == {"wanted no product": 3, "wanted only what they hold already": 1}


def test_a_yes_no_outcome_is_two_products(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [(at, at, at % 2) for at in range(60)]
    spec = '[products]\nfrom_target = true\n[target]\nkind = "column"\ncolumn = "flag"\n'
    path = write(tmp_path, ("id", "age", "flag"), rows, spec)
    population = read_population(path)
    assert population.catalogue.product_codes == ("flag_0", "flag_1")
    assert population.wanted.tolist() == [at % 2 for at in range(60)]
    again = read_population(path, catalogue=population.catalogue)
    assert np.array_equal(again.wanted, population.wanted)


def test_a_column_per_product_says_what_was_wanted(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [
        (1, 31, 1, 0, 0, 1, 1, "no"),
        (2, 32, 0, 0, 0, 0, 0, "yes"),
        (3, 33, 0, 0, 1, 0, 0, ""),
    ]
    header = ("id", "age", "has_card", "has_loan", "has_fund", "next_card", "next_loan", "next_fund")
    spec = '[products]\nprefix = "has_"\n[target]\nkind = "columns"\nprefix = "next_"\n'
    population = read_population(write(tmp_path, header, rows, spec))
    assert asked(population) == [(31.0, "loan", ["card"]), (32.0, "fund", [])]
    both = read_population(write(tmp_path, header, rows, spec + 'already_held = "hide"\n'))
    assert asked(both)[:2] == [(31.0, "card", []), (31.0, "loan", ["card"])]
    assert both.customer.tolist() == [0, 0, 1]


def test_a_table_of_purchases_and_one_of_holdings(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [("a", 31), ("b", 32), ("c", 33), ("d", 34)]
    write_rows(
        tmp_path / "held.csv",
        ("who", "what", "from", "to"),
        [
            ("a", "card", "2020-01-01", ""),
            ("a", "loan", "2020-01-01", "2024-05-31"),  # closed before
            ("b", "fund", "2024-06-02", ""),  # opened after
            ("b", "card", "", "2024-06-02"),
            ("b", "yacht", "", ""),
            ("x", "card", "", ""),
        ],
    )
    write_rows(
        tmp_path / "bought.csv",
        ("who", "what", "when"),
        [
            ("a", "loan", "2024-06-01"),
            ("a", "F", "2024-06-30 12:00"),
            ("a", "fund", "2024-06-30"),
            ("b", "fund", "2024-05-31"),  # before
            ("b", "loan", "2024-07-02"),  # later than the horizon
            ("c", "card", "2024-06-20"),
            ("d", "yacht", "2024-06-20"),
        ],
    )
    spec = PRODUCTS + (
        '[holdings]\nfile = "held.csv"\nkey = "who"\nproduct = "what"\nopened = "from"\nclosed = "to"\n'
        '[target]\nkind = "table"\nfile = "bought.csv"\nkey = "who"\nproduct = "what"\ntime = "when"\n'
        "horizon_days = 30\n"
    )
    population = read_population(write(tmp_path, ("id", "age"), rows, spec))
    assert asked(population) == [(31.0, "loan", ["card"]), (31.0, "fund", ["card"]), (33.0, "card", [])]
    assert population.left_out == {"wanted no product": 2}


def test_the_next_snapshot_says_what_was_wanted(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [
        (1, 31, "2024-01-01", 1, 0, 0),
        (2, 40, "2024-01-01", 0, 0, 0),
        (1, 31, "2024-03-01", 1, 1, 1),
        (1, 31, "2024-02-01", 1, 1, 0),
        (2, 40, "2024-02-01", 0, 0, 0),
    ]
    spec = '[products]\nprefix = "has_"\n[target]\nkind = "next_snapshot"\n'
    path = write(tmp_path, ("id", "age", "month", "has_card", "has_loan", "has_fund"), rows, spec)
    text = path.read_text(encoding="utf-8").replace("as_of = 2024-06-01", 'latest_by = "month"\nsnapshots = "all"')
    path.write_text(text, encoding="utf-8")
    population = read_population(path)
    assert asked(population) == [(31.0, "loan", ["card"]), (31.0, "fund", ["card", "loan"])]
    assert population.customer.tolist() == [0, 0]


def test_who_is_held_out_can_be_said(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [
        (at, at, 1, 1, "test" if at % 4 == 0 else "train", f"2024-{at % 6 + 1:02d}-01") for at in range(80)
    ]
    header = ("id", "age", "card", "loan", "part", "since")
    head = '[[product]]\ncode = "card"\n[[product]]\ncode = "loan"\n'
    by_value = HEAD.replace("share = 0\n", 'column = "part"\nheld_out = ["test"]\n')
    by_time = HEAD.replace("share = 0\n", 'column = "since"\nsince = 2024-05-01\n')
    by_share = HEAD.replace("share = 0\n", 'share = 0.5\nsalt = "other"\n')
    path = write(tmp_path, header, rows, head)
    expected = {
        by_value: [at % 4 == 0 for at in range(80)],
        by_time: [at % 6 >= 4 for at in range(80)],
    }
    for text, out in expected.items():
        path.write_text(text + head, encoding="utf-8")
        fold = read_population(path).fold
        assert (fold == 0).tolist() == out
        assert set(fold.tolist()) == {0, 1, 2, 3, 4}
    path.write_text(by_share + head, encoding="utf-8")
    fold = read_population(path).fold
    assert 25 <= int((fold == 0).sum()) <= 55
    assert set(fold.tolist()) == {0, 1, 2, 3, 4}


def test_rows_have_numbers_where_customers_have_none(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [(at, 1, 1) for at in range(40)]
    write_rows(tmp_path / "c.csv", ("age", "card", "loan"), rows)
    spec = HEAD.replace('key = "id"\n', "").replace("share = 0", "share = 0.2")
    (tmp_path / "bank.toml").write_text(spec + '[[product]]\ncode = "card"\n[[product]]\ncode = "loan"\n')
    from models.splits import fold_of

    assert read_population(tmp_path / "bank.toml").fold.tolist() == [fold_of(row) for row in range(40)]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ('kind = "column"\ncolumn = "nxt"', "there is no column 'nxt' (target.column)"),
        ('kind = "table"\nfile = "no.csv"\nkey = "a"\nproduct = "b"', "target.file = 'no.csv': no such file"),
    ],
)
def test_a_target_that_is_not_there_is_said(tmp_path: Path, target: str, said: str) -> None:
    path = write(tmp_path, ("id", "age", "card"), [(1, 2, 1)], PRODUCTS + f"[target]\n{target}\n")
    with pytest.raises(TableError) as caught:
        read_population(path)
    assert said in str(caught.value)
