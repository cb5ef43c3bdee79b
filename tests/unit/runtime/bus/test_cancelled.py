"""A bus that is to end ends, also where the client's waiting swallows that (asyncio.wait_for up to Python 3.11)."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Self, cast

import aiomqtt
import pytest

from runtime.bus.aiomqtt_bus import AiomqttBus
from runtime.bus.port import BusSettings, Outgoing, Received, Subscription

PATIENCE_S = 20.0


class Nobody:
    def __init__(self) -> None:
        self.connected = asyncio.Event()

    def on_connected(self) -> None:
        self.connected.set()

    def on_disconnected(self, reason: str) -> None:
        """Nothing follows."""

    def on_message(self, message: Received) -> None:
        raise AssertionError(message)


class Deaf(AbstractAsyncContextManager["Deaf"]):
    """A client that swallows a cancellation in one of its calls, as if what it waits for had come just then."""

    def __init__(self, swallows: str) -> None:
        self.waits = asyncio.Event()
        self.swallowed = 0
        self._swallows = swallows
        self.messages = self

    async def _call(self, name: str) -> None:
        if name != self._swallows:
            return
        self.waits.set()
        try:
            await asyncio.Future()
        except asyncio.CancelledError:
            self.swallowed += 1
            if self.swallowed > 1:
                raise

    async def __aenter__(self) -> Self:
        await self._call("enter")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._call("exit")

    async def subscribe(self, topics: object) -> None:
        await self._call("subscribe")

    async def publish(self, *arguments: object, **more: object) -> None:
        await self._call("publish")

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> object:
        if self._swallows == "exit":
            raise StopAsyncIteration
        return await asyncio.Future()


class Over(AiomqttBus):
    """A bus over a client that is given."""

    def __init__(self, client: Deaf) -> None:
        super().__init__(BusSettings(url="mqtt://127.0.0.1:1", client_id="c", subscriptions=(Subscription("t", 1),)))
        self._deaf = client

    def _connection(self) -> aiomqtt.Client:
        return cast("aiomqtt.Client", self._deaf)


async def ends(client: Deaf, running: asyncio.Future[None]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await client.waits.wait()
        running.cancel()
        await asyncio.wait({running}, timeout=PATIENCE_S / 2)
    ended = running.cancelled()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert client.swallowed == 1
    assert ended


@pytest.mark.parametrize("call", ["enter", "subscribe", "exit"])
async def test_a_connection_ends(call: str) -> None:
    client = Deaf(call)
    await ends(client, asyncio.ensure_future(Over(client).run(Nobody())))


async def sends(bus: AiomqttBus, connected: asyncio.Event) -> None:
    await connected.wait()
    while True:
        await bus.publish([Outgoing("t", b"x")])
        await asyncio.sleep(0)


async def test_who_sends_ends() -> None:
    client = Deaf("publish")
    bus = Over(client)
    listener = Nobody()
    running = asyncio.ensure_future(bus.run(listener))
    await ends(client, asyncio.ensure_future(sends(bus, listener.connected)))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_goodbye_of_one_who_is_cancelled_already_is_sent() -> None:
    client = Deaf("nothing")
    bus = Over(client)
    listener = Nobody()
    running = asyncio.ensure_future(bus.run(listener))
    said: list[str] = []

    async def leaves() -> None:
        try:
            await asyncio.Future()
        finally:
            await bus.publish([Outgoing("t", b"goodbye")])
            said.append("goodbye")

    leaving = asyncio.ensure_future(leaves())
    await listener.connected.wait()
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert said == ["goodbye"]
