"""A transaction that is undone takes back what it did to queues, and no other branch's queue is read anew (K-06)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.lobby.queue.events import Turned
from hub.lobby.queue.places import CounterMove, CounterState
from hub.lobby.queues import BranchDay
from hub.storage import UnitOfWork
from tests.unit.hub.rig import Rig

pytestmark = pytest.mark.req("K-06")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A hub."""
    rig = Rig(f"sqlite:///{tmp_path / 'hub.sqlite'}")
    yield rig
    rig.close()


def day(rig: Rig, branch: str) -> BranchDay:
    found = rig.run(lambda unit: rig.hub.queues.today(unit, branch))[0]
    assert found is not None
    return found


def opened(day: BranchDay) -> list[str]:
    return [one.name for one in day.queue.view().counters if one.state is CounterState.OPEN]


def turn(rig: Rig, branch: str, *, fails: bool = False) -> None:
    def job(unit: UnitOfWork) -> None:
        rig.hub.lobby.act(unit, branch, Turned(at=unit.now.timestamp(), counter="1", move=CounterMove.OPEN))
        if fails:
            raise OSError("the disk is full")

    if fails:
        with pytest.raises(OSError, match="disk is full"):
            rig.run(job)
    else:
        rig.run(job)


def test_only_the_queue_that_was_touched_is_read_anew(rig: Rig) -> None:
    main, river = day(rig, "main"), day(rig, "river")
    turn(rig, "river")
    turn(rig, "main", fails=True)
    assert day(rig, "river") is river
    assert opened(river) == ["1"]
    assert day(rig, "main") is not main
    assert opened(day(rig, "main")) == []


def test_what_was_committed_before_is_there_after_it(rig: Rig) -> None:
    turn(rig, "main")
    version = day(rig, "main").version
    turn(rig, "river", fails=True)
    assert day(rig, "main").version == version
    assert opened(day(rig, "main")) == ["1"]


def test_a_batch_that_fails_leaves_no_place_in_any_line(rig: Rig) -> None:
    river = day(rig, "river")
    good, bad = rig.ticket("kiosk-main", "A001"), rig.ticket("kiosk-main", "A002")

    def job(unit: UnitOfWork) -> None:
        rig.hub.lobby.act(unit, "main", Turned(at=unit.now.timestamp(), counter="2", move=CounterMove.OPEN))
        raise OSError("gone")

    rig.accept("kiosk-main", good)
    with pytest.raises(OSError, match="gone"):
        rig.run(job)
    rig.accept("kiosk-main", bad)
    assert [place.ticket for place in day(rig, "main").queue.view().places] == [good.ticket, bad.ticket]
    assert opened(day(rig, "main")) == []
    assert day(rig, "river") is river
