"""Chance with an owner: every customer of a seed has generators of their own. Pure.

A block is `BLOCK` customers in a row, always computed together and in the same shapes: that makes a million affordable,
and a customer's numbers never depend on how many others are asked for.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

BLOCK: Final = 256

# What a generator is for. numpy pads seeds with zeros, so that an aspect of 0 would repeat the generator without one.
PERSON: Final = 1
BEHAVIOUR: Final = 2
NAME: Final = 3
RECORD: Final = 4
TALK: Final = 5


class Draws:
    """The generators `default_rng([seed, number, aspect])` of some customers; each array has a row per customer."""

    def __init__(self, seed: int, numbers: Ints, aspect: int) -> None:
        self._generators = [np.random.default_rng([seed, number, aspect]) for number in numbers.tolist()]

    def uniform(self, width: int) -> Floats:
        """Uniform on [0, 1), [N, width]."""
        return np.stack([generator.random(width) for generator in self._generators])

    def normal(self, width: int) -> Floats:
        """Standard normal, [N, width]."""
        return np.stack([generator.standard_normal(width) for generator in self._generators])

    def poisson(self, means: Floats) -> Ints:
        """Poisson counts with these means, [N, M] like `means`."""
        pairs = zip(self._generators, means, strict=True)
        return np.stack([generator.poisson(row) for generator, row in pairs]).astype(np.int64)

    def uniform_each(self, counts: Ints, width: int) -> Floats:
        """`counts[i]` rows of uniforms for customer i, one customer after another, [sum(counts), width]."""
        pairs = zip(self._generators, counts.tolist(), strict=True)
        return np.concatenate([generator.random((count, width)) for generator, count in pairs])

    def normal_each(self, counts: Ints) -> Floats:
        """`counts[i]` standard normals for customer i, one customer after another, [sum(counts)]."""
        pairs = zip(self._generators, counts.tolist(), strict=True)
        return np.concatenate([generator.standard_normal(count) for generator, count in pairs])


def block_numbers(block: int) -> Ints:
    """The customer numbers of a block."""
    return np.arange(block * BLOCK, (block + 1) * BLOCK, dtype=np.int64)
