"""The hub's door: each refusal has its code, and what passes is typed and digested by what it says."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import AnyMessage, Envelope, ErrorCode, encode, topics
from contracts.fields import DeviceKind
from contracts.messages import wire_type
from contracts.session import BindDevice, DeviceReported, PresenceChanged
from contracts.tickets import TicketTaken
from hub.admission import Admission, AdmissionSettings, Rejected
from hub.fleet import FleetDirectory
from hub.inbound import Inbound
from hub.kernel import Device
from runtime.bus import Received
from tests.unit.hub.rig import NINE
from tests.wire.examples import EXAMPLES

SETTINGS = AdmissionSettings(clock_tolerance_s=120, oldest_s=86400)
DEVICES = {
    "watch-ada": Device(name="watch-ada", kind=DeviceKind.WATCH, advisor="ada"),
    "band-ada": Device(name="band-ada", kind=DeviceKind.BAND, advisor="ada"),
    "kiosk-main": Device(name="kiosk-main", kind=DeviceKind.KIOSK, branch="main"),
}


def door() -> Admission:
    directory = FleetDirectory()
    directory.devices = dict(DEVICES)
    return Admission(directory, SETTINGS)


def letter(device: str, message: AnyMessage, *, topic: str | None = None, off_s: float = 0.0) -> Received:
    envelope = Envelope[AnyMessage](
        id="message-0001",
        source=topics.source_of(device),
        type=wire_type(type(message)),
        time=NINE + timedelta(seconds=off_s),
        data=message,
    )
    return Received(topic or topics.up(device, type(message)), encode(envelope))


def code_of(outcome: Inbound[AnyMessage] | Rejected) -> ErrorCode | None:
    return outcome.refusal.code if isinstance(outcome, Rejected) else None


@pytest.mark.parametrize("wire", sorted(EXAMPLES))
@pytest.mark.parametrize("device", sorted(DEVICES))
def test_who_may_say_what_where(wire: str, device: str) -> None:
    """Every message type by every kind of device on every topic: admitted exactly where the topics allow it."""
    message = EXAMPLES[wire].data
    places = {lane: f"devices/{device}/v1/up/{lane}" for lane in topics.Lane}
    for lane, topic in places.items():
        outcome = door().admit(letter(device, message, topic=topic), NINE)
        if DEVICES[device].kind not in topics.LANE_KINDS[lane]:
            assert code_of(outcome) is ErrorCode.WRONG_KIND
        elif type(message) not in topics.LANE_TYPES[lane]:
            assert code_of(outcome) is ErrorCode.WRONG_TOPIC
        elif isinstance(message, DeviceReported) and message.kind is not DEVICES[device].kind:
            assert code_of(outcome) is ErrorCode.WRONG_KIND
        else:
            assert isinstance(outcome, Inbound)
            assert outcome.data == message
    at_state = door().admit(letter(device, message, topic=topics.state(device)), NINE)
    assert isinstance(at_state, Inbound) == isinstance(message, PresenceChanged)


@pytest.mark.parametrize(
    ("off_s", "report", "ticket"),
    [
        (0, None, None),
        (119, None, None),
        (121, ErrorCode.CLOCK_SKEWED, ErrorCode.CLOCK_SKEWED),
        (-119, None, None),
        (-121, ErrorCode.CLOCK_SKEWED, None),
        (-86399, ErrorCode.CLOCK_SKEWED, None),
        (-86401, ErrorCode.CLOCK_SKEWED, ErrorCode.EXPIRED),
    ],
)
def test_a_report_is_of_now_and_a_queued_message_of_the_past(
    off_s: float, report: ErrorCode | None, ticket: ErrorCode | None
) -> None:
    said = DeviceReported(kind=DeviceKind.KIOSK, agent_version="0")
    assert code_of(door().admit(letter("kiosk-main", said, off_s=off_s), NINE)) is report
    taken = EXAMPLES["ticket.taken.v1"].data
    assert isinstance(taken, TicketTaken)
    assert code_of(door().admit(letter("kiosk-main", taken, off_s=off_s), NINE)) is ticket


def test_a_message_from_a_clock_slightly_ahead_happened_now() -> None:
    outcome = door().admit(letter("watch-ada", BindDevice(branch="main"), off_s=60), NINE)
    assert isinstance(outcome, Inbound)
    assert outcome.time == NINE


def test_the_digest_is_of_what_is_said() -> None:
    one = door().admit(letter("watch-ada", BindDevice(branch="main")), NINE)
    later = door().admit(letter("watch-ada", BindDevice(branch="main"), off_s=-30), NINE)
    other = door().admit(letter("watch-ada", BindDevice(branch="river")), NINE)
    assert isinstance(one, Inbound)
    assert isinstance(later, Inbound)
    assert isinstance(other, Inbound)
    assert one.digest == later.digest != other.digest


def test_an_unknown_device_is_told_but_a_topic_of_nobody_is_not() -> None:
    unknown = door().admit(letter("watch-eve", BindDevice(branch="main")), NINE)
    assert isinstance(unknown, Rejected)
    assert (unknown.device, unknown.refusal.code) == ("watch-eve", ErrorCode.UNKNOWN_DEVICE)
    nowhere = door().admit(Received("elsewhere", b"{}"), NINE)
    assert isinstance(nowhere, Rejected)
    assert (nowhere.device, nowhere.refusal.code) == (None, ErrorCode.WRONG_TOPIC)


@given(topic=st.text(max_size=40) | st.sampled_from(sorted(topics.Lane)).map("devices/watch-ada/v1/up/{}".format))
def test_any_topic(topic: str) -> None:
    outcome = door().admit(Received(topic, b"{}"), NINE)
    assert isinstance(outcome, Rejected)


@given(
    wire=st.sampled_from(sorted(EXAMPLES)),
    cut=st.integers(0, 4000),
    put=st.binary(max_size=8),
    length=st.integers(0, 8),
    device=st.sampled_from(sorted(DEVICES)),
)
def test_any_damage_to_a_real_message(wire: str, cut: int, put: bytes, length: int, device: str) -> None:
    whole = letter(device, EXAMPLES[wire].data, topic=f"devices/{device}/v1/up/visits").payload
    at = cut % len(whole)
    outcome = door().admit(Received(f"devices/{device}/v1/up/visits", whole[:at] + put + whole[at + length :]), NINE)
    if isinstance(outcome, Rejected):
        msgspec.json.encode(outcome.refusal)
        assert len(outcome.refusal.detail) <= 600
    else:
        assert type(outcome.data) in topics.LANE_TYPES[topics.Lane.VISITS]
