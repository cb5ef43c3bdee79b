"""What the screen asks of the house around it: numbers, readers, printer, bookings, estimates, picks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from contracts import Refusal
from contracts.fields import AccessNeed, Language
from kiosk.core.checking_in import Timing
from kiosk.core.taking import Names


class Issued(Protocol):
    """A number that the customer may be told."""

    @property
    def number(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Card:
    """A card that can be read at this kiosk: the customer's reference, and the name on it."""

    customer: str = field(repr=False)
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Broken:
    """No number: a part of the kiosk failed. The customer is sent to the counter; the log says what failed."""


class Way(StrEnum):
    """A way to say who one is (K-01)."""

    CARD = "card"
    CODE = "code"
    PHONE = "phone"
    ID_NUMBER = "id-number"


class Printer(StrEnum):
    """How the printer is; ``NONE`` where the kiosk has none."""

    NONE = "none"
    READY = "ready"
    PAPER_OUT = "paper-out"
    DEAD = "dead"


class Paper(StrEnum):
    """What became of one ticket's print; ``NONE`` where nothing is printed."""

    NONE = "none"
    UNDER_WAY = "under-way"
    PRINTED = "printed"
    NOT_PRINTED = "not-printed"
    PERHAPS = "perhaps"
    """Some of it may be on paper, or all: the printer didn't say (K-03)."""


class Stop(StrEnum):
    """Why no numbers are given; ``NOTHING`` while they are."""

    NOTHING = "nothing"
    OUT_OF_ORDER = "out-of-order"
    DISK_FULL = "disk-full"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Health:
    """How the kiosk is. ``closes_in_min`` is null while that is far off; ``opens`` is what is shown when it is closed,
    such as 09:00, or ''; ``notice``: the branch's own words while it is out of order, or ''."""

    printer: Printer = Printer.NONE
    reader_dead: bool = False
    stop: Stop = Stop.NOTHING
    closes_in_min: int | None = None
    opens: str = ""
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long it will take until the customer is called: whole minutes, ``low_min`` ≤ ``high_min`` (K-03)."""

    low_min: int
    high_min: int


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking of today: ``at`` is local time as shown, ``who`` the advisor, '' when that is open. ``code``: what an
    order names it by; ``further``: the businesses after the first; ``timing``: when its customer has come;
    ``language``: in which it was booked."""

    code: str = field(repr=False)
    customer: str | None = field(repr=False)
    business: str
    at: str
    who: str = ""
    further: tuple[str, ...] = ()
    timing: Timing = Timing.DUE
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A customer who has said who they are: the bank's reference, and what may be shown of the number."""

    customer: str = field(repr=False)
    masked: str = ""


class Fault(StrEnum):
    """Why nobody was found, or nobody can be checked in."""

    LENGTH = "length"
    DATE = "date"
    CHECK = "check"
    DOUBT = "doubt"
    """A digit seems wrong, but the rule isn't certain: the owner may insist."""
    UNKNOWN = "unknown"
    AWAY = "away"
    NOT_TODAY = "not-today"
    """A code of which nothing is known: of another day, or of another branch."""
    OTHER_DAY = "other-day"
    CHECKED_IN = "checked-in"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Declined:
    """A booking is known, and nobody can be checked in to it: why, and the language in which it was booked."""

    fault: Fault
    language: Language


Found = tuple[Booking, ...] | Known | Fault | Declined
"""The answer to who somebody is: the bookings of today, a customer without one, or why not."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A product's general title, as the catalogue has it: nothing of a customer's own stands in it (K-12)."""

    code: str
    names: Names


@dataclass(frozen=True, slots=True)
class Slip:
    """What came of a ticket beside its number: ``link`` for the customer's phone ('' for none), and its print."""

    link: str = ""
    paper: Paper = Paper.NONE


@dataclass(frozen=True, slots=True)
class Order:
    """What a number is taken for; ``further`` are the businesses after the first, ``booking`` the code of one."""

    business: str
    language: Language
    customer: str | None = field(default=None, repr=False)
    further: tuple[str, ...] = ()
    needs: tuple[AccessNeed, ...] = ()
    booking: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Hearing:
    """What is heard of a customer just now: the words so far and how loud it is, 0 to 1; ``ending`` when it listens no
    more and what was said is being understood."""

    said: str = field(default="", repr=False)
    level: float = 0.0
    ending: bool = False


