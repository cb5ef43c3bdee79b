"""The coil2000 loader on files made here: the protocol, and every kind of damage named."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from models.catalogue import NumberColumn
from models.catalogues import load_catalogue
from models.datasets.coil2000 import hidden_position, load_coil2000
from models.errors import DatasetCorrupt, DatasetMissing
from models.splits import fold_of, split_of

CATALOGUE = load_catalogue("coil2000")
COLUMNS = [column.code for column in CATALOGUE.profile]


def _line(row: int, held: dict[str, int], **changes: str) -> str:
    profile = {
        column.code: f"{column.default if isinstance(column, NumberColumn) else column.choices[0].value:g}"
        for column in CATALOGUE.profile
    }
    cells = {
        "row": str(row),
        **profile,
        **{code: str(held.get(code, 0)) for code in CATALOGUE.product_codes},
        **changes,
    }
    return ",".join(cells.values())


def _file(folder: Path, *lines: str, header: str | None = None) -> Path:
    path = folder / "coil2000.csv"
    path.write_text("\r\n".join([header or ",".join(["row", *COLUMNS, *CATALOGUE.product_codes]), *lines]) + "\r\n")
    return path


def test_one_of_the_held_products_is_hidden_by_the_protocol(tmp_path: Path) -> None:
    held = {"AWAPART": 2, "APERSAUT": 1, "ABRAND": 1}
    data = load_coil2000(_file(tmp_path, *(_line(row, held) for row in range(40))))
    in_order = ["AWAPART", "APERSAUT", "ABRAND"]
    for row, record in zip(data.rows, data.records, strict=True):
        expected = in_order[int(hashlib.sha256(f"hide{row}".encode()).hexdigest(), 16) % 3]
        assert record.hidden_product == expected
        assert record.holdings == set(in_order) - {expected}
        assert (record.ref, record.display_name) == (f"coil2000-{row}", f"Customer {row}")
    assert {record.hidden_product for record in data.records} == set(in_order)


def test_customers_with_less_than_two_products_hide_nothing(tmp_path: Path) -> None:
    data = load_coil2000(_file(tmp_path, _line(0, {}), _line(1, {"ABRAND": 1}), _line(2, {"ABRAND": 1, "ABROM": 1})))
    assert [record.hidden_product is None for record in data.records] == [True, True, False]
    assert data.records[1].holdings == {"ABRAND"}
    assert [record.ref for record in data.select()] == ["coil2000-2"]
    assert len(data.select(with_hidden=False)) == 3
    assert hidden_position(5, ()) is None


def test_the_parts_are_disjoint_and_complete(tmp_path: Path) -> None:
    held = {"ABRAND": 1, "ABROM": 1}
    data = load_coil2000(_file(tmp_path, *(_line(row, held) for row in range(300))))
    train, test = ({record.ref for record in data.select(part)} for part in ("train", "test"))
    assert not train & test
    assert len(train | test) == 300
    assert 30 <= len(test) <= 90
    assert test == {f"coil2000-{row}" for row in range(300) if split_of(row) == "test"}
    assert {fold_of(row) for row in range(300)} == {0, 1, 2, 3, 4}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (_line(0, {}, MINKGEM="x"), "line 2: MINKGEM = 'x' is not a whole number"),
        (_line(0, {}, MINKGEM="10"), "line 2: MINKGEM = 10 is outside 0 to 9"),
        (_line(0, {}, MOSHOOFD="11"), "line 2: MOSHOOFD = 11 is none of its choices"),
        (_line(0, {}) + ",1", "line 2 has"),
    ],
)
def test_a_damaged_line_is_named(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(DatasetCorrupt, match=told):
        load_coil2000(_file(tmp_path, line))


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetMissing, match="cannot be read"):
        load_coil2000(tmp_path / "none.csv")
    with pytest.raises(DatasetCorrupt, match="columns missing: MAANTHUI"):
        load_coil2000(_file(tmp_path, header="row,ABRAND"))
    with pytest.raises(DatasetCorrupt, match="occurs twice"):
        load_coil2000(_file(tmp_path, _line(3, {}), _line(3, {})))
