"""The widgets of the kiosk's pages."""

from collections.abc import Callable

from kivy.graphics import Color, Line, Rectangle, RoundedRectangle
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.label import Label
from kivy.uix.widget import Widget

from kiosk.presenters.pages import Choice, Sign, Tone
from kiosk.ui import theme
from kiosk.ui.lettering import fitting
from kiosk.ui.theme import Colour, Scale


class Words(Label):
    """Text in a box: shrinks until it fits."""

    def __init__(
        self,
        text: str,
        *,
        box: tuple[float, float, float, float],
        size: float,
        ink: Colour,
        bold: bool = False,
        halign: str = "left",
        valign: str = "middle",
    ) -> None:
        left, bottom, width, height = box
        super().__init__(
            text=text,
            font_size=fitting(text, size, width, height, bold=bold),
            color=ink,
            bold=bold,
            halign=halign,
            valign=valign,
            size_hint=(None, None),
            size=(width, height),
            pos=(left, bottom),
            text_size=(width, height),
            line_height=1.0,
        )


class Tile(ButtonBehavior, Widget):
    """A choice to touch: label, a second line, a sign."""

    def __init__(
        self, choice: Choice, scale: Scale, *, box: tuple[float, float, float, float], on_tap: Callable[[Choice], None]
    ) -> None:
        left, bottom, width, height = box
        super().__init__(size_hint=(None, None), pos=(left, bottom), size=(width, height), always_release=False)
        self.choice = choice
        self._scale = scale
        self._on_tap = on_tap
        accent = choice.tone is Tone.ACCENT
        self._up, self._down = (theme.ACCENT, theme.ACCENT_DOWN) if accent else (theme.CARD, theme.CARD_DOWN)
        ink = theme.ACCENT_INK if accent else theme.INK
        with self.canvas.before:
            self._shade = Color(*self._up)
            RoundedRectangle(pos=self.pos, size=self.size, radius=[scale(theme.RADIUS)])
            if not accent:
                Color(*theme.EDGE)
                inner = (self.x + 1, self.y + 1, self.width - 2, self.height - 2, scale(theme.RADIUS))
                Line(rounded_rectangle=inner, width=max(1.0, scale(0.9)))
        centred = choice.sign in (Sign.NONE, Sign.MORE)
        pad = scale(18)
        before = scale(66) if choice.sign is Sign.CARD else 0.0
        after = scale(30) if choice.sign is Sign.ARROW else 0.0
        self._letters(
            left + pad + before, bottom, width - 2 * pad - before - after, height, ink, centred=centred, accent=accent
        )
        match choice.sign:
            case Sign.CARD:
                self._card()
            case Sign.ARROW:
                self._arrow()
            case Sign.MORE | Sign.NONE:
                pass

    def on_state(self, *_: object) -> None:
        self._shade.rgba = self._down if self.state == "down" else self._up

    def on_release(self) -> None:
        self._on_tap(self.choice)

    def _letters(
        self, left: float, bottom: float, width: float, height: float, ink: Colour, *, centred: bool, accent: bool
    ) -> None:
        scale, choice = self._scale, self.choice
        halign = "center" if centred else "left"
        lines = scale(theme.LARGE) * 1.5
        if choice.detail:
            top = bottom + height / 2 - scale(6)
            label_box = (left, top, width, lines)
            detail_box = (left, top - scale(theme.SMALL) * 1.7, width, scale(theme.SMALL) * 1.7)
            self.add_widget(
                Words(choice.detail, box=detail_box, size=scale(theme.SMALL), ink=theme.MUTE, halign=halign)
            )
        else:
            label_box = (left, bottom + scale(4), width, height - scale(8))
        size = scale(theme.LARGE if choice.sign is not Sign.NONE or accent else theme.TEXT * 1.1)
        self.add_widget(Words(choice.label, box=label_box, size=size, ink=ink, bold=True, halign=halign))

    def _card(self) -> None:
        """A bank card: its chip and its stripe."""
        scale = self._scale
        width, height = scale(52), scale(34)
        left, bottom = self.x + scale(18), self.center_y - height / 2
        with self.canvas:
            Color(*theme.ACCENT)
            RoundedRectangle(pos=(left, bottom), size=(width, height), radius=[scale(6)])
            Color(*theme.ACCENT_INK)
            RoundedRectangle(pos=(left + scale(7), bottom + scale(14)), size=(scale(11), scale(9)), radius=[scale(2)])
            Rectangle(pos=(left + scale(7), bottom + scale(6)), size=(scale(26), scale(3)))

    def _arrow(self) -> None:
        scale = self._scale
        tip, reach = self.right - scale(22), scale(8)
        with self.canvas:
            Color(*theme.ACCENT)
            Line(
                points=[
                    *(tip - reach, self.center_y + reach),
                    *(tip, self.center_y),
                    *(tip - reach, self.center_y - reach),
                ],
                width=max(1.2, scale(1.8)),
            )


