"""The ear that lets the hub recognise: what it streams, when it is quiet, and what it does when it is refused."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from contracts.audio import (
    AudioClosed,
    AudioFrames,
    AudioGranted,
    AudioHeard,
    AudioOpened,
    AudioRefused,
    AudioStop,
)
from contracts.fields import Language
from contracts.visits import HeardWord
from device_agent.audio.streamed import HUB, StreamedEar
from device_agent.audio.streamed_opus import FRAME_BYTES, OpusEncoder
from device_agent.core.hearing import EarTrouble, Spoken
from hub.hearing.opus import CONCEALED_MOST, OpusDecoder
from runtime.agent.audio import AudioUplink, Upward
from runtime.audio.port import Sink
from runtime.ids import SeededIds
from runtime.speech.errors import MicrophoneLost
from tests.tone_recogniser import tones
from tests.virtual_time import until

TASK = "task-0001"
WITHIN_S = 10.0


class HandMicrophone:
    """Gives what the test says, in the test's own thread; may be broken."""

    name = "by hand"
    steady = False

    def __init__(self) -> None:
        self.sink: Sink | None = None
        self.opened = 0
        self.broken = False

    def present(self) -> bool:
        return not self.broken

    def open(self, sink: Sink) -> None:
        if self.broken:
            raise MicrophoneLost("by hand: broken")
        self.opened += 1
        self.sink = sink

    def close(self) -> None:
        self.sink = None


class NotingListener:
    """Notes what the ear tells."""

    def __init__(self) -> None:
        self.partials: list[str] = []
        self.segments: list[Spoken] = []
        self.troubles: list[EarTrouble | None] = []

    def partial(self, text: str) -> None:
        self.partials.append(text)

    def segment(self, spoken: Spoken) -> None:
        self.segments.append(spoken)

    def trouble(self, what: EarTrouble | None) -> None:
        self.troubles.append(what)


