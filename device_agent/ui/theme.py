"""Colours, and where things stand on each of the three screens, in pixels from the top left."""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from device_agent.presenters.pages import Tone
from device_agent.settings import Shape

Colour = tuple[float, float, float, float]


def colour(code: str) -> Colour:
    """``#RRGGBB`` as Kivy wants it."""
    red, green, blue = (int(code[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return (red, green, blue, 1.0)


BLACK = colour("#000000")
CARD = colour("#1B2027")
CARD_DOWN = colour("#2A313A")
INK = colour("#F4F6F8")
MUTE = colour("#9AA5B1")
TRACK = colour("#2A313A")
ACCENT = colour("#3DD6A3")
ACCENT_INK = colour("#00281B")
WARN = colour("#FFB454")
PLACES = (ACCENT, colour("#6FB7FF"), colour("#A0A8BE"))
"""Bars by rank: each rank keeps its colour."""

TONES = MappingProxyType({Tone.CALM: MUTE, Tone.ACCENT: ACCENT, Tone.WARN: WARN})


class Footer(StrEnum):
    """How buttons stand: hugging the bezel, side by side, or one above the other."""

    LENS = "lens"
    PILLS = "pills"
    STACK = "stack"


@dataclass(frozen=True, slots=True)
class Geometry:
    """One screen. Lengths in pixels; ``*_y`` from the top; texts by the height of their type."""

    width: int
    height: int
    margin: int
    centred: bool
    footer: Footer
    footer_height: int
    back_y: int
    caption_y: int
    caption_width: int
    caption_size: int
    title_y: int
    title_width: int
    title_size: int
    body_y: int
    body_bottom: int
    text_size: int
    small_size: int
    row_height: int
    bar_height: int
    reasons: bool
    clock_size: int
    gap: int

    def body_height(self, *, buttons: int) -> int:
        """Of the page's body, above this many buttons."""
        below = self.body_bottom if buttons == 0 else self.footer_space(buttons)
        return self.height - self.body_y - below

    def footer_space(self, buttons: int) -> int:
        """What the buttons take at the bottom, their air included."""
        match self.footer:
            case Footer.LENS:
                return self.footer_height + 8
            case Footer.PILLS:
                return self.footer_height + 34
            case Footer.STACK:
                return 62 + 38 * (buttons - 1)


GEOMETRIES = MappingProxyType(
    {
        Shape.ROUND: Geometry(
            width=454,
            height=454,
            margin=54,
            centred=True,
            footer=Footer.LENS,
            footer_height=108,
            back_y=204,
            caption_y=29,
            caption_width=270,
            caption_size=19,
            title_y=58,
            title_width=330,
            title_size=36,
            body_y=118,
            body_bottom=62,
            text_size=25,
            small_size=16,
            row_height=66,
            bar_height=7,
            reasons=True,
            clock_size=104,
            gap=8,
        ),
        Shape.SQUARE: Geometry(
            width=396,
            height=484,
            margin=24,
            centred=False,
            footer=Footer.PILLS,
            footer_height=78,
            back_y=14,
            caption_y=18,
            caption_width=318,
            caption_size=19,
            title_y=44,
            title_width=348,
            title_size=38,
            body_y=108,
            body_bottom=20,
            text_size=25,
            small_size=17,
            row_height=74,
            bar_height=8,
            reasons=True,
            clock_size=104,
            gap=12,
        ),
        Shape.BAND: Geometry(
            width=194,
            height=368,
            margin=13,
            centred=False,
            footer=Footer.STACK,
            footer_height=50,
            back_y=8,
            caption_y=10,
            caption_width=138,
            caption_size=14,
            title_y=30,
            title_width=168,
            title_size=25,
            body_y=72,
            body_bottom=10,
            text_size=18,
            small_size=13,
            row_height=58,
            bar_height=6,
            reasons=False,
            clock_size=60,
            gap=8,
        ),
    }
)
