"""Where it leads that somebody has said who they are, or held something to a reader (K-01)."""

from dataclasses import replace

from contracts.fields import Language
from kiosk.presenters.house import Declined, Fault, Found, Known
from kiosk.presenters.visit import Step, Visit, at


def begun(visit: Visit, found: Found, at_s: float) -> Visit:
    """The visit that begins at a reader: in the booking's language; who booked in none is asked for theirs first."""
    language = _language_of(found)
    if language is None:
        return replace(visit, at_s=at_s, read=found)
    return at(replace(visit, at_s=at_s, language=language, read=None), Step.CARD)


def identified(visit: Visit, found: Found) -> Visit:
    """The visit of whom was found; or why nobody was, on the page that asked."""
    if isinstance(found, Declined):
        found = found.fault
    if isinstance(found, Fault):
        return replace(visit, fault=found, asked_s=None)
    if isinstance(found, Known):
        return at(replace(visit, customer=found.customer, masked=found.masked), Step.BUSINESS)
    if not found:
        return replace(visit, fault=Fault.UNKNOWN, asked_s=None)
    # With the bookings of several customers any of them may be here; which one is known when one is chosen.
    customer = found[0].customer if len({booking.customer for booking in found}) == 1 else None
    return at(replace(visit, customer=customer, bookings=found), Step.BOOKINGS)


def _language_of(found: Found) -> Language | None:
    if isinstance(found, tuple):
        return next((booking.language for booking in found if booking.language is not None), None)
    return found.language if isinstance(found, Declined) else None
