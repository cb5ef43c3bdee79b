"""Blocks with several targets: a product in the talk, a question about what was heard, and the pad of digits."""

from kivy.graphics import Color, Ellipse
from kivy.uix.widget import Widget

from contracts.visits import Stance
from device_agent.presenters.pages import Ask, Button, Moved, Pad, Sign, Stand, Tone
from device_agent.presenters.routes import PressKey, Tap
from device_agent.presenters.steps import TAKE_BACK
from device_agent.ui import theme
from device_agent.ui.blocks import BlockView, OnTap
from device_agent.ui.icons import Icon
from device_agent.ui.theme import Geometry
from device_agent.ui.widgets import Bars, Card, Pill, Text, natural_width

_MOVES = {
    Moved.UP: (Sign.UP, theme.ACCENT),
    Moved.NEW: (Sign.NEW, theme.ACCENT),
    Moved.DOWN: (Sign.DOWN, theme.WARN),
}


_ANSWERS = {Stance.INTEREST: (Sign.HEART, Tone.ACCENT), Stance.REFUSAL: (Sign.CROSS, Tone.WARN)}


def show_answer(pill: Pill, stance: Stance, size: tuple[float, float], *, tapped: bool, heard: bool) -> None:
    """Draw the sign of interest or refusal: filled when it was tapped, outlined in its colour when it was heard."""
    sign, tone = _ANSWERS[stance]
    pill.size = size
    pill.show(Button("", "", tone if tapped else Tone.CALM, PressKey(""), sign=sign), size[1] * 0.5, *size)
    outlined = heard and not tapped
    pill.rim = theme.TONES[tone] if outlined else theme.NONE
    if outlined:
        pill.icon.colour = theme.TONES[tone]


class StandView(BlockView):
    """A product in the talk: name, likelihood, what moved it, and one tap for interest or refusal."""

    def __init__(self, geometry: Geometry, on_tap: OnTap) -> None:
        super().__init__(geometry, on_tap)
        self._label = Text(halign="left", bold=True)
        self._percent = Text(halign="left", bold=True)
        self._why = Text(halign="left", color=theme.MUTE)
        self._moved = Icon()
        self._bars = Bars(size_hint=(None, None))
        self._interest, self._refusal = Pill(radius=18), Pill(radius=18)
        self._taps: dict[int, Tap] = {}
        for pill in (self._interest, self._refusal):
            pill.bind(on_release=self._released)

    def show(self, stand: Stand, width: float, _room: float) -> None:
        """Draw it; on a narrow screen the answers stand below the name."""
        geometry = self.geometry
        self.begin(width)
        self._taps = {id(self._interest): stand.interest, id(self._refusal): stand.refusal}
        side = geometry.target
        for pill, stance in ((self._interest, Stance.INTEREST), (self._refusal, Stance.REFUSAL)):
            show_answer(pill, stance, (side, side), tapped=stand.stance is stance, heard=stand.spoken is stance)
        height = self._narrow(stand, width, side) if geometry.narrow else self._broad(stand, width, side)
        self.end(height)
        self.named = {
            f"stand {stand.name}": self._label,
            f"interest {stand.name}": self._interest,
            f"refusal {stand.name}": self._refusal,
        }

    def _broad(self, stand: Stand, width: float, side: float) -> float:
        geometry = self.geometry
        left = 6.0 if geometry.centred else 0.0  # a round screen is narrower further up
        room = width - 2 * side - 8 - 10 - left
        top = self._label.set_lines(stand.label, geometry.text * 0.94, room, most=2)
        self.put(self._label, left, 0)
        bottom = top + self._second_line(stand, room, top, left)
        height = max(bottom, side)
        self.put(self._interest, width - 2 * side - 8, (height - side) / 2)
        self.put(self._refusal, width - side, (height - side) / 2)
        return height

    def _narrow(self, stand: Stand, width: float, side: float) -> float:
        geometry = self.geometry
        top = self._label.set_lines(stand.label, geometry.text, width, most=2)
        self.put(self._label, 0, 0)
        if stand.moved is not None:
            top += self._second_line(stand, width, top, 0.0)
        else:
            self._percent.color = theme.PLACES[min(stand.place, 2)]
            tall = self._percent.set_line(stand.percent, geometry.text, width - 2 * side - 16)
            self.put(self._percent, 0, top + (side - tall) / 2)
        self.put(self._interest, width - 2 * side - 8, top)
        self.put(self._refusal, width - side, top)
        return top + side

    def _second_line(self, stand: Stand, room: float, top: float, left: float) -> float:
        """Whether it moved, the likelihood, and why or how much; returns its height."""
        geometry = self.geometry
        size = geometry.small
        shade = theme.PLACES[min(stand.place, 2)]
        if stand.moved is not None:
            sign, colour = _MOVES[stand.moved]
            self._moved.sign, self._moved.colour, self._moved.size = sign, colour, (size, size)
            self.put(self._moved, left, top + size * (theme.LINE - 1) / 2)
            left, room = left + size * 1.2, room - size * 1.2
        self._percent.color = shade
        percent_width = size * 2.4
        tall = self._percent.set_line(stand.percent, size, percent_width)
        self.put(self._percent, left, top)
        if stand.why:
            tall = max(tall, self._why.set_lines(stand.why, size, room - percent_width, most=2))
            self.put(self._why, left + percent_width, top)
        else:
            self._bars.share, self._bars.colour = stand.share, shade
            self._bars.size = (room - percent_width - 4, geometry.bar_height)
            self.put(self._bars, left + percent_width + 4, top + (tall - geometry.bar_height) / 2)
        return tall

    def _released(self, pill: Widget) -> None:
        self.on_tap(self._taps[id(pill)])


