"""Colours, as on the wrist, and lengths in units: the screen is 480 units wide, or 760 high if that is less."""

from dataclasses import dataclass
from types import MappingProxyType

from kiosk.presenters.pages import Tone

Colour = tuple[float, float, float, float]


def colour(code: str) -> Colour:
    """``#RRGGBB`` as Kivy wants it."""
    red, green, blue = (int(code[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return (red, green, blue, 1.0)


BLACK = colour("#000000")
CARD = colour("#1B2027")
CARD_DOWN = colour("#343D48")
EDGE = colour("#3A4450")
INK = colour("#F4F6F8")
MUTE = colour("#B4BEC9")
ACCENT = colour("#3DD6A3")
ACCENT_DOWN = colour("#2FA880")
ACCENT_INK = colour("#00281B")
WARN = colour("#FFB454")
PAPER = colour("#F6F4EE")
PAPER_INK = colour("#14181D")
PAPER_MUTE = colour("#454C55")

TONES = MappingProxyType({Tone.CALM: INK, Tone.ACCENT: ACCENT, Tone.WARN: WARN})

WIDTH, HEIGHT = 480, 760
MARGIN = 28
GAP = 14
RADIUS = 20
SMALL, TEXT, LARGE, TITLE, NUMBER = 19, 22, 28, 34, 112


@dataclass(frozen=True, slots=True)
class Scale:
    """From units to the pixels of one window; ``height`` and ``left`` are in units."""

    unit: float
    height: float
    left: float

    def __call__(self, length: float) -> float:
        """Pixels of so many units."""
        return length * self.unit


def scale_of(width: int, height: int) -> Scale:
    """How the page stands in a window of these pixels: as large as it can, in the middle."""
    unit = min(width / WIDTH, height / HEIGHT)
    return Scale(unit=unit, height=height / unit, left=(width / unit - WIDTH) / 2)
