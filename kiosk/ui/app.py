"""The Kivy application of one kiosk: shows what the desk says, and takes touches to it."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from kivy.app import App
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.uix.floatlayout import FloatLayout

from kiosk.presenters.desk import Desk
from kiosk.presenters.guide import Guide, Key, Utterance
from kiosk.presenters.pages import Mode, Page, Tap, Toggle
from kiosk.ui import theme
from kiosk.ui.board import Board
from kiosk.ui.lettering import use_fonts
from kiosk.ui.prompt import Prompt
from kiosk.ui.touch import Ripple, finger
from kiosk.ui.voice import SilentVoice, Voice
from kiosk.ui.widgets import Tile
from runtime.screen import IDLE_FPS, run_window_in_loop

DEAF_S = 0.35
"""After another page has come, for so long a touch does nothing: it was meant for the page before."""

MOVING_FPS = 30
"""While something moves: without a graphics card a frame takes some ten milliseconds, in which no touch is answered."""

PRESSED_S = 0.15
"""How long a scripted finger stays down."""


KEYS = {273: Key.UP, 274: Key.DOWN, 13: Key.OK, 27: Key.BACK, 282: Key.REPEAT, 283: Key.SOFTER, 284: Key.LOUDER}
"""The headphone panel as a keyboard: arrows, Enter, Escape, F1 (again), F2 and F3 (volume); SDL's numbers."""

WAKING = (Key.UP, Key.DOWN, Key.REPEAT)
"""Keys that begin the guidance by ear; the others may come from a reader that types."""


class Touch(Protocol):
    """What a touch of Kivy's offers, as far as it is needed here."""

    x: float
    y: float


class Glass(FloatLayout):
    """The screen's glass: shows where it was touched, and is deaf for a moment after each change of page."""

    def __init__(self, app: "KioskApp", size: tuple[int, int]) -> None:
        super().__init__(size_hint=(None, None), size=size)
        self._app = app

    def on_touch_down(self, touch: Touch) -> bool:
        self._app.wake()
        if self._app.deaf:
            return True
        self.add_widget(Ripple(touch.x, touch.y, self._app.scale(36)))
        self._app.touched()
        return bool(super().on_touch_down(touch))


ENTERS = frozenset({13, 271})
"""Enter, and Enter of the number pad: SDL's numbers."""


