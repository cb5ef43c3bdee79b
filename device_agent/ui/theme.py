"""The tokens of docs/design/wrist.md: colours, and where things stand on each of the three screens.

Lengths in pixels, ``*_y`` from the top; texts by the height of their type.
"""

from dataclasses import dataclass, replace
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
CARD = colour("#191E25")
CARD_DOWN = colour("#2C343E")
CALM = colour("#2C343E")
INK = colour("#F5F7FA")
MUTE = colour("#B9C3CF")
TRACK = colour("#3A444F")
ACCENT = colour("#3DDBA8")
ACCENT_INK = colour("#00261A")
WARN = colour("#FFBD59")
WARN_INK = colour("#2A1900")
ALARM = colour("#FF8A80")
NONE = (0.0, 0.0, 0.0, 0.0)
PLACES = (ACCENT, colour("#86C5FF"), colour("#C3B8FF"))
"""Bars by rank: each rank keeps its colour."""

TONES = MappingProxyType({Tone.CALM: MUTE, Tone.ACCENT: ACCENT, Tone.WARN: WARN, Tone.ALARM: ALARM})
FILLS = MappingProxyType({Tone.CALM: CALM, Tone.ACCENT: ACCENT, Tone.WARN: WARN, Tone.ALARM: ALARM})
INKS = MappingProxyType({Tone.CALM: INK, Tone.ACCENT: ACCENT_INK, Tone.WARN: WARN_INK, Tone.ALARM: WARN_INK})

LINE = 1.45
"""The height of a line of the one font, in heights of its type."""

LARGER = 1.22
"""How much larger texts are in larger-text mode."""


class Footer(StrEnum):
    """How buttons stand: hugging the bezel, or side by side."""

    LENS = "lens"
    PILLS = "pills"


@dataclass(frozen=True, slots=True)
class Geometry:
    """One screen and its type scale. ``display`` is the clock, ``lead`` the likeliest product."""

    width: int
    height: int
    margin: int
    centred: bool
    footer: Footer
    footer_height: int
    caption_y: int
    caption_width: int
    title_y: int
    title_width: int
    body_y: int
    body_bottom: int
    display: int
    title: int
    lead: int
    text: int
    small: int
    row_height: int
    bar_height: int
    gap: int
    target: int
    emblem: int
    left_handed: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Of the window."""
        return (self.width, self.height)

    @property
    def wide(self) -> int:
        """Between the margins."""
        return self.width - 2 * self.margin

    @property
    def narrow(self) -> bool:
        """Whether things must stand above each other."""
        return self.width < 240

    def footer_space(self, buttons: int) -> int:
        """What the buttons take at the bottom, their air included."""
        if buttons == 0:
            return self.body_bottom
        return self.footer_height + (6 if self.footer is Footer.LENS else 14 if self.narrow else 28)

    def fitted(self, *, larger: bool, left_handed: bool) -> "Geometry":
        """The same screen in larger-text mode, or for the left hand."""
        if not larger:
            return replace(self, left_handed=left_handed)
        return replace(
            self,
            left_handed=left_handed,
            title=round(self.title * 1.1),
            lead=round(self.lead * LARGER),
            text=round(self.text * LARGER),
            small=round(self.small * LARGER),
            row_height=round(self.row_height * LARGER),
            bar_height=self.bar_height + 2,
        )


GEOMETRIES = MappingProxyType(
    {
        Shape.ROUND: Geometry(
            width=454,
            height=454,
            margin=54,
            centred=True,
            footer=Footer.LENS,
            footer_height=104,
            caption_y=28,
            caption_width=232,
            title_y=58,
            title_width=326,
            body_y=110,
            body_bottom=68,
            display=122,
            title=36,
            lead=29,
            text=26,
            small=20,
            row_height=76,
            bar_height=8,
            gap=10,
            target=56,
            emblem=84,
        ),
        Shape.SQUARE: Geometry(
            width=396,
            height=484,
            margin=24,
            centred=False,
            footer=Footer.PILLS,
            footer_height=84,
            caption_y=18,
            caption_width=300,
            title_y=48,
            title_width=348,
            body_y=112,
            body_bottom=12,
            display=118,
            title=38,
            lead=30,
            text=27,
            small=21,
            row_height=80,
            bar_height=9,
            gap=12,
            target=60,
            emblem=92,
        ),
        Shape.BAND: Geometry(
            width=194,
            height=368,
            margin=11,
            centred=False,
            footer=Footer.PILLS,
            footer_height=56,
            caption_y=8,
            caption_width=160,
            title_y=30,
            title_width=172,
            body_y=70,
            body_bottom=8,
            display=66,
            title=25,
            lead=20,
            text=19,
            small=15,
            row_height=60,
            bar_height=7,
            gap=8,
            target=48,
            emblem=60,
        ),
    }
)
