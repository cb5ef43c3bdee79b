"""A talk as a recording: what a device would have heard, utterance by utterance, as fast as it can be recognised."""

from collections.abc import Iterator
from pathlib import Path

from contracts.fields import Language
from contracts.visits import SegmentHeard, SegmentOrigin
from device_agent.audio.ear import spoken_of
from runtime.audio.recorded import samples_of
from runtime.speech.choosing import Engines, EngineSettings
from runtime.speech.following import Follower, Utterance
from runtime.speech.pauses import PauseSettings
from runtime.speech.port import FRAME_BYTES
from runtime.speech.silero import SileroActivity


def segments_of(
    recording: Path, language: Language, *, engines: EngineSettings | None = None, pauses: PauseSettings | None = None
) -> Iterator[SegmentHeard]:
    """The utterances of a recording; raises ``SpeechError`` where nothing recognises the language or reads the file."""
    recogniser = Engines(engines).recogniser(language.value)
    follower = Follower(recogniser, SileroActivity(), pauses or PauseSettings())
    index = 0
    try:
        for event in _events(recording, follower):
            spoken = spoken_of(event, language)
            if spoken.text.strip():
                yield SegmentHeard(
                    task_id="replayed",
                    index=index,
                    origin=SegmentOrigin.SPEECH,
                    language=language,
                    text=spoken.text,
                    words=spoken.words,
                    engine=spoken.engine,
                    at_ms=spoken.at_ms,
                )
                index += 1
    finally:
        recogniser.close()


def _events(recording: Path, follower: Follower) -> Iterator[Utterance]:
    frame = bytearray(FRAME_BYTES)
    for block in samples_of(recording):
        frame[:] = bytes(FRAME_BYTES)
        frame[: len(block)] = block
        event = follower.take(frame)
        if isinstance(event, Utterance):
            yield event
    last = follower.finish()
    if isinstance(last, Utterance):
        yield last
