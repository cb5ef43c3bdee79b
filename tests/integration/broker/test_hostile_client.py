"""A client of the embedded broker that tries to reach what is not its own."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiomqtt
import pytest

from hub.broker import BrokerUrl, EmbeddedBroker, device_user, hub_user

SOON_S = 20.0
FOREIGN = (
    "devices/victim/#",
    "devices/#",
    "devices/+/v1/down",
    "+/victim/#",
    "#",
    "$MQTT/#",
    "$MQTT/msgs/#",
    "$MQTT/rmsgs/#",
    "$MQTT/sub/#",
    "$JS/API/#",
    "$SYS/#",
)


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[BrokerUrl]:
    users = [hub_user("hub", "hub-secret"), device_user("victim", "v-secret"), device_user("hostile", "h-secret")]
    broker = EmbeddedBroker(tmp_path, users=users)
    yield await broker.start()
    await broker.stop()


def client(url: BrokerUrl, name: str, password: str, will: aiomqtt.Will | None = None) -> aiomqtt.Client:
    return aiomqtt.Client(
        url.host, url.port, identifier=name, username=name, password=password, will=will, timeout=SOON_S
    )


def hostile(url: BrokerUrl, will: aiomqtt.Will | None = None) -> aiomqtt.Client:
    return client(url, "hostile", "h-secret", will)


async def until(session: aiomqtt.Client, last: str) -> list[str]:
    """The topics that arrive up to and with `last`."""
    topics: list[str] = []
    async with asyncio.timeout(SOON_S):
        async for message in session.messages:
            topics.append(message.topic.value)
            if topics[-1] == last:
                break
    return topics


@pytest.mark.parametrize(
    ("name", "password"), [("", ""), ("hostile", "v-secret"), ("nobody", "h-secret"), ("anyone", "")]
)
async def test_who_has_no_credentials_or_wrong_ones_is_not_let_in(url: BrokerUrl, name: str, password: str) -> None:
    with pytest.raises(aiomqtt.MqttError, match="Not authorized"):
        async with aiomqtt.Client(url.host, url.port, username=name or None, password=password or None, timeout=SOON_S):
            pass


@pytest.mark.parametrize("qos", [0, 1])
async def test_a_foreign_publish_reaches_nobody(url: BrokerUrl, qos: int) -> None:
    async with client(url, "hub", "hub-secret") as hub, client(url, "victim", "v-secret") as victim:
        await hub.subscribe("devices/#", qos=1)
        await victim.subscribe("devices/victim/#", qos=1)
        async with hostile(url) as attacker:
            await attacker.publish("devices/victim/v1/down", b"do it", qos=qos)
            await attacker.publish("devices/victim/v1/up/visits", b"I am the victim", qos=qos)
            await attacker.publish("devices/victim/v1/state", b"gone", qos=qos, retain=True)
            await attacker.publish("devices/hostile/v1/up/report", b"my own", qos=1)
        await hub.publish("devices/victim/v1/down", b"from the hub", qos=1)
        assert await until(hub, "devices/victim/v1/down") == ["devices/hostile/v1/up/report", "devices/victim/v1/down"]
        assert await until(victim, "devices/victim/v1/down") == ["devices/victim/v1/down"]
        async with client(url, "hub", "hub-secret") as later:
            await later.subscribe("devices/#", qos=1)
            await later.publish("devices/victim/end", b"", qos=1)
            assert await until(later, "devices/victim/end") == ["devices/victim/end"]


@pytest.mark.parametrize("qos", [0, 1])
async def test_a_foreign_subscription_delivers_nothing(url: BrokerUrl, qos: int) -> None:
    async with hostile(url) as attacker, client(url, "hub", "hub-secret") as hub:
        for topic_filter in FOREIGN:
            (answer,) = await attacker.subscribe(topic_filter, qos=qos)
            assert getattr(answer, "is_failure", answer == 0x80), topic_filter
        await attacker.subscribe("devices/hostile/#", qos=qos)
        for sent_qos in (0, 1):
            await hub.publish("devices/victim/v1/down", b"secret", qos=sent_qos)
            await hub.publish("devices/victim/v1/state", b"here", qos=sent_qos, retain=True)
        await hub.publish("devices/hostile/v1/down", b"yours", qos=1)
        assert await until(attacker, "devices/hostile/v1/down") == ["devices/hostile/v1/down"]


async def test_a_foreign_last_will_is_not_published(url: BrokerUrl) -> None:
    async with client(url, "hub", "hub-secret") as hub:
        await hub.subscribe("devices/#", qos=1)
        will = aiomqtt.Will("devices/victim/v1/state", b"gone", qos=1, retain=True)
        # The same client id again: the broker drops the first connection, and its will is due.
        async with hostile(url, will) as attacker, hostile(url):
            with pytest.raises(aiomqtt.MqttError, match="Disconnected"):
                await until(attacker, "never")
        await hub.publish("devices/victim/end", b"", qos=1)
        assert await until(hub, "devices/victim/end") == ["devices/victim/end"]


async def test_the_native_port_opens_to_nobody(url: BrokerUrl, tmp_path: Path) -> None:
    text = (tmp_path / "nats.conf").read_text("utf-8")
    listen = re.search(r'listen: "127\.0\.0\.1:(\d+)"', text)
    assert listen is not None
    for credentials in ({}, {"user": "hub", "pass": "hub-secret"}):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(listen[1]))
        try:
            async with asyncio.timeout(SOON_S):
                assert (await reader.readline()).startswith(b"INFO")
                writer.write(b"CONNECT %s\r\nPING\r\n" % json.dumps(credentials).encode())
                assert await reader.readline() == b"-ERR 'Authorization Violation'\r\n"
        finally:
            writer.close()
            await writer.wait_closed()
