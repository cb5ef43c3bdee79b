"""A bank's logs: streamed into the warehouse in the order of the customers, and from there into windows of events.

Never more than some million events are in memory; `models.windows.WindowSet` measures them, as in serving.
"""

# ruff: noqa: S608 — every name and text in a statement goes through `quoted` and `literal`.
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.columns import EventWindow, Measure
from models.features import FloatMatrix
from models.spec.errors import SpecError, TableError
from models.spec.spec import AutoWindows, EventTable
from models.spec.values import level
from models.training.bank_tables import DAY_S, Bank, event_times
from models.training.warehouse import Table, literal, quoted, time_sql
from models.windows import EventBatch, WindowSet

EVENTS_AT_ONCE = 2_000_000
BAD_TIMES = 0.01
"""At most this share of a log's times may be unreadable."""


@dataclass(frozen=True, slots=True)
class Log:
    """One log in the warehouse: its table there has `n` (customer), `moment` (seconds), `kind`, `amount`, in the order
    of `n`."""

    event: EventTable
    table: Table
    rows: int

    @property
    def relation(self) -> str:
        """Its table in the warehouse."""
        return quoted(f"usher:log:{self.event.name}")


def open_logs(bank: Bank) -> tuple[Log, ...]:
    """Every log of the spec, read; the moment of the analysis is settled where only the logs say it."""
    tables = [(event, bank.warehouse.open(f"event {event.name}", event, bank.folder)) for event in bank.spec.event]
    logs = tuple(_load(bank, event, table) for event, table in tables)
    if logs and np.isnan(bank.as_of).all():
        ends = [bank.warehouse.floats(f"SELECT max(moment) AS moment FROM {log.relation}")[0][0] for log in logs]
        if np.isnan(ends).all():
            raise TableError("no event belongs to a customer, and nothing says customers.as_of")
        settle(bank, float(np.nanmax(ends)) + 1.0, "just after the latest event")
    return logs


def settle(bank: Bank, seconds: float, how: str) -> None:
    """Give every customer the same moment of analysis, found out as `how` says."""
    bank.as_of[:] = seconds
    bank.warehouse.run(f'UPDATE customers SET "usher:as_of" = {seconds!r}')
    day = np.datetime64(int(seconds), "s")
    bank.notes.say(f"as_of is taken to be {day} ({how}); say customers.as_of to fix it")


def _load(bank: Bank, event: EventTable, table: Table) -> Log:
    name = f"event {event.name}"
    seconds = time_sql(table.need(event.time, f"{name}.time"), event_times(bank.warehouse, table, event))
    kinds = [table.need(kind, f"{name}.kind") for kind in event.kinds]
    kind = f"coalesce({kinds[0]}, '')" if len(kinds) == 1 else f"concat_ws('/', {', '.join(kinds)})" if kinds else "''"
    amount = "0.0"
    if event.amount is not None:
        table.need(event.amount, f"{name}.amount")
        amount = f"coalesce({table.number(event.amount)}, 0.0) * {event.amount_factor!r}"
    log = Log(event, table, 0)
    known = bool(np.isfinite(bank.as_of).all())
    before = ' AND t.moment < c."usher:as_of"' if known else ""
    inner = (
        f"SELECT {table.need(event.key, f'{name}.key')} AS key, {seconds} AS moment, {kind} AS kind, "
        f"{amount} AS amount FROM ({table.sql})"
    )
    _check_times(bank, table, event, seconds)
    bank.warehouse.run(
        f'CREATE TABLE {log.relation} AS SELECT c."usher:n" AS n, t.moment AS moment, t.kind AS kind, '
        f't.amount AS amount FROM ({inner}) t JOIN customers c ON c."usher:key" = t.key{before} '
        "WHERE t.moment IS NOT NULL ORDER BY n, moment, kind, amount",
        table,
    )
    rows = bank.warehouse.count(f"SELECT count(*) FROM {log.relation}")
    if not rows:
        raise TableError(
            f"{table.files[0].name}: no row of it is of a customer of {bank.table.files[0].name} and before the moment "
            f"of the analysis; are {event.key} and {bank.spec.customers.key} the same numbers, and is as_of right?"
        )
    return Log(event, table, rows)


