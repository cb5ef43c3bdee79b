"""Motor and voice of an Android device through plyer (https://github.com/kivy/plyer), which the app's build brings."""

import asyncio
import importlib
import logging
import os
from collections.abc import Callable, Sequence
from typing import Protocol

from contracts.fields import Language

log = logging.getLogger(__name__)


class Vibrator(Protocol):
    """plyer's vibrator."""

    def pattern(self, pattern: Sequence[float], repeat: int) -> None:
        """Seconds of pause and vibration in turn, beginning with a pause; -1 doesn't repeat."""
        ...

    def cancel(self) -> None:
        """Stand still."""
        ...


class TextToSpeech(Protocol):
    """plyer's voice."""

    def speak(self, message: str) -> None:
        """Say it; may take seconds to begin."""
        ...


def on_android() -> bool:
    """Whether this is an app of python-for-android."""
    return "ANDROID_ARGUMENT" in os.environ


def plyer_vibrator() -> Vibrator:
    """The device's vibrator; call it on Android only."""
    vibrator: Vibrator = importlib.import_module("plyer").vibrator
    return vibrator


def plyer_voice() -> TextToSpeech:
    """The device's voice; call it on Android only."""
    voice: TextToSpeech = importlib.import_module("plyer").tts
    return voice


class PlyerMotor:
    """A :class:`~device_agent.haptics.port.Motor`. plyer knows no strength: a weaker pulse is a shorter one."""

    def __init__(self, vibrator: Vibrator) -> None:
        self._vibrator = vibrator

    def play(self, pulses_ms: tuple[int, ...], strength: float) -> None:
        times = [ms / 1000 * (strength if place % 2 == 0 else 1) for place, ms in enumerate(pulses_ms)]
        self._try(lambda: self._vibrator.pattern(pattern=[0.0, *times], repeat=-1))

    def stop(self) -> None:
        self._try(self._vibrator.cancel)

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:  # plyer lets Java's errors through, of any type
            log.warning("vibration_failed why=%r", str(error))


class PlyerSpeaker:
    """A :class:`~device_agent.haptics.port.Speaker` in the device's own language. What has begun can't be stopped by
    plyer; what hasn't begun yet is dropped."""

    def __init__(self, voice: TextToSpeech) -> None:
        self._voice = voice
        self._next: str | None = None
        self._speaking: asyncio.Future[None] | None = None

    def say(self, text: str, language: Language) -> None:
        if not text.strip():
            return
        self._next = text
        if self._speaking is None:
            self._go_on()

    def stop(self) -> None:
        self._next = None

    async def close(self) -> None:
        """Wait for the end of what is being said."""
        self.stop()
        if self._speaking is not None:
            await asyncio.gather(self._speaking, return_exceptions=True)

    def _go_on(self, done: asyncio.Future[None] | None = None) -> None:
        if done is not None and not done.cancelled() and done.exception() is not None:
            log.warning("voice_failed why=%r", str(done.exception()))
        text, self._next, self._speaking = self._next, None, None
        if text is not None:
            self._speaking = asyncio.ensure_future(asyncio.to_thread(self._voice.speak, message=text))
            self._speaking.add_done_callback(self._go_on)
