"""What a ranking model is made of: a linear score, and small trees on top of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from models.features import FeatureSpace, FloatMatrix
from models.trees import Trees

Floats = npt.NDArray[np.float64]

INT8_MOST = 127


@dataclass(frozen=True, slots=True)
class RankingModel:
    """score = base + (x - reference) · coefficient + trees(x), over the products, with x the encoded row.

    `coefficient` [F, K], `base` [K], `reference` [F], double precision. `step` [K]: where given, the coefficients of a
    product are whole multiples, -127 to 127, of its step, and the file keeps them in eight bits.
    """

    space: FeatureSpace
    coefficient: Floats
    base: Floats
    reference: Floats
    trees: Trees | None = None
    step: Floats | None = None

    def shifted(self, intercept: Floats, slope: Floats) -> RankingModel:
        """The corrected model: score'_k(x) = score_k(x) + intercept_k + x · slope[:, k] (W-16)."""
        base = self.base + intercept + self.reference @ slope
        return replace(self, coefficient=self.coefficient + slope, base=base, step=None)

    def tempered(self, temperature: float) -> RankingModel:
        """The model with all scores divided by `temperature`: the same order, other probabilities."""
        trees = self.trees
        if trees is not None:
            trees = replace(trees, value=(trees.value / np.float32(temperature)).astype(np.float32))
        return replace(
            self, coefficient=self.coefficient / temperature, base=self.base / temperature, trees=trees, step=None
        )

    def quantised(self) -> RankingModel:
        """The model with every coefficient rounded to eight bits, one step size a product."""
        largest = np.abs(self.coefficient).max(axis=0)
        step = np.where(largest > 0.0, largest / INT8_MOST, 1.0).astype(np.float32).astype(np.float64)
        return replace(self, coefficient=np.round(self.coefficient / step) * step, step=step)

    def scores(self, encoded: FloatMatrix) -> Floats:
        """The trainer's own scores in double precision, [N, K], for checking the file against."""
        result: Floats = self.base + (encoded.astype(np.float64) - self.reference) @ self.coefficient
        if self.trees is not None:
            result = result + self.trees.scores(encoded, len(self.base))
        return result
