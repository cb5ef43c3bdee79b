"""A secret is in one place, and gone when it is wiped (K-01, K-13)."""

from __future__ import annotations

import pytest

from kiosk.core.secret import Secret

pytestmark = pytest.mark.req("K-01", "K-13")


def test_nothing_is_left_after_wiping() -> None:
    with Secret.of(b"1234567890") as secret:
        view = secret.view()
        assert bytes(view) == b"1234567890"
    assert bytes(view) == bytes(10)
    assert len(secret) == 0


def test_what_is_dropped_or_squeezed_out_is_overwritten() -> None:
    secret = Secret.of(b"12 34-x")
    whole = secret.view()
    secret.squeeze(b" -")
    secret.upper()
    assert bytes(secret.view()) == b"1234X"
    assert bytes(whole) == b"1234X\0\0"
    secret.drop()
    assert bytes(whole) == b"1234\0\0\0"


def test_it_never_moves_or_grows() -> None:
    secret = Secret(3)
    assert [secret.add(code) for code in b"1234"] == [True, True, True, False]
    assert not secret.add(256)
    assert bytes(secret.view()) == b"123"


@pytest.mark.parametrize(
    ("content", "masked"),
    [(b"", "••••"), (b"12", "••••"), (b"123456", "••••56"), (b"110105194912310021", "••••0021")],
)
def test_the_mask_shows_no_more_than_a_third(content: bytes, masked: str) -> None:
    assert Secret.of(content).masked() == masked


def test_repr_tells_the_length_alone() -> None:
    assert repr(Secret.of(b"123")) == "Secret(3 characters)"
