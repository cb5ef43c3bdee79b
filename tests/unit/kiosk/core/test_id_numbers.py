"""ID numbers: check digits, dates, regions, and what is said of wrong ones (K-01)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.id_numbers import (
    BANK_CARD,
    Generic,
    National,
    Plausible,
    Refused,
    Rule,
    Wrong,
    check,
    recognise,
)
from kiosk.core.secret import Secret

pytestmark = pytest.mark.req("K-01")

TODAY = date(2026, 11, 29)
CN, KR = National.CN_ID, National.KR_RRN


def of(number: str, rule: Rule, *, insisted: bool = False) -> Plausible | Refused:
    return check(Secret.of(number.encode("latin-1")), rule, TODAY, insisted=insisted)


def wrong(number: str, rule: Rule) -> Wrong:
    found = of(number, rule)
    assert isinstance(found, Refused), found
    return found.wrong


def chinese(body: str) -> str:
    """With its check character, by the standard's own definition: the sum of all 18 leaves 1."""
    for check_value, character in enumerate("0123456789X"):
        total = sum(int(digit) * 2 ** (17 - at) for at, digit in enumerate(body)) + check_value
        if total % 11 == 1:
            return body + character
    raise AssertionError(body)


def korean(body: str, offset: int = 0) -> str:
    weights = "234567892345"
    total = sum(int(digit) * int(weight) for digit, weight in zip(body, weights, strict=True))
    return body + str(((11 - total % 11) % 10 + offset) % 10)


# --- Chinese ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number",
    [
        "11010519491231002X",  # the example of GB 11643-1999
        "440524198001010014",
        "110105 19491231 002x",
        "810000199408230021",  # Hong Kong resident
    ],
)
def test_chinese_numbers(number: str) -> None:
    body = number.replace(" ", "").upper()[:17]
    assert of(chinese(body), CN) == Plausible("cn-id", checked=True)


def test_the_example_of_the_standard() -> None:
    assert of("11010519491231002X", CN) == Plausible("cn-id", checked=True)
    assert of("110105 19491231 002x", CN) == Plausible("cn-id", checked=True)


def test_a_foreign_permanent_resident_has_the_province_one_further() -> None:
    assert of(chinese("9" + "31" + "840" + "19900214" + "001"), CN) == Plausible("cn-id", checked=True)
    assert wrong(chinese("9" + "99" + "840" + "19900214" + "001"), CN) is Wrong.REGION


@pytest.mark.parametrize(
    ("number", "what"),
    [
        ("", Wrong.EMPTY),
        ("11010519491231002", Wrong.LENGTH),
        ("11010519491231002X0", Wrong.CHARACTER),
        ("110105194912310021", Wrong.CHECK_DIGIT),
        ("1101051949123100XX", Wrong.CHARACTER),
        ("11010519491231O02X", Wrong.CHARACTER),
        (chinese("99010519491231002"), Wrong.REGION),
        (chinese("11010519491331002"), Wrong.DATE),
        (chinese("11010519230229002"), Wrong.DATE),
        (chinese("11010520261130002"), Wrong.DATE),
        (chinese("11010518991231002"), Wrong.DATE),
        ("110105491231002", Wrong.OLD_FORM),
    ],
)
def test_what_is_wrong_with_a_chinese_number(number: str, what: Wrong) -> None:
    assert wrong(number, CN) is what


@given(st.integers(0, 17), st.integers(1, 9))
def test_every_single_wrong_digit_is_found(at: int, by: int) -> None:
    number = "440524198001010014"
    right = chinese(number[:17])
    changed = right[:at] + str((int(right[at].replace("X", "0")) + by) % 10) + right[at + 1 :]
    assert isinstance(of(right, CN), Plausible)
    if changed != right:
        assert isinstance(of(changed, CN), Refused)


# --- Korean ----------------------------------------------------------------------------------------------------------


