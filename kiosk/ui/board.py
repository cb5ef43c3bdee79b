"""Puts a page on the screen: everything is placed in units from the top left, as the scale says."""

from collections.abc import Callable
from dataclasses import replace

from kivy.uix.floatlayout import FloatLayout
from kivy.uix.widget import Widget

from kiosk.presenters.pages import STEPS, Choice, ChoicePage, Head, Page, Tap, TicketPage, Tone
from kiosk.presenters.visit import ANSWER_S, TICKET_S
from kiosk.ui import theme
from kiosk.ui.theme import GAP, LARGE, MARGIN, NUMBER, SMALL, TEXT, TITLE, WIDTH, Scale
from kiosk.ui.widgets import Countdown, Dots, Paper, Tile, WarningSign, Words

INNER = WIDTH - 2 * MARGIN
FOOT = 76
"""Height of the buttons at the bottom."""

BODY = 216
"""Where the choices begin."""


class Board(FloatLayout):
    """The page on the glass. ``named`` finds the widget of a choice or text by its page's name for it."""

    def __init__(self, scale: Scale, size: tuple[int, int], on_tap: Callable[[Tap], None]) -> None:
        super().__init__(size_hint=(None, None), size=size)
        self.shown: Page | None = None
        self.named: dict[str, Widget] = {}
        self._scale = scale
        self._on_tap = on_tap
        self._left: Words | None = None
        self._bar: Countdown | None = None

    def show(self, page: Page) -> bool:
        """Draw the page when it differs from what is shown; true when it is another page than before."""
        before = self.shown
        if page == before:
            return False
        self.shown = page
        if before is not None and _still(page) == _still(before):
            self.named["clock"].text = page.head.clock
            self._count_down(page)
            return False
        self.clear_widgets()
        self.named, self._left, self._bar = {}, None, None
        self._head(page.head)
        if isinstance(page, TicketPage):
            self._ticket(page)
        elif page.name == "start":
            self._start(page)
        elif page.left_s is not None:
            self._message(page)
        else:
            self._question(page)
        self._count_down(page)
        return before is None or page.name != before.name

    def _head(self, head: Head) -> None:
        self._words("place", head.place, y=24, height=34, width=250, size=SMALL, ink=theme.MUTE)
        self._words("clock", head.clock, y=24, height=34, x=WIDTH - MARGIN - 80, width=80, size=SMALL, halign="right")
        if head.notice:
            room = WIDTH - 2 * MARGIN
            self._words("notice", f"○ {head.notice}", y=56, height=30, width=room, size=SMALL, ink=theme.WARN)

    def _start(self, page: ChoicePage) -> None:
        self._words("title", page.title, y=96, height=230, size=LARGE * 1.4, bold=True)
        high, gap = 112, 16
        top = self._scale.height - 40 - len(page.choices) * (high + gap) + gap
        for place, choice in enumerate(page.choices):
            self._tile(choice, y=top + place * (high + gap), height=high)

    def _question(self, page: ChoicePage) -> None:
        if page.step:
            scale = self._scale
            x, bottom = self._x(MARGIN), scale(scale.height - 106)
            self.add_widget(Dots(scale, left=x, bottom=bottom, step=page.step, of=STEPS))
        self._words("title", page.title, y=116, height=56, size=TITLE, bold=True)
        self._words("words", page.words, y=172, height=34, size=SMALL, ink=theme.MUTE)
        bottom = self._scale.height - 28 - FOOT - 16
        self._foot(page)
        if page.aside is not None:
            bottom -= FOOT
            self._tile(page.aside, y=bottom, height=FOOT)
            bottom -= GAP
        rows = -(-len(page.choices) // page.columns)
        room = bottom - BODY
        high = min(124.0 if page.columns == 2 else 96.0, (room - GAP * (rows - 1)) / rows)
        wide = (INNER - GAP * (page.columns - 1)) / page.columns
        for place, choice in enumerate(page.choices):
            row, column = divmod(place, page.columns)
            self._tile(choice, y=BODY + row * (high + GAP), height=high, x=MARGIN + column * (wide + GAP), width=wide)

    def _message(self, page: ChoicePage) -> None:
        y = 150.0
        if page.tone is Tone.WARN:
            side = 92
            left, bottom = self._x(MARGIN), self._scale(self._scale.height - y - side)
            self.add_widget(WarningSign(self._scale, left=left, bottom=bottom, side=self._scale(side)))
            y += side + 20
        self._words("title", page.title, y=y, height=104, size=TITLE, bold=True, valign="bottom")
        self._words("words", page.words, y=y + 112, height=76, size=TEXT, ink=theme.MUTE, valign="top")
        high = 88
        top = self._scale.height - 100 - len(page.choices) * (high + GAP)
        for place, choice in enumerate(page.choices):
            self._tile(choice, y=top + place * (high + GAP), height=high)
        self._left_line(theme.WARN if page.tone is Tone.WARN else theme.ACCENT)

    def _ticket(self, page: TicketPage) -> None:
        scale, top, high = self._scale, 104, 292
        tear = scale(scale.height - top - high + 74)
        box = (self._x(MARGIN), scale(scale.height - top - high), scale(INNER), scale(high))
        self.add_widget(Paper(scale, box=box, tear=tear))
        muted, ink = theme.PAPER_MUTE, theme.PAPER_INK
        self._on_paper("label", page.label, y=top + 18, height=36, size=TEXT, ink=muted)
        self._on_paper("number", page.number, y=top + 54, height=150, size=NUMBER, ink=ink, bold=True)
        line = " · ".join(part for part in (page.business, page.issued) if part)
        self._on_paper("business", line, y=top + high - 66, height=56, size=SMALL, ink=ink)
        shade = theme.WARN if page.tone is Tone.WARN else theme.INK
        self._words("title", page.title, y=top + high + 22, height=52, size=LARGE * 1.15, ink=shade, bold=True)
        self._words("words", page.words, y=top + high + 76, height=66, size=TEXT * 0.95, ink=theme.MUTE, valign="top")
        self._tile(page.done, y=scale.height - 100 - 88 - GAP, height=88)
        self._left_line(theme.ACCENT)

    def _on_paper(
        self, name: str, text: str, *, y: float, height: float, size: float, ink: theme.Colour, bold: bool = False
    ) -> None:
        room = INNER - 40
        self._words(
            name, text, y=y, height=height, size=size, x=MARGIN + 20, width=room, ink=ink, bold=bold, halign="center"
        )

    def _left_line(self, shade: theme.Colour) -> None:
        scale = self._scale
        y = scale.height - 92
        self._left = self._words("left", " ", y=y, height=34, size=SMALL, ink=theme.MUTE, halign="center")
        box = (self._x(MARGIN), scale(scale.height - y - 50), scale(INNER), scale(8))
        self._bar = Countdown(scale, box=box, shade=shade)
        self.add_widget(self._bar)

    def _count_down(self, page: Page) -> None:
        if self._left is None or self._bar is None or page.left_s is None:
            return
        whole = ANSWER_S if page.name == "still there" else TICKET_S
        self._left.text = page.left
        self._bar.show(page.left_s / whole)

    def _foot(self, page: ChoicePage) -> None:
        y = self._scale.height - 28 - FOOT
        half = (INNER - GAP) / 2
        if page.back is not None:
            self._tile(page.back, y=y, height=FOOT, width=half)
        if page.over is not None:
            self._tile(page.over, y=y, height=FOOT, x=MARGIN + half + GAP, width=half)

    def _tile(self, choice: Choice, *, y: float, height: float, x: float = MARGIN, width: float = INNER) -> None:
        scale = self._scale
        box = (self._x(x), scale(scale.height - y - height), scale(width), scale(height))
        tile = Tile(choice, scale, box=box, on_tap=lambda chosen: self._on_tap(chosen.tap))
        self.named[choice.name] = tile
        self.add_widget(tile)

    def _words(
        self,
        name: str,
        text: str,
        *,
        y: float,
        height: float,
        size: float,
        x: float = MARGIN,
        width: float = INNER,
        ink: theme.Colour = theme.INK,
        bold: bool = False,
        halign: str = "left",
        valign: str = "middle",
    ) -> Words:
        scale = self._scale
        box = (self._x(x), scale(scale.height - y - height), scale(width), scale(height))
        words = Words(text, box=box, size=scale(size), ink=ink, bold=bold, halign=halign, valign=valign)
        self.named[name] = words
        self.add_widget(words)
        return words

    def _x(self, units: float) -> float:
        return self._scale(self._scale.left + units)


def _still(page: Page) -> Page:
    """The page without what changes by itself: a button under a finger must not be drawn anew."""
    head = replace(page.head, clock="")
    if isinstance(page, TicketPage):
        return replace(page, head=head, left_s=0, left="")
    return replace(page, head=head, left_s=None if page.left_s is None else 0, left="")
