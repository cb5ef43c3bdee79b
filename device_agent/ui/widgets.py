"""The few widgets that all pages are made of."""

import math
from functools import lru_cache
from pathlib import Path

from kivy.core.text import Label as CoreLabel
from kivy.graphics import Color, Line, Mesh
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.label import Label
from kivy.uix.textinput import TextInput
from kivy.uix.widget import Widget

from device_agent.presenters.pages import Button, Tone
from device_agent.ui import theme
from device_agent.ui.icons import Icon
from runtime.fonts import shown

SMALLEST = 0.78
"""Type shrinks to this share of its size before it takes a second line, or is cut where it may be."""


TIGHT = 0.86
"""Lines of one text stand closer than lines of different texts."""


MEASURED_AT = 64
"""The size at which characters are measured; widths at other sizes are in proportion, but for rounding."""


def _alike(character: str) -> str:
    """A character that is as wide: all Chinese ones are, and all Korean syllables."""
    return "中" if "\u4e00" <= character <= "\u9fff" else "가" if "\uac00" <= character <= "\ud7a3" else character


@lru_cache(maxsize=4096)
def _advance(character: str, bold: bool) -> float:
    """How wide the character is, in sizes of the type; asking the font takes a quarter of a millisecond."""
    label = CoreLabel(font_size=MEASURED_AT, bold=bold)
    label.resolve_font_name()
    return float(label.get_extents(character)[0]) / MEASURED_AT


def natural_width(text: str, size: float, bold: bool) -> float:
    """How wide the text is on one line, at most."""
    return sum(_advance(_alike(character), bold) for character in text) * size * 1.01 + 2


def know_widths() -> None:
    """Measure what names and numbers are made of before the first of them comes."""
    for character in map(chr, range(0x20, 0x7F)):
        for bold in (False, True):
            _advance(character, bold)


def fitting(text: str, size: float, width: float, *, bold: bool = False, least: float = SMALLEST) -> float:
    """The type size at which the text fits into the width, down to ``least`` of the wanted."""
    needed = natural_width(text, size, bold)
    if needed <= width:
        return size
    fits = math.floor(size * width / needed)
    while fits > size * least and natural_width(text, fits, bold) > width:
        fits -= 1  # widths of type don't grow in proportion
    return max(size * least, fits)


class Text(Label):
    """A text. ``quiet``: a hint of lesser weight; ``may_shorten``: it may be cut, the whole stands elsewhere."""

    quiet = BooleanProperty(False)
    may_shorten = BooleanProperty(False)
    ink_x = NumericProperty(0)
    _asked: tuple[object, ...] = ()

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings)
        self.bind(pos=self._align, size=self._align, texture_size=self._align, halign=self._align)

    def _align(self, *_: object) -> None:
        inked = self.texture_size[0]
        match self.halign:
            case "left":
                self.ink_x = int(self.x)
            case "right":
                self.ink_x = int(self.right - inked)
            case _:
                self.ink_x = int(self.center_x - inked / 2)

    def set_line(self, text: str, size: float, width: float, *, least: float = SMALLEST) -> float:
        """One line that shrinks before it is cut; returns its height."""
        text = shown(text)
        self._asked = ()
        height = math.ceil(size * theme.LINE)
        self.line_height = 1.0
        self.font_size = fitting(text, size, width, bold=self.bold, least=least)
        self.text = text
        self.size = (width, height)
        if natural_width(text, self.font_size, self.bold) <= width:
            self._one_line()
        else:
            self.max_lines, self.shorten = 1, True
            self.text_size = [width, height]
        return height

    def _one_line(self) -> None:
        """Without a size to lay it out in, Kivy asks the font for the width once, not once a word."""
        self.max_lines, self.shorten = 0, False
        self.text_size = [None, None]  # type: ignore[list-item]  # Kivy: as large as it is

    def set_lines(self, text: str, size: float, width: float, *, most: int, least: float = SMALLEST) -> float:
        """One line if the text fits with shrinking, else as many as it needs, small when they are more than ``most``.

        Returns the height.
        """
        text = shown(text)
        asked = (text, size, width, most, least, self.bold)
        if asked == self._asked:
            return float(self.height)  # laying lines out is what costs most
        wanted = fitting(text, size, width, bold=self.bold, least=least)
        if most == 1 or natural_width(text, wanted, self.bold) <= width:
            return self.set_line(text, size, width, least=least)
        self.shorten = False
        self.max_lines = 0
        self.line_height = TIGHT
        self.text = text
        self.text_size = [width, None]  # type: ignore[list-item]  # Kivy: no height, wrap
        for share in (1.0, (1.0 + least) / 2, least):
            self.font_size = math.floor(size * share)
            self.texture_update()
            if self.texture_size[1] <= most * self.font_size * theme.LINE:
                break
        height = math.ceil(float(self.texture_size[1]))
        self.size = (width, height)
        self.text_size = [width, height]
        self._asked = asked
        return height


