"""What is learned of a column: range, default, scale, whether missing says something."""

from __future__ import annotations

import numpy as np
import pytest

from models.columns import EventWindow, NumberColumn
from models.names import Names
from models.spec.spec import ProfileEntry, WindowEntry
from models.training.reading import Reading
from models.training.resolve import number_column, window_range

DRAW = np.random.default_rng(4)
READING = Reading("x", "x", "number")
NAMES = Names("x", "x", "x")


def learned(values: np.ndarray[tuple[int], np.dtype[np.float64]], entry: ProfileEntry | None = None) -> NumberColumn:
    """The column that these values make."""
    column = number_column(READING, entry, values)
    assert isinstance(column, NumberColumn)
    return column


def test_outliers_do_not_make_the_range() -> None:
    values = np.append(DRAW.uniform(10.0, 20.0, 5000), [-999_999.0, 1e12])
    column = learned(values)
    assert 10.0 <= column.low < 10.1
    assert 19.9 < column.high <= 20.0
    assert column.default == pytest.approx(15.0, abs=0.3)
    assert (column.scale, column.missing_flag) == ("linear", False)


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        (np.exp(DRAW.normal(11.0, 1.2, 5000)), "log"),  # incomes
        (np.where(DRAW.random(5000) < 0.9, 0.0, DRAW.integers(1, 80, 5000)), "log"),  # counts, mostly none
        (DRAW.normal(50.0, 15.0, 5000), "linear"),  # ages
        (np.exp(DRAW.normal(-6.0, 1.2, 5000)), "linear"),  # logarithms change little below 20
        (DRAW.integers(0, 10, 5000).astype(np.float64), "linear"),
    ],
)
def test_long_tails_are_spread_by_logarithm(values: np.ndarray[tuple[int], np.dtype[np.float64]], scale: str) -> None:
    assert learned(values).scale == scale


@pytest.mark.parametrize(("share", "flagged"), [(0.004, False), (0.006, True)])
def test_missing_is_a_feature_from_half_a_percent_on(share: float, flagged: bool) -> None:
    values = DRAW.uniform(0.0, 1.0, 10_000)
    values[: int(share * 10_000)] = np.nan
    assert learned(values).missing_flag is flagged


def test_what_the_spec_says_is_kept() -> None:
    entry = ProfileEntry(
        column="x", low=0.0, high=100.0, default=7.0, scale="log", missing_flag=True, names="Number of x"
    )
    column = learned(DRAW.uniform(10.0, 20.0, 100), entry)
    assert (column.low, column.high, column.default, column.scale, column.missing_flag) == (
        0.0,
        100.0,
        7.0,
        "log",
        True,
    )
    assert column.names.zh == "Number of x"


def test_constant_and_empty_columns_are_left_out() -> None:
    assert number_column(READING, None, np.full(50, 3.0)) == "is the same for every training customer"
    assert number_column(READING, None, np.full(50, np.nan)) == "is empty for every training customer"


def test_a_rare_value_still_makes_a_range() -> None:
    column = learned(np.append(np.zeros(5000), [4.0]))
    assert (column.low, column.high, column.default) == (0.0, 4.0, 0.0)


def test_bounds_hold_in_single_precision() -> None:
    values = DRAW.uniform(0.1, 0.3, 1000)
    column = learned(values)
    assert float(np.float32(column.low)) == column.low
    assert float(np.float32(column.high)) == column.high


def windowed(window: EventWindow, values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> NumberColumn:
    """The window's column with the range that these values give."""
    return window_range(NumberColumn("x", 0.0, 1.0, 0.0, NAMES, scale="log", window=window), None, values)


def test_nothing_happened_is_zero_and_never_is_long_ago() -> None:
    count = windowed(EventWindow("log", "count"), DRAW.integers(2, 9, 1000).astype(np.float64))
    assert (count.low, count.high, count.default, count.missing_flag) == (0.0, 8.0, 0.0, False)
    since = DRAW.uniform(1.0, 50.0, 1000)
    since[:100] = np.nan
    column = windowed(EventWindow("log", "days_since"), since)
    assert column.default == column.high
    assert column.missing_flag
    empty = windowed(EventWindow("log", "sum"), np.zeros(1000))
    assert (empty.low, empty.high) == (0.0, 1.0)


def test_a_declared_window_keeps_its_bounds() -> None:
    column = NumberColumn("x", 0.0, 1.0, 0.0, NAMES, window=EventWindow("log", "count"))
    entry = WindowEntry(event="log", low=-1.0, high=3.0, default=2.0)
    found = window_range(column, entry, np.arange(10.0))
    assert (found.low, found.high, found.default) == (-1.0, 3.0, 2.0)