class Acts(Protocol):
    """The least that the screen needs of a kiosk."""

    @property
    def online(self) -> bool:
        """Whether the hub is within reach."""
        ...

    def take(self, order: Order) -> Issued | Refusal | Broken:
        """A number, durable, or why there is none."""
        ...

    def cards(self) -> Sequence[Card]:
        """The cards that may be held to the reader; empty without a reader."""
        ...


class House(Protocol):
    """All that the screen may ask. Everything answers at once and never raises."""

    @property
    def online(self) -> bool:
        """Whether the hub is within reach."""
        ...

    @property
    def ways(self) -> frozenset[Way]:
        """How customers may say who they are, beside the cards in :meth:`cards`."""
        ...

    @property
    def confirms(self) -> bool:
        """Whether what was chosen is shown once more before the number is taken."""
        ...

    @property
    def most_services(self) -> int:
        """For how many businesses one number may be taken."""
        ...

    def hears(self, language: Language) -> bool:
        """Whether a microphone and a recogniser of this language are ready, so that a business may be said."""
        ...

    @property
    def speaks(self) -> bool:
        """Whether the screen can be read aloud."""
        ...

    def take(self, order: Order) -> Issued | Refusal | Broken:
        """A number, durable, or why there is none."""
        ...

    def cards(self) -> Sequence[Card]:
        """Cards to choose from in place of a reader."""
        ...

    def health(self) -> Health:
        """How the kiosk is now."""
        ...

    def estimate(self, business: str) -> Estimate | None:
        """How long one would wait for this; null when that isn't known, then nothing is shown."""
        ...

    def find(self, way: Way, text: str, *, insisted: bool = False) -> Found | None:
        """Who this is; null when the answer comes later, through ``Desk.found``. ``insisted`` after
        ``Fault.DOUBT``: its owner says that it is right."""
        ...

    def card(self, customer: str) -> Found:
        """What there is for the customer of one of :meth:`cards`."""
        ...

    def picks(self, business: str | None, customer: str | None) -> Sequence[Pick]:
        """What one might ask about; must not tell a bystander what this customer has (K-12)."""
        ...

    def slip(self, number: str) -> Slip:
        """What came of a ticket that was taken here."""
        ...

    def listen(self, language: Language, listen_s: float) -> None:
        """Begin to listen for a business, until a pause or for ``listen_s`` seconds; what was heard comes through
        ``Desk.heard``."""
        ...

    def hearing(self) -> Hearing:
        """What is heard just now."""
        ...

    def enough(self) -> None:
        """The customer has said all."""
        ...

    def hush(self) -> None:
        """Listen no more, and forget what was heard."""
        ...

    def forget(self) -> None:
        """The customer has gone: keep nothing of them (K-13)."""
        ...


class PlainHouse:
    """A :class:`House` over the least: numbers and cards, and of all else it says that it doesn't know."""

    def __init__(self, acts: Acts) -> None:
        self._acts = acts

    @property
    def online(self) -> bool:
        return self._acts.online

    @property
    def ways(self) -> frozenset[Way]:
        return frozenset()

    @property
    def confirms(self) -> bool:
        return False

    @property
    def most_services(self) -> int:
        return 1

    def hears(self, language: Language) -> bool:
        return False

    @property
    def speaks(self) -> bool:
        return False

    def take(self, order: Order) -> Issued | Refusal | Broken:
        return self._acts.take(order)

    def cards(self) -> Sequence[Card]:
        return self._acts.cards()

    def health(self) -> Health:
        return Health()

    def estimate(self, business: str) -> Estimate | None:
        return None

    def find(self, way: Way, text: str, *, insisted: bool = False) -> Found | None:
        return Fault.AWAY

    def card(self, customer: str) -> Found:
        return Known(customer=customer)

    def picks(self, business: str | None, customer: str | None) -> Sequence[Pick]:
        return ()

    def slip(self, number: str) -> Slip:
        return Slip()

    def listen(self, language: Language, listen_s: float) -> None:
        """Nobody listens."""

    def hearing(self) -> Hearing:
        return Hearing()

    def enough(self) -> None:
        """Nobody listened."""

    def hush(self) -> None:
        """Nobody listened."""

    def forget(self) -> None:
        """Nothing was kept."""
