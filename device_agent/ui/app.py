"""The Kivy application of one wrist: shows what the desk says, and takes taps, turns and keys to it."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from kivy.app import App
from kivy.clock import Clock
from kivy.core.text import LabelBase
from kivy.core.window import Window
from kivy.uix.floatlayout import FloatLayout

from contracts.fields import Language
from device_agent.core.acts import WristState
from device_agent.core.conditions import Wrist
from device_agent.events import AnyEvent, Vibrated
from device_agent.presenters import steps, tasks
from device_agent.presenters.catalogue import Catalogue
from device_agent.presenters.desk import Acts, Desk
from device_agent.presenters.pages import Ask, Face, Page, Shown
from device_agent.presenters.routes import GoBack, Tap, Turn
from device_agent.ui import theme
from device_agent.ui.face import FaceView
from device_agent.ui.glass import Glass
from device_agent.ui.theme import Geometry
from device_agent.ui.views import PageView
from device_agent.ui.widgets import know_widths
from runtime.fonts import fonts, licence
from runtime.screen import BUSY_FPS, IDLE_FPS, run_window_in_loop

log = logging.getLogger(__name__)

BUSY_S = 1.2
"""How long the full frame rate lasts after a touch."""

KEYS: Mapping[int, Turn] = {
    276: Turn.RIGHT,
    275: Turn.LEFT,
    273: Turn.CROWN_UP,
    274: Turn.CROWN_DOWN,
    13: Turn.BUTTON,
}
"""A desktop's keys for gestures: the arrows swipe and turn the crown, return is the side button."""

WRIST_KEYS = {"u": Wrist.UP, "d": Wrist.DOWN, "o": Wrist.OFF}


def use_fonts() -> str:
    """Show all texts in one font that has all three languages; returns its licence in a line, '' without one."""
    found = fonts()
    if found is None:
        return ""
    LabelBase.register("Roboto", fn_regular=str(found.regular), fn_bold=str(found.bold))
    told = licence()
    return "" if told is None else f"{told.name}, {told.url}"


