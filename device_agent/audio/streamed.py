"""The ear of a wearable that lets the hub recognise: microphone to hub, text back (W-11).

What is said leaves the device as Opus over the broker's connection, so it is encrypted if that is (TLS). Nothing of it
is kept here but two seconds that wait to be sent.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable

from contracts.audio import FRAME_MS, AudioHeard, AudioRefused, AudioStop
from contracts.fields import Language
from device_agent.audio.streamed_microphone import KeptMicrophone
from device_agent.core.hearing import EarTrouble, Listener, Spoken
from runtime.agent.audio import AudioUplink
from runtime.audio.port import Microphone
from runtime.backoff import full_jitter

log = logging.getLogger(__name__)

HUB = "hub"
"""What recognises until the hub says what it uses."""

FIRST_RETRY_S, MOST_RETRY_S = 1.0, 15.0
UNHELD_TRIES = 6
"""The hub may learn of the talk a little after the device: so often it is asked again, with the microphone closed."""

_TROUBLE = {
    AudioStop.NO_ENGINE: EarTrouble.ENGINE,
    AudioStop.BUSY: EarTrouble.BUSY,
    AudioStop.FAILED: EarTrouble.HUB,
    AudioStop.UNKNOWN_STREAM: EarTrouble.HUB,
    AudioStop.NO_CONSENT: EarTrouble.HUB,
    AudioStop.NOT_HELD: EarTrouble.HUB,
}
_UNHELD = frozenset({AudioStop.NO_CONSENT, AudioStop.NOT_HELD})


class StreamedEar:
    """See ``device_agent.core.hearing.Ear``; made in the event loop where its listeners are called."""

    def __init__(
        self,
        microphone: Microphone | None,
        uplink: AudioUplink,
        *,
        loop: asyncio.AbstractEventLoop | None = None,
        chance: random.Random | None = None,
    ) -> None:
        """``microphone``: null where the settings say that there is none."""
        self._microphone = microphone
        self._uplink = uplink
        self._loop = loop or asyncio.get_running_loop()
        self._chance = chance or random.Random()
        self._engines: dict[Language, str] = {}
        self._session: _Session | None = None
        self._kept: KeptMicrophone | None = None

    @property
    def available(self) -> bool:
        """Whether there is a microphone, and the hub hasn't said that it recognises nothing; it may be out of reach."""
        able = any(self._engines.get(language, HUB) for language in Language)
        return self._microphone is not None and able

    def engine(self, language: Language) -> str:
        """What the hub recognises this language by; ``hub`` before it said so, empty when it said that it can't."""
        return self._engines.get(language, HUB)

    def warm(self, language: Language) -> None:
        """Nothing is loaded here: the hub's recognisers are warm."""

    def listen(self, task_id: str, language: Language, listener: Listener) -> None:
        """Open the microphone, and let the hub follow what is said; a talk that is still followed is stopped first."""
        self.stop()
        if self._microphone is None:
            listener.trouble(EarTrouble.MICROPHONE)
            return
        log.info("ear_streams task=%s language=%s", task_id, language)
        session = _Session(task_id, language, listener, self._uplink, self._loop, self._chance, self._found)
        before = self._kept.thread if self._kept is not None else None
        self._kept = KeptMicrophone(self._microphone, session, self._loop, after=before)
        self._session = session
        self._kept.start()
        session.begin(self._kept)

    def pause(self, paused: bool) -> None:
        """Close the microphone and let the hub forget what was begun, or go on."""
        if self._session is not None:
            self._session.pause(paused)

    def stop(self) -> None:
        """Close the microphone and let the hub forget what was begun; its thread ends by itself soon after."""
        session, self._session = self._session, None
        if session is not None:
            session.stop()

    async def close(self, timeout_s: float = 10.0) -> bool:
        """Stop, and wait for the microphone's thread; false where it still runs after ``timeout_s``."""
        self.stop()
        if self._kept is None:
            return True
        thread = self._kept.thread
        await asyncio.to_thread(thread.join, timeout_s)
        return not thread.is_alive()

    def _found(self, language: Language, engine: str) -> None:
        self._engines[language] = engine


