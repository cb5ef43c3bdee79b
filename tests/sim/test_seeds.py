"""Hundreds of seeds, each a branch or three with everything going wrong; no invariant may break."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sim.run import run_seed, run_world
from tests.sim.world import build_world

SEEDS_A_TEST = 10
TESTS = 20
NIGHTLY = 30

KEPT = tuple(
    int(line.split()[0])
    for line in Path(__file__).with_name("kept_seeds.txt").read_text("utf-8").splitlines()
    if line.strip() and not line.startswith("#")
)


@pytest.mark.req("W-01", "W-02", "W-03", "W-06", "W-07", "W-13", "W-14", "W-15", "W-16")
@pytest.mark.parametrize(
    "first",
    [
        pytest.param(1000 + at * SEEDS_A_TEST, marks=[] if at < TESTS else [pytest.mark.nightly])
        for at in range(TESTS + NIGHTLY)
    ],
)
def test_no_invariant_breaks(first: int) -> None:
    for seed in range(first, first + SEEDS_A_TEST):
        outcome = run_seed(seed)
        assert not outcome.violations, str(outcome)
        assert outcome.counts.get("messages", 0) > 0, f"seed {seed}: nothing happened"


@pytest.mark.parametrize("seed", KEPT)
def test_what_broke_once_holds(seed: int) -> None:
    for models in (False, True):  # they broke before there were any models
        outcome = run_world(build_world(seed, models=models))
        assert not outcome.violations, str(outcome)
