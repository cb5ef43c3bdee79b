"""What simulated watches say of their alerts, and the quantile of a histogram's growth."""

from __future__ import annotations

from math import inf

import pytest

from benchmarks.receipts import BATCH_S, Receipts, quantile
from contracts.session import DeviceWelcomed
from contracts.visits import AlertStep
from tests.unit.hub.rig import NINE

EPOCH = "epoch-0001"


def test_watches_say_together_what_two_seconds_brought_in_the_hubs_time() -> None:
    receipts = Receipts()
    receipts.delivered("watch-1", "task-0001", 10.0)
    assert list(receipts.due(100.0)) == [], "the hub's clock is not known yet"
    receipts.clock.asked("report-001", 10.0)
    answer = DeviceWelcomed(hub_time=NINE, epoch=EPOCH, current=True, hub_us=500_000, held_us=0)
    receipts.welcomed("report-001", answer, 10.0)
    receipts.delivered("watch-1", "task-0002", 10.5)
    receipts.delivered("watch-2", "task-0001", 11.0)
    assert list(receipts.due(10.0 + BATCH_S - 0.1)) == []
    [(device, said)] = receipts.due(10.0 + BATCH_S)
    assert device == "watch-1"
    assert [(alert.task_id, alert.steps[0].hub_us) for alert in said.alerts] == [
        ("task-0001", 500_000),
        ("task-0002", 1_000_000),
    ]
    assert [step.step for step in said.alerts[0].steps] == [AlertStep.DELIVERED, AlertStep.SHOWN, AlertStep.BUZZED]
    assert [device for device, _ in receipts.due(inf)] == ["watch-2"]
    assert list(receipts.due(inf)) == []


def test_many_alerts_of_one_watch_go_out_in_parts() -> None:
    receipts = Receipts()
    receipts.clock.asked("report-001", 0.0)
    answer = DeviceWelcomed(hub_time=NINE, epoch=EPOCH, current=True, hub_us=0, held_us=0)
    receipts.welcomed("report-001", answer, 0.0)
    for number in range(120):
        receipts.delivered("watch-1", f"task-{number:04d}", 1.0)
    assert [len(said.alerts) for _, said in receipts.due(inf)] == [50, 50, 20]


@pytest.mark.parametrize(("share", "expected"), [(0.25, 1.0), (0.5, 2.0), (0.75, 3.0), (1.0, 4.0)])
def test_a_quantile_is_read_straight_inside_a_bucket(share: float, expected: float) -> None:
    before = {2.0: 5.0, 4.0: 5.0, inf: 5.0}
    after = {2.0: 55.0, 4.0: 105.0, inf: 105.0}
    assert quantile(before, after, share) == pytest.approx(expected)


def test_what_is_above_the_last_bound_is_said_as_that_bound_and_nothing_as_nothing() -> None:
    assert quantile({}, {2.0: 0.0, inf: 10.0}, 0.5) == 2.0
    assert quantile({}, {2.0: 0.0, inf: 0.0}, 0.5) is None
    assert quantile({}, {}, 0.5) is None
