"""A population of questions to learn from: one row per customer and wanted product, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.catalogue import Catalogue
from models.features import FloatMatrix

FOLDS = 5
HELD_OUT = 0


@dataclass(frozen=True, slots=True)
class Population:
    """N questions: a customer as they were, and the product that they wanted.

    `raw` [N, R] float32: raw rows of FeatureSpace(catalogue), holdings without the wanted product; `wanted` [N]: its
    position; `customer` [N]: who asks (several wanted products are several rows of one customer); `fold` [N]: 0 is held
    out, 1–4 are for training; `age` [N] in years, NaN unknown; `risk_rating` [N] 1–5, 1 also where unknown; `segment`
    [N]: a label. `leave_one_out`: the wanted product was one of those held, drawn by chance, so training may ask the
    same of each. `left_out`: customers that gave no question, counted by reason.
    """

    name: str
    title: str
    origin: str
    licence: str
    sha256: str
    protocol: str
    limits: str
    catalogue: Catalogue
    raw: FloatMatrix
    wanted: npt.NDArray[np.intp]
    customer: npt.NDArray[np.int64]
    fold: npt.NDArray[np.int8]
    age: npt.NDArray[np.float32]
    risk_rating: npt.NDArray[np.int8]
    segment: npt.NDArray[np.str_]
    leave_one_out: bool
    left_out: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.wanted)
