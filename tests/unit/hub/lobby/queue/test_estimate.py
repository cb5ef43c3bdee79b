"""The waiting estimate: it agrees with the engine living the same futures, and says what it doesn't know (K-03)."""

from dataclasses import replace
from heapq import heappop, heappush
from itertools import pairwise

import msgspec
import numpy as np
import pytest

from hub.lobby.queue.engine import Queue
from hub.lobby.queue.estimate import Outlook, estimate
from hub.lobby.queue.experience import Experience, Fit
from hub.lobby.queue.places import CounterMove, Move, Place, QueueView, Stage
from hub.lobby.queue.rules import CounterRule, QueueRules
from tests.unit.hub.lobby.queue.small_branch import RULES, a_class, opened, placed

NOW = 10_000.0


def exact(rules: QueueRules, *, sigma: float, fit: Fit | None = None) -> Fit:
    """Known stated means, counters alike, no reaction, no no-show, no pause, nobody to come."""
    start = Experience(rules).fit(NOW) if fit is None else fit
    stated = np.log([60.0 * service.mean_minutes for service in rules.classes.values()])
    pool = sigma * start.residuals / start.sigma[:, None]
    zero = np.zeros(1)
    return replace(
        start,
        log_mean=stated - sigma**2 / 2,
        log_mean_sd=np.zeros(len(stated)),
        effect=np.zeros(len(rules.counters)),
        effect_sd=np.zeros(len(rules.counters)),
        residuals=pool,
        sigma=np.full(len(stated), max(sigma, 1e-9)),
        reactions=zero,
        pauses=zero,
        miss_share=0.0,
        pause_share=0.0,
        stretch_low=1.0,
        stretch_high=1.0,
    )


SURE = exact(RULES, sigma=0.0)


def line(queue: Queue, *services: str) -> None:
    """So many tickets that came just now, t0, t1 …, each for the classes of its letters."""
    for at, service in enumerate(services):
        placed(queue.arrive(f"t{at}", tuple(service), NOW))


def outlook(queue: Queue, fit: Fit = SURE, seed: int = 1) -> Outlook:
    return estimate(queue.view(), queue.rules, fit, NOW, seed=seed)


def medians(said: Outlook) -> list[float | None]:
    return [None if one.p50_s is None else round(one.p50_s) for one in said.places.values()]


@pytest.mark.req("K-03")
def test_with_everything_known_the_estimate_is_arithmetic() -> None:
    queue = opened("1")
    line(queue, "A", "A", "B", "A")
    said = outlook(queue)
    assert medians(said) == [0, 300, 600, 1800]
    assert [one.ahead for one in said.places.values()] == [0, 1, 2, 3]
    assert said.nexts["A"].p50_s == pytest.approx(2100)
    assert said.nexts["A"].ahead == 4
    assert all(one.p10_s == one.p50_s == one.p90_s for one in said.places.values())


@pytest.mark.req("K-03")
def test_what_has_passed_of_a_service_counts() -> None:
    queue = opened("1")
    line(queue, "A", "A")
    queue.call("1", NOW - 100)
    assert medians(outlook(queue)) == [200]
    long_since = estimate(queue.view(), RULES, exact(RULES, sigma=0.6), NOW + 3000, seed=1).places["t1"].p50_s
    assert long_since is not None
    assert long_since > 200


@pytest.mark.req("K-03")
def test_skills_quick_counters_and_counters_by_name_are_seen() -> None:
    queue = opened("2", "3")
    line(queue, "B", "A", "A", "B")
    said = outlook(queue)
    assert medians(said) == [0, 0, 300, 1200]
    assert said.nexts["A"].p50_s == pytest.approx(600)
    assert said.nexts["B"].p50_s == pytest.approx(2400)

    queue = opened("1", "2")
    line(queue, "B", "A", "A")
    assert medians(outlook(queue)) == [0, 0, 300]
    queue.transfer("t2", NOW, counter="1")
    assert medians(outlook(queue)) == [0, 0, 1200]


@pytest.mark.req("K-03")
def test_a_class_that_no_open_counter_takes_is_not_guessed() -> None:
    queue = opened("2")
    line(queue, "A", "B")
    said = outlook(queue)
    assert medians(said) == [0, None]
    assert said.places["t1"].p90_s is None
    assert said.nexts["B"].p50_s is None
    queue.turn("2", CounterMove.CLOSE, NOW)
    assert medians(outlook(queue)) == [None, None]