class WristApp(App):
    """One window. ``language`` is null when the advisor's or the binding's language is to be shown, else English."""

    def __init__(
        self,
        *,
        acts: Acts,
        device: str,
        now: Callable[[], datetime],
        geometry: Geometry,
        catalogues: Mapping[Language, Catalogue],
        language: Language | None,
        version: str = "",
        engine: Callable[[], str] = lambda: "",
    ) -> None:
        super().__init__()
        self.device = device
        self.acts = acts
        self.base_geometry = geometry
        self.desk = Desk(
            acts,
            version=version,
            font=use_fonts(),
            asks_language=language is None,
            engine=engine,
            device=device,
        )
        self._language = language
        self._now = now
        self._catalogues = catalogues
        self._refresh = Clock.create_trigger(lambda _elapsed: self.refresh(), -1)
        self._ticking = Clock.create_trigger(lambda _elapsed: self.refresh(), 1.0, interval=True)
        self._drawn: str | None = None
        self.glass = Glass(geometry, touched=self.touched, turned=self.turn, lifted=self.lifted)
        self._before: tuple[str, str] = ("", "")
        self._asked = ""
        self._look = (False, False)
        self._make_views(geometry)

    def _make_views(self, geometry: Geometry) -> None:
        self.geometry = geometry
        self.face = FaceView(geometry, self.tap)
        self.page = PageView(geometry, self.tap)

    @property
    def view(self) -> FaceView | PageView:
        """What is on the glass."""
        return self.page if self.page.parent is not None else self.face

    @property
    def texts(self) -> Catalogue:
        """The catalogue to show: that of the customer who has the device; the advisor's choice, what this was started
        with, the binding's, English."""
        state = self.acts.state
        customers = None if state.lent is None else state.lent.language
        return self._catalogues[
            customers or state.preferences.language or self._language or state.language or Language.EN
        ]

    def show_language(self, language: Language | None) -> None:
        """Show this language from the next refresh on, unless the advisor chose another."""
        self._language = language

    async def run_in_loop(self) -> None:
        """Until the window is closed or this is cancelled."""
        await run_window_in_loop(self)

    def build(self) -> FloatLayout:
        self.title = f"Usher · {self.device}"
        Window.clearcolor = theme.BLACK
        Window.bind(on_keyboard=self._on_key, on_flip=self._on_flip)
        self._warm_up()
        return self.glass

    def _warm_up(self) -> None:
        """Draw a call once, under black: the first one must not wait for fonts and shaders."""
        know_widths()
        self.page.show(tasks.rehearsal(self.texts))
        self.glass.cover(self.page)
        self.glass.urgent(True)
        Clock.schedule_once(self._begin, 0)

    def _begin(self, _elapsed: float) -> None:
        self.refresh()
        self._ticking()

    def on_stop(self) -> None:
        self._ticking.cancel()
        Window.unbind(on_keyboard=self._on_key, on_flip=self._on_flip)

    def on_event(self, event: AnyEvent) -> None:
        """Something happened: show it with the next frame; pulses are shown as light, for eyes and desktops."""
        match event:
            case Vibrated():
                self.glass.pulse(event.pulses_ms)
                self.wake()
            case _:
                pass
        self._refresh()

    def tap(self, tap: Tap) -> None:
        """A tap on the screen."""
        self.glass.finger_is_done()
        steps.tap(self.desk, tap)
        self.refresh()

    def turn(self, turn: Turn) -> None:
        """A swipe, the crown, the button: the page scrolls, turns over, or goes back."""
        self.glass.finger_is_done()
        self.touched()
        if turn in (Turn.CROWN_UP, Turn.CROWN_DOWN) and self._scroll(turn):
            return
        if steps.turn(self.desk, turn):
            self.refresh()
        elif turn is Turn.RIGHT:
            self.go_back()

    def _scroll(self, turn: Turn) -> bool:
        """False where nothing scrolls, and at the end: there the crown turns the page over."""
        step = self.geometry.row_height if turn is Turn.CROWN_DOWN else -self.geometry.row_height
        if self.page.parent is None or not self.page.body.scroll_by(step):
            return False
        self.wake()
        return True

    def go_back(self) -> None:
        """A swipe to the right, or Escape."""
        shown = self.page.shown if self.page.parent else None
        if shown is None:
            self.tap(GoBack())
        elif shown.back is not None:
            self.tap(shown.back)

    def touched(self) -> None:
        """The advisor is here."""
        self.desk.touch(self._now())
        self.wake()

    def lifted(self) -> None:
        """The finger has left: show what came meanwhile."""
        self.refresh()

    def refresh(self) -> None:
        """Show what is known now, but nothing else under a finger: it would touch what wasn't there when it came."""
        state = self.acts.state
        if self.glass.finger_down and not self._must_hide(state):
            return
        look = (state.preferences.large_text, state.preferences.left_handed)
        if look != self._look:
            self._look = look
            self._make_views(self.base_geometry.fitted(larger=look[0], left_handed=look[1]))
        self._show(state)

    def _must_hide(self, state: WristState) -> bool:
        """Whether what is on the screen isn't to be seen any more, whatever a finger does."""
        return state.lock.locked or state.conditions.wrist is not Wrist.UP

    def _show(self, state: WristState) -> None:
        now = self._now()
        shown = self.desk.show(self.texts, now=now, local=now.astimezone())
        if isinstance(shown, Face):
            self.face.show(shown)
            self._put(self.face)
        else:
            self.page.show(shown)
            self._put(self.page)
        self.glass.urgent(isinstance(shown, Page) and shown.urgent)
        call = self.desk.call(state)
        self._hear_no_double_tap(shown, "" if call is None else call.task)
        self._hear_no_late_tap(shown)
        self._drawn = call.task if call is not None and isinstance(shown, Page) and shown.name == "alert" else None

    def _hear_no_double_tap(self, shown: Shown, task: str) -> None:
        """A call that has come up by itself, or after another, must be seen before it can be answered."""
        now = (shown.name, task) if shown.name == "alert" else ("", "")
        if isinstance(shown, Page) and shown.name == "lent_called":
            now = (shown.name, shown.about)
        if now != self._before and now[0]:
            self.glass.be_deaf()
        self._before = now

    def _hear_no_late_tap(self, shown: Shown) -> None:
        """A question that has come or gone in a talk moves the products: a touch was meant for what stood there."""
        blocks = shown.blocks if isinstance(shown, Page) and shown.name == "talk" else ()
        asked = next((block.name for block in blocks if isinstance(block, Ask)), "")
        if asked != self._asked:
            self.glass.be_deaf()
        self._asked = asked

    def _on_flip(self, *_: object) -> None:
        """The frame is on the screen: a call in it has been shown."""
        if self._drawn is not None:
            task, self._drawn = self._drawn, None
            self.acts.shown(task)

    def wake(self) -> None:
        """Full frame rate for a moment: something moves."""
        Clock._max_fps = BUSY_FPS
        Clock.unschedule(self._calm)
        Clock.schedule_once(self._calm, BUSY_S)

    def _calm(self, _elapsed: float) -> None:
        Clock._max_fps = IDLE_FPS

    def _put(self, view: FaceView | PageView) -> None:
        if self.glass.content is not view:
            self.glass.put(view)

    def _on_key(self, _window: object, key: int, _scan: int, character: str | None, _modifiers: object) -> bool:
        if key == 27:
            self.go_back()
            return True
        if self.page.parent is not None and "entry" in self.page.named and self.page.typing:
            return False
        if key in KEYS:
            self.turn(KEYS[key])
            return True
        if character in WRIST_KEYS:
            self.acts.wrist(WRIST_KEYS[character])
            self.refresh()
            return True
        return False
