"""The counter's page: call next, start, finish, recall, nobody came, park, transfer; who waits for it (K-06)."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from contracts import ErrorCode, Refusal
from contracts.fields import Language
from hub.console.answers import from_script, html, plain, see
from hub.console.branch_pages import BranchPages
from hub.console.gate import Gate, Visitor
from hub.console.lending_part import Lend, bands_of, lend_of
from hub.console.rendering import Parts
from hub.console.streams import State
from hub.console.watching import Sight
from hub.lobby import (
    AnyEvent,
    Board,
    Called,
    Changed,
    CounterCard,
    CounterMove,
    CounterState,
    Move,
    Standing,
    Transferred,
    Turned,
)
from hub.web.app import Page

PATH = "/counter/{branch}/{counter}"

_MOVES = {
    move.value: move
    for move in (Move.RECALL, Move.START, Move.FINISH, Move.MISS, Move.PARK, Move.UNPARK, Move.REJOIN, Move.RESUME)
}
_TURNS = {move.value: move for move in CounterMove}
_SAID = frozenset(
    {
        "nobody",
        "sent-nothing",
        "refused-other",
        *(
            f"refused-{code.value}"
            for code in (
                ErrorCode.COUNTER_STATE,
                ErrorCode.TICKET_STATE,
                ErrorCode.UNKNOWN_TICKET,
                ErrorCode.UNKNOWN_COUNTER,
                ErrorCode.UNKNOWN_SERVICE_CLASS,
                ErrorCode.LIMIT_REACHED,
                ErrorCode.BRANCH_CLOSED,
                ErrorCode.DEVICE_TAKEN,
                ErrorCode.UNKNOWN_DEVICE,
            )
        ),
    }
)
"""Messages that an answer to a form may be."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a ticket may be transferred to: ``value`` of the form's field, a class's or a counter's name."""

    value: str
    name: str


@dataclass(frozen=True, slots=True)
class CounterView:
    """What one counter sees of its branch: who waits for it, first to be called first."""

    card: CounterCard
    line: tuple[Standing, ...]
    aside: tuple[Standing, ...]
    classes: tuple[Target, ...]
    counters: tuple[Target, ...]


def counter_view(board: Board, name: str, language: Language) -> CounterView | None:
    """The counter's part of the board; null when the branch has no such counter."""
    card = next((one for one in board.counters if one.name == name), None)
    if card is None:
        return None
    mine = tuple(row for row in board.line if row.bound == name or (row.bound is None and row.service in card.classes))
    serves = None if card.has is None else card.has.service
    return CounterView(
        card=card,
        line=mine,
        aside=board.aside,
        classes=tuple(
            Target(f"class {one}", names[language.value]) for one, names in board.classes.items() if one != serves
        ),
        counters=tuple(
            Target(f"counter {one.name}", one.name)
            for one in board.counters
            if one.name != name and one.state is CounterState.OPEN and serves in one.classes
        ),
    )


def event_of(fields: dict[str, str], counter: str) -> Callable[[float], AnyEvent] | None:
    """What a form asks for: ``do`` is a verb, for tickets with the ticket's id; ``to`` says where a transfer goes."""
    verb, _, ticket = fields.get("do", "").partition(" ")
    if verb == "call":
        return lambda at: Called(at=at, counter=counter, ticket=ticket or None)
    if verb in _TURNS and not ticket:
        return lambda at: Turned(at=at, counter=counter, move=_TURNS[verb])
    if verb in _MOVES and ticket:
        return lambda at: Changed(at=at, ticket=ticket, move=_MOVES[verb])
    kind, _, name = fields.get("to", "").partition(" ")
    if verb == "transfer" and ticket and name and kind in {"class", "counter"}:
        service, desk = (name, None) if kind == "class" else (None, name)
        return lambda at: Transferred(at=at, ticket=ticket, service=service, counter=desk)
    return None


class CounterPage:
    """Routes of the page."""

    def __init__(self, pages: BranchPages, gate: Gate) -> None:
        self._pages = pages
        self._renderer = pages.renderer
        self._gate = gate

    @property
    def pages(self) -> tuple[Page, ...]:
        """Its pages."""
        return (
            Page("GET", PATH, self._gate.showing(self._show)),
            Page("POST", PATH, self._gate.taking(self._take)),
            Page("GET", f"/events{PATH}", self._gate.streaming(self._follow)),
        )

    def _parts(self, view: CounterView, board: Board, language: Language) -> Parts:
        return {
            name: self._renderer.part(f"counter_{name}.html", language, view=view, board=board, bands=bands_of(board))
            for name in ("desk", "line", "aside", "bands")
        }

    def _state(self, sight: Sight, counter: str, language: Language) -> State:
        view = counter_view(sight.board, counter, language)
        if view is None:
            return State(day=sight.board.day.isoformat(), parts={})
        return State(
            day=sight.board.day.isoformat(),
            parts=self._parts(view, sight.board, language),
            title=self._title(view, language),
        )

    def _title(self, view: CounterView, language: Language) -> str:
        place = self._renderer.words[language].say("counter", name=view.card.name)
        return place if view.card.has is None else f"{view.card.has.number} · {place}"

    async def _show(self, request: web.Request, visitor: Visitor) -> web.StreamResponse:
        branch, counter = request.match_info["branch"], request.match_info["counter"]
        sight = await self._pages.sight(branch)
        view = None if sight is None else counter_view(sight.board, counter, visitor.language)
        if sight is None or view is None:
            return self._pages.missing(visitor.language)
        said = request.query.get("said", "")
        return html(
            self._renderer.page(
                "counter.html",
                visitor.language,
                self._parts(view, sight.board, visitor.language),
                board=sight.board,
                counter=counter,
                title=self._title(view, visitor.language),
                form=self._gate.sessions.form_token(visitor.cookie),
                said=said if said in _SAID else "",
            )
        )

    async def _follow(self, request: web.Request, visitor: Visitor) -> web.StreamResponse:
        counter, language = request.match_info["counter"], visitor.language
        sight = await self._pages.sight(request.match_info["branch"])
        if sight is None or counter_view(sight.board, counter, language) is None:
            return self._pages.missing(language)
        return await self._pages.follow(
            request, ("counter", counter, language), lambda sight: self._state(sight, counter, language)
        )

    async def _take(self, request: web.Request, visitor: Visitor, fields: dict[str, str]) -> web.Response:
        branch, counter = request.match_info["branch"], request.match_info["counter"]
        event, lend = event_of(fields, counter), lend_of(fields)
        said = "sent-nothing"
        if event is not None:
            said = _answer(await self._pages.counters.act(branch, event))
        elif lend is not None:
            said = _answer(await self._lend(branch, lend))
        if from_script(request):
            words = self._renderer.words[visitor.language]
            return plain("" if not said else words.say(said), 200 if not said else 409)
        query = f"?lang={visitor.language.value}" + (f"&said={said}" if said else "")
        return see(f"/counter/{quote(branch, safe='')}/{quote(counter, safe='')}{query}")

    async def _lend(self, branch: str, lend: Lend) -> object:
        lender = self._pages.counters.lender
        if lend.ticket:
            return await lender.lend(branch, lend.ticket, lend.device)
        return await lender.take_back(branch, lend.device)


def _answer(done: object) -> str:
    """The message for what came of it; nothing where it was done."""
    if done is None:
        return "nobody"
    if isinstance(done, Refusal):
        name = f"refused-{done.code.value}"
        return name if name in _SAID else "refused-other"
    return ""