def test_korean_numbers() -> None:
    assert of(korean("900101" + "123456"), KR) == Plausible("kr-rrn", checked=True)
    assert of("900101-" + korean("900101" + "223456")[6:], KR) == Plausible("kr-rrn", checked=True)
    assert of(korean("050315" + "312345"), KR) == Plausible("kr-rrn", checked=True)


def test_a_foreigners_check_digit_is_two_more() -> None:
    assert of(korean("850505" + "512345", 2), KR) == Plausible("kr-rrn", checked=True)
    assert of(korean("850505" + "512345"), KR) == Plausible("kr-rrn", checked=False)


def test_after_october_2020_there_is_no_check_digit() -> None:
    assert of(korean("201005" + "312345", 1), KR) == Plausible("kr-rrn", checked=False)
    before = of(korean("201004" + "312345", 1), KR)
    assert before == Refused("kr-rrn", Wrong.CHECK_DIGIT, (13, 13), sure=False)


def test_who_was_given_another_number_may_insist() -> None:
    renewed = korean("900101" + "123456", 1)
    found = of(renewed, KR)
    assert isinstance(found, Refused)
    assert not found.sure
    assert of(renewed, KR, insisted=True) == Plausible("kr-rrn", checked=False)


def test_insisting_does_not_help_a_date() -> None:
    assert isinstance(of(korean("901301" + "123456"), KR, insisted=True), Refused)


@pytest.mark.parametrize(
    ("number", "what"),
    [
        ("", Wrong.EMPTY),
        ("900101123456", Wrong.LENGTH),
        ("90010112345678", Wrong.LENGTH),
        ("90010A1234567", Wrong.CHARACTER),
        (korean("900230" + "123456"), Wrong.DATE),
        (korean("261130" + "312345"), Wrong.DATE),
        (korean("900101" + "923456"), Wrong.DATE),  # born in 1890
    ],
)
def test_what_is_wrong_with_a_korean_number(number: str, what: Wrong) -> None:
    assert wrong(number, KR) is what


# --- others ----------------------------------------------------------------------------------------------------------


def test_bank_cards_by_luhn() -> None:
    assert of("4539 1488 0343 6467", BANK_CARD) == Plausible("card", checked=True)
    assert wrong("4539148803436468", BANK_CARD) is Wrong.CHECK_DIGIT
    assert wrong("45391488034", BANK_CARD) is Wrong.LENGTH


def test_letters_where_they_are_allowed() -> None:
    passport = Generic("passport", 8, 9, letters=True)
    assert of("e12345678", passport) == Plausible("passport", checked=False)
    assert wrong("E1234567é", passport) is Wrong.CHARACTER
    assert wrong("E123456", passport) is Wrong.LENGTH
    with pytest.raises(ValueError, match="luhn or letters"):
        Generic("x", 1, 2, luhn=True, letters=True)


def test_the_kind_is_recognised_by_the_number() -> None:
    rules: tuple[Rule, ...] = (CN, KR, BANK_CARD)

    def named(number: str) -> Plausible | Refused:
        return recognise(Secret.of(number.encode()), rules, TODAY)

    assert named("11010519491231002X") == Plausible("cn-id", checked=True)
    assert named(korean("900101" + "123456")) == Plausible("kr-rrn", checked=True)
    assert named("4539148803436467") == Plausible("card", checked=True)
    refused = named("110105194912310021")
    assert isinstance(refused, Refused)
    assert (refused.rule, refused.wrong) == ("cn-id", Wrong.CHECK_DIGIT)
    assert isinstance(recognise(Secret.of(b"1"), (), TODAY), Refused)


@given(st.binary(max_size=40), st.sampled_from([CN, KR, BANK_CARD]))
def test_any_bytes_are_answered_and_a_refusal_holds_none_of_them(content: bytes, rule: Rule) -> None:
    secret = Secret.of(content)
    found = check(secret, rule, TODAY)
    digits = bytes(secret.view()).decode("latin-1")
    assert len(digits) < 4 or digits not in repr(found) + repr(secret)
