"""The routes as an aiohttp application."""

import hmac
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

import msgspec
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from hub.inbound import holds_nul
from hub.web.routes import Problem, ProblemError, Request, Route

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 64 * 1024 * 1024
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Socket(NamedTuple):
    """A WebSocket of the API: where it is, what serves a connection to its end, what closes all when the hub stops."""

    path: str
    handle: Handler
    close: Callable[[], Awaitable[None]]


class Page(NamedTuple):
    """A page for people: it says itself who may see it."""

    method: str
    path: str
    handle: Handler


class Site(NamedTuple):
    """Pages that belong together, and what ends their streams when the hub stops."""

    pages: Sequence[Page]
    close: Callable[[], Awaitable[None]]


def application(
    routes: Sequence[Route],
    *,
    token: str,
    pages: Sequence[tuple[str, Callable[[], web.Response]]],
    sockets: Sequence[Socket] = (),
    sites: Sequence[Site] = (),
) -> web.Application:
    """The application; every route that isn't open wants ``Authorization: Bearer TOKEN``, as do pages and sockets.

    Those of ``sites`` don't: people sign in on them.
    """
    app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[_answer_problems])
    for route in routes:
        app.router.add_route(route.method, route.path, _guard(_serve(route), None if route.open else token))
    for path, page in pages:
        app.router.add_get(path, _guard(_page(page), token))
    for socket in sockets:
        app.router.add_get(socket.path, _guard(socket.handle, token))
        app.on_shutdown.append(_closing(socket.close))
    for site in sites:
        for shown in site.pages:
            app.router.add_route(shown.method, shown.path, shown.handle)
        app.on_shutdown.append(_closing(site.close))
    return app


def _closing(end: Callable[[], Awaitable[None]]) -> Callable[[web.Application], Awaitable[None]]:
    async def close(_app: web.Application) -> None:
        await end()

    return close


def _page(page: Callable[[], web.Response]) -> Handler:
    async def handle(_request: web.Request) -> web.StreamResponse:
        return page()

    return handle


def _guard(handler: Handler, token: str | None) -> Handler:
    if token is None:
        return handler
    wanted = f"Bearer {token}".encode()

    async def handle(request: web.Request) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, wanted):
            detail = "send 'Authorization: Bearer TOKEN' with the token the hub printed at start"
            return _problem(Problem(title="not signed in", status=401, detail=detail))
        return await handler(request)

    return handle


def _serve(route: Route) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            raw = await request.read() if route.body is not None else b""
            if holds_nul(raw) or any("\0" in text for text in (*request.match_info.values(), *request.query.values())):
                return _problem(Problem(title="bad request", status=400, detail="NUL is in no text: leave it out"))
            query = msgspec.convert(dict(request.query), route.query, strict=False)
            body = msgspec.json.decode(raw, type=route.body) if route.body is not None else None
        except msgspec.MsgspecError as error:
            return _problem(Problem(title="bad request", status=400, detail=str(error)))
        result = await route.handle(Request(dict(request.match_info), query, body))
        return web.Response(body=msgspec.json.encode(result), content_type="application/json")

    return handle


@web.middleware
async def _answer_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ProblemError as error:
        return _problem(error.problem)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _problem(Problem(title=error.reason, status=error.status, detail=f"{request.method} {request.path}"))
    except SQLAlchemyError:
        log.exception("http_storage_failed path=%s", request.path)
        detail = "the database did not answer; try again"
        return _problem(Problem(title="storage failed", status=503, detail=detail))


def _problem(problem: Problem) -> web.Response:
    return web.Response(
        status=problem.status, body=msgspec.json.encode(problem), content_type="application/problem+json"
    )
