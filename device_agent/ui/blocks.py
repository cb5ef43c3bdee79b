"""The blocks of a page's body as widgets that are made once and shown again with other values."""

import math
from collections.abc import Callable

from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.widget import Widget

from device_agent.presenters.pages import (
    JOINT,
    Bar,
    Button,
    Choice,
    Detail,
    Emblem,
    Live,
    Progress,
    Row,
    Sign,
    Tone,
    Words,
)
from device_agent.presenters.routes import Tap
from device_agent.ui import theme
from device_agent.ui.icons import Icon
from device_agent.ui.theme import Geometry
from device_agent.ui.widgets import SMALLEST, TIGHT, Bars, Card, Pill, Text, natural_width

OnTap = Callable[[Tap], None]


class BlockView(FloatLayout):
    """A block of the body. ``named`` are its widgets by name, for touches and tests."""

    def __init__(self, geometry: Geometry, on_tap: OnTap) -> None:
        super().__init__(size_hint=(None, None))
        self.geometry = geometry
        self.on_tap = on_tap
        self.named: dict[str, Widget] = {}
        self._places: list[tuple[Widget, float, float]] = []
        self.bind(pos=self._settle, size=self._settle)

    def put(self, widget: Widget, x: float, top: float) -> None:
        """Place a child by its distance from the left and the top edge, wherever the block goes."""
        if widget.parent is None:
            self.add_widget(widget)
        self._places.append((widget, x, top))

    def begin(self, width: float) -> None:
        """Forget where everything stood."""
        self.width = width
        self.named = {}
        self._places = []

    def end(self, height: float) -> None:
        """All is placed; what isn't any more goes. ``height`` in pixels."""
        kept = {id(widget) for widget, _, _ in self._places}
        for child in tuple(self.children):
            if id(child) not in kept:
                self.remove_widget(child)
        self.height = height
        self._settle()

    def _settle(self, *_: object) -> None:
        for widget, x, top in self._places:
            widget.pos = (self.x + x, self.top - top - widget.height)


class BarView(ButtonBehavior, BlockView):
    """A product with its likelihood; touching it tells why."""

    def __init__(self, geometry: Geometry, on_tap: OnTap) -> None:
        super().__init__(geometry=geometry, on_tap=on_tap)
        self._label = Text(halign="left")
        self._percent = Text(bold=True, halign="right")
        self._reason = Text(halign="left", color=theme.MUTE)
        self._bars = Bars(size_hint=(None, None))
        self._tap: Tap | None = None

    def show(self, bar: Bar, width: float, _room: float) -> None:
        """Draw it."""
        geometry = self.geometry
        self.begin(width)
        self._tap = bar.tap
        size = geometry.lead if bar.lead else geometry.text
        shade = theme.PLACES[min(bar.place, len(theme.PLACES) - 1)]
        percent_width = size * 2.5
        self._label.bold = bar.lead
        height = self._label.set_lines(bar.label, size, width - percent_width - 6, most=2)
        self._percent.color = shade
        percent_height = self._percent.set_line(bar.percent, size, percent_width)
        self.put(self._label, 0, 0)
        self.put(self._percent, width - percent_width, (height - percent_height) / 2)
        top = height
        if bar.lead and bar.reason:
            self._reason.may_shorten = bar.tap is not None  # the whole stands on the page behind
            tall = self._reason.set_lines(bar.reason, geometry.small, width, most=2 if geometry.narrow else 1)
            self.put(self._reason, 0, top - 2)
            top += tall
        self._bars.share, self._bars.colour = bar.share, shade
        self._bars.size = (width, geometry.bar_height)
        self.put(self._bars, 0, top + 3)
        below = (
            6 if top + geometry.bar_height + 9 >= geometry.target else geometry.target - top - geometry.bar_height - 3
        )
        self.end(top + 3 + geometry.bar_height + max(0, below))
        self.named = {bar.name: self}

    def on_release(self) -> None:
        if self._tap is not None:
            self.on_tap(self._tap)


