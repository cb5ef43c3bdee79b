"""The ear of a wearable: when the microphone is open, what is told where, and what is not told any more (W-10)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import pytest

from contracts.fields import Language
from device_agent.audio.ear import LocalEar, spoken_of
from device_agent.core.hearing import Ear, EarTrouble, Spoken
from runtime.audio.port import Sink
from runtime.speech.choosing import Choice, EngineKind, Engines, EngineSettings
from runtime.speech.errors import MicrophoneLost
from runtime.speech.following import Utterance
from runtime.speech.port import HeardWord, Transcript
from tests.speech_stands import LoudActivity, ToneEngine, in_frames, silence, tone

pytestmark = pytest.mark.req("W-10")

PATIENCE_S = 10.0


class ToneEngines(Engines):
    """Engines of which there is one, for the language of tones."""

    def __init__(self) -> None:
        super().__init__(EngineSettings(engine=EngineKind.NONE))
        self.engine = ToneEngine()

    def choose(self, language: str) -> Choice:
        """Tones for English."""
        return Choice(self.engine) if language == "en" else Choice(None, "tones are English")


class HandMicrophone:
    """A microphone in the test's hand; ``refusals``: how many openings fail first."""

    def __init__(self, refusals: int = 0) -> None:
        self.name = "hand"
        self.steady = False
        self.refusals = refusals
        self.sink: Sink | None = None
        self.opened = threading.Event()
        self.closed = threading.Event()

    # The sink is set before ``opened`` says so, and taken away after it no longer does.

    def present(self) -> bool:
        return self.refusals == 0

    def open(self, sink: Sink) -> None:
        if self.refusals:
            self.refusals -= 1
            raise MicrophoneLost("hand: not now")
        self.sink = sink
        self.closed.clear()
        self.opened.set()

    def close(self) -> None:
        self.opened.clear()
        self.sink = None
        self.closed.set()

    async def say(self, pcm: bytearray) -> None:
        await asyncio.to_thread(self.opened.wait, PATIENCE_S)
        assert self.sink is not None
        for frame in in_frames(pcm):
            self.sink.hear(frame)


class Told:
    """A listener that keeps what it is told, and the thread that told it."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.spoken: list[Spoken] = []
        self.threads: set[threading.Thread] = set()
        self.something = asyncio.Event()

    def partial(self, text: str) -> None:
        self._take(f"partial {text}")

    def segment(self, spoken: Spoken) -> None:
        self.spoken.append(spoken)
        self._take(f"segment {spoken.text}")

    def trouble(self, what: EarTrouble | None) -> None:
        self._take(f"trouble {what}")

    def _take(self, what: str) -> None:
        self.told.append(what)
        self.threads.add(threading.current_thread())
        self.something.set()

    async def until(self, what: str) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while what not in self.told:
                self.something.clear()
                await self.something.wait()


Make = Callable[[HandMicrophone | None], LocalEar]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    ears: list[LocalEar] = []

    def made(microphone: HandMicrophone | None) -> LocalEar:
        ears.append(LocalEar(microphone, ToneEngines(), activity=LoudActivity))
        return ears[-1]

    yield made
    for ear in ears:
        assert await ear.close(PATIENCE_S)


async def test_segments_reach_the_listener_in_the_event_loop_with_their_words_and_times(make: Make) -> None:
    microphone, told = HandMicrophone(), Told()
    ear: Ear = make(microphone)
    assert ear.available
    assert (ear.engine(Language.EN), ear.engine(Language.KO)) == ("tones", "")
    ear.listen("task-0001", Language.EN, told)
    await microphone.say(silence(0.32) + tone("fund", 0.64) + silence(0.96))
    await told.until("segment fund")
    assert [word.text for word in told.spoken[0].words] == ["fund"]
    assert told.spoken[0].at_ms == 960
    assert (told.spoken[0].language, told.spoken[0].engine) == (Language.EN, "tones")
    assert told.threads == {threading.main_thread()}


async def test_the_microphone_is_open_only_while_listening(make: Make) -> None:
    microphone, told = HandMicrophone(), Told()
    ear = make(microphone)
    assert not microphone.opened.is_set()
    ear.listen("task-0001", Language.EN, told)
    await microphone.say(tone("fund", 0.64))
    await told.until("partial fund")
    ear.pause(True)
    assert await asyncio.to_thread(microphone.closed.wait, PATIENCE_S)
    await told.until("partial ")
    ear.pause(False)
    await microphone.say(tone("bond", 0.32) + silence(0.64))
    await told.until("segment bond")  # what was begun before the pause is forgotten
    ear.stop()
    assert await asyncio.to_thread(microphone.closed.wait, PATIENCE_S)


class EagerMicrophone(HandMicrophone):
    """Gives what it heard first before ``open`` returns; its ``close`` lasts until ``let_go`` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.first = bytearray()
        self.closing = threading.Event()
        self.let_go = threading.Event()

    def open(self, sink: Sink) -> None:
        super().open(sink)
        for frame in in_frames(self.first):
            sink.hear(frame)

    def close(self) -> None:
        self.closing.set()
        assert self.let_go.wait(PATIENCE_S)
        super().close()


