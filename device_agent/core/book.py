"""The task book: what the hub holds for this device, followed message by message (W-01, W-06, W-08).

The hub is right about every task; the book is its replica. A state machine as a table says where each task goes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from contracts.fields import Urgency
from contracts.session import DeviceBound
from contracts.visits import (
    TaskClaimed,
    TaskOffered,
    TasksSynced,
    TaskState,
    TaskUpdated,
    TaskView,
    TaskWithdrawn,
    WithdrawReason,
)

BookMessage = DeviceBound | TaskOffered | TaskClaimed | TaskWithdrawn | TaskUpdated | TasksSynced


class Status(StrEnum):
    """Where a task stands on this wrist; ``gone`` is any task that isn't in the book."""

    OFFERED = "offered"
    HELD = "held"
    TALKING = "talking"
    DONE = "done"
    GONE = "gone"


class Signal(StrEnum):
    """What the hub says about one task."""

    OFFERED = "offered"
    CLAIMED_HERE = "claimed_here"
    CLAIMED_ELSEWHERE = "claimed_elsewhere"
    WITHDRAWN = "withdrawn"
    NOW_OFFERED = "now_offered"
    NOW_HELD = "now_held"
    NOW_TALKING = "now_talking"
    NOW_DONE = "now_done"


_NOW = {
    TaskState.OFFERED: Signal.NOW_OFFERED,
    TaskState.HELD: Signal.NOW_HELD,
    TaskState.TALKING: Signal.NOW_TALKING,
    TaskState.DONE: Signal.NOW_DONE,
}

TRANSITIONS: Mapping[tuple[Status, Signal], Status] = MappingProxyType(
    {
        (Status.GONE, Signal.OFFERED): Status.OFFERED,
        (Status.GONE, Signal.CLAIMED_HERE): Status.HELD,
        (Status.GONE, Signal.CLAIMED_ELSEWHERE): Status.GONE,
        (Status.GONE, Signal.WITHDRAWN): Status.GONE,
        (Status.OFFERED, Signal.OFFERED): Status.OFFERED,
        (Status.OFFERED, Signal.CLAIMED_HERE): Status.HELD,
        (Status.OFFERED, Signal.CLAIMED_ELSEWHERE): Status.GONE,
        (Status.OFFERED, Signal.WITHDRAWN): Status.GONE,
        (Status.OFFERED, Signal.NOW_OFFERED): Status.OFFERED,
        (Status.OFFERED, Signal.NOW_HELD): Status.HELD,
        (Status.HELD, Signal.OFFERED): Status.OFFERED,
        (Status.HELD, Signal.CLAIMED_HERE): Status.HELD,
        (Status.HELD, Signal.CLAIMED_ELSEWHERE): Status.GONE,
        (Status.HELD, Signal.WITHDRAWN): Status.GONE,
        (Status.HELD, Signal.NOW_OFFERED): Status.OFFERED,
        (Status.HELD, Signal.NOW_HELD): Status.HELD,
        (Status.HELD, Signal.NOW_TALKING): Status.TALKING,
        (Status.HELD, Signal.NOW_DONE): Status.DONE,
        (Status.TALKING, Signal.OFFERED): Status.OFFERED,
        (Status.TALKING, Signal.NOW_OFFERED): Status.OFFERED,
        (Status.TALKING, Signal.CLAIMED_HERE): Status.TALKING,
        (Status.TALKING, Signal.CLAIMED_ELSEWHERE): Status.GONE,
        (Status.TALKING, Signal.WITHDRAWN): Status.GONE,
        (Status.TALKING, Signal.NOW_HELD): Status.HELD,
        (Status.TALKING, Signal.NOW_TALKING): Status.TALKING,
        (Status.TALKING, Signal.NOW_DONE): Status.DONE,
        (Status.DONE, Signal.CLAIMED_ELSEWHERE): Status.DONE,
        (Status.DONE, Signal.WITHDRAWN): Status.GONE,
        (Status.DONE, Signal.NOW_DONE): Status.DONE,
    }
)
"""Every move the hub may make; any other is a surprise and leaves the book as it was."""


@dataclass(frozen=True, slots=True)
class Book:
    """The tasks by id, in the order in which they came. A task is here in the state that the hub told."""

    tasks: Mapping[str, TaskView] = field(default_factory=dict)

    def status(self, task_id: str) -> Status:
        """Where the task stands."""
        view = self.tasks.get(task_id)
        return Status.GONE if view is None else Status(view.state.value)

    @property
    def badge(self) -> int:
        """How many tasks are unfinished (W-08)."""
        return sum(view.state is not TaskState.DONE for view in self.tasks.values())

    def pending(self) -> tuple[TaskView, ...]:
        """Unfinished tasks: urgent first, the newest first among equals (W-08)."""
        return tuple(sorted((v for v in self.tasks.values() if v.state is not TaskState.DONE), key=_rank))

    def done(self) -> tuple[TaskView, ...]:
        """Finished tasks, newest first (W-08)."""
        return tuple(sorted((v for v in self.tasks.values() if v.state is TaskState.DONE), key=_rank))


