"""What the estimate learns: from stated means to the branch's own, who is quick, when counters pause (K-03)."""

import random

import msgspec
import numpy as np
import pytest

from hub.lobby.queue.experience import Experience, Memory
from tests.unit.hub.lobby.queue.small_branch import RULES

NINE = 9 * 3600.0


def taught(services: int, *, mean_s: float, slow: float = 1.0, seed: int = 1) -> Experience:
    """Class A took lognormal times with this mean; counter 2 takes ``slow`` times as long as counter 1."""
    chance = random.Random(seed)
    learned = Experience(RULES)
    for number in range(services):
        counter = "12"[number % 2]
        took = mean_s * np.exp(chance.gauss(-(0.4**2) / 2, 0.4)) * (slow if counter == "2" else 1.0)
        learned.served(counter, "A", float(took), NINE + 60 * number)
    return learned


def mean_s(learned: Experience, service: int, counter: int) -> float:
    """The mean of the times that the estimate draws for this class at this counter."""
    fit = learned.fit(NINE)
    return float(np.exp(fit.log_mean[service] + fit.effect[counter] + fit.residuals[service]).mean())


@pytest.mark.req("K-03")
def test_without_experience_the_stated_means_hold() -> None:
    learned = Experience(RULES)
    assert mean_s(learned, 0, 0) == pytest.approx(300, rel=0.1)
    assert mean_s(learned, 1, 0) == pytest.approx(1200, rel=0.1)


@pytest.mark.req("K-03")
def test_a_wrong_stated_mean_is_unlearned() -> None:
    few, many = Experience(RULES), taught(300, mean_s=600)
    for _ in range(2):
        few.served("1", "A", 500.0, NINE)
    assert 330 < mean_s(few, 0, 0) < 570
    assert mean_s(many, 0, 0) == pytest.approx(600, rel=0.08)
    assert mean_s(many, 1, 0) == pytest.approx(1200, rel=0.1)
    assert many.fit(NINE).log_mean_sd[0] < few.fit(NINE).log_mean_sd[0] < Experience(RULES).fit(NINE).log_mean_sd[0]


@pytest.mark.req("K-03")
def test_a_slow_counter_is_told_from_a_quick_one() -> None:
    learned = taught(400, mean_s=300, slow=1.5)
    effect = learned.fit(NINE).effect
    assert np.exp(effect[1] - effect[0]) == pytest.approx(1.5, rel=0.12)
    assert effect[2] == 0.0


@pytest.mark.req("K-03")
def test_what_was_kept_gives_the_same_fit_again() -> None:
    learned = taught(50, mean_s=400)
    learned.arrived("A", 600.0, NINE)
    learned.called("1", 12.0)
    learned.missed("1", "A", 70.0)
    learned.paused("1", 1500.0, NINE)
    learned.judged(10.0, 20.0, 30.0)
    memory = msgspec.msgpack.decode(msgspec.msgpack.encode(learned.memory()), type=Memory)
    again = Experience(RULES, memory)
    assert again.memory() == learned.memory()
    for name in learned.fit(NINE).__slots__:
        assert np.array_equal(getattr(again.fit(NINE), name), getattr(learned.fit(NINE), name)), name


@pytest.mark.req("K-03")
def test_counters_pause_at_their_hour() -> None:
    learned = Experience(RULES)
    for day in range(5):
        for hour in range(9, 17):
            for _ in range(10):
                learned.served("1", "A", 300.0, 86400.0 * day + 3600 * hour)
        for _ in range(4):
            learned.paused("1", 1800.0, 86400.0 * day + 3600 * 12.5)
        learned.paused("1", 120.0, 86400.0 * day + 3600 * 16)
    noon, morning, late = (learned.fit(86400.0 * 5 + 3600 * hour) for hour in (12.25, 9.25, 16.5))
    assert noon.pause_share > 3 * morning.pause_share
    assert np.median(noon.pauses) == 1800
    assert np.median(late.pauses) < 1000


@pytest.mark.req("K-03")
def test_each_half_of_the_interval_learns_from_its_own_misses() -> None:
    learned = Experience(RULES)
    before = learned.fit(NINE)
    for _ in range(10):
        learned.judged(60.0, 300.0, 400.0)
    after = learned.fit(NINE)
    assert after.stretch_high > before.stretch_high
    assert after.stretch_low < before.stretch_low
    for _ in range(1000):
        learned.judged(60.0, 300.0, 30.0)
    assert learned.fit(NINE).stretch_low <= 4.0
    assert learned.fit(NINE).stretch_high >= 0.5


@pytest.mark.req("K-03")
def test_in_the_long_run_one_wait_in_ten_is_above() -> None:
    """Adaptive conformal inference promises this whatever the estimates are worth; here they are far too narrow."""
    chance = random.Random(5)
    learned = Experience(RULES)
    above = 0
    for _ in range(6000):
        waited = chance.lognormvariate(6, 1)
        high = 403 * (1 + learned.memory().stretch_high)
        learned.judged(0.0, high, waited)
        above += waited > high
    assert above / 6000 == pytest.approx(0.1, abs=0.02)


@pytest.mark.req("K-03")
def test_old_credited_arrivals_no_longer_count() -> None:
    learned = Experience(RULES)
    learned.arrived("A", 0.0, NINE)
    learned.arrived("A", 600.0, NINE)
    learned.arrived("B", 900.0, NINE + 1800)
    assert learned.fit(NINE + 2000).credited == ((0, 600.0), (1, 900.0))
    assert learned.fit(NINE + 4000).credited == ((1, 900.0),)
    assert learned.fit(NINE + 2000).credited_rate == 2 * learned.fit(NINE + 4000).credited_rate
