"""Bad input is refused with a wire error code, counted, logged, and changes nothing; on both databases."""

from datetime import timedelta

import msgspec
import pytest

from contracts import MAX_MESSAGE_BYTES, AnyMessage, ErrorCode, topics
from contracts.fields import DeviceKind, Language
from contracts.session import BindDevice, DeviceReported, DeviceWelcomed, MessageRefused, Presence, PresenceChanged
from contracts.visits import (
    ClaimTask,
    Consent,
    GiveFeedback,
    NameTarget,
    Outcome,
    SegmentHeard,
    SegmentOrigin,
    StartTalk,
)
from runtime.bus import Received
from tests.unit.hub.rig import NINE, Rig, acked, refusals

VISITS = topics.up("watch-ada", ClaimTask)
CLAIM = b'{"type":"task.claim.v1","task_id":"task-00001"}'


def envelope(data: bytes = CLAIM, **fields: str) -> bytes:
    head = {
        "specversion": "1.0",
        "id": "message-0001",
        "source": "devices/watch-ada",
        "type": "task.claim.v1",
        "time": NINE.isoformat(),
    } | fields
    return msgspec.json.encode(head)[:-1] + b',"data":' + data + b"}"


MALFORMED, INVALID = ErrorCode.MALFORMED, ErrorCode.INVALID_FIELD
RAW: dict[str, tuple[ErrorCode, bytes]] = {
    "nothing": (MALFORMED, b""),
    "no JSON": (MALFORMED, b"{"),
    "no UTF-8": (MALFORMED, b"\xff\xfe\x00"),
    "half a surrogate pair": (MALFORMED, envelope().replace(b"task-00001", b"\\ud800-abcdefgh")),
    "an array": (MALFORMED, b"[]"),
    "null": (MALFORMED, b"null"),
    "very deep": (MALFORMED, b"[" * 30_000 + b"]" * 30_000),
    "no type": (MALFORMED, b'{"id":"message-0001"}'),
    "a number as id": (MALFORMED, envelope().replace(b'"message-0001"', b"5")),
    "unknown type": (ErrorCode.UNKNOWN_TYPE, envelope(CLAIM.replace(b"claim", b"steal"), type="task.steal.v1")),
    "wrong version": (ErrorCode.UNSUPPORTED_VERSION, envelope(CLAIM.replace(b".v1", b".v2"), type="task.claim.v2")),
    "two types": (INVALID, envelope(type="task.pass.v1")),
    "no data": (INVALID, envelope(data=b"null")),
    "an id too short": (INVALID, envelope(id="short")),
    "an id with a newline": (INVALID, envelope(id="message-0001\n")),
    "no time zone": (INVALID, envelope(time="2026-03-02T09:00:00")),
    "no moment": (INVALID, envelope(time="noon")),
    "another specification": (INVALID, envelope(specversion="0.3")),
    "no field": (INVALID, envelope(data=b'{"type":"task.claim.v1"}')),
    "an outcome nobody knows": (
        INVALID,
        envelope(b'{"type":"feedback.give.v1","task_id":"task-00001","outcome":"x"}', type="feedback.give.v1"),
    ),
    "oversize": (ErrorCode.TOO_LARGE, b" " * (MAX_MESSAGE_BYTES + 1)),
    "foreign device": (ErrorCode.FOREIGN_SOURCE, envelope(source="devices/watch-ben")),
    "the hub's own name": (ErrorCode.FOREIGN_SOURCE, envelope(source="hub")),
    "expired": (ErrorCode.EXPIRED, envelope(expires=(NINE - timedelta(seconds=1)).isoformat())),
    "fifteen days old": (ErrorCode.EXPIRED, envelope(time=(NINE - timedelta(days=15)).isoformat())),
    "before all time": (ErrorCode.EXPIRED, envelope(time="0001-01-01T00:00:00+23:59")),
    "after all time": (ErrorCode.CLOCK_SKEWED, envelope(time="9999-12-31T23:59:59-23:59")),
    "in the future": (ErrorCode.CLOCK_SKEWED, envelope(time=(NINE + timedelta(hours=1)).isoformat())),
    "never offered": (ErrorCode.TASK_NOT_OFFERED, envelope()),
}


@pytest.mark.parametrize("case", RAW)
def test_bytes_that_are_refused(rig: Rig, case: str, caplog: pytest.LogCaptureFixture) -> None:
    code, payload = RAW[case]
    rig.bind("main", "watch-ada")
    assert rig.refuse_raw(Received(VISITS, payload)) is code
    assert rig.metric("usher_messages_refused_total", code=code.value) == 1
    [line] = [record.getMessage() for record in caplog.records if record.name == "hub.engine"]
    assert line.startswith("refused device=watch-ada")
    assert f"code={code.value}" in line


def test_the_largest_message_is_taken(rig: Rig) -> None:
    payload = envelope()
    padded = payload + b" " * (MAX_MESSAGE_BYTES - len(payload))
    assert rig.refuse_raw(Received(VISITS, padded)) is ErrorCode.TASK_NOT_OFFERED


