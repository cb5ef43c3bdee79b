"""All pages of the hub, put together."""

import secrets

from aiohttp import web

from hub.console.answers import HEADERS, html
from hub.console.board_page import BoardPage
from hub.console.branch_pages import BranchPages
from hub.console.counter_page import CounterPage
from hub.console.gate import Gate, Visitor
from hub.console.limits import Limit
from hub.console.phone_page import PhonePage
from hub.console.rendering import Renderer
from hub.console.sessions import Sessions
from hub.console.streams import Streams
from hub.console.tv_page import TvPage
from hub.console.voice import Voice
from hub.console.watching import Watching
from hub.lobby import Counters
from hub.web.app import Page, Site
from runtime.clock import Clock

YEAR_S = 31_536_000


def pages_of(counters: Counters, *, token: str, clock: Clock, voice: Voice) -> Site:
    """The pages over a lobby: sign-in and start, counter, television, board, phone; ``token`` signs in."""
    renderer = Renderer()
    watching, streams = Watching(counters), Streams()
    tries = Limit(clock, per_minute=10, burst=10)
    gate = Gate(renderer, Sessions(clock, lambda: secrets.token_urlsafe(32)), token, tries)
    branch_pages = BranchPages(renderer, counters, watching, streams)

    async def home(_request: web.Request, visitor: Visitor) -> web.StreamResponse:
        return html(
            renderer.page(
                "home.html",
                visitor.language,
                branches=counters.branches(),
                form=gate.sessions.form_token(visitor.cookie),
            )
        )

    async def asset(request: web.Request) -> web.StreamResponse:
        found = renderer.assets.get(request.match_info["name"])
        if found is None or found.url != request.path:
            raise web.HTTPNotFound
        kept = {**HEADERS, "Cache-Control": f"public, max-age={YEAR_S}, immutable"}
        return web.Response(body=found.body, content_type=found.content_type, charset="utf-8", headers=kept)

    async def close() -> None:
        await streams.close()
        await watching.close()

    pages = (
        Page("GET", "/", gate.showing(home)),
        Page("GET", "/assets/{digest}/{name}", asset),
        *gate.pages,
        *CounterPage(branch_pages, gate).pages,
        *TvPage(branch_pages, gate, voice).pages,
        *BoardPage(branch_pages, gate).pages,
        *PhonePage(branch_pages, clock).pages,
    )
    return Site(pages, close)
