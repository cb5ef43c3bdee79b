"""A microphone held open as long as it is wanted, in a thread of its own; what it hears comes as Opus frames (W-11)."""

from __future__ import annotations

import asyncio
import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Protocol

from device_agent.audio.streamed_opus import OpusEncoder
from runtime.audio.port import Microphone
from runtime.backoff import full_jitter
from runtime.speech.errors import MicrophoneLost, SpeechError
from runtime.speech.memory import give_back
from runtime.speech.port import Pcm

log = logging.getLogger(__name__)

STALLED_S = 3.0
"""An open microphone that gave nothing for so long is lost."""

FIRST_RETRY_S, MOST_RETRY_S = 1.0, 10.0


class FrameListener(Protocol):
    """Who gets the frames. Called in the event loop."""

    def frame(self, frame: bytes) -> None:
        """The next 20 ms, as Opus."""
        ...

    def microphone(self, there: bool) -> None:
        """It was lost and is tried again, or it is there again."""
        ...

    def over(self) -> None:
        """A recording is at its end."""
        ...


class KeptMicrophone:
    """Opens and closes a microphone as it is told; it tells nothing after ``stop``, nor of what was before a ``want``.

    Samples are encoded in the microphone's own thread, a third of a millisecond for twenty, and zeroed there.
    """

    def __init__(
        self,
        microphone: Microphone,
        listener: FrameListener,
        loop: asyncio.AbstractEventLoop,
        *,
        after: threading.Thread | None = None,
    ) -> None:
        """``after``: a thread that has the microphone still; it is waited for."""
        self._microphone = microphone
        self._listener = listener
        self._loop = loop
        self._after = after
        self._look = threading.Event()
        self._wanted = 0
        self._stopped = False
        self._number = 0
        self.thread = threading.Thread(target=self._run, name="streamed microphone", daemon=True)

    def start(self) -> None:
        """Start the thread; the microphone is still closed."""
        self.thread.start()

    @property
    def wanted(self) -> bool:
        """Whether it is to be open."""
        return self._wanted > 0

    def want(self, wanted: bool) -> None:
        """In the event loop: open it anew, or close it; doesn't wait for that."""
        self._number += 1
        self._wanted = self._number if wanted else 0
        self._look.set()

    def stop(self) -> None:
        """In the event loop: close it for good and let the thread end."""
        self._stopped = True
        self.want(False)

    def _run(self) -> None:
        if self._after is not None:
            self._after.join()  # two talks never hold the microphone at once
            self._after = None
        sink: _Sink | None = None
        again_at, tries, tried, told_lost, ended = 0.0, 0, 0, False, 0
        chance = random.Random()
        while not self._stopped:
            wanted, now = self._wanted, time.monotonic()
            if sink is not None and (sink.number != wanted or sink.gone(now)):
                self._microphone.close()
                if sink.number == wanted and not sink.at_end:
                    again_at, told_lost = self._lost(sink.error, tries, told_lost, chance, wanted)
                    tries += 1
                elif sink.number == wanted:
                    self._tell(wanted, self._listener.over)
                    ended = wanted
                sink.forget()
                sink = None
                continue
            if wanted == ended:
                wanted = 0
            if wanted != tried:
                tried, tries, again_at = wanted, 0, now
            if wanted and sink is None and now >= again_at:
                try:
                    sink = _Sink(wanted, self._frame, self._look)
                    self._microphone.open(sink)
                except SpeechError as error:
                    sink = None
                    again_at, told_lost = self._lost(error, tries, told_lost, chance, wanted)
                    tries += 1
                else:
                    tries = 0
                    if told_lost:
                        told_lost = False
                        self._tell(wanted, lambda: self._listener.microphone(True))
            self._look.wait(max(0.0, again_at - now) if wanted and sink is None else STALLED_S / 3)
            self._look.clear()
        self._microphone.close()
        if sink is not None:
            sink.forget()
        give_back()

    def _lost(
        self, error: Exception | None, tries: int, told: bool, chance: random.Random, number: int
    ) -> tuple[float, bool]:
        wait_s = full_jitter(tries, first_s=FIRST_RETRY_S, most_s=MOST_RETRY_S, chance=chance)
        log.warning("microphone_lost why=%r retry_s=%.1f", str(error), wait_s)
        if not told:
            self._tell(number, lambda: self._listener.microphone(False))
        return time.monotonic() + wait_s, True

    def _frame(self, number: int, frame: bytes) -> None:
        self._tell(number, lambda: self._listener.frame(frame))

    def _tell(self, number: int, call: Callable[[], None]) -> None:
        def deliver() -> None:
            if not self._stopped and number == self._number:
                call()

        try:
            self._loop.call_soon_threadsafe(deliver)
        except RuntimeError:
            log.debug("microphone_untold why='the event loop is closed'")


class _Sink:
    """One opening of the microphone; see ``runtime.audio.port.Sink``."""

    def __init__(self, number: int, give: Callable[[int, bytes], None], look: threading.Event) -> None:
        self.number = number
        self.at_end = False
        self.error: Exception | None = None
        self._give = give
        self._look = look
        self._encoder = OpusEncoder()
        self._latest = time.monotonic()

    def hear(self, pcm: Pcm) -> None:
        self._latest = time.monotonic()
        for frame in self._encoder.encode(pcm):
            self._give(self.number, frame)

    def lost(self, error: MicrophoneLost) -> None:
        self.error = error
        self._look.set()

    def ended(self) -> None:
        self.at_end = True
        self._look.set()

    def gone(self, now: float) -> bool:
        """Whether it gives nothing any more."""
        if self.error is None and now - self._latest > STALLED_S and not self.at_end:
            self.error = MicrophoneLost(f"the microphone gave nothing for {STALLED_S:.0f} s")
        return self.at_end or self.error is not None

    def forget(self) -> None:
        """Zero what waits to be encoded; the microphone is closed."""
        self._encoder.forget()
