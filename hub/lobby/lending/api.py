"""HTTP routes of lent bands."""

from collections.abc import Sequence

import msgspec

from contracts import ErrorCode, Refusal
from hub.lobby.lending.model import BandCard, Lending
from hub.lobby.lending.service import LendingService
from hub.ports import Transact
from hub.web.routes import Nothing, ProblemError, Request, Route, problem

_UNKNOWN = frozenset({ErrorCode.UNKNOWN_TICKET, ErrorCode.UNKNOWN_DEVICE, ErrorCode.BRANCH_NOT_ALLOWED})


class LendTo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which device to lend to the customer of which ticket."""

    device: str
    ticket: str


class Lender:
    """What staff may do with a branch's bands; also for the pages, which say the same things by forms."""

    def __init__(self, transact: Transact, lending: LendingService) -> None:
        self._transact = transact
        self._lending = lending

    async def lend(self, branch: str, ticket: str, device: str) -> Lending | Refusal:
        """Lend it, durably; see :meth:`LendingService.lend`."""
        return await self._transact(lambda unit: self._lending.lend(unit, branch, ticket, device))

    async def take_back(self, branch: str, device: str) -> Lending | Refusal:
        """Take it back, durably; see :meth:`LendingService.take_back`."""
        return await self._transact(lambda unit: self._lending.take_back(unit, branch, device))

    async def shelf(self, branch: str) -> Sequence[BandCard]:
        """The branch's bands."""
        return await self._transact(lambda unit: self._lending.shelf(unit, branch))


def routes(lender: Lender) -> Sequence[Route]:
    """The routes of lent bands."""

    async def shelf(request: Request[Nothing, None]) -> list[BandCard]:
        return list(await lender.shelf(request.path["branch"]))

    async def lend(request: Request[Nothing, LendTo]) -> Lending:
        return _done(await lender.lend(request.path["branch"], request.body.ticket, request.body.device))

    async def take_back(request: Request[Nothing, None]) -> Lending:
        return _done(await lender.take_back(request.path["branch"], request.path["device"]))

    return (
        Route(
            method="GET",
            path="/v1/branches/{branch}/bands",
            summary="The bands that the branch lends to waiting customers, and to whom they are lent",
            handle=shelf,
            answer=list[BandCard],
        ),
        Route(
            method="POST",
            path="/v1/branches/{branch}/lendings",
            summary="Lend a band to the customer of a ticket, who then feels each call",
            handle=lend,
            answer=Lending,
            body=LendTo,
        ),
        Route(
            method="DELETE",
            path="/v1/branches/{branch}/lendings/{device}",
            summary="Take a lent band back; it forgets whom it was lent to",
            handle=take_back,
            answer=Lending,
        ),
    )


def _done(what: Lending | Refusal) -> Lending:
    if isinstance(what, Lending):
        return what
    raise _refused(what)


def _refused(refusal: Refusal) -> ProblemError:
    status = 404 if refusal.code in _UNKNOWN else 400 if refusal.code is ErrorCode.WRONG_KIND else 409
    return problem(status, "not possible", refusal.detail, refusal.code.value)
