"""HTTP routes of the lobby."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from contracts import Refusal
from hub.lobby import store
from hub.lobby.model import Ticket, TicketChange, TicketState
from hub.lobby.service import LobbyService
from hub.ports import Transact
from hub.storage import UnitOfWork
from hub.web.routes import Nothing, Request, Route, problem


class TicketQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which tickets to list."""

    branch: str | None = None
    state: TicketState | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


def routes(transact: Transact, lobby: LobbyService) -> Sequence[Route]:
    """The lobby's routes."""

    async def listing(request: Request[TicketQuery, None]) -> list[Ticket]:
        query = request.query
        state = query.state.value if query.state else None
        return await transact(lambda unit: list(store.recent(unit, query.branch, state, query.limit)))

    def ending(what: TicketChange) -> Route:
        async def end(request: Request[Nothing, None]) -> Ticket:
            ticket_id = request.path["ticket"]

            def job(unit: UnitOfWork) -> Ticket | Refusal | None:
                return lobby.end(unit, ticket_id, what)

            ended = await transact(job)
            match ended:
                case None:
                    raise problem(404, "no such ticket", f"there is no ticket {ticket_id!r}")
                case Refusal():
                    raise problem(409, "not possible", ended.detail, ended.code.value)
                case Ticket():
                    return ended

        return Route(
            method="POST",
            path=f"/v1/tickets/{{ticket}}/{what.value}",
            summary=f"{what.value.capitalize()} a waiting ticket; nobody is alerted about it any more",
            handle=end,
            answer=Ticket,
        )

    return (
        Route(
            method="GET",
            path="/v1/tickets",
            summary="Tickets, newest first",
            handle=listing,
            answer=list[Ticket],
            query=TicketQuery,
        ),
        ending(TicketChange.SERVE),
        ending(TicketChange.CANCEL),
    )
