"""When alerts reached the wrists: delivered, shown, buzzed, claimed, as the devices say (W-07, W-17).

A device tells times on this hub's monotonic clock, as it estimates it, and how wrong that may be. Counted is from the
moment at which this run of the hub first told the device of the task. That moment is kept in memory only: writing it
down would cost a row for each alert on the way to the wrist; after a restart a late receipt is kept without a latency.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Column, LargeBinary, String, Table, bindparam, update

from contracts.visits import AlertStep, AlertsTimed, AlertTimes
from hub.inbound import Inbound
from hub.metrics import Metrics
from hub.storage import LookUp, UnitOfWork, metadata
from hub.visits import store

TASKS_REMEMBERED = 30_000
"""Whose offers are remembered: a minute of the busiest hour of a whole bank, hours of a city's; some 15 MB."""

AHEAD_US = 1_000_000
"""A time on the hub's clock that is still to come by more than this and the device's own bound is no time."""

MOST_WITHIN_US = 10_000_000
"""A device that knows this hub's clock no better than this says nothing of latency; slow links know it to a second."""

receipts = Table(
    "receipts",
    metadata,
    Column("task", String(64), primary_key=True),
    Column("device", String(63), primary_key=True),
    Column("body", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""One row a task and device with all its steps; a row for each step would be four times as many."""

_BY_TASK = LookUp(receipts.c.task, receipts.c.device, receipts.c.body, by=(receipts.c.task,))
_KEY = (receipts.c.task == bindparam("of_task"), receipts.c.device == bindparam("of_device"))

Key = tuple[str, str]
"""Task and device."""


class Receipt(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """A step of an alert: when it was on the hub's clock of run ``epoch``, to within ``within_us``.

    ``after_us``: since the device was told of the task, and ``at``: by the wall clock; both null where that run of the
    hub is over, or the device's time can't be or is too vague.
    """

    step: AlertStep
    hub_us: int
    within_us: int
    epoch: str
    after_us: int | None = None
    at: datetime | None = None


_decoder = msgspec.msgpack.Decoder(tuple[Receipt, ...])


class Offers:
    """When this run of the hub first told each device of each task, by its monotonic clock in microseconds."""

    def __init__(self, clock_us: Callable[[], int], *, most: int = TASKS_REMEMBERED) -> None:
        self._clock_us = clock_us
        self._most = most
        self._told: dict[str, dict[str, int]] = {}

    def told(self, task: str, device: str) -> None:
        """The device is told of the task now; what it was told before counts."""
        of_task = self._told.get(task)
        if of_task is None:
            of_task = self._told[task] = {}
            if len(self._told) > self._most:
                del self._told[next(iter(self._told))]
        of_task.setdefault(device, self._clock_us())

    def since(self, task: str, device: str) -> int | None:
        """When the device was told of the task; null when it wasn't in this run, or that is forgotten."""
        return self._told.get(task, {}).get(device)


class Receipts:
    """Takes receipts in; the first of each step of an alert counts, whatever comes later."""

    def __init__(self, *, epoch: str, offers: Offers, clock_us: Callable[[], int], metrics: Metrics) -> None:
        self._epoch = epoch
        self._offers = offers
        self._clock_us = clock_us
        self._ignored = metrics.receipts_ignored
        self._seconds = {step: metrics.alert.labels(step=step.value) for step in AlertStep}

    def take(self, unit: UnitOfWork, batch: Sequence[Inbound[AlertsTimed]]) -> None:
        """Receipts of any number of devices, each for itself; of what a device was never offered none is kept."""
        said: dict[Key, list[AlertTimes]] = {}
        for inbound in batch:
            for alert in inbound.data.alerts:
                said.setdefault((alert.task_id, inbound.device.name), []).append(alert)
        for key in self._strange(unit, said):
            self._ignored.inc(len(said.pop(key)))
        if not said:
            return
        held = _held(unit, {task for task, _ in said})
        changed = []
        for (task, device), alerts in said.items():
            before = held.get((task, device), ())
            after = self._merge(unit, (task, device), before, alerts)
            body = msgspec.msgpack.encode(after)
            if not before and after:
                unit.insert(receipts, {"task": task, "device": device, "body": body})
            elif after != before:
                changed.append({"of_task": task, "of_device": device, "with_body": body})
        if changed:
            unit.write(update(receipts).where(*_KEY).values(body=bindparam("with_body")), changed)

    def _strange(self, unit: UnitOfWork, keys: Collection[Key]) -> list[Key]:
        """Of what the device can't have been alerted."""
        doubtful = [key for key in keys if self._offers.since(*key) is None]
        offered = store.offered_to(unit, {task for task, _ in doubtful})
        return [(task, device) for task, device in doubtful if device not in offered.get(task, ())]

    def _merge(
        self, unit: UnitOfWork, key: Key, before: tuple[Receipt, ...], alerts: Sequence[AlertTimes]
    ) -> tuple[Receipt, ...]:
        steps = {receipt.step: receipt for receipt in before}
        for alert in alerts:
            for timed in alert.steps:
                if timed.step in steps:
                    continue
                steps[timed.step] = receipt = self._receipt(unit, key, alert, timed.step, timed.hub_us)
                if receipt.after_us is not None:
                    self._seconds[timed.step].observe(receipt.after_us / 1e6)
        return tuple(steps[step] for step in AlertStep if step in steps)

    def _receipt(self, unit: UnitOfWork, key: Key, alert: AlertTimes, step: AlertStep, hub_us: int) -> Receipt:
        plain = Receipt(step, hub_us, alert.within_us, alert.epoch)
        now_us = self._clock_us()
        if alert.epoch != self._epoch or alert.within_us > MOST_WITHIN_US:
            return plain
        if hub_us > now_us + alert.within_us + AHEAD_US:
            return plain
        at = unit.now - timedelta(microseconds=now_us - hub_us)
        told_us = self._offers.since(*key)
        if told_us is None or hub_us < told_us - alert.within_us:
            return msgspec.structs.replace(plain, at=at)
        return msgspec.structs.replace(plain, at=at, after_us=max(0, hub_us - told_us))


def of_task(unit: UnitOfWork, task: str) -> dict[str, tuple[Receipt, ...]]:
    """The receipts of a task, by device."""
    return {device: steps for (_, device), steps in _held(unit, {task}).items()}


def _held(unit: UnitOfWork, tasks: Collection[str]) -> dict[Key, tuple[Receipt, ...]]:
    return {(task, device): _decoder.decode(body) for task, device, body in unit.look_up(_BY_TASK, tasks)}
