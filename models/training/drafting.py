"""A first spec for a bank's files: what can be seen is written down, what must be decided is said in comments."""

# ruff: noqa: S608 — every name and text in a statement goes through `quoted` and `literal`.
from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.spec.errors import SpecError
from models.spec.sniff import Sniffed, has_decimal_commas, sniff
from models.spec.spec import TableSource
from models.spec.values import NO, YES, code_of, times_of
from models.training.bank_tables import sample_counts
from models.training.warehouse import Table, Warehouse, quoted, time_sql

_ROWS = 20_000
_SENSITIVE = re.compile(
    r"(relig|god|faith|ethnic|race|racial|nation|citizen|polit|union|sex|gender|gdr|health|disab|orient|marit|mrg)",
    re.I,
)
_KEYISH = re.compile(r"(^|_)(id|key|ref|no|nr|num|number|code|cod|customer|client|cust|ncod\w*)(_|$)|id$|^ncod", re.I)
_AMOUNT = re.compile(r"(amount|amt|sum|value|price|total|betrag|importe|monto|seconds|duration)", re.I)
_KIND = re.compile(r"(page|type|kind|cod|code|cd|categ|channel|event|action|mcc|merchant)", re.I)
_SNAPSHOT = re.compile(r"(dato|snapshot|month|as_?of|period|report|partition)", re.I)


@dataclass(frozen=True, slots=True)
class Sight:
    """What a sample shows of a table: rows looked at, per column its kind and its values with how often, and whether
    numbers have decimal commas."""

    table: Table
    rows: int
    counts: Mapping[str, Mapping[str, int]]
    kinds: Mapping[str, Sniffed]
    commas: bool

    def distinct(self, column: str) -> int:
        """How many values the column has in the sample."""
        return len(self.counts[column])

    def missing(self, column: str) -> float:
        """Which share of the sample's cells is missing."""
        return 1.0 - sum(self.counts[column].values()) / max(self.rows, 1)


def draft_spec(
    customers: Path, events: Mapping[str, Path], products: Sequence[str], folder: Path, *, target: str | None = None
) -> str:
    """The text of a first spec, its files named as seen from `folder`. `products`: columns, patterns, or beginnings of
    names; without any, yes/no columns that look like products are proposed. `target`: the column that names what was
    wanted."""
    with Warehouse() as warehouse:
        sight = look(warehouse, "customers", customers)
        logs = [(name, look(warehouse, f"log_{at}", path), path) for at, (name, path) in enumerate(events.items())]
        if target is not None:
            sight.table.need(target, "--target")
        key, snapshot = _key(sight), _snapshot(sight)
        never = {key, snapshot or "", target or ""}
        picked = _products(sight, products, never) if products or target is None else []
        lines = _head(customers)
        lines += _customers(warehouse, sight, customers, folder, key, snapshot, logs)
        lines += _product_lines(picked, products)
        lines += _profile(sight, never | set(picked))
        for at, (name, log, path) in enumerate(logs):
            lines += _event(name, log, path, folder, key, sight, f"log_{at}", warehouse)
        lines += _target(picked, target)
        lines += _tail(sight)
    return "\n".join(lines) + "\n"


def look(warehouse: Warehouse, name: str, path: Path) -> Sight:
    """What the first rows of a file show."""
    table = warehouse.open(name, TableSource(file=path.name), path.parent)
    warehouse.run(f"CREATE OR REPLACE TABLE {quoted(name)} AS {table.sql} LIMIT {_ROWS}", table)
    rows = warehouse.count(f"SELECT count(*) FROM {quoted(name)}")
    counts = {column: sample_counts(warehouse, quoted(name), column) for column in table.columns}
    commas = any(has_decimal_commas(one) for one in counts.values())
    decimal, thousands = (",", ".") if commas else (".", "")
    kinds = {c: sniff(c, counts[c], decimal=decimal, thousands=thousands) for c in table.columns}
    return Sight(table, rows, counts, kinds, commas)


def _key(sight: Sight) -> str:
    """The column that most likely is the customer's number."""
    unique = [
        column
        for column in sight.table.columns
        if sight.missing(column) == 0.0 and sight.distinct(column) == sight.rows and _KEYISH.search(column)
    ]
    if unique:
        return unique[0]
    likely = [
        column
        for column in sight.table.columns
        if _KEYISH.search(column) and sight.distinct(column) > 0.02 * sight.rows
    ]
    return max(likely, key=lambda column: sight.distinct(column), default=sight.table.columns[0])


def _snapshot(sight: Sight) -> str | None:
    """The column that says when a row is of, where customers have several rows."""
    key = _key(sight)
    if sight.distinct(key) == sum(sight.counts[key].values()):
        return None
    dates = [column for column in sight.table.columns if sight.kinds[column].kind == "date"]
    dates += [
        column
        for column in sight.table.columns
        if sight.kinds[column].kind != "date" and _SNAPSHOT.search(column) and times_of(list(sight.counts[column]))
    ]
    named = [column for column in dates if _SNAPSHOT.search(column)]
    return next(iter(named or dates), None)


