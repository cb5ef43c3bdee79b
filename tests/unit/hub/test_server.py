"""The hub's loop: batches in, answers out, the timer, and what it survives."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contracts import AnyMessage, Envelope, decode, encode, topics
from contracts.fields import DeviceKind
from contracts.messages import wire_type
from contracts.session import BindDevice, DeliveryAcked, DeviceBound, DeviceReported, DeviceWelcomed, HubStarted
from contracts.visits import TaskOffered, TaskWithdrawn
from hub.bootstrap import CLIENT_ID
from hub.config import EngineConfig, HubConfig
from hub.storage import UnitOfWork
from runtime.bus import BusSettings, Outgoing, Received, Subscription
from tests.unit.hub.rig import Rig
from tests.virtual_time import until


class Device:
    """A bare client of the rig's broker."""

    def __init__(self, rig: Rig, name: str) -> None:
        self.name = name
        self.heard: list[AnyMessage] = []
        self._rig = rig
        self.bus = rig.broker.bus(
            BusSettings(url="mqtt://memory", client_id=name, subscriptions=(Subscription(topics.down(name), 1),))
        )

    def on_connected(self) -> None:
        """Ready."""

    def on_disconnected(self, reason: str) -> None:
        """The bus connects again."""

    def on_message(self, message: Received) -> None:
        envelope = decode(message.payload)
        assert isinstance(envelope, Envelope)
        self.heard.append(envelope.data)

    async def say(self, *messages: AnyMessage) -> None:
        """Publish without waiting for an answer."""
        letters = [
            Outgoing(
                topics.up(self.name, type(message)),
                encode(
                    Envelope[AnyMessage](
                        id=self._rig.ids.new(),
                        source=topics.source_of(self.name),
                        type=wire_type(type(message)),
                        time=self._rig.clock.now(),
                        data=message,
                    )
                ),
            )
            for message in messages
        ]
        await self.bus.publish(letters)

    async def hears(self, kind: type[AnyMessage]) -> None:
        """Until it has heard a message of this type."""
        await until(
            lambda: any(isinstance(message, kind) for message in self.heard), within_s=20, what=f"{self.name}: {kind}"
        )


@contextlib.asynccontextmanager
async def serving(rig: Rig, *devices: Device) -> AsyncIterator[None]:
    """The hub and its devices, connected."""
    jobs = [asyncio.ensure_future(device.bus.run(device)) for device in devices]
    await until(lambda: all(device.bus.connected for device in devices), within_s=20)
    jobs.append(asyncio.ensure_future(rig.hub.server.run()))
    await rig.hub.server.connected.wait()
    try:
        yield
        assert not jobs[-1].done(), "the hub has died"
    finally:
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """A hub whose queue holds five messages."""
    config = HubConfig(engine=EngineConfig(batch_most=2, queue_most=5))
    rig = Rig(f"sqlite:///{tmp_path / 'hub.sqlite'}", config=config)
    yield rig
    rig.close()


REPORT = DeviceReported(kind=DeviceKind.WATCH, agent_version="0")


async def test_it_announces_itself_and_answers_in_order(rig: Rig) -> None:
    watch, kiosk = Device(rig, "watch-ada"), Device(rig, "kiosk-main")
    async with serving(rig, watch, kiosk):
        await watch.hears(HubStarted)
        await kiosk.hears(HubStarted)
        await watch.say(REPORT, BindDevice(branch="main"))
        await watch.hears(DeliveryAcked)
        await kiosk.say(rig.ticket("kiosk-main", "A001", "c-ann"))
        await watch.hears(TaskOffered)
        await kiosk.hears(DeliveryAcked)
    kinds = [type(message) for message in watch.heard]
    assert kinds.index(DeviceWelcomed) < kinds.index(DeviceBound) < kinds.index(TaskOffered)


async def test_a_full_queue_sheds_what_its_senders_send_again(rig: Rig) -> None:
    watch = Device(rig, "watch-ada")
    async with serving(rig, watch):
        flood = [Received("devices/watch-ada/v1/up/visits", b"{")] * 12
        for message in flood:
            rig.hub.server.on_message(message)
        assert rig.metric("usher_messages_shed_total") == 7
        await watch.say(BindDevice(branch="main"))
        await watch.hears(DeliveryAcked)
    assert rig.metric("usher_messages_refused_total", code="malformed") == 5


async def test_the_timer_expires_tasks_and_the_bus_may_be_away_meanwhile(rig: Rig) -> None:
    watch, kiosk = Device(rig, "watch-ada"), Device(rig, "kiosk-main")
    async with serving(rig, watch, kiosk):
        await watch.say(BindDevice(branch="main"))
        await kiosk.say(rig.ticket("kiosk-main", "A001"))
        await watch.hears(TaskOffered)
        rig.broker.partitioned.add(CLIENT_ID)
        rig.broker.cut(CLIENT_ID)
        rig.clock.advance(700)
        await until(lambda: [task.state for task in rig.tasks()] == ["expired"], within_s=20)
        assert not rig.hub.server.connected.is_set()
        rig.broker.partitioned.clear()
        watch.heard.clear()
        await watch.hears(HubStarted)
        await watch.say(REPORT)
        await watch.hears(DeviceWelcomed)
    assert not any(isinstance(message, TaskWithdrawn) for message in watch.heard), "the whole state says it instead"


async def test_a_failing_database_and_a_failing_timer_end_nothing(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    watch, kiosk = Device(rig, "watch-ada"), Device(rig, "kiosk-main")
    async with serving(rig, watch, kiosk):
        await watch.say(BindDevice(branch="main"))
        await kiosk.say(rig.ticket("kiosk-main", "A001"))
        await watch.hears(TaskOffered)
        await rig.hub.server.transact(lambda unit: unit.connection.exec_driver_sql("alter table tasks rename to gone"))
        await until(lambda: rig.metric("usher_storage_failures_total") > 0, within_s=20, what="the timer fails")
        await rig.hub.server.transact(lambda unit: unit.connection.exec_driver_sql("alter table gone rename to tasks"))
        whole = rig.tables()["tasks"]

        def damage(unit: UnitOfWork) -> None:
            unit.connection.exec_driver_sql("update tasks set body = x'7b'")

        await rig.hub.server.transact(damage)
        rig.clock.advance(700)
        await until(lambda: "work_failed" in caplog.text, within_s=20, what="the timer meets a damaged task")
        assert whole
        watch.heard.clear()
        await watch.say(BindDevice(branch="river"))
        await until(lambda: bool(watch.heard), within_s=20, what="others are served")


async def test_what_a_job_raises_its_caller_gets(rig: Rig) -> None:
    def job(unit: UnitOfWork) -> None:
        raise LookupError("the caller's own")

    async with serving(rig):
        with pytest.raises(LookupError, match="own"):
            await rig.hub.server.transact(job)
