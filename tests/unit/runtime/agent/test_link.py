from __future__ import annotations

import asyncio
import sqlite3
from datetime import timedelta
from itertools import count

import msgspec
import pytest

from contracts import Envelope, ErrorCode, decode, encode, topics
from contracts.session import DeliveryAcked, DeviceReported, Presence, PresenceChanged
from contracts.visits import TaskOffered, TasksSynced
from runtime.agent.link import link_bus_settings
from runtime.bus import Received
from runtime.bus.memory import Faults, MemoryBroker
from tests.agent_on_link import SETTINGS, AgentOnLink, mailbox_in_memory
from tests.small_hub import SmallHub
from tests.unit.runtime.agent.house import WATCH, House, claim, house, in_a_house, task
from tests.virtual_time import LoopClock, pass_time, run_virtually, until
from tests.wire.examples import EXAMPLES, TRACE


@pytest.mark.req("W-01")
@in_a_house()
async def test_it_reports_is_welcomed_and_brought_up_to_date(at: House) -> None:
    at.hub.tasks[WATCH] = (task(1), task(2))
    await at.online()
    assert at.watch.tasks == (task(1), task(2))
    assert at.watch.links == [True]
    assert at.watch.link.offline_since is None
    await until(lambda: WATCH in at.hub.presence, within_s=5)
    assert at.hub.presence[WATCH] == PresenceChanged(presence=Presence.ONLINE)
    report = next(e for e in at.hub.heard if isinstance(e.data, DeviceReported))
    assert report.source == "devices/watch-1"


@in_a_house()
async def test_it_asks_for_exactness_after_a_connect_and_a_gap_and_not_at_heartbeats(at: House) -> None:
    await at.online()
    await pass_time(3 * SETTINGS.heartbeat_s)
    at.hub.next_position(WATCH)
    at.hub.offer(WATCH, task(1))
    await until(at.in_step, within_s=2)
    exact = [e.data.exact for e in at.hub.heard if isinstance(e.data, DeviceReported)]
    assert exact[0]
    assert exact[-1]
    assert len(exact) > 3
    assert not any(exact[1:-1])


@pytest.mark.req("W-01")
@in_a_house()
async def test_it_reports_at_each_heartbeat_with_its_battery(at: House) -> None:
    await at.online()
    at.watch.link.battery_percent = 42
    before = at.reports()
    await pass_time(10 * SETTINGS.heartbeat_s)
    assert 9 <= at.reports() - before <= 11
    last = [e.data for e in at.hub.heard if isinstance(e.data, DeviceReported)][-1]
    assert isinstance(last, DeviceReported)
    assert last.battery_percent == 42
    assert last.position == at.mailbox.position()


@in_a_house()
async def test_what_it_sends_takes_effect_once_in_order_and_is_acknowledged(at: House) -> None:
    sent = [at.watch.link.send(claim(number), traceparent=TRACE) for number in range(20)]
    await until(lambda: at.mailbox.depth() == 0, within_s=60)
    assert [e.id for e in at.hub.effects] == sent
    assert at.watch.acked == sent
    assert {e.traceparent for e in at.hub.effects} == {TRACE}


@in_a_house()
async def test_what_is_lost_is_sent_again(at: House) -> None:
    await at.online()
    at.broker.faults = Faults(drop=1.0)
    message = at.watch.link.send(claim(1))
    await pass_time(5)
    assert not at.hub.effects
    at.broker.faults = Faults()
    await until(lambda: at.mailbox.depth() == 0, within_s=60)
    assert at.claims() == ["task-0001"]
    assert at.watch.acked == [message]


@in_a_house()
async def test_a_lost_acknowledgement_repeats_the_message_not_its_effect(at: House) -> None:
    await at.online()
    at.hub.silent = True
    message = at.watch.link.send(claim(1))
    await until(lambda: at.times_heard(message) >= 3, within_s=60)
    at.hub.silent = False
    await until(lambda: at.mailbox.depth() == 0, within_s=60)
    assert at.claims() == ["task-0001"]


@in_a_house()
async def test_one_message_is_in_flight_until_it_is_answered(at: House) -> None:
    await at.online()
    at.hub.silent = True
    first, second = at.watch.link.send(claim(1)), at.watch.link.send(claim(2))
    await until(lambda: at.times_heard(first) >= 3, within_s=60)
    assert at.times_heard(second) == 0
    at.hub.silent = False
    await until(lambda: at.mailbox.depth() == 0, within_s=60)
    assert at.claims() == ["task-0001", "task-0002"]


