"""A customer presses the button on the real screen, speaks, and the tile they meant is there (K-02)."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from contracts.fields import Language
from kiosk.gallery.house import Furniture, StoryHouse
from kiosk.gallery.stage import Stage, open_stage
from kiosk.listening import KioskEar
from kiosk.presenters.guide import Key
from kiosk.presenters.house import Hearing
from kiosk.presenters.pages import EntryPage, ListenPage
from runtime.audio.recorded import WavMicrophone
from tests.speech_stands import LoudActivity, silence, tone
from tests.unit.kiosk.test_listening import ToneEngines

pytestmark = pytest.mark.req("K-02")

WINDOW = (396, 484)
PATIENCE_S = 30.0


class ListeningHouse(StoryHouse):
    """The house of a story, with a real ear in it."""

    def __init__(self, ear: KioskEar) -> None:
        super().__init__(Furniture())
        self._ear = ear

    def hears(self, language: Language) -> bool:
        return self._ear.hears(language)

    def listen(self, language: Language, listen_s: float) -> None:
        self._ear.listen(language, listen_s)

    def hearing(self) -> Hearing:
        return self._ear.hearing()

    def enough(self) -> None:
        self._ear.enough()

    def hush(self) -> None:
        self._ear.hush()


def recording(folder: Path, pcm: bytearray) -> Path:
    path = folder / "said.wav"
    with wave.open(str(path), "wb") as opened:
        opened.setparams((1, 2, 16_000, 0, "NONE", ""))
        opened.writeframes(bytes(pcm))
    return path


@asynccontextmanager
async def listening_stage(ear: KioskEar) -> AsyncIterator[Stage]:
    """The screen with that ear, at the search page in English."""
    house = ListeningHouse(ear)
    async with open_stage(WINDOW, house) as stage:
        running = asyncio.ensure_future(ear.run(stage.desk.heard, stage.app.soon))
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not ear.hears(Language.EN):
                    await stage.frames(1)
            for name in ("en", "no card", "search"):
                assert await stage.touch(name)
            yield stage
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def until_found(stage: Stage) -> tuple[EntryPage, list[ListenPage]]:
    """The page after the one that listens, and all that this has shown."""
    seen: list[ListenPage] = []
    async with asyncio.timeout(PATIENCE_S):
        while isinstance(page := stage.page, ListenPage):
            if page not in seen:
                seen.append(page)
            await stage.frames(1)
    assert isinstance(page, EntryPage)
    return page, seen


async def test_from_the_button_to_the_tile_by_voice(kivy_window: None, tmp_path: Path) -> None:
    said = recording(tmp_path, silence(0.2) + tone("loan", 1.0) + silence(0.2))
    ear = KioskEar(WavMicrophone(said), ToneEngines(), activity=LoudActivity)
    async with listening_stage(ear) as stage:
        assert await stage.touch("listen")
        page, seen = await until_found(stage)
        assert "loan" in {each.said for each in seen}
        assert max(each.level for each in seen) > 0
        assert (page.name, page.shown, page.choices[0].name) == ("search", "loan", "loan")
        assert await stage.touch("loan")
        assert stage.page.name == "confirm"
        assert "loan" not in stage.desk.visit.said


async def test_the_microphone_opens_when_the_voice_has_said_that_it_listens(kivy_window: None) -> None:
    house = StoryHouse(Furniture())
    async with open_stage(WINDOW, house) as stage:
        for name in ("en", "mode spoken", "no card", "search"):
            assert await stage.touch(name)
        stage.voice.quiet.clear()
        assert await stage.touch("listen")
        assert stage.voice.said[-1] == ((Language.EN, "I am listening…"),)
        assert house.listening is None
        await stage.press(Key.DOWN)  # something else is said in its place
        assert house.listening is None
        stage.voice.quiet.set()
        await stage.frames()
        assert house.listening is Language.EN
        assert isinstance(stage.page, ListenPage)


async def test_the_button_that_ends_it_and_a_microphone_that_is_gone(kivy_window: None, tmp_path: Path) -> None:
    said = recording(tmp_path, silence(0.1) + tone("card", 30.0))
    ear = KioskEar(WavMicrophone(said), ToneEngines(), activity=LoudActivity)
    async with listening_stage(ear) as stage:
        assert await stage.touch("listen")
        async with asyncio.timeout(PATIENCE_S):
            while "card" not in ear.hearing().said:
                await stage.frames(1)
        assert await stage.touch("enough")
        page, _ = await until_found(stage)
        assert page.choices[0].name == "account"
        said.unlink()
        assert await stage.touch("listen")
        page, _ = await until_found(stage)
        assert page.message == "The microphone is not working. Please type a few letters."
        assert page.listen is None
