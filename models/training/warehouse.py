"""A bank's tables as they are on disk, read by DuckDB: every cell as tidied text, more rows than memory holds.

Nothing is guessed here: cells become numbers and times where a caller says how they are written.
"""

# ruff: noqa: S608 — every name and text in a statement goes through `quoted` and `literal`.
from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import numpy as np
import numpy.typing as npt

from models.errors import TrainingError
from models.spec.errors import TableError
from models.spec.spec import Format, TableSource
from models.spec.values import EPOCH_MS, EPOCH_S, ISO, NO, NULLS, YES, Times, is_whole, level

Cell = str | int | float | bool | None
Arrays = Mapping[str, npt.NDArray[np.int64] | npt.NDArray[np.float64] | npt.NDArray[np.int8]]

MEMORY = "1GB"
"""What DuckDB may hold in memory; beyond it, it works on disk."""
_BLOCK = 1 << 20
_DELIMITERS = (",", ";", "\t", "|")
_SUFFIXES: Mapping[str, Format] = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
}


@dataclass(frozen=True, slots=True)
class Table:
    """A table that can be read: `sql` gives its rows (all columns text, null where missing), from these files."""

    name: str
    sql: str
    columns: tuple[str, ...]
    files: tuple[Path, ...]
    decimal: str
    thousands: str

    def need(self, column: str, key: str) -> str:
        """The column, quoted for SQL; `TableError` when the table has none of this name."""
        if column not in self.columns:
            shown = ", ".join(self.columns[:40]) + (", …" if len(self.columns) > 40 else "")
            raise TableError(f"{self.files[0].name}: there is no column {column!r} ({key}); its columns are {shown}")
        return quoted(column)

    def number(self, column: str) -> str:
        """SQL for the column's finite number, else null."""
        return number_sql(quoted(column), self.decimal, self.thousands)


def quoted(name: str) -> str:
    """An identifier in SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def texts(values: Sequence[str]) -> str:
    """A list of texts in SQL, in brackets; never empty, so that it may follow IN."""
    return "(" + ", ".join(map(literal, values)) + ")" if values else "(NULL)"


def number_sql(cell: str, decimal: str = ".", thousands: str = "") -> str:
    """SQL for a cell's finite number; yes and no are 1 and 0; null otherwise."""
    text = cell
    if thousands:
        text = f"replace({text}, {literal(thousands)}, '')"
    if decimal != ".":
        text = f"replace({text}, {literal(decimal)}, '.')"
    value = f"TRY_CAST({text} AS DOUBLE)"
    return f"(CASE WHEN isfinite({value}) THEN {value} ELSE {yes_no_sql(cell)} END)"


def yes_no_sql(cell: str) -> str:
    """SQL for a cell's yes (1.0) or no (0.0), else null."""
    yes, no = texts(sorted(YES)), texts(sorted(NO))
    return f"(CASE WHEN lower({cell}) IN {yes} THEN 1.0::DOUBLE WHEN lower({cell}) IN {no} THEN 0.0::DOUBLE END)"


def time_sql(cell: str, times: Times) -> str:
    """SQL for the seconds since 1970 (UTC) of a cell's time, else null."""
    match times:
        case (written,) if written == ISO:
            return f"epoch(TRY_CAST({cell} AS TIMESTAMPTZ))"
        case (written,) if written == EPOCH_S:
            return f"TRY_CAST({cell} AS DOUBLE)"
        case (written,) if written == EPOCH_MS:
            return f"(TRY_CAST({cell} AS DOUBLE) / 1000.0)"
        case _:
            return f"epoch(try_strptime({cell}, [{', '.join(map(literal, times))}]))"


