"""What the wrist benchmark reports, and the table for people."""

import platform
import sqlite3
from pathlib import Path

import msgspec
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.wire import Samples, Setup


class Cores(msgspec.Struct, frozen=True, kw_only=True):
    """CPU in cores while loading, what other programs took of the machine, and CPU milliseconds for one ticket."""

    hub: float
    broker: float
    generator: float
    relay: float
    others: float
    hub_ms_a_ticket: float
    relay_ms_a_ticket: float


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """What was run."""

    broker: str
    qos: int
    ticket_bytes: int
    offer_bytes: int
    ack_bytes: int
    fan_out: float
    customers: int
    data: str
    model: str
    storage: str
    filesystem: str
    generator: str
    cpus: int
    python: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one run; ``bare_``: of the relay.

    Latencies run from a ticket's scheduled sending to each alert, at ``rate``. ``lost``, ``unacked``, ``stream_gaps``
    count every load of the hub up to ``rate_max``; ``duplicated`` and ``refused`` all its loads. The highest rate is
    null where it was not sought. ``long_loads_not_held``: how many long loads failed until one held at the highest
    rate; more than a few say that the machine was busy, or that the rate is on the edge.

    ``receipt_``: what the hub itself saw at ``rate`` by the watches' receipts: alerts counted, and milliseconds from
    telling a watch of a task to its having it, read off a histogram; ``receipt_within_ms``: how well the watches know
    the hub's clock.
    """

    rate_max: float | None
    bare_rate_max: float | None
    share_of_bare: float | None
    long_loads_not_held: int
    bare_long_loads_not_held: int
    rate: float
    p50_ms: float
    p99_ms: float
    bare_p50_ms: float
    bare_p99_ms: float
    ratio_p99: float | None
    bare_own_half_p99_ms: float | None
    ratio_p99_own_half: float | None
    lost: int
    duplicated: int
    unacked: int
    refused: int
    stream_gaps: int
    lost_above_rate_max: int
    resyncs: int
    tickets: int
    anonymous: int
    rss_mb: float
    devices: int
    branches: int
    heartbeat_s: float
    commits_a_second: float
    commit_ms: float
    generator_lag_p99_ms: float
    receipts: int
    receipt_delivered_p50_ms: float | None
    receipt_delivered_p95_ms: float | None
    receipt_within_ms: float | None
    cpu: Cores
    bare_cpu: Cores
    cpu_at_max: Cores | None
    run: Conditions


def conditions(setup: Setup, samples: Samples, broker: str, model: str, folder: Path) -> Conditions:
    """What was run, from what was set up and seen."""
    return Conditions(
        broker=broker,
        qos=0,
        ticket_bytes=len(samples.ticket.encode()),
        offer_bytes=len(samples.offer.encode()),
        ack_bytes=len(samples.ack.encode()),
        fan_out=round(setup.fleet.fan_out, 2),
        customers=len(setup.clientele.customers),
        data=setup.clientele.data,
        model=model,
        storage=f"sqlite {sqlite3.sqlite_version}, write-ahead log, synchronous=full: committed before told",
        filesystem=_filesystem(folder),
        generator="open loop, one connection for all devices, latency from the scheduled sending",
        cpus=psutil.cpu_count() or 0,
        python=platform.python_version(),
    )


def show(report: Report, *, aside: bool = False) -> None:
    """The table, on stdout, or ``aside`` on stderr."""
    table = Table(title=f"wrist: {report.devices} watches, {report.branches} branches, {report.run.broker} broker")
    for heading in ("", "hub", "bare relay", "hub to bare"):
        table.add_column(heading, justify="left" if not heading else "right")
    table.add_row(
        "highest rate, tickets/s", _text(report.rate_max), _text(report.bare_rate_max), _text(report.share_of_bare)
    )
    table.add_row(f"p50 at {report.rate:.0f}/s, ms", _text(report.p50_ms), _text(report.bare_p50_ms), "")
    table.add_row(
        f"p99 at {report.rate:.0f}/s, ms", _text(report.p99_ms), _text(report.bare_p99_ms), _text(report.ratio_p99)
    )
    table.add_row(
        f"by receipts: p50, p95 at {report.rate:.0f}/s, ms",
        f"{_text(report.receipt_delivered_p50_ms)}, {_text(report.receipt_delivered_p95_ms)}",
        "",
        "",
    )
    own = (_text(report.p99_ms), _text(report.bare_own_half_p99_ms), _text(report.ratio_p99_own_half))
    table.add_row("p99, each at half of its own highest, ms", *own)
    table.add_row("CPU, cores", _text(report.cpu.hub), _text(report.bare_cpu.relay), "")
    table.add_row("CPU a ticket, ms", _text(report.cpu.hub_ms_a_ticket), _text(report.bare_cpu.relay_ms_a_ticket), "")
    table.add_row("broker, cores", _text(report.cpu.broker), _text(report.bare_cpu.broker), "")
    table.add_row("generator, cores", _text(report.cpu.generator), _text(report.bare_cpu.generator), "")
    table.add_row("other programs, cores", _text(report.cpu.others), _text(report.bare_cpu.others), "")
    console = Console(stderr=aside)
    console.print(table)
    console.print(
        f"long loads that failed before: hub {report.long_loads_not_held}, relay {report.bare_long_loads_not_held}\n"
        f"lost {report.lost}, duplicated {report.duplicated}, unacked {report.unacked}, refused {report.refused}, "
        f"stream gaps {report.stream_gaps}, resyncs {report.resyncs} of {report.tickets} tickets "
        f"({report.anonymous} anonymous); hub {report.rss_mb} MB; {report.commits_a_second} commits/s of "
        f"{report.commit_ms} ms",
        highlight=False,
    )


def _text(value: float | None) -> str:
    return "–" if value is None else f"{value:,g}"


def _filesystem(folder: Path) -> str:
    inside = [disk for disk in psutil.disk_partitions(all=True) if folder.is_relative_to(disk.mountpoint)]
    return str(max(inside, key=lambda disk: len(disk.mountpoint)).fstype) if inside else "unknown"
