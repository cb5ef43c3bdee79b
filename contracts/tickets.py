"""Messages of the lobby: tickets."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from contracts.fields import AccessNeed, Code, CustomerRef, Id, Language, Moment, Name, TicketNumber, whole

FollowCode = Annotated[
    str, Meta(pattern=whole(r"[A-Za-z0-9_-]{22,43}"), description="unguessable, at least 128 random bits as base64url")
]


class TicketTaken(msgspec.Struct, frozen=True, kw_only=True, tag="ticket.taken.v1"):
    """A customer took a number at a kiosk, at the envelope's time (K-04, W-03a); ``customer`` is null if anonymous.

    ``follow``: what the QR code on the ticket ends with: whoever has it may see this ticket's place in line, ask for
    more time and leave. ``also``: further businesses, served in turn after the first. ``appointment``: the time that is
    booked. ``booking``: the booking that the customer checked in to, as the hub named it.
    """

    ticket: Id
    branch: Name
    number: TicketNumber
    service_class: Annotated[str, Meta(pattern=whole(r"[A-Z]"))]
    business: Code
    language: Language
    customer: CustomerRef | None = None
    booked: bool = False
    needs: tuple[AccessNeed, ...] = ()
    follow: FollowCode | UnsetType = UNSET
    also: Annotated[tuple[Code, ...], Meta(max_length=4)] | UnsetType = UNSET
    appointment: Moment | UnsetType = UNSET
    booking: Code | UnsetType = UNSET
