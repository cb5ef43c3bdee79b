"""Whose wrist it is and how the device is: preferences, lock and conditions, kept over a restart.

The store is written first, memory after. Only a full disk is no fault here: the change holds in memory, the sensors
say that the storage is full, and writing is tried again until it works.
"""

import asyncio
import hashlib
import hmac
import logging
import secrets
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import msgspec

from device_agent.conditions import Sensors
from device_agent.core import lock as rules
from device_agent.core.acts import DeclineCode, Declined
from device_agent.core.conditions import Conditions, Wrist
from device_agent.core.lock import PIN_DIGITS, LockRecord, LockState
from device_agent.core.preferences import Preferences
from runtime.agent.mailbox import Mailbox
from runtime.clock import Clock

log = logging.getLogger(__name__)

WRITE_AGAIN = timedelta(seconds=30)
"""How often a full disk is tried again."""

PIN_COST = 2**14
"""scrypt's n; with r = 8 one look takes 16 MB and about 50 ms of a desktop's core (RFC 7914)."""

Kept = TypeVar("Kept", bound=msgspec.Struct)


class PinHash(msgspec.Struct, frozen=True, kw_only=True):
    """All that is kept of a code. Ten thousand codes are soon tried by whoever has the file: it keeps the code from
    being read, the lock's waiting times guard the device."""

    salt: bytes
    digest: bytes
    cost: int

    def __post_init__(self) -> None:
        if self.cost < 2 or self.cost > PIN_COST or self.cost & (self.cost - 1):
            raise ValueError(f"cost {self.cost}: use a power of two from 2 to {PIN_COST}")

    @classmethod
    def of(cls, pin: str, *, cost: int = PIN_COST) -> "PinHash":
        """The hash of a code under a new salt."""
        salt = secrets.token_bytes(16)
        return cls(salt=salt, digest=_scrypt(pin, salt, cost), cost=cost)

    def matches(self, pin: str) -> bool:
        """Whether it was made of this code."""
        return hmac.compare_digest(_scrypt(pin, self.salt, self.cost), self.digest)


def _scrypt(pin: str, salt: bytes, cost: int) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=cost, r=8, p=1, dklen=32)


class KeptLock(msgspec.Struct, frozen=True, kw_only=True):
    """What the store keeps of the lock."""

    record: LockRecord = rules.OPEN
    pin: PinHash | None = None