def dimmed(shade: theme.Colour) -> theme.Colour:
    """The colour while it is pressed."""
    red, green, blue, alpha = shade
    return (red * 0.72, green * 0.72, blue * 0.72, alpha)


class Bars(Widget):
    """A likelihood as a bar."""

    share = NumericProperty(0.0)
    colour = ColorProperty(theme.ACCENT)


class Card(ButtonBehavior, FloatLayout):
    """A line of a list, with a mark at its left edge."""

    edge = ColorProperty(theme.NONE)
    ground = ColorProperty(theme.CARD)
    tappable = BooleanProperty(True)


class Entry(TextInput):
    """A line to type."""


class Press(ButtonBehavior, FloatLayout):
    """A button: one label, perhaps a sign before it, perhaps a smaller line below."""

    tone_shade = ColorProperty(theme.CALM)
    shade = ColorProperty(theme.CALM)

    def __init__(self, **settings: object) -> None:
        super().__init__(size_hint=(None, None), **settings)
        self.label = Text(bold=True, halign="center", size_hint=(None, None))
        self.detail = Text(halign="center", size_hint=(None, None))
        self.icon = Icon()
        self.bind(pos=self._settle, size=self._settle)
        self._shown: Button | None = None
        self.plain = False

    @property
    def text(self) -> str:
        """What it says."""
        return str(self.label.text)

    def show(self, button: Button, size: float, width: float, small: float) -> None:
        """Take the button's looks; ``width`` is the room for its words."""
        self._shown = button
        tappable = button.tap is not None
        self.disabled = not tappable
        tone = button.tone if tappable else Tone.CALM
        self.tone_shade = theme.NONE if self.plain and tone is Tone.CALM else theme.FILLS[tone]
        self.shade = self.tone_shade
        ink = theme.INKS[tone] if tappable else theme.MUTE
        self.label.bold = not (self.plain and tone is Tone.CALM)
        for text in (self.label, self.detail):
            text.color = text.disabled_color = ink
        side = size * 1.0 if button.sign is not None and button.label else size * 1.15
        self.icon.sign, self.icon.colour, self.icon.size = button.sign, ink, (side, side)
        room = width - (side * 1.3 if button.sign is not None else 0)
        most = 2 if " " in button.label and not button.detail else 1  # a word is never broken
        self.label.set_lines(button.label, size, room, most=most, least=0.6 if most == 1 else SMALLEST)
        if button.detail:
            self.detail.set_line(button.detail, small, width)
        self.clear_widgets()
        if button.label:
            self.add_widget(self.label)
        if button.detail:
            self.add_widget(self.detail)
        if button.sign is not None:
            self.add_widget(self.icon)
        self._settle()

    def _settle(self, *_: object) -> None:
        if self._shown is None:
            return
        middle, level = self.word_centre()
        has_detail = bool(self._shown.detail)
        height = self.label.height + (self.detail.height * 0.92 if has_detail else 0)
        top = level + height / 2
        wide = 0.0
        if self._shown.sign is not None:
            wide = self.icon.width * (1.3 if self._shown.label else 1.0)
        inked = min(self.label.width, natural_width(self.label.text, self.label.font_size, self.label.bold))
        left = middle - (inked + wide) / 2
        self.icon.pos = (left, top - self.label.height / 2 - self.icon.height / 2)
        self.label.pos = (left + wide + inked / 2 - self.label.width / 2, top - self.label.height)
        self.detail.pos = (middle - self.detail.width / 2, top - height)

    def word_centre(self) -> tuple[float, float]:
        """Where the words stand."""
        return (self.center_x, self.center_y)

    def on_state(self, *_: object) -> None:
        self.shade = dimmed(tuple(self.tone_shade)) if self.state == "down" else self.tone_shade


