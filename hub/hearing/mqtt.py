"""The messages of hearing: what devices say goes to the service, past the hub's writer; what it says goes out."""

import logging
from collections.abc import Callable, Sequence

from contracts import AnyMessage, ContractError, Envelope, ErrorCode, encode, topics
from contracts.audio import AudioClosed, AudioFrames, AudioOpened
from contracts.messages import wire_type
from contracts.session import MessageRefused
from hub.admission import Admission, Rejected
from hub.fleet import FleetDirectory
from hub.hearing.service import HearingService, Told
from hub.metrics import Metrics
from runtime.bus import Bus, Outgoing, Received
from runtime.clock import Clock
from runtime.errors import BusUnavailable
from runtime.ids import Ids

log = logging.getLogger(__name__)

REFUSAL_EVERY_S = 1.0
"""Frames come ten times a second: whoever sends what is refused is told so once in this time."""


class AudioDoor:
    """Takes the messages of the lane ``audio``; in the hub's loop, and without a word to any disk."""

    def __init__(
        self,
        service: HearingService,
        *,
        admission: Admission,
        fleet: FleetDirectory,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._service = service
        self._admission = admission
        self._fleet = fleet
        self._metrics = metrics
        self._clock = clock
        self._refused_at: dict[str, float] = {}

    def take(self, received: Received) -> None:
        """A message arrived."""
        now = self._clock.now()
        inbound = self._admission.admit(received, now)
        if isinstance(inbound, Rejected):
            self._reject(inbound)
            return
        name = inbound.device.name
        self._fleet.heard[name] = now
        self._metrics.count_messages([inbound])
        data = inbound.data
        if isinstance(data, (AudioOpened, AudioFrames, AudioClosed)):
            bound = self._fleet.binding(name)
            self._service.hear(name, bound.branch if bound is not None else "", data)

    def _reject(self, rejected: Rejected) -> None:
        refusal, device = rejected.refusal, rejected.device
        self._metrics.refused.labels(code=refusal.code.value).inc()
        if device is None or device not in self._fleet.devices or refusal.code is ErrorCode.EXPIRED:
            return
        at = self._clock.monotonic()
        if at - self._refused_at.get(device, float("-inf")) < REFUSAL_EVERY_S:
            return
        self._refused_at[device] = at
        log.warning("audio_rejected device=%s code=%s detail=%r", device, refusal.code.value, refusal.detail)
        told = MessageRefused(
            id=refusal.message_id, code=refusal.code, detail=refusal.detail[:500], hub_time=self._clock.now()
        )
        self._service.say(device, told)


class AudioPost:
    """Publishes what is said to devices, now or never; ``lines``: to devices that are connected in another way."""

    def __init__(self, *, bus: Bus, clock: Clock, ids: Ids) -> None:
        self.lines: dict[str, Callable[[AnyMessage], None]] = {}
        self._bus = bus
        self._clock = clock
        self._ids = ids

    async def __call__(self, told: Sequence[Told]) -> None:
        outgoing = []
        for device, message in told:
            if (line := self.lines.get(device)) is not None:
                line(message)
            elif (letter := self._letter(device, message)) is not None:
                outgoing.append(letter)
        if not outgoing:
            return
        try:
            await self._bus.publish(outgoing)
        except BusUnavailable as error:
            log.info("unsaid_of_audio messages=%d why=%r", len(outgoing), str(error))

    def _letter(self, device: str, message: AnyMessage) -> Outgoing | None:
        envelope = Envelope[AnyMessage](
            id=self._ids.new(),
            source="hub",
            type=wire_type(type(message)),
            time=self._clock.now(),
            data=message,
        )
        try:
            return Outgoing(topics.down(device), encode(envelope))
        except ContractError:
            log.exception("unsayable device=%s type=%s", device, envelope.type)
            return None
