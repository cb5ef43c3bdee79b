"""The inspection finds faults that were planted in the real window, and none in a good page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from runtime.ui.checks import Fault, Kind, faults
from runtime.ui.seen import Seen

if TYPE_CHECKING:
    from kivy.uix.floatlayout import FloatLayout
    from kivy.uix.widget import Widget

Look = Callable[[], Awaitable[Seen]]
INK = (0.96, 0.96, 0.97, 1)


@asynccontextmanager
async def bare_window(*widgets: Widget, on_round: bool = False) -> AsyncIterator[tuple[FloatLayout, Look]]:
    """An app with nothing but these widgets, and a way to look at it."""
    from kivy.app import App
    from kivy.clock import Clock
    from kivy.core.window import Window
    from kivy.uix.floatlayout import FloatLayout

    from device_agent.settings import Shape
    from device_agent.ui.app import use_fonts
    from device_agent.ui.theme import GEOMETRIES
    from runtime.screen import run_window_in_loop
    from runtime.ui.frame import frame
    from runtime.ui.inspection import inspect

    use_fonts()
    Window.size = GEOMETRIES[Shape.SQUARE].size  # whatever the test before left
    root = FloatLayout()
    for widget in widgets:
        root.add_widget(widget)

    class Bare(App):
        def build(self) -> FloatLayout:
            return root

    app = Bare()
    Window.clearcolor = (0, 0, 0, 1)
    running = asyncio.ensure_future(run_window_in_loop(app))

    async def look() -> Seen:
        until = Clock.frames + 4
        while Clock.frames < until:
            assert not running.done()
            Clock._max_fps = 500
            await asyncio.sleep(0)
        return inspect(frame(), on_round=on_round)

    try:
        yield root, look
    finally:
        app.stop()
        await running


def label(text: str, x: float, y: float, width: float, height: float, **look: object) -> Widget:
    from kivy.uix.label import Label

    settings: dict[str, object] = {"font_size": 24, "color": INK, **look}
    return Label(text=text, pos=(x, y), size=(width, height), size_hint=(None, None), **settings)


def button(text: str, x: float, y: float, width: float, height: float) -> Widget:
    from kivy.uix.behaviors import ButtonBehavior
    from kivy.uix.label import Label

    class Plain(ButtonBehavior, Label):
        """A button that is only its words."""

    return Plain(text=text, pos=(x, y), size=(width, height), size_hint=(None, None), font_size=20, color=INK)


def found(seen: Seen) -> list[Fault]:
    return faults(seen, lambda text: "".join(character for character in text if character == "\ue000"))


def kinds(seen: Seen) -> list[Kind]:
    return [fault.kind for fault in found(seen)]


async def test_a_good_page_has_no_fault(kivy_window: None) -> None:
    good = (
        label("Elizabeth K*", 60, 380, 280, 40),
        label("王*明 · A017", 60, 320, 280, 40),
        label("we are looking at a flat near the river", 60, 200, 280, 100, text_size=(280, 100), valign="middle"),
        button("Take", 100, 80, 160, 60),
    )
    async with bare_window(*good, on_round=True) as (_, look):
        seen = await look()
        assert found(seen) == []
        assert [text.text for text in seen.texts][:2] == ["Elizabeth K*", "王*明 · A017"]
        assert [target.name for target in seen.targets] == ["Take"]


@pytest.mark.parametrize(
    "cut",
    [
        {"text_size": (120, 40), "shorten": True, "max_lines": 1},
        {"text_size": (120, 40), "valign": "top"},
        {"text_size": (120, None), "max_lines": 1},
        {},
    ],
    ids=["ellipsis", "too little height", "one line only", "wider than its box"],
)
async def test_a_clipped_label(kivy_window: None, cut: dict[str, object]) -> None:
    async with bare_window(label("Home contents insurance", 100, 200, 120, 40, **cut)) as (_, look):
        seen = await look()
        assert set(kinds(seen)) == {Kind.CLIPPED}
        assert found(seen)[0].what == "Home contents insurance"


async def test_a_name_that_may_be_shortened(kivy_window: None) -> None:
    name = label("Maximilian von B*", 100, 200, 120, 40, text_size=(120, 40), shorten=True, max_lines=1)
    name.may_shorten = True
    async with bare_window(name) as (_, look):
        assert kinds(await look()) == []


async def test_two_texts_on_each_other(kivy_window: None) -> None:
    async with bare_window(label("Wang", 100, 200, 200, 40), label("4 min", 110, 210, 200, 40)) as (_, look):
        assert Kind.OVERLAPPING in kinds(await look())


async def test_grey_on_black(kivy_window: None) -> None:
    grey = label("just now", 100, 200, 200, 40, color=(0.36, 0.36, 0.36, 1))
    async with bare_window(grey) as (_, look):
        faint = found(await look())
        assert [fault.kind for fault in faint] == [Kind.LOW_CONTRAST]
        assert 2.7 < float(faint[0].detail.split(":")[0]) < 3.3
        grey.color = (0.5, 0.5, 0.5, 1)
        assert kinds(await look()) == [Kind.LOW_CONTRAST]
        grey.quiet = True
        assert kinds(await look()) == []


async def test_a_text_in_the_corner_of_a_round_screen(kivy_window: None) -> None:
    corner = label("A017", 4, 400, 70, 40)
    async with bare_window(corner, on_round=True) as (_, look):
        assert kinds(await look()) == [Kind.OUTSIDE_MASK]
    async with bare_window(label("A017", 4, 400, 70, 40)) as (_, look):
        assert kinds(await look()) == []


async def test_a_small_button_and_one_over_another(kivy_window: None) -> None:
    async with bare_window(button("x", 100, 200, 30, 30)) as (root, look):
        small = found(await look())
        assert [fault.kind for fault in small] == [Kind.SMALL_TARGETS]
        assert "30 x 30 px" in small[0].detail
        root.clear_widgets()
        root.add_widget(button("Pass", 100, 200, 90, 60))
        root.add_widget(button("Take", 180, 200, 90, 60))
        over = found(await look())
        assert [fault.kind for fault in over] == [Kind.SMALL_TARGETS]
        assert over[0].what == "Pass / Take"


async def test_a_footer_over_the_end_of_a_text(kivy_window: None) -> None:
    from kivy.graphics import Color, Rectangle

    footer = label("Send", 0, 0, 396, 80)
    with footer.canvas.before:
        Color(0.05, 0.15, 0.2, 1)
        Rectangle(pos=(0, 0), size=(396, 80))
    async with bare_window(label("longest 12 min", 100, 60, 200, 40), footer) as (_, look):
        covered = found(await look())
        assert [fault.kind for fault in covered] == [Kind.CLIPPED]
        assert covered[0].what == "longest 12 min"
        assert "covers" in covered[0].detail
        footer.covers = True
        footer.height = 120
        assert all(text.text == "Send" for text in (await look()).texts)


async def test_what_can_be_scrolled_to_is_not_clipped(kivy_window: None) -> None:
    from kivy.uix.floatlayout import FloatLayout
    from kivy.uix.scrollview import ScrollView

    content = FloatLayout(size_hint=(None, None), size=(300, 600))
    for row in range(10):
        content.add_widget(label(f"Row {row} of ten", 0, 600 - 60 * (row + 1), 300, 60))
    scroll = ScrollView(size_hint=(None, None), size=(300, 205), pos=(50, 100), bar_width=0, do_scroll_x=False)
    scroll.add_widget(content)
    async with bare_window(scroll) as (_, look):
        assert kinds(await look()) == []
        scroll.scroll_y = 0.333
        assert kinds(await look()) == []
        content.add_widget(label("beyond the end", 0, -80, 300, 60))
        lost = found(await look())
        assert [(fault.kind, fault.what) for fault in lost] == [(Kind.CLIPPED, "beyond the end")]


async def test_a_character_that_the_font_lacks_and_a_broken_word(kivy_window: None) -> None:
    broken = label("Rückversicherung", 100, 200, 150, 120, text_size=(150, None))
    async with bare_window(label("A\ue000", 100, 400, 200, 40), broken) as (_, look):
        assert kinds(await look()) == [Kind.MISSING_GLYPHS, Kind.BROKEN_WORDS]


async def test_what_is_invisible_is_not_there(kivy_window: None) -> None:
    hidden = label("hidden", 100, 200, 20, 10)
    hidden.opacity = 0
    async with bare_window(hidden) as (_, look):
        seen = await look()
        assert seen.texts == ()