@pytest.mark.req("K-03")
def test_who_is_held_is_not_called_before_its_time_and_others_not_after_it() -> None:
    queue = opened("1")
    line(queue, "A", "A")
    queue.defer("t0", NOW, minutes=4)
    assert medians(outlook(queue)) == [300, 0]
    queue.arrive("early", ("A",), NOW, appointment=NOW + 3600)
    assert round(outlook(queue).places["early"].p50_s or 0) == 600

    queue = opened("1")
    line(queue, "A")
    queue.defer("t0", NOW, minutes=4)
    assert medians(outlook(queue)) == [240]


@pytest.mark.req("K-03")
def test_the_next_ticket_stands_before_whoever_has_a_later_key() -> None:
    queue = opened("1")
    line(queue, *"BBBB")
    early = placed(queue.arrive("early", ("A",), NOW, appointment=NOW + 3900))
    assert NOW < early.key < early.since < NOW + 4800
    assert outlook(queue).nexts["A"].p50_s == pytest.approx(4800)


@pytest.mark.req("K-03")
def test_a_visits_second_service_comes_back_at_its_old_place() -> None:
    queue = opened("1")
    line(queue, "AB", "A")
    assert medians(outlook(queue)) == [0, 1500]
    queue.call("1", NOW)
    assert medians(outlook(queue)) == [1500]


@pytest.mark.req("K-03")
def test_a_paused_counter_is_expected_back() -> None:
    queue = opened("1", "2")
    line(queue, "A", "A", "A")
    queue.turn("2", CounterMove.PAUSE, NOW)
    both = medians(outlook(queue, replace(SURE, pauses=np.array([200.0] * 9))))
    assert both == [0, 200, 300]


@pytest.mark.req("K-03")
def test_those_who_may_overtake_are_expected_as_often_as_they_come() -> None:
    queue = opened("1")
    line(queue, *"AAAAAA")
    busy = replace(SURE, credited_rate=10 / 3600, credited=((0, 900.0),))
    calm, crowded = medians(outlook(queue)), medians(outlook(queue, busy))
    assert calm[-1] == 1500
    assert crowded[-1] == 2100, "in the 15 minutes of their credit two and a half of them come; the median is two"


@pytest.mark.req("K-03")
def test_who_is_missed_is_expected_back_at_the_old_place() -> None:
    queue = opened("1")
    line(queue, *"AAA")
    queue.defer("t2", NOW, minutes=6)
    nobody = replace(SURE, miss_share=1.0, misses=np.array([30.0] * 5))
    assert medians(outlook(queue, nobody)) == [0, 30, 930], "t0 is back after 330 s, t1 after 360 s, 300 s each"


@pytest.mark.req("K-03")
def test_pauses_after_a_ticket_and_slow_counters_are_in_it() -> None:
    queue = opened("1")
    line(queue, "A", "A")
    assert medians(outlook(queue, replace(SURE, pause_share=1.0, pauses=np.array([100.0] * 5)))) == [0, 400]
    assert medians(outlook(queue, replace(SURE, effect=np.array([np.log(2), 0.0, 0.0])))) == [0, 600]
    assert medians(outlook(queue, replace(SURE, reactions=np.array([20.0] * 5)))) == [20, 340]


@pytest.mark.req("K-03")
def test_each_half_of_the_interval_is_stretched_by_what_was_learned() -> None:
    queue = opened("1")
    line(queue, *"AAAA")
    fit = exact(RULES, sigma=0.3)
    one = outlook(queue, fit).places["t3"]
    wide = outlook(queue, replace(fit, stretch_low=1.5, stretch_high=2.0)).places["t3"]
    assert None not in (one.p10_s, one.p50_s, one.p90_s)
    assert wide.p50_s == one.p50_s
    assert (wide.p50_s or 0) - (wide.p10_s or 0) == pytest.approx(1.5 * ((one.p50_s or 0) - (one.p10_s or 0)))
    assert (wide.p90_s or 0) - (wide.p50_s or 0) == pytest.approx(2.0 * ((one.p90_s or 0) - (one.p50_s or 0)))
    assert outlook(queue, replace(fit, stretch_low=99.0)).places["t3"].p10_s == 0.0


@pytest.mark.req("K-03")
def test_no_shows_shorten_the_wait() -> None:
    queue = opened("1")
    line(queue, *"AAAAAAAAAAAAA")
    often = replace(SURE, miss_share=0.5, misses=np.array([30.0] * 5))
    rules = msgspec.structs.replace(RULES, no_shows=0)
    said = estimate(queue.view(), rules, often, NOW, seed=1).places["t12"].p50_s
    assert said == pytest.approx(12 * 165, rel=0.15)


