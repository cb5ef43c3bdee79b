"""HTTP routes of bookings: for the bank's booking system, and for who imports a file (K-01)."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from contracts import Refusal
from contracts.fields import Code
from hub.kernel import Branch
from hub.lobby.bookings.model import Booking, BookingDetails
from hub.lobby.bookings.service import BookingService, NamedBooking, TakenIn, Wrong
from hub.ports import Transact
from hub.storage import UnitOfWork
from hub.web.routes import Nothing, ProblemError, Request, Route, problem

PATH = "/v1/branches/{branch}/bookings"
MOST_SAID = 40
"""Faults of an import that are named; whoever mends them learns of the others."""


class DayQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of which day; left out: today."""

    day: date | None = None


class ManyBookings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bookings that are taken in together. ``whole_days``: of the days they are on, all others are cancelled;
    ``days``: of these days too, also where no booking is left."""

    bookings: Annotated[tuple[NamedBooking, ...], Meta(max_length=10_000)]
    whole_days: bool = False
    days: Annotated[tuple[date, ...], Meta(max_length=10_000)] = ()


def routes(transact: Transact, bookings: BookingService, nudge: Callable[[str], None]) -> Sequence[Route]:
    """The routes; ``nudge`` is told of a branch whose bookings changed."""

    def there(name: str) -> Branch:
        branch = bookings.branch(name)
        if branch is None:
            raise problem(404, "no such branch", f"there is no branch {name!r}")
        return branch

    def missing(reference: str) -> ProblemError:
        return problem(404, "no such booking", f"there is no booking {reference!r}")

    async def listing(request: Request[DayQuery, None]) -> list[Booking]:
        branch = there(request.path["branch"])
        return await transact(lambda unit: list(bookings.of_day(unit, branch, request.query.day)))

    async def get(request: Request[Nothing, None]) -> Booking:
        branch, reference = there(request.path["branch"]), request.path["booking"]
        found = await transact(lambda unit: bookings.find(unit, branch.name, reference))
        if found is None:
            raise missing(reference)
        return found

    async def put(request: Request[Nothing, BookingDetails]) -> Booking:
        branch = there(request.path["branch"])
        try:
            reference = msgspec.convert(request.path["booking"], Code)
        except msgspec.ValidationError as error:
            raise problem(400, "invalid booking", f"name of the booking: {error}") from error
        given = NamedBooking(reference=reference, **msgspec.structs.asdict(request.body))

        def job(unit: UnitOfWork) -> Booking | list[Wrong] | None:
            taken = bookings.take_in(unit, branch, [given])
            return bookings.find(unit, branch.name, reference) if isinstance(taken, TakenIn) else taken

        kept = await transact(job)
        if not isinstance(kept, Booking):
            raise problem(400, "invalid booking", "; ".join(one.detail for one in kept or ()))
        nudge(branch.name)
        return kept

    async def cancel(request: Request[Nothing, None]) -> Booking:
        branch, reference = there(request.path["branch"]), request.path["booking"]
        cancelled = await transact(lambda unit: bookings.cancel(unit, branch.name, reference))
        match cancelled:
            case None:
                raise missing(reference)
            case Refusal():
                raise problem(409, "not possible", cancelled.detail, cancelled.code.value)
            case Booking():
                nudge(branch.name)
                return cancelled

    async def many(request: Request[Nothing, ManyBookings]) -> TakenIn:
        branch, body = there(request.path["branch"]), request.body
        taken = await transact(
            lambda unit: bookings.take_in(unit, branch, body.bookings, whole_days=body.whole_days, days=body.days)
        )
        if not isinstance(taken, TakenIn):
            said = [f"{one.at}: {one.detail}" for one in taken[:MOST_SAID]]
            more = [f"and {len(taken) - MOST_SAID} more"] if len(taken) > MOST_SAID else []
            raise problem(400, "invalid bookings", "\n".join([*said, *more]))
        nudge(branch.name)
        return taken

    return (
        Route(
            method="GET",
            path=PATH,
            summary="The bookings of a day, by time",
            handle=listing,
            answer=list[Booking],
            query=DayQuery,
        ),
        Route(
            method="POST",
            path=PATH,
            summary="Take many bookings in, all or none; a refusal says in a line each: place from 0, what is wrong",
            handle=many,
            answer=TakenIn,
            body=ManyBookings,
        ),
        Route(
            method="GET",
            path=f"{PATH}/{{booking}}",
            summary="One booking",
            handle=get,
            answer=Booking,
        ),
        Route(
            method="PUT",
            path=f"{PATH}/{{booking}}",
            summary="Book, or change a booking; references only, never a phone number",
            handle=put,
            answer=Booking,
            body=BookingDetails,
        ),
        Route(
            method="DELETE",
            path=f"{PATH}/{{booking}}",
            summary="Cancel a booking",
            handle=cancel,
            answer=Booking,
        ),
    )
