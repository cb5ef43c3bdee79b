"""The alerter port (W-07)."""

from typing import Protocol

import msgspec

from contracts.visits import TaskView
from device_agent.core.alerts import Pattern


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert: the task it is about, and how the advisor wants to feel it."""

    view: TaskView
    pattern: Pattern
    trace: str | None


class Alerter(Protocol):
    """Moves the wrist. Called in the event loop: it must not block, and a broken channel is its own to log."""

    def alert(self, alert: Alert) -> None:
        """Begin the pattern by its channels."""
        ...

    def silence(self, task_id: str) -> None:
        """End whatever is still running for this task; nothing runs is fine."""
        ...
