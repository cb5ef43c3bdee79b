"""Cards through a real pcscd and a virtual reader (K-01); one test at a time, as a machine has one pcscd."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from kiosk.core.id_numbers import National
from kiosk.readers.identifying import Identifier
from kiosk.readers.ports import Health, Hitch, Read, Reading, ReadKind, State, Unread
from kiosk.readers.scard import SUCCESS, scard
from kiosk.readers.settings import Holds, PcscSettings
from runtime.clock import SystemClock
from runtime.identity import IdentityKey
from tests.integration.kiosk.virtual_card import ATR, READER, Pcscd, VirtualCard, why_not

pcsc = pytest.importorskip("kiosk.readers.pcsc", reason="pyscard is not installed")

pytestmark = pytest.mark.req("K-01")

GET_UID = "FFCA000000"
UID = "04A1B2C3D4E5F6"
OTHER_UID = "04FFEEDDCCBBAA"
READY, ABSENT, FAULT = State.READY, State.ABSENT, State.FAULT


@pytest.fixture
def only_one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Held while a pcscd of this module runs, as test processes share the machine."""
    lock = Path(os.environ.get("XDG_RUNTIME_DIR") or "/run") / "usher-test-pcscd.lock"
    try:
        file = lock.open("w")
    except OSError as error:
        pytest.skip(f"pcscd needs root ({error})")
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        missing = why_not()
        if missing:
            if os.environ.get("CI") and "installed" in missing:
                pytest.fail(f"{missing}; run scripts/bootstrap", pytrace=False)
            pytest.skip(missing)
        yield


@pytest.fixture
def daemon(only_one: None, tmp_path: Path) -> Iterator[Pcscd]:
    with Pcscd(tmp_path) as running:
        yield running


def identifier() -> Identifier:
    return Identifier(IdentityKey(bytes(32), "bank"), SystemClock(), rules=(National.CN_ID,), region="CN")


class Ears:
    """What a reader told, in order."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[Reading] = asyncio.Queue()

    async def next(self) -> Reading:
        return await asyncio.wait_for(self.told.get(), 20)

    async def until(self, wanted: Callable[[Reading], bool]) -> Reading:
        while not wanted(found := await self.next()):
            pass
        return found

    async def health(self, state: State) -> Health:
        found = await self.until(lambda reading: isinstance(reading, Health) and reading.state is state)
        assert isinstance(found, Health)
        return found


@asynccontextmanager
async def reading(settings: PcscSettings) -> AsyncIterator[Ears]:
    ears = Ears()
    reader = pcsc.PcscReader(settings, identifier(), retry_s=0.1)
    reader.start(ears.told.put_nowait)
    try:
        yield ears
    finally:
        await reader.stop()
        assert reader.health.state is State.STOPPED


def a_card(port: int, uid: str = UID) -> VirtualCard:
    return VirtualCard(port, {GET_UID: uid + "9000"})


async def test_a_card_is_told_by_a_reference_of_its_own(daemon: Pcscd) -> None:
    async with reading(PcscSettings(reader=READER)) as ears:
        assert (await ears.health(READY)).why.startswith(READER)
        with a_card(daemon.port) as card:
            first = await ears.next()
        assert isinstance(first, Read)
        assert (first.kind, first.means) == (ReadKind.CARD, "chip")
        assert card.asked == [bytes.fromhex(GET_UID)]
        with a_card(daemon.port, OTHER_UID):
            second = await ears.next()
        with a_card(daemon.port):
            third = await ears.next()
        assert isinstance(second, Read)
        assert second.ref != first.ref
        assert third == first


async def test_cards_that_say_nothing_useful(daemon: Pcscd, caplog: pytest.LogCaptureFixture) -> None:
    async with reading(PcscSettings()) as ears:
        await ears.health(READY)
        with VirtualCard(daemon.port, {GET_UID: "6A81"}):
            assert await ears.next() == Unread(ReadKind.CARD, Hitch.UNSUPPORTED)
        assert f"status=6a81 atr={ATR.hex()}" in caplog.text
        with a_card(daemon.port, "08112233"):
            assert await ears.next() == Unread(ReadKind.CARD, Hitch.RANDOM, "chip")


async def test_a_number_on_the_chip(daemon: Pcscd, caplog: pytest.LogCaptureFixture) -> None:
    number = "11010519491231002X"
    settings = PcscSettings(commands=("00A4040005A000000001", "00B0000000"), holds=Holds.NUMBER)
    answers = {"00A4040005A000000001": "9000", "00B0000000": "6C12", "00B0000012": number.encode().hex() + "9000"}
    with caplog.at_level(logging.DEBUG):
        async with reading(settings) as ears:
            await ears.health(READY)
            with VirtualCard(daemon.port, answers):
                found = await ears.next()
    assert isinstance(found, Read)
    assert (found.means, found.masked, found.checked) == ("cn-id", "••••002X", True)
    assert number not in caplog.text + repr(found)
    assert found.ref not in repr(found)


async def test_a_card_that_lay_there_before_is_not_read(daemon: Pcscd) -> None:
    with a_card(daemon.port) as left:
        await asyncio.to_thread(until, present=True)
        async with reading(PcscSettings()) as ears:
            await ears.health(READY)
            left.__exit__()
            await asyncio.to_thread(until, present=False)
            with a_card(daemon.port, OTHER_UID):
                found = await ears.next()
    assert left.asked == []
    assert isinstance(found, Read)


def until(*, present: bool) -> None:
    """Returns when pcscd knows that there is a card, or none."""
    pcsc = scard()
    _, context = pcsc.SCardEstablishContext(pcsc.SCARD_SCOPE_SYSTEM)
    try:
        _, (reader, *_) = pcsc.SCardListReaders(context, [])
        state = pcsc.SCARD_STATE_UNAWARE
        while bool(state & pcsc.SCARD_STATE_PRESENT) is not present or state == pcsc.SCARD_STATE_UNAWARE:
            code, states = pcsc.SCardGetStatusChange(context, 15_000, [(reader, state)])
            assert code == SUCCESS
            state = states[0][1] & ~pcsc.SCARD_STATE_CHANGED
    finally:
        pcsc.SCardReleaseContext(context)


async def test_a_reader_of_another_name_is_absent_and_says_what_there_is(daemon: Pcscd) -> None:
    async with reading(PcscSettings(reader="Omnikey")) as ears:
        absent = await ears.health(ABSENT)
    assert "'Omnikey'" in absent.why
    assert READER in absent.why
    assert absent.do


async def test_without_the_service_it_waits_for_it(only_one: None, tmp_path: Path) -> None:
    daemon = Pcscd(tmp_path)
    async with reading(PcscSettings()) as ears:
        assert (await ears.health(FAULT)).do == "systemctl start pcscd.socket"
        await asyncio.to_thread(daemon.start)
        try:
            await ears.health(READY)
            with a_card(daemon.port):
                assert isinstance(await ears.until(lambda found: not isinstance(found, Health)), Read)
            await asyncio.to_thread(daemon.stop)
            await ears.health(FAULT)
            await asyncio.to_thread(daemon.start)
            await ears.health(READY)
            with a_card(daemon.port):
                assert isinstance(await ears.until(lambda found: not isinstance(found, Health)), Read)
        finally:
            await asyncio.to_thread(daemon.stop)