@in_a_house()
async def test_a_foreign_voice_on_its_topic_is_not_obeyed(at: House) -> None:
    at.hub.silent = True
    message = at.watch.link.send(claim(1))
    forged = msgspec.structs.replace(
        EXAMPLES["delivery.acked.v1"], source="devices/watch-2", data=DeliveryAcked(ids=(message,))
    )
    at.watch.link.on_message(Received(topics.down(WATCH), encode(forged)))
    at.watch.link.on_message(Received(topics.down(WATCH), b"nonsense"))
    at.watch.link.on_message(Received(topics.down(WATCH), encode(EXAMPLES["task.claim.v1"])))
    assert at.mailbox.depth() == 1
    assert not at.watch.acked


@in_a_house()
async def test_the_stream_is_applied_in_order_and_repeats_are_nothing(at: House) -> None:
    await at.online()
    for number in range(5):
        at.hub.offer(WATCH, task(number))
    await until(at.in_step, within_s=30)
    again = TaskOffered(position=at.hub.position(WATCH), task=task(99))
    at.hub.say(WATCH, again, traceparent=TRACE)
    await pass_time(5)
    assert at.watch.tasks == tuple(task(number) for number in range(5))
    assert sum(isinstance(message, TaskOffered) for message in at.watch.shown) == 5


@in_a_house()
async def test_the_trace_of_a_task_is_handed_on(at: House) -> None:
    await at.online()
    at.hub.say(WATCH, TaskOffered(position=at.hub.next_position(WATCH), task=task(1)), traceparent=TRACE)
    await until(at.in_step, within_s=30)
    assert at.watch.traces[-1] == TRACE


@pytest.mark.req("W-01")
@in_a_house()
async def test_a_gap_is_reported_and_mended_within_seconds(at: House) -> None:
    await at.online()
    at.hub.tasks[WATCH] = (task(1),)
    at.hub.next_position(WATCH)
    reports = at.reports()
    at.hub.offer(WATCH, task(2))
    await until(at.in_step, within_s=2)
    assert at.reports() == reports + 1
    assert at.watch.tasks == (task(1), task(2))
    assert not any(isinstance(m, TaskOffered) for m in at.watch.shown)


@in_a_house()
async def test_a_new_run_of_the_hub_is_asked_for_everything(at: House) -> None:
    await at.online()
    at.hub.offer(WATCH, task(1))
    await until(at.in_step, within_s=30)
    at.hub.tasks[WATCH] = (task(7),)
    at.hub.restart("epoch-0002")
    await until(at.in_step, within_s=2)
    assert at.watch.tasks == (task(7),)


@in_a_house()
async def test_a_long_state_comes_in_parts_and_is_applied_whole(at: House) -> None:
    at.hub.tasks_per_part = 2
    at.hub.tasks[WATCH] = tuple(task(number) for number in range(7))
    await at.online()
    assert at.watch.tasks == at.hub.tasks[WATCH]
    (synced,) = [m for m in at.watch.shown if isinstance(m, TasksSynced)]
    assert (synced.part, synced.parts) == (1, 1)


@in_a_house()
async def test_parts_of_another_state_are_not_mixed_in(at: House) -> None:
    await at.online()
    held = at.watch.tasks
    earlier, later = at.hub.next_position(WATCH), at.hub.next_position(WATCH)

    def part(position_of: TasksSynced, number: int) -> TasksSynced:
        return msgspec.structs.replace(position_of, part=number, tasks=(task(number),))

    example = EXAMPLES["tasks.synced.v1"].data
    assert isinstance(example, TasksSynced)
    first = msgspec.structs.replace(example, position=earlier, parts=2)
    second = msgspec.structs.replace(example, position=later, parts=2)
    at.hub.say(WATCH, part(first, 1))
    at.hub.say(WATCH, part(second, 2))
    await pass_time(0.2)
    assert at.watch.tasks == held
    at.hub.say(WATCH, part(second, 1))
    await until(lambda: at.mailbox.position() == later, within_s=1)
    assert at.watch.tasks == (task(1), task(2))


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_an_hour_off_mends_itself(hours: int) -> None:
    @in_a_house(wrong_by=timedelta(hours=hours))
    async def play(at: House) -> None:
        at.watch.link.send(claim(1))
        await at.online()
        at.watch.link.send(claim(2))
        await until(lambda: at.mailbox.depth() == 0, within_s=60)
        assert at.claims() == ["task-0001", "task-0002"]
        assert abs((at.watch.link.clock.now() - at.clock.now()).total_seconds()) < 2
        last = at.hub.effects[-1]
        assert abs((last.time - at.clock.now()).total_seconds()) < 60

    play()