@dataclass
class Wrist:
    """An ear with a microphone, an uplink and a hub, all played by the test."""

    ear: StreamedEar
    microphone: HandMicrophone
    uplink: AudioUplink
    listener: NotingListener = field(default_factory=NotingListener)
    said: list[Upward] = field(default_factory=list)

    @property
    def openings(self) -> list[AudioOpened]:
        streams: dict[str, AudioOpened] = {}
        for message in self.said:
            if isinstance(message, AudioOpened):
                streams.setdefault(message.stream, message)
        return list(streams.values())

    @property
    def frames(self) -> int:
        return sum(len(message.frames) for message in self.said if isinstance(message, AudioFrames))

    async def listen(self) -> None:
        self.ear.listen(TASK, Language.KO, self.listener)
        await self.opened(1)

    async def opened(self, streams: int) -> None:
        await until(lambda: len(self.openings) == streams, within_s=WITHIN_S, what="the stream is opened")

    async def hears(self) -> None:
        await until(lambda: self.microphone.sink is not None, within_s=WITHIN_S, what="the microphone is open")

    def grant(self) -> None:
        self.uplink.on_message(AudioGranted(stream=self.openings[-1].stream, frames=500, engine="vosk"))

    def refuse(self, why: AudioStop, retry_after_s: float | None = None) -> None:
        self.uplink.on_message(AudioRefused(stream=self.openings[-1].stream, why=why, retry_after_s=retry_after_s))

    def speak(self, frames: int) -> bytearray:
        """Into the microphone; returns its buffer."""
        pcm = bytearray(range(256)) * (FRAME_BYTES * frames // 256 + 1)
        assert self.microphone.sink is not None
        self.microphone.sink.hear(memoryview(pcm)[: FRAME_BYTES * frames])
        return pcm


@asynccontextmanager
async def wrist() -> AsyncIterator[Wrist]:
    loop = asyncio.get_running_loop()
    uplink, microphone = AudioUplink(SeededIds("band", 0), seconds=loop.time), HandMicrophone()
    here = Wrist(StreamedEar(microphone, uplink, chance=random.Random(1)), microphone, uplink)

    async def tell(message: Upward, *, expires_s: float | None = None) -> None:
        here.said.append(message)

    job = asyncio.ensure_future(uplink.run(tell))
    uplink.on_link(True)
    try:
        yield here
    finally:
        assert await here.ear.close()
        job.cancel()
        await asyncio.gather(job, return_exceptions=True)


@pytest.mark.req("W-11")
async def test_what_is_said_is_streamed_and_what_the_hub_understood_is_told() -> None:
    async with wrist() as here:
        assert here.ear.available
        assert here.ear.engine(Language.KO) == HUB
        await here.listen()
        await here.hears()
        here.grant()
        assert here.ear.engine(Language.KO) == "vosk"
        here.speak(20)
        await until(lambda: here.frames >= 15, within_s=WITHIN_S)
        stream = here.openings[0].stream
        assert (here.openings[0].task_id, here.openings[0].begins_ms) == (TASK, 0)
        words = (HeardWord(text="적금은", confidence=0.75),)
        here.uplink.on_message(AudioHeard(stream=stream, number=0, language=Language.KO, text="적금"))
        here.uplink.on_message(
            AudioHeard(
                stream=stream,
                number=0,
                language=Language.KO,
                text="적금은?",
                index=4,
                words=words,
                engine="vosk",
                at_ms=900,
            )
        )
        assert here.listener.partials == ["적금"]
        assert here.listener.segments == [
            Spoken(text="적금은?", language=Language.KO, engine="vosk", at_ms=900, words=words, index=4)
        ]
        assert here.listener.troubles == []


@pytest.mark.req("W-10", "W-11")
async def test_a_pause_closes_the_microphone_and_forgets_and_then_the_talk_goes_on() -> None:
    async with wrist() as here:
        await here.listen()
        await here.hears()
        here.grant()
        here.speak(11)
        await until(lambda: here.frames == 10, within_s=WITHIN_S)
        here.ear.pause(True)
        await until(lambda: here.microphone.sink is None, within_s=WITHIN_S)
        closings = [message for message in here.said if isinstance(message, AudioClosed)]
        assert [closed.discard for closed in closings] == [True]
        here.ear.pause(False)
        await here.opened(2)
        await here.hears()
        assert here.openings[1].begins_ms in (200, 220), "where in what was listened to it goes on"
        here.grant()
        here.speak(11)
        await until(lambda: here.frames == 20, within_s=WITHIN_S)


@pytest.mark.req("W-10")
async def test_after_the_end_nothing_is_told_and_the_microphone_is_closed() -> None:
    async with wrist() as here:
        await here.listen()
        await here.hears()
        here.grant()
        here.ear.stop()
        stream = here.openings[0].stream
        here.uplink.on_message(AudioHeard(stream=stream, number=0, language=Language.KO, text="late", index=0))
        assert await here.ear.close()
        assert here.microphone.sink is None
        assert here.listener.segments == []
        assert [thread for thread in threading.enumerate() if thread.name == "streamed microphone"] == []


@pytest.mark.req("W-10")
async def test_a_talk_that_may_not_be_recorded_closes_the_microphone() -> None:
    async with wrist() as here:
        await here.listen()
        await here.hears()
        here.refuse(AudioStop.NO_CONSENT)
        await until(lambda: here.microphone.sink is None, within_s=WITHIN_S)
        assert here.listener.troubles == [EarTrouble.HUB]
        await here.opened(2)
        assert here.microphone.sink is None, "asked again with the microphone closed: the hub may know later"
        here.grant()
        await here.hears()
        assert here.listener.troubles == [EarTrouble.HUB, None]


async def test_a_busy_hub_is_asked_again_when_it_says() -> None:
    async with wrist() as here:
        await here.listen()
        here.refuse(AudioStop.BUSY, retry_after_s=0.05)
        assert here.listener.troubles == [EarTrouble.BUSY]
        await here.opened(2)
        here.grant()
        assert here.listener.troubles == [EarTrouble.BUSY, None]


async def test_a_hub_that_recognises_nothing_is_not_asked_again() -> None:
    async with wrist() as here:
        await here.listen()
        await here.hears()
        here.refuse(AudioStop.NO_ENGINE)
        assert here.listener.troubles == [EarTrouble.ENGINE]
        assert here.ear.engine(Language.KO) == ""
        await until(lambda: here.microphone.sink is None, within_s=WITHIN_S)
        assert len(here.openings) == 1


async def test_a_hub_out_of_reach_is_a_trouble_until_it_is_back() -> None:
    async with wrist() as here:
        here.uplink.on_link(False)
        assert here.ear.available, "it may come back in the talk"
        here.ear.listen(TASK, Language.KO, here.listener)
        assert here.listener.troubles == [EarTrouble.HUB]
        here.uplink.on_link(True)
        assert here.listener.troubles == [EarTrouble.HUB, None]
        here.uplink.on_link(False)
        here.ear.stop()
        here.uplink.on_link(True)
        assert here.listener.troubles == [EarTrouble.HUB, None, EarTrouble.HUB]


async def test_a_lost_microphone_is_tried_again() -> None:
    async with wrist() as here:
        await here.listen()
        await here.hears()
        here.microphone.broken = True
        assert here.microphone.sink is not None
        here.microphone.sink.lost(MicrophoneLost("by hand: pulled out"))
        await until(lambda: here.listener.troubles == [EarTrouble.MICROPHONE], within_s=WITHIN_S)
        here.microphone.broken = False
        await until(lambda: here.listener.troubles[-1] is None, within_s=WITHIN_S)
        assert here.microphone.opened == 2


async def test_at_the_end_of_a_recording_the_rest_is_still_recognised() -> None:
    async with wrist() as here:
        await here.listen()
        await here.hears()
        here.grant()
        here.speak(8)
        assert here.microphone.sink is not None
        here.microphone.sink.ended()
        await until(lambda: any(isinstance(message, AudioClosed) for message in here.said), within_s=WITHIN_S)
        closed = next(message for message in here.said if isinstance(message, AudioClosed))
        assert (here.frames, closed.discard) == (closed.end, False)
        stream = here.openings[0].stream
        here.uplink.on_message(
            AudioHeard(stream=stream, number=0, language=Language.KO, text="the rest", index=0, engine="vosk")
        )
        assert [spoken.text for spoken in here.listener.segments] == ["the rest"]
        assert here.microphone.sink is None


async def test_without_a_microphone_there_is_no_ear() -> None:
    loop = asyncio.get_running_loop()
    uplink = AudioUplink(SeededIds("band", 0), seconds=loop.time)
    ear, listener = StreamedEar(None, uplink), NotingListener()
    ear.listen(TASK, Language.KO, listener)
    assert not ear.available
    assert listener.troubles == [EarTrouble.MICROPHONE]


@pytest.mark.req("W-11")
def test_a_second_of_speech_is_fifty_frames_of_some_24_kbit() -> None:
    frames = list(OpusEncoder().encode(tones(400)))
    assert len(frames) == 50
    assert all(1 <= len(frame) <= 400 for frame in frames)
    assert sum(map(len, frames)) * 8 < 30_000


def test_a_lost_frame_goes_on_as_the_sound_before_it_and_then_falls_silent() -> None:
    frames = list(OpusEncoder().encode(tones(400)))
    decoder = OpusDecoder()

    def loudness(frame: bytes) -> int:
        samples = b"".join(decoder.decode(frame))
        return max(abs(int.from_bytes(samples[at : at + 2], "little", signed=True)) for at in range(0, len(samples), 2))

    for frame in frames[:10]:
        loudness(frame)
    concealed = [loudness(b"") for _ in range(CONCEALED_MOST + 2)]
    assert concealed[0] > 5000
    assert concealed[CONCEALED_MOST:] == [0, 0]
    assert loudness(frames[10]) > 1000
    assert loudness(b"\xff" * 7) == 0, "what is no Opus is silence"
    assert decoder.faulty == 1
