"""The PC/SC reader against a scripted library: what a virtual reader can't do, such as being unplugged (K-01)."""

from __future__ import annotations

import asyncio
import queue

import pytest

from kiosk.core.id_numbers import National
from kiosk.readers.identifying import Identifier
from kiosk.readers.pcsc import PcscReader
from kiosk.readers.ports import Health, Hitch, Read, Reading, ReadKind, State, Unread
from kiosk.readers.scard import CANCELLED, NO_READERS, NO_SERVICE, SERVICE_STOPPED, SUCCESS, TIMEOUT, UNKNOWN_READER
from kiosk.readers.settings import PcscSettings
from runtime.clock import SystemClock
from runtime.identity import IdentityKey

pytestmark = pytest.mark.req("K-01")

NAME = "ACS ACR122U 00 00"
PRESENT, EMPTY, MUTE, UNAVAILABLE, CHANGED = 0x20, 0x10, 0x200, 0x8, 0x2
UNRESPONSIVE = 0x80100066


class ScriptedScard:
    """The functions of PC/SC over a list of readers and a queue of their states. Constants are those of pcsc-lite."""

    SCARD_SCOPE_SYSTEM = 2
    SCARD_SHARE_SHARED = 2
    SCARD_PROTOCOL_T0 = 1
    SCARD_PROTOCOL_T1 = 2
    SCARD_PCI_T0 = 10
    SCARD_PCI_T1 = 11
    SCARD_LEAVE_CARD = 0
    SCARD_STATE_UNAWARE = 0
    SCARD_STATE_CHANGED = CHANGED
    SCARD_STATE_PRESENT = PRESENT
    SCARD_STATE_MUTE = MUTE
    SCARD_STATE_UNKNOWN = 0x4
    SCARD_STATE_UNAVAILABLE = UNAVAILABLE
    SCARD_STATE_IGNORE = 0x1

    def __init__(self) -> None:
        self.service = True
        self.readers: list[str] = [NAME]
        self.news: queue.Queue[tuple[int, int]] = queue.Queue()
        self.connects = SUCCESS
        self.answers: list[list[int]] = []
        self.asked: list[tuple[int, str]] = []
        self.open = 0
        self.cards = 0

    def SCardEstablishContext(self, scope: int) -> tuple[int, int]:
        if not self.service:
            return NO_SERVICE - (1 << 32), 0  # signed, as on some platforms
        self.open += 1
        return SUCCESS, self.open

    def SCardReleaseContext(self, context: int) -> int:
        self.open -= 1
        return SUCCESS

    def SCardCancel(self, context: int) -> int:
        self.news.put((CANCELLED, 0))
        return SUCCESS

    def SCardListReaders(self, context: int, groups: list[str]) -> tuple[int, list[str]]:
        return (SUCCESS, list(self.readers)) if self.readers else (NO_READERS, [])

    def SCardGetStatusChange(
        self, context: int, timeout_ms: int, states: list[tuple[str, int]]
    ) -> tuple[int, list[tuple[str, int, list[int]]]]:
        try:
            code, state = self.news.get(timeout=timeout_ms / 1000)
        except queue.Empty:
            return TIMEOUT, []
        return code, [(states[0][0], state | CHANGED, [])]

    def SCardConnect(self, context: int, reader: str, share: int, protocols: int) -> tuple[int, int, int]:
        self.cards += self.connects == SUCCESS
        return self.connects, 1, self.SCARD_PROTOCOL_T1

    def SCardTransmit(self, card: int, protocol: int, command: list[int]) -> tuple[int, list[int]]:
        self.asked.append((protocol, bytes(command).hex()))
        answer = self.answers.pop(0)
        return (SUCCESS, answer) if answer else (0x80100069, [])

    def SCardDisconnect(self, card: int, disposition: int) -> int:
        self.cards -= 1
        return SUCCESS

    def SCardGetErrorMessage(self, code: int) -> str:
        return "said by the library"

    def card(self, count: int, flags: int = PRESENT) -> None:
        """The state of the reader after so many cards came or went."""
        self.news.put((SUCCESS, count << 16 | flags))


