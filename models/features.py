"""Customer records → feature vectors: one function for training and for serving, so the two cannot drift apart. Pure
(W-04, W-05).

The vector, float32, in this order: each number column of the catalogue as (value - low) / (high - low); each choice
column as one 0/1 entry per choice; one 0/1 entry per product of the catalogue, 1 = held.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from models.catalogue import Catalogue, ChoiceColumn, Column, NumberColumn
from models.customers import CustomerFeatures
from models.errors import FeatureError

FloatMatrix = npt.NDArray[np.float32]
_Raw = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Vectors:
    """Feature vectors of a batch, one row per customer, and what had to be put right, counted per column or code.

    `missing`: absent or not finite, replaced by the declared default. `out_of_range`: clipped to the declared range, or
    for a choice that does not exist replaced by the default. `unknown_holdings`: product codes not in the catalogue,
    ignored.
    """

    matrix: FloatMatrix
    missing: Mapping[str, int]
    out_of_range: Mapping[str, int]
    unknown_holdings: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FeatureGroup:
    """The entries `start` to `stop` of the vector that come from one profile column or one product."""

    subject: str
    is_product: bool
    start: int
    stop: int


class FeatureSpace:
    """Turns customers into vectors for one catalogue; equal catalogues give equal spaces with equal hashes."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._numbers = tuple(c for c in catalogue.profile if isinstance(c, NumberColumn))
        self._choices = tuple(c for c in catalogue.profile if isinstance(c, ChoiceColumn))
        ordered: tuple[Column, ...] = (*self._numbers, *self._choices)
        self.columns: tuple[str, ...] = tuple(c.code for c in ordered)
        self._columns: dict[str, Column] = {c.code: c for c in catalogue.profile}
        self._number_count = len(self._numbers)
        self._low = np.array([c.low for c in self._numbers], dtype=np.float64)
        self._high = np.array([c.high for c in self._numbers], dtype=np.float64)
        self._span = self._high - self._low
        self._defaults = np.array([c.default for c in ordered], dtype=np.float64)

        names = [c.code for c in self._numbers]
        groups = [FeatureGroup(c.code, False, i, i + 1) for i, c in enumerate(self._numbers)]
        self._choice_at: list[dict[float, int]] = []
        for column in self._choices:
            start = len(names)
            self._choice_at.append({float(choice.value): start + i for i, choice in enumerate(column.choices)})
            names += [f"{column.code}={choice.value}" for choice in column.choices]
            groups.append(FeatureGroup(column.code, False, start, len(names)))
        self.holdings_start = len(names)
        self._held_at = {code: self.holdings_start + i for i, code in enumerate(catalogue.product_codes)}
        groups += [FeatureGroup(code, True, at, at + 1) for code, at in self._held_at.items()]
        names += [f"held:{code}" for code in catalogue.product_codes]
        self.names: tuple[str, ...] = tuple(names)
        self.groups: tuple[FeatureGroup, ...] = tuple(groups)
        self.size = len(names)
        self.hash = self._hash()
        self._get = itemgetter(*self.columns) if len(self.columns) > 1 else None

    def _hash(self) -> str:
        """sha256 over order, names, dtype, scales, defaults and products: whatever changes a vector changes the
        hash."""
        lines = [f"{name}:float32" for name in self.names]
        lines += [f"{c.code} {c.low!r} {c.high!r} {c.default!r}" for c in self._numbers]
        lines += [f"{c.code} {c.default!r}" for c in self._choices]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def vectors(self, customers: Sequence[CustomerFeatures]) -> Vectors:
        """The vectors of `customers`, float32 of shape (len(customers), size); `FeatureError` for a value that is no
        number."""
        raw = self._raw(customers)
        missing: Counter[str] = Counter()
        out_of_range: Counter[str] = Counter()
        unknown: Counter[str] = Counter()
        if not np.isfinite(raw).all():
            self._fill_missing(raw, missing)
        matrix = np.zeros((len(customers), self.size), dtype=np.float32)
        n = self._number_count
        numbers = raw[:, :n]
        if ((numbers < self._low) | (numbers > self._high)).any():
            self._clip(numbers, out_of_range)
        matrix[:, :n] = (numbers - self._low) / self._span
        for i, places in enumerate(self._choice_at):
            self._place_choice(matrix, raw[:, n + i].tolist(), i, places, out_of_range)
        self._place_holdings(matrix, customers, unknown)
        return Vectors(matrix, missing, out_of_range, unknown)

    def _raw(self, customers: Sequence[CustomerFeatures]) -> _Raw:
        shape = (len(customers), len(self.columns))
        try:
            if self._get is not None:
                try:
                    rows = [self._get(customer.profile) for customer in customers]
                    return np.array(rows, dtype=np.float64).reshape(shape)
                except KeyError:
                    pass
            nan = float("nan")
            gaps = [[customer.profile.get(column, nan) for column in self.columns] for customer in customers]
            return np.array(gaps, dtype=np.float64).reshape(shape)
        except (TypeError, ValueError) as error:
            raise FeatureError(f"a profile value is not a number: {error}; every profile value must be one") from error

    def _fill_missing(self, raw: _Raw, missing: Counter[str]) -> None:
        bad = ~np.isfinite(raw)
        for at in np.flatnonzero(bad.any(axis=0)).tolist():
            missing[self.columns[at]] += int(bad[:, at].sum())
        raw[bad] = np.broadcast_to(self._defaults, raw.shape)[bad]

    def _clip(self, numbers: _Raw, out_of_range: Counter[str]) -> None:
        bad = (numbers < self._low) | (numbers > self._high)
        for at in np.flatnonzero(bad.any(axis=0)).tolist():
            out_of_range[self.columns[at]] += int(bad[:, at].sum())
        np.clip(numbers, self._low, self._high, out=numbers)

    def _place_choice(
        self, matrix: FloatMatrix, values: list[float], i: int, places: dict[float, int], out_of_range: Counter[str]
    ) -> None:
        column = self._choices[i]
        for row, value in enumerate(values):
            at = places.get(value)
            if at is None:
                out_of_range[column.code] += 1
                at = places[float(column.default)]
            matrix[row, at] = 1.0

    def _place_holdings(
        self, matrix: FloatMatrix, customers: Sequence[CustomerFeatures], unknown: Counter[str]
    ) -> None:
        held_at = self._held_at
        for row, customer in enumerate(customers):
            for code in customer.holdings:
                at = held_at.get(code)
                if at is None:
                    unknown[code] += 1
                else:
                    matrix[row, at] = 1.0

    def raw_value(self, group: FeatureGroup, row: FloatMatrix) -> float:
        """The value behind one group of a vector in its own unit: the number, the choice's value, or 1/0 held."""
        if group.is_product:
            return float(row[group.start])
        column = self._columns[group.subject]
        match column:
            case NumberColumn():
                return round(float(row[group.start]) * (column.high - column.low) + column.low, 6)
            case ChoiceColumn():
                return float(column.choices[int(np.argmax(row[group.start : group.stop]))].value)
