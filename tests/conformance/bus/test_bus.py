"""What every implementation of the bus port keeps, on every broker (see ``runtime/bus/port.py``)."""

from __future__ import annotations

import pytest

from runtime.bus import Outgoing
from runtime.errors import BusUnavailable
from tests.conformance.bus.stand import WITHIN_S, Stand, running
from tests.virtual_time import until

LOST = Outgoing("hall/state", b"lost", qos=1, retain=True)


@pytest.mark.parametrize("qos", [0, 1])
async def test_a_message_arrives_as_it_was_sent(stand: Stand, qos: int) -> None:
    payload = bytes(range(256))
    async with (
        running(await stand.bus("reader-1", "hall/door", qos=qos)) as reader,
        running(await stand.bus("writer-1")) as writer,
    ):
        await writer.said("hall/door", payload, qos=qos)
        await reader.gets(1)
    (message,) = reader.received
    assert (message.topic, message.payload, message.retained) == ("hall/door", payload, False)


@pytest.mark.parametrize("qos", [0, 1])
async def test_64_kib_arrive(stand: Stand, qos: int) -> None:
    payload = bytes(range(256)) * 256
    async with (
        running(await stand.bus("reader-1", "hall/door", qos=qos)) as reader,
        running(await stand.bus("writer-1")) as writer,
    ):
        await writer.said("hall/door", payload, qos=qos)
        assert await reader.gets(1) == [payload]


@pytest.mark.parametrize("qos", [0, 1])
async def test_order_is_kept_on_each_topic(stand: Stand, qos: int) -> None:
    sent = [Outgoing(f"hall/{n % 3}", b"%d" % n, qos) for n in range(300)]
    async with (
        running(await stand.bus("reader-1", "hall/+", qos=qos)) as reader,
        running(await stand.bus("writer-1")) as writer,
    ):
        for start in range(0, 300, 50):
            await writer.bus.publish(sent[start : start + 50])
        await reader.gets(300)
        for topic in ("hall/0", "hall/1", "hall/2"):
            assert reader.payloads(topic) == [message.payload for message in sent if message.topic == topic]


@pytest.mark.parametrize(
    ("topic_filter", "matching", "others"),
    [
        ("a/b", ("a/b",), ("a", "a/b/c", "a/c", "A/b")),
        ("a/+", ("a/b", "a/c"), ("a", "a/b/c", "b/b")),
        ("+/b", ("a/b", "c/b"), ("b", "a/b/b", "a/c")),
        ("a/+/c", ("a/b/c", "a/x/c"), ("a/c", "a/b/b/c")),
        ("a/#", ("a", "a/b", "a/b/c"), ("b", "b/a", "ab")),
        ("+/b/#", ("a/b", "a/b/c/d"), ("b", "a/c/b")),
        ("#", ("a", "a/b/c"), ()),
    ],
)
async def test_a_filter_matches_what_the_standard_says(
    stand: Stand, topic_filter: str, matching: tuple[str, ...], others: tuple[str, ...]
) -> None:
    filters = {topic_filter} if topic_filter == "#" else {topic_filter, "fence"}
    async with (
        running(await stand.bus("reader-1", *filters, qos=0)) as reader,
        running(await stand.bus("writer-1")) as writer,
    ):
        for topic in (*others, *matching):
            await writer.said(topic, topic.encode(), qos=0)
        await reader.fenced(writer)
        assert sorted(reader.payloads()) == sorted(topic.encode() for topic in matching)


async def test_who_is_told_connected_is_subscribed(stand: Stand) -> None:
    async with running(await stand.bus("reader-1", "hall/door")) as reader:
        for turn in range(5):
            await reader.said("hall/door", b"%d" % turn)
            await reader.gets(turn + 1)
            connects = reader.connects
            reader.bus.reconnect("once more")
            await until(lambda before=connects: reader.connects > before, within_s=WITHIN_S)  # type: ignore[misc]
    assert reader.payloads() == [b"0", b"1", b"2", b"3", b"4"]


async def test_a_retained_message_waits_for_who_comes_later(stand: Stand) -> None:
    async with (
        running(await stand.bus("early-1", "hall/state")) as early,
        running(await stand.bus("writer-1")) as writer,
    ):
        await writer.said("hall/state", b"first", retain=True)
        await writer.said("hall/state", b"second", retain=True)
        assert await early.gets(2) == [b"first", b"second"]
        async with running(await stand.bus("late-1", "hall/+")) as late:
            assert await late.gets(1) == [b"second"]
    assert [message.retained for message in early.received] == [False, False]
    assert [message.retained for message in late.received] == [True]


async def test_an_empty_payload_clears_what_is_retained(stand: Stand) -> None:
    async with running(await stand.bus("writer-1")) as writer:
        await writer.said("hall/state", b"on", retain=True)
        await writer.said("hall/other", b"stays", retain=True)
        await writer.said("hall/state", b"", retain=True)
        async with running(await stand.bus("late-1", "hall/+", "fence", qos=0)) as late:
            await late.gets(1)
            await late.fenced(writer)
            assert late.payloads() == [b"stays"]


async def test_what_is_sent_while_away_is_gone(stand: Stand) -> None:
    async with running(await stand.bus("writer-1")) as writer:
        async with running(await stand.bus("reader-1", "hall/door")) as reader:
            await writer.said("hall/door", b"here")
            await reader.gets(1)
        await writer.said("hall/door", b"away")
        async with running(await stand.bus("reader-1", "hall/door")) as again:
            await writer.said("hall/door", b"back")
            assert await again.gets(1) == [b"back"]


