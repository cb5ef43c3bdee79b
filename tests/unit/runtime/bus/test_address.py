from __future__ import annotations

import pytest

from runtime.bus.address import Address, parse_address
from runtime.errors import BusError


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("mqtt://127.0.0.1:2883", Address("127.0.0.1", 2883, None, None)),
        ("mqtt://broker.bank", Address("broker.bank", 1883, None, None)),
        ("mqtt://[::1]:2883", Address("::1", 2883, None, None)),
        ("mqtt://hub:p%40ss%3Aword@broker:1", Address("broker", 1, "hub", "p@ss:word")),
    ],
)
def test_an_address(url: str, address: Address) -> None:
    assert parse_address(url) == address


@pytest.mark.parametrize(
    "url", ["", "broker:1883", "http://broker", "mqtt://", "mqtt://:1883", "mqtt://broker:port", "mqtt://broker:99999"]
)
def test_what_is_no_address_is_named(url: str) -> None:
    with pytest.raises(BusError, match="mqtt://") as caught:
        parse_address(url)
    assert repr(url) in str(caught.value)
