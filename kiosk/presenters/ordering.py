"""What a visit comes to: the order for a number, and what came of it."""

from dataclasses import replace

from contracts import ErrorCode, Refusal
from contracts.fields import AccessNeed
from kiosk.presenters import screens
from kiosk.presenters.house import Broken, Issued, Order, Stop
from kiosk.presenters.pages import Mode
from kiosk.presenters.visit import Step, Visit, at

NEEDS = {Mode.LARGE: AccessNeed.LARGE_TEXT, Mode.CONTRAST: AccessNeed.VISION, Mode.SPOKEN: AccessNeed.VISION}
"""What the customer's choice of how to read says to who will serve them (K-04)."""


def order(visit: Visit) -> Order:
    """What a number is taken for, with all that the customer has said."""
    return Order(
        business=visit.business or "",
        language=visit.language,
        customer=visit.customer,
        further=visit.businesses[1:],
        needs=tuple(dict.fromkeys(need for mode, need in NEEDS.items() if mode in visit.modes)),
        booking=visit.booking.code if visit.booking else None,
    )


def outcome(visit: Visit, given: Issued | Refusal | Broken | Stop, issued: str) -> Visit:
    """The visit with its number, taken at ``issued``; or why there is none. ``Stop``: none are given any more since
    the visit began, as the hub would have none of it."""
    match given:
        case Refusal(code=ErrorCode.NUMBER_TAKEN):
            return replace(at(visit, Step.SORRY), why=screens.NONE_LEFT)
        case Refusal():
            return replace(at(visit, Step.SORRY), why=screens.REFUSED)
        case Stop.CLOSED:
            return replace(at(visit, Step.SORRY), why=screens.CLOSED)
        case Broken() | Stop():
            return replace(at(visit, Step.SORRY), why=screens.BROKEN)
        case _:
            return replace(at(visit, Step.TICKET), number=given.number, issued=issued)
