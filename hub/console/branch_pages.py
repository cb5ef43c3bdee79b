"""What the pages of a branch share: its sight or a page that says that there is none, and the stream of its events."""

from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import aclosing
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from contracts.fields import Language
from hub.console.answers import html, plain
from hub.console.rendering import Renderer
from hub.console.streams import Event, State, Streams
from hub.console.watching import Sight, Watching
from hub.lobby import Board, Counters, Glance, PhoneKey

BUSY_RETRY_S = 5


class BranchPages:
    """Looks branches up and follows them."""

    def __init__(self, renderer: Renderer, counters: Counters, watching: Watching, streams: Streams) -> None:
        self.renderer = renderer
        self.counters = counters
        self.streams = streams
        self._watching = watching

    async def sight(self, branch: str, phone: PhoneKey | None = None) -> Sight | None:
        """The branch now; null without it, or where no ticket of today has the phone's code."""
        known = await self.counters.board(branch) if phone is None else None
        glance = await self.counters.glance(branch, () if phone is None else (phone,))
        if glance is None or (phone is not None and phone not in glance.phones):
            return None
        return Sight(glance if known is None else Glance(board=known, phones=glance.phones))

    def missing(self, language: Language) -> web.Response:
        """There is no such page."""
        return html(self.renderer.page("missing.html", language), 404)

    async def follow(
        self,
        request: web.Request,
        key: Hashable,
        state: Callable[[Sight], State],
        phone: PhoneKey | None = None,
    ) -> web.StreamResponse:
        """A stream of states; watchers with the same ``key`` see the same, so it is made once for them."""
        if self.streams.full:
            return plain("", 503, {"Retry-After": str(BUSY_RETRY_S)})
        return await self.streams.serve(request, self._events(request.match_info["branch"], key, state, phone))

    async def _events(
        self, branch: str, key: Hashable, state: Callable[[Sight], State], phone: PhoneKey | None
    ) -> AsyncGenerator[Event, None]:
        def render(sight: Sight) -> bytes:
            return msgspec.json.encode(state(sight))

        async with aclosing(self._watching.sights(branch, phone)) as sights:
            async for sight in sights:
                yield Event(version_of(sight.board), sight.frame(key, render), clock_s(sight.board))


def version_of(board: Board) -> str:
    """The version of the queue that a board shows."""
    return f"{board.day.isoformat()}/{board.version}"


def clock_s(board: Board) -> int:
    """The branch's time when the board was made, in seconds since its midnight."""
    local = board.at.astimezone(ZoneInfo(board.time_zone))
    return 3600 * local.hour + 60 * local.minute + local.second
