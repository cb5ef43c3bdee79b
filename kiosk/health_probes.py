"""Where a kiosk's own state is read: its disk, and how its earlier runs ended (K-13)."""

import logging
import os
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from contracts.kiosk_health import PartCondition
from runtime.agent.mailbox import Mailbox
from runtime.clock import Clock

log = logging.getLogger(__name__)

NEARLY_FULL = 200 * 1024 * 1024
"""Bytes: some weeks of tickets and a ranking model."""

FULL = 4 * 1024 * 1024
"""Bytes: SQLite needs room for its log before it takes another ticket."""

DAY = timedelta(days=1)
KEPT = 50

_RUNS = "runs"


def disk_condition(folder: Path, *, nearly_full: int = NEARLY_FULL, full: int = FULL) -> PartCondition:
    """How the file system of the store is, by what a program without privileges may still write there."""
    try:
        there = os.statvfs(folder)
    except OSError:
        return PartCondition.FAULT
    if there.f_flag & os.ST_RDONLY:
        return PartCondition.FAULT
    free = there.f_bavail * there.f_frsize
    if free < full:
        return PartCondition.FULL
    return PartCondition.NEARLY_FULL if free < nearly_full else PartCondition.READY


class _Runs(msgspec.Struct, frozen=True):
    running: bool = False
    broken: tuple[datetime, ...] = ()


class Runs:
    """How often the kiosk ended without having been told to: killed by its watchdog, crashed, without power."""

    def __init__(self, mailbox: Mailbox, clock: Clock) -> None:
        self._mailbox = mailbox
        self._clock = clock
        self._broken: tuple[datetime, ...] = ()

    def begin(self) -> None:
        """A run begins; one that is still marked as running has ended so."""
        before = self._read()
        broken = (*before.broken, self._clock.now()) if before.running else before.broken
        self._broken = tuple(moment for moment in broken if self._clock.now() - moment < DAY)[-KEPT:]
        self._keep(_Runs(running=True, broken=self._broken))

    def end(self) -> None:
        """This run ends as it should."""
        self._keep(_Runs(running=False, broken=self._broken))

    def restarts(self) -> int:
        """How often in the last day."""
        return sum(self._clock.now() - moment < DAY for moment in self._broken)

    def _read(self) -> _Runs:
        kept = self._mailbox.setting(_RUNS)
        try:
            return _Runs() if kept is None else msgspec.json.decode(kept, type=_Runs)
        except msgspec.MsgspecError:  # nobody's ticket depends on it
            return _Runs()

    def _keep(self, runs: _Runs) -> None:
        try:
            with self._mailbox.transaction():
                self._mailbox.remember(_RUNS, msgspec.json.encode(runs).decode())
        except sqlite3.Error as error:  # a full disk is told of by itself, and no reason not to start
            log.warning("run_not_noted why=%r", str(error))
