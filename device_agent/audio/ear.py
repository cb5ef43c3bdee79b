"""The ear of a wearable that recognises speech itself: microphone to segments, in threads of its own (W-10).

The microphone is open only between ``listen`` and ``stop``, and not while paused. Three threads: the microphone's
copies samples into a ring, the listening one recognises, and one of this module opens and closes the microphone and
tries again when it is lost. Nothing of them reaches the listener but through the event loop, and after ``stop`` nothing
at all.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import random
import threading
import time
from collections.abc import Callable
from enum import Enum

from contracts.fields import Language
from contracts.visits import HeardWord
from device_agent.core.hearing import EarTrouble, Listener, Spoken
from runtime.audio.port import Microphone
from runtime.backoff import full_jitter
from runtime.speech.choosing import Engines
from runtime.speech.errors import MicrophoneLost, SpeechError
from runtime.speech.following import Partial, Utterance
from runtime.speech.listening import Event, Listening, ListeningSettings, Trouble
from runtime.speech.port import Pcm, Recogniser, VoiceActivity
from runtime.speech.silero import best_activity

log = logging.getLogger(__name__)

STALLED_S = 3.0
"""An open microphone that gave nothing for so long is lost."""

LOOK_S = 1.0
LOOK_AGAIN_S = 10.0
FIRST_RETRY_S, MOST_RETRY_S = 1.0, 10.0
MOST_MS = 86_400_000
MOST_WORDS, MOST_WORD, MOST_TEXT = 500, 200, 2_000
"""What ``contracts.visits.SegmentHeard`` can carry."""


class LocalEar:
    """See ``device_agent.core.hearing.Ear``; made in the event loop where its listeners are called.

    ``microphone``: null where the settings say that there is none. ``warm``, in a thread, loads what the first talk
    would wait for.
    """

    def __init__(
        self,
        microphone: Microphone | None,
        engines: Engines,
        settings: ListeningSettings | None = None,
        *,
        loop: asyncio.AbstractEventLoop | None = None,
        activity: Callable[[], VoiceActivity] = best_activity,
    ) -> None:
        self._microphone = microphone
        self._engines = engines
        self._settings = settings or ListeningSettings()
        self._loop = loop or asyncio.get_running_loop()
        self._activity = activity
        self._session: _Session | None = None
        self._sessions: list[_Session] = []
        self._present = microphone is not None
        self._looked = time.monotonic()
        self._warming: threading.Thread | None = None

    @property
    def available(self) -> bool:
        """Whether there is a microphone, as far as was last seen, and an engine for any language.

        One that was not there is looked for again, in a thread: the next question has the answer.
        """
        if not self._present and self._microphone is not None and time.monotonic() > self._looked + LOOK_AGAIN_S:
            self._looked = time.monotonic()
            threading.Thread(target=self._look, name="look for microphone", daemon=True).start()
        return self._present and any(self._engines.choose(language).engine is not None for language in Language)

    def engine(self, language: Language) -> str:
        """``vosk``, ``whisper``, or empty for nothing."""
        return self._engines.choose(language).name

    def warm(self, language: Language) -> None:
        """Load this language's engine and look for the microphone, in a thread: seconds, once."""
        if self._warming is None or not self._warming.is_alive():
            self._warming = threading.Thread(target=self._warm, args=(language,), name="warm ear", daemon=True)
            self._warming.start()

    def listen(self, task_id: str, language: Language, listener: Listener) -> None:
        """Open the microphone and follow what is said; a talk that is still followed is stopped first."""
        self.stop()
        if self._microphone is None:
            listener.trouble(EarTrouble.MICROPHONE)
            return
        log.info("ear_listens task=%s language=%s engine=%s", task_id, language, self.engine(language))
        before = self._sessions[-1] if self._sessions else None
        session = _Session(self, self._microphone, language, listener, before)
        self._session = session
        self._sessions = [*(one for one in self._sessions if one.alive), session]
        session.start()

    def pause(self, paused: bool) -> None:
        """Close the microphone and forget what was begun, or open it again."""
        if self._session is not None:
            self._session.order(_Order.PAUSE if paused else _Order.RESUME)

    def stop(self) -> None:
        """Close the microphone and zero all audio; the threads end by themselves soon after."""
        session, self._session = self._session, None
        if session is not None:
            session.over = True
            session.order(_Order.STOP)

    async def close(self, timeout_s: float = 10.0) -> bool:
        """Stop, and wait for the threads: the memory is zeroed then. False where one still runs after ``timeout_s``."""
        self.stop()
        return await asyncio.to_thread(self._ended, time.monotonic() + timeout_s)

    def _ended(self, until: float) -> bool:
        threads = [session.thread for session in self._sessions]
        threads += [self._warming] if self._warming is not None else []
        for thread in threads:
            if thread.ident is not None:
                thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)

    def _look(self) -> None:
        self._present = self._microphone is not None and self._microphone.present()

    def _warm(self, language: Language) -> None:
        self._look()
        if not self._present:
            log.info("ear_not_warmed why='no microphone'")
            return
        choice = self._engines.choose(language)
        try:
            if choice.engine is None:
                log.warning("ear_has_no_engine language=%s why=%r", language, choice.why)
                return
            began = time.monotonic()
            choice.engine.warm()
            self._activity()
            log.info("ear_is_warm engine=%s language=%s seconds=%.1f", choice.name, language, time.monotonic() - began)
        except SpeechError as error:
            log.warning("ear_not_warm engine=%s why=%r", choice.name, str(error))


