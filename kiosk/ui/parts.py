"""What a page is made of, before it is drawn: every part has a name of its own on the page and a place in units."""

from dataclasses import dataclass
from enum import StrEnum

from kiosk.presenters.pages import Choice, Hint, Sign
from kiosk.ui.theme import Ink


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle in units, ``y`` from the top of the window down."""

    x: float
    y: float
    width: float
    height: float

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def right(self) -> float:
        return self.x + self.width

    def inset(self, across: float, along: float) -> "Place":
        """Smaller by so much on each side."""
        return Place(self.x + across, self.y + along, self.width - 2 * across, self.height - 2 * along)


class Style(StrEnum):
    """How a choice is drawn."""

    TILE = "tile"
    TOOL = "tool"
    BAR = "bar"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Text:
    """Words in a place: they shrink until they fit; ``single`` ones stand in one line."""

    name: str
    at: Place
    text: str
    size: float
    ink: Ink = Ink.INK
    bold: bool = False
    halign: str = "left"
    valign: str = "middle"
    single: bool = False


@dataclass(frozen=True, slots=True)
class Button:
    """A choice to touch; ``size`` is that of its label."""

    name: str
    at: Place
    choice: Choice
    style: Style
    size: float


@dataclass(frozen=True, slots=True)
class Panel:
    """A ground for other parts; with ``tear`` it is a paper ticket that is torn at that height."""

    name: str
    at: Place
    tear: float | None = None
    paper: bool = False
    edge: Ink = Ink.EDGE


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign beside a text."""

    name: str
    at: Place
    sign: Sign
    ink: Ink


@dataclass(frozen=True, slots=True)
class Picture:
    """What to do with one's hands."""

    name: str
    at: Place
    hint: Hint


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code."""

    name: str
    at: Place
    link: str


@dataclass(frozen=True, slots=True)
class Dots:
    """How far the customer has come."""

    name: str
    at: Place
    step: int
    of: int


@dataclass(frozen=True, slots=True)
class Levels:
    """How loud it is: ``level`` of ``of`` bars."""

    name: str
    at: Place
    level: int
    of: int


@dataclass(frozen=True, slots=True)
class Countdown:
    """The time that is left; ``share`` of the whole."""

    name: str
    at: Place
    share: float
    ink: Ink


@dataclass(frozen=True, slots=True)
class Ring:
    """Around what the keys of the headphone panel are at."""

    name: str
    at: Place


Part = Text | Button | Panel | Mark | Picture | Code | Dots | Levels | Countdown | Ring
