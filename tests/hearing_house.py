"""A hub that hears and bands that stream to it, on one broker in memory, in virtual time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec import UNSET

from contracts import AnyMessage, Envelope, decode, encode, topics
from contracts.audio import AudioEnded, AudioGranted, AudioHeard, AudioRefused
from contracts.fields import Language
from contracts.messages import wire_type
from contracts.visits import ClaimTask, Consent, StartTalk
from hub.config import HubConfig
from hub.hearing.ports import Recognition
from hub.hearing.settings import HearingConfig
from runtime.agent.audio import AudioSettings, AudioUplink, Upward
from runtime.agent.link import link_bus_settings
from runtime.bus import Bus, Outgoing, Received
from runtime.bus.memory import MemoryBroker
from runtime.clock import Clock
from runtime.errors import BusUnavailable
from runtime.ids import SeededIds
from tests.scripted_hearing import PAUSE, Noted
from tests.unit.hub.rig import HandClock, Rig
from tests.virtual_time import START, until

ON = HearingConfig(enabled=True)


class TimedClock(HandClock):
    """The rig's clock, on the running loop's time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(START)
        self._loop = loop
        self._from = loop.time()

    def monotonic(self) -> float:
        return self._loop.time() - self._from

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic())


class Band:
    """A wearable reduced to its connection and its uplink."""

    def __init__(self, device: str, bus: Bus, clock: Clock, settings: AudioSettings | None = None) -> None:
        self.device = device
        self.bus = bus
        self.watcher = Noted()
        self.uplink = AudioUplink(SeededIds(device, 0), seconds=clock.monotonic, settings=settings)
        self.told: list[AnyMessage] = []
        self._ids = SeededIds(f"{device}-letters", 0)
        self._clock = clock

    async def run(self) -> None:
        """In touch until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.bus.run(self))
            group.create_task(self.uplink.run(self._tell))

    def listen(self, task_id: str, language: Language = Language.KO) -> None:
        """Open a stream."""
        self.watcher = Noted()
        self.uplink.open(task_id, language, 0, self.watcher)

    async def say(self, *words: str) -> None:
        """Twenty milliseconds each, and silence up to a whole message."""
        silence = -len(words) % 5
        for word in (*words, *(PAUSE.decode(),) * silence):
            self.uplink.push(word.encode())
            await asyncio.sleep(0.02)

    def on_connected(self) -> None:
        self.uplink.on_link(True)

    def on_disconnected(self, reason: str) -> None:
        self.uplink.on_link(False)

    def on_message(self, message: Received) -> None:
        envelope = decode(message.payload)
        assert isinstance(envelope, Envelope), envelope
        self.told.append(envelope.data)
        if isinstance(envelope.data, (AudioGranted, AudioRefused, AudioHeard, AudioEnded)):
            self.uplink.on_message(envelope.data)

    async def send(self, message: AnyMessage, *, expires_s: float | None = None) -> None:
        """Say a message, now or never."""
        now = self._clock.now()
        envelope = Envelope[AnyMessage](
            id=self._ids.new(),
            source=topics.source_of(self.device),
            type=wire_type(type(message)),
            time=now,
            expires=now + timedelta(seconds=expires_s) if expires_s is not None else UNSET,
            data=message,
        )
        try:
            await self.bus.publish([Outgoing(topics.up(self.device, type(message)), encode(envelope))])
        except BusUnavailable:
            return

    async def _tell(self, message: Upward, *, expires_s: float | None = None) -> None:
        await self.send(message, expires_s=expires_s)


@dataclass
class HearingHouse:
    """The hub in its rig, its broker, and the bands that were made."""

    rig: Rig
    clock: TimedClock
    bands: dict[str, Band] = field(default_factory=dict)
    jobs: list[asyncio.Future[None]] = field(default_factory=list)

    @property
    def broker(self) -> MemoryBroker:
        return self.rig.broker

    async def band(self, device: str, settings: AudioSettings | None = None) -> Band:
        """A band that is in touch."""
        band = Band(device, self.broker.bus(link_bus_settings("mqtt://memory", device, 30)), self.clock, settings)
        self.bands[device] = band
        self.jobs.append(asyncio.ensure_future(band.run()))
        await until(lambda: band.bus.connected, within_s=5)
        return band

    def talk(self, device: str, kiosk: str, number: str, consent: Consent = Consent.GRANTED) -> str:
        """A visit that this device's advisor holds and talks about; returns its task."""
        self.rig.bind(kiosk.removeprefix("kiosk-"), device)
        task = self.rig.walk_in(kiosk, number)
        self.rig.accept(device, ClaimTask(task_id=task))
        self.rig.accept(device, StartTalk(task_id=task, consent=consent))
        return task

    def said(self, task: str) -> list[str]:
        """What the hub keeps of a talk."""
        rows = [row for row in self.rig.tables()["segments"] if row[0] == task]
        return [str(row[4]) for row in sorted(rows, key=lambda row: int(str(row[1])))]


@asynccontextmanager
async def hearing_house(
    url: str, recognition: Recognition | None, *, hearing: HearingConfig = ON, seed: int = 0
) -> AsyncIterator[HearingHouse]:
    """A house that is up until the block ends."""
    clock = TimedClock(asyncio.get_running_loop())
    broker = MemoryBroker(chance=random.Random(seed))
    config = HubConfig(hearing=hearing)
    rig = Rig(url, config=config, clock=clock, migrate=True, recognition=recognition, broker=broker)
    here = HearingHouse(rig, clock)
    here.jobs.append(asyncio.ensure_future(rig.hub.server.run()))
    try:
        await until(lambda: rig.hub.server.connected.is_set(), within_s=5)
        yield here
    finally:
        for job in here.jobs:
            job.cancel()
        await asyncio.gather(*here.jobs, return_exceptions=True)
        rig.close()