class Warehouse:
    """A scratch database of one run; leaving it removes it."""

    def __init__(self, *, memory: str = MEMORY) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="usher-tables-"))
        self._connection = duckdb.connect(
            str(self._folder / "tables.duckdb"),
            config={
                "memory_limit": memory,
                "temp_directory": str(self._folder),
                "autoinstall_known_extensions": "false",
            },
        )
        self._connection.execute("SET TimeZone = 'UTC'")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def run(self, sql: str, table: Table | None = None) -> None:
        """Carry the statement out; `TableError` names the table's file where its content is the reason."""
        with _explained(table):
            self._connection.execute(sql)

    def rows(self, sql: str, table: Table | None = None) -> list[tuple[Cell, ...]]:
        """All rows of the query."""
        with _explained(table):
            return self._connection.execute(sql).fetchall()

    def one(self, sql: str, table: Table | None = None) -> tuple[Cell, ...]:
        """The only row of the query."""
        return self.rows(sql, table)[0]

    def count(self, sql: str, table: Table | None = None) -> int:
        """The whole number that the query gives."""
        value = self.one(sql, table)[0]
        return int(value) if isinstance(value, int | float) else 0

    def floats(self, sql: str, table: Table | None = None) -> list[npt.NDArray[np.float64]]:
        """The query's columns as float64, NaN where null."""
        with _explained(table):
            columns = self._connection.execute(sql).fetchnumpy()
        return [np.ma.filled(np.ma.asarray(column, dtype=np.float64), np.nan) for column in columns.values()]

    def strings(self, sql: str) -> list[str]:
        """The query's only column as texts, "" where null."""
        return ["" if value is None else str(value) for (value,) in self.rows(sql)]

    @contextmanager
    def given(self, name: str, arrays: Arrays) -> Iterator[None]:
        """Makes equally long arrays readable as the table `name` for a while."""
        self._connection.register(name, dict(arrays))
        try:
            yield
        finally:
            self._connection.unregister(name)

    def open(self, name: str, source: TableSource, folder: Path, *, instead: Path | None = None) -> Table:
        """The table that `source` describes, below `folder`; `instead`: this file and none that it names."""
        files = (instead,) if instead is not None else find_files(name, source, folder)
        written = source.format or _format_of(name, files[0])
        if written in ("csv", "tsv"):
            inner, columns = self._delimited(name, source, files, "\t" if written == "tsv" else source.delimiter)
        else:
            listed = f"[{', '.join(literal(str(path)) for path in files)}]"
            inner = (
                f"read_parquet({listed})"
                if written == "parquet"
                else f"read_json({listed}, format='newline_delimited', sample_size=-1)"
            )
            plain = Table(name, inner, (), files, source.decimal, source.thousands)
            columns = [str(row[0]) for row in self.rows(f"DESCRIBE SELECT * FROM {inner}", plain)]
        # one pattern: a list of texts is slow to plan over many columns
        said = {text.strip().lower() for text in source.null}
        nothing = sorted(NULLS | said | {f"{text}.0" for text in said if is_whole(text)})
        missing = literal(f"(?i)({'|'.join(map(re.escape, nothing))})")
        cells = ", ".join(f"{_tidied(quoted(column), missing)} AS {quoted(column.strip())}" for column in columns)
        named = tuple(column.strip() for column in columns)
        twice = sorted({column for column in named if [c.lower() for c in named].count(column.lower()) > 1})
        if twice:
            raise TableError(f"{files[0].name}: the column {twice[0]!r} is there twice; give each a name of its own")
        sql = f"SELECT {cells} FROM {inner}"
        table = Table(name, sql, named, files, source.decimal, source.thousands)
        if source.only:
            kept = [
                f"{table.need(column, f'{name}.only')} IN {texts([level(value) for value in values])}"
                for column, values in source.only.items()
            ]
            sql = f"SELECT * FROM ({sql}) WHERE {' AND '.join(kept)}"
        return Table(name, sql, named, files, source.decimal, source.thousands)

    def _delimited(
        self, name: str, source: TableSource, files: tuple[Path, ...], delimiter: str | None
    ) -> tuple[str, list[str]]:
        headers: list[list[str]] = []
        readable: list[str] = []
        for path in files:
            first, delimiter = _header(name, source, path, delimiter)
            headers.append(first)
            readable.append(str(self._in_utf8(name, source, path)))
        for path, header in zip(files, headers, strict=True):
            if header != headers[0]:
                other = sorted(set(header) ^ set(headers[0])) or ["another order"]
                raise TableError(
                    f"{path.name}: its header differs from {files[0].name}'s: {', '.join(other[:8])}; files of one "
                    "table must have the same columns in the same order"
                )
        columns = [column or f"column_{at}" for at, column in enumerate(headers[0], start=1)]
        declared = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in columns)
        listed = ", ".join(map(literal, readable))
        quote = literal(source.quote)
        return (
            f"read_csv([{listed}], auto_detect=false, delim={literal(delimiter or ',')}, quote={quote}, "
            f"escape={quote}, header=true, columns={{{declared}}}, nullstr='')",
            columns,
        )

    def _in_utf8(self, name: str, source: TableSource, path: Path) -> Path:
        """The file itself, or a copy in UTF-8."""
        if source.encoding.lower().replace("_", "-") in ("utf-8", "utf8", "ascii"):
            return path
        copy = self._folder / f"{hashlib.sha256(str(path).encode()).hexdigest()[:16]}.csv"
        try:
            with opened(path) as raw, copy.open("w", encoding="utf-8", newline="") as out:
                text = io.TextIOWrapper(raw, encoding=source.encoding, newline="")
                while block := text.read(_BLOCK):
                    out.write(block)
        except UnicodeDecodeError as error:
            raise TableError(f"{path.name}: {name}.encoding = {source.encoding!r} does not fit: {error}") from error
        return copy


