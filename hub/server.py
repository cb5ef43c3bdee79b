"""The hub's loop: what arrives on the bus goes to the single writer in batches, what it says goes out.

The loop is the writer (docs/adr/0005): while it commits one batch, the next gathers in the socket. When more waits than
may, the newest are shed and counted: their senders keep them and send them again. What devices ask of models waits in
a line of its own until nobody waits for anything else, so that a new model for a whole bank delays no task. Audio
never comes to the writer: nothing of it is to be kept.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from contracts import topics
from hub.engine import Engine
from hub.metrics import Metrics
from hub.ports import AudioTraffic
from hub.storage import UnitOfWork
from runtime.bus import Bus, Outgoing, Received
from runtime.errors import BusUnavailable

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[], list[Outgoing]]
"""Something for the writer: returns what to publish afterwards."""

Blocking = Callable[[Work], Awaitable[list[Outgoing]]]
"""Runs one piece of the writer's work: right here in the loop, or where its crash can be played (the simulation)."""

MODELS_A_TURN = 16
"""Pieces of models that are answered at once: 256 KiB, some two milliseconds."""

MODELS_A_DEVICE = 4
"""What one device may have asked for and not got yet; the rest it asks again."""

MODELS_MOST = 512
TURNS_BEFORE_MODELS = 8
"""Under a load that never ends models still get every so many turns."""

_MODELS_LANE = f"/up/{topics.Lane.MODELS}"
_AUDIO_LANE = f"/up/{topics.Lane.AUDIO}"

TICK_S = 0.5
FORGET_S = 3600.0
HOUSE_S = 0.25
"""Little and often: a rare checkpoint holds up the commits beside it for long (docs/adr/0005)."""


class HubServer:
    """A :class:`~runtime.bus.BusListener` around the engine."""

    def __init__(
        self,
        *,
        bus: Bus,
        engine: Engine,
        metrics: Metrics,
        blocking: Blocking,
        tidy: Callable[[], Awaitable[None]],
        batch_most: int,
        queue_most: int,
        remember: timedelta,
        audio: AudioTraffic | None = None,
    ) -> None:
        self._bus = bus
        self._engine = engine
        self._metrics = metrics
        self._blocking = blocking
        self._tidy = tidy
        self._batch_most = batch_most
        self._queue_most = queue_most
        self._remember = remember
        self._audio = audio
        self._inbound: deque[tuple[Received, int]] = deque()
        self._models: deque[Received] = deque()
        self._asked: Counter[str] = Counter()
        self._turns = 0
        self._jobs: deque[Work] = deque()
        self._ticking = False
        self._job_was_last = False
        self._wake = asyncio.Event()
        self.connected = asyncio.Event()

    async def run(self) -> None:
        """Serve until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._bus.run(self), name="hub bus")
            group.create_task(self._write(), name="hub writer")
            group.create_task(self._tick(), name="hub timer")
            group.create_task(self._keep_house(), name="hub house")
            if self._audio is not None:
                group.create_task(self._audio.run(), name="hub audio")

    async def transact(self, job: Callable[[UnitOfWork], T]) -> T:
        """Run a job in a transaction of its own, between batches; raises what the job raises."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def work() -> list[Outgoing]:
            try:
                result, outgoing = self._engine.run(job)
            except Exception as error:
                _fail(done, error)
                return []
            _succeed(done, result)
            return outgoing

        self._jobs.append(work)
        self._wake.set()
        return await done

    def on_connected(self) -> None:
        log.info("hub_connected")
        self.connected.set()
        self._jobs.append(self._engine.announce)
        self._wake.set()

    def on_disconnected(self, reason: str) -> None:
        log.warning("hub_disconnected reason=%r", reason)
        self.connected.clear()

    def on_message(self, message: Received) -> None:
        if self._audio is not None and message.topic.endswith(_AUDIO_LANE):
            self._audio.on_message(message)
            return
        if message.topic.endswith(_MODELS_LANE):
            self._line_up(message)
            return
        if len(self._inbound) >= self._queue_most:
            self._metrics.shed.inc()
            return
        self._inbound.append((message, self._engine.clock_us()))
        self._wake.set()

    async def _write(self) -> None:
        while True:
            work = self._next()
            if work is None:
                self._wake.clear()
                await self._wake.wait()
                continue
            try:
                outgoing = await self._blocking(work)
            except SQLAlchemyError:
                log.exception("storage_failed: the timer tries again")
                self._metrics.storage_failures.inc()
            except Exception:  # one task or message that nobody foresaw must not end the service of all
                log.exception("work_failed: undone, the hub goes on")
            else:
                await self._publish(outgoing)
            await asyncio.sleep(0)  # whoever else has something to do, the socket above all

    def _next(self) -> Work | None:
        """A job or a batch, in turn when both wait: neither keeps the other waiting for ever on a slow disk."""
        self._turns += 1
        if self._models and (self._turns > TURNS_BEFORE_MODELS or not (self._jobs or self._inbound)):
            return self._next_of_models()
        self._job_was_last = bool(self._jobs) and not (self._job_was_last and self._inbound)
        if self._job_was_last:
            return self._jobs.popleft()
        if not self._inbound:
            return None
        size = min(len(self._inbound), self._batch_most)
        some = [self._inbound.popleft() for _ in range(size)]
        batch, arrived_us = [message for message, _ in some], [came for _, came in some]
        self._metrics.queue.set(len(self._inbound))
        return lambda: self._engine.process(batch, arrived_us)

    def _line_up(self, message: Received) -> None:
        """The models' own line: bounded for all and for each device, whose requests are asked again anyway."""
        if len(self._models) >= MODELS_MOST or self._asked[message.topic] >= MODELS_A_DEVICE:
            self._metrics.shed.inc()
            return
        self._asked[message.topic] += 1
        self._models.append(message)
        self._wake.set()

    def _next_of_models(self) -> Work:
        self._turns = 0
        batch = [self._models.popleft() for _ in range(min(len(self._models), MODELS_A_TURN))]
        self._asked -= Counter(message.topic for message in batch)
        return lambda: self._engine.process(batch)

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        forget_at = loop.time() + FORGET_S
        while True:
            await asyncio.sleep(TICK_S)
            if not self._ticking:
                self._ticking = True
                self._jobs.append(self._look_at_due)
            if loop.time() >= forget_at:
                forget_at += FORGET_S
                self._jobs.append(self._forget)
            self._wake.set()

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(HOUSE_S)
            try:
                await self._tidy()
            except Exception:  # whatever it was: the log on disk grows, and nobody waits
                log.exception("tidying_failed: the next one tries again")
                self._metrics.storage_failures.inc()

    def _look_at_due(self) -> list[Outgoing]:
        self._ticking = False
        return self._engine.tick()

    def _forget(self) -> list[Outgoing]:
        log.info("inbox_purged ids=%d", self._engine.forget(self._remember))
        return []

    async def _publish(self, outgoing: list[Outgoing]) -> None:
        if not outgoing:
            return
        try:
            await self._bus.publish(outgoing)
        except BusUnavailable as error:
            log.warning("unsaid messages=%d why=%r: devices are told all when they report", len(outgoing), str(error))


def _succeed(done: asyncio.Future[T], result: T) -> None:
    if not done.done():
        done.set_result(result)


def _fail(done: asyncio.Future[T], error: Exception) -> None:
    if not done.done():
        done.set_exception(error)
