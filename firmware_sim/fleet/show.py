"""How a morning is told: a timeline for people, or one JSON object a line for programs."""

import sys
from typing import Protocol, TextIO

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from firmware_sim.fleet.tally import Summary


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the timeline. ``at_s``: seconds since the doors opened; ``ms``: since the ticket.

    ``after_ms``: since the last word was spoken.
    """

    event: str
    at_s: float
    who: str
    text: str
    number: str | None = None
    ms: float | None = None
    after_ms: float | None = None


class Show(Protocol):
    """Where the timeline goes."""

    def begin(self, text: str) -> None:
        """The first line: what data this is."""
        ...

    def tell(self, told: Told) -> None:
        """Something happened."""
        ...

    def end(self, summary: Summary) -> None:
        """The morning is over."""
        ...


class Began(msgspec.Struct, frozen=True, kw_only=True, tag="data", tag_field="event"):
    """The first line in JSON."""

    text: str


class JsonShow:
    """One JSON object a line; the last is the summary."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout

    def begin(self, text: str) -> None:
        self._line(Began(text=text))

    def tell(self, told: Told) -> None:
        self._line(told)

    def end(self, summary: Summary) -> None:
        self._line(summary)

    def _line(self, value: msgspec.Struct) -> None:
        self._out.write(msgspec.json.encode(value).decode() + "\n")
        self._out.flush()


_STYLES = {
    "started": "dim",
    "bound": "dim",
    "model": "dim",
    "learned": "bold",
    "late": "dim",
    "ticket": "bold cyan",
    "alert": "bold yellow",
    "claimed": "green",
    "called": "green",
    "lent": "cyan",
    "felt": "green",
    "noticed": "green",
    "returned": "cyan",
    "talk": "magenta",
    "spoken": "magenta",
    "heard": "bold magenta",
    "unheard": "bold red",
    "done": "bold green",
    "refused": "bold red",
}


class TerminalShow:
    """A readable timeline, live, and a table at the end."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, soft_wrap=True)

    def begin(self, text: str) -> None:
        self._console.print(Text(f"Usher · a branch morning · {text}", style="bold"))
        self._console.print()

    def tell(self, told: Told) -> None:
        line = Text()
        line.append(f"{told.at_s:7.2f} s  ", style="dim")
        line.append(f"{told.number or '':<8}", style="bold")
        line.append(f"{told.who:<18}", style=_STYLES.get(told.event, ""))
        line.append(told.text)
        if told.ms is not None:
            line.append(f"  {told.ms:.0f} ms after the ticket", style="yellow")
        if told.after_ms is not None:
            line.append(f"  {told.after_ms:.0f} ms after the last word", style="yellow")
        self._console.print(line)

    def end(self, summary: Summary) -> None:
        table = Table(title="The morning", show_header=False, title_justify="left", box=None, padding=(0, 2, 0, 0))
        table.add_column(style="dim")
        table.add_column(justify="right")
        for name, value in _rows(summary):
            table.add_row(name, value)
        self._console.print()
        self._console.print(table)
        verdict = "all of them, once" if summary.complete else "not as it must be: see the counts above"
        self._console.print(Text(verdict, style="bold green" if summary.complete else "bold red"))


def _rows(summary: Summary) -> list[tuple[str, str]]:
    def ms(value: float | None) -> str:
        return "–" if value is None else f"{value:.1f} ms"

    def share(value: float | None) -> str:
        return "–" if value is None else f"{value:.2f}"

    spoken = [("lines spoken · heard", f"{summary.spoken} · {summary.heard}")] if summary.spoken else []
    booked = [("bookings · checked in", f"{summary.booked} · {summary.checked_in}")] if summary.booked else []
    lent = [("bands lent · calls felt", f"{summary.lent} · {summary.felt}")] if summary.lent else []
    return [
        ("tickets taken", str(summary.tickets)),
        *booked,
        *lent,
        ("tasks on the wrist", str(summary.tasks)),
        ("alerted · claimed · feedback", f"{summary.alerted} · {summary.claimed} · {summary.feedback}"),
        ("lost · repeated", f"{summary.lost} · {summary.duplicated}"),
        ("ticket to wrist, half · 99 %", f"{ms(summary.wrist_p50_ms)} · {ms(summary.wrist_p99_ms)}"),
        ("hidden product in the top three", share(summary.hit_at_3)),
        ("match score, mean", share(summary.match_score_mean)),
        *spoken,
    ]
