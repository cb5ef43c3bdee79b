"""The ports by which an alert reaches the advisor (W-07).

All are called in the event loop: they must not block, and a channel that is broken or missing is its own to log.
"""

from collections.abc import Callable
from typing import Protocol

import msgspec

from contracts.fields import Language
from contracts.visits import TaskView
from device_agent.core.alerts import Pattern


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert: the task it is about, and its pattern before the advisor's own settings."""

    view: TaskView
    pattern: Pattern
    trace: str | None


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """What is said aloud, and in which language."""

    text: str
    language: Language


Wording = Callable[[TaskView], Spoken]
"""What the voice says of a task. Others hear it too: it must not name the customer."""


class Alerter(Protocol):
    """Runs alerts: the first step at once, the later ones by itself until it is silenced."""

    def alert(self, alert: Alert) -> float | None:
        """Begin the pattern; returns the monotonic second at which the motor was told, null when it wasn't."""
        ...

    def silence(self, task_id: str) -> None:
        """End whatever is still running or to come for this task; nothing is fine."""
        ...


class Motor(Protocol):
    """Vibration; one pattern at a time, the latest."""

    def play(self, pulses_ms: tuple[int, ...], strength: float) -> None:
        """Begin on and off times in milliseconds, the first is on, at a share of full power above 0 and up to 1."""
        ...

    def stop(self) -> None:
        """Stand still at once; standing still already is fine."""
        ...


class Bell(Protocol):
    """A short tone."""

    def ring(self) -> None:
        """Begin it, from the start if it sounds already."""
        ...

    def stop(self) -> None:
        """End it at once; silence already is fine."""
        ...


class Speaker(Protocol):
    """A voice that says one thing at a time, the latest."""

    def say(self, text: str, language: Language) -> None:
        """Begin to say it, and stop what was being said; a text of nothing but space says nothing."""
        ...

    def stop(self) -> None:
        """Fall silent at once; silence already is fine."""
        ...