class RowView(BlockView):
    """A line of a list."""

    def __init__(self, geometry: Geometry, on_tap: OnTap) -> None:
        super().__init__(geometry, on_tap)
        self._card = Card()
        self._title = Text(bold=True, halign="left")
        self._detail = Text(halign="left", color=theme.MUTE)
        self._aside = Text(halign="right")
        self._sign, self._end = Icon(), Icon()
        self._tap: Tap | None = None
        self._card.bind(on_release=self._released)

    def show(self, row: Row, width: float, _room: float) -> None:
        """Draw it."""
        geometry = self.geometry
        self.begin(width)
        self._tap = row.tap
        size, small = geometry.text * 0.96, geometry.small
        pad = geometry.margin * 0.3 if geometry.centred else 14 if not geometry.narrow else 10
        shade = theme.TONES[row.tone]
        self._card.tappable = row.tap is not None
        self._card.ground = theme.CARD if row.tap is not None else theme.NONE
        self._card.edge = shade if row.tone is not Tone.CALM and row.sign is None else theme.NONE
        left, right = pad, pad
        self.put(self._card, 0, 0)
        if row.sign is not None:
            self._sign.sign, self._sign.colour = row.sign, shade
            self._sign.size = (size, size)
            left += size * 1.35
        end = Sign.CHECK if row.ticked else row.end
        if end is not None:
            self._end.sign, self._end.colour, self._end.size = end, shade, (size * 1.05, size * 1.05)
            right += size * 1.25
        room = width - left - right
        aside_width = 0.0
        if row.aside:
            self._aside.color = shade
            self._aside.bold = row.tone is not Tone.CALM
            aside_width = min(room * 0.5, natural_width(row.aside, small, self._aside.bold) + 4)
        below = bool(row.aside) and geometry.narrow and row.shortened
        title_room = room if below or not row.aside else room - aside_width - 6
        self._title.may_shorten = row.shortened
        most, least = (3, 0.85) if " " in row.title or not row.title.isascii() else (1, 0.6)  # a word is never broken
        most, least = (1, SMALLEST) if row.shortened else (most, least)
        title_height = self._title.set_lines(row.title, size, title_room, most=most, least=least)
        detail_text = JOINT.join(part for part in (row.aside if below else "", row.detail) if part)
        detail_height = 0.0
        if detail_text:
            self._detail.may_shorten = row.shortened
            most, least = (1, 0.94) if row.shortened else (4, 0.85)
            detail_height = self._detail.set_lines(detail_text, small, room, most=most, least=least)
        content = title_height + detail_height
        height = max(geometry.row_height if row.tap is not None else 0, content + 14)
        top = (height - content) / 2
        self.put(self._title, left, top)
        if detail_text:
            self.put(self._detail, left, top + title_height - 1)
        if row.aside and not below:
            tall = self._aside.set_line(row.aside, small, aside_width)
            self.put(self._aside, width - right - aside_width, top + (title_height - tall) / 2)
        if row.sign is not None:
            self.put(self._sign, pad, top + (title_height - size) / 2)
        if end is not None:
            self.put(self._end, width - right + size * 0.2, (height - self._end.height) / 2)
        self._card.size = (width, height)
        self.end(height)
        self.named = {row.name: self._card}

    def _released(self, *_: object) -> None:
        if self._tap is not None:
            self.on_tap(self._tap)


class ChoiceView(BlockView):
    """One of a few large answers."""

    def __init__(self, geometry: Geometry, on_tap: OnTap) -> None:
        super().__init__(geometry, on_tap)
        self._pill = Pill(radius=26)
        self._tap: Tap | None = None
        self._pill.bind(on_release=self._released)

    def show(self, choice: Choice, width: float, room: float) -> None:
        """Draw it; ``room`` is this choice's share of the body."""
        geometry = self.geometry
        self.begin(width)
        self._tap = choice.tap
        height = min(max(geometry.target, room), geometry.row_height * 1.5)
        self._pill.size = (width, height)
        button = Button(choice.name, choice.label, choice.tone, choice.tap, sign=choice.sign)
        self._pill.show(button, geometry.lead, width - 28, geometry.small)
        self.put(self._pill, 0, 0)
        self.end(height)
        self.named = {choice.name: self._pill}

    def _released(self, *_: object) -> None:
        if self._tap is not None:
            self.on_tap(self._tap)


class WordsView(BlockView):
    """Text to read."""

    def __init__(self, geometry: Geometry, on_tap: OnTap) -> None:
        super().__init__(geometry, on_tap)
        self._text = Text()

    def show(self, words: Words, width: float, _room: float, *, centred: bool = False) -> None:
        """Draw it."""
        geometry = self.geometry
        self.begin(width)
        size = geometry.small if words.quiet else geometry.text
        self._text.color = theme.MUTE if words.quiet else theme.INK
        self._text.bold = words.strong
        self._text.halign = "center" if centred or geometry.centred else "left"
        height = self._text.set_lines(words.text, size, width, most=8, least=0.9 if words.quiet else 0.82)
        self.put(self._text, 0, 0)
        self.end(height + 2)
        self.named = {"words": self._text}


