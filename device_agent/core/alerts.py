"""The life of an alert: due once, raised at most once, never for a task that is no longer open (W-07)."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

import msgspec

from contracts.fields import Urgency
from contracts.visits import TaskState, TaskView


class AlertState(StrEnum):
    """Where a task's only alert stands. ``raising`` is written before the wrist moves, ``raised`` after.

    ``silenced`` was never felt, ``ended`` was.
    """

    DUE = "due"
    RAISING = "raising"
    RAISED = "raised"
    SILENCED = "silenced"
    ENDED = "ended"


class AlertMove(StrEnum):
    """What happens to an alert."""

    OFFER = "offer"
    BEGIN = "begin"
    END = "end"
    SILENCE = "silence"


ALERT_MOVES: Mapping[tuple[AlertState, AlertMove], AlertState] = MappingProxyType(
    {
        (AlertState.DUE, AlertMove.BEGIN): AlertState.RAISING,
        (AlertState.DUE, AlertMove.SILENCE): AlertState.SILENCED,
        (AlertState.RAISING, AlertMove.END): AlertState.RAISED,
        (AlertState.SILENCED, AlertMove.OFFER): AlertState.DUE,
        (AlertState.RAISING, AlertMove.SILENCE): AlertState.ENDED,
        (AlertState.RAISED, AlertMove.SILENCE): AlertState.ENDED,
    }
)
"""Every move. A task offered anew (its holder let it go) buzzes if it was never felt here; an alert found ``raising``
after a crash may have been felt and is not repeated."""


class Channel(StrEnum):
    """How an alert reaches the advisor."""

    VIBRATION = "vibration"
    RING = "ring"
    VOICE = "voice"
    TEXT = "text"


class Pattern(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One alert: by which channels, and the vibration as on and off times in milliseconds, beginning with on."""

    channels: tuple[Channel, ...]
    pulses_ms: tuple[int, ...]


class AlertPatterns(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The advisor's settings: a pattern per urgency."""

    ordinary: Pattern = Pattern(channels=(Channel.VIBRATION, Channel.TEXT), pulses_ms=(180,))
    urgent: Pattern = Pattern(
        channels=(Channel.VIBRATION, Channel.RING, Channel.TEXT), pulses_ms=(320, 120, 320, 120, 320)
    )

    def of(self, urgency: Urgency) -> Pattern:
        """The pattern for this urgency."""
        match urgency:
            case Urgency.ORDINARY:
                return self.ordinary
            case Urgency.URGENT:
                return self.urgent


class Verdict(StrEnum):
    """What to do with an alert that is due."""

    RAISE = "raise"
    WAIT = "wait"
    DROP = "drop"


def judge(view: TaskView | None, *, now: datetime, quiet: bool) -> Verdict:
    """Raise the due alert of this task, wait while the wrist must be quiet, or drop it for good.

    ``view`` is the task as it stands in the book (null when it left), ``now`` the corrected time.
    """
    if view is None or view.state is not TaskState.OFFERED or now >= view.expires:
        return Verdict.DROP
    return Verdict.WAIT if quiet else Verdict.RAISE
