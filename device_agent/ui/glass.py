"""The screen's glass: swallows touches beyond a round bezel, knows swipes, and lights up at the edge."""

from collections.abc import Callable
from typing import Protocol

from kivy.clock import Clock
from kivy.graphics import Color, Rectangle
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.widget import Widget

from device_agent.presenters.routes import Turn
from device_agent.ui import theme
from device_agent.ui.face import FaceView
from device_agent.ui.lights import Edge
from device_agent.ui.theme import Geometry

SWIPE = 0.22
"""A drag by this share of the width is a swipe."""

AFTER_THE_PAGE_S = 0.03
"""Light comes after what it points to, which must not wait for a frame with nothing but light."""

RESTS_S = 2.0
"""A finger that rests longer holds nothing back any more."""

DEAF_S = 0.35
"""After a call has come up, or given way to the next, for so long a touch does nothing."""

WHEEL = {"scrollup": Turn.CROWN_DOWN, "scrolldown": Turn.CROWN_UP}
"""A mouse's wheel is the crown."""


class Touch(Protocol):
    """What a touch of Kivy's offers, as far as it is needed here."""

    x: float
    y: float
    ox: float
    oy: float
    is_mouse_scrolling: bool
    button: str
    grab_list: list[Callable[[], Widget | None]]

    def ungrab(self, widget: Widget) -> None: ...


class Glass(FloatLayout):
    """Everything lies beneath it."""

    def __init__(
        self,
        geometry: Geometry,
        *,
        touched: Callable[[], None],
        turned: Callable[[Turn], None],
        lifted: Callable[[], None],
    ) -> None:
        super().__init__(size_hint=(None, None), size=(geometry.width, geometry.height))
        self._geometry = geometry
        self._touched = touched
        self._turned = turned
        self._lifted = lifted
        self._finger_since: float | None = None
        self._deaf_until = 0.0
        self._covered = False
        self._urgent = False
        self._pulses: list[tuple[float, bool]] = []
        size = (geometry.width, geometry.height)
        self._edge = Edge(size, circle=geometry.centred, thickness=5 if geometry.narrow else 7)
        self.add_widget(self._edge)

    @property
    def content(self) -> Widget | None:
        """The view beneath."""
        return None if self._covered else next((child for child in self.children if child is not self._edge), None)

    def put(self, view: Widget) -> None:
        """Show this view."""
        self._covered = False
        self.clear_widgets()
        self.add_widget(view)
        self.add_widget(self._edge)

    def cover(self, view: Widget) -> None:
        """Draw this view beneath black, so that fonts and shaders are ready when it is wanted."""
        self.put(view)
        lid = Widget(size_hint=(None, None), size=self.size)
        with lid.canvas:
            Color(*theme.BLACK)
            Rectangle(size=self.size)
        self.add_widget(lid)
        self._covered = True

    @property
    def finger_down(self) -> bool:
        """Whether a finger is on the screen that hasn't done anything yet; one that rests too long doesn't count."""
        return self._finger_since is not None and Clock.get_time() - self._finger_since < RESTS_S

    def finger_is_done(self) -> None:
        """What the finger came for has happened."""
        self._finger_since = None

    @property
    def deaf(self) -> bool:
        """Whether a touch would do nothing just now."""
        return bool(Clock.get_time() < self._deaf_until)

    def be_deaf(self) -> None:
        """For a moment touches do nothing: they were meant for what was here before."""
        self._deaf_until = Clock.get_time() + DEAF_S

    def urgent(self, urgent: bool) -> None:
        """Light the edge as long as an urgent call is open."""
        self._urgent = urgent
        if not self._pulses:
            self._light()

    def pulse(self, pulses_ms: tuple[int, ...]) -> None:
        """Show the motor's pattern (on and off in turn, beginning with on; none: it stopped) as light."""
        Clock.unschedule(self._next)
        self._pulses = [(length / 1000, place % 2 == 0) for place, length in enumerate(pulses_ms)]
        Clock.schedule_once(self._next, AFTER_THE_PAGE_S)

    def _next(self, *_: object) -> None:
        if not self._pulses:
            self._light()
            return
        seconds, on = self._pulses.pop(0)
        self._edge.colour = theme.INK if on else theme.NONE
        Clock.schedule_once(self._next, seconds)

    def _light(self) -> None:
        self._edge.colour = theme.WARN if self._urgent else theme.NONE

    def on_touch_down(self, touch: Touch) -> bool:
        if self._beyond(touch.x, touch.y):
            return True
        if getattr(touch, "is_mouse_scrolling", False):
            turn = WHEEL.get(touch.button)
            if turn is not None:
                self._turned(turn)
            return True
        self._touched()
        if self.deaf:
            return True
        self._finger_since = Clock.get_time()
        return bool(super().on_touch_down(touch))

    def on_touch_up(self, touch: Touch) -> bool:
        elsewhere = getattr(touch, "is_mouse_scrolling", False) or self._beyond(touch.ox, touch.oy)
        turn = None if elsewhere else self._swipe(touch)
        if turn is not None:
            self._let_go(touch)
            self._turned(turn)
        handled = bool(super().on_touch_up(touch)) or turn is not None
        if self._finger_since is not None:
            self.finger_is_done()
            Clock.schedule_once(lambda _elapsed: self._lifted(), 0)  # after what the finger did
        return handled

    def _beyond(self, x: float, y: float) -> bool:
        """Whether this lies outside of a round bezel."""
        radius = self._geometry.width / 2
        return self._geometry.centred and (x - radius) ** 2 + (y - radius) ** 2 > radius**2

    def _swipe(self, touch: Touch) -> Turn | None:
        across, along = touch.x - touch.ox, touch.y - touch.oy
        reach = SWIPE * self._geometry.width
        if abs(across) > reach and abs(along) < abs(across) / 2:
            return Turn.RIGHT if across > 0 else Turn.LEFT
        if isinstance(self.content, FaceView) and abs(along) > reach and abs(across) < abs(along) / 2:
            return Turn.UP if along > 0 else Turn.DOWN
        return None

    def _let_go(self, touch: Touch) -> None:
        """A swipe that began on a button presses nothing."""
        for reference in tuple(touch.grab_list):
            widget = reference()
            if isinstance(widget, ButtonBehavior):
                touch.ungrab(widget)
                widget.state = "normal"
