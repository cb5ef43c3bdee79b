"""Who may see the pages for staff: whoever has signed in with the hub's token (K-06)."""

import hmac
import re
from collections.abc import Awaitable, Callable
from typing import NamedTuple
from urllib.parse import quote

from aiohttp import web

from contracts.fields import Language
from hub.console.answers import Handler, client_of, fields_of, from_script, html, language_of, plain, see
from hub.console.limits import Limit
from hub.console.rendering import Renderer
from hub.console.sessions import OLDEST_S, Sessions
from hub.web.app import Page

COOKIE = "usher"

_OURS = re.compile(r"/(?:(?:counter|tv|board)/[\w%./~-]+)?(?:\?lang=[a-z]{2})?", re.ASCII)


class Visitor(NamedTuple):
    """Who asks for a page: the session's cookie and the language of the page."""

    cookie: str
    language: Language


StaffHandler = Callable[[web.Request, Visitor], Awaitable[web.StreamResponse]]


class Gate:
    """Signs in and out, and lets through whoever is signed in."""

    def __init__(self, renderer: Renderer, sessions: Sessions, token: str, tries: Limit) -> None:
        self.sessions = sessions
        self._renderer = renderer
        self._token = token.encode()
        self._tries = tries

    @property
    def pages(self) -> tuple[Page, ...]:
        """Its own pages."""
        return (
            Page("GET", "/sign-in", self._show),
            Page("POST", "/sign-in", self._sign_in),
            Page("POST", "/sign-out", self.taking(self._sign_out)),
        )

    def showing(self, handle: StaffHandler) -> Handler:
        """A page for staff; others are asked to sign in and come back to it."""

        async def show(request: web.Request) -> web.StreamResponse:
            visitor = self._visitor(request)
            if visitor is None:
                chosen = f"&lang={language_of(request).value}" if "lang" in request.query else ""
                return see(f"/sign-in?next={quote(request.path_qs, safe='')}{chosen}")
            return await handle(request, visitor)

        return show

    def streaming(self, handle: StaffHandler) -> Handler:
        """A stream for staff; to others it is refused, and their page asks them to sign in."""

        async def stream(request: web.Request) -> web.StreamResponse:
            visitor = self._visitor(request)
            if visitor is None:
                return plain(self._renderer.words[language_of(request)].say("signed-out"), 401)
            return await handle(request, visitor)

        return stream

    def taking(self, handle: Callable[[web.Request, Visitor, dict[str, str]], Awaitable[web.Response]]) -> Handler:
        """A form of staff, which must come from a page of the same session."""

        async def take(request: web.Request) -> web.StreamResponse:
            visitor = self._visitor(request)
            words = self._renderer.words[language_of(request)]
            if visitor is None:
                return plain(words.say("signed-out"), 401) if from_script(request) else see("/sign-in")
            fields = await fields_of(request)
            if fields is None or not self.sessions.is_form_token(visitor.cookie, fields.get("form", "")):
                return plain(words.say("form-old"), 403)
            return await handle(request, visitor, fields)

        return take

    def _visitor(self, request: web.Request) -> Visitor | None:
        cookie = request.cookies.get(COOKIE, "")
        return Visitor(cookie, language_of(request)) if cookie and self.sessions.alive(cookie) else None

    async def _show(self, request: web.Request) -> web.StreamResponse:
        return self._page(request, 200, "")

    async def _sign_in(self, request: web.Request) -> web.StreamResponse:
        wait_s = self._tries.take(client_of(request))
        if wait_s > 0:
            return self._page(request, 429, "sign-in-often", {"Retry-After": str(int(wait_s) + 1)})
        fields = await fields_of(request)
        given = "" if fields is None else fields.get("token", "").strip()
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._token):
            return self._page(request, 403, "sign-in-wrong")
        answer = see(_local(request.query.get("next", "/")))
        answer.set_cookie(
            COOKIE,
            self.sessions.open(),
            max_age=int(OLDEST_S),
            path="/",
            httponly=True,
            samesite="Strict",
            secure=request.headers.get("X-Forwarded-Proto", request.scheme) == "https",
        )
        return answer

    async def _sign_out(self, _request: web.Request, visitor: Visitor, _fields: dict[str, str]) -> web.Response:
        self.sessions.close(visitor.cookie)
        answer = see("/sign-in")
        answer.del_cookie(COOKIE, path="/")
        return answer

    def _page(self, request: web.Request, status: int, wrong: str, more: dict[str, str] | None = None) -> web.Response:
        then, language = _local(request.query.get("next", "/")), language_of(request)
        if "lang" in request.query:  # who chooses a language here has chosen it for the page behind, too
            then = f"{then.partition('?')[0]}?lang={language.value}"
        return html(self._renderer.page("sign_in.html", language, wrong=wrong, then=then), status, more)


def _local(path: str) -> str:
    """The path if it is one of our pages, else the start: nobody is sent elsewhere by a link."""
    return path if _OURS.fullmatch(path) and "//" not in path and ".." not in path else "/"
