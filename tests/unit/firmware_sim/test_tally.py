"""Counting a morning: each way to lose or repeat something is seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.fleet.tally import Summary, Tally, percentile


def one_visit(tally: Tally, number: str = "A001", *, hidden: str = "car", task: str = "task-1") -> None:
    tally.ticket(number, hidden, 1_000_000)
    tally.offered(number, task, ("fire", "car", "life"))
    tally.alert(number, "watch", task, 21_000_000, waited=False)
    tally.claimed(number)
    tally.done(number, 0.9)


def summary(tally: Tally, wanted: int = 1) -> Summary:
    return tally.summary(data="simbank", seed=1, wanted=wanted, seconds=1.0)


def test_a_visit_that_went_all_the_way_is_complete() -> None:
    tally = Tally()
    one_visit(tally)
    told = summary(tally)
    assert told.complete
    assert (told.tickets, told.tasks, told.alerted, told.claimed, told.feedback) == (1, 1, 1, 1, 1)
    assert (told.hit_at_3, told.match_score_mean, told.wrist_p50_ms) == (1.0, 0.9, 20.0)


def test_a_ticket_without_a_task_is_lost() -> None:
    tally = Tally()
    one_visit(tally)
    tally.ticket("A002", "car", 0)
    assert (summary(tally, 2).lost, summary(tally, 2).complete) == (1, False)


def test_a_customer_whose_ticket_never_came_is_lost() -> None:
    tally = Tally()
    one_visit(tally)
    assert (summary(tally, 2).lost, summary(tally, 2).complete) == (1, False)


def test_a_second_task_of_a_ticket_is_a_repetition() -> None:
    tally = Tally()
    one_visit(tally)
    tally.offered("A001", "task-2", ("fire",))
    assert (summary(tally).duplicated, summary(tally).complete) == (1, False)


def test_a_second_alert_of_a_task_on_a_device_is_a_repetition() -> None:
    tally = Tally()
    one_visit(tally)
    tally.alert("A001", "watch", "task-1", 30_000_000, waited=False)
    assert (summary(tally).duplicated, summary(tally).complete) == (1, False)


def test_the_same_alert_on_another_device_is_none() -> None:
    tally = Tally()
    one_visit(tally)
    tally.alert("A001", "band", "task-1", 30_000_000, waited=False)
    assert summary(tally).complete


def test_a_number_issued_twice_is_a_repetition() -> None:
    tally = Tally()
    one_visit(tally)
    tally.ticket("A001", "car", 0)
    assert (summary(tally).duplicated, summary(tally).complete) == (1, False)


def test_feedback_taken_twice_is_a_repetition() -> None:
    tally = Tally()
    one_visit(tally)
    tally.done("A001", 0.9)
    assert summary(tally).duplicated == 1


def test_a_task_of_a_number_that_nobody_took_is_counted() -> None:
    tally = Tally()
    one_visit(tally)
    tally.offered("A777", "task-9", ())
    assert (summary(tally).duplicated, summary(tally).complete) == (1, False)


def test_an_alert_that_waited_for_a_talk_is_no_latency() -> None:
    tally = Tally()
    tally.ticket("A001", None, 0)
    assert tally.alert("A001", "watch", "task-1", 9_000_000_000, waited=True) is None
    assert summary(tally).wrist_p50_ms is None


def test_a_miss_lowers_the_hit_share() -> None:
    tally = Tally()
    one_visit(tally)
    one_visit(tally, "A002", hidden="boat", task="task-2")
    assert summary(tally, 2).hit_at_3 == 0.5


def test_what_was_spoken_and_what_was_heard_are_counted_apart() -> None:
    tally = Tally()
    one_visit(tally)
    assert (summary(tally).spoken, summary(tally).heard) == (0, 0)
    tally.spoken()
    tally.spoken()
    tally.heard()
    assert (summary(tally).spoken, summary(tally).heard) == (2, 1)
    assert summary(tally).complete


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200), st.floats(0.01, 1.0))
def test_percentile_is_a_value_that_enough_others_do_not_exceed(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found is not None
    assert sum(round(value, 2) <= found for value in values) >= share * len(values) - 1e-9
    assert found in {round(value, 2) for value in values}


@pytest.mark.parametrize("share", [0.5, 0.99])
def test_percentile_of_nothing_is_nothing(share: float) -> None:
    assert percentile([], share) is None


@pytest.mark.req("K-01")
def test_a_booking_that_nobody_checked_in_to_is_seen() -> None:
    tally = Tally()
    one_visit(tally)
    told = [tally.summary(data="simbank", seed=1, wanted=1, seconds=1.0, booked=1, checked_in=came) for came in (1, 0)]
    assert [(one.complete, one.booked, one.checked_in) for one in told] == [(True, 1, 1), (False, 1, 0)]
