"""Answers of pages: headers that let nothing in, nothing out and nothing be kept."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from contracts.fields import Language
from hub.console.words import chosen

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

FORM_BYTES_MOST = 4096

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""Of every answer. ``X-Frame-Options`` is for browsers that don't know ``frame-ancestors``."""


def html(text: str, status: int = 200, more: Mapping[str, str] | None = None) -> web.Response:
    """A page."""
    return web.Response(text=text, status=status, content_type="text/html", headers={**HEADERS, **(more or {})})


def plain(text: str, status: int = 200, more: Mapping[str, str] | None = None) -> web.Response:
    """A sentence for a script to show."""
    return web.Response(text=text, status=status, content_type="text/plain", headers={**HEADERS, **(more or {})})


def see(path: str) -> web.Response:
    """Look there; after a form was taken, so that going back repeats nothing."""
    return web.Response(status=303, headers={**HEADERS, "Location": path})


def language_of(request: web.Request, otherwise: Language = Language.EN) -> Language:
    """The language of the page that is asked for."""
    return chosen(request.query.get("lang"), request.headers.get("Accept-Language", ""), otherwise)


def from_script(request: web.Request) -> bool:
    """Whether a script of ours sent the form: it shows the answer itself."""
    return request.headers.get("X-Requested-With") == "usher"


def client_of(request: web.Request) -> str:
    """Whom a request comes from. A proxy on this machine says it as the last of ``X-Forwarded-For``."""
    remote = request.remote or ""
    if remote in {"127.0.0.1", "::1"}:
        return request.headers.get("X-Forwarded-For", remote).rpartition(",")[2].strip() or remote
    return remote


async def fields_of(request: web.Request) -> dict[str, str] | None:
    """A small form's fields; null for one that is none, or too large."""
    kind = request.content_type == "application/x-www-form-urlencoded"
    if not kind or request.content_length is None or request.content_length > FORM_BYTES_MOST:
        return None
    try:
        given = await request.post()
    except (ValueError, LookupError):  # bytes that are no text, a charset that isn't one
        return None
    fields = {name: value for name, value in given.items() if isinstance(value, str)}
    return None if any("\0" in value for value in fields.values()) else fields
