"""A message that was admitted: decoded, from a device we know, on a lane it may use, with a sane clock."""

import re
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from hub.kernel import Device

M_co = TypeVar("M_co", covariant=True)

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def holds_nul(json: bytes) -> bool:
    """Whether a text in this JSON holds the character NUL, which PostgreSQL's texts can't."""
    return b"\\u0000" in json and _NUL.search(json) is not None


class Inbound(msgspec.Struct, Generic[M_co], frozen=True, kw_only=True):
    """An admitted message; ``time`` is when it happened by the sender's corrected clock, ``arrived_us`` when it came
    by the hub's monotonic clock, in microseconds."""

    id: str
    device: Device
    data: M_co
    time: datetime
    traceparent: str | None
    digest: bytes
    arrived_us: int = 0