@in_a_house()
async def test_a_refusal_of_the_clock_keeps_the_message_and_sets_the_clock(at: House) -> None:
    await at.online()
    at.watch.link.clock.correct(at.clock.now() + timedelta(hours=1))
    message = at.watch.link.send(claim(1))
    await until(lambda: at.mailbox.depth() == 0, within_s=60)
    (taken,) = at.hub.effects
    assert taken.id == message
    assert abs((taken.time - at.clock.now()).total_seconds()) < 60
    assert not at.watch.refused


@in_a_house()
async def test_a_refusal_for_good_leaves_the_line_and_is_told(at: House) -> None:
    at.hub.refuse_with = lambda e: ErrorCode.TASK_CLOSED if e.data == claim(1) else None
    message = at.watch.link.send(claim(1))
    at.watch.link.send(claim(2))
    await until(lambda: at.mailbox.depth() == 0, within_s=60)
    ((refused_id, refused, refusal),) = at.watch.refused
    assert (refused_id, refused, refusal.code) == (message, claim(1), ErrorCode.TASK_CLOSED)
    assert at.mailbox.refused() == [(message, "task_closed", "refused by the test's rule")]
    assert at.claims() == ["task-0002"]


@in_a_house()
async def test_a_refusal_for_now_is_tried_again_later(at: House) -> None:
    left = [3]

    def rule(_envelope: object) -> ErrorCode | None:
        left[0] -= 1
        return ErrorCode.TRY_LATER if left[0] >= 0 else None

    at.hub.refuse_with = rule
    at.watch.link.send(claim(1))
    await until(lambda: at.mailbox.depth() == 0, within_s=120)
    assert at.claims() == ["task-0001"]
    assert not at.watch.refused


@pytest.mark.req("W-01")
@in_a_house()
async def test_a_silent_hub_is_noticed_and_the_connection_made_anew(at: House) -> None:
    await at.online()
    at.hub.silent = True
    await pass_time(2 * SETTINGS.keepalive_s + SETTINGS.heartbeat_s)
    assert at.watch.links == [True, False]
    assert at.watch.bus.session >= 2
    at.hub.silent = False
    await until(lambda: at.watch.link.online, within_s=2 * SETTINGS.keepalive_s)
    assert at.watch.links == [True, False, True]


@in_a_house()
async def test_a_broken_connection_is_told_and_mended(at: House) -> None:
    await at.online()
    at.broker.cut(WATCH)
    await until(lambda: at.watch.links == [True, False, True], within_s=30)
    assert at.hub.presence[WATCH].presence is Presence.ONLINE


def test_leaving_says_goodbye_even_with_a_slow_network() -> None:
    async def play() -> None:
        async with house(delay_s=0.3) as at:
            await at.online()
        assert at.watch.links[-1] is False

    async def presence() -> Presence:
        clock = LoopClock(asyncio.get_running_loop())
        broker, mailbox = MemoryBroker(faults=Faults(delay_s=(0.3, 0.3))), mailbox_in_memory()
        hub = SmallHub(broker, clock)
        async with hub.running():
            async with AgentOnLink(broker, mailbox, clock).running():
                await until(lambda: WATCH in hub.presence, within_s=30)
            await pass_time(1)
        mailbox.close()
        return hub.presence[WATCH].presence

    run_virtually(play)
    assert run_virtually(presence) is Presence.LEFT


@pytest.mark.parametrize("device", ["w", "kiosk-1", "w" * 63])
def test_the_last_will_is_a_message_that_the_hub_takes(device: str) -> None:
    will = link_bus_settings("mqtt://127.0.0.1:1883", device, 60).will
    assert will is not None
    envelope = decode(will.payload)
    assert isinstance(envelope, Envelope), envelope
    assert envelope.data == PresenceChanged(presence=Presence.LOST)
    assert (will.topic, will.qos, will.retain) == (topics.state(device), 1, True)


@pytest.mark.req("W-01")
@in_a_house()
async def test_a_full_disk_does_not_end_it_and_it_is_told_all_when_there_is_room(at: House) -> None:
    await at.online()
    before = at.mailbox.position()
    connection = at.mailbox.database.conn
    pages = connection.execute("pragma page_count").fetchone()[0]
    connection.execute(f"pragma max_page_count = {pages}")
    for size in (2000, 200, 20, 1):
        rows = ((f"fill{number}-{size}", "x" * size) for number in count())
        with pytest.raises(sqlite3.OperationalError, match="full"):
            connection.executemany("insert into setting values (?, ?)", rows)
    at.hub.offer(WATCH, task(1))
    await until(lambda: at.watch.disk_refusals > 0, within_s=10)
    assert at.mailbox.position() == before
    assert at.watch.shown[-1:] == [] or not isinstance(at.watch.shown[-1], TaskOffered)
    connection.execute("pragma max_page_count = 100000")
    await until(at.in_step, within_s=60)
    assert at.watch.tasks == (task(1),)
