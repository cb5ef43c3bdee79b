"""``usher bench queue``: whether the waiting estimate holds what it states, beside what queue systems show; the engine.

Each branch lives several days, in the first of which nothing is learned yet; it counts like the others. Every ticket
that has to wait is estimated when it comes, as it would be printed. Tickets that an idle counter takes at once are not
counted (nothing to estimate), nor those held back at their own wish or left. Beside the estimate, on the same tickets:
the moving average of recent waits of the class (the window of those tried that does best in hindsight), and
place in line x mean service / open counters, the mean being that of the branch's services so far.

The truth is not the estimator's model (:mod:`benchmarks.queue_days`). The estimator's constants were chosen on the
shapes ``town`` and ``small`` with seeds from 1000; the default run reports other shapes and seeds. `--tuning` runs the
former.
"""

from __future__ import annotations

import multiprocessing
import time
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from heapq import heappop, heappush

import click
import msgspec
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.queue_days import Branch, starved
from benchmarks.queue_shapes import SHAPES, TUNING, Shape
from hub.lobby.queue.engine import Queue
from hub.lobby.queue.estimate import STATED, Estimate, estimate
from hub.lobby.queue.experience import Experience
from hub.lobby.queue.places import CounterMove, CounterState, Move, Place, QueueView
from hub.lobby.queue.rules import QueueRules

WINDOWS = (1, 3, 5, 10, 20)
_FIRST_TUNING_SEED = 1000


class Judged(msgspec.Struct, frozen=True, array_like=True):
    """A ticket: which branch and day, how long it waited, and what was said when it came, seconds."""

    seed: int
    day: int
    waited: float
    p10: float
    p50: float
    p90: float
    averages: tuple[float, ...]
    by_place: float


