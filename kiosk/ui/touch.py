"""A touch that a script makes: it goes the way of a finger, and can be seen."""

from collections.abc import Iterator
from contextlib import contextmanager

from kivy.animation import Animation
from kivy.base import EventLoop
from kivy.core.window import Window
from kivy.graphics import Color, Line
from kivy.input.motionevent import MotionEvent
from kivy.uix.widget import Widget

from kiosk.ui import theme


class ScriptedTouch(MotionEvent):
    """A finger at a place of the window, in pixels from its lower left."""

    def __init__(self, x: float, y: float) -> None:
        place = {"x": x / max(1.0, Window.width - 1.0), "y": y / max(1.0, Window.height - 1.0)}
        super().__init__("script", 1, place, is_touch=True, type_id="touch")

    def depack(self, args: dict[str, float]) -> None:
        self.profile = ["pos"]
        self.sx, self.sy = args["x"], args["y"]
        super().depack(args)


@contextmanager
def finger(x: float, y: float) -> Iterator[None]:
    """Down at the beginning, up at the end."""
    touch = ScriptedTouch(x, y)
    EventLoop.post_dispatch_input("begin", touch)
    try:
        yield
    finally:
        EventLoop.post_dispatch_input("end", touch)


class Ripple(Widget):
    """A ring that spreads from where the glass was touched."""

    def __init__(self, x: float, y: float, radius: float) -> None:
        super().__init__(size_hint=(None, None), size=(0, 0))
        self._at, self._radius = (x, y), radius
        with self.canvas:
            self._shade = Color(*theme.CALM.ink[:3], 0.7)
            self._ring = Line(circle=(x, y, radius * 0.4), width=2)
        spreading = Animation(opacity=0.0, duration=0.45, transition="out_quad")
        spreading.bind(on_progress=self._spread, on_complete=lambda *_: self._leave())
        spreading.start(self)

    def _spread(self, _animation: Animation, _widget: Widget, progress: float) -> None:
        self._ring.circle = (*self._at, self._radius * (0.4 + 0.6 * progress))

    def _leave(self) -> None:
        if self.parent is not None:
            self.parent.remove_widget(self)
