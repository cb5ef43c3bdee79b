"""One process dies at each place where it touches disk or network, one place a run: nothing is lost or repeated."""

from __future__ import annotations

from functools import cache

import msgspec
import pytest

from runtime.bus.memory import Faults
from tests.sim.mortality import BEFORE_TRANSACTION
from tests.sim.run import Death, run_world
from tests.sim.world import Release, Trouble, World, build_world

SHARDS = 6
STEPS = {"hub": 1, "kiosk-north-1": 5, "watch-1": 17}
"""Of the hub every place is tried, of the agents every so many (their unit tests try every statement)."""

CALM = Trouble(
    faults=Faults(delay_s=(0.005, 0.03)),
    commit_s=0.0,
    partitions=0,
    broker_restarts=0,
    hub_kills=0,
    hub_crash_points=0,
    storage_failures=0,
    agent_kills=0,
    agent_crash_points=0,
    agent_stops=0,
)


@cache
def calm_world() -> World:
    """A lively branch morning of a few seconds in which nothing else goes wrong."""
    return msgspec.structs.replace(
        build_world(3),
        active_s=3.5,
        arrival_s=0.7,
        pace_s=0.3,
        trouble=CALM,
        releases=(Release(at_s=0.0, kind="publish"),),
    )


@cache
def places(process: str) -> tuple[int, ...]:
    """The places that the process passes when nobody dies, counted from 1; of those that come to the same only one."""
    outcome = run_world(calm_world())
    assert not outcome.violations, str(outcome)
    return tuple(at for at, name in enumerate(outcome.places[process], 1) if name != BEFORE_TRANSACTION)


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("process", STEPS)
def test_dies_at_each_place(process: str, shard: int) -> None:
    tried = places(process)
    assert len(tried) > 50, f"{process} does hardly anything here: {len(tried)} places"
    for place in tried[shard * STEPS[process] :: STEPS[process] * SHARDS]:
        outcome = run_world(calm_world(), dies=Death(process, place))
        assert not outcome.violations, f"{process} dies at place {place} of {tried[-1]}\n{outcome}"
        assert outcome.counts["deaths"] == 1, f"{process} did not die at place {place} of {tried[-1]}"
