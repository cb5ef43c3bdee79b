"""The embedded broker against the real nats-server: life, death, data, ports."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import psutil
import pytest

from hub.broker import (
    BrokerEvent,
    BrokerHealth,
    BrokerLimits,
    BrokerPortInUse,
    BrokerStartError,
    BrokerStoreInUse,
    BrokerUrl,
    EmbeddedBroker,
    device_user,
    hub_user,
)
from hub.broker.machine import find_nats_server
from tests.peers import Server

SOON_S = 20.0
ROOT = Path(__file__).resolve().parents[3]


class Events:
    """Keeps what a broker tells, and waits for it."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[BrokerEvent] = asyncio.Queue()
        self.heard: list[BrokerHealth] = []

    def __call__(self, event: BrokerEvent) -> None:
        self._queue.put_nowait(event)

    async def until(self, health: BrokerHealth) -> BrokerEvent:
        async with asyncio.timeout(SOON_S):
            while True:
                event = await self._queue.get()
                self.heard.append(event.health)
                if event.health is health:
                    return event


def client(url: BrokerUrl, name: str, password: str | None = None, *, clean: bool = True) -> aiomqtt.Client:
    user = name if password else None
    return aiomqtt.Client(
        url.host, url.port, identifier=name, username=user, password=password, clean_session=clean, timeout=SOON_S
    )


async def take(session: aiomqtt.Client, count: int) -> list[tuple[str, bytes]]:
    async with asyncio.timeout(SOON_S):
        got: list[tuple[str, bytes]] = []
        async for message in session.messages:
            assert isinstance(message.payload, bytes)
            got.append((message.topic.value, message.payload))
            if len(got) == count:
                break
        return got


async def retained(url: BrokerUrl) -> list[tuple[str, bytes]]:
    """The retained state. Asked again and again: nats-server loads it in the background of its start, and who
    subscribes in these milliseconds is not given it later."""
    async with asyncio.timeout(SOON_S), client(url, "asks") as asking:
        while True:
            await asking.subscribe("devices/+/v1/state", qos=1)
            try:
                async with asyncio.timeout(0.5):
                    return await take(asking, 1)
            except TimeoutError:
                continue


@asynccontextmanager
async def running(broker: EmbeddedBroker) -> AsyncIterator[BrokerUrl]:
    try:
        yield await broker.start()
    finally:
        await broker.stop()


async def test_it_answers_after_start_and_is_gone_after_stop(tmp_path: Path) -> None:
    broker = EmbeddedBroker(tmp_path / "broker")
    assert not broker.healthy
    async with running(broker) as url:
        pid = broker.pid
        assert pid is not None
        assert broker.healthy
        async with client(url, "hub") as hub:
            await hub.subscribe("a/#")
            await hub.publish("a/b", b"hello")
            assert await take(hub, 1) == [("a/b", b"hello")]
        assert (tmp_path / "broker" / "nats.conf").stat().st_mode & 0o777 == 0o600
        assert os.getpgid(pid) != os.getpgid(0)
    assert broker.pid is None
    assert not broker.healthy
    assert not psutil.pid_exists(pid)


async def test_it_can_be_stopped_twice_and_started_again_but_not_started_twice(tmp_path: Path) -> None:
    broker = EmbeddedBroker(tmp_path)
    async with running(broker):
        with pytest.raises(Exception, match="running already"):
            await broker.start()
        assert broker.healthy
    await broker.stop()
    async with running(broker):
        assert broker.healthy


async def test_killed_it_comes_back_on_the_same_address(tmp_path: Path) -> None:
    events = Events()
    broker = EmbeddedBroker(tmp_path, on_event=events, backoff_first_s=0.01)
    async with running(broker) as url:
        first = broker.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await events.until(BrokerHealth.RESTARTED)
        assert events.heard == [BrokerHealth.STARTED, BrokerHealth.DIED, BrokerHealth.RESTARTED]
        assert broker.pid not in (None, first)
        async with client(url, "hub"):
            assert broker.healthy


async def test_it_gives_up_after_too_many_deaths_and_says_so(tmp_path: Path) -> None:
    events = Events()
    broker = EmbeddedBroker(tmp_path, on_event=events, most_restarts=1, backoff_first_s=0.01)
    async with running(broker):
        for expected in (BrokerHealth.RESTARTED, BrokerHealth.GAVE_UP):
            assert broker.pid is not None
            os.kill(broker.pid, signal.SIGKILL)
            await events.until(expected)
        assert not broker.healthy


async def test_a_listener_that_fails_does_not_end_the_watch(tmp_path: Path) -> None:
    events = Events()

    def fails(event: BrokerEvent) -> None:
        events(event)
        raise RuntimeError("the listener is broken")

    broker = EmbeddedBroker(tmp_path, on_event=fails, backoff_first_s=0.01)
    async with running(broker):
        for _ in range(2):
            assert broker.pid is not None
            os.kill(broker.pid, signal.SIGKILL)
            await events.until(BrokerHealth.RESTARTED)


