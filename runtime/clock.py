"""Time as a port: UTC wall clock and a monotonic clock."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """The wall clock in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class CorrectedClock:
    """A clock set right by what the hub says its time is; the machine's own clock is left alone."""

    def __init__(self, base: Clock) -> None:
        self._base = base
        self.offset = timedelta(0)

    def now(self) -> datetime:
        return self._base.now() + self.offset

    def monotonic(self) -> float:
        return self._base.monotonic()

    def correct(self, true_now: datetime) -> timedelta:
        """Set the offset so that it is ``true_now`` now; returns by how much the clock moved."""
        moved = true_now - self.now()
        self.offset += moved
        return moved
