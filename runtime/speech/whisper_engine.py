"""Whisper behind the port, through faster-whisper: the whole utterance at once, words with confidence (W-10).

Two things make it quick enough for a talk. Decoding begins at a short silence already (``prepare``), and is thrown away
when speech goes on. And features are padded to 15 seconds where the model was made for 30, which halves the work; with
less than ten seconds it begins to loop. It is given no words to expect: with product names as a prompt, noise becomes
product names.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from runtime.speech.errors import EngineFailed, LanguageUnknown
from runtime.speech.memory import give_back, wipe
from runtime.speech.port import SAMPLE_BYTES, SAMPLE_RATE, HeardWord, Pcm, Recogniser, Transcript
from runtime.speech.whisper_text import joined_punctuation, loops, simplified

if TYPE_CHECKING:
    from faster_whisper import WhisperModel
    from faster_whisper.tokenizer import Tokenizer

log = logging.getLogger(__name__)

NAME = "whisper"
SHORTEST_S = 0.3
"""Less is no utterance, and what Whisper makes of it is invented."""

LONGEST_S = 29.0
"""The window that Whisper knows, less a second of silence at its end."""

TAIL_S = 1.0
SHORT_FRAMES, LONG_FRAMES = 1_500, 3_000
FRAME_RATE = 100
"""Features a second: 15 and 30 seconds of them."""

NO_SPEECH = 0.6
TOKENS_A_SECOND = 12

Samples = npt.NDArray[np.float32]


class WhisperEngine:
    """One model for all its languages, shared by all recognisers, one decoding at a time.

    ``folder``: the model in CTranslate2's form. ``threads``: for one decoding; two halve the wait, more hardly help.
    """

    def __init__(self, folder: Path, languages: Sequence[str], *, threads: int = 2) -> None:
        self._folder = folder
        self._languages = tuple(languages)
        self._threads = threads
        self._lock = threading.Lock()
        self._model: WhisperModel | None = None
        self._warm = False

    @property
    def name(self) -> str:
        """``whisper``."""
        return NAME

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that were asked of the model."""
        return self._languages

    def warm(self) -> None:
        """Load the model and decode a little silence: about two seconds, 250 MB."""
        model = self._loaded()
        if not self._warm:
            _Decoder(model, self._languages[0]).decode(np.zeros(SAMPLE_RATE, dtype=np.float32))
            self._warm = True

    def recogniser(self, language: str) -> Recogniser:
        """A new stream; loads the model unless it is."""
        if language not in self._languages:
            raise LanguageUnknown(f"whisper was set up for {', '.join(self._languages)}, not for {language!r}")
        return WhisperRecogniser(self._loaded(), language)

    def _loaded(self) -> WhisperModel:
        with self._lock:
            if self._model is None:
                try:
                    from faster_whisper import WhisperModel

                    self._model = WhisperModel(
                        str(self._folder), device="cpu", compute_type="int8", cpu_threads=self._threads
                    )
                except (ImportError, OSError, RuntimeError, ValueError) as error:
                    raise EngineFailed(
                        f"whisper: {self._folder} can't be loaded: {error}; run `usher speech check`"
                    ) from error
            return self._model


class _Decoder:
    """Samples to a transcript; holds no audio."""

    def __init__(self, model: WhisperModel, language: str) -> None:
        from faster_whisper.tokenizer import Tokenizer

        many = bool(model.model.is_multilingual)
        self._model = model
        self._language = language
        self._tokens: Tokenizer = Tokenizer(
            model.hf_tokenizer, many, task="transcribe" if many else None, language=language if many else None
        )
        self._prompt = [*self._tokens.sot_sequence, self._tokens.no_timestamps]

    def decode(self, samples: Samples) -> Transcript:
        """What was said; empty for what is no speech, and where the decoder loops even with the whole window."""
        seconds = len(samples) / SAMPLE_RATE
        sizes = (SHORT_FRAMES, LONG_FRAMES) if seconds + TAIL_S <= SHORT_FRAMES / FRAME_RATE else (LONG_FRAMES,)
        no_speech = 0.0
        for size in sizes:
            transcript = self._decoded(samples, size)
            if not loops(transcript.text):
                return transcript
            no_speech = transcript.no_speech
            log.info("whisper_looped language=%s seconds=%.1f frames=%d", self._language, seconds, size)
        return self._nothing(no_speech)

    def wash(self, count: int) -> None:
        """Take the features of so much silence: freed memory that held audio holds silence then."""
        self._model.feature_extractor(np.zeros(count + round(TAIL_S * SAMPLE_RATE), dtype=np.float32))

    def _decoded(self, samples: Samples, size: int) -> Transcript:
        padded = np.concatenate([samples, np.zeros(round(TAIL_S * SAMPLE_RATE), dtype=np.float32)])
        features = self._model.feature_extractor(padded)[:, :size]
        padded.fill(0.0)
        if features.shape[1] < size:
            missing = size - features.shape[1]
            features = np.pad(features, ((0, 0), (0, missing)), constant_values=features.min())
        encoded = self._model.encode(features)
        features.fill(0.0)
        most = min(224, 20 + round(TOKENS_A_SECOND * len(samples) / SAMPLE_RATE))
        found = self._model.model.generate(
            encoded, [self._prompt], beam_size=1, max_length=len(self._prompt) + most, return_no_speech_prob=True
        )[0]
        no_speech = float(found.no_speech_prob)
        ids = [token for token in found.sequences_ids[0] if token < self._tokens.eot]
        text = str(self._tokens.decode(ids)).strip()
        if no_speech > NO_SPEECH or not any(character.isalnum() for character in text):
            return self._nothing(no_speech)
        words = self._words(ids, encoded, len(samples))
        if self._language == "zh":
            text = simplified(text)
        return Transcript(
            text=text,
            language=self._language,
            engine=NAME,
            confidence=sum(word.confidence for word in words) / len(words) if words else 0.0,
            words=words,
            no_speech=no_speech,
        )

    def _words(self, ids: Sequence[int], encoded: object, samples: int) -> tuple[HeardWord, ...]:
        frames = max(2, round(samples / SAMPLE_RATE * FRAME_RATE))
        (aligned,) = self._model.find_alignment(self._tokens, [list(ids)], encoded, frames)
        words = [
            HeardWord(
                str(word["word"]),
                min(1.0, max(0.0, float(word["probability"]))),
                round(float(word["start"]), 3),
                round(float(word["end"]), 3),
            )
            for word in aligned
        ]
        if self._language == "zh":
            words = _simplified_words(words)
        return joined_punctuation(words)

    def _nothing(self, no_speech: float) -> Transcript:
        return Transcript(text="", language=self._language, engine=NAME, no_speech=no_speech)


