"""The Open Bandit loader on files made here and on the real one."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from models.datasets.open_bandit import ITEMS, load_open_bandit
from models.datasets.registry import dataset_entry
from models.errors import DatasetCorrupt, DatasetMissing

COLUMNS = ["item_id", "position", "click", "propensity_score", *(f"user-item_affinity_{i}" for i in range(ITEMS))]


def _file(folder: Path, *rows: tuple[str, ...], header: list[str] | None = None) -> Path:
    path = folder / "log.csv.gz"
    lines = [",".join(header or COLUMNS), *(",".join(row) for row in rows)]
    path.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode()))
    return path


def _row(item: str = "3", position: str = "1", click: str = "0", propensity: str = "0.25") -> tuple[str, ...]:
    return (item, position, click, propensity, *(["0.5"] * ITEMS))


def test_rounds_are_read(tmp_path: Path) -> None:
    rounds = load_open_bandit(_file(tmp_path, _row(), _row("33", "3", "1")))
    assert rounds.item.tolist() == [3, 33]
    assert rounds.position.tolist() == [1, 3]
    assert rounds.click.tolist() == [False, True]
    assert rounds.propensity.tolist() == [0.25, 0.25]
    assert rounds.affinity.shape == (2, ITEMS)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (_row(item="34"), "line 2: item_id = 34; allowed is 0 to 33"),
        (_row(position="0"), "line 2: position = 0; allowed is 1 to 3"),
        (_row(propensity="0"), "line 2: propensity_score = 0"),
        (_row(click="x"), "line 2: click = 'x' is not a finite number"),
        (_row()[:-1], "line 2 has 37 cells"),
    ],
)
def test_a_damaged_line_is_named(tmp_path: Path, row: tuple[str, ...], told: str) -> None:
    with pytest.raises(DatasetCorrupt, match=told):
        load_open_bandit(_file(tmp_path, row))


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetMissing, match="cannot be read"):
        load_open_bandit(tmp_path / "none")
    with pytest.raises(DatasetCorrupt, match="no rounds"):
        load_open_bandit(_file(tmp_path))
    with pytest.raises(DatasetCorrupt, match="columns missing: click"):
        load_open_bandit(_file(tmp_path, header=[name for name in COLUMNS if name != "click"]))
    (tmp_path / "plain").write_text("no gzip")
    with pytest.raises(DatasetCorrupt, match="not a readable gzip"):
        load_open_bandit(tmp_path / "plain")


def test_the_real_file_is_the_registered_one(usher_data: Path) -> None:
    entry = dataset_entry("open-bandit")
    rounds = load_open_bandit(usher_data / entry.file)
    assert rounds.sha256 == entry.sha256
    assert (len(rounds), int(rounds.click.sum())) == (10_000, 46)
    assert rounds.propensity == pytest.approx(1.0 / ITEMS)
