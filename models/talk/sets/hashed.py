"""Linear models over named features, the names hashed to a fixed number of weights: no vocabulary to ship.

Source: K. Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009; CRC-32 as the hash.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import onnxruntime

Features = Mapping[str, float]
Indices = npt.NDArray[np.int64]
Values = npt.NDArray[np.float32]

BATCH = 64
"""Rows that are scored at a time."""


def bucket(name: str, buckets: int) -> int:
    """Which of ``buckets`` weights a feature has."""
    return zlib.crc32(name.encode()) % buckets


def padded(rows: Sequence[Features], buckets: int) -> tuple[Indices, Values]:
    """Indices and values [N, L] of the rows' features in order of name, short rows filled up with 0 × weight 0."""
    longest = max((len(row) for row in rows), default=0) or 1
    index = np.zeros((len(rows), longest), dtype=np.int64)
    value = np.zeros((len(rows), longest), dtype=np.float32)
    for at, row in enumerate(rows):
        for place, name in enumerate(sorted(row)):
            index[at, place] = bucket(name, buckets)
            value[at, place] = row[name]
    return index, value


class HashedLinear:
    """A model with inputs `index` and `value` and the output `score` [N, K]; ``buckets``: how many weights it has."""

    def __init__(self, session: onnxruntime.InferenceSession, buckets: int) -> None:
        self._session = session
        self._buckets = buckets

    def scores(self, rows: Sequence[Features]) -> Values:
        """The scores [N, K] of the rows, one or more of them."""
        found = []
        for start in range(0, len(rows), BATCH):
            index, value = padded(rows[start : start + BATCH], self._buckets)
            found.append(self._session.run(["score"], {"index": index, "value": value})[0])
        result: Values = np.concatenate(found)
        return result