async def test_queued_commands_and_retained_state_survive_a_kill(tmp_path: Path) -> None:
    events = Events()
    broker = EmbeddedBroker(tmp_path, on_event=events, backoff_first_s=0.01)
    sent = [("devices/watch-1/v1/down", b"%d" % number) for number in range(50)]
    async with running(broker) as url:
        async with client(url, "watch-1", clean=False) as watch:
            await watch.subscribe("devices/watch-1/v1/down", qos=1)
        async with client(url, "hub") as hub:
            await hub.publish("devices/watch-1/v1/state", b"away", qos=1, retain=True)
            for topic, payload in sent:
                await hub.publish(topic, payload, qos=1)
        assert broker.pid is not None
        os.kill(broker.pid, signal.SIGKILL)
        await events.until(BrokerHealth.RESTARTED)
        async with client(url, "watch-1", clean=False) as watch:
            # Not in order, and perhaps twice: what nats-server hands out before the session is in place comes
            # again after ack_wait.
            left = set(sent)
            while left:
                left -= set(await take(watch, 1))
        assert await retained(url) == [("devices/watch-1/v1/state", b"away")]


HUB_IN_ANOTHER_PROCESS = """
import asyncio, sys
from pathlib import Path
from hub.broker import EmbeddedBroker

async def main():
    broker = EmbeddedBroker(Path(sys.argv[1]))
    url = await broker.start()
    print(broker.pid, url.port, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_it_dies_with_a_hub_that_is_killed_and_the_next_hub_starts(tmp_path: Path) -> None:
    hub = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HUB_IN_ANOTHER_PROCESS, str(tmp_path)), stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert hub.stdout is not None
    async with asyncio.timeout(SOON_S):
        pid, port = map(int, (await hub.stdout.readline()).split())
    orphan = psutil.Process(pid)
    assert orphan.is_running()
    hub.kill()
    await hub.wait()
    await asyncio.to_thread(psutil.wait_procs, [orphan], timeout=SOON_S)
    assert not orphan.is_running()
    async with running(EmbeddedBroker(tmp_path, port=port)) as url:
        assert url.port == port


async def test_a_broker_that_outlived_its_hub_is_ended_and_its_data_taken_over(tmp_path: Path) -> None:
    broker = EmbeddedBroker(tmp_path)
    async with running(broker) as url, client(url, "hub") as hub:
        await hub.publish("devices/a/v1/state", b"here", qos=1, retain=True)
    command = [str(find_nats_server()), "-c", str(tmp_path / "nats.conf")]
    orphan = Server("nats-server", command, url.port, tmp_path / "orphan.log")
    await asyncio.to_thread(orphan.start)
    try:
        async with running(EmbeddedBroker(tmp_path, port=url.port)) as again:
            assert not orphan.running
            assert await retained(again) == [("devices/a/v1/state", b"here")]
    finally:
        orphan.kill()


async def test_two_hubs_can_not_share_a_data_directory(tmp_path: Path) -> None:
    async with running(EmbeddedBroker(tmp_path)) as url:
        with pytest.raises(BrokerStoreInUse, match="stop it, or give this hub its own"):
            await EmbeddedBroker(tmp_path).start()
        async with client(url, "hub"):
            pass


async def test_a_taken_port_is_named_with_the_setting_to_change(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        broker = EmbeddedBroker(tmp_path, port=port)
        with pytest.raises(BrokerPortInUse, match=rf"port {port} on 127\.0\.0\.1 .* set broker\.port"):
            await broker.start()
        assert broker.pid is None
    async with running(broker) as url:
        assert url.port == port


async def test_a_broken_start_shows_the_end_of_the_log_and_leaves_nothing(tmp_path: Path) -> None:
    broker = EmbeddedBroker(tmp_path, limits=BrokerLimits(max_payload_bytes=2**40))
    with pytest.raises(BrokerStartError, match="max_payload"):
        await broker.start()
    assert broker.pid is None
    async with running(EmbeddedBroker(tmp_path)):
        pass


async def test_a_message_over_the_limit_reaches_nobody(tmp_path: Path) -> None:
    async with (
        running(EmbeddedBroker(tmp_path, limits=BrokerLimits(max_payload_bytes=4096))) as url,
        client(url, "hub") as hub,
    ):
        await hub.subscribe("devices/#")
        async with client(url, "watch-1") as watch:
            await watch.publish("devices/watch-1/v1/up/report", b"x" * 5000)
            with pytest.raises(aiomqtt.MqttError, match="Disconnected"):
                await take(watch, 1)
        async with client(url, "watch-2") as watch:
            await watch.publish("devices/watch-2/v1/up/report", b"x" * 3000, qos=1)
        assert await take(hub, 1) == [("devices/watch-2/v1/up/report", b"x" * 3000)]


async def test_users_come_and_go_without_a_restart(tmp_path: Path) -> None:
    hub_, one, two = hub_user("hub", "h"), device_user("watch-1", "1"), device_user("watch-2", "2")
    broker = EmbeddedBroker(tmp_path, users=[hub_, one])
    async with running(broker) as url:
        pid = broker.pid
        with pytest.raises(aiomqtt.MqttError):
            async with client(url, "watch-2", "2"):
                pass
        async with client(url, "hub", "h") as staying, client(url, "watch-1", "1") as leaving:
            await broker.set_users([hub_, two])
            with pytest.raises(aiomqtt.MqttError, match="Disconnected"):
                await take(leaving, 1)
            async with client(url, "watch-2", "2") as coming:
                await coming.subscribe("devices/watch-2/#", qos=1)
                await staying.publish("devices/watch-2/v1/down", b"still here", qos=1)
                assert await take(coming, 1) == [("devices/watch-2/v1/down", b"still here")]
        assert broker.pid == pid
