"""Receipts of alerts: each step once, on the hub's clock, in batches, and only for what was offered here (W-07)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import Envelope, ErrorCode, decode
from contracts.session import DeviceWelcomed
from contracts.visits import AlertStep, AlertsTimed, TaskState
from device_agent import events
from device_agent.receipts import BATCH_S, MOST_TASKS, MOST_WAITING, Receipts
from tests.unit.device_agent.fakehub import HandClock, a_view
from tests.unit.device_agent.test_agent import Branch, branch, until
from tests.unit.device_agent.wrist import DEVICE, HandTimers, Wrist, bound, sent

__all__ = ["branch"]

TASK, OTHER = "task-0001", "task-0002"
HUB_AHEAD_US = 5_000_000


@dataclass(frozen=True)
class Moment:
    """A moment on the hub's clock."""

    epoch: str
    hub_us: int
    within_us: int


@pytest.fixture
def wrist() -> Iterator[Wrist]:
    made = bound(Wrist(taped=True))
    yield made
    made.close()


def tell_the_time(wrist: Wrist) -> None:
    """One exchange without any delay: the hub's clock is five seconds ahead."""
    clock, now_s = wrist.agent.link.hub_clock, wrist.clock.monotonic()
    clock.asked("report-0001", now_s)
    hub_us = round(now_s * 1e6) + HUB_AHEAD_US
    welcome = DeviceWelcomed(hub_time=wrist.clock.now(), epoch="epoch-0001", current=True, hub_us=hub_us, held_us=0)
    assert clock.answered("report-0001", welcome, now_s)


def timed(wrist: Wrist) -> list[tuple[str, AlertStep, int]]:
    """Every step in the outbox, in order: the task, what, and when in milliseconds of the hub's clock."""
    found = []
    for letter in wrist.mailbox.letters():
        envelope = decode(letter.payload)
        if isinstance(envelope, Envelope) and isinstance(envelope.data, AlertsTimed):
            for alert in envelope.data.alerts:
                assert alert.epoch == "epoch-0001"
                assert alert.within_us < 10_000
                found += [(alert.task_id, step.step, round(step.hub_us / 1000)) for step in alert.steps]
    return found


@pytest.mark.req("W-07")
def test_delivered_buzzed_shown_and_claimed_are_timed_on_the_hubs_clock(wrist: Wrist) -> None:
    tell_the_time(wrist)
    wrist.timers.pass_s(1)
    wrist.hub.offer(a_view(TASK))
    wrist.carry_all()
    wrist.timers.pass_s(0.5)
    wrist.agent.shown(TASK)
    wrist.agent.shown(TASK)
    assert timed(wrist) == [], "gathered first"
    wrist.timers.pass_s(BATCH_S)
    steps = [(TASK, AlertStep.DELIVERED, 6000), (TASK, AlertStep.BUZZED, 6000), (TASK, AlertStep.SHOWN, 6500)]
    assert sorted(timed(wrist)) == sorted(steps)
    wrist.agent.claim(TASK)
    assert timed(wrist)[3:] == [(TASK, AlertStep.CLAIMED, 8500)], "at once with the claim"
    assert sent(wrist) == ["alerts.timed.v1", "task.claim.v1", "alerts.timed.v1"]
    wrist.timers.pass_s(60)
    assert len(timed(wrist)) == 4
    assert [event.task for event in wrist.events if isinstance(event, events.Shown)] == [TASK]


@pytest.mark.req("W-07")
def test_what_came_held_by_a_sync_or_was_never_felt_has_no_such_receipt(wrist: Wrist) -> None:
    tell_the_time(wrist)
    wrist.hub.line(DEVICE).tasks[TASK] = a_view(TASK, state=TaskState.HELD)
    wrist.hub.line(DEVICE).tasks[OTHER] = a_view(OTHER, state=TaskState.DONE)
    wrist.hub.sync(DEVICE)
    wrist.carry_all()
    wrist.agent.shown(TASK)
    wrist.agent.shown("task-0404")
    wrist.timers.pass_s(60)
    assert timed(wrist) == []
    assert [event for event in wrist.events if isinstance(event, events.Shown)] == []


@pytest.mark.req("W-07")
def test_without_the_hubs_clock_they_wait_and_a_restart_loses_them(wrist: Wrist) -> None:
    wrist.hub.offer(a_view(TASK))
    wrist.carry_all()
    wrist.timers.pass_s(60)
    assert timed(wrist) == []
    tell_the_time(wrist)
    wrist.agent.on_link(True)
    wrist.timers.pass_s(BATCH_S)
    assert [(step, ms) for _, step, ms in timed(wrist)] == [(AlertStep.DELIVERED, 5000), (AlertStep.BUZZED, 5000)]
    wrist.send_up()
    wrist.hub.offer(a_view(OTHER))
    wrist.carry_all()
    wrist.start()
    wrist.reconnect()
    tell_the_time(wrist)
    wrist.agent.shown(OTHER)
    wrist.timers.pass_s(60)
    assert timed(wrist) == [], "a screen that comes up again is no answer to an alert"


