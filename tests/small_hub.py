"""The hub's half of the session protocol, small and honest, for tests of agents: inbox, replies, stream, sync."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import msgspec

from contracts import AnyMessage, Envelope, ErrorCode, Refusal, decode, encode, topics
from contracts.messages import wire_type
from contracts.session import (
    BranchChoice,
    DeliveryAcked,
    DeviceReported,
    DeviceWelcomed,
    HubStarted,
    MessageRefused,
    PresenceChanged,
    StreamPosition,
)
from contracts.visits import TaskOffered, TasksSynced, TaskView
from runtime.bus import BusSettings, Outgoing, Received, Subscription
from runtime.bus.memory import MemoryBroker
from runtime.clock import Clock
from runtime.errors import BusUnavailable
from runtime.ids import SeededIds

MOST_SKEW = timedelta(minutes=5)


class SmallHub:
    """Takes each message once by id, in the order of arrival, and answers it; holds tasks per device."""

    def __init__(self, broker: MemoryBroker, clock: Clock, *, epoch: str = "epoch-0001") -> None:
        self.effects: list[Envelope[AnyMessage]] = []
        self.heard: list[Envelope[AnyMessage]] = []
        self.presence: dict[str, PresenceChanged] = {}
        self.refuse_with: Callable[[Envelope[AnyMessage]], ErrorCode | None] = lambda _envelope: None
        self.silent = False
        self.epoch = epoch
        self.tasks_per_part = 100
        self._revisions: dict[str, int] = {}
        self.tasks: dict[str, tuple[TaskView, ...]] = {}
        self._seen: set[str] = set()
        self._clock = clock
        self._ids = SeededIds("hub", 0)
        self._outbound: asyncio.Queue[Outgoing] = asyncio.Queue()
        self.bus = broker.bus(
            BusSettings(
                url="mqtt://memory",
                client_id="hub",
                subscriptions=(Subscription(topics.UP_FILTER, 1), Subscription(topics.STATE_FILTER, 1)),
            )
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Connected and answering, until the block ends."""
        jobs = [asyncio.ensure_future(self.bus.run(self)), asyncio.ensure_future(self._speak())]
        try:
            yield
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)

    def on_connected(self) -> None:
        for device in self._revisions:
            self.say(device, HubStarted(epoch=self.epoch))

    def on_disconnected(self, reason: str) -> None:
        """The bus connects again by itself."""

    def on_message(self, message: Received) -> None:
        envelope = decode(message.payload)
        topic = topics.parse_up(message.topic)
        assert isinstance(envelope, Envelope), envelope
        assert isinstance(topic, topics.UpTopic), topic
        self.heard.append(envelope)
        data = envelope.data
        if isinstance(data, PresenceChanged):
            self.presence[topic.device] = data
        elif self.silent:
            return
        elif isinstance(data, DeviceReported):
            self._welcome(topic.device, data, envelope.id)
        else:
            self._take(topic.device, envelope)

    def restart(self, epoch: str) -> None:
        """A new run of the hub: positions of the earlier one mean nothing any more."""
        self.epoch = epoch
        self._revisions = dict.fromkeys(self._revisions, 0)
        for device in self._revisions:
            self.say(device, HubStarted(epoch=epoch))

    def offer(self, device: str, task: TaskView) -> None:
        """A new task for the device."""
        self.tasks[device] = (*self.tasks.get(device, ()), task)
        self.say(device, TaskOffered(position=self.next_position(device), task=task))

    def next_position(self, device: str) -> StreamPosition:
        """Count one more message of the device's stream (a test that doesn't send it makes a gap)."""
        self._revisions[device] = self._revisions.get(device, 0) + 1
        return self.position(device)

    def position(self, device: str) -> StreamPosition:
        """Where the device's stream stands."""
        return StreamPosition(epoch=self.epoch, revision=self._revisions.get(device, 0))

    def say(
        self, device: str, message: AnyMessage, *, traceparent: str | None = None, answers: str | None = None
    ) -> None:
        """Say something to a device, in order; ``answers`` is the id of what it replies to."""
        envelope = Envelope[AnyMessage](
            id=self._ids.new(),
            source="hub",
            type=wire_type(type(message)),
            time=self._clock.now(),
            traceparent=traceparent or msgspec.UNSET,
            correlationid=answers or msgspec.UNSET,
            data=message,
        )
        self._outbound.put_nowait(Outgoing(topics.down(device), encode(envelope), qos=1))

    def _welcome(self, device: str, report: DeviceReported, report_id: str) -> None:
        self._revisions.setdefault(device, 0)
        current = report.position == self.position(device)
        hub_us = round(self._clock.monotonic() * 1e6)
        welcome = DeviceWelcomed(
            hub_time=self._clock.now(), epoch=self.epoch, current=current, hub_us=hub_us, held_us=0
        )
        self.say(device, welcome, answers=report_id)
        if not current:
            self._sync(device)

    def _sync(self, device: str) -> None:
        tasks, size = self.tasks.get(device, ()), self.tasks_per_part
        parts = [tasks[start : start + size] for start in range(0, len(tasks), size)] or [()]
        position = self.next_position(device)
        for number, part in enumerate(parts, 1):
            choices = (BranchChoice(branch="main-street", title="Main Street"),)
            self.say(
                device,
                TasksSynced(
                    position=position, part=number, parts=len(parts), binding=None, choices=choices, tasks=part
                ),
            )

    def _take(self, device: str, envelope: Envelope[AnyMessage]) -> None:
        if envelope.id not in self._seen:
            skewed = envelope.time - self._clock.now() > MOST_SKEW
            code = ErrorCode.CLOCK_SKEWED if skewed else self.refuse_with(envelope)
            if code is not None:
                refusal = Refusal(code=code, detail="refused by the test's rule", message_id=envelope.id)
                self.say(
                    device,
                    MessageRefused(
                        id=envelope.id, code=refusal.code, detail=refusal.detail, hub_time=self._clock.now()
                    ),
                )
                return
            self._seen.add(envelope.id)
            self.effects.append(envelope)
        self.say(device, DeliveryAcked(ids=(envelope.id,)))

    async def _speak(self) -> None:
        while True:
            message = await self._outbound.get()
            try:
                await self.bus.publish([message])
            except BusUnavailable:
                continue