@pytest.mark.req("K-03", "K-06")
def test_who_cannot_be_served_before_closing_is_told_in_advance() -> None:
    queue = opened("1")
    queue.close_at(NOW + 900)
    line(queue, *"AAAAA")
    said = outlook(queue, exact(RULES, sigma=0.5))
    late = [one.after_closing for one in said.places.values()]
    assert late[0] == 0.0
    assert all(one is not None and other is not None and one <= other for one, other in pairwise(late))
    assert [one.warned for one in said.places.values()] == [False, False, False, late[3] >= 0.5, True]  # type: ignore[operator]
    assert said.nexts["A"].warned


@pytest.mark.req("K-03")
def test_the_same_seed_says_the_same_and_asking_for_one_ticket_says_nearly_the_same() -> None:
    queue = opened("1", "2", "3")
    line(queue, *"ABABABAB")
    fit = Experience(RULES).fit(NOW)
    assert outlook(queue, fit) == outlook(queue, fit)
    assert outlook(queue, fit, seed=2) != outlook(queue, fit)
    one = estimate(queue.view(), RULES, fit, NOW, seed=1, of=("t7",))
    assert list(one.places) == ["t7"]
    assert one.nexts == {}
    assert one.places["t7"] == outlook(queue, fit).places["t7"]


@pytest.mark.req("K-03")
def test_nobody_waits_nothing_is_estimated_but_the_next() -> None:
    said = outlook(opened("1"))
    assert said.places == {}
    assert said.nexts["A"].p50_s == 0.0


WIDE = QueueRules(
    classes={"A": a_class(4, "cash", short=True), "B": a_class(9, "card"), "C": a_class(20, "loan")},
    counters={
        "1": CounterRule(classes=("A", "B"), quick=True),
        "2": CounterRule(classes=("A", "B")),
        "3": CounterRule(classes=("B", "C")),
        "4": CounterRule(classes=("A", "B", "C")),
    },
    credits={"elderly": 10, "booked": 25},
)


def full_house() -> QueueView:
    queue = opened(*WIDE.counters, rules=WIDE)
    for number in range(24):
        at = NOW - 60 * (24 - number)
        services = ("A", "B") if number % 7 == 3 else ("ABCAB"[number % 5],)
        queue.arrive(f"t{number}", services, at, priorities=("elderly",) if number % 6 == 5 else ())
    for counter in WIDE.counters:
        queue.change(placed(queue.call(counter, NOW)).ticket, Move.START, NOW)
    queue.arrive("deferred", ("B",), NOW - 1500)
    queue.defer("deferred", NOW, minutes=10)
    return queue.view()


def lived(view: QueueView, fit: Fit, chance: np.random.Generator) -> dict[str, float]:
    """One future of the queue, by the engine itself: when each is first called, seconds from now."""
    queue = Queue.restored(WIDE, view)
    classes = list(WIDE.classes)
    ends: list[tuple[float, str]] = []
    first: dict[str, float] = {}

    def serve(counter: str, place: Place, at: float) -> None:
        service = classes.index(place.service)
        heappush(ends, (at + float(np.exp(fit.log_mean[service] + chance.choice(fit.residuals[service]))), counter))

    for one in view.counters:
        serve(one.name, placed(queue.place(one.ticket or "")), NOW)
    heappush(ends, (NOW + 600.0, ""))
    while ends:
        at, counter = heappop(ends)
        there = queue.counter(counter)
        if there is not None and there.ticket is not None:
            queue.change(there.ticket, Move.FINISH, at)
        for one in queue.view().counters:
            if one.ticket is None and isinstance(place := queue.call(one.name, at), Place):
                first.setdefault(place.ticket, at - NOW)
                queue.change(place.ticket, Move.START, at)
                serve(one.name, place, at)
    return first


@pytest.mark.req("K-03")
def test_simulated_futures_are_those_the_engine_lives() -> None:
    view = full_house()
    fit = exact(WIDE, sigma=0.5)
    chance = np.random.default_rng(3)
    lives = [lived(view, fit, chance) for _ in range(300)]
    said = estimate(view, WIDE, fit, NOW, seed=1, runs=1500).places
    assert set(said) == {place.ticket for place in view.places if place.stage in {Stage.WAITING, Stage.HELD}}
    for ticket, one in said.items():
        seen = np.quantile([life[ticket] for life in lives], (0.1, 0.5, 0.9))
        assert [one.p10_s, one.p50_s, one.p90_s] == pytest.approx(seen.tolist(), rel=0.09, abs=40), ticket
