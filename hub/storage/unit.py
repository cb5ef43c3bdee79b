"""The unit of work: one transaction over all rooms, inserts written in bulk, and what to say afterwards."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, Executable, Table

from contracts import AnyMessage
from hub.events import DomainEvent
from hub.storage.statements import LookUp, Rows, insert_rows


class Said(msgspec.Struct, frozen=True):
    """Something to tell one device after the commit."""

    device: str
    message: AnyMessage
    traceparent: str | None = None
    correlation: str | None = None
    expires: datetime | None = None


class UnitOfWork:
    """One transaction. Rows given to :meth:`insert` are written in bulk before the next read and before the commit."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.now = now
        self.said: list[Said] = []
        self.events: list[DomainEvent] = []
        self.resyncs: list[str] = []
        self.connection = connection
        self._pending: dict[Table, list[Mapping[str, object]]] = {}

    def insert(self, into: Table, row: Mapping[str, object]) -> None:
        """Write a row with the next flush. The row's keys are the table's columns, all of them in every row."""
        self._pending.setdefault(into, []).append(row)

    def flush(self) -> None:
        """Write the gathered rows: one statement a table, in the order the tables were first used."""
        pending, self._pending = self._pending, {}
        for into, rows in pending.items():
            insert_rows(self.connection, into, rows)

    def read(self, statement: Executable) -> Rows:
        """All rows of a select, seeing what this unit wrote."""
        self.flush()
        return self.connection.execute(statement).all()

    def look_up(self, what: LookUp, *wanted: Collection[str]) -> Rows:
        """The rows of a look-up, seeing what this unit wrote."""
        self.flush()
        return what.rows(self.connection, *wanted)

    def write(self, statement: Executable, rows: Sequence[Mapping[str, object]] | None = None) -> int:
        """Run an update or delete (many with ``rows``); returns how many rows it changed, where the driver can tell."""
        self.flush()
        result = self.connection.execute(statement, rows) if rows is not None else self.connection.execute(statement)
        return result.rowcount

    def emit(self, event: DomainEvent) -> None:
        """Tell the other rooms, within this transaction."""
        self.events.append(event)

    def resync(self, device: str) -> None:
        """Tell a device all that is held for it, after everything else that is said to it."""
        if device not in self.resyncs:
            self.resyncs.append(device)

    def say(
        self,
        device: str,
        message: AnyMessage,
        *,
        traceparent: str | None = None,
        correlation: str | None = None,
        expires: datetime | None = None,
    ) -> None:
        """Tell a device, after the commit."""
        self.said.append(Said(device, message, traceparent, correlation, expires))
