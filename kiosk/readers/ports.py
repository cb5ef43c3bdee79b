"""The port of a reader: what it tells, and how it is (spec K-01).

Whoever came is told as a reference and a masked form. The whole number doesn't leave the readers: it isn't in a field,
a ``repr``, or a log.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from contracts.booking_code import Fault
from kiosk.core.id_numbers import Wrong


class ReadKind(StrEnum):
    """How it came in."""

    CARD = "card"
    QR = "qr"
    KEYED = "keyed"


class Hitch(StrEnum):
    """Why nothing could be read, other than by what the number or code says."""

    PARTIAL = "partial"
    """The scan broke off: hold it still and scan again."""
    MUTE = "mute"
    """The card doesn't answer: turn it, wipe it, or hold it longer."""
    UNSUPPORTED = "unsupported"
    """The card has nothing that this kiosk can read."""
    RANDOM = "random"
    """The card says another number each time (ISO/IEC 14443-3: UID from 08): a phone, a passport."""
    NO_PHONE = "no_phone"
    """No telephone number of the country, or of the one that was dialled."""


Why = Hitch | Fault | Wrong


@dataclass(frozen=True, slots=True)
class Read:
    """Somebody. ``means``: ``cn-id``, ``kr-rrn``, ``card``, ``chip``, ``phone``, ``booking``, or a rule that is set up.

    ``ref``: of a booking its code, else the bank's keyed hash of the number (``identity``); 64 characters at most.
    ``masked`` is for the customer's own screen. ``checked``: a check digit or a signature has confirmed it.
    """

    kind: ReadKind
    means: str
    ref: str = field(repr=False)
    masked: str = field(repr=False)
    checked: bool = True


@dataclass(frozen=True, slots=True)
class Unread:
    """Something, but nobody. ``expected``: the lengths that the number may have.

    ``sure`` is false where the owner may insist: ask, and check again with ``insisted``.
    """

    kind: ReadKind
    why: Why
    means: str = ""
    expected: tuple[int, int] = (0, 0)
    sure: bool = True


class State(StrEnum):
    """How a reader is."""

    STARTING = "starting"
    READY = "ready"
    ABSENT = "absent"
    FAULT = "fault"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Health:
    """``why`` is for the log; ``do`` is for the branch's IT, empty when all is well."""

    state: State
    why: str = ""
    do: str = ""


Reading = Read | Unread | Health
Heard = Callable[[Reading], None]


class Reader(Protocol):
    """A reader. Readings and changes of health are told in the event loop that ``start`` was called in."""

    name: str

    @property
    def health(self) -> Health:
        """How it is now."""
        ...

    def start(self, heard: Heard) -> None:
        """Begin to read, and go on whatever is unplugged, until ``stop``. Call it within a running loop, once."""
        ...

    def forget(self) -> None:
        """Overwrite what is left of the customer before."""
        ...

    async def stop(self) -> None:
        """Read no more; nothing is told after this."""
        ...
