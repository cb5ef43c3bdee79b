"""The ear of a kiosk: open only when asked, one sentence, and always an end (K-02, K-13)."""

from __future__ import annotations

import asyncio
import threading
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from contracts.fields import Language
from kiosk.listening import CLOSES_S, STALLED_S, KioskEar
from kiosk.presenters.house import Hearing
from runtime.audio.port import Microphone, Sink
from runtime.audio.recorded import SilentMicrophone, WavMicrophone
from runtime.speech.choosing import Choice, EngineKind, Engines, EngineSettings
from runtime.speech.errors import EngineFailed, MicrophoneLost
from runtime.speech.port import Pcm
from tests.speech_stands import LoudActivity, ToneEngine, ToneRecogniser, in_frames, silence, tone
from tests.virtual_time import until

pytestmark = pytest.mark.req("K-02")

PATIENCE_S = 20.0


class ToneEngines(Engines):
    """English is the language of tones; of the others there is none. ``fails``: its recognisers don't work."""

    def __init__(self, *, fails: bool = False) -> None:
        super().__init__(EngineSettings(engine=EngineKind.NONE))
        self.engine = ToneEngine()
        self.fails = fails

    def choose(self, language: str) -> Choice:
        """Tones for English."""
        return Choice(self.engine) if language == "en" else Choice(None, "tones are English")

    def recogniser(self, language: str) -> ToneRecogniser:
        """One that may fail."""
        return ToneRecogniser(fails=10_000) if self.fails else self.engine.recogniser(language)


class HandMicrophone:
    """A microphone in the test's hand; ``refuses``: it can't be opened."""

    name = "hand"

    def __init__(self, *, refuses: bool = False, steady: bool = False) -> None:
        self.refuses, self.steady = refuses, steady
        self.there = True
        self.sink: Sink | None = None
        self.opened, self.closed = threading.Event(), threading.Event()
        self.openings = 0

    def present(self) -> bool:
        return self.there

    def open(self, sink: Sink) -> None:
        if self.refuses:
            raise MicrophoneLost("hand: busy; close the other program")
        self.openings += 1
        self.sink = sink
        self.closed.clear()
        self.opened.set()

    def close(self) -> None:
        self.opened.clear()
        self.sink = None
        self.closed.set()

    async def open_sink(self) -> Sink:
        assert await asyncio.to_thread(self.opened.wait, PATIENCE_S)
        assert self.sink is not None
        return self.sink

    async def say(self, pcm: Pcm) -> None:
        sink = await self.open_sink()
        for frame in in_frames(pcm):
            sink.hear(frame)


class Told:
    """What the screen is told."""

    def __init__(self) -> None:
        self.said: list[str | None] = []
        self.changes = 0
        self.news = asyncio.Event()

    def heard(self, said: str | None) -> None:
        self.said.append(said)
        self.news.set()

    def changed(self) -> None:
        self.changes += 1
        self.news.set()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                self.news.clear()
                await self.news.wait()


@asynccontextmanager
async def ear_of(
    microphone: Microphone,
    engines: Engines | None = None,
    *,
    listen_s: float = 8.0,
    clock: Callable[[], float] | None = None,
    closes_s: float = CLOSES_S,
) -> AsyncIterator[tuple[KioskEar, Told]]:
    told = Told()
    more = {"clock": clock} if clock is not None else {}
    engines = engines or ToneEngines()
    ear = KioskEar(microphone, engines, activity=LoudActivity, listen_s=listen_s, closes_s=closes_s, **more)
    running = asyncio.ensure_future(ear.run(told.heard, told.changed))
    try:
        await told.until(lambda: ear.hears(Language.EN))
        yield ear, told
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert not [thread for thread in threading.enumerate() if thread.name in ("kiosk ear", "listening")]


