"""A recognising process of the hub whose engine knows tones: ``python -m tests.tone_recogniser``.

A tone of 400 Hz is the word ``t4``. A tone of 1500 Hz crashes the process, one of 1900 Hz never ends to be recognised.
"""

from __future__ import annotations

import itertools
import math
import os
import sys
import threading
from array import array
from collections.abc import Iterator, Sequence

from hub.hearing.worker import pipes, serve
from runtime.speech.port import SAMPLE_RATE, HeardWord, Pcm, Recogniser, Transcript

CRASH_HZ = 1500
HANG_HZ = 1900
TONE_S = 0.4
PAUSE_S = 0.6


def tones(*hertz: int) -> bytearray:
    """Samples of tones with a pause after each."""
    samples = array("h")
    for one in hertz:
        count = round(TONE_S * SAMPLE_RATE)
        samples.extend(round(9000 * math.sin(2 * math.pi * one * at / SAMPLE_RATE)) for at in range(count))
        samples.extend([0] * round(PAUSE_S * SAMPLE_RATE))
    return bytearray(samples.tobytes())


class ToneRecogniser:
    """Counts how often the samples change their sign."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._samples = array("h")

    def feed(self, pcm: Pcm) -> None:
        self._samples.frombytes(bytes(pcm))

    def partial(self) -> str:
        return self._word()

    def prepare(self) -> None:
        if self._hertz() == HANG_HZ:
            threading.Event().wait()

    def finish(self, silence_s: float = 0.0) -> Transcript:
        word = self._word()
        if self._hertz() == CRASH_HZ:
            os._exit(3)
        self.forget()
        words = (HeardWord(word, 0.75, 0.0, silence_s),) if word else ()
        return Transcript(text=word, language=self._language, engine="tones", words=words)

    def forget(self) -> None:
        self._samples = array("h")

    def close(self) -> None:
        self.forget()

    def _word(self) -> str:
        hertz = self._hertz()
        return f"t{hertz // 100}" if hertz else ""

    def _hertz(self) -> int:
        loud = [sample for sample in self._samples if abs(sample) > 600]
        changes = sum(1 for one, other in itertools.pairwise(loud) if (one < 0) != (other < 0))
        # The quiet samples about each change of sign are left out of the count, not out of the time.
        quiet = self._quiet_s()
        heard_s = len(self._samples) / SAMPLE_RATE - quiet
        return round(changes / 2 / heard_s / 100) * 100 if heard_s > 0.1 else 0

    def _quiet_s(self) -> float:
        blocks = range(0, len(self._samples), 160)
        return sum(0.01 for at in blocks if max(map(abs, self._samples[at : at + 160])) < 1500)


class ToneEngine:
    """An engine for Korean tones."""

    @property
    def name(self) -> str:
        return "tones"

    @property
    def languages(self) -> Sequence[str]:
        return ("ko",)

    def warm(self) -> None:
        """Nothing to load."""

    def recogniser(self, language: str) -> Recogniser:
        return ToneRecogniser(language)


class Loudness:
    """Whatever is loud is speech."""

    def probability(self, frame: Pcm) -> float:
        samples = array("h", bytes(frame))
        return 1.0 if max(map(abs, samples)) > 2500 else 0.0

    def reset(self) -> None:
        """It remembers nothing."""


def command() -> tuple[str, ...]:
    """Starts it."""
    return (sys.executable, "-m", "tests.tone_recogniser")


def opus_of(pcm: bytearray) -> Iterator[bytes]:
    """The samples as a device sends them."""
    from device_agent.audio.streamed_opus import OpusEncoder

    return OpusEncoder().encode(pcm)


if __name__ == "__main__":
    source, sink = pipes()
    serve({"ko": ToneEngine()}, Loudness, source, sink)