class Wearer:
    """The advisor's side of one wrist. ``on_change`` is called after each change, when the store has it.

    Methods may be called inside the mailbox's transaction; then the caller's end of it is when the store has it.
    """

    def __init__(
        self,
        *,
        mailbox: Mailbox,
        sensors: Sensors,
        clock: Clock,
        on_change: Callable[[], None],
        pin_cost: int = PIN_COST,
    ) -> None:
        self._mailbox = mailbox
        self._sensors = sensors
        self._clock = clock
        self._on_change = on_change
        self._pin_cost = pin_cost
        self._stirred = asyncio.Event()
        self._unsaved = False
        self._preferences = self._load("preferences", Preferences, Preferences())
        self._lock = self._load("lock", KeptLock, KeptLock())
        self._conditions = sensors.conditions
        self._told = self.lock
        if self._conditions.wrist is Wrist.OFF:
            self._taken_off()
        sensors.listen(self._sensed)

    @property
    def preferences(self) -> Preferences:
        """What the advisor chose."""
        return self._preferences

    @property
    def conditions(self) -> Conditions:
        """The device as its sensors told it last."""
        return self._conditions

    @property
    def lock(self) -> LockState:
        """The lock as of now."""
        return rules.shown(self._lock.record, has_pin=self._lock.pin is not None, now=self._clock.now())

    def change(self, preferences: Preferences) -> None:
        """Keep these preferences (W-07)."""
        if preferences != self._preferences:
            self._save(preferences, self._lock)
            self._tell()

    def reset(self) -> Declined | None:
        """The shift is handed over: preferences back to default, no code; declined while a code locks the device."""
        if self._shut():
            return Declined(code=DeclineCode.WRONG_STATE, detail="the device is locked: unlock it before handing it on")
        self._save(Preferences(), KeptLock())
        self._tell()
        return None

    def clear(self) -> None:
        """The device goes to a customer, or comes back: no preferences, no code, no lock, whatever there was."""
        self._save(Preferences(), KeptLock())
        self._tell()

    def set_pin(self, pin: str | None) -> Declined | None:
        """Lock with this code from now on, or with none; declined for another shape, or while a code locks."""
        if self._shut():
            return Declined(code=DeclineCode.WRONG_STATE, detail="the device is locked: unlock it to change the code")
        if pin is not None and not rules.is_pin(pin):
            return Declined(
                code=DeclineCode.INVALID,
                detail=f"a code of {len(pin)} characters or with other signs than digits: give {PIN_DIGITS} digits",
            )
        kept = None if pin is None else PinHash.of(pin, cost=self._pin_cost)
        self._save(self._preferences, KeptLock(record=self._lock.record, pin=kept))
        log.info("pin_set" if kept else "pin_removed")
        self._tell()
        return None

    def lock_now(self) -> None:
        """Lock, by the advisor's or the hub's wish; without a code one tap opens it again."""
        self._keep_lock(rules.locked(self._lock.record), "asked")

    def unlock(self, pin: str = "") -> bool:
        """Whether the device is open after this. A code of the wrong shape is no try; while waiting none is taken.

        Blocks for one look at the hash (``PIN_COST``).
        """
        self._mend()
        kept, now = self._lock, self._clock.now()
        record = kept.record
        if not record.locked:
            return True
        if kept.pin is None:
            self._keep_lock(rules.OPEN, "opened without a code")
            return True
        if not rules.is_pin(pin) or rules.waits(record, now):
            return False
        # The try is on disk before the code is looked at: pulling the plug in between doesn't win one.
        self._save(self._preferences, KeptLock(record=rules.tried(record, matches=False, now=now), pin=kept.pin))
        if kept.pin.matches(pin):
            self._save(self._preferences, KeptLock(record=rules.tried(record, matches=True, now=now), pin=kept.pin))
            log.info("unlocked")
        else:
            log.warning("unlock_refused wrong=%d wait_until=%s", self._lock.record.wrong, self._lock.record.wait_until)
        self._tell()
        return not self._lock.record.locked

    def wrist(self, wrist: Wrist) -> None:
        """The device sits like this now; taken off, it locks if it has a code."""
        self._sensors.wrist(wrist)

    def disk_refused(self) -> None:
        """Another part couldn't write the store because the disk is full; tried again here until it can."""
        self._unsaved = True
        self._sensors.disk_refused()
        self._stirred.set()

    async def run(self) -> None:
        """Read the sensors and watch the lock's time until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._sensors.run(), name="sensors")
            group.create_task(self._watch_time(), name="lock")

    async def _watch_time(self) -> None:
        while True:
            self._stirred.clear()
            self._mend()
            if self.lock != self._told:
                self._tell()
            try:
                async with asyncio.timeout(self._next_s()):
                    await self._stirred.wait()
            except TimeoutError:
                if self._unsaved:
                    self._save(self._preferences, self._lock)

    def _next_s(self) -> float | None:
        record, now = self._lock.record, self._clock.now()
        times = [WRITE_AGAIN.total_seconds()] if self._unsaved else []
        if record.wait_until is not None and rules.waits(record, now):
            times.append((record.wait_until - now).total_seconds())
        return min(times, default=None)

    def _mend(self) -> None:
        """A clock that was set back makes nobody wait for years."""
        record = rules.set_right(self._lock.record, self._clock.now())
        if record != self._lock.record:
            self._save(self._preferences, KeptLock(record=record, pin=self._lock.pin))
            self._tell()

    def _sensed(self, conditions: Conditions) -> None:
        off = conditions.wrist is Wrist.OFF and self._conditions.wrist is not Wrist.OFF
        self._conditions = conditions
        if off:
            self._taken_off()
        self._tell()

    def _taken_off(self) -> None:
        record = rules.taken_off(self._lock.record, has_pin=self._lock.pin is not None)
        if record != self._lock.record:
            self._save(self._preferences, KeptLock(record=record, pin=self._lock.pin))
            log.info("locked why='taken off'")

    def _tell(self) -> None:
        self._told = self.lock
        self._on_change()

    def _shut(self) -> bool:
        return self._lock.record.locked and self._lock.pin is not None

    def _keep_lock(self, record: LockRecord, why: str) -> None:
        if record != self._lock.record:
            self._save(self._preferences, KeptLock(record=record, pin=self._lock.pin))
            log.info("lock locked=%s why=%r", record.locked, why)
            self._tell()

    def _save(self, preferences: Preferences, lock: KeptLock) -> None:
        """Both in one transaction, so that a save after a full disk brings up what it missed."""
        within = self._mailbox.database.conn.in_transaction
        refused = False
        try:
            with self._mailbox.transaction():
                self._mailbox.remember("preferences", msgspec.json.encode(preferences).decode())
                self._mailbox.remember("lock", msgspec.json.encode(lock).decode())
        except sqlite3.OperationalError as error:
            # Within another's transaction it is theirs to fail: SQLite may have undone all of it.
            if within or getattr(error, "sqlite_errorcode", None) != sqlite3.SQLITE_FULL:
                raise
            refused = True
            log.warning("wearer_unsaved why=%r", str(error))
        self._preferences, self._lock, self._unsaved = preferences, lock, refused
        self._stirred.set()
        if refused:
            self._sensors.disk_refused()
        else:
            self._sensors.disk_took()

    def _load(self, name: str, kind: type[Kept], default: Kept) -> Kept:
        text = self._mailbox.setting(name)
        if text is None:
            return default
        try:
            return msgspec.json.decode(text, type=kind)
        except msgspec.DecodeError as error:
            log.warning("stored_setting_unreadable setting=%s why=%r", name, str(error))
            return default
