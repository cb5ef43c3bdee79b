"""How each profile column of a model is read from the customers' table."""

# ruff: noqa: S608 — every name and text in a statement goes through `quoted` and `literal`.
from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from models.catalogue import Catalogue
from models.columns import ChoiceColumn, Column, NumberColumn
from models.spec.errors import SpecError, TableError
from models.spec.sniff import Sniffed, has_decimal_commas, sniff
from models.spec.spec import ROW, BankSpec, ColumnTarget, HideOne, ProfileEntry
from models.spec.values import EPOCH_MS, EPOCH_S, Times, codes_of
from models.training.bank_tables import (
    DAY_S,
    KEY,
    Bank,
    Floats,
    checked_floats,
    profile_number,
    sample_counts,
    times_in,
)
from models.training.logs import settle
from models.training.products import ProductSource
from models.training.warehouse import literal, quoted, time_sql, yes_no_sql

OTHER_TEXT = "*"
"""The text of the choice that stands for every value that has none of its own."""
UNSEEN = -30_000.0
"""What a value becomes that is none of a column's choices: the model sees none of them, and it is counted."""
MOST_SAMPLED = 20_000

ReadAs = Literal["number", "flag", "date", "choice"]


@dataclass(frozen=True, slots=True)
class Reading:
    """The column of the customers' table that gives the model's column `code`, and how its cells are read."""

    code: str
    column: str
    read_as: ReadAs
    times: Times = ()


def excluded_columns(bank: Bank, products: tuple[ProductSource, ...]) -> set[str]:
    """Columns that never describe the customer by themselves: keys, moments, products, targets, names, skipped ones."""
    spec = bank.spec
    named: list[str | None] = [spec.customers.key, spec.customers.as_of, spec.customers.latest_by]
    named += [spec.split.column, spec.split.by, spec.facts.name, spec.facts.advisor]
    named += [one.column for one in products] + [one.target for one in products]
    match spec.target:
        case HideOne(by=by):
            named.append(by)
        case ColumnTarget(column=column):
            named.append(column)
        case _:
            pass
    skipped = {column for column in bank.table.columns for one in spec.skip if fnmatch.fnmatchcase(column, one)}
    return ({name for name in named if name is not None} | skipped) - {KEY, ROW}


def sniffed(bank: Bank, column: str) -> Sniffed:
    """What kind the column is, by the sample of learners in the warehouse's table `sampled`."""
    counts = sample_counts(bank.warehouse, "sampled", column)
    if bank.table.decimal == "." and has_decimal_commas(counts):
        bank.notes.say(f'{column} looks like numbers with decimal commas: say customers.decimal = ","')
    return sniff(column, counts, decimal=bank.table.decimal, thousands=bank.table.thousands)


def entry_times(bank: Bank, entry: ProfileEntry | None, column: str) -> Times:
    """How the dates of a column are written; `TableError` where that is neither said nor to be seen."""
    declared = entry.format if entry is not None else None
    times = times_in(bank.warehouse, f"SELECT {quoted(column)} FROM customers", declared)
    if times is None:
        shown = bank.warehouse.strings(
            f"SELECT DISTINCT {quoted(column)} FROM customers WHERE {quoted(column)} IS NOT NULL LIMIT 3"
        )
        raise TableError(
            f"{bank.table.files[0].name}: {column} does not read as a date: {', '.join(shown) or 'it is empty'}; say "
            f"its format in the letters of strptime, {EPOCH_S} or {EPOCH_MS}, or another kind"
        )
    return times