@pytest.mark.req("W-01")
async def test_a_broken_connection_leaves_its_will(stand: Stand) -> None:
    async with (
        running(await stand.bus("reader-1", "hall/state")) as reader,
        running(await stand.bus("device-1", will=LOST, backoff_first_s=20.0)) as device,
    ):
        await device.said("hall/state", b"online", retain=True)
        await reader.gets(1)
        await stand.cut("device-1")
        assert await reader.gets(2) == [b"online", b"lost"]
        async with running(await stand.bus("late-1", "hall/state")) as late:
            assert await late.gets(1) == [b"lost"]
        await until(lambda: bool(device.disconnects), within_s=WITHIN_S, what="told of the end")
        assert not device.bus.connected


@pytest.mark.req("W-01")
async def test_who_leaves_cleanly_leaves_no_will(stand: Stand) -> None:
    async with running(await stand.bus("reader-1", "hall/state", "fence", qos=0)) as reader:
        async with running(await stand.bus("device-1", will=LOST)) as device:
            await device.said("hall/state", b"left", qos=0)
            await reader.gets(1)
        async with running(await stand.bus("writer-1")) as writer:
            await reader.fenced(writer)
    assert reader.payloads() == [b"left"]


async def test_a_second_connection_of_the_same_name_takes_over(stand: Stand) -> None:
    async with (
        running(await stand.bus("device-1", "hall/door", backoff_first_s=20.0)) as first,
        running(await stand.bus("writer-1")) as writer,
        running(await stand.bus("device-1", "hall/door")) as second,
    ):
        await until(lambda: bool(first.disconnects), within_s=WITHIN_S, what="the first one's end")
        await writer.said("hall/door", b"whose?")
        assert await second.gets(1) == [b"whose?"]
        assert second.connects == 1
    assert not first.payloads()


async def test_publishing_without_a_connection_is_refused(stand: Stand) -> None:
    bus = await stand.bus("writer-1", backoff_first_s=20.0)
    assert not bus.connected
    with pytest.raises(BusUnavailable, match="writer-1"):
        await bus.publish([Outgoing("hall/door", b"early", 1)])
    async with running(bus) as writer:
        assert bus.connected
        await stand.cut("writer-1")
        await until(lambda: bool(writer.disconnects), within_s=WITHIN_S, what="told of the end")
        assert not bus.connected
        with pytest.raises(BusUnavailable, match="writer-1"):
            await writer.said("hall/door", b"away", qos=0)
    with pytest.raises(BusUnavailable, match="writer-1"):
        await bus.publish([Outgoing("hall/door", b"late", 1)])


async def test_it_comes_back_by_itself_and_is_subscribed_again(stand: Stand) -> None:
    async with (
        running(await stand.bus("reader-1", "hall/door")) as reader,
        running(await stand.bus("writer-1")) as writer,
    ):
        await stand.cut("reader-1")
        await until(lambda: reader.connects == 2, within_s=WITHIN_S, what="connected again")
        assert len(reader.disconnects) == 1
        await writer.said("hall/door", b"again")
        assert await reader.gets(1) == [b"again"]


async def test_told_to_reconnect_it_does_and_says_why(stand: Stand) -> None:
    async with (
        running(await stand.bus("reader-1", "hall/door")) as reader,
        running(await stand.bus("writer-1")) as writer,
    ):
        reader.bus.reconnect("hub silent")
        await until(lambda: reader.connects == 2, within_s=WITHIN_S, what="connected again")
        assert reader.disconnects == ["hub silent"]
        await writer.said("hall/door", b"again")
        assert await reader.gets(1) == [b"again"]


async def test_told_to_reconnect_while_away_it_goes_on_as_before(stand: Stand) -> None:
    bus = await stand.bus("reader-1", "hall/door")
    bus.reconnect("too early")
    async with running(bus) as reader:
        await reader.said("hall/door", b"here")
        assert await reader.gets(1) == [b"here"]
    assert reader.connects == 1


async def test_a_broker_that_restarts_finds_its_clients_and_retained_messages_again(stand: Stand) -> None:
    async with (
        running(await stand.bus("reader-1", "hall/door")) as reader,
        running(await stand.bus("writer-1")) as writer,
    ):
        await writer.said("hall/state", b"kept", retain=True)
        await stand.stop()
        await until(lambda: bool(reader.disconnects and writer.disconnects), within_s=WITHIN_S, what="told of the end")
        await stand.start()
        await until(lambda: reader.bus.connected and writer.bus.connected, within_s=WITHIN_S, what="back")
        assert (reader.connects, writer.connects) == (2, 2)
        await writer.said("hall/door", b"again")
        assert await reader.gets(1) == [b"again"]
        async with running(await stand.bus("late-1", "hall/state")) as late:
            assert await late.gets(1) == [b"kept"]


async def test_a_client_that_starts_before_the_broker_waits_for_it(stand: Stand) -> None:
    await stand.stop()
    bus = await stand.bus("reader-1", "hall/door")
    with pytest.raises(BusUnavailable):
        await bus.publish([Outgoing("hall/door", b"early")])
    await stand.start()
    async with running(bus) as reader:
        await reader.said("hall/door", b"here")
        assert await reader.gets(1) == [b"here"]
