"""The stands that the suite runs on: memory, and each client on each real broker. Another client is one line more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.broker import EmbeddedBroker
from runtime.bus.aiomqtt_bus import AiomqttBus
from runtime.bus.paho_bus import PahoBus
from tests.conformance.bus.stand import BusFactory, MemoryStand, MqttStand, Stand
from tests.peers import Mosquitto, free_port

CLIENTS: dict[str, BusFactory] = {"aiomqtt": AiomqttBus, "paho": PahoBus}

STANDS = ["memory", *(f"{client}-{broker}" for client in CLIENTS for broker in ("mosquitto", "embedded"))]


@pytest.fixture(params=STANDS)
async def stand(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stand]:
    """A fresh broker with a client implementation."""
    name = request.param
    assert isinstance(name, str)
    if name == "memory":
        yield MemoryStand()
        return
    client, _, broker = name.partition("-")
    if broker == "mosquitto":
        mosquitto = request.getfixturevalue("mosquitto_broker")
        assert isinstance(mosquitto, Mosquitto)

        async def stop() -> None:
            await asyncio.to_thread(mosquitto.stop)

        async def start() -> None:
            await asyncio.to_thread(mosquitto.start)

        real = MqttStand(mosquitto.url, CLIENTS[client], stop=stop, start=start)
        try:
            yield real
        finally:
            await real.close()
        return
    embedded = EmbeddedBroker(tmp_path / "broker", port=free_port())

    async def start_again() -> None:
        await embedded.start()

    url = await embedded.start()
    real = MqttStand(str(url), CLIENTS[client], stop=embedded.stop, start=start_again)
    try:
        yield real
    finally:
        await real.close()
        await embedded.stop()