class Pill(Press):
    """A button with round ends; ``rim`` is the colour of its outline."""

    radius = NumericProperty(999)
    rim = ColorProperty(theme.NONE)


class Lens(Press):
    """A button that follows the lower bezel of a round screen, from ``first`` to ``last`` of its width (0 to 1)."""

    first = NumericProperty(0.0)
    last = NumericProperty(1.0)
    diameter = NumericProperty(454)
    gap = NumericProperty(6)
    bezel = NumericProperty(5)

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings)
        self.bind(pos=self._draw, size=self._draw, shade=self._draw, first=self._draw, last=self._draw)
        self._draw()

    @property
    def bounds(self) -> tuple[float, float]:
        """Left and right edge."""
        left = self.first * self.diameter + (self.gap / 2 if self.first > 0 else 0)
        right = self.last * self.diameter - (self.gap / 2 if self.last < 1 else 0)
        return left, right

    def collide_point(self, x: float, y: float) -> bool:
        radius = self.diameter / 2
        left, right = self.bounds
        return bool(y <= self.top and (x - radius) ** 2 + (y - radius) ** 2 <= radius**2 and left <= x <= right)

    def word_centre(self) -> tuple[float, float]:
        """The middle of what the bezel leaves of it, a little above."""
        radius = self.diameter / 2
        level = self.top - self.height * 0.42
        reach = math.sqrt(max(0.0, (radius - self.bezel) ** 2 - (level - radius) ** 2))
        left, right = self.bounds
        return ((max(left, radius - reach) + min(right, radius + reach)) / 2, level)

    def room(self, height: float) -> float:
        """How wide words of this height may be."""
        radius = self.diameter / 2
        level = self.top - self.height * 0.42 - height * 0.36
        reach = math.sqrt(max(0.0, (radius - self.bezel) ** 2 - (level - radius) ** 2))
        left, right = self.bounds
        return float(min(right, radius + reach) - max(left, radius - reach) - 16)

    def _outline(self) -> list[tuple[float, float]]:
        radius = self.diameter / 2
        reach = radius - self.bezel
        left, right = self.bounds
        edge = math.sqrt(max(0.0, reach**2 - (self.top - radius) ** 2))
        left, right = max(left, radius - edge), min(right, radius + edge)
        steps = 48
        bottom = []
        for step in range(steps + 1):
            x = right + (left - right) * step / steps
            bottom.append((x, radius - math.sqrt(max(0.0, reach**2 - (x - radius) ** 2))))
        return [(left, self.top), (right, self.top), *bottom]

    def _draw(self, *_: object) -> None:
        self.canvas.before.clear()
        if self.height < 2:
            return
        points = self._outline()
        xs, ys = [x for x, _ in points], [y for _, y in points]
        corners = [(sum(xs) / len(xs), (max(ys) + min(ys)) / 2 + self.height * 0.2), *points]
        with self.canvas.before:
            Color(*self.shade)
            Mesh(
                vertices=[value for x, y in corners for value in (x, y, 0, 0)],
                indices=[*range(len(corners)), 1],
                mode="triangle_fan",
            )
            # A mesh has jagged edges; a thin smooth outline covers them.
            Line(points=[value for point in points for value in point], close=True, width=1.2)


Builder.load_file(str(Path(__file__).with_name("widgets.kv")))
