"""Columns that give the answer away: that alone tell nearly perfectly who holds or wants a product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

Floats = npt.NDArray[np.float64]

SUSPECT = 0.995
"""From this area under the ROC curve on, a column is suspected."""
FEWEST = 3
"""So many customers must want the product, and so many not; by chance, three are hardly ever the highest three."""
FEWEST_CODED = 20
"""The same for columns without an order, which are judged by rates that were learned from the same customers."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A column and the product that it tells, with the area under the ROC curve."""

    column: str
    product: int
    area: float


def leaks(columns: Mapping[str, Floats], coded: frozenset[str], wants: npt.NDArray[np.bool_]) -> list[Leak]:
    """The columns that nearly tell a product, each with the product that it tells best.

    `columns`: values [N] per column, NaN missing; those in `coded` have no order, their values are judged by how often
    the product occurs with each. `wants` [N, K].
    """
    positive = wants.sum(axis=0).astype(np.float64)
    fewer = np.minimum(positive, len(wants) - positive)
    judged = np.flatnonzero(fewer >= FEWEST)
    found: list[Leak] = []
    if not len(judged):
        return found
    target = wants[:, judged].astype(np.float64)
    for name, values in columns.items():
        if name in coded:
            areas = np.where(fewer[judged] >= FEWEST_CODED, _coded_areas(values, target), 0.0)
        else:
            known = np.where(np.isnan(values), np.nanmin(values, initial=0.0) - 1.0, values)
            areas = _areas(rankdata(known)[:, None], target)
            areas = np.maximum(areas, 1.0 - areas)
        best = int(np.argmax(areas))
        if areas[best] >= SUSPECT:
            found.append(Leak(name, int(judged[best]), float(areas[best])))
    return found


def _areas(ranks: Floats, target: Floats) -> Floats:
    positive = target.sum(axis=0)
    total = (ranks * target).sum(axis=0) - positive * (positive + 1.0) / 2.0
    areas: Floats = total / (positive * (len(target) - positive))
    return areas


def _coded_areas(values: Floats, target: Floats) -> Floats:
    _, code = np.unique(np.where(np.isnan(values), -np.inf, values), return_inverse=True)
    sizes = np.bincount(code).astype(np.float64)
    rates = np.stack([np.bincount(code, weights=column) for column in target.T], axis=1) / sizes[:, None]
    return _areas(np.apply_along_axis(rankdata, 0, rates[code]), target)
