"""What comes to the kiosk's real window beside a finger: the keys of a scanner, and a touch that fails."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import pytest

from kiosk.presenters.guide import Key
from kiosk.presenters.house import Order
from kiosk.readers.identifying import Identifier
from kiosk.readers.settings import WedgeSettings
from kiosk.readers.wedge import WedgeReader
from tests.ui.test_kiosk_window import Counter, Heard, Number, Visitor, kiosk
from tests.unit.kiosk.booking_stand import KEY, NINE
from tests.unit.kiosk.set_clock import SetClock

ENTER = 13


@pytest.mark.req("K-01", "K-02")
async def test_the_enter_of_a_scanner_presses_nothing_and_that_of_the_panel_does(kivy_window: None) -> None:
    from kivy.core.window import Window

    clock = SetClock(NINE)
    reader = WedgeReader(WedgeSettings(), Identifier(KEY, clock, rules=(), region="KR"), clock)
    scans: list[object] = []
    reader.start(scans.append)
    async with kiosk(Counter(), Heard(), reader.key) as visitor:
        visitor.app.press(Key.DOWN)
        visitor.app.press(Key.DOWN)
        visitor.wait(1.0)
        focused = visitor.app.board.shown
        assert focused is not None
        assert focused.around.focus is not None
        scans.clear()
        for character in "UB1-12345":
            Window.dispatch("on_key_down", ord(character), 0, character, [])
        Window.dispatch("on_key_down", ENTER, 0, "\r", [])
        await visitor.frames()
        assert len(scans) == 1
        assert visitor.page == "start"
        clock.at += timedelta(seconds=1)  # a scanner's second Enter would be part of its scan
        Window.dispatch("on_key_down", ENTER, 0, "\r", [])
        await visitor.frames()
        assert visitor.page == "card"
    await reader.stop()


@dataclass
class Failing(Counter):
    """Breaks as no part of the house may."""

    def take(self, order: Order) -> Number:
        raise LookupError("a fault of the program")


@pytest.mark.req("K-13")
async def test_a_touch_that_fails_ends_the_window_instead_of_leaving_it_crippled(kivy_window: None) -> None:
    from kivy.clock import Clock
    from kivy.core.window import Window

    visitor = Visitor(Failing())
    await visitor.frames(3)
    await visitor.touch("en", "no card")
    visitor.wait(1.0)
    await visitor.frames(3)
    tile = visitor.app.board.named["cash"]
    Clock._max_fps = 0.2  # the next frame would come in five seconds: the touch is taken between the frames
    x, y = tile.to_window(*tile.center)
    for event in ("on_mouse_down", "on_mouse_up"):
        Window.dispatch(event, x, Window.height - y, "left", [])
        await asyncio.sleep(0)
    with pytest.raises(LookupError, match="a fault of the program"):
        async with asyncio.timeout(20):
            await visitor.running