def test_a_refused_receipt_is_no_notice_to_the_advisor(wrist: Wrist) -> None:
    wrist.hub.refuse[AlertsTimed] = ErrorCode.TASK_CLOSED
    tell_the_time(wrist)
    wrist.hub.offer(a_view(TASK))
    wrist.carry_all()
    wrist.timers.pass_s(BATCH_S)
    wrist.send_up()
    assert wrist.agent.state.notices == ()
    assert wrist.mailbox.depth() == 0


def receipts_of(known: list[Moment | None]) -> tuple[Receipts, list[AlertsTimed], HandTimers]:
    """Receipts whose clock is ``known[0]`` at every moment, and null when that is null."""
    messages: list[AlertsTimed] = []
    timers = HandTimers(HandClock())
    return Receipts(send=messages.append, translate=lambda _at: known[0], timers=timers), messages, timers


def test_what_waits_is_bounded_and_the_oldest_give_way() -> None:
    known: list[Moment | None] = [None]
    receipts, messages, timers = receipts_of(known)
    for number in range(MOST_WAITING + 10):
        receipts.delivered(f"task-{number:04d}", 0.0)
    assert (receipts.waiting, receipts.dropped) == (MOST_WAITING, 10)
    known[0] = Moment("epoch-0001", 7, 3)
    receipts.flush()
    tasks = [alert.task_id for message in messages for alert in message.alerts]
    assert tasks == [f"task-{number:04d}" for number in range(10, MOST_WAITING + 10)]
    assert max(len(message.alerts) for message in messages) == MOST_TASKS
    assert timers.waiting == 0


def test_what_happened_before_this_run_of_the_hub_is_dropped_and_counted() -> None:
    receipts, messages, _ = receipts_of([Moment("epoch-0001", 0, 3)])
    receipts.delivered(TASK, 0.0)
    receipts.flush()
    assert (messages, receipts.dropped, receipts.waiting) == ([], 1, 0)


STEPS = st.lists(st.tuples(st.integers(1, 60), st.sampled_from(AlertStep), st.booleans()), max_size=150)


@given(STEPS)
def test_each_step_of_a_delivered_task_is_sent_once_and_no_other(acts: list[tuple[int, AlertStep, bool]]) -> None:
    receipts, messages, _ = receipts_of([Moment("epoch-0001", 7, 3)])
    expected: set[tuple[str, AlertStep]] = set()
    for number, step, flush in acts:
        task = f"task-{number:04d}"
        delivered = (task, AlertStep.DELIVERED) in expected
        if step is AlertStep.DELIVERED:
            receipts.delivered(task, 1.0)
        assert receipts.note(task, step, 2.0) == (delivered and (task, step) not in expected)
        if delivered or step is AlertStep.DELIVERED:
            expected.add((task, step))
        if flush:
            receipts.flush()
    receipts.flush()
    steps = [(alert.task_id, one.step) for message in messages for alert in message.alerts for one in alert.steps]
    assert len(steps) == len(set(steps))
    assert set(steps) == expected


@pytest.mark.req("W-07")
async def test_over_the_bus_the_hub_gets_them_on_its_own_clock(branch: Branch) -> None:
    branch.hub.keeps_time = True
    async with branch.wearable() as agent:
        branch.hub.offer(a_view(TASK))
        await until(lambda: TASK in agent.state.book.tasks, "offered")
        await until(lambda: agent.link.hub_clock.exchanges > 0, "the hub's clock")
        agent.shown(TASK)
        agent.claim(TASK)
        await until(lambda: any(isinstance(m, AlertsTimed) for m in branch.hub.received), "the receipts")
        steps = [
            step
            for message in branch.hub.received
            if isinstance(message, AlertsTimed)
            for alert in message.alerts
            for step in alert.steps
        ]
        assert {step.step for step in steps} == {
            AlertStep.DELIVERED,
            AlertStep.BUZZED,
            AlertStep.SHOWN,
            AlertStep.CLAIMED,
        }
        times = [step.hub_us for step in sorted(steps, key=lambda step: list(AlertStep).index(step.step))]
        assert times[0] <= min(times[1:])
        assert max(times) == times[-1]
        assert times[-1] - times[0] < 10_000_000
