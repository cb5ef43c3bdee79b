"""The recogniser's own thread: audio in from the microphone's, events out to a callback (W-10).

The microphone's thread only copies into a ring of fixed size. This thread reads it frame by frame, zeroes what it read,
and may be seconds behind: what doesn't fit into the ring meanwhile is lost and counted.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from enum import Enum
from typing import Annotated

import msgspec
from msgspec import Meta

from runtime.speech.errors import SpeechError
from runtime.speech.following import Follower, Partial, Utterance
from runtime.speech.memory import give_back, wipe
from runtime.speech.pauses import PauseSettings
from runtime.speech.port import FRAME_BYTES, SAMPLE_RATE, Pcm, Recogniser, VoiceActivity
from runtime.speech.ring import Ring

log = logging.getLogger(__name__)

IDLE_S = 0.5
"""The thread looks around so often when no audio comes."""

BEHIND_FRAMES = 8
"""With so many frames waiting, a quarter of a second, what can be left out is left out."""

RETRY_S = 5.0
"""After an engine could not be had, it is tried again so late."""


class ListeningSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``ring_s``: audio that fits between microphone and recogniser. ``partial_every_s``: between partial texts."""

    pauses: PauseSettings = PauseSettings()
    ring_s: Annotated[float, Meta(ge=1.0, le=120.0)] = 20.0
    partial_every_s: Annotated[float, Meta(ge=0.05, le=5.0)] = 0.2


class Trouble(msgspec.Struct, frozen=True):
    """The recogniser can't go on just now; null when it can again. It is tried again by itself."""

    error: SpeechError | None


Event = Partial | Utterance | Trouble


class _State(Enum):
    HEARING = "hearing"
    PAUSED = "paused"
    ENDING = "ending"
    STOPPED = "stopped"


class Listening:
    """Follows one stream of audio until stopped; made and stopped by one owner, fed by one microphone's thread.

    ``recogniser`` is called in the thread, where a model may be loaded; audio waits in the ring meanwhile. ``tell`` is
    called in the thread too and must not block. ``clock``: monotonic seconds.
    """

    def __init__(
        self,
        recogniser: Callable[[], Recogniser],
        activity: Callable[[], VoiceActivity],
        tell: Callable[[Event], None],
        settings: ListeningSettings | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings or ListeningSettings()
        self._make_recogniser = recogniser
        self._make_activity = activity
        self._tell = tell
        self._clock = clock
        self._ring = Ring(self._settings.ring_s, clock)
        self._state = _State.HEARING
        self._forget = (0, 0)  # the how-maniest pause it was, and what had been written until then
        self._wait = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listening", daemon=True)
        self._frame = bytearray(FRAME_BYTES)

    @property
    def lost_samples(self) -> int:
        """How many samples came while the ring was full."""
        return self._ring.lost_samples

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    @property
    def hearing(self) -> bool:
        """Whether audio is taken: neither paused nor ended nor stopped."""
        return self._state is _State.HEARING

    def start(self) -> None:
        """Begin; once."""
        self._thread.start()

    def hear(self, pcm: Pcm) -> None:
        """The microphone's thread: take these samples; never waits. While paused or stopped they are dropped."""
        if self._state is _State.HEARING:
            self._ring.write(pcm)

    def pause(self) -> None:
        """Take no audio, and forget what was begun."""
        if self._state is _State.HEARING:
            self._turn(_State.PAUSED)
            # The thread may be busy until after the next ``resume``: it is told what to forget, not only that.
            self._forget = (self._forget[0] + 1, self._ring.written)

    def resume(self) -> None:
        """Take audio again."""
        if self._state is _State.PAUSED:
            self._turn(_State.HEARING)

    def end(self) -> None:
        """No more audio comes: recognise what is there, then stop by itself."""
        self._turn(_State.ENDING)

    def stop(self) -> None:
        """Zero all audio, drop what was begun, tell nothing more; doesn't wait for the thread."""
        self._turn(_State.STOPPED)

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the thread's end; false where it still runs then."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _turn(self, state: _State) -> None:
        if self._state is not _State.STOPPED:
            self._state = state
        self._wait.set()
        self._ring.wake()

    # --- in the thread -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        troubled = False
        while self._state is not _State.STOPPED:
            recogniser: Recogniser | None = None
            try:
                recogniser = self._make_recogniser()
                follower = Follower(
                    recogniser,
                    self._make_activity(),
                    self._settings.pauses,
                    partial_every_s=self._settings.partial_every_s,
                )
                if troubled:
                    self._say(Trouble(None))
                    troubled = False
                self._follow(follower)
                follower.forget()
                return
            except SpeechError as error:
                log.warning("listening_failed why=%r retry_s=%s", str(error), RETRY_S)
                self._say(Trouble(error))
                troubled = True
                self._ring.clear()
                if self._state is _State.ENDING:
                    return
                self._wait.wait(RETRY_S)
                self._wait.clear()
            finally:
                self._let_go(recogniser)

    def _follow(self, follower: Follower) -> None:
        """Until stopped, or until all was recognised where no more comes."""
        forgotten = 0, 0
        while True:
            state = self._state
            if state is _State.STOPPED:
                return
            if forgotten != (forget := self._forget):
                self._ring.discard(forget[1])
                wipe(self._frame)
                self._say(follower.forget())
                forgotten = forget
            if state is _State.PAUSED:
                self._wait.wait(IDLE_S)
                self._wait.clear()
                continue
            if not self._ring.read_into(self._frame, 0.0 if state is _State.ENDING else IDLE_S):
                if state is _State.ENDING and self._state is _State.ENDING:
                    self._say(self._timed(follower.finish(), follower))
                    return
                continue
            event = follower.take(self._frame, behind=self._ring.waiting_frames >= BEHIND_FRAMES)
            wipe(self._frame)
            if forgotten == self._forget:
                self._say(self._timed(event, follower))

    def _timed(self, event: Partial | Utterance | None, follower: Follower) -> Partial | Utterance | None:
        if not isinstance(event, Utterance):
            return event
        back = round((follower.heard_s - event.end_s) * SAMPLE_RATE)
        return msgspec.structs.replace(event, ended_at=self._ring.arrival(self._ring.read_samples - back))

    def _say(self, event: Event | None) -> None:
        if event is not None and self._state is not _State.STOPPED:
            self._tell(event)

    def _let_go(self, recogniser: Recogniser | None) -> None:
        wipe(self._frame)
        if self._state in (_State.STOPPED, _State.ENDING):
            self._ring.clear()
        if recogniser is not None:
            recogniser.close()
        give_back()
