"""The Open Bandit Dataset's uniform random log: which garment was shown where, how likely that was, and the click.

Source: Y. Saito, S. Aihara, M. Matsutani, Y. Narita, "Open Bandit Dataset and Pipeline: Towards Realistic and
Reproducible Off-Policy Evaluation", NeurIPS Datasets and Benchmarks, 2021, CC BY 4.0. Its small version has 10,000
rounds of the men's campaign with 46 clicks: enough to test estimators, too few to prove a policy better.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import math
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.errors import DatasetCorrupt, DatasetMissing

NAME = "open-bandit"
ITEMS = 34
POSITIONS = 3
_COLUMNS = ("item_id", "position", "click", "propensity_score")
_LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Rounds:
    """One entry per round: the item shown (0 to 33), its position (1 to 3), whether it was clicked, and the probability
    that the logging policy showed it there; `affinity` [rounds, 34] of the user to each item."""

    item: npt.NDArray[np.int64]
    position: npt.NDArray[np.int64]
    click: npt.NDArray[np.bool_]
    propensity: npt.NDArray[np.float64]
    affinity: npt.NDArray[np.float64]
    sha256: str

    def __len__(self) -> int:
        return len(self.item)


def load_open_bandit(path: Path) -> Rounds:
    """The rounds in the gzipped CSV file at `path`.

    `DatasetMissing` when it cannot be read; `DatasetCorrupt` names line, column, value and what is allowed.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DatasetMissing(f"{path}: cannot be read: {error.strerror}") from error
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            text = packed.read(_LARGEST).decode("utf-8", errors="replace")
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetCorrupt(f"{path}: not a readable gzip file: {error}") from error
    reader = csv.reader(io.StringIO(text, newline=""))
    header = next(reader, [])
    names = (*_COLUMNS, *(f"user-item_affinity_{item}" for item in range(ITEMS)))
    absent = [name for name in names if name not in header]
    if absent:
        raise DatasetCorrupt(f"{path}: columns missing: {', '.join(absent)}")
    places = [header.index(name) for name in names]
    rows = []
    for line, cells in enumerate(reader, start=2):
        if len(cells) != len(header):
            raise DatasetCorrupt(f"{path}: line {line} has {len(cells)} cells, the header has {len(header)}")
        rows.append(_numbers(cells, places, names, f"{path}: line {line}"))
    if not rows:
        raise DatasetCorrupt(f"{path}: no rounds below the header")
    table = np.array(rows)
    for at, (name, low, high) in enumerate(
        (("item_id", 0, ITEMS - 1), ("position", 1, POSITIONS), ("click", 0, 1), ("propensity_score", 1e-9, 1))
    ):
        wrong = np.flatnonzero(~((table[:, at] >= low) & (table[:, at] <= high)))
        if len(wrong):
            value = table[wrong[0], at]
            raise DatasetCorrupt(f"{path}: line {wrong[0] + 2}: {name} = {value:g}; allowed is {low:g} to {high:g}")
    return Rounds(
        table[:, 0].astype(np.int64),
        table[:, 1].astype(np.int64),
        table[:, 2] > 0.5,
        table[:, 3],
        table[:, 4:],
        hashlib.sha256(content).hexdigest(),
    )


def _numbers(cells: list[str], places: list[int], names: tuple[str, ...], where: str) -> list[float]:
    values = []
    for place, name in zip(places, names, strict=True):
        try:
            value = float(cells[place])
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise DatasetCorrupt(f"{where}: {name} = {cells[place]!r} is not a finite number")
        values.append(value)
    return values
