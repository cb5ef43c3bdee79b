"""A wearable reduced to its link: it keeps the tasks that it is told, durably, and notes what happens."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from contracts import AnyMessage, Refusal
from contracts.fields import DeviceKind
from contracts.lending import LendingTold
from contracts.session import DeviceBound
from contracts.visits import TaskClaimed, TaskOffered, TasksSynced, TaskUpdated, TaskView, TaskWithdrawn
from runtime.agent.audio import AudioTraffic
from runtime.agent.link import AgentLink, LinkSettings, Streamed, link_bus_settings
from runtime.agent.mailbox import Mailbox
from runtime.agent.sqlite import Database
from runtime.bus.memory import MemoryBroker
from runtime.clock import Clock
from runtime.ids import SeededIds

SETTINGS = LinkSettings(keepalive_s=20, resend_first_s=1.0, resend_most_s=8.0, resync_wait_s=1.0)


def mailbox_in_memory() -> Mailbox:
    """A mailbox that outlives its agents but not the test."""
    return Mailbox(Database(sqlite3.connect(":memory:", isolation_level=None)))


class AgentOnLink:
    """An agent that may be stopped at any moment and made anew on the same mailbox."""

    def __init__(
        self,
        broker: MemoryBroker,
        mailbox: Mailbox,
        clock: Clock,
        *,
        device: str = "watch-1",
        life: int = 0,
        settings: LinkSettings = SETTINGS,
        audio: AudioTraffic | None = None,
    ) -> None:
        self.mailbox = mailbox
        self.shown: list[Streamed] = []
        self.traces: list[str | None] = []
        self.arrived: list[float] = []
        self.acked: list[str] = []
        self.refused: list[tuple[str, AnyMessage, Refusal]] = []
        self.links: list[bool] = []
        self.disk_refusals = 0
        self.bus = broker.bus(link_bus_settings("mqtt://memory", device, settings.keepalive_s))
        self.link = AgentLink(
            device=device,
            kind=DeviceKind.WATCH,
            version="0.1.0",
            bus=self.bus,
            mailbox=mailbox,
            handler=self,
            clock=clock,
            ids=SeededIds(f"{device}-{life}", 0),
            settings=settings,
            chance=random.Random(life),
            audio=audio,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """In touch with the hub until the block ends; then it says goodbye."""
        job = asyncio.ensure_future(self.link.run())
        try:
            yield
        finally:
            job.cancel()
            ended = await asyncio.gather(job, return_exceptions=True)
            assert isinstance(ended[0], asyncio.CancelledError), ended

    @property
    def tasks(self) -> tuple[TaskView, ...]:
        """What it holds, as it is on disk."""
        return msgspec.json.decode(self.mailbox.setting("tasks") or "[]", type=tuple[TaskView, ...])

    def apply(self, message: Streamed) -> None:
        held = {task.task: task for task in self.tasks}
        match message:
            case TasksSynced():
                held = {task.task: task for task in message.tasks}
            case TaskOffered() | TaskUpdated():
                held[message.task.task] = message.task
            case TaskWithdrawn():
                held.pop(message.task_id, None)
            case TaskClaimed() | DeviceBound() | LendingTold():
                pass
        self.mailbox.remember("tasks", msgspec.json.encode(tuple(held.values())).decode())

    def applied(self, message: Streamed, traceparent: str | None) -> None:
        self.shown.append(message)
        self.traces.append(traceparent)
        self.arrived.append(self.link.arrived)

    def on_acked(self, ids: tuple[str, ...]) -> None:
        self.acked.extend(ids)

    def on_refused(self, message_id: str, message: AnyMessage, refusal: Refusal) -> None:
        self.refused.append((message_id, message, refusal))

    def on_disk_refused(self) -> None:
        self.disk_refusals += 1

    def on_link(self, online: bool) -> None:
        self.links.append(online)
