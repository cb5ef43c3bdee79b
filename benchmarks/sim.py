"""``usher bench sim``: how many seeds of the simulation hold all invariants, and what happened in them.

The simulation belongs to the tests (``tests/sim``) and isn't installed with Usher: run it in a source checkout.
"""

import importlib
import logging
import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from time import monotonic

import click
import msgspec

from models.datasets.location import project_root

_SEEDS_A_TASK = 10
_SUMMED = ("messages", "commits", "deaths", "partition", "tickets", "tasks", "alerts", "claims", "feedback", "refusals")


class SimError(Exception):
    """The simulation isn't here."""


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one seed."""

    seed: int
    violations: tuple[str, ...]
    story: str
    steps: int
    virtual_s: float
    counts: dict[str, int]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """All seeds together; ``failing`` are the seeds with a violation, times are in seconds or virtual hours."""

    seeds: int
    violations: int
    failing: tuple[int, ...]
    steps: int
    messages: int
    commits: int
    deaths: int
    partitions: int
    tickets: int
    tasks: int
    alerts: int
    claims: int
    feedback: int
    refusals: int
    virtual_hours: float
    seconds: float
    processes: int


def run(*, seeds: int, start: int = 0, processes: int | None = None) -> Summary:
    """Run ``seeds`` seeds from ``start`` on, in as many processes as there are cores; a failing seed's trace goes to
    stderr. Raises ``SimError`` where the tests are not."""
    root = project_root()
    if not (root / "tests" / "sim" / "run.py").is_file():
        raise SimError(f"no tests/sim in {root}: the simulation runs in a source checkout of Usher")
    began = monotonic()
    workers = min(processes or os.cpu_count() or 1, max(1, seeds // _SEEDS_A_TASK))
    violations: list[int] = []
    failing: list[int] = []
    totals: Counter[str] = Counter()
    virtual_s = 0.0
    for ran in _all(str(root), range(start, start + seeds), workers):
        totals.update(ran.counts)
        totals["steps"] += ran.steps
        virtual_s += ran.virtual_s
        if ran.violations:
            failing.append(ran.seed)
            violations.append(len(ran.violations))
            sys.stderr.write(f"{ran.story}\n")
    figures = {name: totals[name] for name in _SUMMED if name != "partition"}
    return Summary(
        seeds=seeds,
        violations=sum(violations),
        failing=tuple(sorted(failing)),
        steps=totals["steps"],
        partitions=totals["partition"],
        virtual_hours=round(virtual_s / 3600, 2),
        seconds=round(monotonic() - began, 1),
        processes=workers,
        **figures,
    )


def _all(root: str, seeds: range, workers: int) -> Iterator[Ran]:
    parts = [seeds[first : first + _SEEDS_A_TASK] for first in range(0, len(seeds), _SEEDS_A_TASK)]
    if workers == 1:
        for part in parts:
            yield from _run_part(root, part)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        for future in [pool.submit(_run_part, root, part) for part in parts]:
            yield from future.result()


def _run_part(root: str, seeds: Sequence[int]) -> list[Ran]:
    if root not in sys.path:
        sys.path.insert(0, root)
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        simulation = importlib.import_module("tests.sim.run")
        outcomes = [simulation.run_seed(seed) for seed in seeds]
    finally:
        logging.disable(before)
    return [
        Ran(
            seed=outcome.seed,
            violations=outcome.violations,
            story=str(outcome) if outcome.violations else "",
            steps=outcome.steps,
            virtual_s=outcome.virtual_s,
            counts=outcome.counts,
        )
        for outcome in outcomes
    ]


@click.command()
@click.option("--seeds", type=click.IntRange(min=1), default=100, show_default=True, help="How many runs.")
@click.option("--start", type=click.IntRange(min=0), default=0, show_default=True, help="The first seed.")
@click.option("--processes", type=click.IntRange(min=1), help="How many at once; without it, one a core.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def main(seeds: int, start: int, processes: int | None, as_json: bool) -> None:
    """Simulated branches in virtual time with faults; counts violated invariants."""
    try:
        summary = run(seeds=seeds, start=start, processes=processes)
    except SimError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(msgspec.json.encode(summary).decode())
    else:
        for key, value in msgspec.structs.asdict(summary).items():
            click.echo(f"{key:>15}  {value}")
    sys.exit(1 if summary.violations else 0)


if __name__ == "__main__":
    main(prog_name="usher bench sim")
