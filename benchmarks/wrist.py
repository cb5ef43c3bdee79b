"""``usher bench wrist``: the whole way from a ticket to the wrists through the real hub, beside the bare limit.

In one run, on one broker, by one generator, in turns: the hub (durable SQLite, the real analysis of real customers),
and a relay that only republishes: as many bytes, on topics as long, to as many watches. First each one's highest rate
is sought by short steps and held for half of ``--seconds``; then both get half of the hub's highest rate, twice, by
turns (``ratio_p99``), and the relay half of its own highest rate (``ratio_p99_own_half``: each at half of its load).
A rate holds when no alert and no acknowledgement is missing or double, 99 % of the alerts come within a second and
the last one half a second after the last ticket at most. The generator holds one connection for all devices: what
thousands of connections cost a broker is not in the figures. While the relay is loaded the hub goes on answering
heartbeats.

The watches send receipts as real ones do, and the hub's own figures come from them (``receipt_delivered_p95_ms``). The
relay has no such work: ``--no-receipts`` measures the hub without it too.
"""

import logging
import sys
import tempfile
from collections import Counter
from contextlib import AsyncExitStack
from math import inf
from pathlib import Path
from time import monotonic

import click
import msgspec

from benchmarks.fleet import Fleet
from benchmarks.ledger import percentile
from benchmarks.profiles import top_of_hub
from benchmarks.receipts import quantile
from benchmarks.report import Conditions, Cores, Report, conditions, show
from benchmarks.staircase import Staircase, Verdict
from benchmarks.stand import BenchError, Counters, Stand, Usage, standing
from benchmarks.wire import Outcome, Target
from models.datasets.location import project_root
from runtime.supervision import run_until_signal

LATE_MS = 1000.0
BEHIND_S = 0.5
_ROUNDS = 2
_FIRST = {Target.HUB: 300.0, Target.RELAY: 600.0}


def holds(outcome: Outcome) -> bool:
    """Whether the rate of this load can be sustained."""
    return (
        outcome.lost == outcome.duplicated == outcome.unacked == outcome.gaps == 0
        and percentile(outcome.latencies_us, 0.99) < LATE_MS * 1e3
        and outcome.behind_s < BEHIND_S
    )


class Measured(msgspec.Struct, frozen=True):
    """A load, what it cost, and how long it took in seconds."""

    outcome: Outcome
    before: Usage
    after: Usage
    counted: Counters
    counts: Counters
    seconds: float


class Bench:
    """The measuring itself; keeps all outcomes."""

    def __init__(self, stand: Stand, *, seconds: float, quiet: bool) -> None:
        self._stand = stand
        self._seconds = seconds
        self._quiet = quiet
        self.outcomes: list[Outcome] = []
        self.not_held: dict[Target, int] = dict.fromkeys(Target, 0)

    async def measure(self, target: Target, rate: float, seconds: float) -> Measured:
        """One load with its costs."""
        counted, before, began = await self._stand.counters(), self._stand.usage(), monotonic()
        outcome = await self._stand.load(target, rate, seconds)
        took, after, counts = monotonic() - began, self._stand.usage(), await self._stand.counters()
        self.outcomes.append(outcome)
        if not self._quiet:
            late = percentile(outcome.latencies_us, 0.99) / 1e3
            verdict = "holds" if holds(outcome) else "does not hold"
            name = "hub  " if target is Target.HUB else "relay"
            click.echo(
                f"{name} {rate:7.0f}/s for {seconds:4.1f} s: p99 {late:7.1f} ms, {outcome.completed_rate:6.0f}/s done, "
                f"{outcome.behind_s:5.2f} s behind, lost {outcome.lost}, double {outcome.duplicated}: {verdict}",
                err=True,
            )
        return Measured(outcome, before, after, counted, counts, took)

    async def find_highest(self) -> dict[Target, float]:
        """The highest rate of each that holds in short steps, in turns."""
        stairs = {target: Staircase(first=first) for target, first in _FIRST.items()}
        step_s = max(2.0, self._seconds / 5)
        while any(stair.rate is not None for stair in stairs.values()):
            for target, stair in stairs.items():
                if stair.rate is not None:
                    outcome = (await self.measure(target, stair.rate, step_s)).outcome
                    stair.take(Verdict(rate=stair.rate, held=holds(outcome), capacity=outcome.completed_rate))
        return {target: stair.held for target, stair in stairs.items()}

    async def confirm(self, target: Target, rate: float) -> Measured:
        """The load at the highest rate not above ``rate`` that also holds for long, at the first or second try."""
        while rate >= 1:
            for _ in range(2):
                measured = await self.measure(target, rate, self._seconds / 2)
                if holds(measured.outcome):
                    return measured
                self.not_held[target] += 1
            rate *= 0.92
        raise BenchError(f"{target.name.lower()} holds no rate at all; see the log of the hub")

    async def compare(self, rate: float) -> dict[Target, list[Measured]]:
        """Both at the same rate, by turns."""
        found: dict[Target, list[Measured]] = {target: [] for target in Target}
        for _ in range(_ROUNDS):
            for target in Target:
                found[target].append(await self.measure(target, rate, self._seconds / _ROUNDS))
        return found


