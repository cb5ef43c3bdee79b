"""The books of a load: what is missing, what came twice, and latencies from the schedule."""

from __future__ import annotations

import pytest

from benchmarks.ledger import Ledger, percentile
from benchmarks.wire import Target


def _books() -> Ledger:
    ledger = Ledger(Target.HUB, rate=10.0, started=100.0)
    for _ in range(3):
        ledger.expect(2)
    return ledger


def test_all_that_came_is_complete_and_late_by_the_schedule() -> None:
    ledger = _books()
    for ticket in range(3):
        for slot in range(2):
            ledger.alerted(ticket, slot, 100.5)
        ledger.acked(ticket)

    outcome = ledger.outcome()

    assert ledger.complete
    assert (outcome.tickets, outcome.lost, outcome.duplicated, outcome.unacked) == (3, 0, 0, 0)
    assert outcome.latencies_us == [500_000, 500_000, 400_000, 400_000, 300_000, 300_000]
    assert outcome.behind_s == pytest.approx(0.3)
    assert outcome.completed_rate == pytest.approx(3 / 0.5)


def test_what_is_missing_is_lost_and_what_came_again_is_double() -> None:
    ledger = _books()
    for _ in range(2):
        ledger.alerted(0, 0, 100.1)
        ledger.acked(0)
    ledger.alerted(1, 1, 100.2)

    outcome = ledger.outcome()

    assert not ledger.complete
    assert (outcome.lost, outcome.duplicated, outcome.unacked) == (4, 1, 2)
    assert outcome.completed_rate == 0.0


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([], 0.5, 0.0), ([7], 0.99, 7.0), ([4, 1, 3, 2], 0.5, 2.0), (list(range(1, 101)), 0.99, 99.0), ([1, 2], 1.0, 2.0)],
)
def test_percentile(values: list[int], share: float, expected: float) -> None:
    assert percentile(values, share) == expected
