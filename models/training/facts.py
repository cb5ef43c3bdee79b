"""The columns that the policy's rules look at: age, segment, risk rating."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.spec.errors import TableError
from models.spec.values import times_of
from models.training.bank_tables import DAY_S, Bank, checked_floats, profile_number
from models.training.warehouse import time_sql

YEAR_DAYS = 365.25
OLDEST = 130.0
_LONGEST = 60


def ages_of(bank: Bank) -> npt.NDArray[np.float32]:
    """Each customer's age in years, NaN where unknown; a date of birth is reckoned at the moment of the analysis."""
    column = bank.spec.facts.age
    if column is None:
        return np.full(len(bank), np.nan, dtype=np.float32)
    cell = bank.table.need(column, "facts.age")
    texts = bank.warehouse.strings(f"SELECT {cell} FROM customers WHERE {cell} IS NOT NULL LIMIT 2000")  # noqa: S608
    times = times_of(texts)
    if times is not None:
        if np.isnan(bank.as_of).any():
            raise TableError(f"facts.age = {column!r} has dates of birth, which need customers.as_of")
        years = (bank.as_of - bank.floats(time_sql(cell, times))) / DAY_S / YEAR_DAYS
    else:
        years = checked_floats(bank, column, profile_number(bank.table, column), "an age in years or a date of birth")
    with np.errstate(invalid="ignore"):
        years = np.where((years >= 0) & (years <= OLDEST), years, np.nan)
    return np.floor(years).astype(np.float32)


def risk_ratings_of(bank: Bank) -> npt.NDArray[np.int8]:
    """Each customer's risk rating, 1 (also where unknown) to 5."""
    column = bank.spec.facts.risk_rating
    if column is None:
        return np.ones(len(bank), dtype=np.int8)
    bank.table.need(column, "facts.risk_rating")
    values = checked_floats(bank, column, profile_number(bank.table, column), "a risk rating from 1 to 5")
    return np.clip(np.nan_to_num(values, nan=1.0), 1, 5).astype(np.int8)


def segments_of(bank: Bank) -> npt.NDArray[np.str_]:
    """Each customer's segment, "" where unknown."""
    column = bank.spec.facts.segment
    if column is None:
        return np.full(len(bank), "", dtype=np.str_)
    return np.array([text[:_LONGEST] for text in bank.texts(column, "facts.segment")], dtype=np.str_)


def said_texts(bank: Bank, column: str | None, key: str) -> list[str] | None:
    """A column's texts, or None where the spec names none."""
    return None if column is None else bank.texts(column, key)


def said_yes_no(bank: Bank, column: str | None, key: str) -> list[bool | None]:
    """Each customer's yes or no, None where unknown."""
    if column is None:
        return [None] * len(bank)
    bank.table.need(column, key)
    values = checked_floats(bank, column, profile_number(bank.table, column), "yes or no")
    return [None if np.isnan(value) else bool(value > 0) for value in values]