def _simplified_words(words: Sequence[HeardWord]) -> list[HeardWord]:
    """Converted in one piece, as the characters around one decide it, where that leaves each in its place."""
    whole = "".join(word.text for word in words)
    converted = simplified(whole)
    if len(converted) != len(whole):
        return [HeardWord(simplified(word.text), word.confidence, word.start_s, word.end_s) for word in words]
    changed = []
    at = 0
    for word in words:
        text = converted[at : at + len(word.text)]
        at += len(word.text)
        changed.append(HeardWord(text, word.confidence, word.start_s, word.end_s))
    return changed


class WhisperRecogniser:
    """One stream; see ``Recogniser``. Holds the utterance in one buffer, zeroed when it has ended."""

    def __init__(self, model: WhisperModel, language: str) -> None:
        self._decoder = _Decoder(model, language)
        self._language = language
        self._audio = bytearray(round(LONGEST_S * SAMPLE_RATE) * SAMPLE_BYTES)
        self._samples: Samples = np.zeros(round(LONGEST_S * SAMPLE_RATE), dtype=np.float32)
        self._filled = 0
        self._parts: list[Transcript] = []
        self._ready: tuple[int, Transcript] | None = None
        self._longest = 0

    def feed(self, pcm: Pcm) -> None:
        """Keep it; an utterance longer than the window is decoded in pieces."""
        view = memoryview(pcm)
        while len(view):
            take = min(len(view), len(self._audio) - self._filled)
            self._audio[self._filled : self._filled + take] = view[:take]
            self._filled += take
            view = view[take:]
            if self._filled == len(self._audio):
                self._parts.append(self._decode())
                self._wipe()

    def partial(self) -> str:
        """Empty: Whisper has nothing before the end."""
        return ""

    def prepare(self) -> None:
        """Decode what there is, in case that this was all."""
        self._ready = (self._filled, self._decode())

    def finish(self, silence_s: float = 0.0) -> Transcript:
        """What was prepared where only silence came after it; else decoded now."""
        speech = self._filled - round(silence_s * SAMPLE_RATE) * SAMPLE_BYTES
        ready = self._ready
        last = ready[1] if ready is not None and ready[0] >= speech else self._decode()
        parts = [part for part in (*self._parts, last) if part.text]
        self._wipe()
        self._parts = []
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return last
        words = tuple(word for part in parts for word in part.words)
        return Transcript(
            text=("" if self._language == "zh" else " ").join(part.text for part in parts),
            language=self._language,
            engine=NAME,
            confidence=sum(word.confidence for word in words) / len(words) if words else 0.0,
            words=words,
            no_speech=max(part.no_speech for part in parts),
        )

    def forget(self) -> None:
        """Zero the buffer, and let silence take the place of audio in the memory that decoding freed."""
        self._wipe()
        self._parts = []
        if self._longest:
            self._decoder.wash(self._longest)
            self._longest = 0
        give_back()

    def close(self) -> None:
        """Forget; the model stays with the engine."""
        self.forget()

    def _decode(self) -> Transcript:
        count = self._filled // SAMPLE_BYTES
        if count < SHORTEST_S * SAMPLE_RATE:
            return Transcript(text="", language=self._language, engine=NAME)
        self._longest = max(self._longest, count)
        samples = self._samples[:count]
        try:
            np.divide(np.frombuffer(self._audio, "<i2", count), 32_768.0, out=samples, dtype=np.float32)
            return self._decoder.decode(samples)
        except (RuntimeError, ValueError) as error:
            raise EngineFailed(f"whisper stopped while decoding {self._language}: {error}; forget this") from error
        finally:
            samples.fill(0.0)

    def _wipe(self) -> None:
        wipe(memoryview(self._audio)[: self._filled])
        self._filled = 0
        self._ready = None
