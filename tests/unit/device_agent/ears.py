"""An ear for tests: it hears what the test says, and notes what it was told to do."""

from __future__ import annotations

from contracts.fields import Language
from contracts.visits import HeardWord
from device_agent.core.hearing import Listener, Spoken


class RecordedEar:
    """An ear that is told what it hears."""

    def __init__(self) -> None:
        self.available = True
        self.listener: Listener | None = None
        self.did: list[str] = []

    def engine(self, language: Language) -> str:
        return f"test {language}"

    def listen(self, task_id: str, language: Language, listener: Listener) -> None:
        self.listener = listener
        self.did.append("listen")

    def pause(self, paused: bool) -> None:
        self.did.append("pause" if paused else "go on")

    def stop(self) -> None:
        self.did.append("stop")

    def hear(self, words: str) -> None:
        assert self.listener is not None
        self.listener.partial(words)

    def heard(self, text: str, *, sure: float = 0.95, index: int | None = None) -> None:
        assert self.listener is not None
        words = tuple(HeardWord(text=word, confidence=sure) for word in text.split())
        spoken = Spoken(text=text, language=Language.EN, engine="test", at_ms=1000, words=words, index=index)
        self.listener.segment(spoken)
