"""A recogniser and a voice detector small enough to know what they hear, and the recordings for the real ones.

The language of tones: a word is a stretch of samples of one value, silence is zero.
"""

from __future__ import annotations

import threading
import wave
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from models.datasets.location import data_folders
from runtime.speech.errors import EngineFailed, LanguageUnknown
from runtime.speech.port import FRAME_BYTES, SAMPLE_RATE, HeardWord, Pcm, Transcript

VALUES = {1000: "fund", 2000: "bond", 3000: "card", 4000: "loan"}
LOUD = 50
SHORTEST = 400


def tone(word: str, seconds: float) -> bytearray:
    """A word, said for so long."""
    value = next(value for value, name in VALUES.items() if name == word)
    return bytearray(array("h", [value]) * round(seconds * SAMPLE_RATE))


def silence(seconds: float) -> bytearray:
    """Nothing, for so long."""
    return bytearray(2 * round(seconds * SAMPLE_RATE))


def in_frames(pcm: Pcm) -> Iterable[bytearray]:
    """Whole frames, the last filled up with silence."""
    for at in range(0, len(pcm), FRAME_BYTES):
        yield bytearray(pcm[at : at + FRAME_BYTES]).ljust(FRAME_BYTES, b"\0")


class ToneRecogniser:
    """Knows the language of tones; ``calls``: what was asked of it. ``fails``: how many feeds fail first.

    ``threads``: the names of those in which it worked.
    """

    def __init__(self, language: str = "en", fails: int = 0) -> None:
        self._language = language
        self._audio = array("h")
        self._fails = fails
        self._closed = False
        self.calls: list[str] = []
        self.transcripts: list[str] = []
        self.threads: set[str] = set()

    def feed(self, pcm: Pcm) -> None:
        """Keep a copy."""
        self.threads.add(threading.current_thread().name)
        if self._fails:
            self._fails -= 1
            raise EngineFailed("tones: asked to fail; go on")
        self._audio.frombytes(bytes(pcm))

    def partial(self) -> str:
        """The words so far."""
        self.calls.append("partial")
        return " ".join(word.text for word in self._words())

    def prepare(self) -> None:
        """Nothing to do."""
        self.calls.append("prepare")

    def finish(self, silence_s: float = 0.0) -> Transcript:
        """The words since the last time."""
        self.calls.append(f"finish {silence_s:.2f}")
        self.threads.add(threading.current_thread().name)
        words = self._words()
        self._audio = array("h")
        text = " ".join(word.text for word in words)
        self.transcripts.append(text)
        return Transcript(
            text=text, language=self._language, engine="tones", confidence=1.0 if words else 0.0, words=words
        )

    def forget(self) -> None:
        """Drop all."""
        self.calls.append("forget")
        self._audio = array("h")

    def close(self) -> None:
        """Drop all."""
        self.calls.append("close")
        self._audio = array("h")
        self._closed = True

    def _words(self) -> tuple[HeardWord, ...]:
        found: list[HeardWord] = []
        begin = 0
        for at in range(1, len(self._audio) + 1):
            if at == len(self._audio) or self._audio[at] != self._audio[begin]:
                name = VALUES.get(self._audio[begin])
                if name is not None and at - begin >= SHORTEST:
                    found.append(HeardWord(name, 1.0, begin / SAMPLE_RATE, at / SAMPLE_RATE))
                begin = at
        return tuple(found)


class ToneEngine:
    """Makes tone recognisers for one language."""

    def __init__(self, language: str = "en") -> None:
        self.languages: Sequence[str] = (language,)
        self.made: list[ToneRecogniser] = []
        self.name = "tones"

    def warm(self) -> None:
        """Nothing to load."""

    def recogniser(self, language: str) -> ToneRecogniser:
        """A new one."""
        if language not in self.languages:
            raise LanguageUnknown(f"tones: no {language!r}; there is {', '.join(self.languages)}")
        self.made.append(ToneRecogniser(language))
        return self.made[-1]


class LoudActivity:
    """Speech is what is loud."""

    def probability(self, frame: Pcm) -> float:
        """1 or 0."""
        if len(frame) != FRAME_BYTES:
            raise ValueError(f"{len(frame)} bytes are no frame")
        return float(max(map(abs, array("h", bytes(frame)))) > LOUD)

    def reset(self) -> None:
        """Remembers nothing."""


def speech_folder() -> Path:
    """The folder of sample speech; skips where it isn't."""
    for folder in data_folders():
        if (folder / "speech").is_dir():
            return folder / "speech"
    pytest.skip(f"no sample speech: no folder speech in {' or '.join(map(str, data_folders()))}; set USHER_DATA")


def korean_clip() -> bytearray:
    """A short Korean sentence as raw samples, silence at both ends."""
    with wave.open(str(speech_folder() / "fa_fv01_t01_s01.wav")) as opened:
        return bytearray(opened.readframes(opened.getnframes()))
