"""The few directions of the encoded row along which a correction may differ between customers. Pure (W-16).

A correction with a weight of its own for each of F ≈ 100 inputs and each product would learn nothing from a few
hundred visits. So the row x is brought to z = (1, (x - centre) · directions), a dozen numbers of variance about 1 over
the customers. A correction θ_k · z of a product's score is an intercept and a slope in x again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.correction.arrays import packed
from models.correction.contract import Matrix, Vector
from models.correction.errors import CorrectionError
from models.correction.exact import times

_LIMIT = 6.0


@dataclass(frozen=True, slots=True)
class Projection:
    """`centre` [F] and `directions` [F, D-1]; D is `size`, the constant 1 included."""

    centre: Vector
    directions: Matrix

    def __post_init__(self) -> None:
        if self.directions.ndim != 2 or self.centre.shape != self.directions.shape[:1]:
            raise CorrectionError(f"centre {self.centre.shape} and directions {self.directions.shape} don't fit")
        if not (np.isfinite(self.centre).all() and np.isfinite(self.directions).all()):
            raise CorrectionError("a projection's centre or direction is not finite; give finite customers")

    @property
    def size(self) -> int:
        """How many numbers a customer becomes."""
        return int(self.directions.shape[1]) + 1

    def of(self, encoded: npt.NDArray[np.float32] | Vector) -> Vector:
        """z of one encoded row [F], finite and bounded whatever the row."""
        row = np.nan_to_num(np.asarray(encoded, dtype=np.float64), nan=0.0, posinf=0.0, neginf=0.0) - self.centre
        found = np.clip(times(self.directions.T, row), -_LIMIT, _LIMIT)
        return np.concatenate([[1.0], found])

    def spread(self, weights: Matrix) -> tuple[Vector, Matrix]:
        """Weights on z, [K, D], as intercept [K] and slope [F, K] on the encoded row."""
        slope: Matrix = times(self.directions[:, None, :], weights[None, :, 1:])
        return weights[:, 0] - times(slope.T, self.centre), slope

    def sha256(self) -> str:
        """The digest of its numbers."""
        return hashlib.sha256(packed(self.centre) + packed(self.directions)).hexdigest()


def principal(encoded: Matrix, size: int) -> Projection:
    """The directions in which these customers [N, F] differ most, `size` - 1 of them (principal components)."""
    return _leading(encoded, np.eye(encoded.shape[1]), size)


def informative(encoded: Matrix, coefficient: Matrix, size: int) -> Projection:
    """The directions in which the model's scores for these customers [N, F] differ most over the products:
    `coefficient` is [F, K] (the principal components of the scores, as directions of the row)."""
    weights = coefficient - coefficient.mean(axis=1, keepdims=True)
    return _leading(encoded, weights, size)


def joined(first: Projection, second: Projection) -> Projection:
    """Both projections' directions, side by side."""
    return Projection(first.centre, np.hstack([first.directions, second.directions]))


def chosen(encoded: Matrix, columns: tuple[int, ...]) -> Projection:
    """These columns of the encoded rows [N, F] themselves, scaled to variance 1, or less for a rare one."""
    directions = np.zeros((encoded.shape[1], len(columns)))
    for at, column in enumerate(columns):
        deviation = float(_scale(encoded[:, column] - encoded[:, column].mean()))
        directions[column, at] = 1.0 / deviation if deviation > 1e-6 else 0.0
    return Projection(encoded.mean(axis=0), directions)


def _scale(seen: Matrix) -> Vector:
    """By what to divide these numbers [N, …], centred: their deviation, or more where a number of a few customers would
    then lie beyond the limit and be learned as less than what it is published as."""
    scale: Vector = np.maximum(seen.std(axis=0), np.abs(seen).max(axis=0) / _LIMIT)
    return scale


def _leading(encoded: Matrix, weights: Matrix, size: int) -> Projection:
    if size < 1 or len(encoded) < 2:
        raise CorrectionError(f"{len(encoded)} customers for a projection of size {size}; give at least 2 and size ≥ 1")
    rows = np.asarray(encoded, dtype=np.float64)
    centre = rows.mean(axis=0)
    seen = (rows - centre) @ weights
    _, strength, axes = np.linalg.svd(seen, full_matrices=False)
    count = min(size - 1, int((strength > 1e-9 * max(float(strength[0]), 1e-12)).sum()))
    # The sign of an axis is arbitrary: make its largest entry positive, so that equal customers give equal directions.
    signs = np.sign(axes[np.arange(count), np.abs(axes[:count]).argmax(axis=1)])
    directions = weights @ (axes[:count].T * signs)
    scale = _scale((rows - centre) @ directions)
    return Projection(centre, directions / np.where(scale > 1e-9, scale, 1.0))
