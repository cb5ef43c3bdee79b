"""An existing speech server as the hub's recogniser: the real worker, talking to a real Wyoming server."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from wyoming.asr import Transcribe, Transcript
from wyoming.event import Event
from wyoming.server import AsyncEventHandler, AsyncTcpServer

from contracts.fields import Language
from hub.errors import HubError
from hub.hearing.pool import PoolSettings, WorkerPool
from hub.hearing.ports import Utterance
from hub.hearing.wyoming_engine import WyomingEngine
from runtime.speech.errors import EngineFailed, LanguageUnknown
from tests.peers import free_port
from tests.tone_recogniser import ToneRecogniser, opus_of, tones
from tests.virtual_time import until

PATIENCE_S = 30.0


class ToneServer(AsyncEventHandler):
    """Answers with the words of tones; says something else first, as servers may."""

    languages: list[str | None]

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, languages: list[str | None], mute: bool
    ) -> None:
        super().__init__(reader, writer)
        self._languages = languages
        self._mute = mute
        self._recogniser = ToneRecogniser("ko")

    async def handle_event(self, event: Event) -> bool:
        if Transcribe.is_type(event.type):
            self._languages.append(Transcribe.from_event(event).language)
        elif event.type == "audio-chunk":
            assert event.data == {"rate": 16_000, "width": 2, "channels": 1}
            self._recogniser.feed(bytearray(event.payload or b""))
        elif event.type == "audio-stop":
            if self._mute:
                return False
            await self.write_event(Event("describe"))
            await self.write_event(Transcript(text=f" {self._recogniser.finish().text}  tone ").event())
        return True


@asynccontextmanager
async def tone_server(*, mute: bool = False) -> AsyncIterator[tuple[str, list[str | None]]]:
    port = free_port()
    languages: list[str | None] = []
    server = AsyncTcpServer("127.0.0.1", port)
    await server.start(lambda reader, writer: ToneServer(reader, writer, languages, mute))
    try:
        yield f"tcp://127.0.0.1:{port}", languages
    finally:
        await server.stop()


class Notes:
    """A listener."""

    def __init__(self) -> None:
        self.utterances: list[Utterance] = []
        self.ends: list[str] = []

    def taken(self, frames: int) -> None:
        """Not of interest."""

    def partial(self, text: str) -> None:
        """Such a server has none."""

    def heard(self, utterance: Utterance) -> None:
        self.utterances.append(utterance)

    def ended(self, fault: str) -> None:
        self.ends.append(fault)


@pytest.mark.req("W-11")
async def test_utterances_of_a_server_have_its_text_and_no_words() -> None:
    async with tone_server() as (url, languages):
        engine = WyomingEngine(url, "loopback", ["ko"])
        recogniser = engine.recogniser("ko")
        for hertz in (400, 700):
            await asyncio.to_thread(recogniser.feed, tones(hertz)[:12_800])
            said = await asyncio.to_thread(recogniser.finish)
            assert (said.text, said.words, said.engine) == (f"t{hertz // 100} tone", (), "wyoming")
        assert (await asyncio.to_thread(recogniser.finish)).text == ""
        recogniser.close()
        assert languages == ["ko", "ko"]


async def test_a_server_that_is_away_or_says_nothing_is_named() -> None:
    async with tone_server(mute=True) as (url, _):
        recogniser = WyomingEngine(url, "loopback", ["ko"]).recogniser("ko")
        await asyncio.to_thread(recogniser.feed, bytearray(640))
        with pytest.raises(EngineFailed, match=url):
            await asyncio.to_thread(recogniser.finish)
    away = WyomingEngine(f"tcp://127.0.0.1:{free_port()}", "loopback", ["ko"])
    with pytest.raises(EngineFailed, match="is the Wyoming server running there"):
        await asyncio.to_thread(away.recogniser("ko").feed, bytearray(640))
    with pytest.raises(LanguageUnknown, match="zh is not among ko"):
        away.recogniser("zh")
    with pytest.raises(HubError):
        WyomingEngine("tcp://8.8.8.8:1", "private", ["ko"])


@pytest.mark.req("W-11")
async def test_the_pool_lets_a_server_recognise() -> None:
    async with tone_server() as (url, _):
        arguments = ("--languages", "ko", "--wyoming", url)
        pool = WorkerPool(PoolSettings(command=(sys.executable, "-m", "tests.wyoming_tones", *arguments)))
        job = asyncio.ensure_future(pool.run(lambda: None))
        try:
            await until(lambda: pool.seats > 0, within_s=PATIENCE_S, every_s=0.05)
            assert (pool.engine(Language.KO), pool.engine(Language.EN)) == ("wyoming", "")
            notes = Notes()
            voice = pool.begin(Language.KO, notes)
            assert voice is not None
            voice.feed(list(opus_of(tones(400, 600))), 0)
            voice.finish()
            await until(lambda: bool(notes.ends), within_s=PATIENCE_S)
            assert [utterance.text for utterance in notes.utterances] == ["t4 tone", "t6 tone"]
            assert notes.ends == [""]
        finally:
            job.cancel()
            await asyncio.gather(job, return_exceptions=True)
