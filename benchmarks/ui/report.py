"""What the window's benchmark reports, and the table for people."""

import msgspec
from rich.console import Console
from rich.table import Table

GOALS: dict[str, float] = {
    "draw_p95_ms": 20.0,
    "vibrate_p95_ms": 5.0,
    "ratio_bare": 1.5,
    "idle_cpu_percent": 1.5,
    "rss_ratio": 1.25,
    "growth_mb": 5.0,
    "scroll_fps": 30.0,
}
"""The most of each; of ``scroll_fps`` the least."""


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds: the median and the 95th of a hundred."""

    p50_ms: float
    p95_ms: float


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """Where an alert's time goes: through the broker, to the motor (the effect is on disk by then), until all in the
    process have been told, to the screen."""

    sent_to_received: Spread
    received_to_buzzed: Spread
    buzzed_to_told: Spread
    told_to_drawn: Spread
    received_to_drawn: Spread
    bare_sent_to_received: Spread
    bare_received_to_drawn: Spread


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Megabytes after the first minute of use: resident, proportional, and the process's own."""

    rss_mb: float
    pss_mb: float | None
    uss_mb: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one run; null is what was not asked for.

    ``draw_p95_ms`` and ``vibrate_p95_ms`` run from the message's arrival in the process. ``ratio_bare``: draw p95 by
    that of a bare label whose clock is set as the watch's; ``ratio_plain``: by that of the same label with Kivy's clock
    as it comes. CPU in percent of one core. ``growth_mb``: resident memory at the end of the compressed day
    less that after its first hour. ``missed``: which goals were not met.
    """

    draw_p95_ms: float | None = None
    vibrate_p95_ms: float | None = None
    bare_draw_p95_ms: float | None = None
    ratio_bare: float | None = None
    plain_draw_p95_ms: float | None = None
    ratio_plain: float | None = None
    idle_cpu_percent: float | None = None
    bare_idle_cpu_percent: float | None = None
    rss_ratio: float | None = None
    growth_mb: float | None = None
    scroll_fps: float | None = None
    scroll_longest_ms: float | None = None
    start_s: float | None = None
    bare_start_s: float | None = None
    alerts: int = 0
    day_visits: int = 0
    day_frames: int = 0
    scroll_tasks: int = 0
    way: Way | None = None
    memory: Memory | None = None
    bare_memory: Memory | None = None
    day_rss_mb: tuple[float, ...] = ()
    shape: str = ""
    machine_busy: float = 0.0
    cpus: int = 0
    missed: tuple[str, ...] = ()


def with_verdict(report: Report) -> Report:
    """The report with the goals that it misses."""
    missed = []
    for name, goal in GOALS.items():
        value: float | None = getattr(report, name)
        if value is not None and (value < goal if name == "scroll_fps" else value > goal):
            missed.append(name)
    return msgspec.structs.replace(report, missed=tuple(missed))


def spread(values: list[float]) -> Spread:
    """Of these milliseconds; at least one."""
    ordered = sorted(values)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2)

    return Spread(p50_ms=at(0.5), p95_ms=at(0.95))


def show(report: Report, *, aside: bool = False) -> None:
    """The tables, on stdout, or ``aside`` on stderr."""
    console = Console(stderr=aside)
    table = Table(title=f"the window of a {report.shape} watch beside a bare label")
    for heading in ("", "watch", "bare", "goal"):
        table.add_column(heading, justify="left" if not heading else "right")
    rows: list[tuple[str, float | None, float | None, str]] = [
        ("received to drawn p95, ms", report.draw_p95_ms, report.bare_draw_p95_ms, "≤ 20"),
        ("received to vibration p95, ms", report.vibrate_p95_ms, None, "≤ 5"),
        ("drawn p95, watch to bare", report.ratio_bare, None, "≤ 1.5"),
        ("drawn p95, watch to bare with Kivy's own clock", report.ratio_plain, None, ""),
        ("idle CPU, % of a core", report.idle_cpu_percent, report.bare_idle_cpu_percent, "≤ 1.5"),
        ("memory, watch to bare", report.rss_ratio, None, "≤ 1.25"),
        ("growth over the day, MB", report.growth_mb, None, "≤ 5"),
        (f"scrolling {report.scroll_tasks} tasks, frames/s", report.scroll_fps, None, "≥ 30"),
        ("from start to the first frame, s", report.start_s, report.bare_start_s, ""),
    ]
    for name, value, bare, goal in rows:
        table.add_row(name, _text(value), _text(bare), goal)
    console.print(table)
    if report.way is not None:
        way = Table(title=f"where the time of an alert goes, {report.alerts} alerts")
        for heading in ("", "p50 ms", "p95 ms"):
            way.add_column(heading, justify="left" if not heading else "right")
        for name in report.way.__struct_fields__:
            one: Spread = getattr(report.way, name)
            way.add_row(name.replace("_", " "), _text(one.p50_ms), _text(one.p95_ms))
        console.print(way)
    if report.memory is not None and report.bare_memory is not None:
        mine, bare_memory = report.memory, report.bare_memory
        console.print(
            f"memory MB: resident {mine.rss_mb} (bare {bare_memory.rss_mb}), proportional {_text(mine.pss_mb)} "
            f"(bare {_text(bare_memory.pss_mb)}), own {mine.uss_mb} (bare {bare_memory.uss_mb})",
            highlight=False,
        )
    console.print(f"goals missed: {', '.join(report.missed) or 'none'}", highlight=False)


def _text(value: float | None) -> str:
    return "–" if value is None else f"{value:,g}"
