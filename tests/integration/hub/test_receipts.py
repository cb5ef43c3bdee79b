"""Receipts of alerts: whose they are, what is counted, what is kept once and what not at all; on both databases."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from contracts import Envelope, ErrorCode, decode
from contracts.fields import DeviceKind
from contracts.session import DeviceReported, DeviceWelcomed, UnbindDevice
from contracts.visits import AlertStep, AlertsTimed, AlertTimes, ClaimTask, PassTask, TimedStep
from hub.visits.api import Alerted
from hub.visits.receipts import AHEAD_US, MOST_WITHIN_US, Receipt, of_task
from tests.integration.hub.http_hub import serving
from tests.unit.hub.rig import Rig, acked, refusals

pytestmark = pytest.mark.req("W-07", "W-17")

DELIVERED, SHOWN, BUZZED, CLAIMED = AlertStep


def offered(rig: Rig, number: str = "A001") -> str:
    rig.bind("main", "watch-ada", "watch-ben")
    return rig.walk_in("kiosk-main", number, "c-ann")


def now_us(rig: Rig) -> int:
    return round(rig.clock.monotonic() * 1e6)


def epoch(rig: Rig) -> str:
    return rig.hub.streams.epoch


def times(rig: Rig, task: str, within_us: int = 500, run: str | None = None, **steps: int) -> AlertTimes:
    return AlertTimes(
        task_id=task,
        epoch=run or epoch(rig),
        within_us=within_us,
        steps=tuple(TimedStep(step=AlertStep(step), hub_us=at) for step, at in steps.items()),
    )


def said(*alerts: AlertTimes) -> AlertsTimed:
    return AlertsTimed(alerts=alerts)


def kept(rig: Rig, task: str, device: str = "watch-ada") -> dict[AlertStep, Receipt]:
    found = rig.hub.engine.run(lambda unit: of_task(unit, task))[0]
    return {receipt.step: receipt for receipt in found.get(device, ())}


def counted(rig: Rig, step: AlertStep) -> float:
    return rig.metric("usher_alert_seconds_count", step=step.value)


def ignored(rig: Rig) -> float:
    return rig.metric("usher_receipts_ignored_total")


def test_each_step_is_timed_from_the_offer(rig: Rig) -> None:
    rig.clock.advance(100)
    task = offered(rig)
    told_us = now_us(rig)
    rig.clock.advance(2)
    alert = times(rig, task, delivered=told_us + 5_000, shown=told_us + 20_000, buzzed=told_us + 21_000)
    told = rig.accept("watch-ada", said(alert))
    assert len(acked(told)) == 1
    rig.accept("watch-ada", said(times(rig, task, claimed=told_us + 1_500_000)))
    after = {step: receipt.after_us for step, receipt in kept(rig, task).items()}
    assert after == {DELIVERED: 5_000, SHOWN: 20_000, BUZZED: 21_000, CLAIMED: 1_500_000}
    assert all(receipt.within_us == 500 and receipt.epoch == epoch(rig) for receipt in kept(rig, task).values())
    offered_at = rig.clock.now() - timedelta(seconds=2)
    assert kept(rig, task)[DELIVERED].at == offered_at + timedelta(milliseconds=5)
    for step in AlertStep:
        assert counted(rig, step) == 1
    assert rig.metric("usher_alert_seconds_sum", step="shown") == pytest.approx(0.02)
    assert kept(rig, task, "watch-ben") == {}


def test_the_first_time_of_a_step_counts_and_no_repetition_takes_room(rig: Rig) -> None:
    task, told_us = offered(rig), now_us(rig)
    letter = rig.letter("watch-ada", said(times(rig, task, delivered=told_us + 5_000)))
    for one in (letter, letter, rig.letter("watch-ada", said(times(rig, task, delivered=told_us + 9_000)))):
        assert len(acked(rig.deliver(one))) == 1
    rig.accept("watch-ada", said(times(rig, task, shown=told_us + 7_000), times(rig, task, shown=told_us + 8_000)))
    assert {step: receipt.after_us for step, receipt in kept(rig, task).items()} == {DELIVERED: 5_000, SHOWN: 7_000}
    assert len(rig.tables()["receipts"]) == 1
    assert counted(rig, DELIVERED) == counted(rig, SHOWN) == 1


def test_a_batch_of_many_devices_and_tasks_is_taken_at_once(rig: Rig) -> None:
    rig.bind("main", "watch-ada", "watch-ben")
    tasks = [rig.walk_in("kiosk-main", f"A{number:03d}") for number in range(20)]
    at_us = now_us(rig) + 3_000
    letters = [
        rig.letter(device, said(*(times(rig, task, delivered=at_us) for task in tasks)))
        for device in ("watch-ada", "watch-ben")
    ]
    claim = rig.letter("watch-ada", ClaimTask(task_id=tasks[0]))
    told = rig.deliver(letters[0], claim, letters[1])
    assert not refusals(told)
    assert len(acked(told)) == 3
    assert len(rig.tables()["receipts"]) == 40
    assert counted(rig, DELIVERED) == 40


def test_a_device_says_nothing_of_what_it_was_never_offered(rig: Rig) -> None:
    task, told_us = offered(rig), now_us(rig)
    stranger = said(times(rig, task, delivered=told_us), times(rig, "task-nobody-knows", delivered=told_us))
    rig.accept("watch-cho", stranger)
    assert ignored(rig) == 2
    assert rig.tables()["receipts"] == []
    rig.accept("watch-ada", said(times(rig, "task-nobody-knows", delivered=1), times(rig, task, delivered=told_us)))
    assert ignored(rig) == 3
    assert set(kept(rig, task)) == {DELIVERED}
    assert rig.refuse("kiosk-main", stranger) is ErrorCode.WRONG_KIND


def test_receipts_of_another_run_are_kept_without_a_latency(rig: Rig, database_url: str) -> None:
    task, told_us = offered(rig), now_us(rig)
    rig.accept("watch-ada", said(times(rig, task, delivered=told_us + 5_000)))
    before = epoch(rig)
    again = Rig(database_url, run=2, clock=rig.clock)
    again.ids = rig.ids
    again.accept("watch-ada", said(times(again, task, run=before, shown=told_us + 9_000)))
    again.accept("watch-ada", said(times(again, task, buzzed=now_us(again))))
    again.accept("watch-ben", said(times(again, task, run="no-such-run", delivered=2**53)))
    found = kept(again, task)
    assert (found[DELIVERED].after_us, found[DELIVERED].epoch) == (5_000, before)
    assert (found[SHOWN].after_us, found[SHOWN].at, found[SHOWN].epoch) == (None, None, before)
    assert found[BUZZED].after_us is None, "this run never told the device of it"
    assert found[BUZZED].at == again.clock.now()
    assert set(kept(again, task, "watch-ben")) == {DELIVERED}
    assert counted(again, SHOWN) == counted(again, BUZZED) == 0
    again.close()


def test_a_time_that_cannot_be_gives_no_latency(rig: Rig) -> None:
    rig.clock.advance(50)
    task, told_us = offered(rig), now_us(rig)
    early, late = told_us - 501, told_us + AHEAD_US + 501
    rig.accept("watch-ada", said(times(rig, task, delivered=early, shown=late, buzzed=told_us - 500)))
    found = kept(rig, task)
    assert {step: receipt.after_us for step, receipt in found.items()} == {DELIVERED: None, SHOWN: None, BUZZED: 0}
    assert (found[DELIVERED].hub_us, found[SHOWN].hub_us) == (early, late)


def test_a_device_that_joins_later_is_timed_from_then(rig: Rig) -> None:
    task = offered(rig)
    rig.clock.advance(60)
    rig.bind("main", "watch-cho")
    joined_us = now_us(rig)
    rig.clock.advance(1)
    rig.accept("watch-cho", said(times(rig, task, delivered=joined_us + 250_000)))
    assert kept(rig, task, "watch-cho")[DELIVERED].after_us == 250_000


def test_receipts_come_after_the_task_has_left_the_device_too(rig: Rig) -> None:
    task, told_us = offered(rig), now_us(rig)
    rig.accept("watch-ada", PassTask(task_id=task))
    rig.accept("watch-ben", UnbindDevice())
    for device in ("watch-ada", "watch-ben"):
        rig.accept(device, said(times(rig, task, delivered=told_us + 1_000)))
        assert set(kept(rig, task, device)) == {DELIVERED}


async def test_the_story_says_who_was_alerted_when(rig: Rig) -> None:
    rig.clock.advance(10)
    task, told_us = offered(rig), now_us(rig)
    rig.accept("watch-ada", said(times(rig, task, within_us=740, delivered=told_us + 5_000, buzzed=told_us + 6_500)))
    async with serving(rig) as at:
        story = (await at.call("GET", f"/v1/tasks/{task}")).json
        metrics = (await at.call("GET", "/metrics")).body.decode()
    ada, ben = msgspec.convert(story["alerts"], list[Alerted])
    assert (ada.device, ada.advisor) == ("watch-ada", "ada")
    assert [(step.step, step.after_ms, step.within_ms) for step in ada.steps] == [
        (DELIVERED, 5.0, 0.74),
        (BUZZED, 6.5, 0.74),
    ]
    assert ada.steps[0].at == rig.clock.now() + timedelta(milliseconds=5)
    assert ben == Alerted(device="watch-ben", advisor="ben", steps=())
    assert 'usher_alert_seconds_bucket{le="0.005",step="delivered"} 1.0' in metrics


def test_the_answer_to_a_report_says_the_hubs_clock_and_how_long_it_was_held(rig: Rig) -> None:
    rig.bind("main", "watch-ada")
    rig.clock.advance(5)
    letter = rig.letter("watch-ada", DeviceReported(kind=DeviceKind.WATCH, agent_version="0"))
    came_us = rig.hub.engine.clock_us()
    rig.clock.advance(0.25)
    said_then = [decode(one.payload) for one in rig.hub.engine.process([letter], [came_us])]
    welcomes = [one.data for one in said_then if isinstance(one, Envelope) and isinstance(one.data, DeviceWelcomed)]
    assert [(one.hub_us, one.held_us) for one in welcomes] == [(5_250_000, 250_000)]


def test_a_device_that_hardly_knows_the_clock_says_nothing_of_latency(rig: Rig) -> None:
    task, told_us = offered(rig), now_us(rig)
    rig.accept("watch-ada", said(times(rig, task, within_us=2**53, delivered=2**53, shown=told_us + 20_000)))
    rig.accept("watch-ben", said(times(rig, task, within_us=MOST_WITHIN_US + 1, delivered=told_us + 5_000)))
    receipts = [*kept(rig, task).values(), *kept(rig, task, "watch-ben").values()]
    assert [(receipt.after_us, receipt.at) for receipt in receipts] == [(None, None)] * 3
    assert counted(rig, DELIVERED) == counted(rig, SHOWN) == 0
