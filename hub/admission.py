"""The hub's door: which bytes become an admitted message, and why the others are refused."""

from collections import OrderedDict
from datetime import datetime, timedelta
from hashlib import blake2b

import msgspec
from msgspec import UNSET

from contracts import AnyMessage, ErrorCode, Refusal, decode, topics
from contracts.session import DeviceReported, PresenceChanged
from hub.fleet import FleetDirectory
from hub.inbound import Inbound, holds_nul
from runtime.bus import Received

_encoder = msgspec.json.Encoder()


class AdmissionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How far a clock may be off, and how old a message may be (as long as the inbox remembers ids)."""

    clock_tolerance_s: float = 120.0
    oldest_s: float = 14 * 86400.0


class Rejected(msgspec.Struct, frozen=True):
    """A refused message, and the device to tell (null: nobody that could be told)."""

    device: str | None
    refusal: Refusal


class Admission:
    """Decides about every inbound message; remembers which devices' clocks are off."""

    def __init__(self, fleet: FleetDirectory, settings: AdmissionSettings) -> None:
        self._fleet = fleet
        self._tolerance = timedelta(seconds=settings.clock_tolerance_s)
        self._oldest = timedelta(seconds=settings.oldest_s)
        self._skewed: OrderedDict[str, None] = OrderedDict()

    def admit(self, received: Received, now: datetime, arrived_us: int = 0) -> Inbound[AnyMessage] | Rejected:
        """The admitted message, or why not."""
        topic = topics.parse_up(received.topic)
        if isinstance(topic, Refusal):
            return Rejected(None, topic)
        envelope = decode(received.payload)
        if isinstance(envelope, Refusal):
            return Rejected(topic.device, envelope)
        device = self._fleet.devices.get(topic.device)

        def reject(code: ErrorCode, detail: str) -> Rejected:
            return Rejected(topic.device, Refusal(code=code, detail=detail[:500], message_id=envelope.id))

        if envelope.source != topics.source_of(topic.device):
            return reject(
                ErrorCode.FOREIGN_SOURCE, f"{topic.device} says it is {envelope.source!r}: speak for yourself"
            )
        if device is None:
            return reject(ErrorCode.UNKNOWN_DEVICE, f"no device {topic.device!r} is provisioned: provision it first")
        data = envelope.data
        if topic.lane is None:
            allowed: tuple[type[AnyMessage], ...] = topics.STATE_TYPES
        else:
            allowed = topics.LANE_TYPES[topic.lane]
            if device.kind not in topics.LANE_KINDS[topic.lane]:
                return reject(ErrorCode.WRONG_KIND, f"a {device.kind} may not speak on lane {topic.lane}")
        if type(data) not in allowed:
            return reject(ErrorCode.WRONG_TOPIC, f"{envelope.type} does not belong on {received.topic}")
        content = _encoder.encode(data)
        if holds_nul(content):
            return reject(ErrorCode.INVALID_FIELD, f"{envelope.type}: a text contains the character NUL: leave it out")
        if isinstance(data, DeviceReported) and data.kind is not device.kind:
            return reject(
                ErrorCode.WRONG_KIND, f"{device.name} is provisioned as a {device.kind}, not as a {data.kind}"
            )
        trace = None if envelope.traceparent is UNSET else envelope.traceparent
        if not isinstance(data, PresenceChanged):
            off = self._clock(device.name, data, envelope.time, now)
            if off is not None:
                return reject(ErrorCode.CLOCK_SKEWED, off)
            if envelope.expires is not UNSET and envelope.expires < now:
                return reject(ErrorCode.EXPIRED, f"expired at {envelope.expires.isoformat()}")
            if now - envelope.time > self._oldest:
                return reject(ErrorCode.EXPIRED, f"older than {self._oldest.days} days: {envelope.time.isoformat()}")
        return Inbound(
            id=envelope.id,
            device=device,
            data=data,
            time=min(envelope.time, now),
            traceparent=trace,
            # Over what it says, not over the bytes: a device that mended its clock says the same with another time.
            digest=blake2b(content, digest_size=16).digest(),
            arrived_us=arrived_us,
        )

    def _clock(self, device: str, data: AnyMessage, time: datetime, now: datetime) -> str | None:
        ahead = time - now
        if isinstance(data, DeviceReported):
            if abs(ahead) > self._tolerance:
                self._skewed[device] = None
                return f"its clock is {ahead.total_seconds():+.0f} s off the hub's: set it right and report again"
            self._skewed.pop(device, None)
            return None
        if ahead > self._tolerance:
            return f"it is {ahead.total_seconds():.0f} s in the future: set the clock right and send it again"
        if device in self._skewed:
            return "the device's clock was off at its last report: set it right and report again"
        return None