def _rank(view: TaskView) -> tuple[bool, float, str]:
    calm = view.urgency is not Urgency.URGENT and view.state is not TaskState.DONE
    return (calm, -view.offered_at.timestamp(), view.task)


@dataclass(frozen=True, slots=True)
class Offered:
    """A task that this wrist didn't have is open here."""

    view: TaskView


@dataclass(frozen=True, slots=True)
class ClaimedHere:
    """This advisor holds the task."""

    view: TaskView


@dataclass(frozen=True, slots=True)
class ClaimedElsewhere:
    """Another advisor holds the task; it left the book. ``view`` is what stood here, if it did."""

    task_id: str
    holder: str
    view: TaskView | None


@dataclass(frozen=True, slots=True)
class Left:
    """The task left the book; ``reason`` is null when a whole state or a new branch came without it."""

    view: TaskView
    reason: WithdrawReason | None


@dataclass(frozen=True, slots=True)
class Changed:
    """A task in the book looks different; ``before`` is null when it came held or done with a whole state."""

    before: TaskView | None
    view: TaskView


@dataclass(frozen=True, slots=True)
class Surprise:
    """The hub made a move that the table doesn't know; nothing changed."""

    task_id: str
    status: Status
    signal: Signal


Change = Offered | ClaimedHere | ClaimedElsewhere | Left | Changed | Surprise


@dataclass(frozen=True, slots=True)
class Step:
    """The book after a message, and what it means."""

    book: Book
    changes: tuple[Change, ...] = ()


def follow(book: Book, message: BookMessage) -> Step:
    """The book after what the hub said; the same message twice changes nothing the second time."""
    match message:
        case TaskOffered():
            signal = Signal.OFFERED if message.task.state is TaskState.OFFERED else _NOW[message.task.state]
            return _move(book, message.task.task, signal, message.task)
        case TaskUpdated():
            return _move(book, message.task.task, _NOW[message.task.state], message.task)
        case TaskClaimed():
            return _claimed(book, message)
        case TaskWithdrawn():
            return _move(book, message.task_id, Signal.WITHDRAWN, None, reason=message.reason)
        case TasksSynced():
            return _replace(book, message)
        case DeviceBound():
            return _bound(book, message)


def _claimed(book: Book, message: TaskClaimed) -> Step:
    if message.task is not None:
        return _move(book, message.task_id, Signal.CLAIMED_HERE, message.task)
    before = book.tasks.get(message.task_id)
    step = _move(book, message.task_id, Signal.CLAIMED_ELSEWHERE, None)
    if before is not None and message.task_id not in step.book.tasks:
        return Step(step.book, (ClaimedElsewhere(message.task_id, message.holder, before),))
    return step


def _move(
    book: Book, task_id: str, signal: Signal, view: TaskView | None, *, reason: WithdrawReason | None = None
) -> Step:
    status = book.status(task_id)
    after = TRANSITIONS.get((status, signal))
    if after is None or (view is not None and view.state.value != after.value):
        return Step(book, (Surprise(task_id, status, signal),))
    before = book.tasks.get(task_id)
    if after is Status.GONE:
        if before is None:
            return Step(book)
        return Step(_without(book, task_id), (Left(before, reason),))
    if view is None or view == before:
        return Step(book)
    after_book = Book({**book.tasks, task_id: view})
    if after is Status.OFFERED and (before is None or before.state is not TaskState.OFFERED):
        return Step(after_book, (Offered(view),))
    if signal is Signal.CLAIMED_HERE:
        return Step(after_book, (ClaimedHere(view),))
    return Step(after_book, (Changed(before, view),))


def _without(book: Book, task_id: str) -> Book:
    return Book({key: view for key, view in book.tasks.items() if key != task_id})


def _replace(book: Book, message: TasksSynced) -> Step:
    tasks = {view.task: view for view in message.tasks}
    changes: list[Change] = [Left(view, None) for key, view in book.tasks.items() if key not in tasks]
    for key, view in tasks.items():
        before = book.tasks.get(key)
        if before == view:
            continue
        changes.append(_difference(before, view))
    return Step(Book(tasks), tuple(changes))


def _difference(before: TaskView | None, view: TaskView) -> Change:
    was = None if before is None else before.state
    if view.state is TaskState.OFFERED and was is not TaskState.OFFERED:
        return Offered(view)
    if view.state is TaskState.HELD and was in (None, TaskState.OFFERED):
        return ClaimedHere(view)
    return Changed(before, view)


def _bound(book: Book, message: DeviceBound) -> Step:
    """Open offers of any other branch leave at once (W-02); what the advisor holds leaves on the hub's word only."""
    branch = message.binding.branch if message.binding else None
    leaving = [v for v in book.tasks.values() if v.state is TaskState.OFFERED and v.branch != branch]
    for view in leaving:
        book = _without(book, view.task)
    return Step(book, tuple(Left(view, WithdrawReason.REBOUND) for view in leaving))
