"""Messages between a branch's kiosks and its lobby: numbers that are leased, and what the lobby looks like (K-05)."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from contracts.bookings import BookingsMark
from contracts.fields import Code, Id, Moment, whole

Count = Annotated[int, Meta(ge=0, le=999_999)]
Seconds = Annotated[float, Meta(ge=0, le=604_800)]
ServiceClassLetter = Annotated[str, Meta(pattern=whole(r"[A-Z]"), description="one letter A to Z")]


class NumbersWanted(msgspec.Struct, frozen=True, kw_only=True, tag="numbers.wanted.v1"):
    """A kiosk wants another block of numbers of a class. Its blocks have serials from 1 on: it has all up to ``has``
    (0: none), and has used up all below ``uses``.

    Said again as long as it holds: the hub answers the same question with the same block.
    """

    service_class: ServiceClassLetter
    has: Count
    uses: Count


class NumbersLeased(msgspec.Struct, frozen=True, kw_only=True, tag="numbers.leased.v1"):
    """The numbers ``first`` to ``last`` of a class are this kiosk's, and no other's of its branch until it has
    used them up. They know no day: a clock that is wrong repeats none."""

    service_class: ServiceClassLetter
    serial: Annotated[int, Meta(ge=1, le=999_999)]
    first: Annotated[int, Meta(ge=1, le=999_999)]
    last: Annotated[int, Meta(ge=1, le=999_999)]


class TicketAdvised(msgspec.Struct, frozen=True, kw_only=True, tag="ticket.advised.v1"):
    """What the screen may suggest beside a ticket that was just taken, best first; nothing: to this customer nothing is
    to be suggested (K-12); null: the bank knows nothing of them, and they may be suggested what anybody is.

    Products that anybody who came for this business might be shown, so that a bystander learns nothing of what the
    customer has. Told once, while the customer is there, and never kept.
    """

    ticket: Id
    products: Annotated[tuple[Code, ...], Meta(max_length=3)] | None


class ClassOutlook(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer who takes a number of this class now may expect: ``waiting`` before them, and how long until they
    are called: four customers of five between ``low_s`` and ``high_s``; null while nobody can tell."""

    service_class: ServiceClassLetter
    waiting: Annotated[int, Meta(ge=0)]
    low_s: Seconds | None = None
    high_s: Seconds | None = None
    late: bool = False
    """Perhaps not called before the branch closes."""


class LobbyTold(msgspec.Struct, frozen=True, kw_only=True, tag="lobby.told.v1"):
    """How the lobby of a kiosk's branch is ``at`` a moment; told now and then, and never kept.

    ``closes``: from when no ticket is given today. ``out_of_order``: this kiosk must give none until told otherwise,
    and shows ``notice`` if there is one. ``bookings``: how far those of the days go that its kiosks should know.
    """

    at: Moment
    classes: Annotated[tuple[ClassOutlook, ...], Meta(max_length=26)]
    closes: Moment | None = None
    out_of_order: bool = False
    notice: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET
    bookings: Annotated[tuple[BookingsMark, ...], Meta(max_length=8)] | UnsetType = UNSET