class Paper(Widget):
    """A ticket of paper: a notch at either side, a line to tear."""

    def __init__(self, scale: Scale, *, box: tuple[float, float, float, float], tear: float) -> None:
        left, bottom, width, height = box
        super().__init__(size_hint=(None, None), pos=(left, bottom), size=(width, height))
        notch = scale(11)
        with self.canvas:
            Color(*theme.PAPER)
            RoundedRectangle(pos=self.pos, size=self.size, radius=[scale(theme.RADIUS)])
            Color(*theme.BLACK)
            for x in (left, left + width):
                RoundedRectangle(pos=(x - notch, tear - notch), size=(2 * notch, 2 * notch), radius=[notch])
            Color(*theme.PAPER_MUTE)
            dash = scale(7)
            at = left + scale(26)
            while at + dash < left + width - scale(24):
                Rectangle(pos=(at, tear - scale(1)), size=(dash, max(1.0, scale(1.6))))
                at += dash * 2


class Dots(Widget):
    """How far the customer has come: the present step is a bar, so that it isn't told by colour alone."""

    def __init__(self, scale: Scale, *, left: float, bottom: float, step: int, of: int) -> None:
        super().__init__(size_hint=(None, None), pos=(left, bottom), size=(scale(120), scale(8)))
        x, high = left, scale(8)
        with self.canvas:
            for place in range(1, of + 1):
                wide = scale(34) if place == step else high
                Color(*(theme.ACCENT if place <= step else theme.EDGE))
                RoundedRectangle(pos=(x, bottom), size=(wide, high), radius=[high / 2])
                x += wide + scale(8)


class Countdown(Widget):
    """The time that is left, as a bar that shrinks."""

    def __init__(self, scale: Scale, *, box: tuple[float, float, float, float], shade: Colour) -> None:
        left, bottom, width, height = box
        super().__init__(size_hint=(None, None), pos=(left, bottom), size=(width, height))
        radius = [height / 2]
        with self.canvas:
            Color(*theme.EDGE)
            RoundedRectangle(pos=self.pos, size=self.size, radius=radius)
            Color(*shade)
            self._bar = RoundedRectangle(pos=self.pos, size=self.size, radius=radius)

    def show(self, share: float) -> None:
        """Of the whole, 0 to 1."""
        self._bar.size = (max(self.height, self.width * share), self.height)


class WarningSign(Widget):
    """A triangle with an exclamation mark."""

    def __init__(self, scale: Scale, *, left: float, bottom: float, side: float) -> None:
        super().__init__(size_hint=(None, None), pos=(left, bottom), size=(side, side))
        high = side * 0.88
        with self.canvas:
            Color(*theme.WARN)
            Line(
                points=[left, bottom, left + side, bottom, left + side / 2, bottom + high],
                close=True,
                width=max(1.5, scale(3)),
                joint="round",
            )
            stroke = max(2.0, side * 0.09)
            Rectangle(pos=(left + side / 2 - stroke / 2, bottom + high * 0.34), size=(stroke, high * 0.34))
            Rectangle(pos=(left + side / 2 - stroke / 2, bottom + high * 0.16), size=(stroke, stroke))
