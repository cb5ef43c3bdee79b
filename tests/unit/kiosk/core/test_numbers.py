from __future__ import annotations

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.fields import TicketNumber
from kiosk.core.numbers import MAX_COUNT, counted_since, ticket_number, valid_series

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


@pytest.mark.parametrize(
    ("service_class", "series", "count", "number"),
    [("A", "K", 17, "AK017"), ("L", "", 1, "L001"), ("V", "BC", 1000, "VBC1000"), ("A", "Z", MAX_COUNT, "AZ999999")],
)
def test_a_number_reads_class_series_count(service_class: str, series: str, count: int, number: str) -> None:
    assert ticket_number(service_class, series, count) == number


@pytest.mark.parametrize("series", ["", "A", "ZZ"])
def test_series_that_are_allowed(series: str) -> None:
    assert valid_series(series)


@pytest.mark.parametrize("series", ["a", "ABC", "1", "A1", " ", "A\n", "Ä"])
def test_series_that_are_not(series: str) -> None:
    assert not valid_series(series)


_letter = st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_places = st.tuples(_letter, st.text("ABYZ", max_size=2), st.integers(1, MAX_COUNT))


@pytest.mark.req("K-05")
@given(_places, _places)
def test_different_places_have_different_numbers(one: tuple[str, str, int], other: tuple[str, str, int]) -> None:
    assert (ticket_number(*one) == ticket_number(*other)) == (one == other)


@given(_places)
def test_every_number_fits_the_wire(place: tuple[str, str, int]) -> None:
    number = ticket_number(*place)
    assert msgspec.convert(number, TicketNumber) == number


@pytest.mark.parametrize(
    ("today", "by_earlier_clock", "since"),
    [
        pytest.param(TUESDAY, TUESDAY, TUESDAY, id="clock left alone"),
        pytest.param(MONDAY, date(1970, 1, 1), date(1970, 1, 1), id="set forward: the day before was the same day"),
        pytest.param(MONDAY, TUESDAY, MONDAY, id="set back: the day before counts too"),
    ],
)
def test_from_when_counts_go_on(today: date, by_earlier_clock: date, since: date) -> None:
    assert counted_since(today, by_earlier_clock) == since
