"""The ear of a kiosk: one sentence at a time, when a customer asks for it; never else (K-02).

The microphone is open only from the touch until a pause, ``LISTEN_S`` or another touch. A thread of its own opens and
closes it, another recognises (``runtime.speech.listening``): the screen waits for neither. Sound is nowhere but in
buffers that are zeroed; what was understood goes to the screen and is dropped here.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from enum import Enum

from contracts.fields import Language
from kiosk.presenters.house import Hearing
from kiosk.presenters.listening import LISTEN_S
from runtime.audio.port import Microphone
from runtime.speech.choosing import Engines
from runtime.speech.errors import MicrophoneLost, SpeechError
from runtime.speech.following import Partial, Utterance
from runtime.speech.listening import Event, Listening, ListeningSettings, Trouble
from runtime.speech.pauses import PauseSettings
from runtime.speech.port import Pcm, VoiceActivity
from runtime.speech.silero import best_activity

log = logging.getLogger(__name__)

LOOK_EVERY_S = 20.0
"""How often it is seen whether the microphone is there."""

UNDERSTAND_S = 8.0
"""So long the recogniser may take after the end of speech."""

STALLED_S = 3.0
"""An open microphone that gave nothing for so long is lost."""

LEVEL_EVERY_S = 0.1
QUIET, LOUD = 200.0, 8000.0
"""Peaks of samples between which a voice at arm's length lies."""

CLOSES_S = 5.0
"""So long it may take to close the microphone after the sentence before; a driver that takes longer hangs."""


def pauses(listen_s: float) -> PauseSettings:
    """Who thinks of a word for half a second isn't cut off, nor who may speak for so many seconds."""
    long_s = max(1.0, listen_s)
    return PauseSettings(pause_s=0.9, early_s=0.3, long_s=long_s, longest_s=long_s + 2)


class _End(Enum):
    TIME = "time"
    ENOUGH = "enough"
    SAID = "said"
    LOST = "lost"
    HUSHED = "hushed"


class KioskEar:
    """Listens when it is told to; made and asked in the event loop.

    ``heard`` is called in the loop with what was understood: '' for nothing, null when nothing could be heard.
    ``changed``: the words so far or the level may look different.
    """

    def __init__(
        self,
        microphone: Microphone,
        engines: Engines,
        *,
        activity: Callable[[], VoiceActivity] = best_activity,
        clock: Callable[[], float] = time.monotonic,
        listen_s: float = LISTEN_S,
        closes_s: float = CLOSES_S,
    ) -> None:
        self._microphone = microphone
        self._engines = engines
        self._activity = activity
        self._clock = clock
        self._listen_s = listen_s
        self._closes_s = closes_s
        self._ready: frozenset[Language] = frozenset()
        self._present: bool | None = None
        self._session: _Session | None = None
        self._ended: list[_Session] = []
        self._heard: Callable[[str | None], None] = lambda _said: None
        self._changed: Callable[[], None] = lambda: None

    async def run(self, heard: Callable[[str | None], None], changed: Callable[[], None]) -> None:
        """Load the recognisers, then see again and again whether the microphone is there; until cancelled."""
        self._heard, self._changed = heard, changed
        try:
            self._ready = await asyncio.to_thread(self._warm)
            while self._ready:
                if self._session is None:
                    await self._look()
                await asyncio.sleep(LOOK_EVERY_S)
            await asyncio.Future()
        finally:
            await self.close()

    def hears(self, language: Language) -> bool:
        """Whether the microphone was there when last seen, and a recogniser of this language is loaded."""
        return bool(self._present) and language in self._ready

    def listen(self, language: Language, listen_s: float | None = None) -> None:
        """Open the microphone and follow one sentence, for at most ``listen_s``."""
        self.hush()
        before = self._ended[-1].closed if self._ended else None
        self._session = _Session(self, language, self._listen_s if listen_s is None else listen_s, before)
        self._session.thread.start()

    def hearing(self) -> Hearing:
        """What is heard just now."""
        return self._session.hearing() if self._session is not None else Hearing()

    def enough(self) -> None:
        """The customer has said all."""
        if self._session is not None:
            self._session.end(_End.ENOUGH)
            self._changed()

    def hush(self) -> None:
        """Close the microphone and zero what was heard; nothing is told of it any more. Does not wait for that."""
        session, self._session = self._session, None
        if session is not None:
            session.end(_End.HUSHED)
            self._ended = [one for one in self._ended if one.thread.is_alive()] + [session]

    async def close(self, timeout_s: float = 10.0) -> bool:
        """Hush, and wait until nothing of a customer is left in memory; false where a recogniser is still at work."""
        self.hush()
        until = time.monotonic() + timeout_s
        for session in self._ended:
            await asyncio.to_thread(session.thread.join, max(0.0, until - time.monotonic()))
        return not any(session.thread.is_alive() for session in self._ended)

    async def _look(self) -> None:
        there = await asyncio.to_thread(self._microphone.present)
        if there != self._present:
            log.log(
                logging.INFO if there else logging.WARNING,
                "kiosk_microphone name=%r there=%s do=%r",
                self._microphone.name,
                there,
                "" if there else "plug it in; `usher speech check` lists the microphones of this machine",
            )
            self._present = there
            self._changed()

    def _warm(self) -> frozenset[Language]:
        ready = set()
        for language in Language:
            choice = self._engines.choose(language)
            if choice.engine is None:
                log.warning("kiosk_hears_no language=%s why=%r", language, choice.why)
                continue
            began = time.monotonic()
            try:
                choice.engine.recogniser(language).close()
                self._activity()
            except SpeechError as error:
                log.warning("kiosk_hears_no language=%s engine=%s why=%r", language, choice.name, str(error))
                continue
            ready.add(language)
            took = time.monotonic() - began
            log.info("kiosk_hears language=%s engine=%s loaded_s=%.1f", language, choice.name, took)
        return frozenset(ready)

    def told(self, session: _Session, said: str | None) -> None:
        """In the loop: a session is over."""
        if session is not self._session:
            return
        self._session = None
        self._ended = [one for one in self._ended if one.thread.is_alive()] + [session]
        if said is None:
            self._present = False
        self._heard(said)
        self._changed()

    def looks_different(self, session: _Session) -> None:
        """In the loop: the words or the level of a session changed."""
        if session is self._session:
            self._changed()


