"""Customer records → the model's input row: one function for training, hub and device. Pure (W-04, W-05).

The raw row, float32, in this order: each number column in its own unit, each choice column's value (both NaN when
missing), then one 0/1 entry per product of the catalogue, 1 = held. What becomes of it (`names`, the encoding) is part
of the ONNX file (models/graph.py), so that there is one encoding wherever the file goes: numbers clipped to their range
and brought to 0–1, one 0/1 entry per flag of a missing number, one per choice, one per product held.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from models.catalogue import Catalogue
from models.columns import ChoiceColumn, Column, EventWindow, NumberColumn
from models.customers import CustomerFeatures
from models.errors import FeatureError
from models.windows import WindowSet

FloatMatrix = npt.NDArray[np.float32]

_NAN = float("nan")
_HOLDINGS_KEPT = 4096


@dataclass(frozen=True, slots=True)
class Counts:
    """What had to be put right in a batch, counted per column or code.

    `missing`: absent or not a number. `out_of_range`: beyond the declared range and clipped, or a choice that the model
    has never seen. `unknown_holdings`: product codes not in the catalogue, ignored.
    """

    missing: Mapping[str, int]
    out_of_range: Mapping[str, int]
    unknown_holdings: Mapping[str, int]


class Rows(NamedTuple):
    """Raw rows of a batch, [N, R] float32, and which holdings the catalogue lacks."""

    matrix: FloatMatrix
    unknown_holdings: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FeatureGroup:
    """The entries of the encoded row that come from one profile column or one product, and its place in the raw row."""

    subject: str
    is_product: bool
    raw: int
    entries: tuple[int, ...]


class FeatureSpace:
    """Turns customers into raw rows for one catalogue; equal catalogues give equal spaces with equal hashes."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        numbers = [c for c in catalogue.profile if isinstance(c, NumberColumn)]
        self.numbers: tuple[NumberColumn, ...] = tuple(
            [c for c in numbers if c.scale == "linear"] + [c for c in numbers if c.scale == "log"]
        )
        self.flagged: tuple[NumberColumn, ...] = tuple(c for c in self.numbers if c.missing_flag)
        self.choices: tuple[ChoiceColumn, ...] = tuple(c for c in catalogue.profile if isinstance(c, ChoiceColumn))
        ordered: tuple[Column, ...] = (*self.numbers, *self.choices)
        products = catalogue.product_codes
        self.columns: tuple[str, ...] = tuple(c.code for c in ordered)
        self.raw_names: tuple[str, ...] = (*self.columns, *(f"held:{code}" for code in products))
        self.raw_size = len(self.raw_names)
        self.products_start = len(self.columns)
        self._name_entries()
        self._held_at = {code: at for at, code in enumerate(products)}
        self._held_bytes: dict[frozenset[str], bytes] = {}
        windowed = [(at, c.window) for at, c in enumerate(self.numbers) if c.window is not None]
        self.windows = WindowSet([window for _, window in windowed])
        self.window_at: tuple[int, ...] = tuple(at for at, _ in windowed)
        self._read = [None if at in self.window_at else code for at, code in enumerate(self.columns)]
        self._get = itemgetter(*self.columns) if len(self.columns) > 1 and not windowed else None
        self.hash = self._hash()

    def _name_entries(self) -> None:
        """Names and groups of the encoded row: numbers, flags, choices, products."""
        names = [c.code for c in self.numbers]
        flag_at = {c.code: len(names) + i for i, c in enumerate(self.flagged)}
        names += [f"{c.code}?" for c in self.flagged]
        groups = [
            FeatureGroup(c.code, False, at, (at, flag_at[c.code]) if c.missing_flag else (at,))
            for at, c in enumerate(self.numbers)
        ]
        for i, column in enumerate(self.choices):
            start = len(names)
            names += [f"{column.code}={choice.value}" for choice in column.choices]
            groups.append(FeatureGroup(column.code, False, len(self.numbers) + i, tuple(range(start, len(names)))))
        self.holdings_start = len(names)
        for at, code in enumerate(self.catalogue.product_codes):
            groups.append(FeatureGroup(code, True, self.products_start + at, (self.holdings_start + at,)))
        names += [f"held:{code}" for code in self.catalogue.product_codes]
        self.names: tuple[str, ...] = tuple(names)
        self.groups: tuple[FeatureGroup, ...] = tuple(groups)
        self.size = len(names)

    def _hash(self) -> str:
        """sha256 over order, names, scales, defaults, choices, windows and products: whatever changes a row or its
        encoding changes the hash."""
        lines = [f"{name}:float32" for name in (*self.raw_names, *self.names)]
        for c in self.numbers:
            window = c.window if c.window is None or c.window.days is None else _with_days(c.window)
            lines.append(f"{c.code} {float(c.low)!r} {float(c.high)!r} {float(c.default)!r} {c.scale} {window!r}")
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def rows(self, customers: Sequence[CustomerFeatures], now: datetime | None = None) -> Rows:
        """The raw rows of `customers` as of `now`; `FeatureError` for a value that is no number."""
        unknown: dict[str, int] = {}
        parts: list[bytes] = []
        try:
            for customer in customers:
                parts.append(array("f", self._values(customer.profile)).tobytes())
                parts.append(self._held_bytes.get(customer.holdings) or self._held(customer.holdings, unknown))
        except (TypeError, ValueError, OverflowError) as error:
            raise FeatureError(f"a profile value is not a number: {error}; every profile value must be one") from error
        matrix = np.frombuffer(b"".join(parts), dtype=np.float32).reshape(len(customers), self.raw_size)
        if self.window_at:
            matrix = matrix.copy()
            matrix[:, self.window_at] = self.windows.values(customers, now)
        return Rows(matrix, unknown)

    def _values(self, profile: Mapping[str, float]) -> Sequence[float]:
        if self._get is not None:
            try:
                values: Sequence[float] = self._get(profile)
                return values
            except KeyError:
                pass
        return [_NAN if code is None else profile.get(code, _NAN) for code in self._read]

    def _held(self, holdings: frozenset[str], unknown: dict[str, int]) -> bytes:
        row = array("f", bytes(4 * len(self._held_at)))
        strangers = False
        for code in holdings:
            at = self._held_at.get(code)
            if at is None:
                unknown[code] = unknown.get(code, 0) + 1
                strangers = True
            else:
                row[at] = 1.0
        content = row.tobytes()
        if not strangers:
            if len(self._held_bytes) >= _HOLDINGS_KEPT:
                self._held_bytes.clear()
            self._held_bytes[holdings] = content
        return content

    def count(self, rows: Rows) -> Counts:
        """What the model has to put right in these rows."""
        matrix = rows.matrix
        missing: dict[str, int] = {}
        out_of_range: dict[str, int] = {}
        ordered: tuple[Column, ...] = (*self.numbers, *self.choices)
        for at, column in enumerate(ordered):
            values = matrix[:, at]
            gone = np.isnan(values)
            if isinstance(column, NumberColumn):
                bad = (values < column.low) | (values > column.high)
            else:
                bad = ~gone & ~np.isin(values, [choice.value for choice in column.choices])
            if gone.any():
                missing[column.code] = int(gone.sum())
            if bad.any():
                out_of_range[column.code] = int(bad.sum())
        return Counts(missing, out_of_range, rows.unknown_holdings)

    def held(self, matrix: FloatMatrix) -> npt.NDArray[np.bool_]:
        """Which products are held, [N, K], from raw rows."""
        held: npt.NDArray[np.bool_] = matrix[:, self.products_start :] > 0.0
        return held


def _with_days(window: EventWindow) -> EventWindow:
    """The window with its days as a float, as they are after a round trip through JSON: 30 and 30.0 hash the same."""
    return msgspec.structs.replace(window, days=float(window.days or 0.0))