@pytest.mark.parametrize(
    ("topic", "told"),
    [
        ("devices/watch-ada/v2/up/visits", False),
        ("devices/WATCH/v1/up/visits", False),
        ("devices/watch-ada/v1/up/secrets", False),
        ("devices/watch-ada/v1/down", False),
        ("devices/watch-ada/v1/up/visits/more", False),
        ("devices/watch-ada/v1/up/bind", True),
        ("devices/watch-ada/v1/up/report", True),
        ("devices/watch-ada/v1/state", True),
    ],
)
def test_a_message_on_the_wrong_topic(rig: Rig, topic: str, told: bool) -> None:
    before = rig.tables()
    answers = rig.deliver(Received(topic, envelope()))
    assert [refused.code for refused in refusals(answers)] == ([ErrorCode.WRONG_TOPIC] if told else [])
    assert rig.metric("usher_messages_refused_total", code="wrong_topic") == 1
    assert rig.tables() == before


@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("watch-ada", "ticket"),
        ("kiosk-main", BindDevice(branch="main")),
        ("kiosk-main", ClaimTask(task_id="task-00001")),
        ("kiosk-main", GiveFeedback(task_id="task-00001", outcome=Outcome.SUCCESS)),
    ],
)
def test_a_lane_that_this_kind_of_device_may_not_use(rig: Rig, device: str, message: AnyMessage | str) -> None:
    said = rig.ticket("kiosk-main", "A001") if isinstance(message, str) else message
    assert rig.refuse(device, said) is ErrorCode.WRONG_KIND


def test_a_device_that_nobody_provisioned(rig: Rig) -> None:
    for message in (
        DeviceReported(kind=DeviceKind.WATCH, agent_version="0"),
        BindDevice(branch="main"),
        ClaimTask(task_id="task-00001"),
    ):
        assert rig.refuse("watch-eve", message) is ErrorCode.UNKNOWN_DEVICE
    told = rig.deliver(
        rig.letter("watch-eve", PresenceChanged(presence=Presence.ONLINE), topic=topics.state("watch-eve"))
    )
    assert [refused.code for refused in refusals(told)] == [ErrorCode.UNKNOWN_DEVICE]
    assert "watch-eve" not in rig.hub.directory.presence


def test_the_presence_of_a_device_is_kept_whatever_its_time(rig: Rig) -> None:
    lost = PresenceChanged(presence=Presence.LOST)
    at = NINE.replace(year=1970)
    assert rig.say("watch-ada", lost, topic=topics.state("watch-ada"), at=at) == []
    assert rig.hub.directory.presence["watch-ada"] is Presence.LOST


@pytest.mark.parametrize(
    "message",
    [
        BindDevice(branch="closed"),
        ClaimTask(task_id="task-00001"),
        StartTalk(task_id="task-00001", consent=Consent.GRANTED),
        GiveFeedback(task_id="task-00001", outcome=Outcome.SUCCESS),
        SegmentHeard(task_id="task-00001", index=0, origin=SegmentOrigin.TYPED, language=Language.EN, text="x"),
        NameTarget(customer="c-ann", business="cash"),
    ],
)
def test_an_admitted_message_that_may_not_be(rig: Rig, message: AnyMessage) -> None:
    code = rig.refuse("watch-ada", message)
    assert code in {ErrorCode.BRANCH_NOT_ALLOWED, ErrorCode.TASK_NOT_OFFERED, ErrorCode.NOT_BOUND}
    assert not code.retryable


def test_a_replayed_id_with_other_content(rig: Rig) -> None:
    rig.bind("main", "watch-ada")
    first = rig.letter("watch-ada", NameTarget(customer="c-ann", business="cash"), message_id="message-0001")
    rig.deliver(first)
    other = NameTarget(customer="c-wang", business="cash")
    assert rig.refuse("watch-ada", other, message_id="message-0001") is ErrorCode.ID_REPLAYED
    assert rig.refuse("watch-ben", other, message_id="message-0001") is ErrorCode.ID_REPLAYED
    assert acked(rig.deliver(first)) == ["message-0001"]
    mended = NINE + timedelta(seconds=30)
    again = rig.letter("watch-ada", NameTarget(customer="c-ann", business="cash"), message_id="message-0001", at=mended)
    rig.clock.advance(60)
    assert acked(rig.deliver(again)) == ["message-0001"], "the same, said by a clock that was mended meanwhile"
    assert len(rig.tables()["tasks"]) == 1


def test_the_same_message_twice_in_one_batch_gets_one_answer(rig: Rig) -> None:
    rig.bind("main", "watch-ada")
    good = rig.letter("watch-ada", NameTarget(customer="c-ann", business="cash"))
    bad = rig.letter("watch-ada", NameTarget(customer="nobody", business="cash"))
    told = rig.deliver(good, bad, good, bad, bad)
    assert len(acked(told)) == 1
    assert [refused.code for refused in refusals(told)] == [ErrorCode.UNKNOWN_CUSTOMER]
    assert len(rig.tables()["tasks"]) == 1
    bad_id = refusals(told)[0].id
    assert bad_id is not None
    again = rig.deliver(bad)
    assert [refused.id for refused in refusals(again)] == [bad_id]
    assert not acked(again)


