"""The television's page: numbers that are called, huge; waits by class; calls to be spoken, in their order (K-06)."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from contracts.fields import Language
from hub.console.answers import html, plain
from hub.console.branch_pages import BranchPages
from hub.console.gate import Gate, Visitor
from hub.console.rendering import Parts
from hub.console.streams import SpokenCall, State
from hub.console.voice import Voice
from hub.console.watching import Sight
from hub.console.words import language_tag
from hub.lobby import Board, Call, Stage, Wait
from hub.web.app import Page

PATH = "/tv/{branch}"
EARLIER = 4
"""So many calls are shown beside the newest: nobody reads more from the other end of the hall."""

SPOKEN_WITHIN_S = 90.0
"""An older call is shown and not spoken: who came in late would hear numbers that nobody waits for."""

FRESH_S = 20.0


@dataclass(frozen=True, slots=True)
class ClassWait:
    """How long somebody would wait who came now, and how many wait, of one class."""

    letter: str
    name: str
    waiting: int
    wait: Wait | None


@dataclass(frozen=True, slots=True)
class TvView:
    """What the hall sees: the newest call, those before it, waits. ``fresh``: it was called just now."""

    newest: Call | None
    fresh: bool
    earlier: tuple[Call, ...]
    waits: tuple[ClassWait, ...]


def tv_view(board: Board, language: Language) -> TvView:
    """The board as the hall sees it: each number once, where it was called last."""
    latest: dict[str, Call] = {}
    for call in reversed(board.calls):
        latest.setdefault(call.number, call)
    calls = tuple(latest.values())
    newest = calls[0] if calls else None
    waiting = [row.service for row in board.line if row.stage is Stage.WAITING]
    return TvView(
        newest=newest,
        fresh=newest is not None and (board.at - newest.at).total_seconds() < FRESH_S,
        earlier=calls[1 : 1 + EARLIER],
        waits=tuple(
            ClassWait(letter, names[language.value], waiting.count(letter), board.nexts[letter])
            for letter, names in board.classes.items()
        ),
    )


def to_be_spoken(board: Board) -> Sequence[Call]:
    """Calls that are young enough to be heard, in the order in which they were made."""
    return [call for call in board.calls if (board.at - call.at).total_seconds() <= SPOKEN_WITHIN_S]


class TvPage:
    """Routes of the page."""

    def __init__(self, pages: BranchPages, gate: Gate, voice: Voice) -> None:
        self._pages = pages
        self._renderer = pages.renderer
        self._gate = gate
        self._voice = voice

    @property
    def pages(self) -> tuple[Page, ...]:
        """Its pages."""
        return (
            Page("GET", PATH, self._gate.showing(self._show)),
            Page("GET", f"/events{PATH}", self._gate.streaming(self._follow)),
            Page("GET", "/voice/{branch}/{seq}.wav", self._gate.streaming(self._speak)),
        )

    def _parts(self, board: Board, language: Language) -> Parts:
        view = tv_view(board, language)
        return {name: self._renderer.part(f"tv_{name}.html", language, view=view) for name in ("calls", "waits")}

    def _state(self, sight: Sight, language: Language) -> State:
        board = sight.board
        calls = tuple(
            SpokenCall(
                seq=call.seq,
                text=self._renderer.words[call.language].spoken(call),
                language=language_tag(call.language),
                age_s=(board.at - call.at).total_seconds(),
            )
            for call in to_be_spoken(board)
        )
        return State(day=board.day.isoformat(), parts=self._parts(board, language), calls=calls)

    async def _show(self, request: web.Request, visitor: Visitor) -> web.StreamResponse:
        sight = await self._pages.sight(request.match_info["branch"])
        if sight is None:
            return self._pages.missing(visitor.language)
        board = sight.board
        return html(
            self._renderer.page(
                "tv.html",
                visitor.language,
                self._parts(board, visitor.language),
                board=board,
                spoken=max((call.seq for call in board.calls), default=0),
                voice=self._voice.there,
            )
        )

    async def _follow(self, request: web.Request, visitor: Visitor) -> web.StreamResponse:
        if await self._pages.sight(request.match_info["branch"]) is None:
            return self._pages.missing(visitor.language)
        language = visitor.language
        return await self._pages.follow(request, ("tv", language), lambda sight: self._state(sight, language))

    async def _speak(self, request: web.Request, _visitor: Visitor) -> web.StreamResponse:
        sight = await self._pages.sight(request.match_info["branch"])
        wanted = request.match_info["seq"]
        call = next((one for one in sight.board.calls if str(one.seq) == wanted), None) if sight else None
        if call is None:
            return plain("", 404)
        sound = await self._voice.speak(self._renderer.words[call.language].spoken(call), call.language)
        if sound is None:
            return plain("", 404)
        answer = html("")
        answer.body = sound
        answer.content_type = "audio/wav"
        return answer
