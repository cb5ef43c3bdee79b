"""Arrays as bytes and back, the same on every machine: little-endian float64, in C order. Pure."""

from __future__ import annotations

import numpy as np

from models.correction.contract import Vector
from models.correction.errors import CorrectionError


def packed(array: Vector) -> bytes:
    """The array's values."""
    return np.ascontiguousarray(array, dtype="<f8").tobytes()


def unpacked(content: bytes, shape: tuple[int, ...]) -> Vector:
    """The array of this shape with the values of `packed`; `CorrectionError` when they are too few or too many."""
    if len(content) != 8 * int(np.prod(shape)):
        raise CorrectionError(f"{len(content)} bytes are no array of shape {shape}; replay the log instead")
    return np.frombuffer(content, dtype="<f8").reshape(shape).astype(np.float64)
