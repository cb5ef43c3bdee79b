"""What every recognition of streams promises: the scripted one of the tests, and the pool of processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

import pytest

from contracts.fields import Language
from hub.hearing.pool import PoolSettings, WorkerPool
from hub.hearing.ports import Recognition, Utterance, Voice
from tests.scripted_hearing import PAUSE, ScriptedRecognition
from tests.tone_recogniser import command, opus_of, tones
from tests.virtual_time import until

SEATS = 2
PATIENCE_S = 20.0


@dataclass
class Notes:
    """A listener."""

    frames: int = 0
    partials: list[str] = field(default_factory=list)
    utterances: list[Utterance] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)

    def taken(self, frames: int) -> None:
        self.frames += frames

    def partial(self, text: str) -> None:
        self.partials.append(text)

    def heard(self, utterance: Utterance) -> None:
        self.utterances.append(utterance)

    def ended(self, fault: str) -> None:
        self.ends.append(fault)


@dataclass
class Subject:
    """A recognition that runs, and how to speak to it: ``spoken`` makes the frames of utterances of one word each."""

    recognition: Recognition
    spoken: Callable[[int], list[bytes]]

    def begin(self, language: Language = Language.KO) -> tuple[Notes, Voice]:
        notes = Notes()
        voice = self.recognition.begin(language, notes)
        assert voice is not None
        return notes, voice


def scripted_words(count: int) -> list[bytes]:
    return [frame for number in range(count) for frame in (b"t%d" % (4 + number), PAUSE)]


def tone_words(count: int) -> list[bytes]:
    return list(opus_of(tones(*(400 + 100 * number for number in range(count)))))


@asynccontextmanager
async def scripted() -> AsyncIterator[Subject]:
    async with running(ScriptedRecognition(SEATS)) as recognition:
        yield Subject(recognition, scripted_words)


@asynccontextmanager
async def pooled() -> AsyncIterator[Subject]:
    async with running(WorkerPool(PoolSettings(command=command(), workers=1, streams=SEATS))) as recognition:
        yield Subject(recognition, tone_words)


@asynccontextmanager
async def running(recognition: Recognition) -> AsyncIterator[Recognition]:
    ready = asyncio.Event()
    job = asyncio.ensure_future(recognition.run(ready.set))
    try:
        async with asyncio.timeout(PATIENCE_S):
            await ready.wait()
        yield recognition
    finally:
        job.cancel()
        await asyncio.gather(job, return_exceptions=True)


pytestmark = pytest.mark.parametrize("made", [scripted, pooled])
Made = Callable[[], AbstractAsyncContextManager[Subject]]


async def test_streams_become_utterances_side_by_side(made: Made) -> None:
    async with made() as subject:
        one, first = subject.begin()
        two, second = subject.begin()
        frames = subject.spoken(3)
        first.feed(frames, 0)
        second.feed(frames[: len(frames) // 3], 0)
        await until(lambda: len(one.utterances) == 3 and len(two.utterances) == 1, within_s=PATIENCE_S)
        assert [utterance.text for utterance in one.utterances] == ["t4", "t5", "t6"]
        assert [utterance.text for utterance in two.utterances] == ["t4"]
        ends = [utterance.end_s for utterance in one.utterances]
        assert ends == sorted(ends)
        assert 0 < ends[0] <= ends[2] <= len(frames) * 0.02
        assert [word.text for word in one.utterances[0].words] == ["t4"]
        assert one.utterances[0].engine == subject.recognition.engine(Language.KO)
        await until(lambda: one.frames == len(frames), within_s=PATIENCE_S, what="all frames were worked off")


async def test_finishing_says_the_rest_and_ends_once(made: Made) -> None:
    async with made() as subject:
        notes, voice = subject.begin()
        frames = subject.spoken(2)
        half = len(frames) // 2 + (1 if len(frames) < 10 else 15)
        voice.feed(frames[:half], 0)
        voice.finish()
        await until(lambda: bool(notes.ends), within_s=PATIENCE_S)
        assert notes.ends == [""]
        assert [utterance.text for utterance in notes.utterances] == ["t4", "t5"]


async def test_what_was_dropped_tells_nothing_and_its_seat_is_free(made: Made) -> None:
    async with made() as subject:
        (dropped, voice), (other, kept) = subject.begin(), subject.begin()
        assert subject.recognition.begin(Language.KO, Notes()) is None, "there are two seats"
        voice.feed(subject.spoken(2), 0)
        voice.drop()
        told = len(dropped.utterances)
        again, third = subject.begin()
        for speaker in (kept, third):
            speaker.feed(subject.spoken(1), 0)
            speaker.finish()
        await until(lambda: bool(again.ends and other.ends), within_s=PATIENCE_S)
        assert [utterance.text for utterance in again.utterances] == ["t4"]
        assert len(dropped.utterances) == told
        assert dropped.ends == []


async def test_missing_frames_are_heard_somehow_and_skipped_ones_move_the_clock(made: Made) -> None:
    async with made() as subject:
        notes, voice = subject.begin()
        frames = subject.spoken(1)
        voice.feed(frames, 0)
        voice.feed([b""] * 5, 500)
        voice.feed(frames, 0)
        await until(lambda: len(notes.utterances) >= 2, within_s=PATIENCE_S)
        assert notes.utterances[0].text == notes.utterances[-1].text == "t4"
        assert notes.utterances[-1].end_s - notes.utterances[0].end_s == pytest.approx(
            (len(frames) + 505) * 0.02, abs=0.1
        )


async def test_a_language_that_it_does_not_know_has_no_engine(made: Made) -> None:
    async with made() as subject:
        assert subject.recognition.engine(Language.ZH) == ""
        assert subject.recognition.engine(Language.KO) != ""
        assert subject.recognition.seats == SEATS
