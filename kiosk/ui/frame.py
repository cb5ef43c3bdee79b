"""The frame of every page: head, step, accessibility bar and foot, and the room that they leave. No Kivy in here."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from kiosk.presenters.pages import STEPS, Around, Choice, Head, Mode
from kiosk.ui.parts import Button, Dots, Mark, Part, Place, Ring, Style, Text
from kiosk.ui.theme import GAP, LABEL, LARGE, LARGER, LINE, MARGIN, SMALL, TEXT, TITLE, Ink, Scale


class Measure(Protocol):
    """How large texts are; all in units."""

    def height(self, text: str, size: float, width: float, *, bold: bool) -> float:
        """Of a text of this size that wraps in this width."""
        ...

    def snug(self, text: str, size: float, width: float, *, bold: bool) -> float:
        """The size in which it stands in one line, if it needn't shrink much for that; else ``size``."""
        ...


BAR, FOOT = 58.0, 64.0
HEAD = 92.0
"""Where the lead begins in a portrait page."""

LEAD_WIDTH = 372.0
"""Of the left column in a landscape page."""

LEAST = 52.0
"""No target is lower than this, in units: 100 pixels on a 1080 pixel wide screen."""


@dataclass(slots=True)
class Frame:
    """Collects the parts of one page. ``lead`` is the room for what is read, ``body`` for what is touched."""

    scale: Scale
    around: Around
    measure: Measure
    parts: list[Part] = field(default_factory=list)
    head_bottom: float = 82.0

    @property
    def large(self) -> bool:
        return Mode.LARGE in self.around.modes

    def size(self, size: float) -> float:
        """A size of type as this customer wants it."""
        return size * LARGER if self.large else size

    @property
    def across(self) -> bool:
        return self.scale.across

    @property
    def inner(self) -> float:
        """The width between the margins."""
        return self.scale.width - 2 * MARGIN

    @property
    def right_x(self) -> float:
        """Where the right column of a landscape page begins."""
        return MARGIN + LEAD_WIDTH + 2 * GAP

    @property
    def bar_top(self) -> float:
        return self.scale.height - 16 - BAR

    @property
    def reachable_from(self) -> float:
        """Below this height from the top stands all that is touched; 0 unless the customer reaches from below."""
        return self.scale.reachable_from if Mode.REACH in self.around.modes else 0.0

    def add(self, *parts: Part) -> None:
        self.parts.extend(parts)

    def head(self, head: Head) -> None:
        """Place and time, and below them what the customer should know."""
        wide, y = self.scale.width, 16.0
        self.text("place", head.place, Place(MARGIN, y, self.inner - 110, 34), SMALL, Ink.MUTE)
        self.text("clock", head.clock, Place(wide - MARGIN - 100, y, 100, 34), SMALL, halign="right")
        if not head.notice:
            return
        lines = head.notice.count("\n") + 1
        high = 30.0 + (lines - 1) * 26
        if self.across:
            at = Place(
                self.right_x, y if lines == 1 else 6.0, wide - self.right_x - MARGIN - 100, 34 if lines == 1 else 72
            )
        else:
            at = Place(MARGIN, y + 36, self.inner, high)
            self.head_bottom = at.bottom
        self.add(Mark("notice sign", Place(at.x, at.y + (at.height - 24) / 2, 24, 24), head.sign, Ink.WARN))
        self.text("notice", head.notice, Place(at.x + 34, at.y, at.width - 34, at.height), SMALL, Ink.WARN)

    def bar(self) -> None:
        """What makes the page easier to read, reach or hear: at the bottom of every page."""
        width = LEAD_WIDTH if self.across else self.inner
        count = max(1, len(self.around.bar))
        each = (width - 10 * (count - 1)) / max(count, 3)
        left = MARGIN
        for place, choice in enumerate(self.around.bar):
            at = Place(left + place * (each + 10), self.bar_top, each, BAR)
            self.button(choice, at, Style.BAR, LABEL)

    def foot(self, *choices: Choice | None, shares: Sequence[float] = ()) -> float:
        """A row of buttons above the bar, in these shares of the width; returns the height at which it begins."""
        shown = [choice for choice in choices if choice is not None]
        top = self.bar_top - GAP
        if not shown:
            return top
        width = (LEAD_WIDTH if self.across else self.inner) - GAP * (len(shown) - 1)
        parts = list(shares) or [1.0] * len(shown)
        x, top = MARGIN, top - FOOT
        for choice, share in zip(shown, parts, strict=True):
            each = width * share / sum(parts)
            self.button(choice, Place(x, top, each, FOOT), Style.TOOL, TEXT * 0.94)
            x += each + GAP
        return top - GAP

    def lead(self, title: str, words: str, bottom: float, *, step: int = 0, size: float = TITLE) -> float:
        """Step, title and words from the top down; across not beyond ``bottom``. Returns where they end."""
        width = LEAD_WIDTH if self.across else self.inner
        y = self.head_bottom + 4 if not self.across else 84.0
        if step:
            self.add(Dots("dots", Place(MARGIN, y, 120, 8), step, STEPS))
            y += 18
        lines = 4 if self.across else 2
        room = (bottom - y) if self.across else self.size(size + SMALL) * LINE * lines + 8
        return self.pair(title, words, Place(MARGIN, y, width, room), size, words_size=SMALL)

    def pair(self, title: str, words: str, at: Place, size: float, *, words_size: float = TEXT) -> float:
        """A title and words below it, in their room; the title gives way first. Returns where they end."""
        size, small = self.size(size), self.size(words_size)
        below = self.measure.height(words, small, at.width, bold=False) + 4 if words else 0.0
        below = min(below, at.height * 0.45)
        y = self.flow("title", title, at.y, at.width, size, bold=True, most=at.height - below - 2)
        if words:
            y = self.flow("words", words, y + 2, at.width, small, Ink.MUTE, most=at.bottom - y - 2)
        return y

    def flow(
        self,
        name: str,
        text: str,
        y: float,
        width: float,
        size: float,
        ink: Ink = Ink.INK,
        *,
        x: float = MARGIN,
        bold: bool = False,
        lines: int = 9,
        most: float = 999.0,
        halign: str = "left",
    ) -> float:
        """A text as high as it is, at most so many lines and ``most`` units; returns where it ends."""
        size = self.measure.snug(text, size, width, bold=bold)
        high = min(self.measure.height(text, size, width, bold=bold) + 2, lines * size * LINE + 2, most)
        self.add(Text(name, Place(x, y, width, high), text, size, ink, bold, halign, "middle"))
        return y + high

    def text(
        self,
        name: str,
        text: str,
        at: Place,
        size: float,
        ink: Ink = Ink.INK,
        *,
        bold: bool = False,
        halign: str = "left",
        valign: str = "middle",
    ) -> None:
        """A text in its place; nothing for an empty one."""
        if text:
            self.add(Text(name, at, text, self.size(size), ink, bold, halign, valign))

    def button(self, choice: Choice, at: Place, style: Style = Style.TILE, size: float = LARGE) -> None:
        """A choice in its place, with the ring when the keys are at it."""
        self.add(Button(choice.name, at, choice, style, self.size(size)))
        if choice.name == self.around.focus:
            self.add(Ring("focus", at))

    def grid(
        self, choices: Sequence[Choice], at: Place, *, columns: int = 1, most: float = 104.0, size: float = LARGE
    ) -> float:
        """Choices row by row, as high as there is room, at most ``most``; returns where they end."""
        if not choices:
            return at.y
        rows = -(-len(choices) // columns)
        high = min(most, (at.height - GAP * (rows - 1)) / rows)
        wide = (at.width - GAP * (columns - 1)) / columns
        for place, choice in enumerate(choices):
            row, column = divmod(place, columns)
            self.button(choice, Place(at.x + column * (wide + GAP), at.y + row * (high + GAP), wide, high), size=size)
        return at.y + rows * (high + GAP) - GAP

    def body(self, top: float, bottom: float) -> Place:
        """The room for what is touched: below the lead, or the right column; in reach mode where a hand reaches."""
        if self.across:
            at = Place(self.right_x, 84.0, self.scale.width - self.right_x - MARGIN, self.scale.height - 84.0 - 16)
        else:
            at = Place(MARGIN, top + GAP, self.inner, bottom - top - GAP)
        if (lowest := self.reachable_from) > at.y:
            at = replace(at, y=lowest, height=at.bottom - lowest)
        return at