async def run(
    folder: Path,
    fleet: Fleet,
    broker: str,
    *,
    seconds: float,
    rate: float | None,
    heartbeat_s: float,
    receipts: bool,
    profile: bool,
) -> Report:
    """Everything, on a folder of its own; raises ``BenchError``."""
    async with AsyncExitStack() as stack:
        stand, setup = await standing(stack, folder, fleet, broker, heartbeat_s=heartbeat_s, receipts=receipts)
        bound = await stand.bind()
        click.echo(f"{fleet.devices} watches bound in {bound.seconds:.1f} s; data: {setup.clientele.data}", err=True)
        bench = Bench(stand, seconds=seconds, quiet=False)
        await stand.load(Target.HUB, 100.0, 2.0)
        samples = await stand.start_relay(stack)
        await stand.load(Target.RELAY, 100.0, 1.0)
        best: dict[Target, Measured] = {}
        if rate is None:
            highest = await bench.find_highest()
            best = {target: await bench.confirm(target, highest[target]) for target in Target}
            rate = best[Target.HUB].outcome.rate / 2
        compared = await bench.compare(rate)
        own_half: Measured | None = None
        if best:
            own_half = await bench.measure(Target.RELAY, best[Target.RELAY].outcome.rate / 2, seconds / 2)
        if profile:
            await top_of_hub(stand, folder, rate, seconds / 2)
        made = conditions(setup, samples, broker, stand.model, folder)
    return _report(bench, best, compared, own_half, rate, stand.rss_most, heartbeat_s, fleet, made)


def _report(
    bench: Bench,
    best: dict[Target, Measured],
    compared: dict[Target, list[Measured]],
    own_half: Measured | None,
    rate: float,
    rss: int,
    heartbeat_s: float,
    fleet: Fleet,
    made: Conditions,
) -> Report:
    hub, bare = (
        [latency for one in compared[target] for latency in one.outcome.latencies_us]
        for target in (Target.HUB, Target.RELAY)
    )
    rates = {target: one.outcome.rate for target, one in best.items()}
    top = rates.get(Target.HUB)
    of_hub = [one for one in bench.outcomes if one.target is Target.HUB]
    sound = [one for one in of_hub if top is None or one.rate <= top]
    above = [one for one in of_hub if top is not None and one.rate > top]
    counted = compared[Target.HUB]
    commits = sum(one.counts.commits - one.counted.commits for one in counted)
    p99, bare_p99 = percentile(hub, 0.99) / 1e3, percentile(bare, 0.99) / 1e3
    within = [one.outcome.within_us for one in counted if one.outcome.within_us >= 0]
    own_p99 = percentile(own_half.outcome.latencies_us, 0.99) / 1e3 if own_half else None
    return Report(
        rate_max=_rounded(top),
        bare_rate_max=_rounded(rates.get(Target.RELAY)),
        share_of_bare=round(rates[Target.HUB] / rates[Target.RELAY], 3) if best else None,
        long_loads_not_held=bench.not_held[Target.HUB],
        bare_long_loads_not_held=bench.not_held[Target.RELAY],
        rate=round(rate, 1),
        p50_ms=round(percentile(hub, 0.5) / 1e3, 2),
        p99_ms=round(p99, 2),
        bare_p50_ms=round(percentile(bare, 0.5) / 1e3, 2),
        bare_p99_ms=round(bare_p99, 2),
        ratio_p99=round(p99 / bare_p99, 2) if bare_p99 else None,
        bare_own_half_p99_ms=round(own_p99, 2) if own_p99 else None,
        ratio_p99_own_half=round(p99 / own_p99, 2) if own_p99 else None,
        lost=sum(one.lost for one in sound),
        duplicated=sum(one.duplicated for one in sound + above),
        unacked=sum(one.unacked for one in sound),
        refused=sum(one.refused for one in sound + above),
        stream_gaps=sum(one.gaps for one in sound),
        lost_above_rate_max=sum(one.lost for one in above),
        resyncs=sum(one.resyncs for one in sound),
        tickets=sum(one.tickets for one in sound + above),
        anonymous=sum(one.anonymous for one in sound + above),
        rss_mb=round(rss / 1e6, 1),
        devices=fleet.devices,
        branches=fleet.branches,
        heartbeat_s=heartbeat_s,
        commits_a_second=round(commits / sum(one.seconds for one in counted), 1),
        commit_ms=round(
            1e3 * sum(one.counts.commit_s - one.counted.commit_s for one in counted) / max(commits, 1.0), 2
        ),
        generator_lag_p99_ms=round(max(one.outcome.lag_ms for one in counted), 2),
        receipts=round(sum(_delivered(one)[1].get(inf, 0.0) - _delivered(one)[0].get(inf, 0.0) for one in counted)),
        receipt_delivered_p50_ms=_by_receipts(counted, 0.5),
        receipt_delivered_p95_ms=_by_receipts(counted, 0.95),
        receipt_within_ms=round(max(within) / 1e3, 3) if within else None,
        cpu=_cores(counted),
        bare_cpu=_cores(compared[Target.RELAY]),
        cpu_at_max=_cores([best[Target.HUB]]) if best else None,
        run=made,
    )


