"""The Bank Marketing set: calls of a Portuguese bank in the order of time, and whether a term deposit followed.

`duration`, the length of the call, is never loaded: it is not known before the call, and hardly any short call ends in
a deposit. Rows have no dates; file order is time order (May 2008 to November 2010).

Source: S. Moro, P. Rita, P. Cortez, Bank Marketing, UCI, https://doi.org/10.24432/C5K306, CC BY 4.0; S. Moro, P.
Cortez, P. Rita, "A Data-Driven Approach to Predict the Success of Bank Telemarketing", Decision Support Systems 62
(2014).
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.errors import DatasetCorrupt, DatasetMissing

NAME = "uci-bank"
CHOICES = (
    "job",
    "marital",
    "education",
    "default",
    "housing",
    "loan",
    "contact",
    "month",
    "day_of_week",
    "poutcome",
)
NUMBERS = (
    "age",
    "campaign",
    "pdays",
    "previous",
    "emp.var.rate",
    "cons.price.idx",
    "cons.conf.idx",
    "euribor3m",
    "nr.employed",
)
OUTCOME = "y"
NEVER_CALLED = 999.0
"""The value of `pdays` for a customer whom no earlier campaign reached."""
_LARGEST = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls, one entry per call and column; `sha256` of the file they came from."""

    choice: Mapping[str, tuple[str, ...]]
    number: Mapping[str, npt.NDArray[np.float64]]
    outcome: npt.NDArray[np.bool_]
    sha256: str

    def __len__(self) -> int:
        return len(self.outcome)

    def part(self, start: int, stop: int) -> Calls:
        """The calls from `start` up to `stop`."""
        return Calls(
            {name: values[start:stop] for name, values in self.choice.items()},
            {name: values[start:stop] for name, values in self.number.items()},
            self.outcome[start:stop],
            self.sha256,
        )

    def followed_by(self, later: Calls) -> Calls:
        """These calls and then `later`'s."""
        return Calls(
            {name: values + later.choice[name] for name, values in self.choice.items()},
            {name: np.concatenate([values, later.number[name]]) for name, values in self.number.items()},
            np.concatenate([self.outcome, later.outcome]),
            hashlib.sha256((self.sha256 + later.sha256).encode()).hexdigest(),
        )


def load_uci_bank(path: Path) -> Calls:
    """The calls in the file at `path`: `;`-separated with a header, gzipped or not, columns as in the UCI set.

    `DatasetMissing` when it cannot be read; `DatasetCorrupt` names line, column, value and what is allowed.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DatasetMissing(f"{path}: cannot be read: {error.strerror}") from error
    text = _text(content, path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    header = next(reader, [])
    absent = [name for name in (*CHOICES, *NUMBERS, OUTCOME) if name not in header]
    if absent:
        raise DatasetCorrupt(f"{path}: columns missing: {', '.join(absent)}")
    rows = list(reader)
    for line, cells in enumerate(rows, start=2):
        if len(cells) != len(header):
            raise DatasetCorrupt(f"{path}: line {line} has {len(cells)} cells, the header has {len(header)}")
    if not rows:
        raise DatasetCorrupt(f"{path}: no calls below the header")
    columns = dict(zip(header, map(tuple, zip(*rows, strict=True)), strict=True))
    answers = columns[OUTCOME]
    for line, answer in enumerate(answers, start=2):
        if answer not in ("yes", "no"):
            raise DatasetCorrupt(f"{path}: line {line}: {OUTCOME} = {answer!r}; allowed is yes or no")
    return Calls(
        {name: columns[name] for name in CHOICES},
        {name: _numbers(path, name, columns[name]) for name in NUMBERS},
        np.array([answer == "yes" for answer in answers]),
        hashlib.sha256(content).hexdigest(),
    )


def _text(content: bytes, path: Path) -> str:
    if content[:2] == b"\x1f\x8b":
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
                content = packed.read(_LARGEST + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise DatasetCorrupt(f"{path}: not a readable gzip file: {error}") from error
        if len(content) > _LARGEST:
            raise DatasetCorrupt(f"{path}: more than {_LARGEST} bytes when unpacked")
    return content.decode("utf-8", errors="replace")


def _numbers(path: Path, name: str, cells: tuple[str, ...]) -> npt.NDArray[np.float64]:
    values = np.empty(len(cells))
    for at, cell in enumerate(cells):
        try:
            values[at] = float(cell)
        except ValueError:
            raise DatasetCorrupt(f"{path}: line {at + 2}: {name} = {cell!r} is not a number") from None
        if not math.isfinite(values[at]):
            raise DatasetCorrupt(f"{path}: line {at + 2}: {name} = {cell!r} is not finite")
    return values