def _products(sight: Sight, wanted: Sequence[str], never: set[str]) -> list[str]:
    columns = [column for column in sight.table.columns if column not in never]
    if not wanted:
        flags = [column for column in columns if _yes_no(sight, column)]
        groups: dict[str, list[str]] = {}
        for column in flags:
            groups.setdefault(re.split(r"[_\d.]", column)[0], []).append(column)
        best = max(groups.values(), key=len, default=[])
        return best if len(best) >= 3 else []
    picked = [
        column
        for column in columns
        if any(column == one or fnmatch.fnmatchcase(column, one) or column.startswith(one) for one in wanted)
    ]
    if not picked:
        raise SpecError(
            f"{sight.table.files[0].name}: no column is or begins with {', '.join(wanted)}; its columns are "
            f"{', '.join(sight.table.columns[:60])}"
        )
    return picked


def _yes_no(sight: Sight, column: str) -> bool:
    return bool(sight.counts[column]) and {value.lower() for value in sight.counts[column]} <= YES | NO


def _head(customers: Path) -> list[str]:
    name = code_of(re.sub(r"\.(csv|tsv|parquet|jsonl|json|txt|gz)", "", customers.name))
    return [
        f"# A first spec, drafted from {customers.name}. Read it through: every line can be changed or taken out, and",
        "# `usher models check --spec` says what becomes of it. docs/models/bank-spec.md explains every key.",
        "",
        f"name = {_quoted(name)}",
        f"title = {_quoted(name)}",
        'source = ""     # where the data is from',
        'licence = ""    # under which licence',
        'limits = ""     # what a model of it must not be used for',
        'profile_rest = "auto"    # columns that are not named below describe the customer too; "skip" leaves them out',
        "",
    ]


def _customers(
    warehouse: Warehouse,
    sight: Sight,
    path: Path,
    folder: Path,
    key: str,
    snapshot: str | None,
    logs: Sequence[tuple[str, Sight, Path]],
) -> list[str]:
    lines = ["[customers]", f"file = {_quoted(_from(path, folder))}", f"key = {_quoted(key)}", *_decimals(sight)]
    if snapshot is not None:
        lines += [
            f"latest_by = {_quoted(snapshot)}    # customers have several rows: this says when each is of",
            'snapshots = "latest"    # "all": each row is a question of its own',
        ]
        return [*lines, ""]
    moment = _latest(warehouse, [(f"log_{at}", log) for at, (_, log, _) in enumerate(logs)])
    if moment is None:
        moment = _latest(warehouse, [("customers", sight)])
    if moment is None:
        lines.append('# as_of = "2025-01-01"    # the moment of the analysis: nothing at or after it is seen')
    else:
        lines.append(
            f"as_of = {_quoted(moment)}    # the day after the latest time seen in the first rows: is it right?"
        )
    return [*lines, ""]


def _decimals(sight: Sight) -> list[str]:
    return ['decimal = ","', 'thousands = "."'] if sight.commas else []


def _latest(warehouse: Warehouse, tables: Sequence[tuple[str, Sight]]) -> str | None:
    """The day after the latest time in the samples."""
    seconds: list[float] = []
    for name, sight in tables:
        for column, kind in sight.kinds.items():
            times = kind.times or times_of(list(sight.counts[column])[:500], epochs=name != "customers")
            if times:
                value = warehouse.one(f"SELECT max({time_sql(quoted(column), times)}) FROM {quoted(name)}")[0]
                seconds += [float(value)] if isinstance(value, int | float) else []
    if not seconds:
        return None
    day = warehouse.one(f"SELECT strftime(to_timestamp({max(seconds)!r} + 86400.0), '%Y-%m-%d')")[0]
    return str(day)


def _product_lines(picked: Sequence[str], wanted: Sequence[str]) -> list[str]:
    if not picked:
        return [
            "# Which products are there? No columns were named with --products, and none look like products. Either",
            "# [products]",
            '# columns = ["has_card", "has_loan"]    # or prefix = "has_"',
            "# or, where the target names them:",
            "[products]",
            "from_target = true",
            "",
        ]
    prefix = next((one for one in wanted if all(column.startswith(one) for column in picked)), None)
    lines = ["[products]    # held when above 0, or yes"]
    if prefix is not None and len(wanted) == 1:
        lines.append(f"prefix = {_quoted(prefix)}    # {len(picked)} columns")
    else:
        lines += ["columns = [", *(f"    {_quoted(column)}," for column in picked), "]"]
    return [
        *lines,
        "",
        "# Names in three languages, categories, who may buy: one [[product]] each, as far as you want, for example",
        "# [[product]]",
        f"# column = {_quoted(picked[0])}",
        '# category = "cards"',
        '# names = { en = "Credit card", zh = "信用卡", ko = "신용카드" }',
        "# min_age = 18",
        "",
    ]


