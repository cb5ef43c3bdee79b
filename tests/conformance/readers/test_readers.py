"""One suite for every reader: script, keyboard wedge, camera of pictures, camera of video (K-01)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Protocol

import av
import numpy as np
import pytest
import segno
from PIL import Image

from contracts.booking_code import Fault, write_booking
from kiosk.core.id_numbers import National
from kiosk.readers.camera import CameraReader
from kiosk.readers.identifying import Identifier
from kiosk.readers.ports import Health, Read, Reader, Reading, ReadKind, State, Unread
from kiosk.readers.settings import CameraSettings, WedgeSettings
from kiosk.readers.simulated import SimulatedReader
from kiosk.readers.wedge import WedgeReader
from runtime.clock import SystemClock
from runtime.identity import IdentityKey

pytestmark = pytest.mark.req("K-01")

KEY = IdentityKey(bytes(32), "bank")
BOOKINGS = [write_booking(bytes([number] * 17), KEY.bookings) for number in range(3)]


def identifier() -> Identifier:
    return Identifier(KEY, SystemClock(), rules=(National.CN_ID,), region="CN")


class Stand(Protocol):
    reader: Reader

    def show(self, text: str) -> None:
        """Hold a code before it."""
        ...


class SimulatedStand:
    def __init__(self, folder: Path) -> None:
        self._reader = SimulatedReader(identifier())
        self.reader: Reader = self._reader

    def show(self, text: str) -> None:
        self._reader.scan(text.encode())


class WedgeStand:
    def __init__(self, folder: Path) -> None:
        self._reader = WedgeReader(WedgeSettings(gap_s=1.0), identifier(), SystemClock())
        self.reader: Reader = self._reader

    def show(self, text: str) -> None:
        for character in text + "\r":
            self._reader.key(character)


def picture_of(text: str) -> Image.Image:
    """As a camera sees a phone: grey, small in the picture, turned."""
    rows = [bytes(row) for row in segno.make(text, error="m").matrix_iter(scale=5, border=4)]
    code = Image.frombytes("L", (len(rows[0]), len(rows)), bytes(40 if dark else 220 for row in rows for dark in row))
    scene = Image.new("L", (640, 480), 120)
    scene.paste(code.rotate(20, fillcolor=120, expand=True), (90, 40))
    return scene


class FolderStand:
    """Pictures come into a folder, which is looked through again and again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        settings = CameraSettings(source=str(folder), again_s=60)
        self.reader: Reader = CameraReader(settings, identifier(), SystemClock(), retry_s=0.02)

    def show(self, text: str) -> None:
        fresh = self._folder / "fresh.tmp"
        picture_of(text).save(fresh, format="png")
        fresh.rename(self._folder / f"{len(list(self._folder.iterdir())):03}.png")


class VideoStand:
    """The picture is replaced by another film of it, which is looked through again and again."""

    def __init__(self, folder: Path) -> None:
        self._film = folder / "film.mkv"
        settings = CameraSettings(source=str(self._film), again_s=60)
        self.reader: Reader = CameraReader(settings, identifier(), SystemClock(), retry_s=0.02)

    def show(self, text: str) -> None:
        fresh = self._film.with_name("fresh.mkv")
        with av.open(str(fresh), "w") as film:
            stream = film.add_stream("mpeg4", rate=15)
            stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
            stream.bit_rate = 4_000_000
            for _ in range(4):
                grey = np.asarray(picture_of(text))
                film.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="gray").reformat(format="yuv420p")))
            film.mux(stream.encode(None))
        fresh.rename(self._film)


STANDS: dict[str, Callable[[Path], Stand]] = {
    "simulated": SimulatedStand,
    "wedge": WedgeStand,
    "folder": FolderStand,
    "video": VideoStand,
}


@pytest.fixture(params=list(STANDS))
async def stand(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stand]:
    found = STANDS[request.param](tmp_path)
    yield found
    await found.reader.stop()


class Ears:
    def __init__(self, reader: Reader) -> None:
        self.told: asyncio.Queue[Reading] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        reader.start(self.hear)

    def hear(self, reading: Reading) -> None:
        assert asyncio.get_running_loop() is self._loop
        self.told.put_nowait(reading)

    async def somebody(self) -> Read | Unread:
        while isinstance(found := await asyncio.wait_for(self.told.get(), 20), Health):
            pass
        return found


async def test_codes_are_told_one_after_the_other(stand: Stand) -> None:
    ears = Ears(stand.reader)
    for booking in BOOKINGS:
        stand.show(booking)
        found = await ears.somebody()
        assert isinstance(found, Read)
        assert (found.kind, found.means, found.ref) == (ReadKind.QR, "booking", booking.split("-")[1])
    stand.show("https://bank.example/")
    assert await ears.somebody() == Unread(ReadKind.QR, Fault.FOREIGN)


async def test_a_stopped_reader_tells_nothing(stand: Stand) -> None:
    ears = Ears(stand.reader)
    await stand.reader.stop()
    assert stand.reader.health.state is State.STOPPED
    stand.show(BOOKINGS[0])
    await asyncio.sleep(0)
    assert not [one for one in _all(ears.told) if isinstance(one, Read)]


async def test_it_can_be_stopped_before_it_started(stand: Stand) -> None:
    await stand.reader.stop()
    assert stand.reader.health.state is State.STOPPED


def _all(told: asyncio.Queue[Reading]) -> list[Reading]:
    found = []
    while not told.empty():
        found.append(told.get_nowait())
    return found
