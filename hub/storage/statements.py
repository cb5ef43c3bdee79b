"""The statements of the hot path, compiled once for the driver: SQLAlchemy's own caching costs more than SQLite's work.

Written and read as everywhere with tables and columns; only the compiled text goes to the driver.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Connection, Dialect, Row, Table, bindparam, or_, select
from sqlalchemy.sql.compiler import SQLCompiler

Rows = Sequence[Row[*tuple[Any, ...]]]

_MOST_KEYS = 512


def insert_rows(connection: Connection, into: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows that all have the keys of the first."""
    statement = _insert(into, tuple(rows[0]), connection.dialect)
    order = statement.positiontup
    values = [tuple(row[name] for name in order) for row in rows] if order else [dict(row) for row in rows]
    connection.exec_driver_sql(statement.string, values)


class LookUp:
    """``columns`` of the rows in which any of the columns ``by`` has one of the values wanted of it."""

    def __init__(self, *columns: Column[Any], by: Sequence[Column[Any]]) -> None:
        self._columns = columns
        self._by = tuple(by)

    def rows(self, connection: Connection, *wanted: Collection[str]) -> list[Row[*tuple[Any, ...]]]:
        """The rows; ``wanted`` has a collection of values for each column of ``by``."""
        lists = [list(values) for values in wanted]
        found: list[Row[*tuple[Any, ...]]] = []
        for start in range(0, max(map(len, lists)), _MOST_KEYS):
            parts = [values[start : start + _MOST_KEYS] for values in lists]
            size = 1 << (max(map(len, parts)) - 1).bit_length()  # few sizes, so few statements
            statement = self._compiled(size, connection.dialect)
            given = {
                f"k{place}_{at}": values[min(at, len(values) - 1)] if values else None
                for place, values in enumerate(parts)
                for at in range(size)
            }
            order = statement.positiontup
            chosen = tuple(given[name] for name in order) if order else given
            found += connection.exec_driver_sql(statement.string, chosen)
        return found

    @lru_cache(maxsize=64)  # noqa: B019  # look-ups live as long as the module that makes them
    def _compiled(self, size: int, dialect: Dialect) -> SQLCompiler:
        conditions = [
            column.in_([bindparam(f"k{place}_{at}", type_=column.type) for at in range(size)])
            for place, column in enumerate(self._by)
        ]
        compiled = select(*self._columns).where(or_(*conditions)).compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        return compiled


@lru_cache(maxsize=256)
def _insert(into: Table, columns: tuple[str, ...], dialect: Dialect) -> SQLCompiler:
    compiled = into.insert().compile(dialect=dialect, column_keys=columns, for_executemany=True)
    assert isinstance(compiled, SQLCompiler)
    return compiled