class _Order(Enum):
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    ENDED = "ended"


class _Session:
    """One talk from ``listen`` to ``stop``. ``over`` is set in the event loop: from then on nothing is told."""

    def __init__(
        self, ear: LocalEar, microphone: Microphone, language: Language, listener: Listener, before: _Session | None
    ) -> None:
        self.over = False
        self._loop = ear._loop
        self._ear = ear
        self._microphone = microphone
        self._language = language
        self._listener = listener
        self._before = before
        self._orders: queue.SimpleQueue[_Order | MicrophoneLost] = queue.SimpleQueue()
        self._listening = Listening(self._recogniser, ear._activity, self._heard, ear._settings)
        self._latest = time.monotonic()
        self._troubles: dict[EarTrouble, None] = {}
        self._paused = False
        self.thread = threading.Thread(target=self._run, name="ear", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether its thread still runs."""
        return self.thread.is_alive()

    def start(self) -> None:
        """Begin."""
        self.thread.start()

    def order(self, order: _Order) -> None:
        """In the event loop: what to do next; doesn't wait for it to be done."""
        if order is _Order.STOP:
            self._listening.stop()
        elif order is _Order.PAUSE:
            self._paused = True
            self._listening.pause()
        elif order is _Order.RESUME:
            self._paused = False
        self._orders.put(order)

    # --- in the microphone's thread ----------------------------------------------------------------------------------

    def hear(self, pcm: Pcm) -> None:
        """As ``Sink``."""
        self._latest = time.monotonic()
        self._listening.hear(pcm)

    def lost(self, error: MicrophoneLost) -> None:
        """As ``Sink``."""
        self._orders.put(error)

    def ended(self) -> None:
        """As ``Sink``."""
        self._orders.put(_Order.ENDED)

    # --- in the listening thread -------------------------------------------------------------------------------------

    def _recogniser(self) -> Recogniser:
        return self._ear._engines.recogniser(self._language)

    def _heard(self, event: Event) -> None:
        match event:
            case Partial():
                text = event.text[-MOST_TEXT:]
                self._tell(lambda: self._listener.partial(text))
            case Utterance():
                spoken = spoken_of(event, self._language)
                self._tell(lambda: self._listener.segment(spoken))
            case Trouble():
                self._trouble(EarTrouble.ENGINE, event.error is not None)

    def _trouble(self, which: EarTrouble, there: bool) -> None:
        self._tell(lambda: self._troubled(which, there))

    def _tell(self, call: Callable[[], None]) -> None:
        def deliver() -> None:
            if not self.over:
                call()

        try:
            self._loop.call_soon_threadsafe(deliver)
        except RuntimeError:
            log.debug("ear_untold why='the event loop is closed'")

    # --- in the event loop -------------------------------------------------------------------------------------------

    def _troubled(self, which: EarTrouble, there: bool) -> None:
        if there == (which in self._troubles):
            return
        if there:
            self._troubles[which] = None
        else:
            del self._troubles[which]
        self._listener.trouble(next(iter(self._troubles), None))

    # --- in the thread of its own ------------------------------------------------------------------------------------

    def _run(self) -> None:
        if self._before is not None:
            self._before.thread.join()  # two talks never hold the microphone at once
            self._before = None
        self._listening.start()
        try:
            self._keep_open()
        finally:
            self._microphone.close()
            self._listening.stop()
            self._listening.join()

    def _keep_open(self) -> None:
        opened, tries = False, 0
        again = time.monotonic()
        chance = random.Random()
        while True:
            # Not before the order to resume came by: what an open microphone gives would still be dropped. And not
            # after a pause that came while that order was under way.
            wanted = self._listening.hearing and not self._paused
            if wanted and not opened and time.monotonic() >= again:
                try:
                    self._latest = time.monotonic()
                    self._microphone.open(self)
                    opened, tries = True, 0
                    self._ear._present = True
                    self._trouble(EarTrouble.MICROPHONE, False)
                except MicrophoneLost as error:
                    again = self._retry(error, tries, chance)
                    tries += 1
            order = self._next_order(LOOK_S if opened or not wanted else max(0.0, again - time.monotonic()))
            stalled = self._microphone.steady and time.monotonic() - self._latest > STALLED_S
            if order is None and opened and stalled:
                order = MicrophoneLost(f"microphone {self._microphone.name!r} gave nothing for {STALLED_S:.0f} s")
            match order:
                case None:
                    continue
                case _Order.STOP:
                    return
                case _Order.ENDED:
                    self._microphone.close()
                    self._listening.end()
                    opened = False
                case _Order.PAUSE:
                    self._microphone.close()
                    opened = False
                    self._listening.pause()
                    self._trouble(EarTrouble.MICROPHONE, False)
                case _Order.RESUME:
                    if not self._paused:  # not taken back already
                        self._listening.resume()
                        tries, again = 0, time.monotonic()
                case MicrophoneLost():
                    self._microphone.close()
                    opened = False
                    if not self._paused:
                        again = self._retry(order, tries, chance)
                        tries += 1

    def _next_order(self, timeout_s: float) -> _Order | MicrophoneLost | None:
        try:
            return self._orders.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def _retry(self, error: MicrophoneLost, tries: int, chance: random.Random) -> float:
        wait_s = full_jitter(tries, first_s=FIRST_RETRY_S, most_s=MOST_RETRY_S, chance=chance)
        log.log(logging.INFO if tries else logging.WARNING, "microphone_lost why=%r retry_s=%.1f", str(error), wait_s)
        self._ear._present = False
        self._trouble(EarTrouble.MICROPHONE, True)
        return time.monotonic() + wait_s


def spoken_of(utterance: Utterance, language: Language) -> Spoken:
    """An utterance as a segment that the contract can carry; what doesn't fit is cut at the end."""
    transcript = utterance.transcript
    words = tuple(HeardWord(text=word.text[:MOST_WORD], confidence=word.confidence) for word in transcript.words)
    return Spoken(
        text=transcript.text[:MOST_TEXT],
        language=language,
        engine=transcript.engine,
        at_ms=min(MOST_MS, max(0, round(utterance.end_s * 1000))),
        words=words[:MOST_WORDS],
    )
