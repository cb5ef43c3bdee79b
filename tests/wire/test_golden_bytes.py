from __future__ import annotations

import json

import pytest

from contracts import MESSAGE_TYPES, Envelope, decode, encode
from tests.wire.examples import EXAMPLES, GROWN_EXAMPLES, MESSAGES
from tests.wire.write import FOLDER, golden

ALL = EXAMPLES | GROWN_EXAMPLES


def test_every_message_type_has_golden_bytes_and_there_are_no_others() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {golden(name).name for name in (*MESSAGE_TYPES, *GROWN_EXAMPLES)}


def test_every_message_type_has_one_example() -> None:
    assert set(EXAMPLES) == set(MESSAGE_TYPES)
    assert len(MESSAGES) == len(MESSAGE_TYPES)


@pytest.mark.parametrize("name", sorted(ALL))
def test_the_bytes_decode_to_the_example(name: str) -> None:
    decoded = decode(golden(name).read_bytes())
    assert isinstance(decoded, Envelope), decoded
    assert decoded == ALL[name]
    assert type(decoded.data) is MESSAGE_TYPES[name.partition("+")[0]]


@pytest.mark.parametrize("name", sorted(ALL))
def test_the_example_encodes_to_the_bytes(name: str) -> None:
    assert encode(ALL[name]) == golden(name).read_bytes()


@pytest.mark.parametrize("name", sorted(ALL))
def test_the_bytes_are_a_structured_cloudevent(name: str) -> None:
    attributes = json.loads(golden(name).read_bytes())
    assert attributes["specversion"] == "1.0"
    assert attributes["type"] == attributes["data"]["type"] == name.partition("+")[0]
    assert set(attributes) == {
        *("specversion", "id", "source", "type", "time", "subject", "traceparent", "expires", "correlationid", "data"),
    }
