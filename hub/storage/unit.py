"""The unit of work: one transaction over all rooms, inserts written in bulk, and what to say afterwards."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Dialect, Executable, Row, Table
from sqlalchemy.sql.compiler import SQLCompiler

from contracts import AnyMessage
from hub.events import DomainEvent

Rows = Sequence[Row[*tuple[Any, ...]]]


class Said(msgspec.Struct, frozen=True):
    """Something to tell one device after the commit. ``streamed`` says carry a place in the device's stream."""

    device: str
    message: AnyMessage
    traceparent: str | None = None
    correlation: str | None = None
    expires: datetime | None = None


@lru_cache(maxsize=256)
def _insert(into: Table, columns: tuple[str, ...], dialect: Dialect) -> SQLCompiler:
    """The insert as this database's driver takes it: compiled once, since a ticket is worth five of them."""
    compiled = into.insert().compile(dialect=dialect, column_keys=columns, for_executemany=True)
    assert isinstance(compiled, SQLCompiler)
    return compiled


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
            statement = _insert(into, tuple(rows[0]), self.connection.dialect)
            order = statement.positiontup
            values = [tuple(row[name] for name in order) for row in rows] if order else [dict(row) for row in rows]
            self.connection.exec_driver_sql(statement.string, values)

    def read(self, statement: Executable, values: Mapping[str, object] | None = None) -> Rows:
        """All rows of a select, seeing what this unit wrote; ``values`` for its bound parameters."""
        self.flush()
        return self.connection.execute(statement, values).all()

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