class AskView(BlockView):
    """A question about what was heard: its words, and three answers side by side."""

    def __init__(self, geometry: Geometry, on_tap: OnTap) -> None:
        super().__init__(geometry, on_tap)
        self._card = Card(tappable=False)
        self._sign = Icon(sign=Sign.SAID, colour=theme.INK)
        self._text = Text(halign="left", bold=True)
        self._interest, self._refusal, self._skip = Pill(radius=18), Pill(radius=18), Pill(radius=18)
        self._taps: dict[int, Tap] = {}
        for pill in (self._interest, self._refusal, self._skip):
            pill.bind(on_release=lambda pill: self.on_tap(self._taps[id(pill)]))

    def show(self, ask: Ask, width: float, _room: float) -> None:
        """Draw it."""
        geometry = self.geometry
        self.begin(width)
        pills = (self._interest, self._refusal, self._skip)
        self._taps = dict(zip(map(id, pills), (ask.interest, ask.refusal, ask.skip), strict=True))
        pad, gap = (5, 5) if geometry.narrow else (10, 8)
        self.put(self._card, 0, 0)
        side = geometry.text
        begins = pad + 2 + side * 1.3
        height = self._text.set_lines(ask.text, geometry.text, width - begins - pad, most=2)
        left = pad + 2.0
        if geometry.centred:
            inked = min(self._text.width, natural_width(self._text.text, self._text.font_size, True))
            left = max(left, (width - inked - side * 1.3) / 2)
        self._sign.size = (side, side)
        self.put(self._sign, left, pad + (height - side) / 2)
        self.put(self._text, left + side * 1.3, pad)
        top = pad + height + (4 if geometry.narrow else 6)
        size = ((width - 2 * pad - 2 * gap) / 3, float(geometry.target))
        for pill, stance in ((self._interest, Stance.INTEREST), (self._refusal, Stance.REFUSAL)):
            show_answer(pill, stance, size, tapped=False, heard=ask.likely is stance)
        self._skip.size = size
        skip = Button("", ask.skip_label, Tone.CALM, ask.skip)
        self._skip.show(skip, geometry.text * 0.9, size[0] - 4, geometry.small)
        order = tuple(reversed(pills)) if geometry.left_handed else pills
        for place, pill in enumerate(order):
            self.put(pill, pad + place * (size[0] + gap), top)
        self._card.size = (width, top + size[1] + pad)
        self.end(self._card.height)
        self.named = {
            "question": self._text,
            "question interest": self._interest,
            "question refusal": self._refusal,
            "question skip": self._skip,
        }


class Filled(Widget):
    """How many digits are typed."""

    def show(self, filled: int, length: int, side: float) -> None:
        """Draw the dots in a row."""
        self._filled, self._length, self._side = filled, length, side
        self.bind(pos=self._draw)
        self._draw()

    def _draw(self, *_: object) -> None:
        side = self._side
        self.canvas.clear()
        with self.canvas:
            for place in range(self._length):
                Color(*(theme.ACCENT if place < self._filled else theme.TRACK))
                Ellipse(pos=(self.x + place * side * 2, self.y), size=(side, side))


class PadView(BlockView):
    """Ten digits and one to take back."""

    KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "", "0", TAKE_BACK)

    def __init__(self, geometry: Geometry, on_tap: OnTap) -> None:
        super().__init__(geometry, on_tap)
        self._filled = Filled(size_hint=(None, None))
        self._keys = {key: Pill(radius=18) for key in self.KEYS if key}
        for key, pill in self._keys.items():
            pill.bind(on_release=lambda _pill, key=key: on_tap(PressKey(key)))

    def show(self, pad: Pad, width: float, room: float) -> None:
        """Draw it."""
        geometry = self.geometry
        self.begin(width)
        side = geometry.small * 0.7
        gap = 8
        self._filled.size = ((2 * pad.length - 1) * side, side)
        self._filled.show(pad.filled, pad.length, side)
        self.put(self._filled, (width - self._filled.width) / 2, 0)
        top = side + 14
        key_width = min((width - 2 * gap) / 3, geometry.target * 1.7)
        key_height = min(max(geometry.target, (room - top - 3 * gap) / 4), geometry.target * 1.25)
        left = (width - 3 * key_width - 2 * gap) / 2
        for place, key in enumerate(self.KEYS):
            if not key:
                continue
            pill = self._keys[key]
            pill.size = (key_width, key_height)
            tap = PressKey(key) if pad.open else None
            label, sign = ("", Sign.ERASE) if key == TAKE_BACK else (key, None)
            pill.show(Button(key, label, Tone.CALM, tap, sign=sign), geometry.lead, key_width, geometry.small)
            self.put(pill, left + (place % 3) * (key_width + gap), top + (place // 3) * (key_height + gap))
        self.end(top + 4 * key_height + 3 * gap)
        self.named = {f"key {key}": pill for key, pill in self._keys.items()}
