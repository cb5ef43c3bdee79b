"""Use cases of the lobby: taking tickets in, in bulk, and ending them."""

from collections.abc import Sequence

from contracts import ErrorCode, Refusal
from contracts.tickets import TicketTaken
from hub.events import DomainEvent, TicketEnded, TicketRegistered, VisitEnded
from hub.fleet import FleetDirectory
from hub.inbound import Inbound
from hub.lobby import store
from hub.lobby.model import URGENT_NEEDS, Ticket, TicketChange, accept, change
from hub.storage import UnitOfWork
from models.catalogue import Catalogue


class LobbyService:
    """The lobby's room."""

    def __init__(self, fleet: FleetDirectory, catalogue: Catalogue) -> None:
        self._fleet = fleet
        self._businesses = frozenset(business.code for business in catalogue.business)

    def take(self, unit: UnitOfWork, inbound: Sequence[Inbound[TicketTaken]]) -> list[Refusal | None]:
        """Take tickets in; one answer each, null when it is registered. A number is unique in its branch and day."""
        decided = [self._accept(one) for one in inbound]
        tickets = [ticket for ticket in decided if isinstance(ticket, Ticket)]
        ids, keys = store.known(unit, {t.id for t in tickets}, {store.number_key(t) for t in tickets})
        answers: list[Refusal | None] = []
        for one, ticket in zip(inbound, decided, strict=True):
            if isinstance(ticket, Refusal):
                answers.append(ticket)
                continue
            key = store.number_key(ticket)
            if ticket.id in ids or key in keys:
                detail = f"number {ticket.number} of {ticket.branch} was taken before today: take the next"
                answers.append(Refusal(code=ErrorCode.NUMBER_TAKEN, detail=detail))
                continue
            ids.add(ticket.id)
            keys.add(key)
            store.insert(unit, ticket)
            unit.emit(
                TicketRegistered(
                    ticket=ticket.id,
                    branch=ticket.branch,
                    number=ticket.number,
                    business=ticket.business,
                    customer=ticket.customer,
                    booked=ticket.booked,
                    urgent=any(need in URGENT_NEEDS for need in ticket.needs),
                    taken_at=ticket.taken_at,
                    traceparent=one.traceparent,
                )
            )
            answers.append(None)
        return answers

    def end(self, unit: UnitOfWork, ticket_id: str, what: TicketChange) -> Ticket | Refusal | None:
        """A ticket was served at a counter or cancelled; null when there is no such ticket."""
        found = store.load(unit, [ticket_id])
        if not found:
            return None
        ended = change(found[0], what, unit.now)
        if isinstance(ended, Ticket):
            store.save(unit, ended)
            unit.emit(TicketEnded(ticket=ended.id, branch=ended.branch, served=what is TicketChange.SERVE))
        return ended

    def on_visits_ended(self, unit: UnitOfWork, events: Sequence[DomainEvent]) -> None:
        """A visit that ended with feedback served its tickets."""
        ids = [ticket for event in events if isinstance(event, VisitEnded) and event.served for ticket in event.tickets]
        for ticket in store.load(unit, ids) if ids else []:
            served = change(ticket, TicketChange.SERVE, unit.now)
            if isinstance(served, Ticket):
                store.save(unit, served)

    def _accept(self, one: Inbound[TicketTaken]) -> Ticket | Refusal:
        branch = self._fleet.branches.get(one.data.branch)
        if branch is None:
            return Refusal(code=ErrorCode.BRANCH_NOT_ALLOWED, detail=f"there is no branch {one.data.branch!r}")
        return accept(one.data, one.device, branch, one.time, self._businesses)
