from __future__ import annotations

import asyncio
import random

import pytest

from runtime.bus import BusSettings, Outgoing, Received, Subscription
from runtime.bus.memory import Faults, MemoryBroker, MemoryBus, matches
from runtime.errors import BusUnavailable
from tests.virtual_time import pass_time, run_virtually, until


class Ear:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.reasons: list[str] = []
        self.at: list[float] = []

    def on_connected(self) -> None:
        self.reasons.append("connected")

    def on_disconnected(self, reason: str) -> None:
        self.reasons.append(reason)

    def on_message(self, message: Received) -> None:
        self.received.append(message)
        self.at.append(asyncio.get_running_loop().time())


def client(broker: MemoryBroker, name: str, *filters: str) -> MemoryBus:
    subscriptions = tuple(Subscription(each, 1) for each in filters)
    return broker.bus(BusSettings(url="mqtt://memory", client_id=name, subscriptions=subscriptions))


def heard(faults: Faults, seed: int, count: int = 200, qos: int = 0) -> tuple[list[bytes], list[float]]:
    """What of ``count`` messages, published in one go, a subscriber hears, and when."""

    async def play() -> tuple[list[bytes], list[float]]:
        broker, ear = MemoryBroker(faults=faults, chance=random.Random(seed)), Ear()
        reader, writer = client(broker, "reader-1", "hall"), client(broker, "writer-1")
        jobs = [asyncio.ensure_future(reader.run(ear)), asyncio.ensure_future(writer.run(Ear()))]
        await until(lambda: reader.connected and writer.connected, within_s=5)
        await writer.publish([Outgoing("hall", b"%d" % n, qos) for n in range(count)])
        await pass_time(60)
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        return [m.payload for m in ear.received], ear.at

    return run_virtually(play)


ALL = [b"%d" % n for n in range(200)]


@pytest.mark.parametrize("delay_s", [(0.0, 0.0), (0.5, 0.5), (0.0, 2.0)])
def test_without_reordering_the_order_is_kept_whatever_the_delay(delay_s: tuple[float, float]) -> None:
    for seed in range(20):
        assert heard(Faults(delay_s=delay_s), seed)[0] == ALL


def test_messages_are_lost_at_the_given_rate() -> None:
    got = heard(Faults(drop=0.2), 1)[0]
    assert got == sorted(got, key=int)
    assert 200 * 0.8 * 0.8 - 30 < len(got) < 200 * 0.8 * 0.8 + 30


def test_messages_come_twice_at_the_given_rate() -> None:
    got = heard(Faults(duplicate=0.2), 1)[0]
    assert set(got) == set(ALL)
    assert 200 * 1.2 * 1.2 - 40 < len(got) < 200 * 1.2 * 1.2 + 40


def test_messages_overtake_each_other() -> None:
    got = heard(Faults(delay_s=(0.0, 1.0), reorder=0.3), 1)[0]
    assert sorted(got, key=int) == ALL
    assert got != ALL


def test_the_same_seed_gives_the_same_course_and_another_one_another() -> None:
    faults = Faults(delay_s=(0.0, 1.0), drop=0.1, duplicate=0.1, reorder=0.3)
    assert heard(faults, 7) == heard(faults, 7)
    assert heard(faults, 7) != heard(faults, 8)


def test_at_qos_1_publish_returns_when_the_broker_has_it() -> None:
    async def play() -> None:
        broker = MemoryBroker(faults=Faults(delay_s=(3.0, 3.0)))
        writer = client(broker, "writer-1")
        job = asyncio.ensure_future(writer.run(Ear()))
        await until(lambda: writer.connected, within_s=5)
        loop = asyncio.get_running_loop()
        before = loop.time()
        await writer.publish([Outgoing("hall", b"quick", 0)])
        assert loop.time() == before
        await writer.publish([Outgoing("hall", b"sure", 1)])
        assert loop.time() == pytest.approx(before + 3.0)
        asked = asyncio.ensure_future(writer.publish([Outgoing("hall", b"lost", 1)]))
        await pass_time(0.5)
        broker.cut("writer-1")
        with pytest.raises(BusUnavailable, match="before the broker's acknowledgement"):
            await asked
        job.cancel()
        await asyncio.gather(job, return_exceptions=True)

    run_virtually(play)


def test_a_partitioned_client_comes_back_when_the_partition_heals() -> None:
    async def play() -> None:
        broker, ear = MemoryBroker(), Ear()
        reader = client(broker, "reader-1", "hall")
        job = asyncio.ensure_future(reader.run(ear))
        await until(lambda: reader.connected, within_s=5)
        broker.partitioned.add("reader-1")
        broker.cut("reader-1")
        await pass_time(30)
        assert not reader.connected
        assert ear.reasons == ["connected", "partition"]
        broker.partitioned.clear()
        await until(lambda: reader.connected, within_s=5)
        job.cancel()
        await asyncio.gather(job, return_exceptions=True)

    run_virtually(play)


@pytest.mark.parametrize(
    ("topic_filter", "topic", "expected"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a/c", False),
        ("a/+", "a/", True),
        ("a/+", "a", False),
        ("+", "a", True),
        ("+", "/a", False),
        ("+/+", "/a", True),
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("a/#", "ab", False),
        ("#", "$SYS/load", False),
        ("+/load", "$SYS/load", False),
        ("$SYS/#", "$SYS/load", True),
    ],
)
def test_filters_match_as_mqtt_says(topic_filter: str, topic: str, expected: bool) -> None:
    assert matches(topic_filter, topic) is expected
