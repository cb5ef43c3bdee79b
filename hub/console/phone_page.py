"""The customer's page: place in line, more time, leaving and coming back; open to whoever has the ticket's code (K-06).

Nothing on it or in its address says who the customer is. An unknown code, one of yesterday and a branch that isn't
there are answered alike.
"""

import math
from urllib.parse import quote

from aiohttp import web

from contracts import Refusal
from contracts.fields import Language
from hub.console.answers import client_of, fields_of, from_script, html, language_of, plain, see
from hub.console.branch_pages import BranchPages
from hub.console.limits import Limit
from hub.console.rendering import Parts
from hub.console.streams import State
from hub.console.watching import Sight
from hub.lobby import Following, Move, PhoneKey, PhoneWish, Stage
from hub.web.app import Page
from runtime.clock import Clock

PATH = "/t/{branch}/{code}"
MINUTES = (5, 10, 15, 20, 30)
STREAMS_A_CODE = 5
"""A family's phones."""

_WISHES = {"more": Move.DEFER, "back": Move.RESUME, "leave": Move.LEAVE, "rejoin": Move.REJOIN}


class PhonePage:
    """Routes of the page."""

    def __init__(self, pages: BranchPages, clock: Clock) -> None:
        self._pages = pages
        self._renderer = pages.renderer
        self._looks = Limit(clock, per_minute=60, burst=60)
        self._wishes = Limit(clock, per_minute=6, burst=6)
        self._clients = Limit(clock, per_minute=600, burst=600)
        self._guesses = Limit(clock, per_minute=20, burst=20)
        self._streams: dict[PhoneKey, int] = {}

    @property
    def pages(self) -> tuple[Page, ...]:
        """Its pages."""
        return (
            Page("GET", PATH, self._show),
            Page("POST", PATH, self._take),
            Page("GET", f"/events{PATH}", self._follow),
        )

    def _parts(self, sight: Sight, key: PhoneKey, language: Language) -> Parts:
        following = sight.phones[key]
        return {
            name: self._renderer.part(
                f"phone_{name}.html",
                language,
                ticket=following,
                view=waiting_text(following),
                time_zone=sight.board.time_zone,
                minutes=[minutes for minutes in MINUTES if minutes <= following.most_minutes],
            )
            for name in ("place", "wishes")
        }

    def _state(self, sight: Sight, key: PhoneKey, language: Language) -> State:
        following = sight.phones[key]
        return State(
            day=sight.board.day.isoformat(),
            parts=self._parts(sight, key, language),
            called=_called(sight, following),
            title=following.number,
        )

    async def _show(self, request: web.Request) -> web.StreamResponse:
        limited = self._limited(request, self._looks)
        if limited is not None:
            return limited
        found = await self._found(request)
        if found is None:
            return self._unknown(request)
        sight, key, language = found
        return html(
            self._renderer.page(
                "phone.html",
                language,
                self._parts(sight, key, language),
                ticket=sight.phones[key],
                called=_called(sight, sight.phones[key]),
                refused=request.query.get("said") == "refused",
            )
        )

    async def _follow(self, request: web.Request) -> web.StreamResponse:
        limited = self._limited(request, self._looks)
        if limited is not None:
            return limited
        found = await self._found(request)
        if found is None:
            return self._unknown(request)
        _, key, language = found
        if self._streams.get(key, 0) >= STREAMS_A_CODE:
            return plain("", 503, {"Retry-After": "10"})
        self._streams[key] = self._streams.get(key, 0) + 1
        made: tuple[tuple[Following, str], State] | None = None

        def state(sight: Sight) -> State:
            """As it was made before when nothing of this ticket has changed: there are many phones."""
            nonlocal made
            shown = (sight.phones[key], _called(sight, sight.phones[key]))
            if made is None or made[0] != shown:
                made = (shown, self._state(sight, key, language))
            return made[1]

        try:
            return await self._pages.follow(request, ("phone", key), state, phone=key)
        finally:
            self._streams[key] -= 1
            if not self._streams[key]:
                del self._streams[key]

    async def _take(self, request: web.Request) -> web.StreamResponse:
        limited = self._limited(request, self._wishes)
        if limited is not None:
            return limited
        found = await self._found(request)
        if found is None:
            return self._unknown(request)
        _, key, language = found
        branch = request.match_info["branch"]
        wish = _wish(await fields_of(request) or {})
        done = None if wish is None else await self._pages.counters.wish(branch, key.code, wish)
        refused = done is None or isinstance(done, Refusal)
        if from_script(request):
            text = self._renderer.words[language].say("phone-refused") if refused else ""
            return plain(text, 409 if refused else 200)
        query = f"?lang={language.value}" + ("&said=refused" if refused else "")
        return see(f"/t/{quote(branch, safe='')}/{quote(key.code, safe='')}{query}")

    async def _found(self, request: web.Request) -> tuple[Sight, PhoneKey, Language] | None:
        """The ticket, and the language of its page: the one asked for, else that in which the ticket was taken."""
        asked = request.query.get("lang")
        named = next((language for language in Language if language.value == asked), None)
        key = PhoneKey(request.match_info["code"], named)
        sight = await self._pages.sight(request.match_info["branch"], key)
        return None if sight is None else (sight, key, named or sight.phones[key].language)

    def _limited(self, request: web.Request, limit: Limit) -> web.Response | None:
        client = client_of(request)
        wait_s = max(self._clients.take(client), self._guesses.spent(client), limit.take(request.match_info["code"]))
        if wait_s == 0.0:
            return None
        more = {"Retry-After": str(math.ceil(wait_s))}
        language = language_of(request)
        if from_script(request):
            return plain(self._renderer.words[language].say("phone-often"), 429, more)
        return html(self._renderer.page("often.html", language), 429, more)

    def _unknown(self, request: web.Request) -> web.Response:
        self._guesses.take(client_of(request))
        return html(self._renderer.page("unknown_ticket.html", language_of(request)), 404)


def waiting_text(following: Following) -> str:
    """The message that says where the ticket stands, without its variables."""
    match following.stage:
        case Stage.HELD:
            if following.again_at is None:
                return "phone-held-passes"
            if following.missed:
                return "phone-missed"
            return "phone-held" if Move.RESUME in following.can else "phone-early"
        case Stage.SERVED:
            return "phone-served"
        case Stage.LEFT:
            return "phone-left"
        case Stage.NO_SHOW:
            return "phone-no-show"
        case Stage.PARKED:
            return "phone-parked"
        case Stage.WAITING | Stage.CALLED | Stage.SERVING:
            return ""


def _called(sight: Sight, following: Following) -> str:
    """What is another with each call of this ticket; nothing while it isn't called."""
    if following.stage is not Stage.CALLED:
        return ""
    return next((str(call.seq) for call in reversed(sight.board.calls) if call.number == following.number), "1")


def _wish(fields: dict[str, str]) -> PhoneWish | None:
    move = _WISHES.get(fields.get("do", ""))
    if move is None:
        return None
    if move is not Move.DEFER:
        return PhoneWish(move=move)
    minutes = fields.get("minutes", "")
    return PhoneWish(move=move, minutes=float(minutes)) if minutes in {str(one) for one in MINUTES} else None