def find_files(name: str, source: TableSource, folder: Path) -> tuple[Path, ...]:
    """The files of a table, in order; `TableError` when there is none."""
    found: list[Path] = []
    for pattern in source.files:
        if any(letter in pattern for letter in "*?["):
            base = Path(pattern).anchor
            matches = sorted((Path(base) if base else folder).glob(pattern.removeprefix(base)))
        else:
            path = folder / pattern
            matches = [path] if path.is_file() else []
        if not matches:
            there = sorted(path.name for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
            raise TableError(
                f"{name}.file = {pattern!r}: no such file in {folder}; there: {', '.join(there[:20]) or 'nothing'}; "
                "say the folder with --data"
            )
        found += matches
    return tuple(found)


def digest_of(files: Sequence[Path]) -> str:
    """sha256 of one file's bytes, or of the digests of several."""
    digests: list[str] = []
    for path in files:
        with path.open("rb") as content:
            digests.append(hashlib.file_digest(content, "sha256").hexdigest())
    return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _format_of(name: str, path: Path) -> Format:
    plain = path.name.lower().removesuffix(".gz").removesuffix(".zst")
    found = _SUFFIXES.get(Path(plain).suffix)
    if found is None:
        raise TableError(
            f'{path.name}: its ending says nothing; say {name}.format = "csv", "tsv", "parquet" or "jsonl"'
        )
    return found


def _tidied(column: str, missing: str) -> str:
    text = f"trim(CAST({column} AS VARCHAR))"
    whole = rf"CASE WHEN ends_with({text}, '.0') THEN regexp_replace({text}, '^(-?[0-9]+)\.0$', '\1') ELSE {text} END"
    return f"CASE WHEN regexp_full_match({text}, {missing}) THEN NULL ELSE {whole} END"


@contextmanager
def opened(path: Path) -> Iterator[gzip.GzipFile | io.BufferedReader]:
    """The file's bytes, unpacked."""
    if path.name.lower().endswith(".gz"):
        with gzip.open(path, "rb") as packed:
            yield packed
    else:
        with path.open("rb") as raw:
            yield raw


def _header(name: str, source: TableSource, path: Path, delimiter: str | None) -> tuple[list[str], str]:
    """The column names of a delimited file and what is between them."""
    try:
        with opened(path) as raw:
            encoding = "utf-8-sig" if source.encoding.lower() in ("utf-8", "utf8") else source.encoding
            text = io.TextIOWrapper(raw, encoding=encoding, newline="")
            first = text.readline()
            if delimiter is None:
                outside = "".join(first.split('"')[::2])
                delimiter = max(_DELIMITERS, key=outside.count) if outside else ","
            header = next(csv.reader(io.StringIO(first, newline=""), delimiter=delimiter), [])
    except UnicodeDecodeError as error:
        raise TableError(f"{path.name}: is not {source.encoding} ({error}); say {name}.encoding") from error
    except (OSError, EOFError) as error:
        raise TableError(f"{path.name}: cannot be read: {error}") from error
    if not header:
        raise TableError(f"{path.name}: is empty; its first line must have the columns' names")
    return header, delimiter


@contextmanager
def _explained(table: Table | None) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        what = "; ".join(lines[:3])
        if table is None:
            raise TrainingError(f"the tables cannot be worked on: {what}") from error
        hint = (
            "; is it all in this encoding? say encoding" if "unicode" in what.lower() or "utf" in what.lower() else ""
        )
        names = ", ".join(path.name for path in table.files[:3])
        raise TableError(f"{names}: cannot be read as the table {table.name}: {what}{hint}") from error
