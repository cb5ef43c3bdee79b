"""HTTP routes of the lobby: tickets, the queue, counters and calling (K-06)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from contracts import ErrorCode, Refusal
from hub.lobby import store
from hub.lobby.board import Board, board
from hub.lobby.bookings.expected import rows
from hub.lobby.feed import Feed
from hub.lobby.kiosks.service import Kiosks
from hub.lobby.lending.api import Lender
from hub.lobby.lending.service import LendingService
from hub.lobby.model import Ticket, TicketChange, TicketState
from hub.lobby.phone import Glance, PhoneKey, Phones, PhoneWish
from hub.lobby.queue.estimate import Estimate
from hub.lobby.queue.events import AnyEvent, Called, Changed, Deferred, Transferred, Turned
from hub.lobby.queue.places import CounterMove, CounterPlace, Move, Place
from hub.lobby.queues import BranchDay
from hub.lobby.service import LobbyService
from hub.lobby.settings import AlertThresholds
from hub.ports import Transact
from hub.storage import UnitOfWork
from hub.web.routes import Nothing, ProblemError, Request, Route, problem

PLAIN = (Move.RECALL, Move.START, Move.FINISH, Move.MISS, Move.PARK, Move.UNPARK, Move.RESUME, Move.LEAVE, Move.REJOIN)
"""Moves of a ticket that need nothing but its name."""

_UNKNOWN = frozenset({ErrorCode.UNKNOWN_TICKET, ErrorCode.UNKNOWN_COUNTER, ErrorCode.BRANCH_NOT_ALLOWED})


class TicketQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which tickets to list."""

    branch: str | None = None
    state: TicketState | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class CallNext(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``ticket``: this very one, out of order; without it the next by the rules."""

    ticket: str | None = None


class TransferTo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To a class, a counter, or both."""

    service: str | None = None
    counter: str | None = None


class DeferBy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By so many minutes, or until so many others were called: one of them."""

    minutes: float | None = None
    passes: int | None = None


class OutOfOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``notice``: what the kiosk shows its customers, in their own language or several; empty: the usual words."""

    notice: Annotated[str, Meta(max_length=200)] = ""


class KioskOrder(msgspec.Struct, frozen=True):
    """Whether a kiosk is out of order."""

    kiosk: str
    out_of_order: bool
    notice: str = ""


class CalledTicket(msgspec.Struct, frozen=True):
    """Whom the counter called; null when nobody waits for it."""

    place: Place | None = None


class BranchCounters(msgspec.Struct, frozen=True):
    """A branch as people call it, and its counters."""

    title: str
    counters: tuple[str, ...]


def refused(refusal: Refusal) -> ProblemError:
    """The answer to what the queue refused: 404 for what there isn't, 400 for what can't be, 409 for not now."""
    status = 404 if refusal.code in _UNKNOWN else 400 if refusal.code is ErrorCode.INVALID_FIELD else 409
    return problem(status, "not possible", refusal.detail, refusal.code.value)


class Counters:
    """What people at counters may do; also for the pages, which say the same things by forms."""

    def __init__(
        self,
        transact: Transact,
        lobby: LobbyService,
        feed: Feed,
        thresholds: AlertThresholds,
        kiosks: Kiosks,
        lending: LendingService,
    ) -> None:
        self.lobby = lobby
        self.lender = Lender(transact, lending)
        self.feed = feed
        self._transact = transact
        self._thresholds = thresholds
        self._lending = lending
        self._kiosks = kiosks
        self._phones = Phones(lobby)

    def branches(self) -> Mapping[str, BranchCounters]:
        """All branches with their counters, by name."""
        queues = self.lobby.queues
        return {
            branch.name: BranchCounters(title=branch.title, counters=tuple(queues.rules(branch.name).counters))
            for branch in queues.branches()
        }

    async def act(self, branch: str, event: Callable[[float], AnyEvent]) -> Place | CounterPlace | Refusal | None:
        """Let it happen now, durably; see :meth:`LobbyService.act`."""
        return await self._transact(lambda unit: self.lobby.act(unit, branch, event(unit.now.timestamp())))

    async def today(self, branch: str) -> BranchDay | None:
        """The branch's queue; null without such a branch."""
        return await self._transact(lambda unit: self.lobby.queues.today(unit, branch))

    async def board(self, branch: str) -> Board | None:
        """The branch's lobby with its estimates; null without such a branch."""
        day = await self.today(branch)
        if day is None:
            return None
        estimates = await self.feed.estimates(day)

        def look(unit: UnitOfWork) -> Board | None:
            # Asked for again: while the estimates were made the day may have ended, or the queue been read anew.
            by_now = self.lobby.queues.today(unit, branch)
            return None if by_now is None else self._board(unit, by_now, estimates)

        return await self._transact(look)

    def _board(self, unit: UnitOfWork, day: BranchDay, estimates: Mapping[str, Estimate]) -> Board:
        branch = day.branch.name
        kiosks, bands = self._kiosks.of(branch), self._lending.shelf(unit, branch)
        booked = rows(self.lobby.bookings.of_day(unit, day.branch, day.day), day.tickets, day.rules, unit.now)
        return board(day, estimates, self._thresholds, unit.now, kiosks, bands, booked)

    async def glance(self, branch: str, phones: Collection[PhoneKey] = ()) -> Glance | None:
        """The branch's lobby and these phones at one moment, with the estimates that are there already."""

        def look(unit: UnitOfWork) -> Glance | None:
            day = self.lobby.queues.today(unit, branch)
            if day is None:
                return None
            known = self.feed.known(branch)
            shown = self._board(unit, day, known)
            return Glance(board=shown, phones=self._phones.followed(unit, branch, phones, known))

        return await self._transact(look)

    async def wish(self, branch: str, code: str, wish: PhoneWish) -> Place | Refusal | None:
        """The customer whose ticket has this code asks for something; null when there is no such ticket today."""
        return await self._transact(lambda unit: self._phones.wish(unit, branch, code, wish))


def routes(transact: Transact, counters: Counters) -> Sequence[Route]:
    """The lobby's routes."""
    lobby = counters.lobby

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

    async def whole(request: Request[Nothing, None]) -> Board:
        name = request.path["branch"]
        shown = await counters.board(name)
        if shown is None:
            raise problem(404, "no such branch", f"there is no branch {name!r}")
        return shown

    def turning(move: CounterMove) -> Route:
        async def turn(request: Request[Nothing, None]) -> CounterPlace:
            counter = request.path["counter"]
            turned = await counters.act(request.path["branch"], lambda at: Turned(at=at, counter=counter, move=move))
            if isinstance(turned, Refusal):
                raise refused(turned)
            assert isinstance(turned, CounterPlace)
            return turned

        return Route(
            method="POST",
            path=f"/v1/branches/{{branch}}/counters/{{counter}}/{move.value}",
            summary=f"{move.value.capitalize()} a counter",
            handle=turn,
            answer=CounterPlace,
        )

    async def call(request: Request[Nothing, CallNext]) -> CalledTicket:
        counter = request.path["counter"]
        called = await counters.act(
            request.path["branch"], lambda at: Called(at=at, counter=counter, ticket=request.body.ticket)
        )
        if isinstance(called, Refusal):
            raise refused(called)
        return CalledTicket(called if isinstance(called, Place) else None)

    async def moved(branch: str, event: Callable[[float], AnyEvent]) -> Place:
        place = await counters.act(branch, event)
        if isinstance(place, Refusal):
            raise refused(place)
        assert isinstance(place, Place)
        return place

    def moving(move: Move) -> Route:
        async def handle(request: Request[Nothing, None]) -> Place:
            ticket = request.path["ticket"]
            return await moved(request.path["branch"], lambda at: Changed(at=at, ticket=ticket, move=move))

        return Route(
            method="POST",
            path=f"/v1/branches/{{branch}}/queue/{{ticket}}/{move.value}",
            summary=f"{move.value.capitalize()} a ticket in the queue",
            handle=handle,
            answer=Place,
        )

    async def transfer(request: Request[Nothing, TransferTo]) -> Place:
        ticket, to = request.path["ticket"], request.body
        return await moved(
            request.path["branch"],
            lambda at: Transferred(at=at, ticket=ticket, service=to.service, counter=to.counter),
        )

    async def defer(request: Request[Nothing, DeferBy]) -> Place:
        ticket, by = request.path["ticket"], request.body
        return await moved(
            request.path["branch"],
            lambda at: Deferred(at=at, ticket=ticket, minutes=by.minutes, passes=by.passes),
        )

    async def lock(request: Request[Nothing, OutOfOrder]) -> KioskOrder:
        kiosk, notice = request.path["device"], request.body.notice
        branch = await transact(lambda unit: lobby.lock(unit, kiosk, notice))
        return await told(branch, KioskOrder(kiosk, out_of_order=True, notice=notice))

    async def unlock(request: Request[Nothing, None]) -> KioskOrder:
        kiosk = request.path["device"]
        branch = await transact(lambda unit: lobby.lock(unit, kiosk, None))
        return await told(branch, KioskOrder(kiosk, out_of_order=False))

    async def told(branch: str | None, order: KioskOrder) -> KioskOrder:
        if branch is None:
            raise problem(404, "no such kiosk", f"there is no kiosk {order.kiosk!r} in a branch")
        counters.feed.nudge(branch)
        return order

    return (
        Route(
            method="POST",
            path="/v1/devices/{device}/lock",
            summary="Put a kiosk out of order: it gives no numbers and says so, until it is unlocked",
            handle=lock,
            answer=KioskOrder,
            body=OutOfOrder,
        ),
        Route(
            method="POST",
            path="/v1/devices/{device}/unlock",
            summary="Let a kiosk give numbers again",
            handle=unlock,
            answer=KioskOrder,
        ),
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
        Route(
            method="GET",
            path="/v1/branches/{branch}/lobby",
            summary="The lobby: who waits with estimates, counters, calls, alerts",
            handle=whole,
            answer=Board,
        ),
        *(turning(move) for move in CounterMove),
        Route(
            method="POST",
            path="/v1/branches/{branch}/counters/{counter}/call",
            summary="Call the next ticket to a counter, or one by name",
            handle=call,
            answer=CalledTicket,
            body=CallNext,
        ),
        *(moving(move) for move in PLAIN),
        Route(
            method="POST",
            path="/v1/branches/{branch}/queue/{ticket}/transfer",
            summary="Transfer a ticket; it keeps its place in line",
            handle=transfer,
            answer=Place,
            body=TransferTo,
        ),
        Route(
            method="POST",
            path="/v1/branches/{branch}/queue/{ticket}/defer",
            summary="Give a customer more time; the place in line is kept",
            handle=defer,
            answer=Place,
            body=DeferBy,
        ),
    )
