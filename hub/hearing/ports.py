"""What the hearing room needs from outside: the talks that may be heard, and what turns frames into text."""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from contracts import Refusal
from contracts.fields import Language
from contracts.visits import HeardWord


class TalkOf(msgspec.Struct, frozen=True):
    """The talk of a task, as a device follows it."""

    device: str
    task_id: str


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """An utterance as it was recognised; ``at_ms``: its end, in milliseconds since the talk began."""

    language: Language
    text: str
    engine: str
    words: tuple[HeardWord, ...] = ()
    at_ms: int = 0


class Placed(msgspec.Struct, frozen=True):
    """An utterance as the talk took it, without personal data, and its place there."""

    index: int
    spoken: Spoken


class Talks(Protocol):
    """Whose speech may be heard, and where its text goes (the visits)."""

    async def check(self, talks: Sequence[TalkOf]) -> Sequence[Refusal | None]:
        """Why each of these may not be heard just now (``NO_CONSENT``, ``TASK_NOT_HELD``…), or null; in order."""
        ...

    async def take(self, talk: TalkOf, spoken: Spoken) -> Placed | Refusal:
        """Take an utterance for the talk as one that the device itself had sent: what became of it, or why not."""
        ...


class Utterance(msgspec.Struct, frozen=True, kw_only=True):
    """An utterance of a stream; ``end_s``: its end, in seconds of the frames of the stream."""

    text: str
    engine: str
    end_s: float
    words: tuple[HeardWord, ...] = ()


class StreamListener(Protocol):
    """Who wants to know what becomes of a stream; called in the event loop, must not block."""

    def taken(self, frames: int) -> None:
        """So many more frames have been worked off."""
        ...

    def partial(self, text: str) -> None:
        """The words so far of what is being said."""
        ...

    def heard(self, utterance: Utterance) -> None:
        """Somebody said this and paused."""
        ...

    def ended(self, fault: str) -> None:
        """All was recognised after ``finish``; or a fault ended it, and this says which. Nothing more comes."""
        ...


class Voice(Protocol):
    """A stream that is being recognised. After ``drop`` its listener hears nothing any more."""

    def feed(self, frames: Sequence[bytes], skipped: int) -> None:
        """The next frames, empty where one is missing; then ``skipped`` of which there is none."""
        ...

    def finish(self) -> None:
        """No more will be fed: recognise the rest."""
        ...

    def drop(self) -> None:
        """Forget it all."""
        ...


class Recognition(Protocol):
    """What recognises streams."""

    @property
    def seats(self) -> int:
        """How many streams can be recognised at once just now; 0 before it is ready."""
        ...

    @property
    def crashes(self) -> int:
        """How many recognising processes died so far."""
        ...

    def engine(self, language: Language) -> str:
        """What recognises this language; empty for nothing. Known as soon as there are seats."""
        ...

    def begin(self, language: Language, listener: StreamListener) -> Voice | None:
        """Recognise a stream; null when there is no seat after all."""
        ...

    async def run(self, changed: Callable[[], None]) -> None:
        """Work until cancelled; ``changed`` is called when there are more or fewer seats."""
        ...
