"""The wedge in an event loop: scans are told, typing is given back in time (K-01)."""

from __future__ import annotations

import asyncio
import logging

import pytest

from contracts.booking_code import write_booking
from kiosk.core.id_numbers import National
from kiosk.readers.identifying import Identifier
from kiosk.readers.ports import Health, Hitch, Read, Reading, ReadKind, State, Unread
from kiosk.readers.settings import WedgeSettings
from kiosk.readers.wedge import WedgeReader
from runtime.clock import SystemClock
from runtime.identity import IdentityKey

pytestmark = pytest.mark.req("K-01")

KEY = IdentityKey(bytes(32), "bank")


class Stand:
    def __init__(self, settings: WedgeSettings | None = None) -> None:
        clock = SystemClock()
        identifier = Identifier(KEY, clock, rules=(National.CN_ID,), region="CN")
        # A whole second between keys still counts as a scan: no slow machine can make these tests fail.
        self.reader = WedgeReader(settings or WedgeSettings(gap_s=1.0), identifier, clock)
        self.told: asyncio.Queue[Reading] = asyncio.Queue()
        self.typed: asyncio.Queue[str] = asyncio.Queue()
        self.reader.typed = self.typed.put_nowait
        self.reader.start(self.told.put_nowait)

    def press(self, text: str) -> None:
        for character in text:
            self.reader.key(character)


async def test_a_scan_is_told_at_once() -> None:
    stand = Stand()
    assert stand.told.get_nowait() == Health(State.READY)
    stand.press(write_booking(bytes(range(17)), KEY.bookings) + "\r")
    found = stand.told.get_nowait()
    assert isinstance(found, Read)
    assert found.means == "booking"
    stand.press("11010519491231002X\r")
    card = stand.told.get_nowait()
    assert isinstance(card, Read)
    assert (card.kind, card.masked) == (ReadKind.CARD, "••••002X")
    assert stand.typed.empty()
    await stand.reader.stop()
    assert stand.reader.health.state is State.STOPPED


async def test_typing_is_given_back_without_another_key() -> None:
    stand = Stand(WedgeSettings(gap_s=0.01))
    stand.reader.key("7")
    assert await asyncio.wait_for(stand.typed.get(), 10) == "7"
    await stand.reader.stop()


async def test_a_scan_that_broke_off_is_told_and_its_content_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    stand = Stand(WedgeSettings(gap_s=0.2))
    stand.told.get_nowait()
    with caplog.at_level(logging.DEBUG):
        stand.press("11010519491231")
        assert await asyncio.wait_for(stand.told.get(), 10) == Unread(ReadKind.QR, Hitch.PARTIAL)
    assert "characters=14" in caplog.text
    assert "110105" not in caplog.text
    await stand.reader.stop()


async def test_between_customers_and_after_the_end_nothing_comes() -> None:
    stand = Stand()
    stand.told.get_nowait()
    stand.press("11010519491231")
    stand.reader.forget()
    stand.press("002X\r")
    assert stand.told.empty()
    stand.press("1101051949123")
    await stand.reader.stop()
    stand.press("1002X\r")
    assert stand.told.empty()