def _check_times(bank: Bank, table: Table, event: EventTable, seconds: str) -> None:
    cell = table.need(event.time, "time")
    total, bad, example = bank.warehouse.one(
        f"SELECT count(*), count(*) FILTER (WHERE {seconds} IS NULL), min({cell}) FILTER (WHERE {seconds} IS NULL) "
        f"FROM ({table.sql})",
        table,
    )
    wrong, every = int(str(bad)), int(str(total))
    if every == 0:
        raise TableError(f"{table.files[0].name}: has no rows")
    if wrong > BAD_TIMES * every:
        shown = "it is missing" if example is None else f"for example {example!r}"
        raise TableError(
            f"{table.files[0].name}: {event.time} is not a time in {wrong} of {every} rows, {shown}; say "
            f"event {event.name}.time_format"
        )
    if wrong:
        bank.notes.say(f"{table.files[0].name}: {wrong} of {every} rows have no readable time and are not looked at")


def declared_windows(bank: Bank, logs: Sequence[Log]) -> list[EventWindow]:
    """The windows that the spec names, in its order."""
    named = {log.event.name: log for log in logs}
    result = []
    for entry in bank.spec.window:
        log = named[entry.event]
        if entry.kinds and not log.event.kinds:
            raise SpecError(f"{bank.spec.name}: a [[window]] of {entry.event} names kinds, but the log has no `kind`")
        if entry.measure in ("sum", "mean", "max") and log.event.amount is None:
            raise SpecError(
                f"{bank.spec.name}: a [[window]] of {entry.event} wants {entry.measure}, which needs `amount`"
            )
        kinds = tuple(level(kind) for kind in entry.kinds)
        result.append(EventWindow(table=entry.event, measure=entry.measure, kinds=kinds, days=entry.days))
    return result


def auto_windows(bank: Bank, log: Log) -> list[EventWindow]:
    """The windows that `auto` makes of a log, by what the customers in the warehouse's table `learners` did."""
    auto = AutoWindows() if log.event.auto is True else log.event.auto
    if not isinstance(auto, AutoWindows):
        return []
    days = sorted(set(auto.days))
    measures: list[Measure] = list(dict.fromkeys(auto.measures))
    if log.event.amount is None:
        measures = [one for one in measures if one not in ("sum", "mean", "max")]
    if not log.event.kinds:
        measures = [one for one in measures if one != "distinct"]
    name = log.event.name
    whole = _days_with_more(bank, log, days, auto.least, 0)
    windows = [
        EventWindow(table=name, measure=measure, days=length)
        for measure in measures
        if measure != "days_since"
        for length in whole.get("", [])
    ]
    if "days_since" in measures and whole.get(""):
        windows.append(EventWindow(table=name, measure="days_since"))
    if not log.event.kinds or not auto.top_kinds:
        return windows
    for kind, lengths in _days_with_more(bank, log, days, auto.least, auto.top_kinds).items():
        if "count" in measures:
            windows += [EventWindow(table=name, measure="count", kinds=(kind,), days=length) for length in lengths]
        if "days_since" in measures:
            windows.append(EventWindow(table=name, measure="days_since", kinds=(kind,)))
        windows += [
            EventWindow(table=name, measure=measure, kinds=(kind,), days=lengths[-1])
            for measure in measures
            if measure in ("sum", "mean", "max")
        ]
    return windows


