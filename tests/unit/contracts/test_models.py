"""Messages about models: they fit below the limit, and a report without a model is what it always was."""

from __future__ import annotations

import msgspec
import pytest

from contracts import MAX_MESSAGE_BYTES, Envelope, Refusal, decode, encode
from contracts.models import MAX_CHUNK_BYTES, MAX_SIGNATURE_BYTES, HeldModel, ModelAnnounced, ModelChunk
from contracts.session import DeviceReported
from tests.wire.examples import EXAMPLES
from tests.wire.write import golden


def test_the_largest_piece_and_announcement_fit_twice_below_the_limit() -> None:
    chunk = ModelChunk(version="v" * 200, serial=2**53 - 1, file="m" * 64, offset=2**26, data=bytes(MAX_CHUNK_BYTES))
    announced = ModelAnnounced(version="v" * 200, serial=1, signature=bytes(MAX_SIGNATURE_BYTES))
    for message in (chunk, announced):
        envelope = msgspec.structs.replace(EXAMPLES["model.chunk.v1"], type=message.__struct_config__.tag, data=message)
        content = encode(envelope)
        assert len(content) < MAX_MESSAGE_BYTES / 2
        assert decode(content) == envelope


@pytest.mark.parametrize("held", [None, HeldModel(version="v3", serial=7), msgspec.UNSET])
def test_a_report_says_which_model_none_or_nothing_of_it(held: HeldModel | msgspec.UnsetType | None) -> None:
    example = EXAMPLES["device.reported.v1"]
    assert isinstance(example.data, DeviceReported)
    envelope = msgspec.structs.replace(example, data=msgspec.structs.replace(example.data, model=held))
    decoded = decode(encode(envelope))
    assert isinstance(decoded, Envelope)
    assert isinstance(decoded.data, DeviceReported)
    assert decoded.data.model == held
    if held is msgspec.UNSET:
        assert encode(envelope) == golden("device.reported.v1").read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        {"file": "../model.onnx"},
        {"file": "a/b"},
        {"file": ".hidden"},
        {"offset": -1},
        {"serial": 0},
        {"data": "not base64!"},
        {"data": ""},
        {"data": "A" * (MAX_CHUNK_BYTES * 2)},
    ],
)
def test_a_piece_that_no_device_may_believe_is_refused(change: dict[str, str | int]) -> None:
    envelope = msgspec.json.decode(golden("model.chunk.v1").read_bytes())
    envelope["data"] |= change
    assert isinstance(decode(msgspec.json.encode(envelope)), Refusal)
