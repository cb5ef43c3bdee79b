from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.backoff import full_jitter


@given(st.integers(0, 10_000), st.floats(0.01, 10), st.floats(10, 1000), st.integers())
def test_a_wait_is_within_its_bounds(attempt: int, first_s: float, most_s: float, seed: int) -> None:
    wait_s = full_jitter(attempt, first_s=first_s, most_s=most_s, chance=random.Random(seed))
    assert 0.1 * first_s * 0.999 <= wait_s <= most_s
    assert wait_s <= first_s * 2.0 ** min(attempt, 32)


@pytest.mark.parametrize(("attempt", "ceiling_s"), [(0, 0.5), (1, 1.0), (4, 8.0), (6, 30.0), (400, 30.0)])
def test_waits_double_up_to_the_most_and_are_spread(attempt: int, ceiling_s: float) -> None:
    chance = random.Random(1)
    waits = [full_jitter(attempt, first_s=0.5, most_s=30.0, chance=chance) for _ in range(500)]
    assert max(waits) > 0.97 * ceiling_s
    assert min(waits) < 0.15 * ceiling_s
    assert sum(waits) / 500 == pytest.approx(0.55 * ceiling_s, rel=0.1)
