"""One customer at the screen, from the first touch to the number; and the time-outs that clear the screen."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from contracts.fields import Language

ASK_AFTER_S = 40
"""Without a touch for so long the screen asks whether somebody is still there."""

ANSWER_S = 20
"""What is left to answer (WCAG 2.2, 2.2.1: at least 20 seconds)."""

TICKET_S = 20
"""How long the number stays; a touch keeps it as long again."""


class Issued(Protocol):
    """A number that the customer may be told."""

    @property
    def number(self) -> str: ...


class Step(StrEnum):
    """Where the customer is."""

    START = "start"
    CARD = "card"
    BUSINESS = "business"
    TICKET = "ticket"
    SORRY = "sorry"


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known of the customer who is at the screen; nothing of it is kept afterwards.

    ``at_s`` is of the last touch, in seconds of a clock that only goes forward. ``first`` is the first choice shown.
    """

    step: Step = Step.START
    language: Language = Language.EN
    customer: str | None = None
    business: str | None = None
    number: str | None = None
    issued: str = ""
    why: str = ""
    first: int = 0
    at_s: float = 0.0


def left_s(visit: Visit, at_s: float) -> int | None:
    """Seconds until the screen is cleared, if the customer should be told; rounded up."""
    waited = at_s - visit.at_s
    match visit.step:
        case Step.START:
            return None
        case Step.TICKET | Step.SORRY:
            return max(0, _up(TICKET_S - waited))
        case Step.CARD | Step.BUSINESS:
            return max(0, _up(ASK_AFTER_S + ANSWER_S - waited)) if waited >= ASK_AFTER_S else None


def touched(visit: Visit, at_s: float) -> Visit:
    """Any touch shows that somebody is there."""
    return replace(visit, at_s=at_s)


def _up(seconds: float) -> int:
    return -int(-seconds // 1)
