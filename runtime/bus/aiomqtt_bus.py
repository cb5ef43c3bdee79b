"""The bus on aiomqtt (paho-mqtt underneath), MQTT 3.1.1, clean session."""

import asyncio
import logging
import random
from collections.abc import Sequence

import aiomqtt

from runtime.backoff import full_jitter
from runtime.bus.address import parse_address
from runtime.bus.port import BusListener, BusSettings, Outgoing, Received
from runtime.errors import BusUnavailable

log = logging.getLogger(__name__)

_STABLE_S = 10.0


class _ToldToReconnect(Exception):
    """Ends one connection on the user's word."""


class _Cancelled:
    """Whether the task was cancelled since; for what may have swallowed that.

    aiomqtt waits with :func:`asyncio.wait_for`, which up to Python 3.11 loses a cancellation that comes together with
    what it waits for (https://github.com/python/cpython/issues/81839): the task would run on for ever.
    """

    def __init__(self) -> None:
        self._task = asyncio.current_task()
        self._before = self._count()

    def _count(self) -> int:
        return self._task.cancelling() if self._task is not None else 0

    def check(self) -> None:
        """Raises ``CancelledError`` if it was."""
        if self._count() > self._before:
            raise asyncio.CancelledError


class AiomqttBus:
    """A :class:`~runtime.bus.port.Bus` over TCP."""

    def __init__(self, settings: BusSettings, *, chance: random.Random | None = None) -> None:
        self._settings = settings
        self._address = parse_address(settings.url)
        self._chance = chance or random.Random()
        self._client: aiomqtt.Client | None = None
        self._kick: asyncio.Future[None] | None = None

    @property
    def connected(self) -> bool:
        return self._client is not None

    async def run(self, listener: BusListener) -> None:
        loop, cancelled = asyncio.get_running_loop(), _Cancelled()
        attempt = 0
        while True:
            started = loop.time()
            told = False
            reason = "left"
            try:
                async with self._connection() as client:
                    cancelled.check()
                    if self._settings.subscriptions:
                        await client.subscribe([(s.filter, s.qos) for s in self._settings.subscriptions])
                        cancelled.check()
                    self._client = client
                    self._kick = loop.create_future()
                    told = True
                    listener.on_connected()
                    await self._receive(client, listener, self._kick)
            except (aiomqtt.MqttError, OSError, _ToldToReconnect) as error:
                reason = str(error) or type(error).__name__
            finally:
                self._client = None
                self._kick = None
            if told:
                listener.on_disconnected(reason)
            cancelled.check()
            attempt = 0 if told and loop.time() - started > _STABLE_S else attempt + 1
            wait_s = full_jitter(
                attempt - 1 if attempt else 0,
                first_s=self._settings.backoff_first_s,
                most_s=self._settings.backoff_most_s,
                chance=self._chance,
            )
            log.info("bus_disconnected client=%s reason=%r retry_s=%.2f", self._settings.client_id, reason, wait_s)
            await asyncio.sleep(wait_s)

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        client = self._client
        if client is None:
            raise BusUnavailable(
                f"{self._settings.client_id} is not connected to {self._address.host}:{self._address.port}"
            )
        cancelled = _Cancelled()
        try:
            for message in messages:
                await client.publish(message.topic, message.payload, qos=message.qos, retain=message.retain)
                cancelled.check()
        except aiomqtt.MqttError as error:
            raise BusUnavailable(
                f"{self._settings.client_id} lost {self._address.host}:{self._address.port}: {error}"
            ) from error

    def reconnect(self, reason: str) -> None:
        if self._kick is not None and not self._kick.done():
            self._kick.set_exception(_ToldToReconnect(reason))

    def _connection(self) -> aiomqtt.Client:
        will = self._settings.will
        return aiomqtt.Client(
            self._address.host,
            self._address.port,
            identifier=self._settings.client_id,
            username=self._address.user,
            password=self._address.password,
            protocol=aiomqtt.ProtocolVersion.V311,
            clean_session=True,
            keepalive=self._settings.keepalive_s,
            will=aiomqtt.Will(will.topic, will.payload, will.qos, will.retain) if will else None,
            timeout=10.0,
        )

    @staticmethod
    async def _receive(client: aiomqtt.Client, listener: BusListener, kick: asyncio.Future[None]) -> None:
        async def forward() -> None:
            async for message in client.messages:
                listener.on_message(
                    Received(topic=str(message.topic), payload=message.payload, retained=message.retain)
                )

        receiving = asyncio.ensure_future(forward())
        try:
            await asyncio.wait({receiving, kick}, return_when=asyncio.FIRST_COMPLETED)
            if kick.done():
                kick.result()
            else:
                kick.cancel()
            await receiving
        finally:
            receiving.cancel()
            await asyncio.gather(receiving, return_exceptions=True)