class _Session:
    """One talk from ``listen`` to ``stop``: a stream after the other. All in the event loop."""

    def __init__(
        self,
        task_id: str,
        language: Language,
        listener: Listener,
        uplink: AudioUplink,
        loop: asyncio.AbstractEventLoop,
        chance: random.Random,
        found: Callable[[Language, str], None],
    ) -> None:
        self._task_id = task_id
        self._language = language
        self._listener = listener
        self._uplink = uplink
        self._loop = loop
        self._chance = chance
        self._found = found
        self._kept: KeptMicrophone | None = None
        self._frames = 0
        self._tries = 0
        self._paused = False
        self._over = False
        self._at_end = False
        self._again: asyncio.TimerHandle | None = None
        self._troubles: dict[EarTrouble, None] = {}

    def begin(self, kept: KeptMicrophone) -> None:
        """Open the microphone and the first stream."""
        self._kept = kept
        kept.want(True)
        self._troubled(EarTrouble.HUB, not self._uplink.online)
        self._open()

    def pause(self, paused: bool) -> None:
        """As the ear's."""
        if paused == self._paused or self._kept is None or self._at_end:
            return
        self._paused = paused
        if paused:
            self._leave()
            self._kept.want(False)
        else:
            self._kept.want(True)
            self._open()

    def stop(self) -> None:
        """As the ear's."""
        self._over = True
        self._leave()
        if self._kept is not None:
            self._kept.stop()

    # --- the microphone -----------------------------------------------------------------------------------------------

    def frame(self, frame: bytes) -> None:
        """See ``FrameListener``."""
        self._frames += 1
        self._uplink.push(frame)

    def microphone(self, there: bool) -> None:
        """See ``FrameListener``."""
        self._troubled(EarTrouble.MICROPHONE, not there)

    def over(self) -> None:
        """See ``FrameListener``: what was said last is still to be recognised."""
        self._at_end = True
        self._uplink.close()

    # --- the hub ------------------------------------------------------------------------------------------------------

    def granted(self, engine: str) -> None:
        """See ``StreamWatcher``."""
        self._found(self._language, engine)
        self._tries = 0
        for trouble in (EarTrouble.HUB, EarTrouble.BUSY, EarTrouble.ENGINE):
            self._troubled(trouble, False)
        if self._kept is not None and not self._paused and not self._at_end and not self._kept.wanted:
            self._kept.want(True)

    def heard(self, heard: AudioHeard) -> None:
        """See ``StreamWatcher``."""
        if self._over:
            return
        if heard.index is None:
            self._listener.partial(heard.text)
            return
        self._listener.segment(
            Spoken(
                text=heard.text,
                language=heard.language,
                engine=heard.engine,
                at_ms=heard.at_ms,
                words=heard.words,
                index=heard.index,
            )
        )

    def refused(self, refused: AudioRefused) -> None:
        """See ``StreamWatcher``."""
        if self._over:
            return
        self._listener.partial("")
        if refused.why is AudioStop.NO_ENGINE:
            self._found(self._language, "")
        trouble = _TROUBLE[refused.why]
        for other in (EarTrouble.HUB, EarTrouble.BUSY, EarTrouble.ENGINE):
            self._troubled(other, other is trouble)
        unheld = refused.why in _UNHELD
        if self._kept is not None and (unheld or refused.retry_after_s is None):
            self._kept.want(False)
        if self._at_end or self._paused or (unheld and self._tries >= UNHELD_TRIES):
            return
        if refused.retry_after_s is None and not unheld:
            return
        wait_s = full_jitter(self._tries, first_s=FIRST_RETRY_S, most_s=MOST_RETRY_S, chance=self._chance)
        self._tries += 1
        after_s = (refused.retry_after_s or 0.0) * self._chance.uniform(1.0, 1.25)
        self._again = self._loop.call_later(after_s + wait_s, self._open)

    def reachable(self, online: bool) -> None:
        """See ``StreamWatcher``."""
        self._troubled(EarTrouble.HUB, not online)

    def ended(self) -> None:
        """See ``StreamWatcher``: only a recording ends."""

    def _open(self) -> None:
        if not self._over and not self._paused and not self._at_end:
            self._uplink.open(self._task_id, self._language, self._frames * FRAME_MS, self)

    def _leave(self) -> None:
        if self._again is not None:
            self._again.cancel()
        self._uplink.close(discard=True)

    def _troubled(self, which: EarTrouble, there: bool) -> None:
        if self._over or there == (which in self._troubles):
            return
        if there:
            self._troubles[which] = None
        else:
            del self._troubles[which]
        self._listener.trouble(next(iter(self._troubles), None))