def _profile(sight: Sight, never: set[str]) -> list[str]:
    lines = [
        "# What describes the customer. Ranges, defaults and values are learned; say low, high, default to fix them.",
        "",
    ]
    for column in sight.table.columns:
        if column in never:
            continue
        seen = sight.kinds[column]
        remarks = []
        if seen.kind == "skip":
            remarks.append(f"left out: {seen.why}")
        else:
            remarks.append(f"{sight.distinct(column)} values")
        if sight.missing(column) >= 0.005:
            remarks.append(f"{sight.missing(column):.1%} missing")
        if _SENSITIVE.search(column):
            remarks.append('sensitive? then kind = "skip"')
        lines += [
            "[[profile]]",
            f"column = {_quoted(column)}",
            f"kind = {_quoted(seen.kind)}    # {'; '.join(remarks)}",
            "",
        ]
    return lines


def _event(
    name: str, log: Sight, path: Path, folder: Path, key: str, customers: Sight, table: str, warehouse: Warehouse
) -> list[str]:
    columns = log.table.columns
    own = key if key in columns else _shared(columns, key, table, warehouse)
    times = {column: times_of(list(log.counts[column])[:500], epochs=True) for column in columns if column != own}
    time = next((column for column in columns if times.get(column)), None)
    if time is None:
        raise SpecError(
            f"{log.table.files[0].name}: no column reads as a time, and a log needs one; its columns are "
            f"{', '.join(columns)}"
        )
    rest = [column for column in columns if column not in (own, time) and not times.get(column)]
    numbers = [column for column in rest if log.kinds[column].kind == "number"]
    amount = next((column for column in numbers if _AMOUNT.search(column)), None)
    choices = [column for column in rest if log.kinds[column].kind in ("choice", "flag") and column != amount]
    named = [column for column in choices if _KIND.search(column)] or choices
    kind = max(named, key=log.distinct, default=None)
    lines = [
        "[[event]]",
        f"name = {_quoted(code_of(name))}",
        f"file = {_quoted(_from(path, folder))}",
        f"key = {_quoted(own)}",
        f"time = {_quoted(time)}",
        *_decimals(log),
    ]
    if kind is not None:
        others = [column for column in choices if column != kind]
        remark = f"    # also possible: {', '.join(others)}; a list makes one kind of several columns" if others else ""
        lines.append(f"kind = {_quoted(kind)}{remark}")
    if amount is not None:
        lines.append(f"amount = {_quoted(amount)}")
    return [*lines, "auto = { days = [7, 30, 90], top_kinds = 30 }", ""]


def _shared(columns: Sequence[str], key: str, table: str, warehouse: Warehouse) -> str:
    """The log's column that has most of the customers' keys."""

    def share(column: str) -> int:
        return warehouse.count(
            f"SELECT count(DISTINCT {quoted(column)}) FROM {quoted(table)} WHERE {quoted(column)} IN "
            f"(SELECT {quoted(key)} FROM customers)"
        )

    return max(columns, key=share)


def _target(picked: Sequence[str], target: str | None) -> list[str]:
    if target is None and picked:
        return [
            "[target]    # one product of each customer with two or more is hidden and asked for",
            'kind = "hide_one"',
            '# or what was bought next: kind = "column" | "columns" | "table" | "next_snapshot"',
            "",
        ]
    column = "" if target is None else target
    return [
        "[target]    # which column says what was wanted?",
        'kind = "column"',
        f"column = {_quoted(column)}" + ("    # FILL IN" if target is None else ""),
        "# none = []    # values that mean: nothing",
        "",
    ]


def _tail(sight: Sight) -> list[str]:
    ages = [
        column for column in sight.table.columns if re.search(r"(^|_)(age|edad|birth|dob|birthdate)(_|$)", column, re.I)
    ]
    segments = [column for column in sight.table.columns if re.search(r"segment", column, re.I)]
    lines = ["[split]", "share = 0.2    # held out, by hash of the key", ""]
    facts = [f"age = {_quoted(ages[0])}"] if ages else ['# age = "…"    # years or a date of birth']
    facts.append(f"segment = {_quoted(segments[0])}" if segments else '# segment = "…"')
    return [*lines, "[facts]    # what the rules about who may buy look at", *facts, ""]


def _from(path: Path, folder: Path) -> str:
    resolved, base = path.resolve(), folder.resolve()
    return resolved.relative_to(base).as_posix() if resolved.is_relative_to(base) else resolved.as_posix()


def _quoted(text: str) -> str:
    """A TOML string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
