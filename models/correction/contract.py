"""What every learner promises, whatever it learns: predict, update, state. Pure (W-16).

The state is a function of the *set* of the events learned, taken in the order of (`at`, `id`): the order of arrival
changes nothing as long as an event is at most `window` events late. `models.correction.replay` keeps that promise for
all learners; a learner itself only knows how to take one step.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]


class Learned(StrEnum):
    """What became of an event that a learner was given."""

    IN_ORDER = "in_order"
    """Learned, the latest of all."""
    REPLAYED = "replayed"
    """Came late; learned at its place, and all after it again: as if it had come in time."""
    LATE = "late"
    """Older than the window: learned at the window's start, and all in the window again."""
    DUPLICATE = "duplicate"
    """Its id has been learned; nothing changed."""
    TOO_OLD = "too_old"
    """Older than the ids that are remembered, so it may be a duplicate; nothing changed."""
    NOTHING = "nothing"
    """There is nothing in it to learn from; nothing changed."""
    FOREIGN = "foreign"
    """It was made for another model input; nothing changed."""


class Event(Protocol):
    """What is learned from: named, and with its place in time (aware, UTC)."""

    @property
    def id(self) -> str: ...

    @property
    def at(self) -> datetime: ...


Event_contra = TypeVar("Event_contra", contravariant=True)
Input_contra = TypeVar("Input_contra", contravariant=True)


class Learner(Protocol[Input_contra, Event_contra]):
    """Predicts, learns one event after another, and can be put away and taken up again as bytes."""

    def predict(self, given: Input_contra) -> Vector:
        """The present prediction, finite for every input."""

    def update(self, event: Event_contra) -> Learned:
        """Learn the event, once, at its place in time."""

    def to_bytes(self) -> bytes:
        """The whole state; equal sets of events (in the window) give equal bytes."""

    def digest(self) -> str:
        """sha256 of the state's bytes, as hex."""

    def restored(self, content: bytes) -> Self:
        """A learner with the same settings and the state that `to_bytes` gave; `CorrectionError` for other bytes."""
