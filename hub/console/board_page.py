"""The manager's board: who waits how long, counters, what is beyond its threshold, the day's figures (K-06)."""

from collections import Counter
from dataclasses import dataclass

from aiohttp import web

from contracts.fields import Language
from hub.console.answers import html
from hub.console.branch_pages import BranchPages
from hub.console.gate import Gate, Visitor
from hub.console.rendering import Parts
from hub.console.streams import State
from hub.console.watching import Sight
from hub.lobby import Board, CounterState, Expectation, Failing, Grade, Stage
from hub.web.app import Page

PATH = "/board/{branch}"
PARTS = ("alerts", "figures", "counters", "line", "nexts", "kiosks", "bookings")


@dataclass(frozen=True, slots=True)
class DayFigures:
    """The day in numbers; times in seconds, null before the first."""

    waiting: int
    longest_s: float | None
    median_s: float | None
    served: int
    left: int
    open: int
    counters: int


def day_figures(board: Board) -> DayFigures:
    """What the board adds up to."""
    waits = [row.waited_s for row in board.line if row.stage is Stage.WAITING]
    return DayFigures(
        waiting=len(board.line),
        longest_s=max(waits, default=None),
        median_s=board.median_wait_s,
        served=board.served,
        left=board.left,
        open=sum(one.state is CounterState.OPEN for one in board.counters),
        counters=len(board.counters),
    )


def kiosk_troubles(board: Board) -> list[tuple[str, Failing]]:
    """What keeps kiosks from their work, by kiosk."""
    return [(one.kiosk, each) for one in board.kiosks for each in one.failing if each.grade is Grade.TROUBLE]


def booking_counts(board: Board) -> list[tuple[str, int]]:
    """How many bookings of today stand how, those that there are, first who may still come."""
    counted = Counter(row.standing for row in board.bookings)
    return [(standing.value, counted[standing]) for standing in Expectation if counted[standing]]


class BoardPage:
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
            Page("GET", f"/events{PATH}", self._gate.streaming(self._follow)),
        )

    def _parts(self, board: Board, language: Language) -> Parts:
        figures, troubles, booked = day_figures(board), kiosk_troubles(board), booking_counts(board)
        return {
            name: self._renderer.part(
                f"board_{name}.html", language, board=board, figures=figures, troubles=troubles, expectations=booked
            )
            for name in PARTS
        }

    def _state(self, sight: Sight, language: Language) -> State:
        return State(day=sight.board.day.isoformat(), parts=self._parts(sight.board, language))

    async def _show(self, request: web.Request, visitor: Visitor) -> web.StreamResponse:
        sight = await self._pages.sight(request.match_info["branch"])
        if sight is None:
            return self._pages.missing(visitor.language)
        parts = self._parts(sight.board, visitor.language)
        return html(self._renderer.page("board.html", visitor.language, parts, board=sight.board))

    async def _follow(self, request: web.Request, visitor: Visitor) -> web.StreamResponse:
        if await self._pages.sight(request.match_info["branch"]) is None:
            return self._pages.missing(visitor.language)
        language = visitor.language
        return await self._pages.follow(request, ("board", language), lambda sight: self._state(sight, language))
