"""Who has a booking in the demo: the same for the same seed, with codes that a kiosk reads."""

from __future__ import annotations

import pytest

from contracts.booking_code import BookingCode, read_booking
from firmware_sim.fleet.diary import EVERY, Diary
from models.population import open_customers

CUSTOMERS = list(open_customers("simbank", seed=0, count=10))
BUSINESSES = ("loan", "cash")


@pytest.mark.req("K-01")
def test_some_customers_have_bookings_with_codes_of_their_own() -> None:
    diary, again = (Diary("main", CUSTOMERS, BUSINESSES, seed=3) for _ in range(2))
    booked = [one.ref for one in CUSTOMERS if diary.of(one.ref) is not None]
    assert booked == [one.ref for count, one in enumerate(CUSTOMERS) if count % EVERY == 1]
    assert len(diary) == len(booked)
    appointments = [diary.of(ref) for ref in booked]
    assert appointments == [again.of(ref) for ref in booked]
    codes = {one.code for one in appointments if one is not None}
    assert len(codes) == len(booked)
    assert all(isinstance(read_booking(code, None), BookingCode) for code in codes)
    assert {one.business for one in appointments if one is not None} <= set(BUSINESSES)


def test_a_branch_without_customers_has_no_bookings() -> None:
    assert len(Diary("main", CUSTOMERS[:1], BUSINESSES, seed=3)) == 0
