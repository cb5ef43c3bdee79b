"""What fails at a kiosk, settled before anybody is told of it. Pure (K-03, K-13).

A part that fails and works by turns is one failure, not twenty: a change counts once it has lasted, and who has fallen
often lately must stand for longer.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from contracts.kiosk_health import NumbersLeft, PartCondition

LINK = "link"
"""The part that no kiosk speaks of: whether it is heard at all."""

FAILS_AFTER = timedelta(seconds=10)
MENDS_AFTER = timedelta(seconds=20)
SILENT_AFTER = timedelta(seconds=150)
"""A kiosk says its state every minute, and its session's heartbeat more often."""

LOST_AFTER = timedelta(seconds=45)
"""Less is enough when its connection is lost; but whose heartbeat comes on, every half minute, is not: a last will may
arrive after the next connection."""

FALLS = 3
FALLS_WITHIN = timedelta(minutes=5)
"""A part that fails so often within this time fails, however short each time."""

STANDS_AFTER = timedelta(minutes=2)
"""And it is mended when it has worked for so long."""


class Grade(StrEnum):
    """How much of a failure something is."""

    WELL = "well"
    NOTICE = "notice"
    """The kiosk does its work; somebody should look at it today."""
    TROUBLE = "trouble"


_WELL = frozenset({PartCondition.READY, PartCondition.STARTING, PartCondition.STOPPED})
_NOTICE = frozenset(
    {
        PartCondition.NEAR_END,
        PartCondition.NEARLY_FULL,
        PartCondition.RESTARTED,
        PartCondition.UNCONFIRMED,
        PartCondition.USED_UP,
    }
)


def grade_of(condition: str) -> Grade:
    """How bad a condition is; one that this version doesn't know is trouble."""
    if condition in _WELL:
        return Grade.WELL
    return Grade.NOTICE if condition in _NOTICE else Grade.TROUBLE


class Failing(msgspec.Struct, frozen=True, kw_only=True):
    """A part that fails. ``name``: which one, where there may be several; codes as in ``contracts.kiosk_health``, and
    ``link``, ``silent`` for a kiosk that isn't heard."""

    part: str
    name: str
    condition: str
    grade: Grade
    since: datetime


class KioskCard(msgspec.Struct, frozen=True, kw_only=True):
    """A kiosk as branch IT sees it. ``failing``: the worst first; of a silent kiosk only that it is.

    ``heard``: null when it wasn't since the hub's start. The rest is what it said last.
    """

    kiosk: str
    heard: datetime | None
    failing: tuple[Failing, ...] = ()
    undelivered: int = 0
    numbers: tuple[NumbersLeft, ...] = ()
    restarts: int = 0
    out_of_order: bool = False

    @property
    def silent(self) -> bool:
        """Whether nothing is heard of it."""
        return any(one.part == LINK for one in self.failing)


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What was heard of a part, and what is shown of it. ``changed``: when the hub heard of ``condition`` first;
    ``falls``: when it began to fail, lately."""

    condition: str
    since: datetime
    changed: datetime
    shown: str = PartCondition.READY.value
    shown_since: datetime
    falls: tuple[datetime, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether what was heard is what is shown."""
        return self.condition == self.shown


def heard(seen: Seen | None, condition: str, since: datetime, now: datetime) -> Seen:
    """A part is so, as its kiosk says now; ``since`` is the kiosk's word."""
    if seen is None:
        seen = Seen(condition=PartCondition.READY.value, since=since, changed=now, shown_since=since)
    if condition == seen.condition:
        return seen
    falls = tuple(fall for fall in seen.falls if now - fall < FALLS_WITHIN)
    if grade_of(seen.condition) is Grade.WELL and grade_of(condition) is not Grade.WELL:
        falls = (*falls, now)
    return msgspec.structs.replace(seen, condition=condition, since=min(since, now), changed=now, falls=falls)


def settle(seen: Seen, now: datetime) -> Seen:
    """Show what has lasted long enough; the same when nothing is to be shown anew."""
    if seen.settled:
        return seen
    lasted = now - seen.changed
    unsteady = sum(now - fall < FALLS_WITHIN for fall in seen.falls) >= FALLS
    if grade_of(seen.condition) is Grade.WELL:
        if grade_of(seen.shown) is not Grade.WELL and lasted < (STANDS_AFTER if unsteady else MENDS_AFTER):
            return seen
    elif lasted < FAILS_AFTER and not unsteady:
        return seen
    since = seen.falls[0] if unsteady and grade_of(seen.shown) is Grade.WELL else seen.since
    return msgspec.structs.replace(seen, shown=seen.condition, shown_since=since)


def set_back(seen: Seen, now: datetime) -> Seen:
    """After the hub's clock was set back: nothing was heard later than now."""
    return msgspec.structs.replace(
        seen,
        since=min(seen.since, now),
        changed=min(seen.changed, now),
        shown_since=min(seen.shown_since, now),
        falls=tuple(min(fall, now) for fall in seen.falls),
    )


def failing(parts: Iterator[tuple[tuple[str, str], Seen]]) -> tuple[Failing, ...]:
    """What of these parts is shown to fail, the worst and longest first."""
    found = [
        Failing(part=part, name=name, condition=seen.shown, grade=grade, since=seen.shown_since)
        for (part, name), seen in parts
        if (grade := grade_of(seen.shown)) is not Grade.WELL
    ]
    silent = [one for one in found if one.part == LINK]
    return tuple(silent or sorted(found, key=lambda one: (one.grade is not Grade.TROUBLE, one.since, one.part)))
