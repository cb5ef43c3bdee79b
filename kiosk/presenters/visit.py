"""One customer at the screen, from the first touch to the number; and the time-outs that clear the screen."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from contracts.fields import Language
from kiosk.presenters.house import Booking, Fault, Found
from kiosk.presenters.pages import PLAIN, Modes

ASK_AFTER_S = 40
"""Without a touch for so long the screen asks whether somebody is still there."""

ANSWER_S = 20
"""What is left to answer (WCAG 2.2, 2.2.1: at least 20 seconds)."""

TICKET_S = 20
"""How long the number stays; a touch keeps it as long again."""

LOOK_UP_S = 6
"""For so long the screen waits to be told who somebody is."""

SLOWER = 2
"""Who reads large, in high contrast or by ear, or reaches from below, has so many times as long."""


class Step(StrEnum):
    """Where the customer is."""

    START = "start"
    CARD = "card"
    PHONE = "phone"
    ID_NUMBER = "id-number"
    BOOKINGS = "bookings"
    BUSINESS = "business"
    SEARCH = "search"
    LISTENING = "listening"
    CONFIRM = "confirm"
    TICKET = "ticket"
    SORRY = "sorry"


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known of the customer who is at the screen; nothing of it is kept afterwards.

    ``at_s`` is of the last touch, in seconds of a clock that only goes forward. ``first`` is the first choice shown.
    ``asked_s`` is since when an answer is awaited, null when none is (yet). ``masked`` is what may be shown of a
    number, ``said`` what was heard of a sentence. ``read``: what was held to a reader before a language was chosen.
    """

    step: Step = Step.START
    language: Language = Language.EN
    modes: Modes = PLAIN
    customer: str | None = field(default=None, repr=False)
    masked: str = ""
    read: Found | None = field(default=None, repr=False)
    bookings: tuple[Booking, ...] = ()
    booking: Booking | None = None
    businesses: tuple[str, ...] = ()
    typed: str = field(default="", repr=False)
    said: str = field(default="", repr=False)
    fault: Fault | None = None
    asked_s: float | None = None
    number: str | None = None
    issued: str = ""
    why: str = ""
    first: int = 0
    at_s: float = 0.0

    @property
    def business(self) -> str | None:
        """What the customer came for first."""
        return self.businesses[0] if self.businesses else None


def slower(visit: Visit) -> int:
    """How many times as long as others this customer has."""
    return SLOWER if visit.modes else 1


def whole_s(visit: Visit) -> float:
    """What the countdown of the page counts down from."""
    return slower(visit) * (TICKET_S if visit.step in (Step.TICKET, Step.SORRY) else ANSWER_S)


def left_s(visit: Visit, at_s: float) -> int | None:
    """Seconds until the screen is cleared, if the customer should be told; rounded up."""
    waited = at_s - visit.at_s
    times = slower(visit)
    match visit.step:
        case Step.START:
            # Nobody may still need what somebody switched on and left: it goes without a question. What was held to
            # the reader goes sooner: the next customer mustn't be taken for its owner.
            ends = times * (ANSWER_S if visit.read is not None else ASK_AFTER_S + ANSWER_S)
            return 0 if (visit.modes or visit.read is not None) and waited >= ends else None
        case Step.TICKET | Step.SORRY:
            return max(0, _up(times * TICKET_S - waited))
        case _:
            ends = times * (ASK_AFTER_S + ANSWER_S)
            return max(0, _up(ends - waited)) if waited >= times * ASK_AFTER_S else None


def touched(visit: Visit, at_s: float) -> Visit:
    """Any touch shows that somebody is there."""
    return replace(visit, at_s=at_s)


def at(visit: Visit, step: Step) -> Visit:
    """The visit at another step, without what was typed at the one before."""
    return replace(visit, step=step, typed="", said="", fault=None, asked_s=None, first=0)


def unknown(visit: Visit) -> Visit:
    """The visit of who hasn't said who they are."""
    return replace(visit, customer=None, masked="", bookings=(), booking=None)


def _up(seconds: float) -> int:
    return -int(-seconds // 1)
