"""What an inspection of the window found: texts with their ink and places to touch, without any widget. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Picture = NDArray[np.uint8]
"""Rows from the top, then columns, then red, green, blue (and alpha where there is a fourth)."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the screen, in pixels from its top left corner."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Zero when the box is empty."""
        return max(0.0, self.right - self.left)

    @property
    def height(self) -> float:
        """Zero when the box is empty."""
        return max(0.0, self.bottom - self.top)

    @property
    def empty(self) -> bool:
        """No pixel lies inside."""
        return self.width <= 0 or self.height <= 0

    def within(self, other: Box) -> Box:
        """The part of this box that lies in the other one; may be empty."""
        return Box(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def beyond(self, other: Box) -> float:
        """By how many pixels this box reaches out of the other one at the worst side; 0 when it doesn't."""
        return max(
            0.0,
            other.left - self.left,
            other.top - self.top,
            self.right - other.right,
            self.bottom - other.bottom,
        )

    def __str__(self) -> str:
        return f"{self.left:.0f},{self.top:.0f} to {self.right:.0f},{self.bottom:.0f}"


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """What a text paints: RGBA, its top left corner at ``left``, ``top`` of the screen; may reach beyond it."""

    left: int
    top: int
    paint: Picture

    def box(self, least_alpha: int = 64) -> Box:
        """The smallest box around all that can be seen; empty when nothing can."""
        rows, columns = np.nonzero(self.paint[:, :, 3] >= least_alpha)
        if not rows.size:
            return Box(self.left, self.top, self.left, self.top)
        return Box(
            self.left + int(columns.min()),
            self.top + int(rows.min()),
            self.left + int(columns.max()) + 1,
            self.top + int(rows.max()) + 1,
        )


@dataclass(frozen=True, slots=True, eq=False)
class SeenText:
    """A text on the screen.

    ``line`` are the widgets from the root down to it, by number. ``clip`` is where it can be seen now, ``home`` where
    it may be, as far as it can be scrolled into sight. ``box`` is what its widget takes. ``wanted`` and ``drawn`` are
    the amounts of ink of the whole text and of what was drawn of it. ``solid`` is false where its ink is only
    estimated. ``opacity`` is that of the widget and of all those around it. ``rows`` are its lines where it wraps.
    """

    text: str
    line: tuple[int, ...]
    box: Box
    clip: Box
    home: Box
    ink: Ink
    wanted: float
    drawn: float
    shortened: bool = False
    may_shorten: bool = False
    quiet: bool = False
    solid: bool = True
    opacity: float = 1.0
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class SeenTarget:
    """A place to touch: ``touch`` are the pixels of ``box`` that take a touch; scrolled ones may be out of sight.

    ``worded`` when there is text in it, which then is checked instead of what else is drawn.
    """

    name: str
    line: tuple[int, ...]
    box: Box
    clip: Box
    touch: Mask
    scrolls: bool = False
    worded: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One moment of the window: ``frame`` are its real pixels (RGB), texts and targets in the order of drawing."""

    frame: Picture
    round: bool
    texts: tuple[SeenText, ...]
    targets: tuple[SeenTarget, ...]
