"""Where a customer stands in a booking's window, and what a kiosk says of bookings that it found. Pure (K-01)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Protocol

from contracts.bookings import BookedVisit, BookingState

CAN_CHECK_IN = frozenset({BookingState.BOOKED, BookingState.MISSED})
HERE = frozenset({BookingState.ARRIVED, BookingState.SERVED})


class Timing(StrEnum):
    """When the customer comes: before the window opens, in it, or after its end."""

    EARLY = "early"
    DUE = "due"
    LATE = "late"


class Why(StrEnum):
    """Why nobody can be checked in to the bookings that were found."""

    NONE = "none"
    CHECKED_IN = "checked-in"
    OTHER_DAY = "other-day"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Held:
    """A booking as the kiosk holds it. ``here``: its customer checked in at this kiosk, and the hub hasn't said what
    came of it. The window is ``early_s`` before the start to ``grace_s`` after it."""

    visit: BookedVisit
    day: date
    early_s: float
    grace_s: float
    here: bool = False

    def timing(self, now: datetime) -> Timing:
        """When its customer comes."""
        if now < self.visit.start - timedelta(seconds=self.early_s):
            return Timing.EARLY
        return Timing.LATE if now > self.visit.start + timedelta(seconds=self.grace_s) else Timing.DUE


class Holds(Protocol):
    """What holds bookings."""

    def find(self, *, code: str | None = None, ref: str | None = None) -> Sequence[Held]:
        """Those of today and later whose code this is, or that were made by or for who has this reference."""
        ...

    def named(self, booking: str) -> Held | None:
        """Today's booking of this name."""
        ...

    def knows(self, day: date) -> bool:
        """Whether the hub has told of this day's."""
        ...


def choose(found: Sequence[Held], today: date) -> tuple[Held, ...] | Why:
    """The bookings of today that one may check in to, by time; or why there are none."""
    now = [held for held in found if held.day == today]
    open_ = [held for held in now if held.visit.state in CAN_CHECK_IN and not held.here]
    if open_:
        return tuple(sorted(open_, key=lambda held: (held.visit.start, held.visit.booking)))
    if any(held.here or held.visit.state in HERE for held in now):
        return Why.CHECKED_IN
    if any(held.visit.state in CAN_CHECK_IN for held in found):
        return Why.OTHER_DAY
    return Why.CANCELLED if found else Why.NONE


def shown_time(held: Held, zone: tzinfo | None) -> str:
    """The start, as the branch's clock shows it."""
    return held.visit.start.astimezone(zone).strftime("%H:%M")
