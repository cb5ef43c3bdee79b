"""Where a bus implementation is tested: a broker that can be restarted, connections that can be cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol
from urllib.parse import urlsplit

from runtime.bus import Bus, BusSettings, Outgoing, Received, Subscription
from runtime.bus.memory import MemoryBroker
from tests.peers import free_port
from tests.virtual_time import until

WITHIN_S = 30.0

BusFactory = Callable[[BusSettings], Bus]


class Stand(Protocol):
    """A broker under test."""

    async def bus(
        self,
        client_id: str,
        *filters: str,
        qos: int = 1,
        will: Outgoing | None = None,
        backoff_first_s: float = 0.05,
    ) -> Bus:
        """A client of it, not running yet."""
        ...

    async def cut(self, client_id: str) -> None:
        """Break a client's connection without a goodbye."""
        ...

    async def stop(self) -> None:
        """The broker ends."""
        ...

    async def start(self) -> None:
        """The broker is back where it was."""
        ...


class MemoryStand:
    """The broker in memory."""

    def __init__(self) -> None:
        self._broker = MemoryBroker()

    async def bus(
        self,
        client_id: str,
        *filters: str,
        qos: int = 1,
        will: Outgoing | None = None,
        backoff_first_s: float = 0.05,
    ) -> Bus:
        return self._broker.bus(
            settings("mqtt://memory", client_id, filters, qos=qos, will=will, backoff_first_s=backoff_first_s)
        )

    async def cut(self, client_id: str) -> None:
        self._broker.cut(client_id)

    async def stop(self) -> None:
        self._broker.stop()

    async def start(self) -> None:
        self._broker.start()


class MqttStand:
    """A real broker, each client behind a relay of its own that can cut it off."""

    def __init__(
        self,
        url: str,
        factory: BusFactory,
        *,
        stop: Callable[[], Awaitable[None]],
        start: Callable[[], Awaitable[None]],
    ) -> None:
        self._port = urlsplit(url).port or 1883
        self._factory = factory
        self._stop = stop
        self._start = start
        self._relays: dict[str, list[Relay]] = {}

    async def bus(
        self,
        client_id: str,
        *filters: str,
        qos: int = 1,
        will: Outgoing | None = None,
        backoff_first_s: float = 0.05,
    ) -> Bus:
        relay = Relay(self._port)
        await relay.open()
        self._relays.setdefault(client_id, []).append(relay)
        url = f"mqtt://127.0.0.1:{relay.port}"
        return self._factory(settings(url, client_id, filters, qos=qos, will=will, backoff_first_s=backoff_first_s))

    async def cut(self, client_id: str) -> None:
        for relay in self._relays[client_id]:
            relay.cut()

    async def stop(self) -> None:
        for relay in self._all():
            relay.refuse()
        await self._stop()
        await self.close()

    async def start(self) -> None:
        await self._start()
        for relay in self._all():
            await relay.open()

    async def close(self) -> None:
        """End all relays: who connects now is refused, as by a broker that is gone."""
        for relay in self._all():
            await relay.close()

    def _all(self) -> list[Relay]:
        return [relay for relays in self._relays.values() for relay in relays]


def settings(
    url: str, client_id: str, filters: tuple[str, ...], *, qos: int, will: Outgoing | None, backoff_first_s: float
) -> BusSettings:
    """A client's settings; it comes back at once unless told otherwise."""
    return BusSettings(
        url=url,
        client_id=client_id,
        subscriptions=tuple(Subscription(each, qos) for each in filters),
        will=will,
        keepalive_s=30,
        backoff_first_s=backoff_first_s,
        backoff_most_s=max(0.2, backoff_first_s),
    )


class Relay:
    """A TCP relay on a free loopback port whose connections can be aborted on both sides."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self.port = free_port()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._jobs: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    def cut(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    def refuse(self) -> None:
        if self._server is not None:
            self._server.close()

    async def close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
            self.cut()
            while self._jobs:
                await asyncio.gather(*self._jobs, return_exceptions=True)
            await server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        job = asyncio.current_task()
        assert job is not None
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)
        self._open.add(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            writer.transport.abort()
            self._open.discard(writer)
            return
        self._open.add(far_writer)
        try:
            await asyncio.gather(self._pass_on(reader, far_writer), self._pass_on(far_reader, writer))
        finally:
            for each in (writer, far_writer):
                each.transport.abort()
                self._open.discard(each)

    @staticmethod
    async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(65536):
                writer.write(chunk)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()


class Guest:
    """A client that runs, and what it was told."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.received: list[Received] = []
        self.connects = 0
        self.disconnects: list[str] = []
        self.at_connect: list[Callable[[], None]] = []

    def on_connected(self) -> None:
        self.connects += 1
        for call in self.at_connect:
            call()

    def on_disconnected(self, reason: str) -> None:
        self.disconnects.append(reason)

    def on_message(self, message: Received) -> None:
        self.received.append(message)

    def payloads(self, topic: str | None = None) -> list[bytes]:
        """What came, on one topic or on all, without the fences."""
        return [m.payload for m in self.received if m.topic != "fence" and topic in (None, m.topic)]

    async def said(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Publish one message."""
        await self.bus.publish([Outgoing(topic, payload, qos, retain)])

    async def gets(self, count: int, topic: str | None = None) -> list[bytes]:
        """Wait for so many messages; returns all there are."""
        await until(lambda: len(self.payloads(topic)) >= count, within_s=WITHIN_S, what=f"{count} messages")
        return self.payloads(topic)

    async def fenced(self, sender: Guest) -> None:
        """Wait for a message that ``sender`` sends now at QoS 0: what it sent at QoS 0 before must be here by then."""
        seen = sum(m.topic == "fence" for m in self.received)
        await sender.said("fence", b"", qos=0)
        await until(lambda: sum(m.topic == "fence" for m in self.received) > seen, within_s=WITHIN_S, what="the fence")


@asynccontextmanager
async def running(bus: Bus) -> AsyncIterator[Guest]:
    """The client connected, until the block ends; then it leaves cleanly."""
    guest = Guest(bus)
    job = asyncio.ensure_future(bus.run(guest))
    try:
        await until(lambda: guest.connects > 0 or job.done(), within_s=WITHIN_S, what="connected")
        if job.done():
            job.result()
        yield guest
    finally:
        job.cancel()
        await asyncio.gather(job, return_exceptions=True)
