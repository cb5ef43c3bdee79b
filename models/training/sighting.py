"""What the first rows of a bank's files show: kinds, keys, moments, products, targets, encodings."""

# ruff: noqa: S608 — every name in a statement goes through `quoted`.
from __future__ import annotations

import fnmatch
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.spec.errors import SpecError
from models.spec.sniff import Sniffed, encoding_of, has_decimal_commas, sniff
from models.spec.spec import TableSource
from models.spec.values import NO, YES, times_of
from models.training.bank_tables import sample_counts
from models.training.warehouse import Table, Warehouse, opened, quoted

_ROWS = 20_000
_BYTES = 200_000
_KEYISH = re.compile(r"(^|_)(id|key|ref|no|nr|num|number|code|cod|customer|client|cust|ncod\w*)(_|$)|id$|^ncod", re.I)
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


def look(warehouse: Warehouse, name: str, path: Path) -> Sight:
    """What the first rows of a file show."""
    table = warehouse.open(name, TableSource(file=path.name, encoding=encoding_in(path)), path.parent)
    warehouse.run(f"CREATE OR REPLACE TABLE {quoted(name)} AS {table.sql} LIMIT {_ROWS}", table)
    rows = warehouse.count(f"SELECT count(*) FROM {quoted(name)}")
    counts = {column: sample_counts(warehouse, quoted(name), column) for column in table.columns}
    commas = any(has_decimal_commas(one) for one in counts.values())
    decimal, thousands = (",", ".") if commas else (".", "")
    kinds = {c: sniff(c, counts[c], decimal=decimal, thousands=thousands) for c in table.columns}
    return Sight(table, rows, counts, kinds, commas)


def encoding_in(path: Path) -> str:
    """How a file is encoded, by its beginning."""
    if set(path.suffixes) & {".parquet", ".pq"}:
        return "utf-8"
    try:
        with opened(path) as content:
            return encoding_of(content.read(_BYTES))
    except (OSError, EOFError) as error:
        raise SpecError(f"{path.name}: cannot be read: {error}") from error


def key_of(sight: Sight) -> str:
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


def moment_of(sight: Sight) -> str | None:
    """The column that says when a row is of, where customers have several rows."""
    key = key_of(sight)
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


def products_in(sight: Sight, wanted: Sequence[str], never: set[str]) -> list[str]:
    """The columns of products: those `wanted`, by name, pattern or beginning; else what looks like some."""
    columns = [column for column in sight.table.columns if column not in never]
    if not wanted:
        flags = [column for column in columns if is_yes_no(sight, column)]
        groups: dict[str, list[str]] = {}
        for column in flags:
            groups.setdefault(re.split(r"[_\d.]", column)[0], []).append(column)
        best = max(groups.values(), key=len, default=[])
        ending = suffix_of(best)
        return [column for column in best if column.endswith(ending)] if len(best) >= 3 else []
    picked = [
        column
        for column in columns
        if any(column == one or fnmatch.fnmatchcase(column, one) or column.startswith(one) for one in wanted)
    ]
    if len(wanted) == 1 and all(column.startswith(wanted[0]) for column in picked):
        ending = suffix_of(picked)
        picked = [column for column in picked if column.endswith(ending)]
    if not picked:
        raise SpecError(
            f"{sight.table.files[0].name}: no column is or begins with {', '.join(wanted)}; its columns are "
            f"{', '.join(sight.table.columns[:60])}"
        )
    return picked


def targets_in(sight: Sight, target: str | None) -> list[str]:
    """The columns that say what was wanted."""
    if target is None:
        return []
    found = [
        column
        for column in sight.table.columns
        if column != target
        and is_yes_no(sight, column)
        and (fnmatch.fnmatchcase(column, target) or column.startswith(target))
    ]
    if target in sight.table.columns or len(found) < 2:
        sight.table.need(target, "--target")
        return [target]
    return found


def suffix_of(columns: Sequence[str]) -> str:
    """The ending of at least five and four fifths of these columns, but not of all: the others are of another sort."""
    endings = Counter(column[column.rfind("_") :] for column in columns if "_" in column)
    ending, count = next(iter(endings.most_common(1)), ("", 0))
    return ending if max(5, 0.8 * len(columns)) <= count < len(columns) else ""


def is_yes_no(sight: Sight, column: str) -> bool:
    """Whether the column says nothing but yes and no."""
    return bool(sight.counts[column]) and {value.lower() for value in sight.counts[column]} <= YES | NO
