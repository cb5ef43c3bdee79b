from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import MESSAGE_TYPES, ErrorCode, Refusal, topics
from contracts.fields import DeviceKind
from contracts.session import BindDevice
from contracts.tickets import TicketTaken
from contracts.topics import DOWN_TYPES, LANE_KINDS, LANE_TYPES, STATE_TYPES, Lane, UpTopic

_names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True)


@given(_names, st.sampled_from(sorted(LANE_TYPES)), st.data())
def test_what_a_device_says_comes_back_with_its_name_and_lane(name: str, lane: Lane, data: st.DataObject) -> None:
    message_type = data.draw(st.sampled_from(LANE_TYPES[lane]))
    assert topics.parse_up(topics.up(name, message_type)) == UpTopic(device=name, lane=lane)


@given(_names)
def test_the_state_topic_comes_back_without_a_lane(name: str) -> None:
    assert topics.parse_up(topics.state(name)) == UpTopic(device=name, lane=None)


def test_topics_as_they_are_written() -> None:
    assert topics.up("kiosk-1", TicketTaken) == "devices/kiosk-1/v1/up/tickets"
    assert topics.up("watch-1", BindDevice) == "devices/watch-1/v1/up/bind"
    assert topics.down("watch-1") == "devices/watch-1/v1/down"
    assert topics.state("watch-1") == "devices/watch-1/v1/state"
    assert topics.source_of("watch-1") == "devices/watch-1"


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "devices",
        "devices/watch-1",
        "devices/watch-1/v1",
        "devices/watch-1/v1/up",
        "devices/watch-1/v1/up/",
        "devices/watch-1/v1/up/moon",
        "devices/watch-1/v1/up/bind/more",
        "devices/watch-1/v2/up/bind",
        "devices/watch-1/v1/down",
        "devices/watch-1/v1/state/more",
        "devices//v1/up/bind",
        "devices/-watch/v1/up/bind",
        "devices/Watch/v1/up/bind",
        "devices/wätch/v1/up/bind",
        "devices/+/v1/up/bind",
        "devices/watch-1/v1/up/bind\n",
        "devices/watch-1\n/v1/up/bind",
        "/devices/watch-1/v1/up/bind",
        "$SYS/broker/load",
        "devices/" + "w" * 64 + "/v1/up/bind",
    ],
)
def test_other_topics_are_refused(topic: str) -> None:
    refusal = topics.parse_up(topic)
    assert isinstance(refusal, Refusal)
    assert refusal.code is ErrorCode.WRONG_TOPIC


@given(st.text(alphabet=string.printable + "é中", max_size=80))
def test_any_topic_is_parsed_or_refused(topic: str) -> None:
    parsed = topics.parse_up(topic)
    assert isinstance(parsed, UpTopic | Refusal)
    if isinstance(parsed, UpTopic):
        assert topic.startswith(f"devices/{parsed.device}/v1/")


def test_every_message_type_has_one_place_to_be_said() -> None:
    upward = [message_type for types in LANE_TYPES.values() for message_type in types]
    places = [*upward, *DOWN_TYPES, *STATE_TYPES]
    assert len(places) == len(set(places))
    assert set(places) == set(MESSAGE_TYPES.values())


def test_every_lane_has_types_and_kinds() -> None:
    assert set(LANE_TYPES) == set(LANE_KINDS) == set(Lane)
    assert LANE_KINDS[Lane.TICKETS] == {DeviceKind.KIOSK}
