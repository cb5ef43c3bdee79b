"""Receipts in the wrist benchmark: what the simulated watches send of their alerts, and what the hub makes of them.

As a real watch (``device_agent/receipts.py``): its steps are gathered for two seconds and sent together, in the time of
the hub's clock as learned from reports and their answers. A simulated watch has neither screen nor motor: it says shown
and buzzed of the moment at which the alert was delivered, so that the hub has the same work; only *delivered* is used.
"""

from collections.abc import Iterator, Mapping

from contracts.session import DeviceWelcomed
from contracts.visits import AlertStep, AlertsTimed, AlertTimes, TimedStep
from runtime.agent.hub_clock import HubClock

BATCH_S = 2.0
_STEPS = (AlertStep.DELIVERED, AlertStep.SHOWN, AlertStep.BUZZED)
_AT_ONCE = 50


class Receipts:
    """What all simulated watches have yet to say. They share a process and so a clock. Times in monotonic seconds."""

    def __init__(self) -> None:
        self.clock = HubClock()
        self._waiting: dict[str, list[tuple[str, float]]] = {}
        self._due: dict[str, float] = {}

    def welcomed(self, report: str, welcome: DeviceWelcomed, at_s: float) -> None:
        """The hub answered a report."""
        self.clock.answered(report, welcome, at_s)

    def delivered(self, device: str, task: str, at_s: float) -> None:
        """A watch was alerted."""
        self._due.setdefault(device, at_s + BATCH_S)
        self._waiting.setdefault(device, []).append((task, at_s))

    def due(self, until_s: float) -> Iterator[tuple[str, AlertsTimed]]:
        """What watches say by now, each watch for itself; nothing before the hub's clock is known."""
        if not self.clock.exchanges:
            return
        for device in [device for device, due_s in self._due.items() if due_s <= until_s]:
            del self._due[device]
            waiting = self._waiting.pop(device)
            for start in range(0, len(waiting), _AT_ONCE):
                timed = [self._timed(task, at_s) for task, at_s in waiting[start : start + _AT_ONCE]]
                yield device, AlertsTimed(alerts=tuple(timed))

    def _timed(self, task: str, at_s: float) -> AlertTimes:
        moment = self.clock.at(at_s)
        assert moment is not None
        return AlertTimes(
            task_id=task,
            epoch=moment.epoch,
            within_us=moment.within_us,
            steps=tuple(TimedStep(step=step, hub_us=moment.hub_us) for step in _STEPS),
        )


def quantile(before: Mapping[float, float], after: Mapping[float, float], share: float) -> float | None:
    """The quantile in the unit of the bounds, of what a Prometheus histogram (upper bound → count up to it) counted in
    between; straight inside a bucket, the last finite bound for what is above it, null for nothing."""
    bounds = sorted(after)
    counts = [after[bound] - before.get(bound, 0.0) for bound in bounds]
    if not counts or counts[-1] <= 0:
        return None
    wanted, low, below = share * counts[-1], 0.0, 0.0
    for bound, count in zip(bounds, counts, strict=True):
        if count >= wanted:
            if bound == float("inf"):
                break
            return low + (bound - low) * (wanted - below) / (count - below) if count > below else bound
        low, below = bound, count
    return low
