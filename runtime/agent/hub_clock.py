"""The hub's monotonic clock as an agent estimates it from reports and their answers: the offset, and how wrong at most.

As NTP does (RFC 5905, sections 8 and 10): each exchange tells the offset to within half of its round trip, whatever
part of it either way took; of the last eight the one counts that is the surest now, for a sample ages with the drift
of the two clocks against each other.
"""

from collections import deque
from dataclasses import dataclass

from msgspec import UNSET

from contracts.session import DeviceWelcomed

SAMPLES = 8
"""How many exchanges are remembered, and how many may be under way (RFC 5905: the eight stages of the clock filter)."""

DRIFT_PPM = 50
"""How fast two clocks may drift apart: a cheap quartz is within 20 ppm, two of them in cold and sun within 50."""


@dataclass(frozen=True, slots=True)
class HubMoment:
    """A moment on the hub's monotonic clock, of its run ``epoch``: the true one is within ``within_us`` of it."""

    epoch: str
    hub_us: int
    within_us: int


@dataclass(frozen=True, slots=True)
class _Sample:
    """One exchange, in microseconds: own time of the answer, the hub's clock less one's own, half of the round trip."""

    own_us: int
    offset_us: int
    half_us: int

    def within_us(self, own_us: int) -> int:
        return self.half_us + _drift_us(own_us - self.own_us)


class HubClock:
    """Estimates the hub's clock; fed with each report and each answer. All times of one's own are monotonic seconds."""

    def __init__(self) -> None:
        self._epoch: str | None = None
        self._samples: deque[_Sample] = deque(maxlen=SAMPLES)
        self._asked: dict[str, float] = {}

    @property
    def exchanges(self) -> int:
        """How many exchanges the estimate rests on, at most :data:`SAMPLES`."""
        return len(self._samples)

    def asked(self, report: str, at_s: float) -> None:
        """A report with this id is about to be sent."""
        self._asked[report] = at_s
        while len(self._asked) > SAMPLES:
            del self._asked[next(iter(self._asked))]

    def waited_s(self, report: str, at_s: float) -> float:
        """How long ago this report was sent; 0 for one that nobody waits for."""
        return max(0.0, at_s - self._asked.get(report, at_s))

    def answered(self, report: str, welcome: DeviceWelcomed, at_s: float) -> bool:
        """The hub's answer to a report arrived; whether it told anything.

        One that nobody asked for, that says nothing of the hub's clock, or that can't be true tells nothing.
        """
        self.runs(welcome.epoch)
        asked_s = self._asked.pop(report, None)
        if asked_s is None or welcome.hub_us is UNSET or welcome.held_us is UNSET:
            return False
        asked_us, answered_us = _us(asked_s), _us(at_s)
        round_us = answered_us - asked_us - welcome.held_us
        if round_us < -_drift_us(welcome.held_us):
            return False
        # Nothing tells the way there from the way back: the middle of what is possible.
        offset_us = ((welcome.hub_us - welcome.held_us - asked_us) + (welcome.hub_us - answered_us)) // 2
        half_us = (max(round_us, 0) + 1) // 2 + _drift_us(answered_us - asked_us)
        self._samples.append(_Sample(answered_us, offset_us, half_us))
        return True

    def runs(self, epoch: str) -> None:
        """The hub is in this run: what was learned of another run's clock is worth nothing."""
        if epoch != self._epoch:
            self._epoch = epoch
            self._samples.clear()

    def forget(self) -> None:
        """A connection was made anew: meanwhile this device may have slept, and its monotonic clock with it."""
        self._samples.clear()
        self._asked.clear()

    def at(self, own_s: float) -> HubMoment | None:
        """The hub's clock at a moment of one's own clock, now or a while ago; null before the first exchange."""
        if self._epoch is None or not self._samples:
            return None
        own_us = _us(own_s)
        surest = min(self._samples, key=lambda sample: sample.within_us(own_us))
        return HubMoment(self._epoch, max(0, own_us + surest.offset_us), surest.within_us(own_us))


def _us(seconds: float) -> int:
    return round(seconds * 1e6)


def _drift_us(span_us: int) -> int:
    """What the two clocks may have drifted apart in this span, rounded up, and what rounding to microseconds loses."""
    return abs(span_us) * DRIFT_PPM // 1_000_000 + 2
