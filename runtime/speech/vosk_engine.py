"""Vosk behind the port: streaming, words with confidence, partial texts (W-10).

At a pause ``Result`` is taken, not ``FinalResult``: measured on read Korean it is there in 3 ms instead of 50, and the
recogniser's picture of the speaker's voice lasts, which makes fewer errors. What Vosk ends by itself within an
utterance is kept and joined. A beam of 8 instead of the models' 10 saves a fifth of the work at no measured loss.
"""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from runtime.speech.errors import EngineFailed, LanguageUnknown
from runtime.speech.memory import give_back
from runtime.speech.models import how_to_install, model_problem
from runtime.speech.port import SAMPLE_RATE, HeardWord, Pcm, Recogniser, Transcript

if TYPE_CHECKING:
    from vosk import KaldiRecognizer, Model

log = logging.getLogger(__name__)

NAME = "vosk"
CHUNK_BYTES = SAMPLE_RATE // 5
"""A tenth of a second is decoded at once: less costs more calls, more makes the text later."""

WASH_CHUNKS = 4
"""Silence decoded before a recogniser is let go, so that the memory that it frees held silence last."""

BEAM = 8.0


class _Word(msgspec.Struct):
    word: str
    conf: float
    start: float
    end: float


class _Result(msgspec.Struct):
    text: str = ""
    result: list[_Word] = []


class _Partial(msgspec.Struct):
    partial: str = ""


class VoskEngine:
    """One model for each language, loaded when first needed and shared by all recognisers of it.

    ``models``: the folder of the model by language. ``beam``: how many paths are followed, null for the model's own.
    ``cache``: where a model's configuration with that beam is written, as links to the model's files.
    """

    def __init__(self, models: Mapping[str, Path], cache: Path, *, beam: float | None = BEAM) -> None:
        self._folders = dict(models)
        self._cache = cache
        self._beam = beam
        self._loaded: dict[str, Model] = {}
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """``vosk``."""
        return NAME

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages whose model was given."""
        return tuple(self._folders)

    def warm(self) -> None:
        """Load every model: about three seconds and, for Korean, half a gigabyte of memory."""
        for language in self._folders:
            self._model(language)

    def recogniser(self, language: str) -> Recogniser:
        """A new stream; loads the model unless it is."""
        return VoskRecogniser(self._model(language), language)

    def _model(self, language: str) -> Model:
        folder = self._folders.get(language)
        if folder is None:
            known = ", ".join(self._folders) or "none"
            raise LanguageUnknown(f"vosk has no model for {language!r}; it has {known}: {how_to_install(language)}")
        with self._lock:
            if language not in self._loaded:
                self._loaded[language] = _load(tuned_folder(folder, self._cache, self._beam))
            return self._loaded[language]


def _load(folder: Path) -> Model:
    problem = model_problem(folder)
    if problem:
        raise EngineFailed(f"vosk: {folder} is no whole Vosk model: {problem}; install it again")
    try:
        import vosk
    except (ImportError, OSError) as error:
        raise EngineFailed(f"vosk can't be loaded: {error}; pip install 'usher[speech]'") from error
    vosk.SetLogLevel(-1)
    try:
        return vosk.Model(str(folder))
    except Exception as error:  # vosk raises nothing narrower
        raise EngineFailed(f"vosk: {folder} can't be loaded: {error}; install the model again") from error


def tuned_folder(folder: Path, cache: Path, beam: float | None) -> Path:
    """The model with another beam: its configuration copied, the rest linked; itself where that can't be written."""
    conf = folder / "conf" / "model.conf"
    try:
        text = conf.read_text("utf-8")
        if beam is None or (changed := re.sub(r"(?m)^--beam=.*$", f"--beam={beam}", text)) == text:
            return folder
        key = hashlib.sha256(f"{folder.resolve()}\n{changed}".encode()).hexdigest()[:16]
        target = cache / f"vosk-{key}"
        if not (target / "conf" / "model.conf").is_file():
            _link(folder.resolve(), target, changed)
    except OSError as error:
        log.warning("vosk_not_tuned model=%s why=%r effect='a fifth slower'", folder, str(error))
        return folder
    return target


def _link(model: Path, target: Path, conf: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=target.parent, prefix=f"{target.name}."))
    try:
        for part in model.iterdir():
            if part.name != "conf":
                (fresh / part.name).symlink_to(part)
        shutil.copytree(model / "conf", fresh / "conf")
        (fresh / "conf" / "model.conf").write_text(conf, "utf-8")
        fresh.rename(target)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        if not (target / "conf" / "model.conf").is_file():
            raise  # else another process was quicker


