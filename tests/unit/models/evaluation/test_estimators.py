"""The estimators: right on average, right against obp on the Open Bandit Dataset, honest about their doubt."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from models.datasets.open_bandit import ITEMS, Rounds, load_open_bandit
from models.evaluation.errors import EvaluationError
from models.evaluation.estimators import Bootstrap, Estimator, effective_size, gains, resampled, terms, values
from models.evaluation.expectation import expectations
from models.evaluation.visits import LoggedVisits, Policy, logged_visits, ranking_policy
from models.feedback import Observation, Shown
from tests.unit.models.evaluation.logs import CODES, SLOTS, TRUTH, K, best, middling, uniform_log, worst

pytestmark = pytest.mark.req("W-16")
QUICK = Bootstrap(resamples=300)


def _values(visits: LoggedVisits, policy: Policy, bootstrap: Bootstrap = QUICK) -> dict[Estimator, float]:
    expected = expectations(visits, [policy])
    return {name: interval.value for name, interval in values(terms(visits, policy, expected), bootstrap).items()}


def test_the_logging_policy_s_own_value_is_the_mean_reward() -> None:
    visits = uniform_log(500)
    logging = Policy("logging", np.zeros((500, K)), np.full((500, K), SLOTS / K))
    found = _values(visits, logging)
    assert found[Estimator.IPW] == pytest.approx(visits.taken.sum() / 500)
    assert found[Estimator.SNIPW] == pytest.approx(visits.taken.sum() / 500)


def test_estimates_are_right_on_average_and_as_precise_as_they_say() -> None:
    means: dict[Estimator, list[float]] = {name: [] for name in Estimator}
    inside = dict.fromkeys(Estimator, 0)
    truth = TRUTH[:2].sum()
    for seed in range(40):
        visits = uniform_log(400, seed)
        policy = best(visits)
        for name, interval in values(terms(visits, policy, expectations(visits, [policy])), QUICK).items():
            means[name].append(interval.value)
            inside[name] += interval.lower <= truth <= interval.upper
    for name in Estimator:
        error = np.std(means[name]) / np.sqrt(40)
        assert abs(np.mean(means[name]) - truth) < 4 * error + 0.002, name
        assert inside[name] >= 33, f"{name}: a 95 % interval holds the truth in {inside[name]} of 40"


def test_a_model_of_rewards_makes_the_doubly_robust_estimate_steadier() -> None:
    spread: dict[Estimator, list[float]] = {name: [] for name in Estimator}
    for seed in range(30):
        visits = uniform_log(300, seed)
        for name, value in _values(visits, best(visits), Bootstrap(resamples=1)).items():
            spread[name].append(value)
    assert np.std(spread[Estimator.DR]) < 0.9 * np.std(spread[Estimator.IPW])


def test_a_wrong_model_of_rewards_does_no_lasting_harm() -> None:
    visits = uniform_log(20_000)
    policy = best(visits)
    nonsense = np.tile(1.0 - TRUTH, (len(visits), 1))
    found = values(terms(visits, policy, nonsense), QUICK)[Estimator.DR]
    assert found.value == pytest.approx(TRUTH[:2].sum(), abs=0.06)
    direct = (policy.inclusion * nonsense).sum(axis=1).mean()
    assert abs(direct - TRUTH[:2].sum()) > 0.15, "the model alone would be far off"


def test_a_gain_is_the_difference_and_narrower_than_two_intervals() -> None:
    visits = uniform_log(3000)
    expected = expectations(visits, [best(visits), middling(visits)])
    ours, theirs = terms(visits, best(visits), expected), terms(visits, middling(visits), expected)
    gain = gains(ours, theirs, QUICK)
    for name in Estimator:
        difference = values(ours, QUICK)[name].value - values(theirs, QUICK)[name].value
        assert gain[name].value == pytest.approx(difference)
        assert gain[name].lower < gain[name].value < gain[name].upper
        assert gain[name].lower < TRUTH[:2].sum() - TRUTH[2:4].sum() < gain[name].upper
    same = gains(ours, ours, QUICK)
    assert all((i.value, i.lower, i.upper) == (0.0, 0.0, 0.0) for i in same.values())


def test_equal_seeds_give_equal_intervals_and_more_confidence_wider_ones() -> None:
    visits = uniform_log(800)
    found = terms(visits, worst(visits), expectations(visits, [worst(visits)]))
    assert values(found, QUICK) == values(found, QUICK)
    assert values(found, QUICK) != values(found, Bootstrap(resamples=300, seed=1))
    wide = values(found, Bootstrap(resamples=300, confidence=0.99))[Estimator.DR]
    narrow = values(found, Bootstrap(resamples=300, confidence=0.8))[Estimator.DR]
    assert wide.lower < narrow.lower < narrow.upper < wide.upper


def test_the_bootstrap_of_a_mean_is_as_wide_as_theory_says() -> None:
    table = np.random.default_rng(4).normal(0.0, 2.0, (900, 1))
    draws = resampled(table, Bootstrap(resamples=2000))
    assert draws.std() == pytest.approx(table.std() / 30.0, rel=0.08)
    with pytest.raises(EvaluationError, match="no visits"):
        resampled(table[:0], QUICK)
    with pytest.raises(EvaluationError, match="confidence"):
        Bootstrap(confidence=1.0)


def test_the_effective_size_counts_equal_weights_fully() -> None:
    assert effective_size(np.ones(50)) == pytest.approx(50.0)
    assert effective_size(np.array([1000.0, *([1.0] * 49)])) < 1.2
    assert effective_size(np.zeros(5)) == 0.0


def test_a_policy_shows_the_best_of_what_is_on_offer() -> None:
    visits = uniform_log(3)
    closed = LoggedVisits(
        CODES,
        np.array([[0, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 1], [1] * 6], dtype=np.bool_) | visits.shown,
        visits.shown,
        visits.propensity,
        visits.taken,
    )
    policy = ranking_policy("p", np.tile(TRUTH, (3, 1)), closed, slots=2)
    assert policy.inclusion[2].tolist() == [1, 1, 0, 0, 0, 0]
    assert not policy.inclusion[~closed.offered].any()
    with pytest.raises(EvaluationError, match="not finite"):
        ranking_policy("p", np.full((3, K), np.nan), closed)
    with pytest.raises(EvaluationError, match="the log is"):
        ranking_policy("p", np.zeros((2, K)), closed)


def test_a_log_is_read_from_observations_once_each() -> None:
    one = Observation(
        id="v1",
        at=datetime(2026, 3, 2, tzinfo=UTC),
        model="m",
        feature_hash="h",
        raw=b"",
        offered=("a", "b", "zzz"),
        shown=(Shown("b", 0.25), Shown("zzz", 1.0)),
        taken=("b", "d"),
        refused=(),
        match_score=0.5,
    )
    visits = logged_visits([one, one], CODES)
    assert len(visits) == 1
    assert visits.offered[0].tolist() == [True, True, False, False, False, False]
    assert visits.shown[0].tolist() == [False, True, False, False, False, False]
    assert visits.propensity[0, 1] == 0.25
    assert visits.taken[0].tolist() == [False, True, False, False, False, False], "d was taken but not shown"


def test_a_log_that_cannot_be_is_refused() -> None:
    good = uniform_log(4)
    with pytest.raises(EvaluationError, match="not shown"):
        LoggedVisits(CODES, good.offered, good.shown, good.propensity, ~good.shown)
    with pytest.raises(EvaluationError, match="0 < p ≤ 1"):
        LoggedVisits(CODES, good.offered, good.shown, np.zeros((4, K)), good.taken)
    with pytest.raises(EvaluationError, match="one row a visit"):
        LoggedVisits(CODES, good.offered, good.shown[:2], good.propensity, good.taken)


# --- the Open Bandit Dataset: uniform random policy, 10,000 rounds, 46 clicks -----------------------------------------


@pytest.fixture(scope="module")
def rounds(usher_data: Path) -> Rounds:
    return load_open_bandit(usher_data / "open-bandit" / "obd_random_men.csv.gz")


def _open_bandit(rounds: Rounds) -> LoggedVisits:
    at = np.arange(len(rounds))
    shown = np.zeros((len(rounds), ITEMS), dtype=np.bool_)
    shown[at, rounds.item] = True
    propensity = np.ones(shown.shape)
    propensity[at, rounds.item] = rounds.propensity
    codes = tuple(f"item-{item}" for item in range(ITEMS))
    return LoggedVisits(codes, np.ones(shown.shape, dtype=np.bool_), shown, propensity, shown & rounds.click[:, None])


def test_on_open_bandit_we_say_what_obp_says(rounds: Rounds) -> None:
    """Reference: estimators.py of obp 0.4.1 (PyPI) on the same file, its InverseProbabilityWeighting,
    SelfNormalizedInverseProbabilityWeighting and DoublyRobust for a policy that shows item k with probability
    (k + 1) / 595 and, for DR, expected rewards (clicks of k + 1) / (shows of k + 200); its interval by
    estimate_interval(n_bootstrap_samples=2000, random_state=1)."""
    visits = _open_bandit(rounds)
    share = np.arange(1, ITEMS + 1) / 595.0
    policy = Policy("rising", np.zeros(visits.shown.shape), np.tile(share, (len(visits), 1)))
    reward = (visits.taken.sum(axis=0) + 1.0) / (visits.shown.sum(axis=0) + 200.0)
    found = values(terms(visits, policy, np.tile(reward, (len(visits), 1))), Bootstrap(resamples=1000))
    assert found[Estimator.IPW].value == pytest.approx(0.005011428571428571, abs=1e-12)
    assert found[Estimator.SNIPW].value == pytest.approx(0.005017076365966259, abs=1e-12)
    assert found[Estimator.DR].value == pytest.approx(0.005000907797303877, abs=1e-12)
    assert found[Estimator.IPW].lower == pytest.approx(0.003462571428571429, abs=2e-4)
    assert found[Estimator.IPW].upper == pytest.approx(0.006674428571428572, abs=2e-4)


def test_on_open_bandit_the_random_policy_is_worth_its_click_rate(rounds: Rounds) -> None:
    visits = _open_bandit(rounds)
    uniform = Policy("uniform", np.zeros(visits.shown.shape), np.full(visits.shown.shape, 1.0 / ITEMS))
    found = values(terms(visits, uniform, expectations(visits, [uniform])), Bootstrap(resamples=500))
    for name, interval in found.items():
        assert interval.value == pytest.approx(0.0046, abs=2e-5), name
        assert 0.0030 < interval.lower < 0.0046 < interval.upper < 0.0065
