"""What the hub and a recognising process say to each other over its pipes: MessagePack behind four bytes of length."""

from __future__ import annotations

import struct
from typing import BinaryIO

import msgspec

LENGTH = struct.Struct(">I")
MOST_BYTES = 1 << 20


class Begin(msgspec.Struct, frozen=True, tag=True):
    """A new stream in this language."""

    stream: int
    language: str


class Feed(msgspec.Struct, frozen=True, tag=True):
    """The next frames of a stream (Opus; empty: one is missing), then ``skipped`` of which there is none."""

    stream: int
    frames: tuple[bytes, ...]
    skipped: int = 0


class Finish(msgspec.Struct, frozen=True, tag=True):
    """No more frames: recognise the rest, then say ``Over``."""

    stream: int


class Drop(msgspec.Struct, frozen=True, tag=True):
    """Forget the stream; nothing more needs to be said of it."""

    stream: int


ToWorker = Begin | Feed | Finish | Drop


class Ready(msgspec.Struct, frozen=True, tag=True):
    """Everything is loaded: which engine recognises which language."""

    engines: dict[str, str]


class Taken(msgspec.Struct, frozen=True, tag=True):
    """So many more frames were worked off."""

    stream: int
    frames: int


class Part(msgspec.Struct, frozen=True, tag=True):
    """The words so far."""

    stream: int
    text: str


class Word(msgspec.Struct, frozen=True):
    """A word and how sure the recogniser is of it."""

    text: str
    confidence: float


class Said(msgspec.Struct, frozen=True, tag=True):
    """An utterance; ``end_s`` in seconds of the stream's frames."""

    stream: int
    text: str
    engine: str
    end_s: float
    words: tuple[Word, ...] = ()


class Over(msgspec.Struct, frozen=True, tag=True):
    """Nothing more comes of the stream; ``fault`` says why if it was not finished."""

    stream: int
    fault: str = ""


FromWorker = Ready | Taken | Part | Said | Over

_encoder = msgspec.msgpack.Encoder()
to_worker = msgspec.msgpack.Decoder(ToWorker)
from_worker = msgspec.msgpack.Decoder(FromWorker)


def framed(message: ToWorker | FromWorker) -> bytes:
    """The bytes of a message, length first."""
    body = _encoder.encode(message)
    return LENGTH.pack(len(body)) + body


def read_frame(pipe: BinaryIO) -> bytes | None:
    """The next message's bytes, waiting for them; null when the other side is gone."""
    head = pipe.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    body = pipe.read(length) if length <= MOST_BYTES else b""
    return body if len(body) == length else None
