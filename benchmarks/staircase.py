"""Finding the highest rate that holds: up by doubling, then between what held and what didn't. Pure."""

import math

import msgspec


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a step at a rate showed: whether it held, and how much was really done a second."""

    rate: float
    held: bool
    capacity: float


class Staircase:
    """Asks for rates until the highest that held and the lowest that didn't are within ``close`` of each other.

    A rate that fails is tried a second time before it counts, as other programs on the machine cost a step its figures.
    """

    def __init__(self, *, first: float, close: float = 0.06, most_steps: int = 14) -> None:
        self._next = first
        self._close = close
        self._left = most_steps
        self._doubt: float | None = None
        self.held = 0.0
        self.failed: float | None = None

    @property
    def rate(self) -> float | None:
        """The rate to try next; null when found, or after the most steps."""
        if self._left <= 0 or (self.failed is not None and self.failed <= self.held * (1 + self._close)):
            return None
        return self._next

    def take(self, verdict: Verdict) -> None:
        """What the step at :attr:`rate` showed."""
        self._left -= 1
        if verdict.held:
            self._doubt = None
            self.held = max(self.held, verdict.rate)
        elif self._doubt != verdict.rate and verdict.capacity > 0.8 * verdict.rate:
            self._doubt = verdict.rate
            self._next = verdict.rate
            return
        else:
            self._doubt = None
            self.failed = min(self.failed or verdict.rate, verdict.rate)
        self._next = self._between(verdict)

    def _between(self, verdict: Verdict) -> float:
        if self.failed is None:
            return verdict.rate * 1.6
        if not verdict.held and self.held * 1.02 < verdict.capacity * 0.97 < self.failed * 0.98:
            return verdict.capacity * 0.97
        if self.held == 0:
            return self.failed / 2
        return math.sqrt(self.held * self.failed)
