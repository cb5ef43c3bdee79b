"""A process that listens to one talk as a wearable does, stops, and then waits to be looked through.

``python -m tests.integration.speech.canary_process ENGINE [keep]``: prints the port where it takes raw audio, what it
heard as a line of JSON, and ``stopped``; it ends when its standard input does. With ``keep`` its microphone holds on to
the audio, as one that doesn't care would.
"""

from __future__ import annotations

import asyncio
import sys

import msgspec

from contracts.fields import Language
from device_agent.audio.ear import LocalEar
from device_agent.core.hearing import EarTrouble, Spoken
from runtime.audio.port import Sink
from runtime.audio.recorded import RawStreamMicrophone
from runtime.speech.choosing import EngineKind, Engines, EngineSettings
from runtime.speech.errors import MicrophoneLost
from runtime.speech.port import Pcm


class Heard:
    """Prints the first segment and says that there was one."""

    def __init__(self) -> None:
        self.said = asyncio.Event()

    def partial(self, text: str) -> None:
        """Nothing: partial texts don't matter here."""

    def segment(self, spoken: Spoken) -> None:
        """Print it."""
        print(msgspec.json.encode(spoken).decode(), flush=True)
        self.said.set()

    def trouble(self, what: EarTrouble | None) -> None:
        """Not expected."""
        raise RuntimeError(f"the ear has trouble: {what}")


class Hoarder:
    """A microphone that keeps a copy of all that it gave."""

    def __init__(self, inner: RawStreamMicrophone) -> None:
        self._inner = inner
        self._sink: Sink | None = None
        self.name = inner.name
        self.steady = inner.steady
        self.kept: list[bytes] = []

    def present(self) -> bool:
        """As the real one."""
        return self._inner.present()

    def open(self, sink: Sink) -> None:
        """As the real one, with this between."""
        self._sink = sink
        self._inner.open(self)

    def close(self) -> None:
        """As the real one."""
        self._inner.close()

    def hear(self, pcm: Pcm) -> None:
        """Keep it and pass it on."""
        self.kept.append(bytes(pcm))
        if self._sink is not None:
            self._sink.hear(pcm)

    def lost(self, error: MicrophoneLost) -> None:
        """Pass it on."""
        if self._sink is not None:
            self._sink.lost(error)

    def ended(self) -> None:
        """Pass it on."""
        if self._sink is not None:
            self._sink.ended()


async def listen(engine: EngineKind, stream: RawStreamMicrophone, hoarder: Hoarder | None) -> None:
    """Listen until something was said, then stop."""
    ear = LocalEar(hoarder or stream, Engines(EngineSettings(engine=engine)))
    heard = Heard()
    print(stream.port, flush=True)
    ear.listen("task-0001", Language.KO, heard)
    await asyncio.wait_for(heard.said.wait(), 120)
    ear.stop()
    if not await ear.close(60):
        raise RuntimeError("a thread of the ear still runs")


def main() -> None:
    """Listen, stop, wait."""
    stream = RawStreamMicrophone(port=0)
    hoarder = Hoarder(stream) if sys.argv[2:] == ["keep"] else None
    asyncio.run(listen(EngineKind(sys.argv[1]), stream, hoarder))
    stream.shut()
    print("stopped", flush=True)
    sys.stdin.read()
    del hoarder


if __name__ == "__main__":
    main()
