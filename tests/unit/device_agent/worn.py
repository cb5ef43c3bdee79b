"""One wearer on one store: a test kills it, starts it again, and moves its clock."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from device_agent.conditions import Scripted
from device_agent.core.conditions import Storage
from device_agent.wearer import Wearer
from runtime.agent.mailbox import Mailbox
from runtime.agent.sqlite import Database
from runtime.clock import Clock
from tests.unit.device_agent.fakehub import HandClock
from tests.unit.device_agent.wrist import MortalConnection

PIN = "7391"


class Worn:
    """One wearer on one store, which outlives it."""

    def __init__(self, path: Path, clock: Clock | None = None) -> None:
        self.path = path
        self.hand = HandClock()
        self.clock = clock or self.hand
        self.told = 0
        self.connection, self.mailbox = self._open()
        self.start()

    def start(self) -> None:
        """After kill -9: nothing of memory is left."""
        self.mailbox.close()
        self.connection, self.mailbox = self._open()
        self.sensors = Scripted()
        self.wearer = Wearer(
            mailbox=self.mailbox, sensors=self.sensors, clock=self.clock, on_change=self._tell, pin_cost=2
        )

    def _open(self) -> tuple[MortalConnection, Mailbox]:
        connection = sqlite3.connect(self.path, isolation_level=None, factory=MortalConnection)
        connection.execute("pragma journal_mode=wal")
        return connection, Mailbox(Database(connection))

    @property
    def statements(self) -> int:
        """How many the store has run."""
        return self.connection.statements

    def die_at(self, statement: int) -> None:
        """Die before the statement that comes so many from now."""
        self.connection.dies_at = self.connection.statements + statement

    def room(self) -> Storage:
        """What the advisor is shown of the disk."""
        return self.wearer.conditions.storage

    def _tell(self) -> None:
        self.told += 1

    def fail(self, times: int) -> None:
        """Enter a wrong code so often, each as soon as one is taken."""
        for _ in range(times):
            until = self.wearer.lock.wait_until
            if until is not None:
                self.hand.at = until
            assert not self.wearer.unlock("0000")


async def stop(running: asyncio.Task[None]) -> None:
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