class VoskRecogniser:
    """One stream; see ``Recogniser``. Holds at most ``CHUNK_BYTES`` of audio, zeroed once it was decoded."""

    def __init__(self, model: Model, language: str) -> None:
        self._model = model
        self._language = language
        self._chunk = bytearray(CHUNK_BYTES)
        self._filled = 0
        self._fed_s = 0.0
        self._began_s = 0.0
        self._parts: list[_Result] = []
        self._kaldi: KaldiRecognizer | None = self._new()

    def feed(self, pcm: Pcm) -> None:
        """Decode what fills a chunk; the rest waits for more."""
        view = memoryview(pcm)
        while len(view):
            take = min(len(view), CHUNK_BYTES - self._filled)
            self._chunk[self._filled : self._filled + take] = view[:take]
            self._filled += take
            view = view[take:]
            if self._filled == CHUNK_BYTES:
                self._decode()

    def partial(self) -> str:
        """What Vosk has so far, with what it ended by itself."""
        running = msgspec.json.decode(self._at_work().PartialResult(), type=_Partial).partial
        return " ".join(text for text in (*(part.text for part in self._parts), running) if text)

    def prepare(self) -> None:
        """Decode what waits for more."""
        self._decode()

    def finish(self, silence_s: float = 0.0) -> Transcript:
        """The text since the last time, with a confidence for each word."""
        del silence_s  # it streams: nothing was prepared
        self._decode()
        self._parts.append(msgspec.json.decode(self._at_work().Result(), type=_Result))
        parts = [part for part in self._parts if part.text]
        began = self._began_s
        self._parts = []
        self._began_s = self._fed_s
        words = tuple(
            HeardWord(
                word.word,
                min(1.0, max(0.0, word.conf)),
                max(0.0, round(word.start - began, 3)),
                max(0.0, round(word.end - began, 3)),
            )
            for part in parts
            for word in part.result
        )
        return Transcript(
            text=" ".join(part.text for part in parts),
            language=self._language,
            engine=NAME,
            confidence=sum(word.confidence for word in words) / len(words) if words else 0.0,
            words=words,
        )

    def forget(self) -> None:
        """Zero the chunk, and begin anew with a recogniser that has heard nothing, not even the voice."""
        self.close()
        self._kaldi = self._new()

    def close(self) -> None:
        """Zero the chunk and let the recogniser go, after silence has taken the place of speech in its memory."""
        kaldi, self._kaldi = self._kaldi, None
        self._wipe()
        self._parts = []
        heard, self._fed_s, self._began_s = self._fed_s > 0.0, 0.0, 0.0
        if kaldi is None or not heard:
            return
        for _ in range(WASH_CHUNKS):
            kaldi.AcceptWaveform(_handed(self._chunk))
        kaldi.Result()
        del kaldi
        give_back()

    def _new(self) -> KaldiRecognizer:
        import vosk

        kaldi = vosk.KaldiRecognizer(self._model, SAMPLE_RATE)
        kaldi.SetWords(True)
        return kaldi

    def _at_work(self) -> KaldiRecognizer:
        if self._kaldi is None:
            raise EngineFailed("vosk: this recogniser was closed; ask the engine for a new one")
        return self._kaldi

    def _decode(self) -> None:
        if not self._filled:
            return
        kaldi = self._at_work()
        try:
            ended = kaldi.AcceptWaveform(_handed(memoryview(self._chunk)[: self._filled]))
        except Exception as error:  # vosk raises nothing narrower
            raise EngineFailed(
                f"vosk stopped while decoding {self._language}: {error}; forget this utterance"
            ) from error
        finally:
            self._fed_s += self._filled / (2 * SAMPLE_RATE)
            self._wipe()
        if ended:
            self._parts.append(msgspec.json.decode(kaldi.Result(), type=_Result))

    def _wipe(self) -> None:
        self._chunk[:] = bytes(CHUNK_BYTES)
        self._filled = 0


def _handed(pcm: Pcm) -> bytes:
    """The buffer itself as Vosk's C code takes it: as ``bytes`` it would be a copy that nobody could zero."""
    from vosk.vosk_cffi import ffi

    buffer: bytes = ffi.from_buffer("char[]", pcm)
    return buffer
