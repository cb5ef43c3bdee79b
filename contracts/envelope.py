"""The envelope around every message: CloudEvents 1.0 attribute names in structured JSON.

Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md; ``traceparent`` is the distributed-tracing
extension (W3C Trace Context); ``expires`` (MQTT 3.1.1 has no message expiry) and ``correlationid`` are ours.
"""

from typing import Annotated, Generic, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from contracts.fields import Id, Moment, ShortText, whole

Source = Annotated[str, Meta(pattern=whole(r"(hub|devices/[a-z0-9][a-z0-9-]{0,62})"))]
TraceParent = Annotated[str, Meta(pattern=whole(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"))]

M_co = TypeVar("M_co", covariant=True)


class Envelope(msgspec.Struct, Generic[M_co], frozen=True, kw_only=True):
    """One message on its way: who says what, when, until when it matters, and what it answers."""

    specversion: Literal["1.0"] = "1.0"
    id: Id
    source: Source
    type: Annotated[str, Meta(max_length=64)]
    time: Moment
    subject: ShortText | UnsetType = UNSET
    traceparent: TraceParent | UnsetType = UNSET
    expires: Moment | UnsetType = UNSET
    correlationid: Id | UnsetType = UNSET
    data: M_co


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The least that is needed to say whose message was refused; every field is optional and unchecked."""

    id: str | None = None
    source: str | None = None
    type: str | None = None
