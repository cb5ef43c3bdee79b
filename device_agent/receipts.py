"""Receipts of alerts: delivered, shown, buzzed, claimed, timed on this device's clock and told on the hub's (W-07)."""

import logging
from collections import deque
from collections.abc import Callable
from typing import Protocol

from contracts.visits import AlertStep, AlertsTimed, AlertTimes, TimedStep
from device_agent.timers import Timers

log = logging.getLogger(__name__)

BATCH_S = 2.0
"""So long after the first of them the steps are sent together."""

MOST_WAITING = 200
"""So many steps are kept while the hub's clock isn't known; the oldest give way."""

MOST_TASKS = 50
"""The most tasks in one message (``contracts.visits.AlertsTimed``)."""


class Moment(Protocol):
    """A moment on the hub's monotonic clock; the true one is within ``within_us``."""

    @property
    def epoch(self) -> str: ...

    @property
    def hub_us(self) -> int: ...

    @property
    def within_us(self) -> int: ...


class Receipts:
    """Gathers the steps of the alerts that were delivered in this life of the process; a restart loses what waits.

    ``translate`` gives a moment of the own monotonic clock on the hub's, null while that isn't known.
    """

    def __init__(
        self,
        *,
        send: Callable[[AlertsTimed], None],
        translate: Callable[[float], Moment | None],
        timers: Timers,
    ) -> None:
        self.dropped = 0
        self._send = send
        self._translate = translate
        self._timers = timers
        self._noted: dict[str, set[AlertStep]] = {}
        self._waiting: deque[tuple[str, AlertStep, float]] = deque()
        self._ticking: Callable[[], None] | None = None

    @property
    def waiting(self) -> int:
        """How many steps are yet to be sent."""
        return len(self._waiting)

    def delivered(self, task_id: str, at_s: float) -> None:
        """The task was offered by a message that arrived then; from here on its steps count."""
        self._noted.setdefault(task_id, set())
        self.note(task_id, AlertStep.DELIVERED, at_s)

    def note(self, task_id: str, step: AlertStep, at_s: float) -> bool:
        """The step happened, at this monotonic second; false for a task without delivery, and for the second time."""
        noted = self._noted.get(task_id)
        if noted is None or step in noted:
            return False
        noted.add(step)
        self._waiting.append((task_id, step, at_s))
        if len(self._waiting) > MOST_WAITING:
            self._waiting.popleft()
            if self.dropped % MOST_WAITING == 0:
                log.warning("receipts_dropped earlier=%d why='the clock of the hub is not known'", self.dropped)
            self.dropped += 1
        self.tick()
        return True

    def forget(self, task_id: str) -> None:
        """The task left: no more steps; those that wait are still sent."""
        self._noted.pop(task_id, None)

    def tick(self) -> None:
        """Send what waits in a while."""
        if self._waiting and self._ticking is None:
            self._ticking = self._timers.later(BATCH_S, self.flush)

    def flush(self) -> None:
        """Send what waits now; without the hub's clock it goes on waiting."""
        if self._ticking is not None:
            self._ticking()
            self._ticking = None
        while (batch := self._batch()) is not None:
            self._send(batch)

    def _batch(self) -> AlertsTimed | None:
        steps: dict[str, list[TimedStep]] = {}
        ranges: dict[str, tuple[str, int]] = {}
        while self._waiting:
            task_id, step, at_s = self._waiting[0]
            moment = self._translate(at_s)
            if moment is None or (task_id not in steps and len(steps) == MOST_TASKS):
                break
            self._waiting.popleft()
            if moment.hub_us <= 0:  # it happened before this run of the hub: its clock can't say when
                self.dropped += 1
                continue
            steps.setdefault(task_id, []).append(TimedStep(step=step, hub_us=moment.hub_us))
            _, within_us = ranges.get(task_id, ("", 0))
            ranges[task_id] = (moment.epoch, max(within_us, moment.within_us))
        if not steps:
            return None
        return AlertsTimed(
            alerts=tuple(
                AlertTimes(task_id=task_id, epoch=ranges[task_id][0], within_us=ranges[task_id][1], steps=tuple(timed))
                for task_id, timed in steps.items()
            )
        )
