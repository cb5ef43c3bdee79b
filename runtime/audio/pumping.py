"""A thread that gives audio to a sink until it is told to stop: what all microphones without a driver are made of."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from runtime.audio.port import Sink
from runtime.speech.errors import MicrophoneLost
from runtime.speech.memory import wipe
from runtime.speech.port import SAMPLE_BYTES, SAMPLE_RATE

Blocks = Callable[["Halt"], Iterator[bytearray]]
"""Makes the blocks of one opening, each a buffer that may be reused; ends by itself, or when halted."""


class Halt:
    """Tells a thread to stop, also while it waits."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._set = threading.Event()
        self._clock = clock

    @property
    def stopped(self) -> bool:
        """Whether to stop."""
        return self._set.is_set()

    def stop(self) -> None:
        """Stop."""
        self._set.set()

    def wait_until(self, moment: float) -> bool:
        """Wait for a moment of the clock; false where told to stop before."""
        rest = moment - self._clock()
        return not (self._set.wait(rest) if rest > 0 else self._set.is_set())


class Pump:
    """Runs ``blocks`` in a thread and gives each to the sink, as they come or at the pace of real time."""

    def __init__(
        self, name: str, blocks: Blocks, *, real_time: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name = name
        self._blocks = blocks
        self._real_time = real_time
        self._clock = clock
        self._halt: Halt | None = None
        self._thread: threading.Thread | None = None

    def open(self, sink: Sink) -> None:
        """Start the thread."""
        self.close()
        halt = Halt(self._clock)
        self._halt = halt
        self._thread = threading.Thread(target=self._run, args=(halt, sink), name=self._name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the thread and wait for its end."""
        if self._halt is not None:
            self._halt.stop()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        self._halt = self._thread = None

    def _run(self, halt: Halt, sink: Sink) -> None:
        began = self._clock()
        given = 0
        try:
            for block in self._blocks(halt):
                given += len(block) // SAMPLE_BYTES
                # A block is there when its last sample was said, as with a real microphone.
                if self._real_time and not halt.wait_until(began + given / SAMPLE_RATE):
                    wipe(block)
                    return
                if halt.stopped:
                    wipe(block)
                    return
                sink.hear(block)
                wipe(block)
        except MicrophoneLost as error:
            if not halt.stopped:
                sink.lost(error)
            return
        if not halt.stopped:
            sink.ended()
