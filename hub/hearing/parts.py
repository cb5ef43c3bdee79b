"""The room's objects, wired: what the composition root holds of it."""

import asyncio
import logging

from hub.admission import Admission
from hub.fleet import FleetDirectory
from hub.hearing.gauges import HearingGauges
from hub.hearing.mqtt import AudioDoor, AudioPost
from hub.hearing.ports import Recognition, Talks
from hub.hearing.service import HearingService
from hub.hearing.settings import HearingConfig
from hub.hearing.socket import AudioSocket
from hub.metrics import Metrics
from runtime.bus import Bus, Received
from runtime.clock import Clock
from runtime.ids import Ids

log = logging.getLogger(__name__)

AGAIN_S = 1.0


class Hearing:
    """One hub's hearing (``hub.ports.AudioTraffic``); without ``recognition`` devices are told that there is none."""

    def __init__(
        self,
        settings: HearingConfig,
        *,
        recognition: Recognition | None,
        talks: Talks,
        bus: Bus,
        admission: Admission,
        fleet: FleetDirectory,
        clock: Clock,
        ids: Ids,
        metrics: Metrics,
    ) -> None:
        post = AudioPost(bus=bus, clock=clock, ids=ids)
        self.service = HearingService(
            settings,
            recognition=recognition,
            talks=talks,
            tell=post,
            seconds=clock.monotonic,
            gauges=HearingGauges(metrics.registry),
        )
        self.socket = AudioSocket(self.service, fleet, post)
        self._door = AudioDoor(self.service, admission=admission, fleet=fleet, metrics=metrics, clock=clock)

    def on_message(self, message: Received) -> None:
        """A message of the lane arrived; takes well under a millisecond."""
        self._door.take(message)

    async def run(self) -> None:
        """Serve until cancelled; a fault of hearing ends no service of the rest of the hub."""
        while True:
            try:
                await self.service.run()
            except Exception:
                log.exception("hearing_failed: it begins anew")
                await asyncio.sleep(AGAIN_S)
