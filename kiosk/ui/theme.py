"""Colours, as on the wrist, sizes of type, and how a page stands in a window. Lengths in units: a portrait screen is
480 units wide (760 or more high), a landscape screen 1000 wide (560 or more high)."""

from dataclasses import dataclass
from enum import StrEnum

Colour = tuple[float, float, float, float]


def colour(code: str) -> Colour:
    """``#RRGGBB`` as Kivy wants it."""
    red, green, blue = (int(code[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return (red, green, blue, 1.0)


class Ink(StrEnum):
    """What a colour is for."""

    INK = "ink"
    MUTE = "mute"
    ACCENT = "accent"
    WARN = "warn"
    ON_ACCENT = "on_accent"
    PAPER_INK = "paper_ink"
    PAPER_MUTE = "paper_mute"
    EDGE = "edge"


@dataclass(frozen=True, slots=True)
class Palette:
    """All colours of one way of showing; ``edge_width`` in units."""

    ground: Colour
    card: Colour
    card_down: Colour
    edge: Colour
    ink: Colour
    mute: Colour
    accent: Colour
    accent_down: Colour
    on_accent: Colour
    warn: Colour
    paper: Colour
    paper_ink: Colour
    paper_mute: Colour
    focus: Colour
    edge_width: float = 1.0

    def of(self, ink: Ink) -> Colour:
        """The colour for this purpose."""
        found: Colour = getattr(self, ink.value)
        return found


CALM = Palette(
    ground=colour("#07090C"),
    card=colour("#191E25"),
    card_down=colour("#343D48"),
    edge=colour("#3A444F"),
    ink=colour("#F5F7FA"),
    mute=colour("#B9C3CF"),
    accent=colour("#3DDBA8"),
    accent_down=colour("#2FA880"),
    on_accent=colour("#00261A"),
    warn=colour("#FFBD59"),
    paper=colour("#F6F4EE"),
    paper_ink=colour("#14181D"),
    paper_mute=colour("#454C55"),
    focus=colour("#FFFFFF"),
)
"""The wrist's colours on nearly black: the same branch, the same hand."""

CONTRAST = Palette(
    ground=colour("#000000"),
    card=colour("#000000"),
    card_down=colour("#4A4A00"),
    edge=colour("#FFFFFF"),
    ink=colour("#FFFFFF"),
    mute=colour("#FFFFFF"),
    accent=colour("#FFE83B"),
    accent_down=colour("#CDB900"),
    on_accent=colour("#000000"),
    warn=colour("#FFE83B"),
    paper=colour("#FFFFFF"),
    paper_ink=colour("#000000"),
    paper_mute=colour("#000000"),
    focus=colour("#FFE83B"),
    edge_width=2.4,
)
"""White and yellow on black, every border drawn: 16:1 or more."""

WIDTH, HEIGHT = 480.0, 760.0
ACROSS_WIDTH, ACROSS_HEIGHT = 1000.0, 560.0
MARGIN = 28.0
GAP = 14.0
RADIUS = 18.0
LABEL, SMALL, TEXT, LARGE, TITLE, NUMBER = 15.0, 19.0, 22.0, 27.0, 34.0, 116.0

LARGER = 1.25
"""How much larger texts are in large text."""

LINE = 1.45
"""The height of a line of the one font, in heights of its type."""

SCREEN_FROM_M, SCREEN_HIGH_M, REACH_M = 0.7, 0.708, 1.2
"""The screen for which reach mode is drawn: 32 inches upright (0.708 m high), its lower edge 0.7 m above the floor; a
hand from a wheelchair reaches 1.2 m (EN 301 549, 8.3.2.1; spec K-02). So all controls stand in its lower 70 %."""


@dataclass(frozen=True, slots=True)
class Scale:
    """From units to the pixels of one window; ``width``, ``height`` and ``left`` are in units."""

    unit: float
    width: float
    height: float
    left: float
    across: bool

    def __call__(self, length: float) -> float:
        """Pixels of so many units."""
        return length * self.unit

    @property
    def reachable_from(self) -> float:
        """The height, from the top, below which a hand reaches everything; 0 when that is the whole screen."""
        high_m = SCREEN_HIGH_M * (ACROSS_HEIGHT / ACROSS_WIDTH if self.across else 1.0)
        return self.height * max(0.0, 1 - (REACH_M - SCREEN_FROM_M) / high_m)


def scale_of(width: int, height: int) -> Scale:
    """How the page stands in a window of these pixels: as large as it can, in the middle."""
    across = width > height
    wide, high = (ACROSS_WIDTH, ACROSS_HEIGHT) if across else (WIDTH, HEIGHT)
    unit = min(width / wide, height / high)
    return Scale(unit=unit, width=wide, height=height / unit, left=(width / unit - wide) / 2, across=across)