class BranchRun(msgspec.Struct, frozen=True, kw_only=True):
    """What one branch's days gave."""

    shape: str
    judged: list[Judged]
    starved: int
    tickets: int
    costs_ms: list[float]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one shape, or of all. ``below``, ``above``: shares of waits outside the interval on either side;
    ``coverage_se``: standard error with a branch's day as one observation; ``coverage_by_third``: of the tickets that
    were told the shortest, the middle and the longest third of waits; ratios are of mean absolute errors."""

    shape: str
    tickets: int
    judged: int
    wait_mean_s: float
    coverage: float
    coverage_se: float
    below: float
    above: float
    coverage_first_day: float
    coverage_by_third: list[float]
    interval_mean_s: float
    mae_s: float
    mae_ratio_moving_average: float
    mae_ratio_place: float
    starved: int


class QueueReport(Row, frozen=True, kw_only=True):
    """The whole: all shapes together, each shape, and what engine and estimate cost.

    ``events_per_s``: arrivals, calls, starts and finishes; ``bare_events_per_s``: the same through nothing but a heap
    and a dict; ``estimate_ms_60_8``: one outlook of 60 who wait at 8 counters, the median of several. All per second
    or millisecond of one core's time, so that other programs don't count.
    """

    coverage_stated: float
    moving_average_window: int
    events_per_s: float
    bare_events_per_s: float
    share_of_bare: float
    estimate_ms_p50: float
    estimate_ms_p99: float
    estimate_ms_60_8: float
    seeds: list[int]
    days: int
    by_shape: list[Row]


class _Watch:
    """Estimates every ticket that comes and has to wait; keeps what was said beside how long it then waited."""

    def __init__(self, shape: Shape, seed: int) -> None:
        self.rules = shape.rules()
        self.learned = Experience(self.rules)
        self.day = 0
        self.judged: list[Judged] = []
        self.costs_ms: list[float] = []
        self.held_back: set[str] = set()
        self._seed = seed
        self._said: dict[str, tuple[Estimate, tuple[float, ...], float]] = {}
        self._waits: dict[str, list[float]] = defaultdict(list)

    def begin(self, day: int, held_back: set[str]) -> None:
        """A new day; what is learned stays, what the moving averages are of does not."""
        self.day, self.held_back = day, held_back
        self._said.clear()
        self._waits.clear()

    def came(self, queue: Queue, place: Place, at: float) -> None:
        """Estimate the new ticket and promise the interval, unless it is taken at once."""
        if not self._to_promise(queue, place, 0.0, 0.0, at):
            return
        view = queue.view()
        began = time.process_time()
        fit = self.learned.fit(at)
        said = estimate(view, self.rules, fit, at, seed=self._seed, of=(place.ticket,)).places[place.ticket]
        self.costs_ms.append(1e3 * (time.process_time() - began))
        if said.p10_s is None or said.p90_s is None:
            return
        self._to_promise(queue, place, said.p10_s, said.p90_s, at)
        past = self._waits[place.service]
        averages = tuple(float(np.mean(past[-window:])) if past else 0.0 for window in WINDOWS)
        self._said[place.ticket] = (said, averages, self._by_place(view, place, said.ahead))

    def called(self, place: Place, at: float) -> None:
        """Keep what was said beside what was."""
        waited = at - place.arrived
        self._waits[place.service].append(waited)
        said, averages, by_place = self._said.pop(place.ticket, (None, (), 0.0))
        if said is None or place.ticket in self.held_back:
            return
        if said.p10_s is None or said.p50_s is None or said.p90_s is None:
            return
        self.judged.append(Judged(self._seed, self.day, waited, said.p10_s, said.p50_s, said.p90_s, averages, by_place))

    def _to_promise(self, queue: Queue, place: Place, low_s: float, high_s: float, at: float) -> bool:
        promised = queue.promise(place.ticket, low_s, high_s, at)
        return isinstance(promised, Place) and promised.promise is not None

    def _by_place(self, view: QueueView, place: Place, ahead: int) -> float:
        able = sum(
            one.state is CounterState.OPEN and self.rules.takes(one.name, place.service) for one in view.counters
        )
        done = [one.took_s for services in self.learned.memory().services.values() for one in services]
        stated = 60.0 * self.rules.classes[place.service].mean_minutes
        return (ahead + 1) * (float(np.mean(done)) if done else stated) / max(1, able)


def live(shape: Shape, seed: int, days: int) -> BranchRun:
    """The days of one branch."""
    watch = _Watch(shape, seed)
    hungry = tickets = 0
    for day in range(days):
        branch = Branch(shape, seed, day, watch.learned, watch)
        watch.begin(day, branch.day.held_back)
        lived = branch.run()
        hungry += starved(lived, watch.rules)
        tickets += len(lived.arrived)
    return BranchRun(shape=shape.name, judged=watch.judged, starved=hungry, tickets=tickets, costs_ms=watch.costs_ms)


def figures(shape: str, runs: Iterable[BranchRun], window: int) -> Row:
    """The figures of these branches; ``window``: the place in WINDOWS of the moving average to compare with."""
    runs = list(runs)
    judged = [one for run in runs for one in run.judged]
    waited, p10, p50, p90 = (_column(judged, name) for name in ("waited", "p10", "p50", "p90"))
    inside = (waited >= p10) & (waited <= p90)
    average = np.array([one.averages[window] for one in judged])
    error = float(np.abs(p50 - waited).mean())
    day = _column(judged, "day")
    groups = defaultdict(list)
    for run in runs:
        for one in run.judged:
            groups[run.shape, one.seed, one.day].append(one.p10 <= one.waited <= one.p90)
    coverage = float(inside.mean())
    off = [sum(hits) - coverage * len(hits) for hits in groups.values()]
    return Row(
        shape=shape,
        tickets=sum(run.tickets for run in runs),
        judged=len(judged),
        wait_mean_s=float(waited.mean()),
        coverage=coverage,
        coverage_se=float(np.sqrt(np.square(off).sum()) / len(judged)),
        below=float((waited < p10).mean()),
        above=float((waited > p90).mean()),
        coverage_first_day=float(inside[day == 0].mean()),
        coverage_by_third=[float(part.mean()) for part in np.array_split(inside[np.argsort(p50, kind="stable")], 3)],
        interval_mean_s=float((p90 - p10).mean()),
        mae_s=error,
        mae_ratio_moving_average=error / float(np.abs(average - waited).mean()),
        mae_ratio_place=error / float(np.abs(_column(judged, "by_place") - waited).mean()),
        starved=sum(run.starved for run in runs),
    )


def _column(judged: list[Judged], name: str) -> NDArray[np.float64]:
    return np.array([getattr(one, name) for one in judged], dtype=np.float64)


def best_window(runs: Iterable[BranchRun]) -> int:
    """The place in WINDOWS of the moving average that errs least on all of these tickets."""
    judged = [one for run in runs for one in run.judged]
    errors = [np.mean([abs(one.averages[at] - one.waited) for one in judged]) for at in range(len(WINDOWS))]
    return int(np.argmin(errors))


def engine_speed(tickets: int = 20_000) -> tuple[float, float]:
    """Events a second of the engine with about 200 waiting in four classes, and of a bare heap and dict."""
    rules = SHAPES[0].rules()
    queue = Queue(rules)
    for counter in rules.counters:
        queue.turn(counter, CounterMove.OPEN, 0.0)
    classes, counters = list(rules.classes), list(rules.counters)
    events = 0
    began = time.process_time()
    for number in range(tickets):
        queue.arrive(f"{number}", (classes[number % len(classes)],), float(number))
        events += 1
        if number < 200:
            continue
        called = queue.call(counters[number % len(counters)], float(number))
        events += 1
        if isinstance(called, Place):
            queue.change(called.ticket, Move.START, float(number))
            queue.change(called.ticket, Move.FINISH, float(number))
            events += 2
    rate = events / (time.process_time() - began)
    heap: list[tuple[float, int, str]] = []
    stages: dict[str, str] = {}
    events = 0
    began = time.process_time()
    for number in range(tickets):
        heappush(heap, (float(number), number, f"{number}"))
        stages[f"{number}"] = "waiting"
        events += 1
        if number < 200:
            continue
        ticket = heappop(heap)[2]
        for stage in ("called", "serving", "served"):
            stages[ticket] = stage
            events += 1
    return rate, events / (time.process_time() - began)


def full_house(waiting: int = 60) -> tuple[QueueView, QueueRules, Experience, float]:
    """So many waiting at eight counters that are all serving, one in eight with a credit."""
    rules = SHAPES[0].rules()
    learned = Experience(rules)
    queue = Queue(rules, learned)
    classes = list(rules.classes)
    for counter in rules.counters:
        queue.turn(counter, CounterMove.OPEN, 0.0)
    for number in range(waiting + len(rules.counters)):
        now = 20.0 * number
        queue.arrive(f"{number}", (classes[number % len(classes)],), now, priorities=("elderly",) * (number % 8 == 0))
        for counter in rules.counters:
            called = queue.call(counter, now + 5)
            if isinstance(called, Place):
                queue.change(called.ticket, Move.START, now + 15)
    return queue.view(), rules, learned, 20.0 * (waiting + len(rules.counters))


def estimate_cost_ms(times: int = 15) -> float:
    """The median cost of one whole outlook of a full house."""
    view, rules, learned, now = full_house()
    fit = learned.fit(now)
    costs = []
    for seed in range(times):
        began = time.process_time()
        estimate(view, rules, fit, now, seed=seed)
        costs.append(1e3 * (time.process_time() - began))
    return float(np.median(costs))


def measure(shapes: Iterable[Shape], seeds: list[int], days: int, processes: int | None) -> QueueReport:
    """All figures."""
    shapes = list(shapes)
    tasks = [(shape, seed, days) for seed in seeds for shape in shapes]
    engine, bare = engine_speed()
    full_ms = estimate_cost_ms()
    if processes == 1:
        runs = [live(*task) for task in tasks]
    else:
        with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
            runs = list(pool.map(live, *zip(*tasks, strict=True)))
    window = best_window(runs)
    costs = [cost for run in runs for cost in run.costs_ms]
    rows = [figures(shape.name, [run for run in runs if run.shape == shape.name], window) for shape in shapes]
    return QueueReport(
        **msgspec.structs.asdict(figures("all", runs, window)),
        coverage_stated=STATED,
        moving_average_window=WINDOWS[window],
        events_per_s=engine,
        bare_events_per_s=bare,
        share_of_bare=engine / bare,
        estimate_ms_p50=float(np.median(costs)),
        estimate_ms_p99=float(np.quantile(costs, 0.99)),
        estimate_ms_60_8=full_ms,
        seeds=seeds,
        days=days,
        by_shape=rows,
    )


def show(report: QueueReport) -> None:
    """The table, on stdout."""
    table = Table(title=f"queue: {len(report.seeds)} branches a shape, {report.days} days each, stated {STATED:.0%}")
    for heading in ("shape", "judged", "wait, min", "coverage", "± se", "below", "above", "day 1", "MAE, min",
                    "to moving average", "to place formula", "starved"):  # fmt: skip
        table.add_column(heading, justify="left" if heading == "shape" else "right")
    for row in (*report.by_shape, report):
        table.add_row(
            row.shape,
            f"{row.judged:,}",
            f"{row.wait_mean_s / 60:.1f}",
            f"{row.coverage:.3f}",
            f"{row.coverage_se:.3f}",
            f"{row.below:.3f}",
            f"{row.above:.3f}",
            f"{row.coverage_first_day:.3f}",
            f"{row.mae_s / 60:.2f}",
            f"{row.mae_ratio_moving_average:.3f}",
            f"{row.mae_ratio_place:.3f}",
            f"{row.starved}",
        )
    console = Console(width=160)
    console.print(table)
    console.print(
        f"moving average of {report.moving_average_window}; engine {report.events_per_s:,.0f} events/s, "
        f"{report.share_of_bare:.2f} of a bare heap; estimate p50 {report.estimate_ms_p50:.1f} ms, "
        f"p99 {report.estimate_ms_p99:.1f} ms, {report.estimate_ms_60_8:.1f} ms for 60 waiting at 8 counters",
        highlight=False,
    )


@click.command()
@click.option("--branches", type=click.IntRange(min=1), default=4, show_default=True, help="Branches of each shape.")
@click.option("--days", type=click.IntRange(min=1), default=4, show_default=True, help="Days of each branch.")
@click.option("--start", type=click.IntRange(min=0), default=0, show_default=True, help="The first seed.")
@click.option("--tuning", is_flag=True, help="The shapes and seeds that the constants were chosen on.")
@click.option("--processes", type=click.IntRange(min=1), help="How many at once; without it, one a core.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def main(branches: int, days: int, start: int, tuning: bool, processes: int | None, as_json: bool) -> None:
    """Whether the waiting estimate holds what it states, beside what queue systems show; the engine's speed."""
    first = start + (_FIRST_TUNING_SEED if tuning else 0)
    report = measure(TUNING if tuning else SHAPES, list(range(first, first + branches)), days, processes)
    if as_json:
        click.echo(msgspec.json.encode(report).decode())
    else:
        show(report)


if __name__ == "__main__":
    main(prog_name="usher bench queue")