async def test_what_is_said_right_after_a_resume_is_heard_though_the_pause_is_still_under_way(make: Make) -> None:
    microphone, told = EagerMicrophone(), Told()
    ear = make(microphone)
    ear.listen("task-0001", Language.EN, told)
    assert await asyncio.to_thread(microphone.opened.wait, PATIENCE_S)
    ear.pause(True)
    assert await asyncio.to_thread(microphone.closing.wait, PATIENCE_S)
    microphone.first = tone("bond", 0.32) + silence(0.96)
    ear.pause(False)
    microphone.let_go.set()
    await told.until("segment bond")


async def test_after_stop_nothing_is_told_not_even_what_was_on_its_way(make: Make) -> None:
    microphone, told = HandMicrophone(), Told()
    ear = make(microphone)
    ear.listen("task-0001", Language.EN, told)
    await microphone.say(tone("fund", 0.64) + silence(0.96))
    await told.until("segment fund")
    count = len(told.told)
    await microphone.say(tone("bond", 0.64) + silence(0.96))
    ear.stop()
    ear.stop()
    assert await ear.close(PATIENCE_S)
    await asyncio.sleep(0)
    assert len(told.told) == count


async def test_a_second_talk_ends_the_first_and_is_heard_from_its_own_beginning(make: Make) -> None:
    microphone, first, second = HandMicrophone(), Told(), Told()
    ear = make(microphone)
    ear.listen("task-0001", Language.EN, first)
    await microphone.say(tone("fund", 0.64))
    await first.until("partial fund")
    ear.listen("task-0002", Language.EN, second)
    assert await asyncio.to_thread(microphone.closed.wait, PATIENCE_S)
    await microphone.say(tone("bond", 0.64) + silence(0.64))
    await second.until("segment bond")
    assert second.spoken[0].at_ms == 640
    assert "segment" not in "".join(first.told)


async def test_a_lost_microphone_is_told_and_tried_until_it_is_there_again(make: Make) -> None:
    microphone, told = HandMicrophone(refusals=1), Told()
    ear = make(microphone)
    ear.listen("task-0001", Language.EN, told)
    await told.until("trouble microphone")
    await told.until("trouble None")
    assert ear.available
    assert microphone.sink is not None
    microphone.sink.lost(MicrophoneLost("hand: pulled out"))
    assert await asyncio.to_thread(microphone.closed.wait, PATIENCE_S)
    await microphone.say(tone("loan", 0.32) + silence(0.64))
    await told.until("segment loan")
    assert told.told.count("trouble microphone") == 2


async def test_without_a_microphone_or_an_engine_it_is_not_available_and_says_why(make: Make) -> None:
    told = Told()
    ear = make(None)
    assert not ear.available
    ear.listen("task-0001", Language.EN, told)
    assert told.told == ["trouble microphone"]
    other, microphone = Told(), HandMicrophone()
    deaf = LocalEar(microphone, Engines(EngineSettings(engine=EngineKind.NONE)), activity=LoudActivity)
    assert not deaf.available
    deaf.listen("task-0001", Language.EN, other)
    await other.until("trouble engine")
    assert await deaf.close(PATIENCE_S)


async def test_warming_looks_for_the_microphone(make: Make) -> None:
    ear = make(HandMicrophone(refusals=5))
    ear.warm(Language.EN)
    assert await ear.close(PATIENCE_S)
    assert not ear.available


def test_what_the_contract_cannot_carry_is_cut() -> None:
    words = tuple(HeardWord("x" * 300, 0.5, 0.0, 1.0) for _ in range(600))
    transcript = Transcript(text="y" * 3_000, language="en", engine="tones", words=words)
    spoken = spoken_of(Utterance(transcript=transcript, begin_s=0.0, end_s=1e6), Language.EN)
    assert (len(spoken.text), len(spoken.words), len(spoken.words[0].text)) == (2_000, 500, 200)
    assert spoken.at_ms == 86_400_000
