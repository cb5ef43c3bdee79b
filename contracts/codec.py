"""Bytes to typed envelopes and back. Bad bytes become a :class:`~contracts.errors.Refusal`, never an exception."""

import msgspec

from contracts.envelope import Envelope, Head
from contracts.errors import EncodingError, ErrorCode, Refusal
from contracts.messages import MESSAGE_TYPES, AnyMessage

MAX_MESSAGE_BYTES = 64 * 1024
"""The largest message either side accepts, envelope included."""

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Envelope[AnyMessage]] = msgspec.json.Decoder(Envelope[AnyMessage])
_head_decoder = msgspec.json.Decoder(Head)
_VERSIONLESS = {tag.rpartition(".")[0] for tag in MESSAGE_TYPES}


def encode(envelope: Envelope[AnyMessage]) -> bytes:
    """The envelope as UTF-8 JSON; raises :class:`EncodingError` when it is larger than the limit."""
    encoded = _encoder.encode(envelope)
    if len(encoded) > MAX_MESSAGE_BYTES:
        raise EncodingError(
            f"{envelope.type} {envelope.id} is {len(encoded)} bytes, the limit is {MAX_MESSAGE_BYTES}: send it in parts"
        )
    return encoded


def decode(payload: bytes) -> Envelope[AnyMessage] | Refusal:
    """The typed envelope, or why it is refused: too large, malformed, unknown type or version, invalid field."""
    if len(payload) > MAX_MESSAGE_BYTES:
        return Refusal(
            code=ErrorCode.TOO_LARGE, detail=f"{len(payload)} bytes, the limit is {MAX_MESSAGE_BYTES}: send it in parts"
        )
    try:
        envelope = _decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _explain(payload, error)
    inner = type(envelope.data).__struct_config__.tag
    if inner != envelope.type:
        return Refusal(
            code=ErrorCode.INVALID_FIELD,
            detail=f"type says {envelope.type!r}, data.type says {inner!r}: make them equal",
            message_id=envelope.id,
        )
    return envelope


def _explain(payload: bytes, error: Exception) -> Refusal:
    try:
        head = _head_decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Refusal(code=ErrorCode.MALFORMED, detail=f"not a JSON envelope: {error}"[:500])
    message_id = head.id[:64] if head.id else None
    if head.type is None:
        return Refusal(code=ErrorCode.MALFORMED, detail="the envelope has no type", message_id=message_id)
    if head.type not in MESSAGE_TYPES:
        family, _, version = head.type.rpartition(".")
        if family in _VERSIONLESS:
            detail = f"{family} is known, version {version!r} is not: speak v1"
            return Refusal(code=ErrorCode.UNSUPPORTED_VERSION, detail=detail[:500], message_id=message_id)
        detail = f"no message type {head.type!r}; docs/reference/asyncapi.yaml lists all"
        return Refusal(code=ErrorCode.UNKNOWN_TYPE, detail=detail[:500], message_id=message_id)
    return Refusal(code=ErrorCode.INVALID_FIELD, detail=f"{head.type}: {error}"[:500], message_id=message_id)
