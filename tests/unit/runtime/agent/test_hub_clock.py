"""The hub's clock as an agent estimates it: never further off than it says, whatever the network and the clocks do."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from contracts.session import DeviceWelcomed
from runtime.agent.hub_clock import DRIFT_PPM, SAMPLES, HubClock, HubMoment
from tests.unit.hub.rig import NINE

EPOCH, NEXT = "epoch-0001", "epoch-0002"


def welcome(hub_us: int, held_us: int = 0, epoch: str = EPOCH) -> DeviceWelcomed:
    return DeviceWelcomed(hub_time=NINE, epoch=epoch, current=True, hub_us=hub_us, held_us=held_us)


@dataclass
class Exchange:
    """Seconds of true time: before the report, on the way there, held by the hub, on the way back."""

    pause: float
    there: float
    held: float
    back: float


@dataclass
class Clocks:
    """True time, and the device's clock, which began elsewhere and runs too fast or too slowly."""

    starts_s: float
    fast_ppm: float
    now_s: float = 1000.0

    @property
    def own_s(self) -> float:
        return self.starts_s + self.now_s * (1 + self.fast_ppm * 1e-6)

    @property
    def hub_us(self) -> int:
        return round(self.now_s * 1e6)

    def exchange(self, clock: HubClock, name: str, one: Exchange, epoch: str = EPOCH) -> None:
        self.now_s += one.pause
        clock.asked(name, self.own_s)
        self.now_s += one.there + one.held
        answer = welcome(self.hub_us, round(one.held * 1e6), epoch)
        self.now_s += one.back
        clock.answered(name, answer, self.own_s)


seconds = st.floats(0.0, 3.0)
exchanges = st.lists(
    st.builds(Exchange, pause=st.floats(0.0, 120.0), there=seconds, held=seconds, back=seconds), min_size=1, max_size=12
)
clocks = st.builds(Clocks, starts_s=st.floats(0.0, 1e6), fast_ppm=st.floats(-DRIFT_PPM + 1, DRIFT_PPM - 1))


@given(clocks, exchanges, st.floats(0.0, 3600.0))
def test_the_true_time_is_within_the_bound(true: Clocks, plan: list[Exchange], later_s: float) -> None:
    clock = HubClock()
    for number, one in enumerate(plan):
        true.exchange(clock, f"report-{number:03d}", one)
    seen_s, seen_us = true.own_s, true.hub_us
    true.now_s += later_s
    for own_s, hub_us in ((true.own_s, true.hub_us), (seen_s, seen_us)):
        moment = clock.at(own_s)
        assert moment is not None
        assert moment.epoch == EPOCH
        assert abs(moment.hub_us - hub_us) <= moment.within_us
    assert clock.exchanges == min(len(plan), SAMPLES)


@given(clocks, exchanges)
def test_the_bound_is_no_worse_than_that_of_the_fastest_exchange_remembered(true: Clocks, plan: list[Exchange]) -> None:
    clock = HubClock()
    for number, one in enumerate(plan):
        true.exchange(clock, f"report-{number:03d}", one)
    moment = clock.at(true.own_s)
    assert moment is not None
    kept = plan[-SAMPLES:]
    age_s = [sum(o.pause + o.there + o.held + o.back for o in kept[place + 1 :]) for place in range(len(kept))]
    bounds = [
        (one.there + one.back) / 2 + 2 * DRIFT_PPM * 1e-6 * (age + one.there + one.held + one.back) + 1e-5
        for one, age in zip(kept, age_s, strict=True)
    ]
    assert moment.within_us <= min(bounds) * 1e6


@given(clocks, exchanges, exchanges)
def test_a_new_run_of_the_hub_begins_anew(true: Clocks, before: list[Exchange], after: list[Exchange]) -> None:
    clock = HubClock()
    for number, one in enumerate(before):
        true.exchange(clock, f"before-{number:03d}", one)
    clock.runs(NEXT)
    assert clock.at(true.own_s) is None
    for number, one in enumerate(after):
        true.exchange(clock, f"after-{number:03d}", one, NEXT)
    moment = clock.at(true.own_s)
    assert moment is not None
    assert moment.epoch == NEXT
    assert abs(moment.hub_us - true.hub_us) <= moment.within_us
    assert clock.exchanges == min(len(after), SAMPLES)


def test_before_the_first_exchange_nothing_is_known() -> None:
    clock = HubClock()
    assert clock.at(1.0) is None
    clock.runs(EPOCH)
    assert clock.at(1.0) is None


def test_a_symmetric_exchange_is_exact_and_its_bound_is_half_of_the_round_trip() -> None:
    clock = HubClock()
    clock.asked("report-001", 10.0)
    assert clock.answered("report-001", welcome(5_003_000, 2_000), 10.004)
    moment = clock.at(10.004)
    assert moment == HubMoment(EPOCH, 5_004_000, 1_000 + 4)
    assert clock.at(30.004) == HubMoment(EPOCH, 25_004_000, 1_000 + 4 + 20 * DRIFT_PPM)


def test_an_answer_counts_once_and_only_to_a_report_of_ours() -> None:
    clock = HubClock()
    assert not clock.answered("report-001", welcome(5_000_000), 10.0)
    clock.asked("report-001", 10.0)
    assert clock.answered("report-001", welcome(5_000_000), 10.1)
    assert not clock.answered("report-001", welcome(9_000_000), 10.2), "a repetition would look like a faster one"
    assert clock.exchanges == 1


def test_an_answer_that_cannot_be_true_or_says_nothing_tells_nothing() -> None:
    clock = HubClock()
    clock.asked("report-001", 10.0)
    assert not clock.answered("report-001", welcome(5_000_000, held_us=200_000), 10.1), "held for longer than it took"
    clock.asked("report-002", 10.0)
    old = DeviceWelcomed(hub_time=NINE, epoch=EPOCH, current=True)
    assert not clock.answered("report-002", old, 10.1)
    assert clock.at(10.1) is None


def test_after_a_reconnect_it_learns_anew() -> None:
    clock = HubClock()
    clock.asked("report-001", 10.0)
    clock.answered("report-001", welcome(5_000_000), 10.1)
    clock.asked("report-002", 10.2)
    clock.forget()
    assert clock.at(10.1) is None
    assert not clock.answered("report-002", welcome(5_300_000), 10.3)


def test_it_remembers_few_reports_that_nobody_answers() -> None:
    clock = HubClock()
    for number in range(SAMPLES + 1):
        clock.asked(f"report-{number}", float(number))
    assert not clock.answered("report-0", welcome(5_000_000), 20.0)
    assert clock.answered("report-1", welcome(5_000_000), 20.0)
