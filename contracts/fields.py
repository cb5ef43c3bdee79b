"""Field types shared by the messages: their patterns and bounds are checked when a message is decoded."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta


def whole(pattern: str) -> str:
    """The pattern anchored at both ends; Python's ``$`` alone would let a trailing newline through."""
    return rf"^(?:{pattern})(?!\n)$"


Name = Annotated[
    str, Meta(pattern=whole(r"[a-z0-9][a-z0-9-]{0,62}"), description="name of a device, branch or advisor")
]
Id = Annotated[
    str, Meta(pattern=whole(r"[0-9A-Za-z][0-9A-Za-z-]{7,63}"), description="opaque unique id, 8 to 64 characters")
]
Code = Annotated[str, Meta(pattern=whole(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"), description="code from a catalogue")]
CustomerRef = Annotated[str, Meta(min_length=1, max_length=64, description="the bank's opaque reference of a customer")]
TicketNumber = Annotated[
    str, Meta(pattern=whole(r"[A-Z]{1,3}[0-9]{1,6}"), description="number as printed, such as A017")
]
Moment = Annotated[datetime, Meta(tz=True, description="RFC 3339 with offset")]
Microseconds = Annotated[int, Meta(ge=0, le=2**53, description="microseconds; 285 years fit")]
ShortText = Annotated[str, Meta(max_length=200)]
LongText = Annotated[str, Meta(max_length=2000)]
Share = Annotated[float, Meta(ge=0.0, le=1.0, description="0 to 1")]


class Language(StrEnum):
    """Languages every text exists in."""

    EN = "en"
    ZH = "zh"
    KO = "ko"


class DeviceKind(StrEnum):
    """What kind of agent speaks."""

    WATCH = "watch"
    BAND = "band"
    KIOSK = "kiosk"


class AccessNeed(StrEnum):
    """Accessibility needs a customer states at the kiosk (spec K-04)."""

    STEP_FREE = "step_free"
    LARGE_TEXT = "large_text"
    HEARING = "hearing"
    VISION = "vision"
    SEAT = "seat"


class Urgency(StrEnum):
    """How a wearable alerts (spec W-07)."""

    ORDINARY = "ordinary"
    URGENT = "urgent"
