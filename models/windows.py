"""Events → numbers in time windows: one function for one customer and for a million in training. Pure (W-04)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from models.columns import EventWindow
from models.customers import CustomerFeatures
from models.errors import FeatureError

Numbers = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class EventBatch:
    """The events of a batch of customers from one of the bank's logs, in any order, as equally long arrays.

    `customer`: the row of the batch; `age_days`: how long before the customer's moment of analysis (negative: after
    it); `kind`: position in `kinds`, -1 for an event without a kind that any window names; `amount`, one that is no
    finite number counts as 0.
    """

    customer: Positions
    age_days: Numbers
    kind: Positions
    amount: Numbers
    kinds: tuple[str, ...]


def window_values(batch: EventBatch, windows: Sequence[EventWindow], customers: int) -> Numbers:
    """Each window's measure per customer, float64 [customers, len(windows)]; NaN where there is nothing to measure."""
    result = np.empty((customers, len(windows)), dtype=np.float64)
    position = {kind: at for at, kind in enumerate(batch.kinds)}
    past = batch.age_days > 0.0
    batch = replace(batch, amount=np.where(np.isfinite(batch.amount), batch.amount, 0.0))
    together: dict[tuple[float | None, str], list[int]] = {}
    for at, window in enumerate(windows):
        together.setdefault((window.days, window.measure), []).append(at)
    for (days, measure), places in together.items():
        chosen = np.flatnonzero(past if days is None else past & (batch.age_days <= days))
        wanted = np.stack([_wanted(windows[at], position) for at in places])
        if measure in ("count", "sum"):
            result[:, places] = _added(batch, chosen, measure == "sum", customers) @ wanted.T
        else:
            for at, mine in zip(places, wanted, strict=True):
                result[:, at] = _measure(batch, chosen[mine[batch.kind[chosen]]], windows[at], customers)
    return result


def _wanted(window: EventWindow, position: Mapping[str, int]) -> npt.NDArray[np.bool_]:
    """Which kinds the window is about; the last entry answers for kind -1."""
    wanted = np.full(len(position) + 1, not window.kinds)
    wanted[[position[kind] for kind in window.kinds if kind in position]] = True
    return wanted


def _added(batch: EventBatch, at: npt.NDArray[np.intp], amounts: bool, customers: int) -> Numbers:
    """How many events of each kind every customer has, or the sum of their amounts, [customers, kinds + 1]."""
    width = len(batch.kinds) + 1
    cell = batch.customer[at] * width + batch.kind[at] % width
    weights = batch.amount[at] if amounts else None
    return np.bincount(cell, weights=weights, minlength=customers * width).reshape(customers, width).astype(np.float64)


def _measure(batch: EventBatch, at: npt.NDArray[np.intp], window: EventWindow, customers: int) -> Numbers:
    who = batch.customer[at]
    count = np.bincount(who, minlength=customers).astype(np.float64)
    match window.measure:
        case "count" | "sum":
            raise AssertionError("counted and summed together with other windows")
        case "mean":
            total = np.bincount(who, weights=batch.amount[at], minlength=customers)
            mean: Numbers = np.where(count > 0, total / np.maximum(count, 1.0), np.nan)
            return mean
        case "max":
            largest = np.full(customers, -np.inf)
            np.maximum.at(largest, who, batch.amount[at])
            return np.where(count > 0, largest, np.nan)
        case "days_since":
            youngest = np.full(customers, np.inf)
            np.minimum.at(youngest, who, batch.age_days[at])
            return np.where(count > 0, youngest, np.nan)
        case "distinct":
            of_a_kind = at[batch.kind[at] >= 0]
            width = max(len(batch.kinds), 1)
            pairs = np.unique(batch.customer[of_a_kind] * width + batch.kind[of_a_kind])
            return np.bincount(pairs // width, minlength=customers).astype(np.float64)


class WindowSet:
    """The windows of a catalogue's columns, grouped by log, so that each log is gone through once."""

    def __init__(self, windows: Sequence[EventWindow]) -> None:
        self.windows = tuple(windows)
        self.tables = tuple(dict.fromkeys(window.table for window in windows))
        self._of_table = {table: [at for at, one in enumerate(windows) if one.table == table] for table in self.tables}
        self._distinct = {
            table: any(windows[at].measure == "distinct" for at in places) for table, places in self._of_table.items()
        }

    def named_kinds(self, table: str) -> tuple[str, ...]:
        """The kinds that any window of this log names, sorted."""
        return tuple(sorted({kind for at in self._of_table[table] for kind in self.windows[at].kinds}))

    def counts_kinds(self, table: str) -> bool:
        """Whether a window of this log counts distinct kinds, so that every kind must be told apart."""
        return self._distinct[table]

    def fill(self, table: str, batch: EventBatch, customers: int, into: Numbers) -> None:
        """Write the values of this log's windows into their columns of `into` [customers, len(windows)]."""
        places = self._of_table[table]
        into[:, places] = window_values(batch, [self.windows[at] for at in places], customers)

    def values(self, customers: Sequence[CustomerFeatures], now: datetime | None) -> Numbers:
        """Every window's value for customers with their events at hand, at `now` (aware); `FeatureError` without it."""
        result = np.zeros((len(customers), len(self.windows)), dtype=np.float64)
        if not customers:
            return result
        if now is None:
            raise FeatureError("this model counts events in time windows: say the moment of the analysis (now)")
        end = now.timestamp()
        for table in self.tables:
            self.fill(table, self._batch(table, customers, end), len(customers), result)
        return result

    def _batch(self, table: str, customers: Sequence[CustomerFeatures], end: float) -> EventBatch:
        kinds = {kind: at for at, kind in enumerate(self.named_kinds(table))}
        every = self._distinct[table]
        all_count = every or any(not self.windows[at].kinds for at in self._of_table[table])
        who: list[int] = []
        age: list[float] = []
        kind: list[int] = []
        amount: list[float] = []
        for row, customer in enumerate(customers):
            for event in customer.events:
                if event.table == table and (all_count or event.kind in kinds):
                    who.append(row)
                    age.append((end - event.at.timestamp()) / DAY_S)
                    if every and event.kind:
                        kind.append(kinds.setdefault(event.kind, len(kinds)))
                    else:
                        kind.append(kinds.get(event.kind, -1))
                    amount.append(event.amount)
        return EventBatch(
            customer=np.array(who, dtype=np.int64),
            age_days=np.array(age, dtype=np.float64),
            kind=np.array(kind, dtype=np.int64),
            amount=np.array(amount, dtype=np.float64),
            kinds=tuple(kinds),
        )
