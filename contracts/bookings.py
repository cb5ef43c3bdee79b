"""Messages about bookings: what a branch's kiosks must know of them to check customers in without the hub (K-01).

Each day of a branch is a list whose changes are numbered. A kiosk that lacks some asks from where it stands, and is
told the changes after that: so a change costs what it weighs, and a lost message costs nothing but time.
"""

import hashlib
from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.fields import AccessNeed, Code, CustomerRef, Language, Moment, whole

Revision = Annotated[int, Meta(ge=0, le=2**53, description="grows with each change of a day's bookings; 0: before all")]
CodeDigest = Annotated[str, Meta(pattern=whole(r"[0-9a-f]{32}"), description="of the code of a booking: digest_of")]
ShortName = Annotated[str, Meta(max_length=40, description="as customers read it")]
Businesses = Annotated[tuple[Code, ...], Meta(min_length=1, max_length=5)]
Needs = Annotated[tuple[AccessNeed, ...], Meta(max_length=len(AccessNeed))]
Window = Annotated[float, Meta(ge=0, le=86_400)]


class BookingState(StrEnum):
    """States of a booking."""

    BOOKED = "booked"
    ARRIVED = "arrived"
    SERVED = "served"
    MISSED = "missed"
    CANCELLED = "cancelled"


class BookedVisit(msgspec.Struct, frozen=True, kw_only=True):
    """A booking as kiosks know it: nothing in it names anybody, and nobody can make its code of the digest.

    ``booking``: the booking system's own name of it; ``phone``: the reference of the number that was booked with;
    ``businesses``: served in turn; ``advisor``: '' when that is open; ``revision``: of its latest change.
    """

    booking: Code
    revision: Revision
    state: BookingState
    start: Moment
    businesses: Businesses
    code: CodeDigest | None = None
    customer: CustomerRef | None = None
    phone: CustomerRef | None = None
    advisor: ShortName = ""
    needs: Needs = ()
    language: Language | None = None


class BookingsMark(msgspec.Struct, frozen=True, kw_only=True):
    """Up to which revision the bookings of a day go."""

    day: date
    revision: Revision


class BookingsWanted(msgspec.Struct, frozen=True, kw_only=True, tag="bookings.wanted.v1"):
    """A kiosk wants what has changed of a day's bookings since a revision; 0: all of them.

    Said again as long as it lacks something; the hub answers in messages that each follow on the one before.
    """

    day: date
    has: Revision


class BookingsTold(msgspec.Struct, frozen=True, kw_only=True, tag="bookings.told.v1"):
    """What has changed of a day's bookings after one revision, up to another; of use to a kiosk that has all up to
    ``after``. ``anew``: what it has is from another hub: it forgets the day first. ``more``: this isn't all yet.

    ``early_s`` before a booking its window opens, ``grace_s`` after it the window ends.
    """

    day: date
    after: Revision
    upto: Revision
    changed: Annotated[tuple[BookedVisit, ...], Meta(max_length=64)]
    early_s: Window
    grace_s: Window
    anew: bool = False
    more: bool = False


def digest_of(code: str) -> str:
    """What is kept and told of a booking's code (130 bits by lot): 128 bits of SHA-256, in hexadecimal."""
    return hashlib.sha256(code.encode("ascii", "replace")).hexdigest()[:32]
