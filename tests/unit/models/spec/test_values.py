"""How cells are read."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.spec.values import code_of, codes_of, level, number, tidy, times_of


@pytest.mark.parametrize(
    ("text", "tidied"), [(" 12.0 ", "12"), ("-3.0", "-3"), ("1.50", "1.50"), ("1.0.0", "1.0.0"), ("a.0", "a.0")]
)
def test_whole_numbers_lose_their_point(text: str, tidied: str) -> None:
    assert tidy(text) == tidied


def test_declared_values_compare_with_cells() -> None:
    assert [level(1), level(1.0), level(True), level(" x ")] == ["1", "1", "true", "x"]


@pytest.mark.parametrize(
    ("text", "decimal", "thousands", "value"),
    [
        ("1.234,5", ",", ".", 1234.5),
        ("1,234.5", ".", ",", 1234.5),
        ("1,5", ".", "", None),
        ("inf", ".", "", None),
        ("nan", ".", "", None),
        ("-2e3", ".", "", -2000.0),
        ("P", ".", "", None),
    ],
)
def test_numbers(text: str, decimal: str, thousands: str, value: float | None) -> None:
    assert number(text, decimal=decimal, thousands=thousands) == value


@pytest.mark.parametrize(
    ("values", "first"),
    [
        (["2019-06-16 17:18:41", "2019-06-16"], "iso"),
        (["2019-06-16T17:18:41+09:00", "2019-06-16T17:18:41Z"], "iso"),
        (["16/06/2019", "1/2/2019"], "%d/%m/%Y"),
        (["06/16/2019", "1/2/2019"], "%m/%d/%Y"),
        (["16.06.2019"], "%d.%m.%Y"),
        (["2019/06/16"], "%Y/%m/%d"),
        (["20190616", "20191231"], "%Y%m%d"),
        (["2019-06"], "%Y-%m"),
        (["20190616", "99999999"], None),
        (["1560705521"], None),
        (["hello"], None),
        ([], None),
    ],
)
def test_times(values: list[str], first: str | None) -> None:
    found = times_of(values)
    assert (found[0] if found else None) == first


def test_numbers_since_1970_are_times_only_where_times_are_expected() -> None:
    assert times_of(["1560705521"], epochs=True) == ("epoch_s",)
    assert times_of(["1560705521000"], epochs=True) == ("epoch_ms",)


@given(st.lists(st.text(min_size=1, max_size=90), unique=True, max_size=8))
def test_every_name_has_a_code_of_its_own(names: list[str]) -> None:
    codes = codes_of(names)
    assert len({code.lower() for code in codes.values()}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,63}", code) for code in codes.values())


def test_codes_keep_names_readable_and_apart() -> None:
    assert code_of("emp.var.rate") == "emp_var_rate"
    assert code_of("2nd") == "c_2nd"
    assert code_of("年龄") != code_of("收入")
    assert codes_of(["a b", "a_b"])["a b"] == "a_b"
    assert codes_of(["a b", "a_b"])["a_b"] != "a_b"
