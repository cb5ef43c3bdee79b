"""The real window over a furnished house: a story touches it, and pictures are taken of it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from contracts.fields import Language
from kiosk.core.search import Index
from kiosk.core.taking import Business, Names
from kiosk.gallery.house import Furniture, StoryHouse
from kiosk.presenters.desk import Desk
from kiosk.presenters.guide import Guide, Key, Utterance
from kiosk.presenters.house import Fault, Known
from kiosk.presenters.pages import PLAIN, Modes, Page
from kiosk.presenters.visit import Step, Visit
from kiosk.texts import load_index, load_synonyms, load_wording
from kiosk.ui.theme import scale_of
from models.catalogues import load_catalogue
from runtime.screen import prepare_window

if TYPE_CHECKING:
    from kiosk.ui.app import KioskApp

NOW = datetime(2026, 3, 2, 9, 41, tzinfo=UTC)
PLACE = "Main Street"
FRAMES = 2
"""Kivy draws a change within two frames."""

ANEW_S = 480.0
"""A story begins at a multiple of this: what changes by the clock then is the same, whatever was told before."""

BETWEEN_S = 1.0
"""So long after a page has come it is touched: sooner it would be deaf."""


def businesses() -> tuple[Business, ...]:
    """Those of the simulated bank."""
    return tuple(
        Business(code=each.code, names=Names(en=each.names.en, zh=each.names.zh, ko=each.names.ko))
        for each in load_catalogue("simbank").business
    )


@dataclass(slots=True)
class Notes:
    """A voice that writes down what it would say; while it isn't ``quiet``, it goes on saying the latest of it."""

    said: list[Utterance] = field(default_factory=list)
    volume: int = 0
    quiet: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.quiet.set()

    def say(self, what: Utterance, volume: int) -> None:
        self.said.append(what)
        self.volume = volume
        if not self.quiet.is_set():  # what was being said is cut off
            self.quiet.set()
            self.quiet = asyncio.Event()

    def stop(self) -> None:
        self.quiet.set()

    async def finished(self) -> None:
        await self.quiet.wait()

    async def close(self) -> None:
        self.quiet.set()


class Stage:
    """One open window of ``size`` pixels. Its time goes on only when it is told to, but for pressing."""

    def __init__(
        self, size: tuple[int, int], house: StoryHouse, indexes: dict[Language, Index], offered: Sequence[Business]
    ) -> None:
        from kiosk.ui.app import KioskApp

        self.size = size
        self.house = house
        self.voice = Notes()
        self.modes: Modes = PLAIN
        self._ahead_s = 0.0
        wordings = {language: load_wording(language) for language in Language}
        self.desk = Desk(
            None,
            place=PLACE,
            businesses=offered,
            wordings=wordings,
            house=self.house,
            indexes=indexes,
            reaches=scale_of(*size).reachable_from > 0,
        )
        self.app: KioskApp = KioskApp(
            self.desk,
            title="Usher · kiosk",
            size=size,
            at_s=lambda: self._ahead_s,
            local=lambda: NOW,
            guide=Guide(wordings),
            voice=self.voice,
        )
        self.running = asyncio.ensure_future(self.app.run_in_loop())

    @property
    def now_s(self) -> float:
        """The time on the stage, in seconds of its own."""
        return self._ahead_s

    @property
    def page(self) -> Page:
        """What is shown."""
        shown = self.app.board.shown
        if shown is None:
            raise RuntimeError("the window has shown nothing yet")
        return shown

    def begin(self, furniture: Furniture, modes: Modes = PLAIN) -> None:
        """Nobody is there, in a house that has this; ``modes`` are switched on."""
        self._ahead_s = ANEW_S * (self._ahead_s // ANEW_S + 1)
        self.house.has = furniture
        self.house.orders.clear()
        self.voice.said.clear()
        self.modes = modes
        self.desk.visit = Visit(at_s=self._ahead_s)
        self.switch()

    def switch(self) -> None:
        """Somebody new begins by switching on what they need."""
        visit = self.desk.visit
        if visit.step is Step.START and not visit.modes:
            self.desk.visit = replace(visit, modes=self.modes, at_s=self._ahead_s)
        self.app.refresh()

    async def pass_time(self, seconds: float) -> None:
        """So much time goes by."""
        self._ahead_s += seconds
        self.app.refresh()
        await self.frames()

    async def touch(self, name: str) -> bool:
        """A finger on the choice of this name; false when it isn't there, or on something else now."""
        from kiosk.ui.touch import finger
        from kiosk.ui.widgets import Tile

        await self.pass_time(BETWEEN_S)
        widget = self.app.board.named.get(name)
        if not isinstance(widget, Tile):
            return False
        with finger(*widget.to_window(*widget.center)):
            await self.frames(1)
        await self.frames()
        return True

    async def press(self, key: Key) -> None:
        """A key of the headphone panel."""
        self.app.press(key)
        await self.frames()

    async def read(self, *, customer: str = "", code: str = "", fault: Fault | None = None) -> None:
        """A card, or the code of a booking, is held to the reader."""
        found = fault or (Known(customer) if customer else self.house.booked(code=code))
        self.desk.read(found, at_s=self._ahead_s)
        self.app.refresh()
        await self.frames()

    async def frames(self, count: int = FRAMES) -> None:
        """Until so many frames were drawn."""
        from kiosk.ui.frames import draw

        await draw(count, self.running)

    async def rest(self) -> None:
        """Until nothing moves: the rings of the touches have gone, and no button is pressed any more."""
        from kiosk.ui.touch import Ripple
        from kiosk.ui.widgets import Tile

        for ripple in [each for each in self.app.glass.children if isinstance(each, Ripple)]:
            self.app.glass.remove_widget(ripple)
        await self.frames()
        while any(isinstance(each, Tile) and each.state == "down" for each in self.app.board.children):
            await self.frames(1)
        await self.frames(1)


@asynccontextmanager
async def open_stage(size: tuple[int, int], house: StoryHouse | None = None) -> AsyncIterator[Stage]:
    """A window of this size without a display, over a house that a story furnishes; Kivy allows one window in a
    process, of one size after the other.

    Raises ``WindowError`` when there can't be a window.
    """
    os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
    os.environ["TZ"] = "UTC"
    time.tzset()
    prepare_window(size)
    from kiosk.ui.frames import resize

    resize(size)
    offered, synonyms = businesses(), load_synonyms()
    indexes = {language: load_index(language, offered, synonyms) for language in Language}
    stage = Stage(size, house or StoryHouse(Furniture()), indexes, offered)
    try:
        await stage.frames(3)
        yield stage
    finally:
        stage.app.stop()
        await stage.running