def _days_with_more(bank: Bank, log: Log, days: Sequence[float], least: int, kinds: int) -> dict[str, list[float]]:
    """Per kind ("" for the whole log when `kinds` is 0) the lengths in which more happens than in the next shorter
    one and at least so many learners did something; the `kinds` kinds that most learners have."""
    age = f'(c."usher:as_of" - l.moment) / {DAY_S!r}'
    parts = ", ".join(
        f"count(*) FILTER (WHERE {age} <= {length!r}), count(DISTINCT l.n) FILTER (WHERE {age} <= {length!r})"
        for length in days
    )
    group, limit = ("l.kind", f"LIMIT {kinds}") if kinds else ("''", "")
    rows = bank.warehouse.rows(
        f"SELECT {group} AS kind, {parts}, count(DISTINCT l.n) AS people FROM {log.relation} l "
        f'JOIN customers c ON c."usher:n" = l.n WHERE l.n IN (SELECT n FROM learners) AND l.moment < c."usher:as_of" '
        f"AND ({group} <> '' OR {kinds} = 0) GROUP BY 1 ORDER BY people DESC, 1 {limit}"
    )
    result: dict[str, list[float]] = {}
    for row in rows:
        kind, *figures, _ = row
        kept: list[float] = []
        before = 0
        for at, length in enumerate(days):
            events, people = int(str(figures[2 * at])), int(str(figures[2 * at + 1]))
            if people >= least and events > before:
                kept.append(length)
                before = events
        if kept:
            result[str(kind)] = kept
    return result


def fill_windows(
    bank: Bank,
    logs: Sequence[Log],
    windows: WindowSet,
    at: Sequence[int],
    asker: npt.NDArray[np.int64],
    into: FloatMatrix,
    *,
    at_once: int = EVENTS_AT_ONCE,
) -> None:
    """Write each window's value for the customers `asker` (ascending, their rows of `into`) into columns `at`."""
    named = {log.event.name: log for log in logs}
    for name in windows.tables:
        if name not in named:
            raise SpecError(
                f"{bank.spec.name}: the model counts events of {name!r}, and the spec has no such [[event]]"
            )
    into[:, at] = 0.0
    for start, stop in _blocks(bank, [named[name] for name in windows.tables], at_once):
        rows = np.searchsorted(asker, (start, stop))
        chosen = asker[rows[0] : rows[1]]
        if not len(chosen):
            continue
        values = np.zeros((len(chosen), len(windows.windows)), dtype=np.float64)
        for name in windows.tables:
            batch = _batch(bank, named[name], windows, chosen, start, stop)
            windows.fill(name, batch, len(chosen), values)
        into[rows[0] : rows[1], at] = values


def _blocks(bank: Bank, logs: Sequence[Log], at_once: int) -> Iterator[tuple[int, int]]:
    """Ranges of customers that together have about `at_once` events of the fullest log."""
    most = max(log.rows for log in logs)
    width = max(1, int(len(bank) * min(1.0, at_once / max(most, 1))))
    for start in range(0, len(bank), width):
        yield start, min(start + width, len(bank))


def _batch(
    bank: Bank, log: Log, windows: WindowSet, chosen: npt.NDArray[np.int64], start: int, stop: int
) -> EventBatch:
    name = log.event.name
    kinds = windows.named_kinds(name)
    rows = f"SELECT n, moment, kind, amount FROM {log.relation} WHERE n >= {start} AND n < {stop}"
    if windows.counts_kinds(name):
        known = set(kinds)
        kinds += tuple(
            kind
            for kind in bank.warehouse.strings(f"SELECT DISTINCT kind FROM ({rows}) WHERE kind <> '' ORDER BY kind")
            if kind not in known
        )
    listed = ", ".join(f"({literal(kind)}, {at})" for at, kind in enumerate(kinds)) or "('', -1)"
    n, at, kind, amount = bank.warehouse.floats(
        f"SELECT e.n AS n, e.moment AS moment, coalesce(k.place, -1) AS kind, e.amount AS amount FROM ({rows}) e "
        f"LEFT JOIN (VALUES {listed}) AS k(kind, place) ON k.kind = e.kind"
    )
    customer = n.astype(np.int64)
    place = np.searchsorted(chosen, customer)
    asks = place < len(chosen)
    asks[asks] = chosen[place[asks]] == customer[asks]
    age = (bank.as_of[customer] - at) / DAY_S
    return EventBatch(place[asks], age[asks], kind[asks].astype(np.int64), amount[asks], kinds)
