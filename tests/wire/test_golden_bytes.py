from __future__ import annotations

import json

import pytest

from contracts import MESSAGE_TYPES, Envelope, decode, encode
from tests.wire.examples import EXAMPLES, MESSAGES
from tests.wire.write import FOLDER, golden


def test_every_message_type_has_golden_bytes_and_there_are_no_others() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {golden(wire_type).name for wire_type in MESSAGE_TYPES}


def test_every_message_type_has_one_example() -> None:
    assert set(EXAMPLES) == set(MESSAGE_TYPES)
    assert len(MESSAGES) == len(MESSAGE_TYPES)


@pytest.mark.parametrize("wire_type", sorted(EXAMPLES))
def test_the_bytes_decode_to_the_example(wire_type: str) -> None:
    decoded = decode(golden(wire_type).read_bytes())
    assert isinstance(decoded, Envelope), decoded
    assert decoded == EXAMPLES[wire_type]
    assert type(decoded.data) is MESSAGE_TYPES[wire_type]


@pytest.mark.parametrize("wire_type", sorted(EXAMPLES))
def test_the_example_encodes_to_the_bytes(wire_type: str) -> None:
    assert encode(EXAMPLES[wire_type]) == golden(wire_type).read_bytes()


@pytest.mark.parametrize("wire_type", sorted(EXAMPLES))
def test_the_bytes_are_a_structured_cloudevent(wire_type: str) -> None:
    attributes = json.loads(golden(wire_type).read_bytes())
    assert attributes["specversion"] == "1.0"
    assert attributes["type"] == attributes["data"]["type"] == wire_type
    assert set(attributes) == {
        *("specversion", "id", "source", "type", "time", "subject", "traceparent", "expires", "correlationid", "data"),
    }
