"""How a process of the simulation dies: at the n-th place where it touches its disk or the network, or at any time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from hub.storage import Storage
from runtime.bus import Bus, BusListener, Outgoing, Received
from runtime.errors import BusUnavailable

BEFORE_TRANSACTION = "before the transaction"
"""Who dies there has written and sent as much as who dies before this transaction's commit."""


class Killed(BaseException):
    """The process is dead from here on; nothing of it may catch this."""


class CrashPoints:
    """Counts the places at which a process may die, and lets it die at the n-th from now on."""

    def __init__(self, on_death: Callable[[str], None]) -> None:
        self.names: list[str] = []
        self.dead = False
        self._dies_at: int | None = None
        self._on_death = on_death

    @property
    def passed(self) -> int:
        """How many there were so far."""
        return len(self.names)

    def die_at(self, nth: int | None) -> None:
        """Die at the n-th place from now (1 is the next), or no more."""
        self._dies_at = None if nth is None else self.passed + nth

    def here(self, place: str) -> None:
        """A place where it may die."""
        if self.dead:
            raise Killed(place)
        self.names.append(place)
        if self._dies_at is not None and self.passed >= self._dies_at:
            self._dies_at = None
            self.dead = True
            self._on_death(place)
            raise Killed(place)


class MortalConnection(sqlite3.Connection):
    """An agent's store: every statement is a place to die, and a dead process writes nothing any more."""

    points: CrashPoints | None = None

    def execute(self, *arguments) -> sqlite3.Cursor:  # type: ignore[no-untyped-def]
        if self.points is not None:
            self.points.here("statement")
        return super().execute(*arguments)

    def executemany(self, *arguments) -> sqlite3.Cursor:  # type: ignore[no-untyped-def]
        if self.points is not None:
            self.points.here("statements")
        return super().executemany(*arguments)


class MortalStorage(Storage):
    """The hub's storage: it may die before and after each commit, and a commit may fail."""

    def __init__(self, inner: Storage) -> None:
        super().__init__(inner.engine)
        self.points: CrashPoints | None = None
        self.failures_ahead = 0

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        self._may_die(BEFORE_TRANSACTION)
        with super().writing() as connection:
            yield connection
            self._may_die("before the commit")
            if self.failures_ahead:
                self.failures_ahead -= 1
                raise OperationalError("COMMIT", None, sqlite3.OperationalError("disk I/O error"))
        self._may_die("after the commit")

    def recover(self) -> None:
        """The hub's machine comes back after a death: what was committed is still there."""

    def _may_die(self, place: str) -> None:
        if self.points is not None:
            self.points.here(place)


class MortalBus:
    """A process's bus: tells the observer what is heard, and falls silent when the process dies."""

    def __init__(
        self,
        inner: Bus,
        points: CrashPoints,
        *,
        before: Callable[[Received], None],
        after: Callable[[], None],
        may_die_publishing: bool,
    ) -> None:
        self._inner = inner
        self._points = points
        self._before = before
        self._after = after
        self._may_die_publishing = may_die_publishing
        self._listener: BusListener | None = None

    @property
    def connected(self) -> bool:
        return self._inner.connected and not self._points.dead

    async def run(self, listener: BusListener) -> None:
        self._listener = listener
        await self._inner.run(self)

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        if self._points.dead:
            raise BusUnavailable("the process is dead")
        if not self._may_die_publishing:
            await self._inner.publish(messages)
            return
        self._points.here("before publishing")
        half = len(messages) // 2
        if half:
            await self._inner.publish(messages[:half])
            self._points.here("while publishing")
        await self._inner.publish(messages[half:])

    def reconnect(self, reason: str) -> None:
        self._inner.reconnect(reason)

    def on_connected(self) -> None:
        if self._listener is not None and not self._points.dead:
            self._listener.on_connected()

    def on_disconnected(self, reason: str) -> None:
        if self._listener is not None and not self._points.dead:
            self._listener.on_disconnected(reason)

    def on_message(self, message: Received) -> None:
        if self._listener is not None and not self._points.dead:
            self._before(message)
            self._listener.on_message(message)
            self._after()
