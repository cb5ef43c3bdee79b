"""The blocks of a page's body as widgets."""

from collections.abc import Callable
from typing import assert_never

from kivy.uix.floatlayout import FloatLayout
from kivy.uix.label import Label
from kivy.uix.widget import Widget

from device_agent.presenters.pages import Bar, Block, Row, Tap, Tone, Words
from device_agent.ui import theme
from device_agent.ui.theme import Geometry
from device_agent.ui.widgets import SMALLEST, Bars, Card, Line, fitting


class Blocks:
    """Makes the widget of any block, as wide as the body."""

    def __init__(self, geometry: Geometry, on_tap: Callable[[Tap], None]) -> None:
        self._geometry = geometry
        self._on_tap = on_tap

    def make(self, block: Block, width: float, *, room: float, of: tuple[Block, ...]) -> tuple[str, Widget]:
        """The name and the widget; bars share the ``room`` evenly, as far as they need it."""
        match block:
            case Bar():
                bars = sum(isinstance(other, Bar) for other in of)
                words = (len(of) - bars) * self._geometry.text_size * 2
                share = (room - words - self._geometry.gap * (len(of) - 1)) / max(3, bars)
                return f"bar {block.place}", self._bar(block, width, share)
            case Row():
                return block.name, self._row(block, width)
            case Words():
                return "words", self._words(block, width, room if len(of) == 1 else None)
            case _:
                assert_never(block)

    def _bar(self, bar: Bar, width: float, room: float) -> Widget:
        geometry = self._geometry
        shade = theme.PLACES[bar.place]
        size, small = geometry.text_size, geometry.small_size
        percent_width = size * 2.6
        label_width = width - percent_width - 6
        label = self._label(bar.label, size, label_width)
        reason = bar.reason if geometry.reasons else ""
        text_height, reason_height = label.height, small * 1.5 if reason else 0
        least = text_height + geometry.bar_height
        if least + reason_height > room:
            reason, reason_height = "", 0
        height = max(min(room, least + reason_height + 6), least)
        box = FloatLayout(size_hint=(None, None), size=(width, height))
        self._put(box, label, x=0, top=0, width=label_width, height=text_height)
        self._put(
            box,
            Line(text=bar.percent, font_size=size, bold=True, color=shade, halign="right"),
            x=width - percent_width,
            top=text_height - size * 1.4,
            width=percent_width,
            height=size * 1.4,
        )
        if reason:
            line = Line(text=reason, font_size=small, color=theme.MUTE, halign="left")
            self._put(box, line, x=0, top=text_height - 3, width=width, height=reason_height)
        bars = Bars(share=bar.share, colour=shade, size_hint=(None, None))
        top = text_height + reason_height
        self._put(box, bars, x=0, top=top, width=width, height=geometry.bar_height)
        return box

    def _label(self, text: str, size: float, width: float) -> Line:
        """A product's name; where no reason is shown a long one takes two lines."""
        label = Line(text=text, font_size=fitting(text, size, width), halign="left", size=(width, size * 1.4))
        if not self._geometry.reasons and fitting(text, size, width, least=0.1) < size * SMALLEST:
            label.max_lines, label.font_size, label.height = 2, round(size * SMALLEST), size * 2.2
            label.line_height = 0.8
            label.shorten = False
        return label

    def _row(self, row: Row, width: float) -> Widget:
        geometry = self._geometry
        size, small = geometry.text_size * 0.94, geometry.small_size
        height, pad = geometry.row_height, 14
        edge = theme.TONES[row.tone] if row.tone is not Tone.CALM else (0, 0, 0, 0)
        card = Card(size=(width, height), edge=edge, tappable=row.tap is not None)
        aside = "✓" if row.ticked else row.aside
        aside_size = size if row.ticked else small
        aside_width = 0.0
        if aside:
            aside_width = min(width * 0.4, len(aside) * aside_size * (1.05 if not aside.isascii() else 0.62) + 8)
        name_width = width - 2 * pad - aside_width
        name_height = size * 1.4 if row.detail else height
        detail_height = small * 1.5 if row.detail else 0
        top = (height - name_height - detail_height) / 2
        if row.detail:
            name = Line(text=row.title, font_size=fitting(row.title, size, name_width), bold=True, halign="left")
        else:
            name = self._label(row.title, size, name_width)
            name_height = height
        self._put(card, name, x=pad, top=top, width=name_width, height=name_height)
        if row.detail:
            detail = Line(text=row.detail, font_size=small, color=theme.MUTE, halign="left")
            self._put(card, detail, x=pad, top=top + name_height, width=width - 2 * pad, height=detail_height)
        if aside:
            shade = theme.TONES[row.tone]
            mark = Line(text=aside, font_size=aside_size, color=shade, halign="right")
            left = width - pad - aside_width
            self._put(card, mark, x=left, top=top, width=aside_width, height=name_height)
        if row.tap is not None:
            tap = row.tap
            card.bind(on_release=lambda *_: self._on_tap(tap))
        return card

    def _words(self, words: Words, width: float, room: float | None) -> Widget:
        geometry = self._geometry
        size = geometry.small_size * 1.1 if words.quiet else geometry.text_size
        label = Label(
            text=words.text,
            font_size=size,
            color=theme.MUTE if words.quiet else theme.INK,
            size_hint=(None, None),
            text_size=(width, None),
            halign="center" if geometry.centred else "left",
        )
        label.texture_update()
        needed = label.texture_size[1] + (8 if words.quiet else 0)
        label.size = (width, needed if room is None else max(needed, room * 0.7))
        return label

    @staticmethod
    def _put(box: Widget, widget: Widget, *, x: float, top: float, width: float, height: float) -> None:
        """Place a child by its distance from the box's left and top edge, wherever the box goes."""
        widget.size_hint = (None, None)
        widget.size = (width, height)

        def place(*_: object) -> None:
            widget.pos = (box.x + x, box.top - top - height)

        place()
        box.bind(pos=place, size=place)
        box.add_widget(widget)
