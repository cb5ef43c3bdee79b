"""A bank's customers' table made ready: one row per question's moment, with key, row number and moment of analysis."""

# ruff: noqa: S608 — every name and text in a statement goes through `quoted` and `literal`.
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.spec.errors import TableError
from models.spec.spec import ROW, BankSpec, EventTable
from models.spec.values import EPOCH_MS, EPOCH_S, ISO, MOST_OF, Times, times_of
from models.training.warehouse import Table, Warehouse, literal, number_sql, quoted, time_sql

Floats = npt.NDArray[np.float64]

KEY = "*key*"
DAY_S = 86_400.0
_SAMPLE = 20_000
_N, _ROW, _KEY, _AS_OF, _WHEN = (f'"usher:{name}"' for name in ("n", "row", "key", "as_of", "when"))


@dataclass(slots=True)
class Notes:
    """What was seen on the way: `left_out` counts customers by reason, `said` are sentences for people."""

    left_out: dict[str, int] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def leave_out(self, reason: str, count: int) -> None:
        """Count customers that give no question."""
        if count:
            self.left_out[reason] = self.left_out.get(reason, 0) + count

    def say(self, what: str) -> None:
        """Add a sentence, once."""
        if what not in self.said:
            self.said.append(what)


@dataclass(frozen=True, slots=True)
class Bank:
    """The customers in the warehouse's table `customers`, numbered from 0; `who` [N] is the same for rows of one
    customer; `as_of` [N] in seconds since 1970, NaN where nothing needs or says it."""

    spec: BankSpec
    folder: Path
    warehouse: Warehouse
    table: Table
    keys: Sequence[str]
    rows: npt.NDArray[np.int64]
    who: npt.NDArray[np.int64]
    as_of: Floats
    notes: Notes

    def __len__(self) -> int:
        return len(self.keys)

    def floats(self, expression: str) -> Floats:
        """An SQL expression over the customers' columns, one value a customer, NaN where null."""
        return self.warehouse.floats(f"SELECT CAST({expression} AS DOUBLE) AS v FROM customers ORDER BY {_N}")[0]

    def texts(self, column: str, key: str) -> list[str]:
        """A column's texts, "" where missing; `key` is where the spec names it."""
        return self.warehouse.strings(f"SELECT {self.table.need(column, key)} FROM customers ORDER BY {_N}")

    def identity(self, by: str, key: str) -> Sequence[str]:
        """The text that stands for each customer in a hash: key, row number or a column."""
        if by == ROW or (by == KEY and self.spec.customers.key == ROW):
            return [str(row) for row in self.rows.tolist()]
        return self.keys if by == KEY else self.texts(by, key)


def sample_counts(warehouse: Warehouse, relation: str, column: str) -> dict[str, int]:
    """The non-missing texts of a column in a table of the warehouse, with how often each occurs."""
    cell = quoted(column)
    rows = warehouse.rows(
        f"SELECT {cell}, count(*) FROM {relation} WHERE {cell} IS NOT NULL GROUP BY {cell} ORDER BY 2 DESC, 1"
    )
    return {str(value): int(str(count)) for value, count in rows}


def times_in(warehouse: Warehouse, sql: str, declared: str | None) -> Times | None:
    """How the times of a query's only column are written, as declared or found in its first rows."""
    if declared is not None:
        return (declared,)
    return times_of(warehouse.strings(f"SELECT v FROM ({sql}) AS t(v) WHERE v IS NOT NULL LIMIT 2000"), epochs=True)


def open_bank(spec: BankSpec, folder: Path, warehouse: Warehouse, *, instead: Path | None = None) -> Bank:
    """The bank whose tables are in `folder`; `instead`: another file for the customers."""
    source = spec.customers
    table = warehouse.open("customers", source, folder, instead=instead)
    notes = Notes()
    warehouse.run(f"CREATE TABLE source AS {table.sql}", table)
    total = warehouse.count("SELECT count(*) FROM source")
    if total == 0:
        raise TableError(
            f"{table.files[0].name}: has no rows below its header{' that `only` keeps' * bool(source.only)}"
        )
    key = "CAST(rowid AS VARCHAR)" if source.key == ROW else table.need(source.key, "customers.key")
    moment = _moment(spec, table, warehouse)
    when = _time_of(table, warehouse, source.latest_by, "customers.latest_by") if source.latest_by else "NULL"
    warehouse.run(
        f"CREATE TABLE keyed AS SELECT rowid AS {_ROW}, {key} AS {_KEY}, CAST({moment} AS DOUBLE) AS {_AS_OF}, "
        f"CAST({when} AS DOUBLE) AS {_WHEN}, * FROM source",
        table,
    )
    warehouse.run("DROP TABLE source")
    keyless = warehouse.count(f"SELECT count(*) FROM keyed WHERE {_KEY} IS NULL")
    notes.leave_out("row without a key", keyless)
    kept = _kept(spec, table, warehouse, notes)
    warehouse.run(
        f"CREATE TABLE customers AS SELECT row_number() OVER (ORDER BY {_ROW}) - 1 AS {_N}, * FROM ({kept}) "
        f"ORDER BY {_ROW}"
    )
    warehouse.run("DROP TABLE keyed")
    rows, who, as_of = warehouse.floats(
        f"SELECT {_ROW}, dense_rank() OVER (ORDER BY {_KEY}) - 1 AS who, {_AS_OF} FROM customers ORDER BY {_N}"
    )
    if not len(rows):
        raise TableError(f"{table.files[0].name}: no row has a key ({source.key}) and a moment of analysis")
    keys = warehouse.strings(f"SELECT {_KEY} FROM customers ORDER BY {_N}")
    return Bank(spec, folder, warehouse, table, keys, rows.astype(np.int64), who.astype(np.int64), as_of, notes)


