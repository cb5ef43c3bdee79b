"""A process that listens to a microphone until somebody said something in Korean, and prints it.

``python -m tests.integration.speech.listening_process MICROPHONE``: prints ``open`` when audio comes, then the segment.
"""

from __future__ import annotations

import asyncio
import sys
import threading

from contracts.fields import Language
from device_agent.audio.ear import LocalEar
from device_agent.core.hearing import EarTrouble, Spoken
from runtime.audio.opening import microphone_named
from runtime.audio.port import Microphone, Sink
from runtime.speech.choosing import EngineKind, Engines, EngineSettings
from runtime.speech.errors import MicrophoneLost
from runtime.speech.port import Pcm


class Heard:
    """Keeps the first segment."""

    def __init__(self) -> None:
        self.said: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def partial(self, text: str) -> None:
        """Nothing."""

    def segment(self, spoken: Spoken) -> None:
        """The first is enough."""
        if not self.said.done():
            self.said.set_result(spoken.text)

    def trouble(self, what: EarTrouble | None) -> None:
        """Say it."""
        print(f"trouble {what}", flush=True)


class Watched:
    """A microphone that says when its first audio has come."""

    def __init__(self, inner: Microphone) -> None:
        self._inner = inner
        self.name, self.steady = inner.name, inner.steady
        self.some = threading.Event()
        self._sink: Sink | None = None

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
        """Note it and pass it on."""
        self.some.set()
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


async def main() -> None:
    """Listen, print, end."""
    inner = microphone_named(sys.argv[1])
    if inner is None or not inner.present():
        sys.exit(f"no microphone {sys.argv[1]}")
    microphone = Watched(inner)
    engines = Engines(EngineSettings(engine=EngineKind.VOSK))
    engines.recogniser("ko").close()
    ear = LocalEar(microphone, engines)
    heard = Heard()
    ear.listen("task-0001", Language.KO, heard)
    await asyncio.to_thread(microphone.some.wait, 30)
    print("open", flush=True)
    print(await asyncio.wait_for(heard.said, 50), flush=True)
    if not await ear.close(30):
        sys.exit("a thread still runs")


if __name__ == "__main__":
    asyncio.run(main())