async def test_a_sentence_ends_at_the_pause_and_the_microphone_is_closed() -> None:
    microphone, engines = HandMicrophone(), ToneEngines()
    async with ear_of(microphone, engines) as (ear, told):
        assert microphone.openings == 0
        assert not ear.hears(Language.KO)
        ear.listen(Language.EN)
        await microphone.say(tone("card", 0.6))
        await told.until(lambda: ear.hearing().said == "card")
        assert 0.3 < ear.hearing().level <= 1.0
        await microphone.say(silence(1.2))
        await told.until(lambda: bool(told.said))
        assert told.said == ["card"]
        assert ear.hearing() == Hearing()
        assert microphone.closed.is_set()
    worked = set().union(*(one.threads for one in engines.engine.made))
    assert worked == {"listening"}, "the window's thread draws meanwhile"


async def test_a_touch_ends_it_and_what_was_said_until_then_counts() -> None:
    microphone = HandMicrophone()
    async with ear_of(microphone) as (ear, told):
        ear.listen(Language.EN)
        await microphone.say(tone("loan", 0.6))
        await told.until(lambda: ear.hearing().said == "loan")
        ear.enough()
        assert ear.hearing().ending
        await told.until(lambda: bool(told.said))
        assert told.said == ["loan"]


async def test_it_ends_by_itself_where_nobody_says_anything() -> None:
    async with ear_of(SilentMicrophone(), listen_s=0.3) as (ear, told):
        ear.listen(Language.EN)
        await told.until(lambda: bool(told.said))
        assert told.said == [""]
        assert ear.hears(Language.EN)


async def test_a_busy_microphone_is_told_and_the_button_goes() -> None:
    async with ear_of(HandMicrophone(refuses=True)) as (ear, told):
        ear.listen(Language.EN)
        await told.until(lambda: bool(told.said))
        assert told.said == [None]
        assert not ear.hears(Language.EN)


async def test_a_microphone_that_is_pulled_out_is_told() -> None:
    microphone = HandMicrophone()
    async with ear_of(microphone) as (ear, told):
        ear.listen(Language.EN)
        await microphone.say(tone("card", 0.6))
        sink = await microphone.open_sink()
        sink.lost(MicrophoneLost("hand: pulled out; plug it in again"))
        await told.until(lambda: bool(told.said))
        assert told.said == [None]
        assert microphone.closed.is_set()


async def test_a_microphone_that_gives_nothing_is_told() -> None:
    now = [0.0]
    microphone = HandMicrophone(steady=True)
    async with ear_of(microphone, clock=lambda: now[0]) as (ear, told):
        ear.listen(Language.EN)
        await microphone.open_sink()
        now[0] = STALLED_S + 0.1
        await told.until(lambda: bool(told.said))
        assert told.said == [None]


async def test_a_recogniser_that_fails_is_told() -> None:
    engines, microphone = ToneEngines(), HandMicrophone()
    async with ear_of(microphone, engines) as (ear, told):
        engines.fails = True
        ear.listen(Language.EN)
        await microphone.say(tone("card", 0.6))
        await told.until(lambda: bool(told.said))
        assert told.said == [None]


@pytest.mark.req("K-13")
async def test_after_hushing_nothing_is_told_and_nothing_is_kept() -> None:
    microphone = HandMicrophone()
    async with ear_of(microphone) as (ear, told):
        ear.listen(Language.EN)
        await microphone.say(tone("card", 0.6))
        await told.until(lambda: ear.hearing().said == "card")
        ear.hush()
        assert ear.hearing() == Hearing()
        assert await ear.close()
        assert microphone.closed.is_set()
        ear.listen(Language.EN)
        await microphone.say(bytearray(tone("fund", 0.6) + silence(1.2)))
        await told.until(lambda: bool(told.said))
        assert told.said == ["fund"]
        assert microphone.openings == 2


async def test_a_recogniser_that_is_still_at_work_keeps_nobody_from_speaking() -> None:
    class Slow(ToneRecogniser):
        def feed(self, pcm: Pcm) -> None:
            at_work.set()
            assert done.wait(PATIENCE_S)
            super().feed(pcm)

    class SlowEngines(ToneEngines):
        def recogniser(self, language: str) -> ToneRecogniser:
            return Slow() if not at_work.is_set() else super().recogniser(language)

    at_work, done = threading.Event(), threading.Event()
    microphone = HandMicrophone()
    async with ear_of(microphone, SlowEngines()) as (ear, told):
        try:
            ear.listen(Language.EN)
            await microphone.say(tone("card", 0.6))
            assert await asyncio.to_thread(at_work.wait, PATIENCE_S)
            ear.hush()
            assert await asyncio.to_thread(microphone.closed.wait, PATIENCE_S)
            ear.listen(Language.EN)
            await microphone.say(bytearray(tone("fund", 0.6) + silence(1.2)))
            await told.until(lambda: bool(told.said))
            assert told.said == ["fund"]
        finally:
            done.set()


