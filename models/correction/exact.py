"""Arithmetic whose result does not depend on threads or on how a library splits a sum. Pure (W-16).

BLAS sums in an order that varies with its threads and the processor, and so does `numpy.exp` in its last bit. Products
here are elementwise and their sums numpy's pairwise ones; exponentials are `math`'s.
"""

from __future__ import annotations

import math

import numpy as np

from models.correction.contract import Matrix, Vector

_STEEPEST = 35.0


def times(matrix: Matrix, vector: Vector) -> Vector:
    """`matrix @ vector` over the last axis (leading axes are kept), summed pairwise."""
    product: Vector = np.add.reduce(matrix * vector, axis=-1)
    return product


def logistic(value: float) -> float:
    """1 / (1 + e^-value), finite and inside (0, 1) for every finite value."""
    return 1.0 / (1.0 + math.exp(-min(max(value, -_STEEPEST), _STEEPEST)))


def dimmed(mean: float, variance: float) -> float:
    """The log-odds of the expected probability when log-odds have this mean and variance.

    E[σ(a)] ≈ σ(a / sqrt(1 + πv/8)): D. J. C. MacKay, "The Evidence Framework Applied to Classification Networks",
    Neural Computation 4 (1992).
    """
    return mean / math.sqrt(1.0 + math.pi / 8.0 * max(variance, 0.0))
