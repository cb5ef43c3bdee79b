"""Columns that give the answer away are found, and others are not."""

from __future__ import annotations

import numpy as np
import pytest

from models.training.leaks import leaks

DRAW = np.random.default_rng(3)
N = 4000
WANTS = DRAW.random((N, 3)) < np.array([0.4, 0.02, 0.0])


def found(values: np.ndarray[tuple[int], np.dtype[np.float64]], *, coded: bool = False) -> list[tuple[str, int]]:
    """The suspected columns among one, and which product each tells."""
    names = frozenset({"column"}) if coded else frozenset[str]()
    return [(leak.column, leak.product) for leak in leaks({"column": values}, names, WANTS)]


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("product", [0, 1])
def test_amounts_that_are_there_only_with_the_product(sign: float, product: int) -> None:
    amount = np.where(WANTS[:, product], DRAW.random(N) + 0.5, 0.0)
    assert found(sign * amount) == [("column", product)]
    assert found(np.where(WANTS[:, product], amount, np.nan)) == [("column", product)]


def test_codes_that_say_the_product() -> None:
    code = np.where(WANTS[:, 0], DRAW.integers(0, 5, N) * 2, DRAW.integers(0, 5, N) * 2 + 1).astype(np.float64)
    assert found(code) == []
    assert found(code, coded=True) == [("column", 0)]


def test_honest_columns_are_not_suspected() -> None:
    assert found(WANTS[:, 0] + DRAW.normal(0.0, 0.5, N)) == []
    assert found(DRAW.normal(0.0, 1.0, N)) == []
    assert found(DRAW.integers(0, 60, N).astype(np.float64), coded=True) == []
    assert found(np.full(N, np.nan)) == []


def test_too_few_to_judge() -> None:
    assert leaks({"column": np.arange(5.0)}, frozenset(), np.eye(5, 2, dtype=np.bool_)) == []