def _moment(spec: BankSpec, table: Table, warehouse: Warehouse) -> str:
    """SQL for each row's moment of analysis in seconds; NULL where it is found out later."""
    source = spec.customers
    said, by = source.as_of, source.latest_by
    if said is None:
        said = by
    elif said not in table.columns:
        seconds = warehouse.one(f"SELECT {time_sql(literal(said), (ISO,))}")[0]
        if not isinstance(seconds, int | float):
            raise TableError(
                f"customers.as_of = {said!r} is neither a date such as 2025-01-31 nor a column of "
                f"{table.files[0].name}; its columns are {', '.join(table.columns[:40])}"
            )
        return repr(float(seconds)) if source.snapshots == "latest" else _time_of(table, warehouse, by, "")
    if said is None:
        return "NULL"
    return _time_of(table, warehouse, said, "customers.as_of" if source.as_of else "customers.latest_by")


def _time_of(table: Table, warehouse: Warehouse, column: str | None, key: str) -> str:
    """SQL for a column's time; `TableError` with the first row that has none."""
    assert column is not None
    cell = table.need(column, key)
    times = times_in(warehouse, f"SELECT {cell} FROM source", None)
    if times is None:
        shown = warehouse.strings(f"SELECT DISTINCT {cell} FROM source WHERE {cell} IS NOT NULL LIMIT 3")
        raise TableError(f"{table.files[0].name}: {column} ({key}) is not a time: {', '.join(shown) or 'it is empty'}")
    sql = time_sql(cell, times)
    bad = warehouse.rows(f"SELECT rowid, {cell} FROM source WHERE {sql} IS NULL ORDER BY rowid LIMIT 1")
    if bad:
        raise TableError(
            f"{table.files[0].name}: data row {int(str(bad[0][0])) + 1}: {column} = {bad[0][1]!r} is not a time "
            f"like the others ({key}); mend it, or leave such rows out with customers.only"
        )
    return sql


def _kept(spec: BankSpec, table: Table, warehouse: Warehouse, notes: Notes) -> str:
    """SQL for the rows to keep: all, or of several rows of a customer the latest."""
    source = spec.customers
    if source.latest_by is None:
        twice = warehouse.rows(
            f"SELECT {_KEY}, count(*), min({_ROW}), max({_ROW}), count(*) OVER () FROM keyed WHERE {_KEY} IS NOT NULL "
            "GROUP BY 1 HAVING count(*) > 1 ORDER BY 3 LIMIT 1"
        )
        if twice:
            key, count, first, last, others = twice[0]
            raise TableError(
                f"{table.files[0].name}: {source.key} = {key!r} is in {count} rows (data rows {int(str(first)) + 1} to "
                f"{int(str(last)) + 1}), as are {int(str(others)) - 1} other keys; say customers.latest_by = the "
                "column that says when a row is of, or keep one row a customer"
            )
        return f"SELECT * FROM keyed WHERE {_KEY} IS NOT NULL"
    if source.snapshots == "all":
        return f"SELECT * FROM keyed WHERE {_KEY} IS NOT NULL"
    later = warehouse.count(f"SELECT count(DISTINCT {_KEY}) FROM keyed WHERE {_WHEN} > {_AS_OF}")
    if later:
        notes.say(f"{later} customers have rows after as_of, which are not looked at")
    return (
        f"SELECT * FROM keyed WHERE {_KEY} IS NOT NULL AND {_WHEN} <= {_AS_OF} "
        f"QUALIFY row_number() OVER (PARTITION BY {_KEY} ORDER BY {_WHEN} DESC, {_ROW} DESC) = 1"
    )


def event_times(warehouse: Warehouse, table: Table, event: EventTable) -> Times:
    """How the times of a log are written; `TableError` shows some where that cannot be told."""
    cell = table.need(event.time, f"event {event.name}.time")
    times = times_in(warehouse, f"SELECT {cell} FROM ({table.sql} LIMIT 5000)", event.time_format)
    if times is None:
        shown = warehouse.strings(f"SELECT {cell} FROM ({table.sql} LIMIT 3)")
        raise TableError(
            f"{table.files[0].name}: {event.time} does not read as a time: {', '.join(shown)}; say time_format, in the "
            f"letters of strptime, {EPOCH_S} or {EPOCH_MS}"
        )
    return times


def profile_number(table: Table, column: str) -> str:
    """SQL for a column of `customers` as a number."""
    return number_sql(quoted(column), table.decimal, table.thousands)


def checked_floats(bank: Bank, column: str, sql: str, what: str) -> Floats:
    """What `sql` makes of a column's cells, NaN where missing; `TableError` where more than a few of those that say
    something cannot be read."""
    values = bank.floats(sql)
    cell = quoted(column)
    said = bank.warehouse.count(f"SELECT count({cell}) FROM customers")
    unread = said - int(np.count_nonzero(~np.isnan(values)))
    if unread <= 0:
        return values
    row, text = bank.warehouse.one(
        f'SELECT "usher:row", {cell} FROM customers WHERE {cell} IS NOT NULL AND {sql} IS NULL ORDER BY 1 LIMIT 1'
    )
    where = f"data row {int(str(row)) + 1}: {column} = {text!r}"
    if unread > (1.0 - MOST_OF) * said + 1:
        raise TableError(
            f"{bank.table.files[0].name}: {where} is not {what}, nor are {unread - 1} of {said} others; add what means "
            'missing to customers.null, say decimal = "," if need be, or give the column another kind in [[profile]]'
        )
    bank.notes.say(f"{column}: {unread} of {said} cells are not {what} and count as missing, first {where}")
    return values
