"""Have the customers changed since training? The population stability index of every input. Pure (W-04).

PSI = sum over bins of (now - then) · ln(now / then), with shares of the bins (Siddiqi, "Credit Risk Scorecards", 2006;
the usual reading: below .1 stable, .1 to .25 look, above .25 changed). Missing is a bin of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from models.columns import ChoiceColumn, NumberColumn
from models.features import FeatureSpace, FloatMatrix

BINS = 10
MOVED = 0.25
"""From this index on, an input counts as changed."""

_SMALLEST = 1e-4
_HALF = 0.5


class Histogram(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An input at training: inner `edges` of its bins (ascending; a bin is left-open, right-closed), and `shares` of
    the len(edges) + 1 bins and, last, of missing."""

    column: str
    edges: tuple[float, ...]
    shares: tuple[float, ...]


def reference_histograms(space: FeatureSpace, raw: FloatMatrix) -> tuple[Histogram, ...]:
    """How every input was distributed over the training customers' raw rows."""
    found = []
    for at, name in enumerate(space.raw_names):
        edges = _edges(space, at, raw[:, at])
        counts = _counts(raw[:, at], edges)
        shares = counts / max(counts.sum(), 1.0)
        found.append(Histogram(name, tuple(edges.tolist()), tuple(np.round(shares, 6).tolist())))
    return tuple(found)


def _edges(space: FeatureSpace, at: int, values: FloatMatrix) -> npt.NDArray[np.float64]:
    columns: Sequence[NumberColumn | ChoiceColumn] = (*space.numbers, *space.choices)
    if at >= len(columns):
        return np.array([_HALF])
    column = columns[at]
    if isinstance(column, ChoiceColumn):
        return np.array(sorted(choice.value for choice in column.choices), dtype=np.float64)[:-1] + _HALF
    there = np.clip(values[~np.isnan(values)].astype(np.float64), column.low, column.high)
    if not len(there):
        return np.array([column.default])
    quantiles = np.quantile(there, np.linspace(0, 1, BINS + 1)[1:-1], method="lower")
    return np.unique(np.round(quantiles, 6))


def _counts(values: FloatMatrix, edges: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    gone = np.isnan(values)
    places = np.searchsorted(edges, values[~gone].astype(np.float64), side="left")
    counts = np.bincount(places, minlength=len(edges) + 1).astype(np.float64)
    return np.append(counts, float(gone.sum()))


class Drift:
    """Counts what comes in beside what came in at training."""

    def __init__(self, space: FeatureSpace, reference: Sequence[Histogram]) -> None:
        position = {name: at for at, name in enumerate(space.raw_names)}
        self._bins = [
            (position[one.column], one, np.array(one.edges, dtype=np.float64))
            for one in reference
            if one.column in position
        ]
        self._counts = [np.zeros(len(one.shares)) for _, one, _ in self._bins]
        self.rows = 0

    def add(self, raw: FloatMatrix) -> None:
        """Count these raw rows, [N, R]."""
        self.rows += len(raw)
        for counts, (at, _, edges) in zip(self._counts, self._bins, strict=True):
            counts += _counts(raw[:, at], edges)

    def psi(self) -> dict[str, float]:
        """The index of every input, 0 before anything was counted."""
        return {
            one.column: round(stability(np.array(one.shares), counts), 4) if self.rows else 0.0
            for counts, (_, one, _) in zip(self._counts, self._bins, strict=True)
        }


def stability(then: npt.NDArray[np.float64], now: npt.NDArray[np.float64]) -> float:
    """The population stability index of two histograms over the same bins; empty bins count as one in ten thousand."""
    old = np.maximum(then / max(float(then.sum()), 1e-12), _SMALLEST)
    new = np.maximum(now / max(float(now.sum()), 1e-12), _SMALLEST)
    return float(((new - old) * np.log(new / old)).sum())
