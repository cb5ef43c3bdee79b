from __future__ import annotations

import msgspec
import pytest

from contracts.envelope import TraceParent
from contracts.fields import Id
from runtime.ids import Ids, SeededIds, UuidIds


@pytest.mark.parametrize("ids", [UuidIds(), SeededIds("kiosk-1", 7)])
def test_ids_are_unique_and_fit_the_wire(ids: Ids) -> None:
    made = [ids.new() for _ in range(2000)]
    assert len(set(made)) == 2000
    assert all(msgspec.convert(each, Id) for each in made)
    traces = [ids.traceparent() for _ in range(200)]
    assert len(set(traces)) == 200
    assert all(msgspec.convert(each, TraceParent) for each in traces)


def test_uuids_are_ordered_by_time() -> None:
    ids = UuidIds()
    made = [ids.new() for _ in range(100)]
    assert made == sorted(made)


def test_seeded_ids_repeat_and_differ_by_prefix_and_seed() -> None:
    def some(prefix: str, seed: int) -> list[str]:
        ids = SeededIds(prefix, seed)
        return [ids.new(), ids.new(), ids.traceparent()]

    assert some("a1", 7) == some("a1", 7)
    assert not set(some("a1", 7)) & set(some("b1", 7))
    assert some("a1", 7)[2] != some("a1", 8)[2]
