"""The same seed gives the same trace: within a process, and in another one with other hashes of strings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sim.run import run_seed

ROOT = Path(__file__).resolve().parents[2]
SEEDS = range(2000, 2004)

_CODE = """
import logging, sys
logging.disable(logging.CRITICAL)
from tests.sim.run import run_seed
for seed in map(int, sys.argv[1:]):
    print(run_seed(seed).digest)
"""


def digests_elsewhere(hash_seed: str) -> list[str]:
    """The traces' hashes from a new process."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", _CODE, *map(str, SEEDS)],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
    )
    return done.stdout.split()


def test_same_seed_same_trace_in_one_process() -> None:
    for seed in SEEDS:
        first, second = run_seed(seed), run_seed(seed)
        assert (first.digest, first.steps, first.counts) == (second.digest, second.steps, second.counts)


def test_other_seeds_other_traces() -> None:
    assert len({run_seed(seed).digest for seed in SEEDS}) == len(SEEDS)


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_same_seed_same_trace_in_another_process(hash_seed: str) -> None:
    assert digests_elsewhere(hash_seed) == [run_seed(seed).digest for seed in SEEDS]
