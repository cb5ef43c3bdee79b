"""The Kivy application of one wrist: shows what the desk says, and takes taps to it."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from kivy.app import App
from kivy.clock import Clock
from kivy.core.text import LabelBase
from kivy.core.window import Window
from kivy.uix.floatlayout import FloatLayout

from contracts.fields import Language
from device_agent.events import AnyEvent
from device_agent.presenters.catalogue import Catalogue
from device_agent.presenters.desk import Acts, Desk
from device_agent.presenters.pages import Face, GoBack, Tap
from device_agent.ui import theme
from device_agent.ui.environment import BUSY_FPS, IDLE_FPS
from device_agent.ui.fonts import find_fonts
from device_agent.ui.theme import Geometry
from device_agent.ui.views import FaceView, PageView

log = logging.getLogger(__name__)

SWIPE = 0.25
"""A drag to the right by this share of the width goes back."""


class Touch(Protocol):
    """What a touch of Kivy's offers, as far as it is needed here."""

    x: float
    y: float
    ox: float
    oy: float


async def _wait_quietly(coroutine: asyncio.Future[None], timeout: float | None) -> None:
    """Kivy's interrupt clock takes the end of its own waiting for an error under asyncio (kivy#8066)."""
    try:
        await asyncio.wait_for(coroutine, timeout)
    except TimeoutError:
        pass


def use_fonts() -> bool:
    """Show all texts in one font that has all three languages; false when this machine has none."""
    fonts = find_fonts()
    if fonts is None:
        return False
    LabelBase.register("Roboto", fn_regular=str(fonts.regular), fn_bold=str(fonts.bold))
    return True


class Glass(FloatLayout):
    """The screen's glass: swallows touches beyond a round bezel, and knows a swipe to the right."""

    def __init__(self, geometry: Geometry, app: "WristApp") -> None:
        super().__init__(size_hint=(None, None), size=(geometry.width, geometry.height))
        self._geometry = geometry
        self._app = app

    def on_touch_down(self, touch: Touch) -> bool:
        radius = self._geometry.width / 2
        outside = (touch.x - radius) ** 2 + (touch.y - radius) ** 2 > radius**2
        if self._geometry.centred and outside:
            return True
        self._app.wake()
        return bool(super().on_touch_down(touch))

    def on_touch_up(self, touch: Touch) -> bool:
        across, along = touch.x - touch.ox, abs(touch.y - touch.oy)
        if across > SWIPE * self._geometry.width and along < across / 2:
            self._app.go_back()
            return True
        return bool(super().on_touch_up(touch))


class WristApp(App):
    """One window. ``language`` is null when the binding's language is to be shown, English before."""

    def __init__(
        self,
        *,
        acts: Acts,
        device: str,
        now: Callable[[], datetime],
        geometry: Geometry,
        catalogues: Mapping[Language, Catalogue],
        language: Language | None,
    ) -> None:
        super().__init__()
        use_fonts()
        self.device = device
        self.acts = acts
        self._now = now
        self.geometry = geometry
        self.desk = Desk(acts)
        self._catalogues = catalogues
        self._language = language
        self._refresh = Clock.create_trigger(lambda _elapsed: self.refresh())
        self.face = FaceView(geometry, self.tap)
        self.page = PageView(geometry, self.tap)
        self.glass = Glass(geometry, self)

    @property
    def texts(self) -> Catalogue:
        """The catalogue to show."""
        return self._catalogues[self._language or self.acts.state.language or Language.EN]

    def show_language(self, language: Language | None) -> None:
        """Show this language from the next refresh on."""
        self._language = language

    async def run_in_loop(self) -> None:
        """Until the window is closed or this is cancelled."""
        Clock.init_async_lib("asyncio")  # its event belongs to the loop that runs now
        Clock._async_wait_for = _wait_quietly
        try:
            await self.async_run(async_lib=None)
        finally:
            self.stop()

    def build(self) -> FloatLayout:
        self.title = f"Usher · {self.device}"
        Window.clearcolor = theme.BLACK
        Window.bind(on_keyboard=self._on_key)
        Clock.schedule_interval(lambda _elapsed: self.refresh(), 1.0)
        self.refresh()
        return self.glass

    def on_stop(self) -> None:
        Window.unbind(on_keyboard=self._on_key)

    def on_event(self, _event: AnyEvent) -> None:
        """Something happened: show it with the next frame."""
        self._refresh()

    def tap(self, tap: Tap) -> None:
        """A tap on the screen."""
        self.desk.tap(tap)
        self.refresh()

    def go_back(self) -> None:
        """A swipe to the right, or Escape."""
        shown = self.page.shown if self.page.parent else None
        self.tap(shown.back if shown is not None and shown.back is not None else GoBack())

    def refresh(self) -> None:
        """Show what is known now."""
        now = self._now()
        local: datetime = now.astimezone()
        shown = self.desk.show(self.texts, now=now, local=local)
        if isinstance(shown, Face):
            self.face.show(shown)
            self._put(self.face)
        else:
            self.page.show(shown)
            self._put(self.page)

    def wake(self) -> None:
        """Full frame rate for a moment: something moves."""
        Clock._max_fps = BUSY_FPS
        Clock.unschedule(self._calm)
        Clock.schedule_once(self._calm, 1.5)

    def _calm(self, _elapsed: float) -> None:
        Clock._max_fps = IDLE_FPS

    def _put(self, view: FaceView | PageView) -> None:
        if view.parent is None:
            self.glass.clear_widgets()
            self.glass.add_widget(view)

    def _on_key(self, _window: object, key: int, *_rest: object) -> bool:
        if key == 27:
            self.go_back()
            return True
        return False
