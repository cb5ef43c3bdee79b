"""A large model over a real broker: through the broker's death, wrong bytes, and a newer model meanwhile."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.fields import DeviceKind
from contracts.models import ModelReported, ModelState
from device_agent.agent import DeviceAgent
from device_agent.events import AnyEvent, Journal, ModelActive, ModelInstalled, ModelRefused, of_model
from device_agent.haptics import Recorder
from hub.bootstrap import bus_settings, nothing_to_tidy
from hub.kernel import Device
from hub.learning.delivery import Delivery
from hub.server import HubServer, Work
from hub.storage import UnitOfWork
from models.registry import ModelStore, Sealed
from models.registry.slots import StoreSlots
from runtime.agent.link import LinkSettings, link_bus_settings
from runtime.agent.mailbox import Mailbox
from runtime.agent.models import FetchSettings, ModelFetcher, in_a_thread
from runtime.bus import BusSettings, Outgoing
from runtime.bus.aiomqtt_bus import AiomqttBus
from runtime.clock import SystemClock
from runtime.ids import UuidIds
from tests.peers import Mosquitto
from tests.sealed_models import TRUST, publish
from tests.unit.hub.rig import Rig
from tests.virtual_time import until

MODEL_BYTES = 600_000
SOON_S = 60.0
FETCH = FetchSettings(first_s=0.5, most_s=2.0, tries=100, rest_first_s=0.1, rest_most_s=0.2)


class Shop:
    """Models in a folder; ``pieces`` are counted, and altered when the test says so."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.out: Sealed | None = None
        self.pieces = 0
        self.altered = False
        self.states: list[ModelState] = []

    def publish(self, number: int) -> None:
        self.out = publish(self._folder / str(number), number, model_bytes=MODEL_BYTES)

    def desired(self, device: str, kind: DeviceKind) -> Sealed | None:
        return self.out

    def read(self, version: str, file: str, offset: int, size: int) -> bytes:
        assert self.out is not None
        self.pieces += 1
        content = self.out.read(file, offset, size)
        return random.Random(0).randbytes(len(content)) if self.altered else content

    def on_reported(self, unit: UnitOfWork, device: Device, report: ModelReported) -> None:
        self.states.append(report.state)


def brief(settings: BusSettings) -> BusSettings:
    """Connects again soon: the test's broker is back at once."""
    return BusSettings(
        url=settings.url,
        client_id=settings.client_id,
        subscriptions=settings.subscriptions,
        will=settings.will,
        keepalive_s=settings.keepalive_s,
        backoff_most_s=0.5,
    )


async def right_here(work: Work) -> list[Outgoing]:
    """The hub's writer is its loop."""
    return work()


class Stand:
    """A hub and a watch on a real broker."""

    def __init__(self, broker: Mosquitto, folder: Path) -> None:
        self.folder = folder
        self.url = broker.url
        self.shop = Shop(folder / "shelf")
        self.rig = Rig(f"sqlite:///{folder / 'hub.sqlite'}", clock=SystemClock())  # type: ignore[arg-type]  # as the rig's
        self.rig.hub.engine.deliver_models(Delivery(self.shop))
        self.events: list[AnyEvent] = []

    @asynccontextmanager
    async def hub(self) -> AsyncIterator[None]:
        server = HubServer(
            bus=AiomqttBus(brief(bus_settings(self.url, 4))),
            engine=self.rig.hub.engine,
            metrics=self.rig.hub.metrics,
            blocking=right_here,
            tidy=nothing_to_tidy,
            batch_most=64,
            queue_most=1000,
            remember=timedelta(days=1),
        )
        job = asyncio.ensure_future(server.run())
        try:
            yield
        finally:
            job.cancel()
            await asyncio.gather(job, return_exceptions=True)
            self.rig.close()

    @asynccontextmanager
    async def watch(self) -> AsyncIterator[ModelStore]:
        """One life of the watch on its store."""
        clock = SystemClock()
        journal = Journal(clock)
        journal.subscribe(self.events.append)
        mailbox = Mailbox.open(self.folder / "watch.sqlite")
        store = ModelStore(self.folder / "watch.models", TRUST)
        agent = DeviceAgent(
            device="watch-ada",
            kind=DeviceKind.WATCH,
            version="test",
            bus=AiomqttBus(brief(link_bus_settings(self.url, "watch-ada", 4))),
            mailbox=mailbox,
            clock=clock,
            ids=UuidIds(),
            alerter=Recorder(journal.emit),
            journal=journal,
            link_settings=LinkSettings(keepalive_s=2),
            models=ModelFetcher(
                StoreSlots(store),
                news=lambda news: journal.emit(of_model(news)),
                settings=FETCH,
                runner=in_a_thread,
            ),
        )
        job = asyncio.ensure_future(agent.run())
        try:
            yield store
        finally:
            job.cancel()
            await asyncio.gather(job, return_exceptions=True)
            mailbox.close()

    async def has(self, kind: type[AnyEvent], serial: int) -> None:
        await until(
            lambda: any(isinstance(one, kind) and getattr(one, "serial", 0) == serial for one in self.events),
            within_s=SOON_S,
            what=f"{kind.__name__} {serial} in {self.events[-3:]}",
        )


@pytest.mark.req("W-13", "W-16")
async def test_a_model_comes_through_whatever_happens_on_the_way(mosquitto_broker: Mosquitto, tmp_path: Path) -> None:
    at = Stand(mosquitto_broker, tmp_path)
    whole = -(-MODEL_BYTES // 16384)
    async with at.hub():
        at.shop.publish(1)
        async with at.watch():
            await until(lambda: at.shop.pieces > whole // 4, within_s=SOON_S)
            mosquitto_broker.kill()
            pieces = at.shop.pieces
            mosquitto_broker.start()
            await until(lambda: at.shop.pieces > pieces + 4, within_s=SOON_S)
        assert not at.events or not isinstance(at.events[-1], ModelActive)
        async with at.watch() as store:
            await at.has(ModelActive, 1)
            assert store.active is not None
            assert at.shop.pieces < whole + 20, "it began again from the beginning"

            at.shop.altered = True
            at.shop.publish(2)
            await at.has(ModelRefused, 2)
            assert store.active.serial == 1
            at.shop.altered = False
            await at.has(ModelActive, 2)

            at.shop.publish(3)
            pieces = at.shop.pieces
            await until(lambda: at.shop.pieces > pieces + 3, within_s=SOON_S)
            at.shop.publish(4)
            await at.has(ModelActive, 4)
            assert store.active.serial == 4
            assert not any(isinstance(one, ModelInstalled) and one.serial == 3 for one in at.events)
            await until(lambda: at.shop.states[-1] is ModelState.ACTIVE, within_s=SOON_S)
    again = ModelStore(tmp_path / "watch.models", TRUST)
    assert again.active is not None
    assert again.active.serial == 4
