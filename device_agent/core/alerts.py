"""The life of an alert: due once, raised at most once, never for a task that is no longer open (W-07)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType
from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.fields import Urgency
from contracts.visits import TaskState, TaskView
from device_agent.core.preferences import Preferences, Strength


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


MOST_STEPS = 6
LAST_STEP_S = 120.0
MOST_PULSES = 16
MOST_VIBRATION_MS = 5000


class PatternStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happens ``after_s`` seconds into an alert: by which channels, and how the motor moves.

    ``pulses_ms``: on and off times in milliseconds, beginning with on; ``strength_percent`` before the advisor's own
    setting. Raises ``ValueError`` for what no wrist could do.
    """

    after_s: Annotated[float, Meta(ge=0, le=LAST_STEP_S)]
    channels: Annotated[tuple[Channel, ...], Meta(min_length=1)]
    pulses_ms: Annotated[tuple[Annotated[int, Meta(ge=10, le=2000)], ...], Meta(max_length=MOST_PULSES)] = ()
    strength_percent: Annotated[int, Meta(ge=1, le=100)] = 70

    def __post_init__(self) -> None:
        if len(set(self.channels)) != len(self.channels):
            raise ValueError(f"channels {', '.join(self.channels)}: name each channel once")
        if (Channel.VIBRATION in self.channels) != bool(self.pulses_ms):
            raise ValueError("pulses_ms goes with the channel vibration: give both or neither")
        if self.pulses_ms and len(self.pulses_ms) % 2 == 0:
            raise ValueError(f"pulses_ms has {len(self.pulses_ms)} times: begin and end with on, so give an odd number")
        if sum(self.pulses_ms) > MOST_VIBRATION_MS:
            raise ValueError(f"pulses_ms takes {sum(self.pulses_ms)} ms: stay within {MOST_VIBRATION_MS} ms")


class Pattern(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One alert from its first step to its last; it ends there, answered or not. Raises ``ValueError``."""

    steps: Annotated[tuple[PatternStep, ...], Meta(min_length=1, max_length=MOST_STEPS)]

    def __post_init__(self) -> None:
        times = [step.after_s for step in self.steps]
        if times and times[0] != 0:
            raise ValueError(f"steps begin after {times[0]:g} s: the first step must be at after_s = 0")
        if any(later <= earlier for earlier, later in pairwise(times)):
            raise ValueError(f"steps at {', '.join(f'{at:g}' for at in times)} s: each must come after the one before")


_SHORT = (180,)
_TWICE = (180, 120, 180)
_THRICE = (320, 120, 320, 120, 320)
_FELT = (Channel.VIBRATION, Channel.TEXT)
_HEARD = (Channel.VIBRATION, Channel.RING, Channel.TEXT)


class AlertPatterns(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pattern per urgency (W-07)."""

    ordinary: Pattern = Pattern(
        steps=(
            PatternStep(after_s=0, channels=_FELT, pulses_ms=_SHORT, strength_percent=60),
            PatternStep(after_s=20, channels=_FELT, pulses_ms=_TWICE, strength_percent=90),
        )
    )
    urgent: Pattern = Pattern(
        steps=(
            PatternStep(after_s=0, channels=_HEARD, pulses_ms=_THRICE, strength_percent=80),
            PatternStep(after_s=8, channels=_HEARD, pulses_ms=_THRICE, strength_percent=100),
            PatternStep(after_s=20, channels=(*_HEARD, Channel.VOICE), pulses_ms=_THRICE, strength_percent=100),
        )
    )

    def of(self, urgency: Urgency) -> Pattern:
        """The pattern for this urgency."""
        match urgency:
            case Urgency.ORDINARY:
                return self.ordinary
            case Urgency.URGENT:
                return self.urgent


TEXT_ONLY = Pattern(steps=(PatternStep(after_s=0, channels=(Channel.TEXT,)),))
"""For all but one of several alerts that are raised at the same moment."""

_SCALE = {Strength.SOFT: 0.6, Strength.MEDIUM: 1.0, Strength.STRONG: 1.4}


@dataclass(frozen=True, slots=True)
class Felt:
    """A step as this advisor wants it. ``strength``: the motor's share of full power, from 0 to 1; 0 without pulses."""

    channels: tuple[Channel, ...]
    pulses_ms: tuple[int, ...]
    strength: float


def felt(step: PatternStep, preferences: Preferences) -> Felt:
    """The step without what the advisor has turned off, and as hard as they like it; the text always stays."""
    off = {
        Channel.VIBRATION: preferences.vibration is Strength.OFF,
        Channel.RING: not preferences.ring,
        Channel.VOICE: not preferences.voice,
        Channel.TEXT: False,
    }
    channels = tuple(channel for channel in step.channels if not off[channel])
    if Channel.VIBRATION not in channels:
        return Felt(channels, (), 0.0)
    return Felt(channels, step.pulses_ms, min(1.0, step.strength_percent / 100 * _SCALE[preferences.vibration]))


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
