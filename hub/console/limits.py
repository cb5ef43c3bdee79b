"""How often somebody may ask: token buckets by name, bounded in number.

The libraries for this (limits, aiolimiter, pyrate-limiter) read a clock of their own; here time comes in as a port.
"""

from collections import OrderedDict

from runtime.clock import Clock

BUCKETS_MOST = 20_000


class Limit:
    """``burst`` at once, then ``per_minute`` of each name. Of too many names the one unused longest is forgotten."""

    def __init__(self, clock: Clock, *, per_minute: float, burst: int, most: int = BUCKETS_MOST) -> None:
        self._clock = clock
        self._per_s = per_minute / 60.0
        self._burst = float(burst)
        self._most = most
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> float:
        """0 when it may, and one is taken; else after how many seconds it may."""
        now = self._clock.monotonic()
        left, since = self._buckets.get(name, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._per_s)
        wait_s = 0.0 if left >= 1.0 else (1.0 - left) / self._per_s
        self._buckets[name] = (left - 1.0 if wait_s == 0.0 else left, now)
        self._buckets.move_to_end(name)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return wait_s

    def spent(self, name: str) -> float:
        """As :meth:`take`, but takes nothing."""
        left, since = self._buckets.get(name, (self._burst, 0.0))
        left = min(self._burst, left + (self._clock.monotonic() - since) * self._per_s)
        return 0.0 if left >= 1.0 else (1.0 - left) / self._per_s
