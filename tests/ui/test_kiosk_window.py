"""A finger on the kiosk's real window, from the language to the number, in every language."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from contracts import Refusal
from contracts.fields import Language
from kiosk.core.taking import Business, Names
from kiosk.presenters.desk import Broken, Card, Desk
from kiosk.presenters.visit import ASK_AFTER_S, TICKET_S
from kiosk.texts import load_wording

if TYPE_CHECKING:
    from kivy.uix.widget import Widget

    from kiosk.ui.app import KioskApp
    from kiosk.ui.widgets import Tile, Words

BUSINESSES = tuple(
    Business(code=code, names=Names(en=en, zh=zh, ko=ko))
    for code, en, zh, ko in (
        ("cash", "Cash", "现金业务", "현금"),
        ("account", "Accounts and cards", "账户与银行卡", "계좌·카드"),
        ("savings", "Savings and investment", "储蓄与理财", "예금·투자"),
        ("loan", "Loans", "贷款业务", "대출"),
        ("insurance", "Insurance", "保险业务", "보험"),
        ("enterprise", "Business banking", "对公业务", "기업 금융"),
        ("advice", "Advice", "咨询", "상담"),
    )
)


@dataclass(frozen=True)
class Number:
    number: str


@dataclass
class Counter:
    online: bool = True
    answer: Number | Refusal | Broken = Number("AA017")
    asked: list[tuple[str | None, str, Language]] = field(default_factory=list)

    def take(self, *, customer: str | None, business: str, language: Language) -> Number | Refusal | Broken:
        self.asked.append((customer, business, language))
        return self.answer

    def cards(self) -> Sequence[Card]:
        return (
            Card("c-1", "Mimon Kirkley"),
            Card("c-2", "朱杰强"),
            Card("c-3", "서진민"),
            Card("c-4", "Joda Stanwick"),
        )


class Visitor:
    """Touches the window and lets time pass."""

    def __init__(self, counter: Counter) -> None:
        from kivy.core.window import Window

        from kiosk.ui.app import KioskApp

        self._ahead_s = 0.0
        width, height = (int(length) for length in Window.system_size)
        wordings = {language: load_wording(language) for language in Language}
        desk = Desk(counter, place="Main Street", businesses=BUSINESSES, wordings=wordings)
        self.app: KioskApp = KioskApp(
            desk,
            title="kiosk",
            size=(width, height),
            at_s=lambda: time.monotonic() + self._ahead_s,
            local=lambda: datetime(2026, 3, 2, 9, 41, tzinfo=UTC),
        )
        self.running = asyncio.ensure_future(self.app.run_in_loop())

    async def frames(self, count: int = 2) -> None:
        from kivy.clock import Clock

        until = Clock.frames + count
        while Clock.frames < until:
            assert not self.running.done(), "the window has ended"
            self.app.wake()
            await asyncio.sleep(0.002)

    async def touch(self, *names: str) -> None:
        """One after the other, slowly enough to be meant."""
        for name in names:
            self.wait(0.5)
            assert await self.app.touch(name), (name, self.app.board.named.keys())
            await self.frames()

    def wait(self, seconds: float) -> None:
        self._ahead_s += seconds
        self.app.refresh()

    @property
    def page(self) -> str:
        shown = self.app.board.shown
        assert shown is not None
        return shown.name

    def text(self, name: str) -> str:
        return str(self.app.board.named[name].text)

    def tiles(self) -> list[Tile]:
        from kiosk.ui.widgets import Tile

        return [widget for widget in self.app.board.children if isinstance(widget, Tile)]

    def words(self) -> list[Words]:
        from kiosk.ui.widgets import Words

        return [widget for widget in self.app.board.walk() if isinstance(widget, Words)]


@asynccontextmanager
async def kiosk(counter: Counter) -> AsyncIterator[Visitor]:
    visitor = Visitor(counter)
    try:
        await visitor.frames(3)
        yield visitor
    finally:
        visitor.app.stop()
        await visitor.running


def overlap(one: Widget, other: Widget) -> bool:
    apart = one.right <= other.x or other.right <= one.x or one.top <= other.y or other.top <= one.y
    return not apart


def height_of(words: Words) -> float:
    """What the text takes at its size and width, uncut."""
    from kivy.core.text import Label as CoreLabel

    label = CoreLabel(text=words.text, font_size=words.font_size, bold=words.bold, text_size=(words.width, None))
    label.refresh()
    return float(label.texture.height)


def check_page(visitor: Visitor) -> None:
    """Targets of at least 72 units that don't overlap and stay on the screen; no text is cut."""
    width, height = visitor.app.glass.size
    tiles = visitor.tiles()
    for tile in tiles:
        assert tile.height >= visitor.app.scale(72) - 0.5, (visitor.page, tile.choice)
        assert tile.width >= visitor.app.scale(72)
        assert tile.x >= 0
        assert tile.y >= 0
        assert tile.right <= width
        assert tile.top <= height
    for one, other in combinations(tiles, 2):
        assert not overlap(one, other), (visitor.page, one.choice, other.choice)
    for words in visitor.words():
        needed = height_of(words)
        assert needed <= words.height + 1, (visitor.page, words.text, needed, words.height)
        assert not any(overlap(words, tile) for tile in tiles if words.parent is not tile), (visitor.page, words.text)


