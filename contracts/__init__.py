"""What crosses a process border: messages, topics, error codes, limits. Imports nothing of ours and does no I/O.

Every message is a frozen, keyword-only struct with a wire tag such as ``task.offered.v1``; it travels in an
:class:`~contracts.envelope.Envelope` on a topic that :mod:`contracts.topics` allows for it. Within a version only
additive change is made: receivers skip fields they don't know and refuse types they don't know.
"""

from contracts.codec import MAX_MESSAGE_BYTES, decode, encode
from contracts.envelope import Envelope
from contracts.errors import ContractError, ErrorCode, Refusal
from contracts.messages import MESSAGE_TYPES, AnyMessage

__all__ = [
    "MAX_MESSAGE_BYTES",
    "MESSAGE_TYPES",
    "AnyMessage",
    "ContractError",
    "Envelope",
    "ErrorCode",
    "Refusal",
    "decode",
    "encode",
]
