"""A finger on the kiosk's real window, from the language to the number, in every language."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
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
from kiosk.presenters.guide import Guide, Key, Utterance
from kiosk.presenters.house import Order
from kiosk.presenters.pages import Mode, Toggle
from kiosk.presenters.visit import ASK_AFTER_S, TICKET_S
from kiosk.texts import load_wording
from kiosk.ui import theme

if TYPE_CHECKING:
    from kivy.uix.widget import Widget

    from kiosk.ui.app import KioskApp
    from kiosk.ui.widgets import Tile, Words

NOW = datetime(2026, 3, 2, 9, 41, tzinfo=UTC)
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

    def take(self, order: Order) -> Number | Refusal | Broken:
        self.asked.append((order.customer, order.business, order.language))
        return self.answer

    def cards(self) -> Sequence[Card]:
        return (
            Card("c-1", "Mimon Kirkley"),
            Card("c-2", "朱杰强"),
            Card("c-3", "서진민"),
            Card("c-4", "Joda Stanwick"),
        )


@dataclass
class Heard:
    """A voice that keeps what it would say."""

    said: list[Utterance] = field(default_factory=list)
    volume: int = 0
    stops: int = 0

    def say(self, what: Utterance, volume: int) -> None:
        self.said.append(what)
        self.volume = volume

    def stop(self) -> None:
        self.stops += 1

    async def finished(self) -> None:
        """It takes no time."""

    async def close(self) -> None:
        """Nothing runs."""


class Visitor:
    """Touches the window and lets time pass."""

    def __init__(
        self, counter: Counter, voice: Heard | None = None, typed: Callable[[str], bool] | None = None
    ) -> None:
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
            at_s=lambda: self.at_s,
            local=lambda: NOW,
            guide=Guide(wordings) if voice is not None else None,
            voice=voice,
            typed=typed,
        )
        self.running = asyncio.ensure_future(self.app.run_in_loop())

    @property
    def at_s(self) -> float:
        return time.monotonic() + self._ahead_s

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
async def kiosk(
    counter: Counter, voice: Heard | None = None, typed: Callable[[str], bool] | None = None
) -> AsyncIterator[Visitor]:
    visitor = Visitor(counter, voice, typed)
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
    """Targets of at least 48 units that don't overlap and stay on the screen; no text is cut."""
    width, height = visitor.app.glass.size
    tiles = visitor.tiles()
    for tile in tiles:
        assert tile.height >= visitor.app.scale(48) - 0.5, (visitor.page, tile.choice)
        assert tile.width >= visitor.app.scale(48)
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


@pytest.mark.parametrize("palette", [theme.CALM, theme.CONTRAST], ids=["calm", "contrast"])
def test_every_ink_on_its_ground_has_a_contrast_of_seven(palette: theme.Palette) -> None:
    pairs = [
        (palette.ink, palette.ground),
        (palette.mute, palette.ground),
        (palette.warn, palette.ground),
        (palette.accent, palette.ground),
        (palette.ink, palette.card),
        (palette.mute, palette.card),
        (palette.warn, palette.card),
        (palette.ink, palette.card_down),
        (palette.accent, palette.card),
        (palette.on_accent, palette.accent),
        (palette.paper_ink, palette.paper),
        (palette.paper_mute, palette.paper),
    ]
    for ink, ground in pairs:
        lighter, darker = sorted((luminance(ink), luminance(ground)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 7.0, (ink, ground)


@pytest.mark.req("K-02")
async def test_a_customer_switches_on_what_helps_and_it_goes_with_them(kivy_window: None) -> None:
    async with kiosk(Counter()) as visitor:
        before = visitor.app.board.named["title"].font_size
        await visitor.touch("mode large", "mode contrast")
        assert visitor.app.board.named["title"].font_size > before
        assert visitor.app.board.named["title"].color == list(theme.CONTRAST.ink)
        await visitor.touch("en")
        assert visitor.app.board.named["title"].color == list(theme.CONTRAST.ink)
        check_page(visitor)
        await visitor.touch("no card", "cash", "done")
        assert visitor.page == "start"
        assert visitor.app.board.named["title"].color == list(theme.CALM.ink)


@pytest.mark.req("K-02")
async def test_the_keys_lead_by_ear_to_a_number(kivy_window: None) -> None:
    heard = Heard()
    async with kiosk(Counter(), heard) as visitor:
        assert not visitor.app.press(Key.OK)  # may be a reader that types
        assert visitor.app.press(Key.DOWN)
        assert "Welcome" in heard.said[-1][0][1]
        for key in (Key.DOWN, Key.OK):
            visitor.app.press(key)
        await visitor.frames()
        assert visitor.page == "card"
        assert "focus" not in visitor.app.board.named
        visitor.app.press(Key.DOWN)
        await visitor.frames()
        assert "Mimon Kirkley" in heard.said[-1][0][1]
        ring, tile = visitor.app.board.named["focus"], visitor.app.board.named["card 0"]
        assert ring.pos == tile.pos
        for key in (Key.OK, Key.DOWN, Key.OK):
            visitor.app.press(key)
        await visitor.frames()
        assert visitor.page == "ticket"
        assert "A A 0 1 7" in heard.said[-1][0][1]
        visitor.app.press(Key.LOUDER)
        assert heard.volume == 4
        visitor.app.press(Key.BACK)
        await visitor.frames()
        assert visitor.page == "start"
        assert heard.stops == 1


async def test_a_key_of_the_keyboard_is_a_key_of_the_panel(kivy_window: None) -> None:
    from kivy.core.window import Window

    heard = Heard()
    async with kiosk(Counter(), heard) as visitor:
        Window.dispatch("on_key_down", 282, 0, None, [])
        await visitor.frames()
        assert len(heard.said) == 1
        Window.dispatch("on_key_down", 97, 0, "a", [])
        assert len(heard.said) == 1


async def test_what_stays_on_a_page_is_not_drawn_anew(kivy_window: None) -> None:
    async with kiosk(Counter()) as visitor:
        await visitor.touch("en")
        tile, title = visitor.app.board.named["card 1"], visitor.app.board.named["title"]
        visitor.app.desk.tap(Toggle(Mode.LARGE), at_s=visitor.at_s, local=NOW)
        visitor.wait(0.0)
        assert visitor.app.board.named["card 1"] is not tile
        tile = visitor.app.board.named["card 1"]
        visitor.wait(1.0)
        assert visitor.app.board.named["card 1"] is tile
        assert visitor.app.board.named["title"] is not title
