"""The lock of the wrist: what it shows and when it may be tried again. Pure."""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

PIN_DIGITS = 4

TRIES = 5
"""Wrong codes before the first waiting time."""

WAITS = (timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
"""After the last free try, and after each wrong code from then on; the last one stays."""


class LockState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the device is locked, whether a code is set, how many tries are left, and until when none is taken.

    Without a code a locked device opens by one tap.
    """

    locked: bool = False
    has_pin: bool = False
    tries_left: int = 5
    wait_until: datetime | None = None


class LockRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What a restart must not undo: ``wrong`` codes since the lock was open last, and the wait that they earned."""

    locked: bool = False
    wrong: Annotated[int, Meta(ge=0)] = 0
    wait_until: Annotated[datetime, Meta(tz=True)] | None = None


OPEN = LockRecord()


def is_pin(text: str) -> bool:
    """Whether this has the shape of a code: four digits 0 to 9."""
    return len(text) == PIN_DIGITS and text.isascii() and text.isdigit()


def wait_after(wrong: int) -> timedelta | None:
    """How long no code is taken after this many wrong ones; null while free tries are left."""
    return None if wrong < TRIES else WAITS[min(wrong - TRIES, len(WAITS) - 1)]


def locked(record: LockRecord) -> LockRecord:
    """Locked by the advisor or by the hub; the count of wrong codes stands."""
    return msgspec.structs.replace(record, locked=True)


def taken_off(record: LockRecord, *, has_pin: bool) -> LockRecord:
    """The device left the wrist: locked if there is a code that the advisor can open it with."""
    return locked(record) if has_pin else record


def waits(record: LockRecord, now: datetime) -> bool:
    """Whether no code is taken just now."""
    return record.wait_until is not None and now < record.wait_until


def tried(record: LockRecord, *, matches: bool, now: datetime) -> LockRecord:
    """A code was entered: the right one opens, a wrong one counts. While waiting none is taken and none counts."""
    if not record.locked or waits(record, now):
        return record
    if matches:
        return OPEN
    wrong = record.wrong + 1
    wait = wait_after(wrong)
    return LockRecord(locked=True, wrong=wrong, wait_until=None if wait is None else now + wait)


def set_right(record: LockRecord, now: datetime) -> LockRecord:
    """The record under a clock that may have been set back: nobody waits longer than the waiting time itself."""
    wait = wait_after(record.wrong)
    if record.wait_until is None:
        return record
    longest = now + (wait or timedelta(0))
    return record if record.wait_until <= longest else msgspec.structs.replace(record, wait_until=longest)


def shown(record: LockRecord, *, has_pin: bool, now: datetime) -> LockState:
    """What the screen says; a wait that is over is none, and leaves one try."""
    waiting = waits(record, now)
    left = TRIES - record.wrong if record.wrong < TRIES else 0 if waiting else 1
    return LockState(
        locked=record.locked,
        has_pin=has_pin,
        tries_left=left,
        wait_until=record.wait_until if waiting else None,
    )