def _delivered(measured: Measured) -> tuple[dict[float, float], dict[float, float]]:
    return measured.counted.delivered, measured.counts.delivered


def _by_receipts(measured: list[Measured], share: float) -> float | None:
    """Milliseconds from the hub's telling a watch to the watch's having it, over these loads."""
    before: Counter[float] = Counter()
    after: Counter[float] = Counter()
    for one in measured:
        before.update(one.counted.delivered)
        after.update(one.counts.delivered)
    found = quantile(before, after, share)
    return None if found is None else round(found * 1e3, 2)


def _rounded(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 1)


def _cores(measured: list[Measured]) -> Cores:
    seconds = sum(one.seconds for one in measured)
    tickets = sum(one.outcome.tickets for one in measured)

    def used(name: str) -> float:
        return sum(float(getattr(one.after, name)) - float(getattr(one.before, name)) for one in measured)

    ours = used("hub") + used("broker") + used("generator") + used("relay")
    return Cores(
        hub=round(used("hub") / seconds, 3),
        broker=round(used("broker") / seconds, 3),
        generator=round(used("generator") / seconds, 3),
        relay=round(used("relay") / seconds, 3),
        others=round(max(0.0, used("machine") - ours) / seconds, 3),
        hub_ms_a_ticket=round(1e3 * used("hub") / tickets, 3),
        relay_ms_a_ticket=round(1e3 * used("relay") / tickets, 3),
    )


@click.command()
@click.option(
    "--seconds", type=click.FloatRange(min=1), default=20.0, show_default=True, help="Measured time for each."
)
@click.option("--broker", type=click.Choice(["embedded", "mosquitto"]), default="embedded", show_default=True)
@click.option("--devices", type=click.IntRange(min=1), default=400, show_default=True, help="Watches, all bound.")
@click.option("--branches", type=click.IntRange(min=1), default=80, show_default=True, help="With a kiosk each.")
@click.option("--rate", type=click.FloatRange(min=1), help="Only compare at this rate, without seeking the highest.")
@click.option("--heartbeat-s", type=click.FloatRange(min=1), default=30.0, show_default=True)
@click.option("--receipts/--no-receipts", default=True, show_default=True, help="Watches say when they were alerted.")
@click.option("--profile", is_flag=True, help="Also show where the hub's time goes (py-spy, where it is installed).")
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Keep logs and database in this folder.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def main(
    seconds: float,
    broker: str,
    devices: int,
    branches: int,
    rate: float | None,
    heartbeat_s: float,
    receipts: bool,
    profile: bool,
    keep: Path | None,
    as_json: bool,
) -> None:
    """Tickets a second through one hub, and how late the wrists are alerted, beside a relay that only republishes."""
    logging.basicConfig(level="WARNING")
    if devices < branches:
        raise click.BadParameter(f"{devices} devices in {branches} branches: some branch would have nobody to alert")
    parent = project_root() / "var" / "bench"
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent) as temporary:
        folder = keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        reports: list[Report] = []

        async def measure() -> int:
            fleet = Fleet(devices=devices, branches=branches)
            reports.append(
                await run(
                    folder.absolute(),
                    fleet,
                    broker,
                    seconds=seconds,
                    rate=rate,
                    heartbeat_s=heartbeat_s,
                    receipts=receipts,
                    profile=profile,
                )
            )
            return 0

        try:
            run_until_signal(measure)
        except BenchError as error:
            click.echo(f"bench wrist: {error}", err=True)
            sys.exit(1)
    if not reports:
        click.echo("bench wrist: stopped by a signal before the end", err=True)
        sys.exit(1)
    report = reports[0]
    show(report, aside=as_json)
    if as_json:
        click.echo(msgspec.json.encode(report).decode())
