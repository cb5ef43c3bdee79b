"""What the ear of a wearable tells of a talk, and what it is told (W-10, W-11). Pure."""

from enum import StrEnum
from typing import Protocol

import msgspec

from contracts.fields import Language
from contracts.visits import HeardWord


class EarTrouble(StrEnum):
    """Why nothing is heard just now."""

    MICROPHONE = "microphone"
    ENGINE = "engine"
    HUB = "hub"
    BUSY = "busy"


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """One utterance between two pauses, as it was recognised.

    ``words`` are those of ``text`` in order. ``engine``: what recognised it. ``at_ms``: its end, in milliseconds of
    what was listened to. ``index``: its place in the talk where the hub recognised it, which has taken it already; null
    where this device did.
    """

    text: str
    language: Language
    engine: str
    at_ms: int
    words: tuple[HeardWord, ...] = ()
    index: int | None = None


class Listener(Protocol):
    """Who wants to know what is heard. Called in the event loop; must not block."""

    def partial(self, text: str) -> None:
        """The words so far of what is being said; empty when they are withdrawn."""
        ...

    def segment(self, spoken: Spoken) -> None:
        """Somebody said this and paused."""
        ...

    def trouble(self, what: EarTrouble | None) -> None:
        """Nothing can be heard just now; null when it can again. The ear goes on trying by itself."""
        ...


class Ear(Protocol):
    """What can follow speech. Called in the event loop, it must not block; after ``stop`` it tells nothing any more."""

    @property
    def available(self) -> bool:
        """Whether there is a microphone and something to recognise speech just now."""
        ...

    def engine(self, language: Language) -> str:
        """What recognises this language here, as the screen names it; empty for nothing."""
        ...

    def listen(self, task_id: str, language: Language, listener: Listener) -> None:
        """Open the microphone and follow the talk from now on. The customer has agreed: that is the caller's matter."""
        ...

    def pause(self, paused: bool) -> None:
        """Close the microphone for a while and forget what was begun, or go on."""
        ...

    def stop(self) -> None:
        """The talk is over: close the microphone, forget all audio. Not listening already is fine."""
        ...
