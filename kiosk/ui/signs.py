"""The signs of the kiosk as strokes on a grid of 24, as on the wrist; ``y`` upwards."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kivy.graphics import Color, Ellipse, SmoothLine

from kiosk.presenters.pages import Sign
from kiosk.ui.theme import Colour

GRID, STROKE = 24.0, 2.0

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through points."""

    points: tuple[Point, ...]
    close: bool = False


@dataclass(frozen=True, slots=True)
class Disc:
    """A filled circle, or its left half."""

    x: float
    y: float
    radius: float
    half: bool = False


def _arc(x: float, y: float, radius: float, first: float, last: float, steps: int = 20) -> tuple[Point, ...]:
    """Degrees, counter-clockwise from the right."""
    angles = [math.radians(first + (last - first) * step / steps) for step in range(steps + 1)]
    return tuple((x + radius * math.cos(a), y + radius * math.sin(a)) for a in angles)


def _ring(x: float, y: float, radius: float) -> Stroke:
    return Stroke(_arc(x, y, radius, 0, 360, 32)[:-1], close=True)


def _box(left: float, bottom: float, right: float, top: float) -> Stroke:
    return Stroke(((left, bottom), (right, bottom), (right, top), (left, top)), close=True)


def _letter_a(left: float, bottom: float, wide: float, high: float) -> tuple[Stroke, ...]:
    middle = left + wide / 2
    across = bottom + high * 0.33
    inset = wide * 0.33 / 2
    return (
        Stroke(((left, bottom), (middle, bottom + high), (left + wide, bottom))),
        Stroke(((left + inset, across), (left + wide - inset, across))),
    )


SIGNS: Mapping[Sign, tuple[Stroke | Disc, ...]] = MappingProxyType(
    {
        Sign.ARROW: (Stroke(((9, 20), (16.5, 12), (9, 4))),),
        Sign.BACK: (Stroke(((15, 20), (7.5, 12), (15, 4))),),
        Sign.CARD: (_box(2.5, 5, 21.5, 19), Stroke(((2.5, 14.5), (21.5, 14.5))), Stroke(((6, 9), (11, 9)))),
        Sign.CHECK: (Stroke(((4.5, 12.5), (10, 6.8), (19.5, 17.5))),),
        Sign.CLOCK: (_ring(12, 12, 9.2), Stroke(((12, 17.5), (12, 12), (16, 9.5)))),
        Sign.CONTRAST: (_ring(12, 12, 9.2), Disc(12, 12, 9.2, half=True)),
        Sign.ERASE: (
            Stroke(((2, 12), (8, 5), (22, 5), (22, 19), (8, 19)), close=True),
            Stroke(((12, 9), (18, 15))),
            Stroke(((12, 15), (18, 9))),
        ),
        Sign.HOME: (
            Stroke(((3, 12), (12, 20.5), (21, 12))),
            Stroke(((6, 10.5), (6, 3.5), (18, 3.5), (18, 10.5))),
        ),
        Sign.ID: (
            _box(2.5, 4.5, 21.5, 19.5),
            _ring(8.5, 13.7, 2.3),
            Stroke(_arc(8.5, 7, 4, 160, 20, 12)),
            Stroke(((15, 14.5), (18.5, 14.5))),
            Stroke(((15, 10), (18.5, 10))),
        ),
        Sign.LARGE: (*_letter_a(1.5, 4, 8, 9), *_letter_a(10, 4, 12.5, 16)),
        Sign.MICROPHONE: (
            Stroke((*_arc(12, 16.5, 3.2, 0, 180), *_arc(12, 11.5, 3.2, 180, 360)), close=True),
            Stroke(_arc(12, 11.5, 6.2, 180, 360)),
            Stroke(((12, 5.3), (12, 2.5))),
        ),
        Sign.MORE: (Disc(5, 12, 1.9), Disc(12, 12, 1.9), Disc(19, 12, 1.9)),
        Sign.NONE: (),
        Sign.OFFLINE: (
            Stroke(_arc(12, 5, 14, 50, 130)),
            Stroke(_arc(12, 5, 8.5, 45, 135)),
            Disc(12, 6, 2.1),
            Stroke(((4, 20), (20, 4))),
        ),
        Sign.PHONE: (_box(6.5, 2, 17.5, 22), Stroke(((10.5, 5.2), (13.5, 5.2)))),
        Sign.PLUS: (Stroke(((12, 4.5), (12, 19.5))), Stroke(((4.5, 12), (19.5, 12)))),
        Sign.PRINTER: (
            Stroke(((7, 15), (7, 21), (17, 21), (17, 15))),
            Stroke(((7, 7.5), (3, 7.5), (3, 15.5), (21, 15.5), (21, 7.5), (17, 7.5))),
            _box(7, 3, 17, 10.5),
        ),
        Sign.REACH: (
            Stroke(((12, 21), (12, 6.5))),
            Stroke(((6, 12), (12, 6), (18, 12))),
            Stroke(((4, 3), (20, 3))),
        ),
        Sign.SEARCH: (_ring(10.5, 13.5, 7), Stroke(((15.6, 8.4), (21, 3)))),
        Sign.SPOKEN: (
            Stroke(((4, 9), (4, 15), (8, 15), (13, 19.5), (13, 4.5), (8, 9)), close=True),
            Stroke(_arc(13, 12, 5, -45, 45)),
            Stroke(_arc(13, 12, 8.5, -45, 45)),
        ),
        Sign.WARNING: (
            Stroke(((12, 21), (2.5, 4), (21.5, 4)), close=True),
            Stroke(((12, 15), (12, 10))),
            Disc(12, 7, 1.3),
        ),
    }
)


def draw(sign: Sign, left: float, bottom: float, side: float, colour: Colour) -> None:
    """Draw a sign into the canvas that is open now."""
    scale = side / GRID
    width = max(1.0, (STROKE if side < 60 else 1.5) * scale / 2)
    Color(*colour)
    for part in SIGNS[sign]:
        match part:
            case Stroke(points, close):
                flat = [v for x, y in points for v in (left + x * scale, bottom + y * scale)]
                SmoothLine(points=flat, close=close, width=width, overdraw_width=1.2)
            case Disc(x, y, radius, half):
                reach = radius * scale
                box = {"pos": (left + x * scale - reach, bottom + y * scale - reach), "size": (2 * reach, 2 * reach)}
                Ellipse(**box, angle_start=180 if half else 0, angle_end=360)