class Stand:
    def __init__(self, *, reader: str = "ACR122U") -> None:
        self.scard = ScriptedScard()
        identifier = Identifier(IdentityKey(bytes(32), "bank"), SystemClock(), rules=(National.CN_ID,), region="CN")
        settings = PcscSettings(reader=reader)
        self.reader = PcscReader(settings, identifier, library=self.scard, retry_s=0.01)
        self.told: asyncio.Queue[Reading] = asyncio.Queue()

    async def __aenter__(self) -> Stand:
        self.reader.start(self.told.put_nowait)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.reader.stop()
        assert (self.scard.open, self.scard.cards) == (0, 0)

    async def next(self) -> Reading:
        return await asyncio.wait_for(self.told.get(), 20)

    async def state(self) -> State:
        found = await self.next()
        assert isinstance(found, Health), found
        return found.state


async def test_a_card_is_read_once_for_each_time_it_is_put_in() -> None:
    async with Stand() as stand:
        stand.scard.card(0, EMPTY)
        assert await stand.state() is State.READY
        stand.scard.answers = [[4, 1, 2, 3, 0x90, 0], [4, 1, 2, 3, 0x90, 0]]
        stand.scard.card(1)
        first = await stand.next()
        stand.scard.card(1, PRESENT | 0x100)  # in use by another program: not another card
        stand.scard.card(3)  # taken out and put in between two looks
        assert await stand.next() == first
    assert isinstance(first, Read)
    assert stand.scard.asked == [(11, "ffca000000")] * 2


async def test_unplugged_and_plugged_in_again() -> None:
    async with Stand() as stand:
        stand.scard.card(0, EMPTY)
        assert await stand.state() is State.READY
        stand.scard.readers = []
        stand.scard.news.put((SUCCESS, UNAVAILABLE))
        assert await stand.state() is State.ABSENT
        stand.scard.readers = ["Other 00 00"]
        stand.scard.news.put((SUCCESS, 0))
        found = await stand.next()
        assert isinstance(found, Health)
        assert "there are: Other 00 00" in found.why
        stand.scard.readers = [NAME]
        stand.scard.news.put((SUCCESS, 0))
        stand.scard.card(0, EMPTY)
        assert await stand.state() is State.READY
        stand.scard.readers = []
        stand.scard.news.put((UNKNOWN_READER, 0))
        assert await stand.state() is State.ABSENT


async def test_a_service_that_stops_is_told_and_found_again() -> None:
    async with Stand(reader="") as stand:
        stand.scard.card(0, EMPTY)
        assert await stand.state() is State.READY
        stand.scard.service = False
        stand.scard.news.put((SERVICE_STOPPED, 0))
        assert await stand.state() is State.FAULT
        stand.scard.card(0, EMPTY)
        stand.scard.service = True
        assert await stand.state() is State.READY


async def test_any_other_error_names_the_step_and_what_to_do() -> None:
    async with Stand() as stand:
        stand.scard.card(0, EMPTY)
        await stand.state()
        stand.scard.news.put((0x8010002F, 0))
        found = await stand.next()
        assert isinstance(found, Health)
        assert found.state is State.FAULT
        assert found.why == "watch: said by the library (0x8010002f)"
        assert "systemctl restart pcscd" in found.do


@pytest.mark.parametrize(
    ("connects", "answers", "why"),
    [
        (UNRESPONSIVE, [], Hitch.MUTE),
        (SUCCESS, [[]], Hitch.MUTE),
        (SUCCESS, [[0x6A, 0x81]], Hitch.UNSUPPORTED),
        (SUCCESS, [[0x90]], Hitch.MUTE),
    ],
)
async def test_cards_that_can_not_be_read(connects: int, answers: list[list[int]], why: Hitch) -> None:
    async with Stand() as stand:
        stand.scard.card(0, EMPTY)
        await stand.state()
        stand.scard.connects, stand.scard.answers = connects, answers
        stand.scard.card(1)
        found = await stand.next()
        assert isinstance(found, Unread)
        assert (found.kind, found.why) == (ReadKind.CARD, why)


async def test_a_card_the_wrong_way_round_is_not_asked() -> None:
    async with Stand() as stand:
        stand.scard.card(0, EMPTY)
        await stand.state()
        stand.scard.card(1, PRESENT | MUTE)
        assert await stand.next() == Unread(ReadKind.CARD, Hitch.MUTE)
        assert stand.scard.asked == []


async def test_longer_answers_are_fetched() -> None:
    async with Stand() as stand:
        stand.scard.card(0, EMPTY)
        await stand.state()
        stand.scard.answers = [[0x6C, 0x07], [0x61, 0x07], [4, 1, 2, 3, 4, 5, 6, 0x90, 0x00]]
        stand.scard.card(1)
        assert isinstance(await stand.next(), Read)
    assert [command for _, command in stand.scard.asked] == ["ffca000000", "ffca000007", "00c0000007"]
