"""A touch that a script makes: it goes the way of a finger, and can be seen."""

from collections.abc import Iterator
from contextlib import contextmanager

from kivy.animation import Animation
from kivy.base import EventLoop
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.graphics import Color, Line
from kivy.graphics.opengl import GL_RENDERER, glGetString
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


SPREADS_S = 0.45


def drawn_by_a_card() -> bool:
    """Whether a graphics card draws, and not the processor (Mesa's llvmpipe, softpipe, swrast)."""
    renderer = glGetString(GL_RENDERER)
    return renderer is not None and not any(name in renderer for name in (b"llvmpipe", b"softpipe", b"swrast"))


class Ripple(Widget):
    """A ring where the glass was touched; it spreads, unless the processor draws: a touch would wait for its frames."""

    def __init__(self, x: float, y: float, radius: float) -> None:
        super().__init__(size_hint=(None, None), size=(0, 0))
        self._at, self._radius = (x, y), radius
        with self.canvas:
            self._shade = Color(*theme.CALM.ink[:3], 0.7)
            self._ring = Line(circle=(x, y, radius * 0.4), width=2)
        if not drawn_by_a_card():
            self._ring.circle = (x, y, radius * 0.7)
            Clock.schedule_once(lambda _elapsed: self._leave(), SPREADS_S)
            return
        spreading = Animation(opacity=0.0, duration=SPREADS_S, transition="out_quad")
        spreading.bind(on_progress=self._spread, on_complete=lambda *_: self._leave())
        spreading.start(self)

    def _spread(self, _animation: Animation, _widget: Widget, progress: float) -> None:
        self._ring.circle = (*self._at, self._radius * (0.4 + 0.6 * progress))

    def _leave(self) -> None:
        if self.parent is not None:
            self.parent.remove_widget(self)
