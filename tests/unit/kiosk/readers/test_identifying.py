"""From numbers and codes to references, and nothing left of the numbers (K-01)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from contracts.booking_code import Fault, write_booking
from kiosk.core.id_numbers import BANK_CARD, National, Wrong
from kiosk.core.secret import Secret
from kiosk.readers.identifying import Identifier
from kiosk.readers.ports import Hitch, Read, ReadKind, Unread
from runtime.clock import SystemClock
from runtime.identity import IdentityKey

pytestmark = pytest.mark.req("K-01")

KEY = IdentityKey(bytes(32), "bank")
NUMBER = b"11010519491231002X"
CARD = b"4539148803436467"


class InNovember(SystemClock):
    def now(self) -> datetime:
        return datetime(2026, 11, 29, tzinfo=UTC)


def identifier(region: str = "KR") -> Identifier:
    rules = (National.CN_ID, National.KR_RRN, BANK_CARD)
    return Identifier(KEY, InNovember(), rules=rules, region=region)


def test_an_id_number_from_a_scanner() -> None:
    found = identifier().scanned(Secret.of(NUMBER))
    assert isinstance(found, Read)
    assert (found.kind, found.means, found.masked, found.checked) == (ReadKind.CARD, "cn-id", "••••002X", True)
    keyed = identifier().id_number(Secret.of(b"110105 19491231 002x"), National.CN_ID)
    assert isinstance(keyed, Read)
    assert (keyed.kind, keyed.ref) == (ReadKind.KEYED, found.ref)


def test_nothing_of_a_number_is_left_or_shown(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        cases: list[tuple[bytes, Callable[[Secret], Read | Unread]]] = [
            (NUMBER, identifier().scanned),
            (NUMBER[:-1] + b"1", identifier().scanned),
            (b"https://bank.example/?id=" + NUMBER, identifier().scanned),
            (CARD, identifier().card_number),
            (NUMBER, lambda secret: identifier().id_number(secret, National.CN_ID)),
            (NUMBER[:-1] + b"1", lambda secret: identifier().id_number(secret, National.CN_ID)),
            (b"01012345678", identifier().phone),
            (b"\x04\xa1\xb2\xc3", identifier().chip),
        ]
        for content, call in cases:
            secret = Secret.of(content)
            whole = secret.view()
            found = call(secret)
            assert bytes(whole) == bytes(len(content))
            assert content.decode("latin-1") not in repr(found) + caplog.text
            if isinstance(found, Read):
                assert found.ref not in repr(found)
                assert found.masked not in repr(found)


def test_a_wrong_number_is_explained() -> None:
    found = identifier().scanned(Secret.of(b"110105194912310021"))
    assert found == Unread(ReadKind.CARD, Wrong.CHECK_DIGIT, "cn-id", (18, 18))
    keyed = identifier().id_number(Secret.of(b"9001011234567"), National.KR_RRN)
    assert keyed == Unread(ReadKind.KEYED, Wrong.CHECK_DIGIT, "kr-rrn", (13, 13), sure=False)
    insisted = identifier().id_number(Secret.of(b"9001011234567"), National.KR_RRN, insisted=True)
    assert isinstance(insisted, Read)
    assert not insisted.checked
    assert identifier().card_number(Secret.of(b"12")) == Unread(ReadKind.CARD, Wrong.LENGTH, "cn-id", (18, 18))


@pytest.mark.parametrize(
    ("typed", "region", "same_as"),
    [
        (b"010-1234-5678", "KR", b"+82 10 1234 5678"),
        (b"13812345678", "CN", b"+8613812345678"),
        (b"0082 10 1234 5678", "CN", b"+821012345678"),
    ],
)
def test_a_phone_number_is_the_same_however_it_is_written(typed: bytes, region: str, same_as: bytes) -> None:
    first, second = (identifier(region).phone(Secret.of(text)) for text in (typed, same_as))
    assert isinstance(first, Read)
    assert first == second
    assert (first.means, first.masked[:4], first.checked) == ("phone", "••••", False)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        (b"", Wrong.EMPTY),
        (b"1", Hitch.NO_PHONE),
        (b"01012", Hitch.NO_PHONE),
        (b"+1", Hitch.NO_PHONE),
        (b"+999123456789", Hitch.NO_PHONE),
        (b"0101234567890123456789", Wrong.LENGTH),
        (b"\xe90101234567", Wrong.CHARACTER),
    ],
)
def test_no_phone_number(typed: bytes, why: Wrong | Hitch) -> None:
    assert identifier().phone(Secret.of(typed)) == Unread(ReadKind.KEYED, why, "phone")


def test_a_booking() -> None:
    text = write_booking(bytes(range(17)), KEY.bookings)
    for found in (
        identifier().decoded(text),
        identifier().scanned(Secret.of(text.encode())),
        identifier().scanned(Secret.of(text.lower().encode())),
    ):
        assert isinstance(found, Read)
        assert (found.kind, found.means, found.checked) == (ReadKind.QR, "booking", True)
        assert found.ref == text.split("-")[1]
        assert found.ref not in repr(found)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (write_booking(bytes(range(17)), bytes(32)), Fault.FORGED),
        (write_booking(bytes(range(17)), KEY.bookings)[:-3], Fault.DAMAGED),
        ("UB1-" + "0" * 200, Fault.DAMAGED),
        ("UB7-" + "0" * 26, Fault.NEWER),
    ],
)
def test_bookings_that_are_none(text: str, why: Fault) -> None:
    assert identifier().decoded(text) == Unread(ReadKind.QR, why, "booking")


@pytest.mark.parametrize("text", ["https://bank.example/t/7KQ2", "好", "WIFI:S:x;;", "hello"])
def test_other_codes_are_foreign(text: str) -> None:
    assert identifier().decoded(text) == Unread(ReadKind.QR, Fault.FOREIGN)


def test_where_no_numbers_are_taken_a_number_is_foreign() -> None:
    nothing = Identifier(KEY, InNovember(), rules=(), region="KR")
    assert nothing.scanned(Secret.of(NUMBER)) == Unread(ReadKind.QR, Fault.FOREIGN)


def test_chips() -> None:
    assert identifier().chip(Secret.of(b"")) == Unread(ReadKind.CARD, Hitch.UNSUPPORTED, "chip")
    assert identifier().chip(Secret.of(b"\x08\x11\x22\x33")) == Unread(ReadKind.CARD, Hitch.RANDOM, "chip")
    long = identifier().chip(Secret.of(b"\x08\x11\x22\x33\x44\x55\x66"))  # only of four bytes it means "by lot"
    assert isinstance(long, Read)
    assert long.masked == "••••"


def test_rules_by_name() -> None:
    assert identifier().rule("kr-rrn") is National.KR_RRN
    assert identifier().rule("card") is BANK_CARD
    assert identifier().rule("passport") is None
