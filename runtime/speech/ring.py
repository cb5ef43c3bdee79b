"""The audio between the microphone's thread and the recogniser's: of fixed size, zeroed as it is read (W-10)."""

import threading
from collections.abc import Callable

from runtime.speech.port import FRAME_BYTES, SAMPLE_BYTES, SAMPLE_RATE, Pcm


class Ring:
    """One thread writes, one reads; neither ever waits for the other to finish.

    The writer alone moves ``_written`` and the reader alone ``_read``, both counted in bytes since the beginning, so
    that no lock is needed: writing is a copy of memory. What doesn't fit is lost and counted. Audio is zeroed as soon
    as it was read.
    """

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        frames = max(2, -int(-seconds * SAMPLE_RATE * SAMPLE_BYTES // FRAME_BYTES))
        self._size = frames * FRAME_BYTES
        self._store = bytearray(self._size)
        self._view = memoryview(self._store)
        self._zeros = bytes(self._size)
        self._clock = clock
        self._written = 0
        self._read = 0
        self._stamp = (0, 0.0)
        self._fresh = threading.Event()
        self._lost = 0

    @property
    def lost_samples(self) -> int:
        """How many samples did not fit, ever."""
        return self._lost // SAMPLE_BYTES

    @property
    def waiting_frames(self) -> int:
        """How many whole frames are there to be read."""
        return (self._written - self._read) // FRAME_BYTES

    @property
    def written(self) -> int:
        """How many bytes were kept, ever."""
        return self._written

    @property
    def read_samples(self) -> int:
        """How many samples were read or cleared, ever."""
        return self._read // SAMPLE_BYTES

    def write(self, pcm: Pcm) -> None:
        """Keep a copy of these samples; never waits."""
        count = len(pcm)
        take = min(count, self._size - (self._written - self._read))
        take -= take % SAMPLE_BYTES
        self._lost += count - take
        at = self._written % self._size
        first = min(take, self._size - at)
        view = memoryview(pcm)
        self._view[at : at + first] = view[:first]
        self._view[: take - first] = view[first:take]
        self._stamp = (self._written + take, self._clock())
        self._written += take
        self._fresh.set()

    def read_into(self, frame: bytearray, timeout_s: float) -> bool:
        """Move the oldest frame into ``frame``; false where there is none even after waiting for ``timeout_s``."""
        if self.waiting_frames == 0:
            self._fresh.clear()
            if self.waiting_frames == 0:
                self._fresh.wait(timeout_s)
        if self.waiting_frames == 0:
            return False
        at = self._read % self._size
        first = min(FRAME_BYTES, self._size - at)
        frame[:first] = self._view[at : at + first]
        frame[first:] = self._view[: FRAME_BYTES - first]
        self._view[at : at + first] = self._zeros[:first]
        self._view[: FRAME_BYTES - first] = self._zeros[first:FRAME_BYTES]
        self._read += FRAME_BYTES
        return True

    def wake(self) -> None:
        """Let a reader that waits look around."""
        self._fresh.set()

    def arrival(self, sample: int) -> float:
        """When this sample since the beginning was written, on the clock; from the latest writing and the rate."""
        written, at = self._stamp
        return at - (written // SAMPLE_BYTES - sample) / SAMPLE_RATE

    def discard(self, until: int) -> None:
        """The reader's: zero and skip what was written before ``until`` bytes, as ``written`` said."""
        while self._read < until:
            at = self._read % self._size
            count = min(until - self._read, self._size - at)
            self._view[at : at + count] = self._zeros[:count]
            self._read += count

    def clear(self) -> None:
        """The reader's: zero everything and skip all that waits to be read, half a frame too."""
        self._read = self._written
        self._view[:] = self._zeros