class DetailView(BlockView):
    """What it is, and its value."""

    def __init__(self, geometry: Geometry, on_tap: OnTap) -> None:
        super().__init__(geometry, on_tap)
        self._label = Text(halign="left", color=theme.MUTE)
        self._value = Text(halign="left", bold=True)
        self._lock = Icon(sign=Sign.LOCK, colour=theme.MUTE)

    def show(self, detail: Detail, width: float, _room: float) -> None:
        """Draw it."""
        geometry = self.geometry
        self.begin(width)
        side = geometry.text * 0.85 if detail.masked else 0
        self._label.halign = self._value.halign = "center" if geometry.centred else "left"
        top = 0.0
        if detail.label:
            self._label.set_line(detail.label, geometry.small, width)
            self.put(self._label, 0, 0)
            top = self._label.height - 3
        self._value.set_lines(detail.value, geometry.text, width - side * 2.8, most=3)
        left = (width - self._value.width) / 2 if geometry.centred else 0.0
        self.put(self._value, left, top)
        if detail.masked:
            self._lock.size = (side, side)
            inked = min(self._value.width, natural_width(detail.value, self._value.font_size, True))
            end = (width + inked) / 2 if geometry.centred else inked
            self.put(self._lock, end + side * 0.3, top + (self._value.height - side) / 2)
        self.end(top + self._value.height)
        self.named = {f"detail {detail.label or detail.value}": self._value}


def latest(text: str, size: float, room: float) -> str:
    """The end of the text that fits into ``room`` pixels, with an ellipsis before it; where it can, from a word on."""
    left = text
    while len(left) > 8 and natural_width(left, size, False) > room:
        left = left[max(1, len(left) // 12) :]
    if left == text:
        return text
    broken, blank, whole = left.partition(" ")
    return f"…{whole if blank and len(broken) <= LONGEST_WORD else left}"


LONGEST_WORD = 12
"""Of a longer one the end is shown."""


class LiveView(BlockView):
    """The words being heard, in a place of their own whose height never changes."""

    def __init__(self, geometry: Geometry, on_tap: OnTap) -> None:
        super().__init__(geometry, on_tap)
        self._text = Text()

    def show(self, live: Live, width: float, _room: float) -> None:
        """Draw it: the end of what was heard stays visible."""
        geometry = self.geometry
        self.begin(width)
        self._text.halign = "center" if geometry.centred else "left"
        self._text.color = theme.MUTE if live.quiet or not live.text else theme.INK
        most = 1 if geometry.centred else 2
        room = width * (0.95 if most == 1 else 0.85 * most)
        self._text.set_lines(
            latest(live.text, geometry.small, room) or "…", geometry.small, width, most=most, least=0.9
        )
        self.put(self._text, 0, 0)
        self.end(math.ceil(geometry.small * theme.LINE * (1 if most == 1 else TIGHT * most)) + 2)
        self.named = {"live": self._text}


class EmblemView(BlockView):
    """A large sign alone."""

    def __init__(self, geometry: Geometry, on_tap: OnTap) -> None:
        super().__init__(geometry, on_tap)
        self._icon = Icon()

    def show(self, emblem: Emblem, width: float, _room: float) -> None:
        """Draw it."""
        side = self.geometry.emblem
        self.begin(width)
        self._icon.sign, self._icon.colour, self._icon.size = emblem.sign, theme.TONES[emblem.tone], (side, side)
        self.put(self._icon, (width - side) / 2, 0)
        self.end(side + self.geometry.gap / 2)


class ProgressView(BlockView):
    """How far something is."""

    def __init__(self, geometry: Geometry, on_tap: OnTap) -> None:
        super().__init__(geometry, on_tap)
        self._bars = Bars(size_hint=(None, None), colour=theme.ACCENT)

    def show(self, progress: Progress, width: float, _room: float) -> None:
        """Draw it."""
        self.begin(width)
        self._bars.share = progress.share
        self._bars.size = (width * 0.8, self.geometry.bar_height * 1.4)
        self.put(self._bars, width * 0.1, 8)
        self.end(self._bars.height + 16)
