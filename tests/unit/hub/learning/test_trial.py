"""A canary's trial: looked at after every visit, it rolls back what is worse and hardly ever what is not."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.learning.settings import LearningConfig
from hub.learning.trial import Finding, Trial, TrialReport, TrialRules, interval

RULES = TrialRules(alpha=0.05, tolerance=0.02, enough=100, most=400)

pytestmark = pytest.mark.req("W-16")


def played(
    canary: float, control: float, *, seed: int, rules: TrialRules = RULES, visits: int = 4000, share: float = 0.2
) -> TrialReport:
    """A trial looked at after every visit, until it finds something; scores are 0 or 1, the widest there are."""
    chance = random.Random(seed)
    trial = Trial(rules)
    for _ in range(visits):
        tried = chance.random() < share
        trial.add(float(chance.random() < (canary if tried else control)), canary=tried)
        if trial.find() is not Finding.GOING_ON:
            break
    return trial.report()


def test_a_canary_as_good_is_published() -> None:
    found = Counter(played(0.6, 0.6, seed=seed).finding for seed in range(40))
    assert found[Finding.NOT_WORSE] >= 32
    assert found[Finding.WORSE] <= 2


def test_a_canary_that_is_clearly_worse_is_rolled_back_long_before_it_is_enough() -> None:
    reports = [played(0.2, 0.7, seed=seed) for seed in range(40)]
    assert {report.finding for report in reports} == {Finding.WORSE}
    assert sum(report.canary_visits for report in reports) / len(reports) < 50
    assert all(report.upper < 0.0 for report in reports)


def test_a_canary_that_is_better_is_published_as_soon_as_it_is_enough() -> None:
    report = played(0.8, 0.5, seed=1)
    assert (report.finding, report.canary_visits) == (Finding.NOT_WORSE, RULES.enough)


def test_looking_after_every_visit_rolls_back_no_more_than_alpha_of_what_is_only_just_allowed() -> None:
    """The type I error under continuous monitoring, at the edge of the hypothesis: exactly ``tolerance`` worse."""
    rules = TrialRules(alpha=0.1, tolerance=0.05, enough=10**9, most=10**9)
    worse = sum(
        played(0.45, 0.5, seed=seed, rules=rules, visits=500, share=0.5).finding is Finding.WORSE for seed in range(100)
    )
    assert worse / 100 <= 0.1 + 2 * (0.1 * 0.9 / 100) ** 0.5


def test_a_watch_with_a_small_hold_out_finds_a_fall_and_lets_the_rest_be() -> None:
    """The rules and shares that a hub has by default: most visits are the tested model's."""
    settings = LearningConfig()
    rules, share = settings.watch, 1.0 - settings.holdout_share
    fell = [played(0.3, 0.7, seed=seed, rules=rules, share=share) for seed in range(20)]
    assert {report.finding for report in fell} == {Finding.WORSE}
    assert sum(report.canary_visits for report in fell) / 20 < rules.enough / 2
    same = [played(0.6, 0.6, seed=seed, rules=rules, share=share) for seed in range(20)]
    assert sum(report.finding is Finding.WORSE for report in same) <= 2
    assert {report.canary_visits for report in same if report.finding is not Finding.WORSE} == {rules.enough}


def test_a_season_that_moves_both_arms_moves_nothing() -> None:
    chance = random.Random(5)
    trial = Trial(RULES)
    for visit in range(3000):
        tried = chance.random() < 0.2
        trial.add(float(chance.random() < 0.9 - 0.8 * visit / 3000), canary=tried)
        assert trial.find() is not Finding.WORSE


def test_what_was_proved_stays_proved() -> None:
    trial = Trial(RULES)
    for _ in range(30):
        trial.add(0.0, canary=True)
        trial.add(1.0, canary=False)
    assert trial.find() is Finding.WORSE
    for _ in range(300):
        trial.add(1.0, canary=True)
        trial.add(0.0, canary=False)
    assert trial.find() is Finding.WORSE


def test_a_canary_neither_good_enough_nor_proved_worse_is_undecided_in_the_end() -> None:
    rules = TrialRules(alpha=1e-6, tolerance=0.0, enough=10, most=40)
    trial = Trial(rules)
    for visit in range(40):
        trial.add(0.5, canary=False)
        trial.add(0.5 if visit % 10 else 0.2, canary=True)
        assert trial.find() is (Finding.GOING_ON if visit < 39 else Finding.UNDECIDED)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=60))
def test_the_same_scores_give_the_same_report_and_an_interval_in_order(visits: list[tuple[float, bool]]) -> None:
    first, second = Trial(RULES), Trial(RULES)
    for score, canary in visits:
        first.add(score, canary=canary)
        second.add(score, canary=canary)
    report = first.report()
    assert report == second.report()
    assert -1.0 <= report.lower <= report.upper <= 1.0


def test_the_interval_closes_in_on_the_difference() -> None:
    blocks = differences(seed=0, count=2000)
    few, many = interval(blocks[:100], 0.025), interval(blocks, 0.025)
    assert few[0] < many[0] < -0.2 < many[1] < few[1]
    assert many[1] - many[0] < 0.15
    assert interval([], 0.025) == (-1.0, 1.0)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    ends = [interval(differences(seed=seed, count=500), 0.025) for seed in range(100)]
    missed = sum(not lower <= -0.2 <= upper for lower, upper in ends)
    assert missed / 100 <= 0.05 + 2 * (0.05 * 0.95 / 100) ** 0.5


def differences(*, seed: int, count: int) -> list[float]:
    """Differences of two scores of 0 or 1, -0.2 in the mean."""
    chance = random.Random(seed)
    return [float(chance.random() < 0.3) - float(chance.random() < 0.5) for _ in range(count)]


def test_a_score_outside_of_its_bounds_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Trial(RULES).add(1.2, canary=True)
