"""The Bank Marketing loader on files made here and on the real one."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from models.datasets.registry import dataset_entry
from models.datasets.uci_bank import CHOICES, NUMBERS, load_uci_bank
from models.errors import DatasetCorrupt, DatasetMissing

COLUMNS = dataset_entry("uci-bank").columns


def _line(**changes: str) -> str:
    cells = {name: '"yes"' if name in CHOICES else "1.5" for name in COLUMNS} | {"y": '"no"'} | changes
    return ";".join(cells[name] for name in COLUMNS)


def _text(*lines: str) -> bytes:
    header = ";".join(f'"{name}"' for name in COLUMNS)
    return "\n".join([header, *lines, ""]).encode()


def _file(folder: Path, *lines: str) -> Path:
    path = folder / "bank.csv"
    path.write_bytes(_text(*lines))
    return path


def test_calls_are_read_in_order_without_the_duration(tmp_path: Path) -> None:
    calls = load_uci_bank(_file(tmp_path, _line(age="30"), _line(age="40", month='"may"', y='"yes"')))
    assert len(calls) == 2
    assert calls.number["age"].tolist() == [30.0, 40.0]
    assert calls.choice["month"] == ("yes", "may")
    assert calls.outcome.tolist() == [False, True]
    assert set(calls.number) | set(calls.choice) == {*NUMBERS, *CHOICES}
    assert "duration" not in calls.number


def test_gzipped_or_not_is_the_same(tmp_path: Path) -> None:
    plain = load_uci_bank(_file(tmp_path, _line(), _line(y='"yes"')))
    packed = tmp_path / "bank.csv.gz"
    packed.write_bytes(gzip.compress(_text(_line(), _line(y='"yes"'))))
    assert load_uci_bank(packed).outcome.tolist() == plain.outcome.tolist()
    packed.write_bytes(gzip.compress(_text(_line()))[:-12])
    with pytest.raises(DatasetCorrupt, match="not a readable gzip"):
        load_uci_bank(packed)


def test_parts_and_files_are_joined_in_order(tmp_path: Path) -> None:
    calls = load_uci_bank(_file(tmp_path, *(_line(age=str(20 + at)) for at in range(6))))
    joined = calls.part(0, 2).followed_by(calls.part(4, 6))
    assert joined.number["age"].tolist() == [20.0, 21.0, 24.0, 25.0]
    assert len(joined.choice["job"]) == len(joined) == 4


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (_line(age="x"), "line 2: age = 'x' is not a number"),
        (_line(euribor3m="nan"), "line 2: euribor3m = 'nan' is not finite"),
        (_line(y='"maybe"'), "line 2: y = 'maybe'; allowed is yes or no"),
        (_line() + ";1", "line 2 has 22 cells"),
    ],
)
def test_a_damaged_line_is_named(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(DatasetCorrupt, match=told):
        load_uci_bank(_file(tmp_path, line))


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetMissing, match="cannot be read"):
        load_uci_bank(tmp_path / "none.csv")
    with pytest.raises(DatasetCorrupt, match="no calls"):
        load_uci_bank(_file(tmp_path))
    (tmp_path / "other.csv").write_text("a;b\n1;2\n")
    with pytest.raises(DatasetCorrupt, match="columns missing: job"):
        load_uci_bank(tmp_path / "other.csv")


def test_the_real_file_is_the_registered_one(usher_data: Path) -> None:
    entry = dataset_entry("uci-bank")
    calls = load_uci_bank(usher_data / entry.file)
    assert calls.sha256 == entry.sha256
    assert len(calls) == 32950
    assert calls.outcome[:20000].mean() == pytest.approx(0.0454, abs=0.002)
    assert np.isfinite(calls.number["euribor3m"]).all()
