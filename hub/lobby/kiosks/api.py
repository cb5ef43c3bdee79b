"""HTTP routes for branch IT: the kiosks of a branch, and what happened to kiosks (K-03, K-13)."""

from collections.abc import Callable, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.fields import Name
from hub.lobby.kiosks.model import KioskCard
from hub.lobby.kiosks.service import KioskEvent, Kiosks
from hub.web.routes import Nothing, Request, Route, problem


class EventsAfter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``after``: the ``seq`` of the last event that one has; 0, all that are kept."""

    after: Annotated[int, Meta(ge=0)] = 0
    branch: Name | None = None


def routes(kiosks: Kiosks, known: Callable[[str], bool]) -> Sequence[Route]:
    """The routes; ``known``: whether there is such a branch."""

    async def listing(request: Request[Nothing, None]) -> list[KioskCard]:
        branch = request.path["branch"]
        if not known(branch):
            raise problem(404, "no such branch", f"there is no branch {branch!r}")
        return list(kiosks.of(branch))

    async def events(request: Request[EventsAfter, None]) -> list[KioskEvent]:
        return kiosks.news(request.query.after, request.query.branch)

    return (
        Route(
            method="GET",
            path="/v1/branches/{branch}/kiosks",
            summary="The branch's kiosks: what fails since when, what waits, numbers left",
            handle=listing,
            answer=list[KioskCard],
        ),
        Route(
            method="GET",
            path="/v1/kiosks/events",
            summary="What failed at kiosks and what was mended, the oldest first; ask again after the last",
            handle=events,
            answer=list[KioskEvent],
            query=EventsAfter,
        ),
    )
