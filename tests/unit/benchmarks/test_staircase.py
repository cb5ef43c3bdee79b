"""The search for the highest rate: against a system of known capacity it finds that capacity."""

from __future__ import annotations

import pytest

from benchmarks.staircase import Staircase, Verdict


def _climb(stairs: Staircase, capacity: float, *, unlucky: frozenset[int] = frozenset()) -> int:
    steps = 0
    while (rate := stairs.rate) is not None:
        held = rate <= capacity and steps not in unlucky
        stairs.take(Verdict(rate=rate, held=held, capacity=rate if held else min(rate, capacity) * 0.98))
        steps += 1
    return steps


@pytest.mark.parametrize("capacity", [37.0, 299.0, 300.0, 742.0, 1500.0, 5000.0])
def test_it_finds_the_capacity(capacity: float) -> None:
    stairs = Staircase(first=300.0)

    steps = _climb(stairs, capacity)

    assert capacity * 0.9 <= stairs.held <= capacity
    assert steps <= 14


def test_one_unlucky_step_does_not_end_the_climb() -> None:
    stairs = Staircase(first=300.0)

    _climb(stairs, 1000.0, unlucky=frozenset({1}))

    assert 900.0 <= stairs.held <= 1000.0


def test_it_gives_up_after_the_most_steps() -> None:
    stairs = Staircase(first=300.0, most_steps=5)

    assert _climb(stairs, 0.0) == 5
    assert stairs.held == 0.0
    assert stairs.failed is not None
