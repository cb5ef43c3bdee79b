"""A device's half of the stream, mirrored in a test: what it holds, and that it misses nothing."""

from __future__ import annotations

from contracts import AnyMessage
from contracts.lending import LendingTold, Lent
from contracts.session import Binding, DeviceBound, StreamPosition
from contracts.visits import TaskClaimed, TaskOffered, TasksSynced, TaskUpdated, TaskView, TaskWithdrawn


class Wrist:
    """What a device holds that applies the hub's stream exactly as told; a gap in the stream fails the test."""

    def __init__(self) -> None:
        self.position: StreamPosition | None = None
        self.binding: Binding | None = None
        self.tasks: dict[str, TaskView] = {}
        self.parts: list[TasksSynced] = []
        self.buzzed: list[str] = []
        self.lent: Lent | None = None

    def take(self, message: AnyMessage) -> None:
        """Apply one message."""
        match message:
            case TasksSynced():
                if message.part == 1:
                    self._step(message.position)
                    self.parts = []
                assert message.position == self.position
                self.parts.append(message)
                if message.part == message.parts:
                    assert [part.part for part in self.parts] == list(range(1, message.parts + 1))
                    self.binding = message.binding
                    self.tasks = {task.task: task for part in self.parts for task in part.tasks}
                    self.lent = message.lent or None
            case TaskOffered():
                self._step(message.position)
                self.tasks[message.task.task] = message.task
                self.buzzed.append(message.task.task)
            case TaskUpdated():
                self._step(message.position)
                assert message.task.task in self.tasks, "an update of a task that the device doesn't hold"
                self.tasks[message.task.task] = message.task
            case TaskClaimed():
                self._step(message.position)
                if message.task is None:
                    self.tasks.pop(message.task_id, None)
                else:
                    self.tasks[message.task_id] = message.task
            case TaskWithdrawn():
                self._step(message.position)
                self.tasks.pop(message.task_id, None)
            case LendingTold():
                self._step(message.position)
                self.lent = message.lent
            case DeviceBound():
                self._step(message.position)
                self.binding = message.binding
            case _:
                pass

    def _step(self, position: StreamPosition) -> None:
        if self.position is not None and self.position.epoch == position.epoch:
            assert position.revision == self.position.revision + 1, f"gap: {self.position} then {position}"
        self.position = position
