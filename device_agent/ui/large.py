"""A number to be read at arm's length, as large as its room; it may ask for attention by a slow light."""

from kivy.animation import Animation
from kivy.graphics import Color, RoundedRectangle
from kivy.properties import NumericProperty

from device_agent.presenters.pages import Large
from device_agent.ui import theme
from device_agent.ui.blocks import BlockView, OnTap
from device_agent.ui.theme import Geometry
from device_agent.ui.widgets import Text

HALF_S = 0.6
"""From bright to dim, and back: 0.8 flashes a second, where three are harmless (WCAG 2.3.1)."""

TALL = 0.92
"""Of a line: large type needs less air above and below."""

DIM = 0.75
"""How bright the ground stays: dark type is read on it all the time."""


class LargeView(BlockView):
    """The number alone; with a lit ground while it asks for attention."""

    glow = NumericProperty(1.0)

    def __init__(self, geometry: Geometry, on_tap: OnTap) -> None:
        super().__init__(geometry, on_tap)
        self._text = Text(bold=True, halign="center")
        self._light: Animation | None = None
        with self.canvas.before:
            self._ink = Color(*theme.NONE)
            self._ground = RoundedRectangle()
        self.bind(glow=self._paint, pos=self._paint, size=self._paint)

    def show(self, large: Large, width: float, _room: float) -> None:
        """Draw it."""
        geometry = self.geometry
        self.begin(width)
        size = large.share * geometry.display * (1.0 if len(large.text) > 2 else 1.25)
        inset = geometry.small * 0.4 if large.flashes else 0.0
        self._text.color = theme.ACCENT_INK if large.flashes else theme.INK
        height = self._text.set_line(large.text, size, width - 2 * inset, least=0.25)
        height *= TALL if large.share == 1.0 else 1.0
        self._text.height = height
        self.put(self._text, inset, 0)
        self.end(height)
        self.named = {"large": self._text}
        self._flash(large.flashes)

    def _flash(self, flashes: bool) -> None:
        if flashes and self._light is None:
            self._light = Animation(glow=DIM, duration=HALF_S, t="in_out_sine") + Animation(
                glow=1.0, duration=HALF_S, t="in_out_sine"
            )
            self._light.repeat = True
            self._light.start(self)
        elif not flashes and self._light is not None:
            self._light.cancel(self)
            self._light = None
        self._paint()

    def _paint(self, *_: object) -> None:
        red, green, blue, _alpha = theme.ACCENT
        glow = self.glow
        self._ink.rgba = (red * glow, green * glow, blue * glow, 1.0) if self._light is not None else theme.NONE
        self._ground.pos, self._ground.size = self.pos, self.size
        self._ground.radius = [self.geometry.small]
