from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import MAX_MESSAGE_BYTES, ContractError, Envelope, ErrorCode, Refusal, decode, encode
from contracts.errors import EncodingError
from contracts.session import HubStarted
from contracts.visits import TasksSynced
from tests.wire.examples import EXAMPLES

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

CLAIM = encode(EXAMPLES["task.claim.v1"])


def changed(wire_type: str = "task.claim.v1", /, **attributes: Json) -> bytes:
    """An example's bytes with some attributes of its envelope changed; ``None`` takes one out."""
    envelope: dict[str, Json] = json.loads(encode(EXAMPLES[wire_type]))
    envelope |= attributes
    return json.dumps({name: value for name, value in envelope.items() if value is not None}).encode()


def refused(payload: bytes) -> Refusal:
    refusal = decode(payload)
    assert isinstance(refusal, Refusal), refusal
    return refusal


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"nonsense", b"\x00", b"\xff\xfe{}", b"[]", b"7", b"null", b"{}", b'{"id":7}', b'{"data":{}}'],
)
def test_what_is_no_envelope_is_malformed(payload: bytes) -> None:
    assert refused(payload).code is ErrorCode.MALFORMED


@pytest.mark.parametrize("brackets", [b"[", b'{"data":', b'{"x":'])
def test_deep_nesting_is_refused(brackets: bytes) -> None:
    assert refused(brackets * (60_000 // len(brackets))).code is ErrorCode.MALFORMED


def test_deep_nesting_in_a_field_nobody_knows_is_no_exception() -> None:
    payload = CLAIM[:-1] + b',"x":' + b"[" * 20_000 + b"]" * 20_000 + b"}"
    result = decode(payload)
    assert isinstance(result, Envelope) or result.code in (ErrorCode.MALFORMED, ErrorCode.INVALID_FIELD)


def test_an_unknown_type_is_refused_with_its_id() -> None:
    refusal = refused(changed(type="door.opened.v1", data={"type": "door.opened.v1"}))
    assert refusal.code is ErrorCode.UNKNOWN_TYPE
    assert "'door.opened.v1'" in refusal.detail
    assert refusal.message_id == EXAMPLES["task.claim.v1"].id


def test_an_unknown_type_inside_a_known_one_is_refused() -> None:
    assert refused(changed(data={"type": "door.opened.v1"})).code is ErrorCode.INVALID_FIELD


@pytest.mark.parametrize("version", ["v2", "v0", "", "v1.1", "V1"])
def test_another_version_of_a_known_type_is_refused(version: str) -> None:
    tag = f"task.claim.{version}"
    refusal = refused(changed(type=tag, data={"type": tag, "task_id": "12345678"}))
    expected = ErrorCode.UNKNOWN_TYPE if version == "v1.1" else ErrorCode.UNSUPPORTED_VERSION
    assert refusal.code is expected


def test_type_and_data_type_must_agree() -> None:
    refusal = refused(changed(type="task.pass.v1"))
    assert refusal.code is ErrorCode.INVALID_FIELD
    assert "'task.pass.v1'" in refusal.detail
    assert "'task.claim.v1'" in refusal.detail


@pytest.mark.parametrize(
    "attributes",
    [
        {"specversion": "0.3"},
        {"id": "short"},
        {"id": "x" * 65},
        {"id": "with space"},
        {"id": "12345678\n"},
        {"source": "somebody"},
        {"source": "devices/Watch 1"},
        {"source": "devices/a/b"},
        {"source": None},
        {"time": "yesterday"},
        {"time": "2026-03-02T09:00:00"},
        {"time": 7},
        {"traceparent": "00-1-2-3"},
        {"expires": "never"},
        {"correlationid": ""},
        {"subject": "x" * 201},
        {"data": None},
        {"data": {"type": "task.claim.v1"}},
        {"data": {"type": "task.claim.v1", "task_id": 7}},
    ],
)
def test_an_invalid_field_is_refused(attributes: dict[str, Json]) -> None:
    refusal = refused(changed(**attributes))
    assert refusal.code is ErrorCode.INVALID_FIELD
    assert len(refusal.detail) <= 500


@pytest.mark.parametrize(
    ("wire_type", "field", "value"),
    [
        ("ticket.taken.v1", "number", "17"),
        ("ticket.taken.v1", "number", "A017\n"),
        ("ticket.taken.v1", "service_class", "AB"),
        ("ticket.taken.v1", "business", "not a code"),
        ("ticket.taken.v1", "language", "fr"),
        ("ticket.taken.v1", "needs", ["wings"]),
        ("ticket.taken.v1", "customer", ""),
        ("device.reported.v1", "battery_percent", 101),
        ("device.reported.v1", "kind", "phone"),
        ("device.bind.v1", "branch", "Main Street"),
        ("talk.segment.v1", "index", -1),
        ("talk.segment.v1", "text", "x" * 2001),
        ("feedback.give.v1", "products", ["P"] * 21),
        ("delivery.acked.v1", "ids", []),
    ],
)
def test_a_field_out_of_its_bounds_is_refused(wire_type: str, field: str, value: Json) -> None:
    data = json.loads(encode(EXAMPLES[wire_type]))["data"] | {field: value}
    assert refused(changed(wire_type, data=data)).code is ErrorCode.INVALID_FIELD


def test_too_large_is_refused_unread() -> None:
    refusal = refused(b"{" * (MAX_MESSAGE_BYTES + 1))
    assert refusal.code is ErrorCode.TOO_LARGE
    assert str(MAX_MESSAGE_BYTES) in refusal.detail


def test_exactly_the_limit_is_read() -> None:
    payload = CLAIM[:-1] + b" " * (MAX_MESSAGE_BYTES - len(CLAIM)) + b"}"
    assert len(payload) == MAX_MESSAGE_BYTES
    assert decode(payload) == EXAMPLES["task.claim.v1"]


def test_sending_too_much_is_a_fault_that_names_the_message() -> None:
    example = EXAMPLES["tasks.synced.v1"]
    assert isinstance(example.data, TasksSynced)
    synced = msgspec.structs.replace(example.data, tasks=example.data.tasks * 100)
    large = msgspec.structs.replace(example, data=synced)
    with pytest.raises(EncodingError, match=rf"tasks\.synced\.v1 {example.id} is \d+ bytes") as caught:
        encode(large)
    assert isinstance(caught.value, ContractError)


@pytest.mark.parametrize("wire_type", sorted(EXAMPLES))
def test_fields_that_nobody_knows_are_skipped(wire_type: str) -> None:
    envelope: dict[str, Json] = json.loads(encode(EXAMPLES[wire_type]))
    envelope["colour"] = {"red": [1, 2, {"deep": None}]}
    data = envelope["data"]
    assert isinstance(data, dict)
    data["added_later"] = ["anything"]
    assert decode(json.dumps(envelope).encode()) == EXAMPLES[wire_type]


def test_what_is_left_out_has_its_default() -> None:
    started = decode(
        b'{"id":"12345678","source":"hub","type":"hub.started.v1","time":"2026-03-02T10:00:00+01:00",'
        b'"data":{"type":"hub.started.v1","epoch":"epoch-0001"}}'
    )
    assert isinstance(started, Envelope)
    assert started.data == HubStarted(epoch="epoch-0001")
    assert started.time.isoformat() == "2026-03-02T10:00:00+01:00"


# --- whatever comes, it is a typed envelope or a refusal ----------------------------------------------------------


def check_totality(payload: bytes) -> None:
    result = decode(payload)
    if isinstance(result, Refusal):
        assert isinstance(result.code, ErrorCode)
        assert 0 < len(result.detail) <= 500
        assert result.message_id is None or len(result.message_id) <= 64
    else:
        assert decode(encode(result)) == result


@given(st.binary(max_size=400))
def test_any_bytes(payload: bytes) -> None:
    check_totality(payload)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@given(_json)
def test_any_json(value: Json) -> None:
    check_totality(json.dumps(value).encode())


@given(st.sampled_from(sorted(EXAMPLES)), st.data())
def test_golden_bytes_with_some_bytes_changed(wire_type: str, data: st.DataObject) -> None:
    payload = bytearray(encode(EXAMPLES[wire_type]))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(payload) - 1))
        match data.draw(st.sampled_from(["change", "cut", "insert"])):
            case "change":
                payload[at] = data.draw(st.integers(0, 255))
            case "cut":
                del payload[at : at + data.draw(st.integers(1, 20))]
            case _:
                payload[at:at] = data.draw(st.binary(min_size=1, max_size=8))
        if not payload:
            break
    check_totality(bytes(payload))


@given(st.sampled_from(sorted(EXAMPLES)), st.data(), _json)
def test_golden_messages_with_a_value_of_another_kind(wire_type: str, data: st.DataObject, value: Json) -> None:
    envelope: dict[str, Json] = json.loads(encode(EXAMPLES[wire_type]))
    inner = envelope["data"]
    assert isinstance(inner, dict)
    target = data.draw(st.sampled_from([envelope, inner]))
    target[data.draw(st.sampled_from(sorted(target)))] = value
    check_totality(json.dumps(envelope).encode())
