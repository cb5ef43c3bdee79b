"""The columns that describe a customer to a model: numbers, choices, counts of events in a time window. Pure (W-04).

A column is part of the feature's definition: its range, scale and window travel in the artefact and are in its hash.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
import numpy as np

from models.errors import CatalogueError
from models.names import Code, Names

Measure = Literal["count", "sum", "mean", "max", "distinct", "days_since"]
Scale = Literal["linear", "log"]


class EventWindow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is made of a customer's events: those of `table` and (unless empty) of one of `kinds`, in the `days` before
    the moment of the analysis (None: since ever), measured.

    count: how many; sum, mean, max: of their amounts; distinct: how many kinds; days_since: since the latest. mean, max
    and days_since are missing when there is no event. An event at or after the moment of the analysis never counts.
    """

    table: Code
    measure: Measure
    kinds: tuple[str, ...] = ()
    days: Annotated[float, msgspec.Meta(gt=0)] | None = None


class NumberColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="number"):
    """A profile column on a scale from `low` to `high`, clipped to it; `default` stands in for a missing value.

    `scale` log: spread by sign(v)·ln(1+|v|) before it is brought to 0–1, for amounts and counts. `missing_flag`: that
    the value is missing is an entry of its own. `window`: computed from the customer's events, not read.
    """

    code: Code
    low: float
    high: float
    default: float
    names: Names
    scale: Scale = "linear"
    missing_flag: bool = False
    window: EventWindow | None = None


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value of a choice column; `text` is how the bank's tables write it (empty: the number itself)."""

    value: int
    names: Names
    text: str = ""


class ChoiceColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="choice"):
    """A profile column with one of a few integer values. A missing or unseen value is none of them."""

    code: Code
    names: Names
    choices: Annotated[tuple[Choice, ...], msgspec.Meta(min_length=2)]


Column = NumberColumn | ChoiceColumn

MOST = 1e30
"""How far a number column's range may go; the model's numbers have four bytes."""
MOST_CHOICE = 2**24
"""Up to here every whole number is told from its neighbours in four bytes."""


def check_column(column: Column, where: str) -> None:
    """Nothing if the column makes sense; `CatalogueError` says what does not."""
    match column:
        case NumberColumn():
            if not column.low < column.high:
                raise CatalogueError(f"{where}: low = {column.low:g} must be below high = {column.high:g}")
            if max(-column.low, column.high) > MOST:
                raise CatalogueError(
                    f"{where}: {column.low:g} to {column.high:g} is no range: both must be finite, up to {MOST:g}"
                )
            if not np.float32(column.low) < np.float32(column.high):
                raise CatalogueError(
                    f"{where}: low = {column.low!r} and high = {column.high!r} are the same number in the model's four "
                    "bytes: count from a nearer zero"
                )
            if not column.low <= column.default <= column.high:
                allowed = f"{column.low:g} to {column.high:g}"
                raise CatalogueError(f"{where}: default = {column.default:g} is outside {allowed}")
        case ChoiceColumn():
            large = [choice.value for choice in column.choices if abs(choice.value) > MOST_CHOICE]
            if large:
                raise CatalogueError(
                    f"{where}: choice value {large[0]} is beyond {MOST_CHOICE}: number the choices otherwise"
                )
            for what, seen in (
                ("value", [str(choice.value) for choice in column.choices]),
                ("text", [choice.text for choice in column.choices if choice.text]),
            ):
                twice = sorted({one for one in seen if seen.count(one) > 1})
                if twice:
                    raise CatalogueError(
                        f"{where}: choices {what} {twice[0]!r} is declared twice; every {what} must be unique"
                    )
