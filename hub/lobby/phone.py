"""What a customer does with the code on the ticket: sees its place, asks for more time, leaves, comes back (K-06)."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

import msgspec

from contracts import ErrorCode, Refusal
from contracts.fields import Language
from hub.lobby.board import Board, Following, following, open_to_customer
from hub.lobby.queue.estimate import Estimate
from hub.lobby.queue.events import AnyEvent, Changed, Deferred
from hub.lobby.queue.places import Move, Place
from hub.lobby.service import LobbyService
from hub.storage import UnitOfWork


class PhoneKey(NamedTuple):
    """A phone that follows a ticket: the code on it, and the language of the page; null: that of the ticket."""

    code: str
    language: Language | None = None


class PhoneWish(msgspec.Struct, frozen=True, kw_only=True):
    """One of the moves that are open to customers; ``minutes`` with ``defer``."""

    move: Move
    minutes: float | None = None


class Glance(msgspec.Struct, frozen=True, kw_only=True):
    """A branch's lobby at a moment, and what each phone shows of it; an unknown code has no entry."""

    board: Board
    phones: Mapping[PhoneKey, Following]


class Phones:
    """Tickets by their codes. An unknown code is told from no other: there is nothing, and it takes as long to say."""

    def __init__(self, lobby: LobbyService) -> None:
        self._lobby = lobby

    def followed(
        self, unit: UnitOfWork, branch: str, phones: Collection[PhoneKey], estimates: Mapping[str, Estimate]
    ) -> dict[PhoneKey, Following]:
        """What these phones show."""
        shown = {}
        for phone in phones:
            found = self._lobby.followed(unit, branch, phone.code)
            if found is not None:
                day, ticket, place = found
                business = self._lobby.businesses[ticket.business].get((phone.language or ticket.language).value)
                shown[phone] = following(day, ticket, place, estimates.get(ticket.id), business)
        return shown

    def wish(self, unit: UnitOfWork, branch: str, code: str, wish: PhoneWish) -> Place | Refusal | None:
        """Let the customer have it, or say why not; null when there is no such ticket today."""
        found = self._lobby.followed(unit, branch, code)
        if found is None:
            return None
        day, ticket, place = found
        allowed = open_to_customer(place, day.rules)
        if wish.move not in allowed:
            can = ", ".join(allowed) or "nothing"
            detail = f"ticket {ticket.number} is {place.stage}: its customer can't {wish.move} now, but {can}"
            return Refusal(code=ErrorCode.TICKET_STATE, detail=detail)
        at = unit.now.timestamp()
        event: AnyEvent = Changed(at=at, ticket=ticket.id, move=wish.move)
        if wish.move is Move.DEFER:
            event = Deferred(at=at, ticket=ticket.id, minutes=wish.minutes)
        done = self._lobby.act(unit, branch, event)
        if not isinstance(done, Place | Refusal):
            raise TypeError(f"{wish.move} of a ticket was answered with {type(done).__name__}")
        return done