def test_a_device_whose_clock_is_an_hour_off_is_refused_until_it_reports_the_right_time(rig: Rig) -> None:
    ticket = rig.ticket("kiosk-main", "A001")
    for hours in (-1, 1):
        off = rig.clock.now() + timedelta(hours=hours)
        report = DeviceReported(kind=DeviceKind.KIOSK, agent_version="0")
        assert rig.refuse("kiosk-main", report, at=off) is ErrorCode.CLOCK_SKEWED
        assert rig.refuse("kiosk-main", ticket, at=off) is ErrorCode.CLOCK_SKEWED
        assert rig.refuse("kiosk-main", ticket) is ErrorCode.CLOCK_SKEWED, "its clock is known to be off"
    other = rig.deliver(rig.letter("kiosk-river", rig.ticket("kiosk-river", "A001")))
    assert not refusals(other), "another device's clock is its own matter"
    told = rig.report("kiosk-main")
    assert isinstance(told[0].message, DeviceWelcomed)
    rig.accept("kiosk-main", ticket)


def test_what_took_effect_before_the_clock_went_wrong_is_acked_when_it_is_mended(rig: Rig) -> None:
    message = rig.ticket("kiosk-main", "A001")
    letter = rig.letter("kiosk-main", message, message_id="message-0001")
    rig.deliver(letter)  # the acknowledgement is lost
    off = rig.clock.now() + timedelta(hours=1)
    rig.refuse("kiosk-main", DeviceReported(kind=DeviceKind.KIOSK, agent_version="0"), at=off)
    assert rig.refuse_raw(letter) is ErrorCode.CLOCK_SKEWED
    rig.report("kiosk-main")
    mended = rig.letter("kiosk-main", message, message_id="message-0001", at=NINE - timedelta(milliseconds=7))
    assert acked(rig.deliver(mended)) == ["message-0001"]
    assert len(rig.tables()["tickets"]) == 1


@pytest.mark.parametrize("text", ["\0", "before\0after", "\\\0"])
def test_a_text_with_a_nul_is_refused_on_every_database(rig: Rig, text: str) -> None:
    rig.bind("main", "watch-ada")
    assert rig.refuse("kiosk-main", rig.ticket("kiosk-main", "A001", text)) is ErrorCode.INVALID_FIELD
    assert rig.refuse("watch-ada", NameTarget(customer=text, business="cash")) is ErrorCode.INVALID_FIELD


@pytest.mark.parametrize("text", ["\\u0000", "\\\\u0000", "%s' or 1=1 --", "\u2028\u202e", "🧧" * 64])
def test_strange_texts_are_just_texts(rig: Rig, text: str) -> None:
    rig.bind("main", "watch-ada")
    rig.walk_in("kiosk-main", "A001", text[:64])
    assert rig.refuse("watch-ada", NameTarget(customer=text[:64], business="cash")) is ErrorCode.UNKNOWN_CUSTOMER


def test_one_bad_message_does_not_spoil_its_batch(rig: Rig) -> None:
    rig.bind("main", "watch-ada")
    told = rig.deliver(
        Received(VISITS, b"{"),
        rig.letter("watch-ada", NameTarget(customer="c-ann", business="cash")),
        rig.letter("watch-eve", BindDevice(branch="main")),
        rig.letter("kiosk-main", rig.ticket("kiosk-main", "A001")),
        Received("elsewhere", b"{}"),
    )
    assert len(acked(told)) == 2
    assert [refused.code for refused in refusals(told)] == [ErrorCode.MALFORMED, ErrorCode.UNKNOWN_DEVICE]
    assert len(rig.tables()["tasks"]) == 2


def test_a_refusals_detail_fits_its_message(rig: Rig) -> None:
    rig.bind("main", "watch-ada")
    task = rig.walk_in("kiosk-main", "A001", "c-ann")
    rig.accept("watch-ada", ClaimTask(task_id=task))
    codes = tuple(f"{'x' * 60}{n:03d}" for n in range(20))
    told = rig.say("watch-ada", GiveFeedback(task_id=task, outcome=Outcome.SUCCESS, products=codes, refused=codes))
    [refused] = [one.message for one in told]
    assert isinstance(refused, MessageRefused)
    assert len(refused.detail) <= 500


def test_an_id_is_forgotten_only_when_its_message_is_too_old_to_be_taken(rig: Rig) -> None:
    letter = rig.letter("kiosk-main", rig.ticket("kiosk-main", "A001"))
    rig.deliver(letter)
    rig.clock.advance(13.9 * 86400)
    assert rig.hub.engine.forget(timedelta(days=14)) == 0
    assert acked(rig.deliver(letter))
    rig.clock.advance(0.2 * 86400)
    assert rig.hub.engine.forget(timedelta(days=14)) == 1
    assert [refused.code for refused in refusals(rig.deliver(letter))] == [ErrorCode.EXPIRED]
