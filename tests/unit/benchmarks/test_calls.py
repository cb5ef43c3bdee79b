"""What the learning benchmark's models see of a call: nothing that comes after it, and never its outcome."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.calls import STREAM, Columns, CustomerColumns, stream
from benchmarks.prequential import prequential
from models.datasets.uci_bank import CHOICES, NUMBERS, Calls


def _calls(count: int, seed: int = 1) -> Calls:
    """Three weeks of calls; who was called before says yes more often, and in the last third everybody does."""
    rng = np.random.default_rng(seed)
    days = ("mon", "tue", "wed", "thu", "fri")
    choice = {name: tuple(rng.choice(["x", "y", "z"], count).tolist()) for name in CHOICES}
    choice["day_of_week"] = tuple(days[at * 15 // count % 5] for at in range(count))
    choice["month"] = tuple("may" for _ in range(count))
    number = {name: rng.normal(0.0, 1.0, count) for name in NUMBERS}
    number["pdays"] = np.where(rng.random(count) < 0.3, 3.0, 999.0)
    late = np.arange(count) > 2 * count / 3
    chance = 0.1 + 0.3 * (number["pdays"] < 999.0) + 0.35 * late
    return Calls(choice, number, rng.random(count) < chance, "0")


def _changed(calls: Calls, at: int) -> Calls:
    outcome = calls.outcome.copy()
    outcome[at] = ~outcome[at]
    return Calls(calls.choice, calls.number, outcome, calls.sha256)


@pytest.mark.parametrize("at", [0, 57, 120, 299])
def test_the_stream_s_state_knows_earlier_outcomes_only(at: int) -> None:
    calls = _calls(300)
    before, after = stream(calls), stream(_changed(calls, at))
    np.testing.assert_array_equal(before[: at + 1], after[: at + 1])
    if at + 1 < len(calls):
        assert (before[at + 1] != after[at + 1]).any()
    assert before.shape == (300, len(STREAM))


def test_the_stream_counts_calls_of_a_day() -> None:
    counts = np.expm1(stream(_calls(300))[:, STREAM.index("calls_today")])
    assert counts[:21].round().tolist() == [*range(20), 0]
    last = np.exp(stream(_calls(300))[:, STREAM.index("calls_last_day")])
    assert last[0] == pytest.approx(200.0)
    assert last[25] == pytest.approx(20.0)


def test_values_never_seen_become_zeros() -> None:
    calls = _calls(200)
    columns, customer = Columns.of(calls), CustomerColumns.of(calls)
    other = Calls(dict.fromkeys(CHOICES, ("new",) * 200), calls.number, calls.outcome, "1")
    assert customer.encoded(other)[:, : len(customer.choices)].sum() == 0.0
    assert customer.encoded(calls).shape == (200, customer.size)
    assert columns.encoded(other).shape == columns.encoded(calls).shape
    assert np.isfinite(columns.encoded(other)).all()


@pytest.mark.req("W-16")
def test_online_correction_follows_a_change_that_a_model_trained_once_misses() -> None:
    found = prequential(_calls(1500), 700)
    assert found.rows_predicted == 800
    assert found.auc_online > found.auc_once
    assert found.log_loss_online < found.log_loss_once
    assert 0.5 < found.auc_refit < 1.0


@pytest.mark.req("W-16")
def test_no_prediction_knows_its_own_outcome() -> None:
    calls = _calls(900)
    last = _changed(calls, 899)
    first, second = prequential(calls, 880), prequential(last, 880)
    assert first.rate_predicted != second.rate_predicted
    assert first.online_half_lives == second.online_half_lives
