"""Messages of the lobby: tickets."""

from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.fields import AccessNeed, Code, CustomerRef, Id, Language, Name, TicketNumber, whole


class TicketTaken(msgspec.Struct, frozen=True, kw_only=True, tag="ticket.taken.v1"):
    """A customer took a number at a kiosk, at the envelope's time (K-04, W-03a); ``customer`` is null if anonymous."""

    ticket: Id
    branch: Name
    number: TicketNumber
    service_class: Annotated[str, Meta(pattern=whole(r"[A-Z]"))]
    business: Code
    language: Language
    customer: CustomerRef | None = None
    booked: bool = False
    needs: tuple[AccessNeed, ...] = ()
