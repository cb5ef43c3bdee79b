"""The ear of the running talk: opened by consent and by the advisor alone, and felt when it opens or closes (W-10)."""

from collections.abc import Callable
from dataclasses import replace

from contracts.fields import Language
from device_agent.core.hearing import Ear, Listener
from device_agent.core.talk import Hearing, Talk


class TalkEar:
    """An ear, or none, and whether it is open. ``tick``: a short buzz."""

    def __init__(self, ear: Ear | None, language: Callable[[], Language], tick: Callable[[], None]) -> None:
        self._ear = ear
        self._language = language
        self._tick = tick
        self._open = False
        self.since_ms = 0

    def listen(self, talk: Talk, since_ms: int, listener: Listener) -> Talk:
        """Open it ``since_ms`` into the talk; the talk as it is then."""
        if self._ear is None or not self._ear.available:
            return replace(talk, hearing=Hearing.UNAVAILABLE)
        language = self._language()
        self.since_ms = since_ms
        self._open = True
        self._ear.listen(talk.task, language, listener)
        self._tick()
        return replace(talk, hearing=Hearing.LISTENING, engine=self._ear.engine(language), trouble=None)

    def closed(self, talk: Talk) -> Talk:
        """A talk that goes on after a restart: the customer agreed, and the advisor opens the microphone again."""
        return replace(talk, hearing=Hearing.UNAVAILABLE if self._ear is None else Hearing.PAUSED)

    def pause(self, talk: Talk, since_ms: int, listener: Listener, *, paused: bool) -> Talk:
        """Close it for a while, or go on; the first time after a restart that opens it."""
        if not paused and not self._open:
            return self.listen(talk, since_ms, listener)
        if self._ear is not None:
            self._ear.pause(paused)
        self._tick()
        return replace(talk, hearing=Hearing.PAUSED if paused else Hearing.LISTENING, partial="", trouble=None)

    def stop(self) -> None:
        """Close it for good; not being open is fine."""
        if self._ear is not None and self._open:
            self._ear.stop()
        self._open = False
