"""What recognises speech, and what tells speech from silence: the ports of every engine (W-10, W-11).

Audio is 16 kHz mono, signed 16 bit, little endian everywhere. Buffers belong to who made them: an implementation may
read them only during the call and keeps no view of them, so that the owner can zero them afterwards.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

SAMPLE_RATE = 16_000
"""Samples a second."""

SAMPLE_BYTES = 2
"""Signed 16 bit, little endian."""

FRAME_SAMPLES = 512
"""What voice activity is asked about: 32 ms."""

FRAME_BYTES = FRAME_SAMPLES * SAMPLE_BYTES

Pcm = bytearray | memoryview
"""Audio that its owner can zero; never ``bytes``, which stay in memory until something overwrites them."""


class HeardWord(msgspec.Struct, frozen=True):
    """A word and how sure the recogniser is of it (0 to 1); times in seconds since the utterance's first sample."""

    text: str
    confidence: float
    start_s: float
    end_s: float


class Transcript(msgspec.Struct, frozen=True, kw_only=True):
    """One utterance as it was recognised; ``text`` is empty where nothing was said.

    ``words``: those of ``text`` in order; empty where the engine doesn't know them. ``confidence``: of the whole, 0 to
    1. ``engine``: ``Engine.name``. ``no_speech``: how probably this was no speech at all; 0 where it can't tell.
    """

    text: str
    language: str
    engine: str
    confidence: float = 0.0
    words: tuple[HeardWord, ...] = ()
    no_speech: float = 0.0


class Recogniser(Protocol):
    """One stream of speech; used by one thread at a time, and every call but ``partial`` may take long.

    Raises ``runtime.speech.errors.EngineFailed`` where the engine can't go on; ``forget`` makes it usable again.
    """

    def feed(self, pcm: Pcm) -> None:
        """Take the next samples of the utterance, any whole number of them; no view of them is kept."""
        ...

    def partial(self) -> str:
        """The text so far; empty where the engine has none before the end. Cheap."""
        ...

    def prepare(self) -> None:
        """The speaker seems to have paused: an engine that works at the end may do its work now, to save time then.

        More may still be fed, silence or speech; ``finish`` tells which it was.
        """
        ...

    def finish(self, silence_s: float = 0.0) -> Transcript:
        """End the utterance; ready for the next one afterwards. An empty transcript where nothing was said.

        ``silence_s``: how much of the end of what was fed is known to be silence; what was prepared within it holds.
        """
        ...

    def forget(self) -> None:
        """Zero and drop all that was fed since the last ``finish``; ready for the next utterance."""
        ...

    def close(self) -> None:
        """Forget, and let go of what the recogniser holds; a second time does nothing."""
        ...


class Engine(Protocol):
    """Makes recognisers for the languages that it knows; used from any thread."""

    @property
    def name(self) -> str:
        """What listens, as the screen says it: ``vosk`` or ``whisper``."""
        ...

    @property
    def languages(self) -> Sequence[str]:
        """Codes of what it can recognise on this machine (``en``, ``ko``, ``zh``)."""
        ...

    def warm(self) -> None:
        """Load what is loaded once, so that the first talk doesn't wait; takes seconds. A second time does nothing.

        Raises ``runtime.speech.errors.EngineFailed`` or ``ModelMissing``.
        """
        ...

    def recogniser(self, language: str) -> Recogniser:
        """A new stream, warm; raises ``LanguageUnknown``, ``ModelMissing`` or ``EngineFailed``."""
        ...


class VoiceActivity(Protocol):
    """Tells speech from silence, frame by frame; has a memory of the frames before, so one stream each."""

    def probability(self, frame: Pcm) -> float:
        """How probably there is speech in these ``FRAME_SAMPLES``, 0 to 1; ``ValueError`` for another length."""
        ...

    def reset(self) -> None:
        """Forget the frames before."""
        ...
