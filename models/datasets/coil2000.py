"""The Insurance Company Benchmark as customers: one held product hidden per customer, as the set's protocol says.

Protocol: a product is held when its A… column is above 0. A customer with at least two products has one hidden:
`held[sha256("hide<row>") mod len(held)]`, held in column order. Whoever ranks sees the profile and the other holdings.
Training and held-out customers are told apart by `split_of(row)`: every fifth row by hash is held out.

Source: P. van der Putten, Insurance Company Benchmark (COIL 2000), UCI, https://doi.org/10.24432/C5630S, CC BY 4.0.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from models.catalogue import Catalogue, ChoiceColumn, NumberColumn
from models.catalogues import load_catalogue
from models.customers import CustomerRecord, Split
from models.errors import DatasetCorrupt, DatasetMissing
from models.splits import split_of

NAME = "coil2000"
UNKNOWN_RISK_RATING = 1
"""The set says nothing about risk appetite, so every customer counts as cautious; its products are all rated 1."""

_AGE_BANDS = {1: "20–30", 2: "30–40", 3: "40–50", 4: "50–60", 5: "60–70", 6: "70–80"}


def hidden_position(row: int, held: tuple[int, ...]) -> int | None:
    """Which of the held products (positions in column order) is hidden for this row; None below two products."""
    if len(held) < 2:
        return None
    return held[int(hashlib.sha256(f"hide{row}".encode()).hexdigest(), 16) % len(held)]


@dataclass(frozen=True, slots=True)
class Coil2000:
    """The set in memory: per customer its row in the source and the record; `sha256` of the file it came from."""

    catalogue: Catalogue
    rows: tuple[int, ...]
    records: tuple[CustomerRecord, ...]
    sha256: str

    def select(self, split: Split | None = None, *, with_hidden: bool = True) -> Coil2000Customers:
        """The customers of one part (None: all), by default only those who have a hidden product."""
        chosen = tuple(
            record
            for row, record in zip(self.rows, self.records, strict=True)
            if (split is None or split_of(row) == split) and (record.hidden_product is not None or not with_hidden)
        )
        return Coil2000Customers(chosen)


@dataclass(frozen=True, slots=True)
class Coil2000Customers:
    """A part of the set, in file order; a `Customers`."""

    records: tuple[CustomerRecord, ...]

    @property
    def data(self) -> str:
        """The data set's name."""
        return NAME

    @property
    def catalogue_name(self) -> str:
        """The catalogue that the codes belong to."""
        return NAME

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[CustomerRecord]:
        return iter(self.records)


def load_coil2000(path: Path) -> Coil2000:
    """The set in the CSV file at `path` (columns as in the UCI set, and `row`).

    `DatasetMissing` when it cannot be read; `DatasetCorrupt` names line, column, value and what is allowed.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DatasetMissing(f"{path}: cannot be read: {error.strerror}") from error
    catalogue = load_catalogue(NAME)
    reader = csv.reader(io.StringIO(content.decode("utf-8", errors="replace"), newline=""))
    header = next(reader, [])
    columns = tuple(column.code for column in catalogue.profile)
    needed = ("row", *columns, *catalogue.product_codes)
    absent = [name for name in needed if name not in header]
    if absent:
        raise DatasetCorrupt(f"{path}: columns missing: {', '.join(absent)}")
    places = [header.index(name) for name in needed]
    rows: list[int] = []
    records: list[CustomerRecord] = []
    for line, cells in enumerate(reader, start=2):
        if len(cells) != len(header):
            raise DatasetCorrupt(f"{path}: line {line} has {len(cells)} cells, the header has {len(header)}")
        values = _integers(cells, places, needed, f"{path}: line {line}")
        profile = dict(zip(columns, map(float, values[1 : 1 + len(columns)]), strict=True))
        _check_profile(catalogue, profile, f"{path}: line {line}")
        rows.append(values[0])
        records.append(_record(catalogue, values[0], profile, values[1 + len(columns) :]))
    if len(set(rows)) != len(rows):
        raise DatasetCorrupt(f"{path}: a row number occurs twice")
    return Coil2000(catalogue, tuple(rows), tuple(records), hashlib.sha256(content).hexdigest())


def _integers(cells: list[str], places: list[int], names: tuple[str, ...], where: str) -> list[int]:
    try:
        return [int(cells[place]) for place in places]
    except ValueError:
        for place, name in zip(places, names, strict=True):
            if not cells[place].lstrip("-").isdecimal():
                raise DatasetCorrupt(f"{where}: {name} = {cells[place]!r} is not a whole number") from None
        raise


def _check_profile(catalogue: Catalogue, profile: dict[str, float], where: str) -> None:
    for column in catalogue.profile:
        value = profile[column.code]
        match column:
            case NumberColumn():
                if not column.low <= value <= column.high:
                    allowed = f"{column.low:g} to {column.high:g}"
                    raise DatasetCorrupt(f"{where}: {column.code} = {value:g} is outside {allowed}")
            case ChoiceColumn():
                if value not in {choice.value for choice in column.choices}:
                    raise DatasetCorrupt(f"{where}: {column.code} = {value:g} is none of its choices")


def _record(catalogue: Catalogue, row: int, profile: dict[str, float], counts: list[int]) -> CustomerRecord:
    codes = catalogue.product_codes
    held = tuple(at for at, count in enumerate(counts) if count > 0)
    hidden = hidden_position(row, held)
    return CustomerRecord(
        ref=f"{NAME}-{row}",
        display_name=f"Customer {row}",
        profile=profile,
        holdings=frozenset(codes[at] for at in held if at != hidden),
        hidden_product=None if hidden is None else codes[hidden],
        segment=f"main_type_{profile['MOSHOOFD']:g}",
        risk_rating=UNKNOWN_RISK_RATING,
        age=None,
        age_band=f"{_AGE_BANDS[int(profile['MGEMLEEF'])]} (area)",
    )