@pytest.mark.req("K-02")
@pytest.mark.parametrize("language", Language)
async def test_by_touch_to_a_number_in(language: Language, kivy_window: None) -> None:
    counter = Counter()
    async with kiosk(counter) as visitor:
        check_page(visitor)
        await visitor.touch(language.value)
        assert visitor.page == "card"
        check_page(visitor)
        await visitor.touch("card 1")
        assert visitor.page == "business"
        check_page(visitor)
        visitor.wait(ASK_AFTER_S)
        assert visitor.page == "still there"
        check_page(visitor)
        await visitor.touch("go on", "savings")
        assert counter.asked == [("c-2", "savings", language)]
        assert visitor.page == "ticket"
        assert visitor.text("number") == "AA017"
        assert BUSINESSES[2].shown(language) in visitor.text("business")
        check_page(visitor)
        counter.online = False
        visitor.wait(0.1)
        assert visitor.text("words") == load_wording(language).say("seat-offline")
        check_page(visitor)
        visitor.app.desk.refused("AA017")
        visitor.wait(0.1)
        assert visitor.text("title") == load_wording(language).say("unwanted-title")
        check_page(visitor)
        await visitor.touch("done")
        assert visitor.page == "start"
        counter.answer = Broken()
        await visitor.touch(language.value, "no card", "cash")
        assert visitor.page == "sorry broken"
        check_page(visitor)


async def test_back_and_start_over(kivy_window: None) -> None:
    async with kiosk(Counter()) as visitor:
        await visitor.touch("en", "no card", "back")
        assert visitor.page == "card"
        await visitor.touch("back")
        assert visitor.page == "start"
        await visitor.touch("en", "no card", "over")
        assert visitor.page == "start"


async def test_a_touch_that_was_meant_for_the_page_before_does_nothing(kivy_window: None) -> None:
    from kiosk.ui.touch import finger

    async with kiosk(Counter()) as visitor:
        await visitor.touch("en", "no card")
        assert visitor.app.deaf
        tile = visitor.tiles()[0]
        with finger(*tile.to_window(*tile.center)):
            await visitor.frames(1)
        await visitor.frames(2)
        assert visitor.page == "business"
        visitor.wait(1.0)
        assert not visitor.app.deaf


async def test_the_countdown_redraws_no_button_and_ends_at_the_start(kivy_window: None) -> None:
    async with kiosk(Counter()) as visitor:
        await visitor.touch("en", "no card", "cash")
        done, before = visitor.app.board.named["done"], visitor.text("left")
        visitor.wait(2.0)
        assert visitor.text("left") != before
        assert visitor.app.board.named["done"] is done
        visitor.wait(TICKET_S)
        assert visitor.page == "start"


async def test_what_is_not_on_the_screen_can_not_be_touched(kivy_window: None) -> None:
    async with kiosk(Counter()) as visitor:
        visitor.wait(0.5)
        assert not await visitor.app.touch("savings")
        assert not await visitor.app.touch("title")
        assert visitor.page == "start"


def luminance(colour: Sequence[float]) -> float:
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in colour[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_ink_on_its_ground_has_a_contrast_of_seven() -> None:
    from kiosk.ui import theme

    pairs = [
        (theme.INK, theme.BLACK),
        (theme.MUTE, theme.BLACK),
        (theme.WARN, theme.BLACK),
        (theme.INK, theme.CARD),
        (theme.MUTE, theme.CARD),
        (theme.INK, theme.CARD_DOWN),
        (theme.ACCENT, theme.CARD),
        (theme.ACCENT_INK, theme.ACCENT),
        (theme.PAPER_INK, theme.PAPER),
        (theme.PAPER_MUTE, theme.PAPER),
    ]
    for ink, ground in pairs:
        lighter, darker = sorted((luminance(ink), luminance(ground)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 7.0, (ink, ground)
