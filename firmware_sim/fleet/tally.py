"""Counting a morning: what was lost or repeated, how fast the wrist knew, how well the plan met the truth. Pure."""

from collections.abc import Sequence

import msgspec
import numpy as np


class Summary(msgspec.Struct, frozen=True, kw_only=True, tag="summary", tag_field="event"):
    """The morning in figures. Times in milliseconds from the kiosk's ticket to the wrist's alert; shares 0 to 1.

    ``spoken``: lines played into a microphone; ``heard``: how many of them a wearable heard; ``called``: to a desk.
    ``booked``: customers with a booking; ``checked_in``: how many of them the hub has seen come.
    ``lent``: bands lent to customers who don't hear; ``felt``: calls that were felt on them.
    """

    data: str
    seed: int
    tickets: int
    tasks: int
    alerted: int
    claimed: int
    feedback: int
    lost: int
    duplicated: int
    hit_at_3: float | None
    match_score_mean: float | None
    wrist_p50_ms: float | None
    wrist_p99_ms: float | None
    seconds: float
    complete: bool
    spoken: int = 0
    heard: int = 0
    called: int = 0
    booked: int = 0
    checked_in: int = 0
    lent: int = 0
    felt: int = 0


class _Visit(msgspec.Struct):
    """What was seen of one ticket."""

    hidden: str | None
    issued_ns: int
    tasks: set[str] = msgspec.field(default_factory=set)
    products: tuple[str, ...] = ()
    claimed: bool = False
    score: float | None = None
    done: int = 0


class Tally:
    """Keeps count by ticket number."""

    def __init__(self) -> None:
        self._visits: dict[str, _Visit] = {}
        self._alerts: dict[tuple[str, str], int] = {}
        self._alerted: set[str] = set()
        self._latencies_ms: list[float] = []
        self._repeated_numbers = 0
        self._strays = 0
        self._spoken = 0
        self._heard = 0

    def ticket(self, number: str, hidden: str | None, at_ns: int) -> None:
        """The kiosk issued a number."""
        if number in self._visits:
            self._repeated_numbers += 1
        else:
            self._visits[number] = _Visit(hidden=hidden, issued_ns=at_ns)

    def offered(self, number: str, task: str, products: Sequence[str]) -> None:
        """A wearable was offered a task."""
        visit = self._visit(number)
        if visit is not None:
            visit.tasks.add(task)
            visit.products = tuple(products)

    def alert(self, number: str, device: str, task: str, at_ns: int, *, waited: bool) -> float | None:
        """A wrist buzzed; returns the milliseconds since the ticket, if it didn't have to be quiet at first."""
        visit = self._visit(number)
        if visit is None:
            return None
        self._alerts[(device, task)] = self._alerts.get((device, task), 0) + 1
        self._alerted.add(number)
        took_ms = (at_ns - visit.issued_ns) / 1e6
        if not waited:
            self._latencies_ms.append(took_ms)
        return None if waited else took_ms

    def claimed(self, number: str) -> None:
        """An advisor holds the task."""
        visit = self._visit(number)
        if visit is not None:
            visit.claimed = True

    def done(self, number: str, score: float | None) -> None:
        """The hub took the feedback and scored it."""
        visit = self._visit(number)
        if visit is not None:
            visit.done += 1
            visit.score = score

    def spoken(self) -> None:
        """A customer said a line."""
        self._spoken += 1

    def heard(self) -> None:
        """The wearable heard it."""
        self._heard += 1

    @property
    def finished(self) -> int:
        """Tickets whose visit has feedback."""
        return sum(visit.done > 0 for visit in self._visits.values())

    def summary(
        self,
        *,
        data: str,
        seed: int,
        wanted: int,
        seconds: float,
        called: int = 0,
        booked: int = 0,
        checked_in: int = 0,
        lent: int = 0,
        felt: int = 0,
    ) -> Summary:
        """All figures; complete when every wanted ticket went all the way, once, and all with a booking checked in."""
        visits = list(self._visits.values())
        ranked = [visit for visit in visits if visit.hidden is not None and visit.products]
        scores = [visit.score for visit in visits if visit.score is not None]
        lost = sum(not visit.tasks for visit in visits) + wanted - len(visits)
        duplicated = (
            self._repeated_numbers
            + self._strays
            + sum(max(len(visit.tasks) - 1, 0) + max(visit.done - 1, 0) for visit in visits)
            + sum(count - 1 for count in self._alerts.values())
        )
        claimed, feedback = sum(visit.claimed for visit in visits), self.finished
        alerted = len(self._alerted)
        return Summary(
            data=data,
            seed=seed,
            tickets=len(visits),
            tasks=len({task for visit in visits for task in visit.tasks}),
            alerted=alerted,
            claimed=claimed,
            feedback=feedback,
            lost=lost,
            duplicated=duplicated,
            hit_at_3=_mean([float(visit.hidden in visit.products[:3]) for visit in ranked]),
            match_score_mean=_mean(scores),
            wrist_p50_ms=percentile(self._latencies_ms, 0.50),
            wrist_p99_ms=percentile(self._latencies_ms, 0.99),
            seconds=round(seconds, 2),
            complete=lost == duplicated == 0 and min(alerted, claimed, feedback) == wanted and checked_in == booked,
            spoken=self._spoken,
            heard=self._heard,
            called=called,
            booked=booked,
            checked_in=checked_in,
            lent=lent,
            felt=felt,
        )

    def _visit(self, number: str) -> _Visit | None:
        visit = self._visits.get(number)
        self._strays += visit is None
        return visit


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that at least ``share`` of the values don't exceed (nearest rank); null without values."""
    return round(float(np.quantile(values, share, method="inverted_cdf")), 2) if values else None


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None
