"""The port of a microphone: 16 kHz mono, signed 16 bit, little endian, as it comes (W-10)."""

from typing import Protocol

from runtime.speech.errors import MicrophoneLost
from runtime.speech.port import Pcm


class Sink(Protocol):
    """Where a microphone's audio goes. Called in the microphone's own thread; must not block."""

    def hear(self, pcm: Pcm) -> None:
        """The next samples, any whole number of them. The buffer is the microphone's: it is reused after the call."""
        ...

    def lost(self, error: MicrophoneLost) -> None:
        """The device went away: nothing more comes until the microphone is opened again."""
        ...

    def ended(self) -> None:
        """A recording is over: nothing more comes."""
        ...


class Microphone(Protocol):
    """One source of audio. ``open``, ``close`` and ``present`` may take a second: not in the event loop."""

    @property
    def name(self) -> str:
        """What it is, for logs and errors."""
        ...

    @property
    def steady(self) -> bool:
        """Whether it gives audio all the time while it is open, so that none for seconds means that it is lost."""
        ...

    def present(self) -> bool:
        """Whether it could be opened just now, as far as can be told without opening it."""
        ...

    def open(self, sink: Sink) -> None:
        """Begin to give audio to ``sink``; raises ``MicrophoneLost``. Closed and opened again it begins anew."""
        ...

    def close(self) -> None:
        """Give no more audio; when this returns the sink is not called any more. Not being open is fine."""
        ...