class _Session:
    """One sentence: from the touch to what was understood."""

    def __init__(self, ear: KioskEar, language: Language, listen_s: float, before: threading.Event | None) -> None:
        """``before`` is set when the session before has closed the microphone, as ``closed`` is by this one."""
        self._ear = ear
        self._before = before
        self._listen_s = listen_s
        self.closed = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._language = language
        self._over = threading.Event()
        self._why = _End.TIME
        self._said: str | None = None
        self._partial = ""
        self._level = 0.0
        self._peak = 0
        self._shown_at = 0.0
        self._audio_at = 0.0
        self._lock = threading.Lock()
        self.thread = threading.Thread(target=self._run, name="kiosk ear", daemon=True)
        self._listening = Listening(
            lambda: ear._engines.recogniser(language),
            ear._activity,
            self._follow,
            ListeningSettings(pauses=pauses(listen_s), ring_s=listen_s + 4.0),
            clock=ear._clock,
        )

    def hearing(self) -> Hearing:
        """The words so far and the level."""
        return Hearing(said=self._partial, level=self._level, ending=self._over.is_set())

    def end(self, why: _End) -> None:
        """Stop for this reason; the first one counts, but for being hushed."""
        with self._lock:
            if not self._over.is_set() or why is _End.HUSHED:
                self._why = why
            self._over.set()
        if why is _End.HUSHED:
            self._listening.stop()

    # --- the microphone's thread -------------------------------------------------------------------------------------

    def hear(self, pcm: Pcm) -> None:
        """See ``runtime.audio.port.Sink``."""
        now = self._ear._clock()
        self._audio_at = now
        self._listening.hear(pcm)
        with memoryview(pcm).cast("h") as samples:
            self._peak = max(self._peak, max(samples, default=0), -min(samples, default=0))
        if now - self._shown_at >= LEVEL_EVERY_S:
            self._shown_at = now
            self._level, self._peak = min(1.0, max(0.0, (self._peak - QUIET) / (LOUD - QUIET))) ** 0.5, 0
            self._show()

    def lost(self, error: MicrophoneLost) -> None:
        """See ``runtime.audio.port.Sink``."""
        log.warning("kiosk_microphone_lost why=%r", str(error))
        self.end(_End.LOST)

    def ended(self) -> None:
        """See ``runtime.audio.port.Sink``."""
        self.end(_End.TIME)

    # --- the recogniser's thread -------------------------------------------------------------------------------------

    def _follow(self, event: Event) -> None:
        match event:
            case Partial(text=text):
                self._partial = text
                self._show()
            case Utterance():
                if self._said is None:
                    self._said = event.transcript.text
                self.end(_End.SAID)
            case Trouble(error=error):
                if error is not None:
                    self.end(_End.LOST)

    # --- the thread of its own ---------------------------------------------------------------------------------------

    def _run(self) -> None:
        said: str | None = None
        if self._before is None or self._before.wait(self._ear._closes_s):
            try:
                self._use()
            finally:
                self.closed.set()
        else:
            name = self._ear._microphone.name
            self.lost(MicrophoneLost(f"microphone {name!r} isn't let go by its driver; plug it in again"))
        if self._why not in (_End.LOST, _End.HUSHED):
            self._listening.end()
            if not self._listening.join(UNDERSTAND_S):
                log.warning("kiosk_understands_too_slowly limit_s=%s language=%s", UNDERSTAND_S, self._language)
            said = self._said or ""
        self._listening.stop()
        self._partial, self._said, self._level = "", None, 0.0
        if self._why is not _End.HUSHED:
            self._tell(lambda: self._ear.told(self, said))
        self._listening.join()
        if self._before is not None:
            self._before.wait()  # whoever comes next may not open it sooner either
        self.closed.set()

    def _use(self) -> None:
        """Open the microphone until all is said, and close it."""
        microphone = self._ear._microphone
        try:
            if self._why is not _End.HUSHED:
                self._listening.start()
                self._audio_at = self._ear._clock()
                microphone.open(self)
                self._wait()
        except MicrophoneLost as error:
            self.lost(error)
        finally:
            microphone.close()

    def _wait(self) -> None:
        until = self._ear._clock() + self._listen_s
        while not self._over.wait(min(0.5, max(0.0, until - self._ear._clock()))):
            now = self._ear._clock()
            if now >= until:
                self.end(_End.TIME)
            elif self._ear._microphone.steady and now - self._audio_at > STALLED_S:
                self.lost(MicrophoneLost(f"microphone {self._ear._microphone.name!r} gives no sound; plug it in again"))

    def _show(self) -> None:
        self._tell(lambda: self._ear.looks_different(self))

    def _tell(self, what: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(what)
        except RuntimeError:
            log.debug("kiosk_ear_tells_nobody why='the loop is closed'")