def readings_for(bank: Bank, catalogue: Catalogue) -> tuple[Reading, ...]:
    """How to read each column of a finished catalogue that is not made of events; nothing is learned.

    `SpecError` names a column that the table lacks.
    """
    spec = bank.spec
    codes = codes_of(bank.table.columns)
    by_code = {code: column for column, code in codes.items()} | {column: column for column in codes}
    dates = {f"{code}_days": column for column, code in codes.items()}
    entries = {entry.column: entry for entry in spec.profile}
    declared = {entry.code: entry.column for entry in spec.profile if entry.code}
    result = []
    for column in catalogue.profile:
        if isinstance(column, NumberColumn) and column.window is not None:
            continue
        source = declared.get(column.code) or by_code.get(column.code) or dates.get(column.code)
        if source is None or source not in bank.table.columns:
            raise SpecError(
                f"{bank.table.files[0].name}: the model needs the column {source or column.code}, and it is not there; "
                f"its columns are {', '.join(bank.table.columns[:60])}"
            )
        entry = entries.get(source)
        kind = entry.kind if entry is not None else "auto"
        if isinstance(column, ChoiceColumn):
            result.append(Reading(column.code, source, "choice"))
        elif (
            kind == "date"
            or (column.code not in by_code and column.code in dates)
            or (kind == "auto" and entry is not None and entry.code and sniffed(bank, source).kind == "date")
        ):
            result.append(Reading(column.code, source, "date", entry_times(bank, entry, source)))
        else:
            result.append(Reading(column.code, source, "flag" if kind == "flag" else "number"))
    _settle_for_dates(bank, result)
    return tuple(result)


def _settle_for_dates(bank: Bank, readings: list[Reading]) -> None:
    settle_for_dates(bank, [one for one in readings if one.read_as == "date"])


def settle_for_dates(bank: Bank, dates: list[Reading]) -> None:
    """Where nothing says the moment of the analysis and dates need one, it is just after the latest of them."""
    if not dates or not np.isnan(bank.as_of).all():
        return
    ends = [float(np.nanmax(bank.floats(time_sql(quoted(one.column), one.times)), initial=-np.inf)) for one in dates]
    latest = max(ends)
    if np.isfinite(latest):
        settle(bank, latest + 1.0, "just after the latest date of the customers' table")


def values_of(bank: Bank, reading: Reading, column: Column) -> Floats:
    """The column's value for every customer, in the model's unit; NaN where missing. `TableError` where many cells
    cannot be read."""
    cell = quoted(reading.column)
    match reading.read_as:
        case "number":
            return checked_floats(bank, reading.column, profile_number(bank.table, reading.column), "a number")
        case "flag":
            number = profile_number(bank.table, reading.column)
            positive = f"CASE WHEN {number} IS NULL THEN NULL WHEN {number} > 0 THEN 1 ELSE 0 END"
            sql = f"coalesce({yes_no_sql(cell)}, {positive})"
            return checked_floats(bank, reading.column, sql, "yes or no")
        case "date":
            seconds = checked_floats(bank, reading.column, time_sql(cell, reading.times), "a date")
            return (bank.as_of - seconds) / DAY_S
        case "choice":
            assert isinstance(column, ChoiceColumn)
            return bank.floats(choice_sql(cell, column))


def choice_sql(cell: str, column: ChoiceColumn) -> str:
    """SQL for the value of a choice column: missing is null, a text of no choice is "other" or `UNSEEN`."""
    cases = "".join(
        f" WHEN {literal(one.text or str(one.value))} THEN {one.value}"
        for one in column.choices
        if one.text != OTHER_TEXT
    )
    others = [one.value for one in column.choices if one.text == OTHER_TEXT]
    rest = others[0] if others else UNSEEN
    return f"(CASE WHEN {cell} IS NULL THEN NULL ELSE (CASE {cell}{cases} ELSE {rest} END) END)"


def prepare_samples(bank: Bank, learners: npt.NDArray[np.int64]) -> None:
    """Makes the warehouse's tables `learners` (n) and `sampled` (their rows, at most `MOST_SAMPLED`, evenly spread)."""
    step = max(1, -(-len(learners) // MOST_SAMPLED))
    for name, chosen in (("learners", learners), ("picked", learners[::step])):
        with bank.warehouse.given("given", {"n": chosen}):
            bank.warehouse.run(f"CREATE OR REPLACE TABLE {name} AS SELECT n FROM given")
    bank.warehouse.run(
        'CREATE OR REPLACE TABLE sampled AS SELECT * FROM customers WHERE "usher:n" IN (SELECT n FROM picked)'
    )


def spec_entry(spec: BankSpec, column: str) -> ProfileEntry | None:
    """What the spec says of a profile column, if anything."""
    return next((entry for entry in spec.profile if entry.column == column), None)
