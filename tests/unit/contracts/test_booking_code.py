"""Booking codes: unguessable, checked, signed; and what is said of other codes (K-01)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.booking_code import BookingCode, Fault, check_character, read_booking, write_booking

pytestmark = pytest.mark.req("K-01")

KEY, OTHER_KEY = bytes(range(32)), bytes(32)
DRAWN = bytes(range(100, 117))
SIGNED = write_booking(DRAWN, KEY)
PLAIN = write_booking(DRAWN, None)


def test_a_signed_code_comes_back() -> None:
    found = read_booking(SIGNED, KEY)
    assert isinstance(found, BookingCode)
    assert (len(found.code), found.signed) == (26, True)
    assert found.code in SIGNED
    assert found.code not in repr(found)


def test_it_is_short_and_of_few_characters() -> None:
    assert len(SIGNED) == 49
    assert set(SIGNED) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-")


@given(st.binary(min_size=17, max_size=20))
def test_every_draw_makes_another_code(drawn: bytes) -> None:
    code = write_booking(drawn, KEY)
    assert isinstance(read_booking(code.lower() + "\n", KEY), BookingCode)
    assert (code == SIGNED) == (drawn[:16] == DRAWN[:16] and drawn[16] >> 6 == DRAWN[16] >> 6)


def test_few_bytes_are_refused() -> None:
    with pytest.raises(ValueError, match="17 bytes"):
        write_booking(DRAWN[:16], KEY)


@pytest.mark.parametrize(
    ("text", "key", "fault"),
    [
        ("https://queue.bank.example/t/7KQ2M9XV4T8RPN3W", KEY, Fault.FOREIGN),
        ("", KEY, Fault.FOREIGN),
        ("UBER-1", KEY, Fault.FOREIGN),
        (SIGNED.replace("UB1", "UB2"), KEY, Fault.NEWER),
        (SIGNED[:-1], KEY, Fault.DAMAGED),
        (SIGNED[:20], KEY, Fault.DAMAGED),
        (SIGNED.replace("-", "ß"), KEY, Fault.FOREIGN),
        (PLAIN, KEY, Fault.FORGED),
        (write_booking(DRAWN, OTHER_KEY), KEY, Fault.FORGED),
    ],
)
def test_other_codes(text: str, key: bytes, fault: Fault) -> None:
    assert read_booking(text, key) is fault


def test_without_a_key_the_hub_decides() -> None:
    for text in (PLAIN, SIGNED):
        found = read_booking(text, None)
        assert isinstance(found, BookingCode)
        assert not found.signed


@given(st.integers(4, 30), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_any_wrong_character_is_damage_and_not_forgery(at: int, character: str) -> None:
    changed = SIGNED[:at] + character + SIGNED[at + 1 :]
    if changed != SIGNED:
        assert read_booking(changed, KEY) is Fault.DAMAGED


@given(st.integers(4, 28))
def test_two_that_changed_places_are_damage(at: int) -> None:
    changed = SIGNED[:at] + SIGNED[at + 1] + SIGNED[at] + SIGNED[at + 2 :]
    if changed != SIGNED:
        assert read_booking(changed, KEY) is Fault.DAMAGED


def test_the_check_character_of_the_standard() -> None:
    assert check_character("A12425GABC1234002") == "M"  # ISO 7064's own example (a Global Release Identifier)


@given(st.text(max_size=80))
def test_any_text_is_answered(text: str) -> None:
    assert isinstance(read_booking(text, KEY), Fault)