class KioskApp(App):
    """One window of ``size`` pixels. ``at_s`` is a clock that only goes forward, ``local`` the time for the eye.

    ``typed`` is told each key, and says whether a scanner pressed it: then it presses nothing on the screen.
    """

    def __init__(
        self,
        desk: Desk,
        *,
        title: str,
        size: tuple[int, int],
        at_s: Callable[[], float],
        local: Callable[[], datetime],
        guide: Guide | None = None,
        voice: Voice | None = None,
        typed: Callable[[str], bool] | None = None,
        closable: bool = True,
    ) -> None:
        super().__init__()
        use_fonts()
        self.desk = desk
        self._named = title
        self._at_s = at_s
        self._local = local
        self._deaf_until = 0.0
        self._guide = guide
        self._typed = typed
        self._closable = closable
        self._voice: Voice = voice or SilentVoice()
        self._saying: set[asyncio.Task[None]] = set()
        self._said = 0
        self.scale = theme.scale_of(*size)
        self.board = Board(self.scale, size, self.tap)
        self.glass = Glass(self, size)
        self._refresh = Clock.create_trigger(lambda _elapsed: self.refresh())

    @property
    def deaf(self) -> bool:
        """Whether a touch does nothing just now."""
        return self._at_s() < self._deaf_until

    async def run_in_loop(self) -> None:
        """Until the window is closed or this is cancelled."""
        Window.bind(on_key_down=self._on_key, on_request_close=self._on_close)
        window, prompt = asyncio.ensure_future(run_window_in_loop(self)), asyncio.ensure_future(Prompt().run())
        try:
            # A touch that fails fails in either of them, and ends the window.
            done, _ = await asyncio.wait({window, prompt}, return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                one.result()
        finally:
            for one in (window, prompt):
                one.cancel()
            await asyncio.gather(window, prompt, return_exceptions=True)
            Window.unbind(on_key_down=self._on_key, on_request_close=self._on_close)
            self._said += 1
            await self._voice.close()
            await asyncio.gather(*self._saying, return_exceptions=True)

    def build(self) -> FloatLayout:
        self.title = self._named
        self.glass.add_widget(self.board)
        Clock.schedule_interval(lambda _elapsed: self.refresh(), 0.5)
        self.refresh()
        return self.glass

    def rehearse(self, pages: Iterable[Page]) -> None:
        """Draw what is on these pages before the first customer comes, and keep it: nothing of one may be on them."""
        self.board.rehearse(pages)

    def soon(self) -> None:
        """Something changed: show it with the next frame."""
        self._refresh()

    def touched(self) -> None:
        """Somebody is there."""
        self.desk.touched(self._at_s())

    def tap(self, tap: Tap) -> None:
        """A choice was touched."""
        self.desk.tap(tap, at_s=self._at_s(), local=self._local())
        self.refresh()

    async def touch(self, name: str) -> bool:
        """Touch the choice of this name with a scripted finger; false when there is none to be seen."""
        await asyncio.sleep(max(0.0, self._deaf_until - self._at_s()))
        widget = self.board.named.get(name)
        if not isinstance(widget, Tile):
            return False
        with finger(*widget.to_window(*widget.center)):
            await asyncio.sleep(PRESSED_S)
        return True

    def press(self, key: Key) -> bool:
        """A key of the headphone panel; the first one begins the guidance. False when nothing came of it."""
        guide, page = self._guide, self.board.shown
        if guide is None or page is None:
            return False
        self.touched()
        if Mode.SPOKEN not in page.around.modes:
            if key not in WAKING:
                return False
            self.tap(Toggle(Mode.SPOKEN))
            return True
        pressed = guide.press(key)
        if pressed.tap is not None:
            self.tap(pressed.tap)
        if pressed.say:
            self._say(pressed.say, guide.volume)
        self.refresh()
        return True

    def refresh(self) -> None:
        """Show what is known now, and say it to who listens."""
        if self.board.show(self._heard(self.desk.show(at_s=self._at_s(), local=self._local()))):
            self._deaf_until = self._at_s() + DEAF_S
            self.wake()

    def _heard(self, page: Page) -> Page:
        """Say what is new on the page to who listens; the page with what the keys are at."""
        guide = self._guide
        if guide is None:
            return page
        if Mode.SPOKEN not in page.around.modes:
            if guide.listening:
                guide.leave()
                self._voice.stop()
            return page
        if said := guide.follow(page):
            self._say(said, guide.volume)
        return replace(page, around=replace(page.around, focus=guide.focus))

    def _say(self, what: Utterance, volume: int) -> None:
        """Say it, and tell the desk when nothing is being said any more."""
        self._voice.say(what, volume)
        self._said += 1
        saying = asyncio.ensure_future(self._say_out(self._said))
        self._saying.add(saying)
        saying.add_done_callback(self._saying.discard)

    async def _say_out(self, mine: int) -> None:
        await self._voice.finished()
        if mine == self._said:  # else something newer is being said
            self.desk.voice_ended(at_s=self._at_s())
            self.soon()

    def _on_key(self, _window: object, key: int, _scancode: int = 0, character: str | None = None, *_: object) -> bool:
        if self._typed is not None and (character or key in ENTERS):
            scanned = self._typed("\r" if key in ENTERS else character or "")
            if scanned or self._guide is None or self._guide.focus is None:
                return True
        meant = KEYS.get(key)
        return meant is not None and self.press(meant)

    def _on_close(self, _window: object, *_: object, **__: object) -> bool:
        """Whether the window stays although somebody asked it to close (K-13)."""
        return not self._closable

    def wake(self) -> None:
        """Full frame rate for a moment: something moves."""
        Clock._max_fps = MOVING_FPS
        Clock.unschedule(self._calm)
        Clock.schedule_once(self._calm, 1.0)

    def _calm(self, _elapsed: float) -> None:
        Clock._max_fps = IDLE_FPS
