"""The widgets of the kiosk's pages: each shows one part, and is made anew when its part changes."""

from collections.abc import Callable

import segno
from kivy.graphics import BorderImage, Color, Line, Rectangle, RoundedRectangle
from kivy.graphics.texture import Texture
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.label import Label
from kivy.uix.widget import Widget

from kiosk.presenters.pages import Choice, Hint, Sign, Tone
from kiosk.ui import parts, signs
from kiosk.ui.lettering import fitting, one_line, opened, width_of
from kiosk.ui.parts import Style
from kiosk.ui.slices import MIDDLE, ground
from kiosk.ui.theme import GAP, RADIUS, SMALL, Colour, Palette, Scale
from runtime.fonts import shown

MASK = 0
"""A chessboard: links are drawn by lot, so that it leaves no large area of one colour."""

Box = tuple[float, float, float, float]
"""Left, bottom, width, height in pixels."""


def _corner(radius: float, box: Box) -> int:
    """The radius of a corner in whole pixels, where both corners have room."""
    return max(1, min(round(radius), (int(min(box[2], box[3])) - MIDDLE) // 2))


class Words(Label):
    """Text in a box: shrinks until it fits."""

    def __init__(
        self, text: str, *, box: Box, size: float, ink: Colour, bold: bool = False, halign: str, valign: str = "middle"
    ) -> None:
        left, bottom, width, height = box
        text = shown(text)
        super().__init__(
            text=text,
            font_size=opened(fitting(text, size, width, height, bold=bold)),
            color=ink,
            bold=bold,
            halign=halign,
            valign=valign,
            size_hint=(None, None),
            size=(width, height),
            pos=(left, bottom),
            # In the middle the whole texture is: Kivy drops lines when it lays them out from the middle itself.
            text_size=(width, None if valign == "middle" else height),
            line_height=1.0,
        )


class Tile(ButtonBehavior, Widget):
    """A choice to touch: a sign, a label, a second line. What is switched on is filled, and not only coloured."""

    def __init__(
        self, part: parts.Button, box: Box, scale: Scale, palette: Palette, on_tap: Callable[[Choice], None]
    ) -> None:
        left, bottom, width, height = box
        super().__init__(size_hint=(None, None), pos=(left, bottom), size=(width, height), always_release=False)
        self.choice, self._part = part.choice, part
        self._scale, self._palette, self._on_tap = scale, palette, on_tap
        filled = part.choice.tone is Tone.ACCENT or bool(part.choice.on)
        self._ink = palette.on_accent if filled else palette.ink
        up, down = (palette.accent, palette.accent_down) if filled else (palette.card, palette.card_down)
        radius = _corner(scale(RADIUS if part.style is Style.TILE else RADIUS * 0.75), box)
        edge, edge_width = None if filled else palette.edge, max(2.0, scale(palette.edge_width))
        self._up = ground(radius, up, edge, edge_width)
        self._down = ground(radius, down, edge, edge_width)
        self._meant = True
        with self.canvas.before:
            Color(1, 1, 1, 1)
            self._ground = BorderImage(pos=self.pos, size=self.size, texture=self._up, border=(radius,) * 4)
        match part.style:
            case Style.TILE:
                self._tile()
            case Style.TOOL:
                self._tool()
            case Style.BAR:
                self._above()
            case Style.KEY:
                self._key()

    def anew(self) -> None:
        """On another page now: a finger that still presses it was meant for the page before."""
        self._meant = False
        self.state = "normal"

    def on_state(self, *_: object) -> None:
        self._ground.texture = self._down if self.state == "down" else self._up

    def on_press(self) -> None:
        self._meant = True

    def on_release(self) -> None:
        if self._meant:
            self._on_tap(self.choice)

    def _sign(self, sign: Sign, left: float, bottom: float, side: float) -> None:
        accent = self._palette.accent if sign in (Sign.ARROW, Sign.CARD, Sign.PHONE, Sign.ID) else self._ink
        filled = self.choice.tone is Tone.ACCENT or self.choice.on
        with self.canvas:
            signs.draw(sign, left, bottom, side, self._ink if filled else accent)

    def _tile(self) -> None:
        scale, choice = self._scale, self.choice
        pad, side = scale(20), min(scale(34), self.height * 0.5)
        left, width = self.x + pad, self.width - 2 * pad
        if choice.sign is Sign.ARROW:
            self._sign(choice.sign, self.right - scale(14) - side * 0.8, self.center_y - side * 0.4, side * 0.8)
            width -= side * 0.8
        elif choice.sign is not Sign.NONE:
            self._sign(choice.sign, left, self.center_y - side / 2, side)
            left, width = left + side + scale(16), width - side - scale(16)
        ink = self._palette.mute if choice.tone is not Tone.ACCENT else self._ink
        if choice.detail:
            pad_y = min(scale(10), self.height * 0.1)
            upper = (self.height - 2 * pad_y) * 0.56
            lower = self.height - 2 * pad_y - upper
            box = (left, self.y + pad_y, width, lower)
            small = scale(SMALL) * self._part.size / 27.0
            self.add_widget(Words(choice.detail, box=box, size=small, ink=ink, halign="left", valign="top"))
            box, valign = (left, self.y + pad_y + lower, width, upper), "bottom"
        else:
            box, valign = (left, self.y + scale(4), width, self.height - scale(8)), "middle"
        size = scale(self._part.size)
        self.add_widget(Words(choice.label, box=box, size=size, ink=self._ink, bold=True, halign="left", valign=valign))

    def _tool(self) -> None:
        """Sign and label beside each other, in the middle."""
        scale, choice = self._scale, self.choice
        full, high = self.width - scale(16), self.height - scale(8)
        size = one_line(choice.label, scale(self._part.size), full - scale(32), bold=True)
        whole = width_of(shown(choice.label), size, bold=True) <= full - scale(32)
        side = scale(24) if choice.sign is not Sign.NONE and whole else 0.0  # words before signs, where one must go
        gap = scale(8) if side else 0.0
        room = full - side - gap
        size = one_line(choice.label, size, room, bold=True)
        words = Words(choice.label, box=(0, 0, room, high), size=size, ink=self._ink, bold=True, halign="left")
        wide = min(room, width_of(shown(choice.label), words.font_size, bold=True) + 2)
        left = self.x + (self.width - side - gap - wide) / 2
        trailing = choice.sign is Sign.ARROW
        words.pos = (left if trailing else left + side + gap, self.y + scale(4))
        words.width = wide
        words.text_size = (wide, None)
        self.add_widget(words)
        if side:
            x = left + wide + gap if trailing else left
            self._sign(choice.sign, x, self.center_y - side / 2, side)

    def _above(self) -> None:
        """The sign above the label."""
        scale = self._scale
        label = min(scale(self._part.size) * 1.5, self.height * 0.46)
        side = min(scale(26), self.height - label - scale(8))
        self._sign(self.choice.sign, self.center_x - side / 2, self.top - scale(5) - side, side)
        box = (self.x + scale(2), self.y + scale(3), self.width - scale(4), label)
        size = scale(self._part.size)
        self.add_widget(Words(self.choice.label, box=box, size=size, ink=self._ink, halign="center"))

    def _key(self) -> None:
        if self.choice.sign is not Sign.NONE:
            side = min(self._scale(36), self.height * 0.6)
            self._sign(self.choice.sign, self.center_x - side / 2, self.center_y - side / 2, side)
            return
        size = self._scale(self._part.size)
        box = (self.x, self.y, self.width, self.height)
        self.add_widget(Words(self.choice.label, box=box, size=size, ink=self._ink, bold=True, halign="center"))


class Ground(Widget):
    """A panel, or a ticket of paper with a notch at either side and a line to tear."""

    def __init__(self, part: parts.Panel, box: Box, scale: Scale, palette: Palette) -> None:
        left, bottom, width, height = box
        super().__init__(size_hint=(None, None), pos=(left, bottom), size=(width, height))
        radius = _corner(scale(RADIUS), box)
        fill, edge = (palette.paper, None) if part.paper else (palette.card, palette.of(part.edge))
        with self.canvas:
            Color(1, 1, 1, 1)
            picture = ground(radius, fill, edge, max(2.0, scale(palette.edge_width)))
            BorderImage(pos=self.pos, size=self.size, texture=picture, border=(radius,) * 4)
            if part.tear is not None:
                self._tear(bottom + height - scale(part.tear - part.at.y), scale, palette)

    def _tear(self, y: float, scale: Scale, palette: Palette) -> None:
        notch, dash = scale(11), scale(7)
        Color(*palette.ground)
        for x in (self.x, self.right):
            RoundedRectangle(pos=(x - notch, y - notch), size=(2 * notch, 2 * notch), radius=[notch])
        Color(*palette.paper_mute)
        at = self.x + scale(26)
        while at + dash < self.right - scale(24):
            Rectangle(pos=(at, y - scale(1)), size=(dash, max(1.0, scale(1.6))))
            at += dash * 2


class SignMark(Widget):
    """A sign beside a text."""

    def __init__(self, part: parts.Mark, box: Box, palette: Palette) -> None:
        left, bottom, width, height = box
        super().__init__(size_hint=(None, None), pos=(left, bottom), size=(width, height))
        with self.canvas:
            signs.draw(part.sign, left, bottom, min(width, height), palette.of(part.ink))


def _code(link: str) -> Texture:
    """A QR code, one pixel a module, with its quiet zone of four (ISO/IEC 18004)."""
    # Of the eight masks a given one: to find the best takes ten milliseconds, in which the number isn't seen.
    code = segno.make(link, error="m", micro=False, mask=MASK)
    matrix = [bytes(row) for row in code.matrix_iter(border=4)]
    side = len(matrix)
    texture = Texture.create(size=(side, side), colorfmt="luminance")
    texture.mag_filter = texture.min_filter = "nearest"
    pixels = b"".join(bytes(0 if module else 255 for module in row) for row in reversed(matrix))
    texture.blit_buffer(pixels, colorfmt="luminance", bufferfmt="ubyte")
    return texture


class QrCode(Widget):
    """What a customer's phone reads."""

    def __init__(self, part: parts.Code, box: Box) -> None:
        left, bottom, width, height = box
        super().__init__(size_hint=(None, None), pos=(left, bottom), size=(width, height))
        texture = _code(part.link)
        module = max(1, int(min(width, height)) // texture.width)
        side = module * texture.width
        with self.canvas:
            Color(1, 1, 1, 1)
            at = (round(left + (width - side) / 2), round(bottom + (height - side) / 2))
            Rectangle(texture=texture, pos=at, size=(side, side))


class Dots(Widget):
    """How far the customer has come: the present step is a bar, so that it isn't told by colour alone."""

    def __init__(self, part: parts.Dots, box: Box, scale: Scale, palette: Palette) -> None:
        left, bottom, width, high = box
        super().__init__(size_hint=(None, None), pos=(left, bottom), size=(width, high))
        x = left
        with self.canvas:
            for place in range(1, part.of + 1):
                wide = scale(34) if place == part.step else high
                Color(*(palette.accent if place <= part.step else palette.edge))
                RoundedRectangle(pos=(x, bottom), size=(wide, high), radius=[high / 2])
                x += wide + scale(8)


class LevelBars(Widget):
    """How loud it is: bars that grow to the right, so that it isn't told by colour alone."""

    def __init__(self, part: parts.Levels, box: Box, palette: Palette) -> None:
        left, bottom, width, height = box
        super().__init__(size_hint=(None, None), pos=(left, bottom), size=(width, height))
        each = width / part.of
        wide = each * 0.5
        with self.canvas:
            for place in range(part.of):
                share = 0.25 + 0.75 * (place + 1) / part.of if place < part.level else 0.16
                high = height * share
                Color(*(palette.accent if place < part.level else palette.mute))
                at = (left + place * each, bottom + (height - high) / 2)
                RoundedRectangle(pos=at, size=(wide, high), radius=[min(wide, high) / 2])


class Bar(Widget):
    """A share of a whole, as a bar; a whole one is a rule."""

    def __init__(self, part: parts.Countdown, box: Box, palette: Palette) -> None:
        left, bottom, width, height = box
        super().__init__(size_hint=(None, None), pos=(left, bottom), size=(width, height))
        radius = [min(width, height) / 2]
        with self.canvas:
            Color(*palette.edge)
            RoundedRectangle(pos=self.pos, size=self.size, radius=radius)
            Color(*palette.of(part.ink))
            RoundedRectangle(pos=self.pos, size=(max(min(width, height), width * part.share), height), radius=radius)


class FocusRing(Widget):
    """Around what the keys of the headphone panel are at."""

    def __init__(self, box: Box, scale: Scale, palette: Palette) -> None:
        left, bottom, width, height = box
        super().__init__(size_hint=(None, None), pos=(left, bottom), size=(width, height))
        out = scale(GAP) * 0.28
        with self.canvas:
            Color(*palette.focus)
            around = (left - out, bottom - out, width + 2 * out, height + 2 * out, scale(RADIUS) + out)
            Line(rounded_rectangle=around, width=max(1.5, scale(1.8)))


class HandPicture(Widget):
    """A card, or a phone with a code, at the reader."""

    def __init__(self, part: parts.Picture, box: Box, palette: Palette) -> None:
        left, bottom, width, height = box
        super().__init__(size_hint=(None, None), pos=(left, bottom), size=(width, height))
        self._palette = palette
        both = part.hint is Hint.BOTH
        with self.canvas:
            if part.hint in (Hint.CARD, Hint.BOTH):
                high = height * (0.66 if both else 1)
                self._card(left, bottom + height - high, width * (0.62 if both else 1), high)
            if part.hint in (Hint.CODE, Hint.BOTH):
                x, wide = (left + width * 0.66, width * 0.34) if both else (left + width * 0.22, width * 0.56)
                self._phone(x, bottom, wide, height)

    def _card(self, left: float, bottom: float, width: float, height: float) -> None:
        """A card that sends its waves to the reader below."""
        wide = min(width * 0.86, height * 0.95)
        high = wide * 0.63
        x, y = left + (width - wide) / 2, bottom + height - high - height * 0.04
        Color(*self._palette.accent)
        RoundedRectangle(pos=(x, y), size=(wide, high), radius=[wide * 0.08])
        Color(*self._palette.on_accent)
        RoundedRectangle(pos=(x + wide * 0.1, y + high * 0.46), size=(wide * 0.18, high * 0.24), radius=[wide * 0.03])
        Rectangle(pos=(x + wide * 0.1, y + high * 0.18), size=(wide * 0.5, max(1.5, high * 0.07)))
        Color(*self._palette.mute)
        middle, line = x + wide / 2, max(1.2, wide * 0.018)
        for turn in range(3):
            radius = wide * (0.10 + 0.085 * turn)
            Line(circle=(middle, y - wide * 0.02, radius, 130, 230), width=line)

    def _phone(self, left: float, bottom: float, width: float, height: float) -> None:
        """A phone that shows a code."""
        high = height * 0.92
        wide = min(width, high * 0.56)
        x, y = left + (width - wide) / 2, bottom + (height - high) / 2
        Color(*self._palette.paper)
        RoundedRectangle(pos=(x, y), size=(wide, high), radius=[wide * 0.14])
        Color(*self._palette.paper_ink)
        Line(rounded_rectangle=(x, y, wide, high, wide * 0.14), width=max(1.2, wide * 0.03))
        cell = wide * 0.72 / 7
        corner = (x + wide * 0.14, y + (high - 7 * cell) / 2)
        for row, cells in enumerate(("1110111", "1010101", "1110111", "0001000", "1110101", "1010010", "1110101")):
            for column, on in enumerate(cells):
                if on == "1":
                    Rectangle(pos=(corner[0] + column * cell, corner[1] + (6 - row) * cell), size=(cell, cell))


def widget_of(part: parts.Part, box: Box, scale: Scale, palette: Palette, on_tap: Callable[[Choice], None]) -> Widget:
    """The widget that shows a part."""
    match part:
        case parts.Text(text=text, bold=bold, halign=halign, valign=valign):
            size = scale(part.size)
            if part.single:
                size *= min(1.0, box[2] / max(1.0, width_of(text, size, bold=bold)) * 0.98)
            ink = palette.of(part.ink)
            return Words(text, box=box, size=size, ink=ink, bold=bold, halign=halign, valign=valign)
        case parts.Button():
            return Tile(part, box, scale, palette, on_tap)
        case parts.Panel():
            return Ground(part, box, scale, palette)
        case parts.Mark():
            return SignMark(part, box, palette)
        case parts.Picture():
            return HandPicture(part, box, palette)
        case parts.Code():
            return QrCode(part, box)
        case parts.Dots():
            return Dots(part, box, scale, palette)
        case parts.Levels():
            return LevelBars(part, box, palette)
        case parts.Countdown():
            return Bar(part, box, palette)
        case parts.Ring():
            return FocusRing(box, scale, palette)