async def test_a_driver_that_does_not_let_go_is_told_and_forgiven() -> None:
    class Stuck(HandMicrophone):
        def close(self) -> None:
            assert freed.wait(PATIENCE_S)
            super().close()

    freed = threading.Event()
    microphone = Stuck()
    async with ear_of(microphone, closes_s=0.2) as (ear, told):
        try:
            ear.listen(Language.EN)
            await microphone.open_sink()
            ear.hush()
            ear.listen(Language.EN)
            await told.until(lambda: bool(told.said))
            ear.listen(Language.EN)
            await told.until(lambda: len(told.said) == 2)
            assert told.said == [None, None]
            assert microphone.openings == 1
        finally:
            freed.set()
        assert await asyncio.to_thread(microphone.closed.wait, PATIENCE_S)
        ear.listen(Language.EN)
        await microphone.say(bytearray(tone("fund", 0.6) + silence(1.2)))
        await told.until(lambda: len(told.said) == 3)
        assert told.said == [None, None, "fund"]


async def test_it_listens_for_as_long_as_it_is_told() -> None:
    now = [0.0]
    microphone = HandMicrophone()
    async with ear_of(microphone, listen_s=0.3, clock=lambda: now[0]) as (ear, told):
        ear.listen(Language.EN, 16.0)
        await microphone.open_sink()
        now[0] = 15.0
        for second in range(15):
            await microphone.say(tone("card" if second % 2 else "loan", 1.0))
        await told.until(lambda: ear.hearing().said.endswith("loan"))
        assert told.said == []
        now[0] = 16.1
        await told.until(lambda: bool(told.said))
        assert (told.said[0] or "").split() == ["loan", "card"] * 7 + ["loan"]


async def test_a_microphone_that_is_not_there_at_the_start_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    told, microphone = Told(), HandMicrophone()
    microphone.there = False
    ear = KioskEar(microphone, ToneEngines(), activity=LoudActivity)
    running = asyncio.ensure_future(ear.run(told.heard, told.changed))
    await told.until(lambda: told.changes > 0)
    assert "kiosk_microphone name='hand' there=False do='plug it in" in caplog.text
    assert not ear.hears(Language.EN)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize("breaks", [False, True])
async def test_without_an_engine_nobody_is_offered_to_speak(caplog: pytest.LogCaptureFixture, breaks: bool) -> None:
    class Broken(ToneEngine):
        def recogniser(self, language: str) -> ToneRecogniser:
            raise EngineFailed("tones: out of order")

    class NoEngines(ToneEngines):
        def choose(self, language: str) -> Choice:
            return Choice(Broken("en")) if breaks else Choice(None, "nothing is installed")

    told, microphone = Told(), HandMicrophone()
    ear = KioskEar(microphone, NoEngines(), activity=LoudActivity)
    running = asyncio.ensure_future(ear.run(told.heard, told.changed))
    await until(lambda: caplog.text.count("kiosk_hears_no language=") == len(Language), within_s=PATIENCE_S)
    await asyncio.wait({running}, timeout=0.1)
    assert not any(ear.hears(language) for language in Language)
    assert caplog.text.count("out of order" if breaks else "nothing is installed") == len(Language)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert microphone.openings == 0


async def test_a_recording_is_heard_as_if_it_were_said(tmp_path: Path) -> None:
    path = tmp_path / "said.wav"
    with wave.open(str(path), "wb") as opened:
        opened.setparams((1, 2, 16_000, 0, "NONE", ""))
        opened.writeframes(bytes(silence(0.2) + tone("bond", 0.5) + silence(0.2)))
    async with ear_of(WavMicrophone(path)) as (ear, told):
        ear.listen(Language.EN)
        await told.until(lambda: bool(told.said))
        assert told.said == ["bond"]
