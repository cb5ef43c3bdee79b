"""What `usher bench queue` counts: the bound that no wait may break, the figures, the same day for the same seed."""

import msgspec
import pytest

from benchmarks.queue import BranchRun, Judged, best_window, estimate_cost_ms, figures, live
from benchmarks.queue_days import Branch, Day, Episode, starved
from benchmarks.queue_shapes import SHAPES, TUNING
from hub.lobby.queue.engine import Queue
from hub.lobby.queue.places import NoWitness, Place

SMALL = TUNING[1]


class Nobody:
    """Watches without a word."""

    def came(self, queue: Queue, place: Place, at: float) -> None:
        """Nothing."""

    def called(self, place: Place, at: float) -> None:
        """Nothing."""


def test_the_same_seed_is_the_same_day_and_another_is_not() -> None:
    one, same, other = (Branch(SMALL, seed, 0, NoWitness(), Nobody()).run() for seed in (5, 5, 6))
    assert one == same
    assert one != other
    assert len(one.arrived) > 40
    assert starved(one, SMALL.rules()) == 0


@pytest.mark.req("K-03")
def test_a_wait_beyond_the_bound_is_counted_as_starved() -> None:
    rules = SMALL.rules()
    queue = Queue(rules)
    cap = 60 * rules.cap_minutes
    day = Day()
    for ticket, at in (("w", 0.0), ("before", 100.0), ("after", cap + 101.0)):
        place = queue.arrive(ticket, ("A",), at)
        assert isinstance(place, Place)
        day.arrived[ticket] = place
    for counter in rules.counters:
        day.episodes.append(Episode(counter=counter, begun=0.0, ended=1000.0, ticket="before", since=100.0))
    day.first_called["w"] = 1000.0
    assert starved(day, rules) == 0
    for counter in rules.counters:
        late = Episode(counter=counter, begun=1000.0, ended=5000.0, ticket="after", since=cap + 101.0)
        day.episodes.append(late)
    day.first_called["w"] = 5000.0
    assert starved(day, rules) == 1
    day.held_back.add("w")
    assert starved(day, rules) == 0


def test_a_queue_that_leaves_a_ticket_waiting_for_idle_counters_starves_it() -> None:
    rules = SMALL.rules()
    place = Queue(rules).arrive("w", ("A",), 0.0)
    assert isinstance(place, Place)
    idle = [Episode(counter=counter, begun=0.0, ended=3000.0) for counter in rules.counters]
    day = Day(first_called={"w": 3000.0}, arrived={"w": place}, episodes=idle)
    assert starved(day, rules) == 1


def judged(waited: float, *, day: int = 0, seed: int = 0) -> Judged:
    return Judged(seed, day, waited, 100.0, 200.0, 300.0, (100.0, 200.0, 500.0, 800.0, 900.0), 400.0)


def test_the_figures_are_of_all_tickets() -> None:
    waits = [judged(50.0), judged(200.0), judged(250.0, day=1), judged(350.0, day=1)]
    run = BranchRun(shape="x", judged=waits, starved=2, tickets=9, costs_ms=[1.0])
    row = figures("x", [run], 0)
    assert (row.coverage, row.below, row.above, row.coverage_first_day) == (0.5, 0.25, 0.25, 0.5)
    assert row.mae_s == pytest.approx((150 + 0 + 50 + 150) / 4)
    assert row.mae_ratio_moving_average == pytest.approx(350 / (50 + 100 + 150 + 250))
    assert row.mae_ratio_place == pytest.approx(350 / (350 + 200 + 150 + 50))
    assert (row.tickets, row.judged, row.starved) == (9, 4, 2)
    assert best_window([run]) == 1


def test_the_reported_branches_are_not_those_the_constants_were_chosen_on() -> None:
    assert not {shape.name for shape in SHAPES} & {shape.name for shape in TUNING}


def test_a_branch_is_lived_and_judged() -> None:
    quiet = msgspec.structs.replace(SMALL, load=0.4)
    run = live(quiet, 3, 1)
    assert run.starved == 0
    assert 0 < len(run.judged) <= run.tickets
    assert len(run.judged) <= len(run.costs_ms)
    assert all(one.p10 <= one.p50 <= one.p90 for one in run.judged)
    assert estimate_cost_ms(1) > 0
