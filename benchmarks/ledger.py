"""The books of one load: which tickets were sent, which alerts came, how late, what is missing or came twice."""

from collections.abc import Sequence

import msgspec
import numpy as np

from benchmarks.wire import Outcome, Target


class Ledger:
    """Of one load: ticket number i was due ``i / rate`` seconds after ``started``; times in monotonic seconds."""

    def __init__(self, target: Target, rate: float, started: float) -> None:
        self.target = target
        self.rate = rate
        self.started = started
        self.latest = started
        self.anonymous = 0
        self.duplicated = 0
        self.refused = 0
        self.gaps = 0
        self.resyncs = 0
        self.lags: list[float] = []
        self._expected: list[int] = []
        self._seen: list[int] = []
        self._acked: list[bool] = []
        self._latencies: list[int] = []
        self._open = 0

    def expect(self, watches: int) -> int:
        """A ticket that shall alert so many watches and be acknowledged; returns its number."""
        self._expected.append(watches)
        self._seen.append(0)
        self._acked.append(False)
        self._open += watches + 1
        return len(self._expected) - 1

    def due(self, ticket: int) -> float:
        """When the schedule says that this ticket is taken."""
        return self.started + ticket / self.rate

    def alerted(self, ticket: int, slot: int, at: float) -> None:
        """A watch (its place in its branch) was alerted."""
        if self._seen[ticket] >> slot & 1:
            self.duplicated += 1
            return
        self._seen[ticket] |= 1 << slot
        self._latencies.append(round((at - self.due(ticket)) * 1e6))
        self.latest = max(self.latest, at)
        self._open -= 1

    def acked(self, ticket: int) -> None:
        """The ticket was acknowledged to its kiosk."""
        if not self._acked[ticket]:
            self._acked[ticket] = True
            self._open -= 1

    @property
    def complete(self) -> bool:
        """Whether every alert and every acknowledgement came."""
        return self._open == 0

    def outcome(self) -> Outcome:
        """The sums."""
        tickets = len(self._expected)
        alerts = sum(self._expected)
        took_s = max(self.latest - self.started, tickets / self.rate, 1e-9)
        whole = sum(seen.bit_count() >= expected for seen, expected in zip(self._seen, self._expected, strict=True))
        return Outcome(
            target=self.target,
            rate=self.rate,
            tickets=tickets,
            anonymous=self.anonymous,
            lost=alerts - len(self._latencies),
            duplicated=self.duplicated,
            unacked=self._acked.count(False),
            refused=self.refused,
            gaps=self.gaps,
            resyncs=self.resyncs,
            behind_s=max(0.0, self.latest - self.due(max(tickets - 1, 0))),
            completed_rate=whole / took_s,
            lag_ms=percentile(self.lags, 0.99) * 1e3,
            latencies_us=self._latencies,
        )


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share (0 to 1) of the values don't exceed; 0 where there are none."""
    return float(np.quantile(values, share, method="inverted_cdf")) if values else 0.0


class Place(msgspec.Struct, frozen=True):
    """Where an alert belongs: the load, and the ticket's number in it."""

    ledger: Ledger
    ticket: int
