"""A device's stream is contiguous, of one run, and its own."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.messages import MESSAGE_TYPES, AnyMessage
from contracts.session import StreamPosition
from contracts.visits import TasksSynced
from hub.streams import STREAMED, UNPLACED, Streams
from tests.unit.hub.rig import NINE
from tests.wire.examples import EXAMPLES

EPOCH = "epoch-0001"


def example(wire: str) -> AnyMessage:
    return EXAMPLES[wire].data


def position_of(message: AnyMessage) -> StreamPosition:
    position = msgspec.structs.asdict(message)["position"]
    assert isinstance(position, StreamPosition)
    return position


def test_what_carries_a_position_is_what_is_streamed() -> None:
    placed = {kind for kind in MESSAGE_TYPES.values() if "position" in kind.__struct_fields__}
    assert placed - {type(example("device.reported.v1"))} == set(STREAMED)


@pytest.mark.req("W-01")
@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["task.offered.v1", "delivery.acked.v1"]))))
def test_each_device_counts_by_itself_and_without_gaps(said: list[tuple[str, str]]) -> None:
    streams = Streams(EPOCH)
    heard: dict[str, list[int]] = {"a": [], "b": []}
    for device, wire in said:
        message = streams.place(device, example(wire), NINE)
        if wire == "task.offered.v1":
            position = position_of(message)
            assert position.epoch == EPOCH
            heard[device].append(position.revision)
        else:
            assert message is example(wire)
    for device, revisions in heard.items():
        assert revisions == list(range(1, len(revisions) + 1))
        assert streams.position(device).revision == len(revisions)


@pytest.mark.req("W-01")
def test_the_parts_of_one_sync_share_a_place() -> None:
    streams = Streams(EPOCH)
    revisions = []
    for part in (1, 2, 3):
        synced = TasksSynced(position=UNPLACED, part=part, parts=3, binding=None, choices=(), tasks=())
        revisions.append(position_of(streams.place("a", synced, NINE)).revision)
    assert revisions == [1, 1, 1]
    assert position_of(streams.place("a", example("task.offered.v1"), NINE)).revision == 2


@pytest.mark.req("W-01")
def test_a_device_agrees_when_it_has_heard_all_or_may_still_hear_the_rest() -> None:
    streams = Streams(EPOCH, settle=timedelta(seconds=5))
    behind, at, beyond = (StreamPosition(epoch=EPOCH, revision=revision) for revision in (0, 1, 2))
    streams.place("a", example("task.offered.v1"), NINE)
    soon, late = NINE + timedelta(seconds=4), NINE + timedelta(seconds=6)
    for exact in (True, False):
        assert streams.agrees("a", at, exact=exact, now=late)
        assert not streams.agrees("a", beyond, exact=exact, now=soon)
        assert not streams.agrees("a", None, exact=exact, now=soon)
        assert not streams.agrees("a", StreamPosition(epoch="epoch-0000", revision=1), exact=exact, now=soon)
    assert streams.agrees("a", behind, exact=False, now=soon)
    assert not streams.agrees("a", behind, exact=True, now=soon)
    assert not streams.agrees("a", behind, exact=False, now=late)
    assert streams.agrees("new", behind, exact=True, now=NINE)
