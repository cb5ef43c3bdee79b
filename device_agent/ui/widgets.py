"""The few widgets that all pages are made of."""

import math
from pathlib import Path

from kivy.core.text import Label as CoreLabel
from kivy.graphics import Color, Mesh
from kivy.graphics import Line as Outline
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty, OptionProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.label import Label
from kivy.uix.textinput import TextInput
from kivy.uix.widget import Widget

from device_agent.presenters.pages import Tone
from device_agent.ui import theme

SMALLEST = 0.8
"""Type shrinks to this share of its size before it is cut."""


def fitting(text: str, size: float, width: float, *, bold: bool = False, least: float = SMALLEST) -> float:
    """The type size at which the text fits into the width, down to ``least`` of the wanted."""
    label = CoreLabel(text=text, font_size=size, bold=bold)
    label.refresh()
    needed = label.content_width
    return size if needed <= width else max(size * least, math.floor(size * width / needed))


def dimmed(shade: theme.Colour) -> theme.Colour:
    """The colour while it is pressed."""
    red, green, blue, alpha = shade
    return (red * 0.75, green * 0.75, blue * 0.75, alpha)


class Bars(Widget):
    """A likelihood as a bar."""

    share = NumericProperty(0.0)
    colour = ColorProperty(theme.ACCENT)


class Dot(Widget):
    """A small round light."""

    colour = ColorProperty(theme.MUTE)


class Line(Label):
    """One line of text within its box, cut at the right when it is too long."""


class Card(ButtonBehavior, FloatLayout):
    """A line of a list."""

    edge = ColorProperty((0, 0, 0, 0))
    tappable = BooleanProperty(True)


class Entry(TextInput):
    """A line to type."""


class _Pressed(ButtonBehavior, Label):
    """A label with a shade that darkens while it is pressed."""

    tone_shade = ColorProperty(theme.CARD)
    shade = ColorProperty(theme.CARD)
    ink = ColorProperty(theme.INK)

    def paint(self, tone: Tone, *, tappable: bool) -> None:
        """Shade and ink for the tone; a button that only waits is quiet."""
        accent = tone is Tone.ACCENT and tappable
        self.tone_shade = theme.ACCENT if accent else theme.TRACK
        self.ink = theme.ACCENT_INK if accent else theme.INK if tappable else theme.MUTE
        self.disabled_color = self.ink
        self.shade = self.tone_shade

    def on_state(self, *_: object) -> None:
        self.shade = dimmed(tuple(self.tone_shade)) if self.state == "down" else self.tone_shade


class Pill(_Pressed):
    """A button with round ends."""


class Lens(_Pressed):
    """A button that follows the lower bezel of a round screen: its left half, its right half, or all of it."""

    side = OptionProperty("full", options=("left", "right", "full"))
    diameter = NumericProperty(454)
    gap = NumericProperty(3)
    bezel = NumericProperty(6)

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings)
        self.bind(pos=self._draw, size=self._draw, shade=self._draw)
        self._draw()

    def collide_point(self, x: float, y: float) -> bool:
        radius = self.diameter / 2
        inside: bool = y <= self.top and (x - radius) ** 2 + (y - radius) ** 2 <= radius**2
        return inside and (self.side == "full" or (x < radius) == (self.side == "left"))

    def _outline(self) -> list[tuple[float, float]]:
        radius = self.diameter / 2
        reach = radius - self.bezel
        first = math.asin(max(-1.0, min(1.0, (self.top - radius) / reach)))
        inner = 0.0 if self.side == "full" else self.gap
        last = -math.acos(inner / reach)
        steps = 40
        arc = [first + (last - first) * step / steps for step in range(steps + 1)]
        right = [(radius + reach * math.cos(a), radius + reach * math.sin(a)) for a in arc]
        if self.side == "full":
            return right + [(2 * radius - x, y) for x, y in reversed(right)]
        half = [(radius + inner, self.top), *right]
        return half if self.side == "right" else [(2 * radius - x, y) for x, y in half]

    def _draw(self, *_: object) -> None:
        self.canvas.before.clear()
        if self.height < 2:
            return
        points = self._outline()
        middle_x = sum(x for x, _ in points) / len(points)
        middle_y = sum(y for _, y in points) / len(points)
        corners = [(middle_x, middle_y), *points]
        with self.canvas.before:
            Color(*self.shade)
            Mesh(
                vertices=[value for x, y in corners for value in (x, y, 0, 0)],
                indices=[*range(len(corners)), 1],
                mode="triangle_fan",
            )
            # A mesh has jagged edges; a thin smooth outline covers them.
            Outline(points=[value for point in points for value in point], close=True, width=1.1)


Builder.load_file(str(Path(__file__).with_name("widgets.kv")))
