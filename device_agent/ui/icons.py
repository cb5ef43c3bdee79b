"""Signs drawn from strokes on a grid of 24 by 24, so that they are sharp at any size and need no file."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kivy.graphics import Color, Ellipse, SmoothLine
from kivy.properties import ColorProperty, NumericProperty, ObjectProperty
from kivy.uix.widget import Widget

from device_agent.presenters.pages import Sign
from device_agent.ui import theme

GRID = 24.0
STROKE = 2.2
THIN = 1.6
"""Of signs larger than a line of text."""

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through these points, y upwards; closed when ``close``."""

    points: Points
    close: bool = False


@dataclass(frozen=True, slots=True)
class Disc:
    """A filled circle."""

    x: float
    y: float
    radius: float


def _arc(x: float, y: float, radius: float, first: float, last: float, steps: int = 20) -> Points:
    """Points of an arc; degrees, counter-clockwise from the right."""
    angles = [math.radians(first + (last - first) * step / steps) for step in range(steps + 1)]
    return tuple((x + radius * math.cos(a), y + radius * math.sin(a)) for a in angles)


def _ring(x: float, y: float, radius: float) -> Stroke:
    return Stroke(_arc(x, y, radius, 0, 360, 32)[:-1], close=True)


def _box(left: float, bottom: float, right: float, top: float) -> Stroke:
    return Stroke(((left, bottom), (right, bottom), (right, top), (left, top)), close=True)


def _heart(side: int) -> Stroke:
    """Half a heart, from the dip to the tip; two strokes, because a line through both would spike there."""
    lobe = _arc(0, 0, 4.3, 165, -35, 16)
    return Stroke(
        tuple((12 + side * x, y) for x, y in ((0.2, 16.2), *((4.6 + x, 15.2 + y) for x, y in lobe), (0, 4.2)))
    )


_SLASH = Stroke(((4, 20), (20, 4)))
_MICROPHONE = (
    Stroke((*_arc(12, 16.5, 3.2, 0, 180), *_arc(12, 11.5, 3.2, 180, 360)), close=True),
    Stroke(_arc(12, 11.5, 6.2, 180, 360)),
    Stroke(((12, 5.3), (12, 2.5))),
)

SIGNS: Mapping[Sign, tuple[Stroke | Disc, ...]] = MappingProxyType(
    {
        Sign.BACK: (Stroke(((15, 20), (7.5, 12), (15, 4))),),
        Sign.CHECK: (Stroke(((4.5, 12.5), (10, 6.8), (19.5, 17.5))),),
        Sign.CROSS: (Stroke(((6, 6), (18, 18))), Stroke(((6, 18), (18, 6)))),
        Sign.UP: (Stroke(((12, 4), (12, 20))), Stroke(((5.5, 13.5), (12, 20), (18.5, 13.5)))),
        Sign.DOWN: (Stroke(((12, 20), (12, 4))), Stroke(((5.5, 10.5), (12, 4), (18.5, 10.5)))),
        Sign.NEW: (Stroke(((12, 5), (12, 19))), Stroke(((5, 12), (19, 12)))),
        Sign.LOCK: (
            _box(5, 4, 19, 13.5),
            Stroke(((8, 13.5), *_arc(12, 16, 4, 180, 0), (16, 13.5))),
            Disc(12, 8.7, 1.6),
        ),
        Sign.MICROPHONE: _MICROPHONE,
        Sign.MICROPHONE_OFF: (*_MICROPHONE, _SLASH),
        Sign.PAUSE: (Stroke(((8, 5), (8, 19))), Stroke(((16, 5), (16, 19)))),
        Sign.PLAY: (Stroke(((8, 5), (19, 12), (8, 19)), close=True),),
        Sign.HEART: (_heart(1), _heart(-1)),
        Sign.SPEAKER: (
            Stroke(((4, 9), (4, 15), (8, 15), (13, 19.5), (13, 4.5), (8, 9)), close=True),
            Stroke(_arc(13, 12, 5, -45, 45)),
            Stroke(_arc(13, 12, 8.5, -45, 45)),
        ),
        Sign.BELL_OFF: (
            Stroke(((5, 7), (7, 10), (7, 14), *_arc(12, 14, 5, 180, 0), (17, 10), (19, 7)), close=True),
            Stroke(_arc(12, 5.5, 2.4, 180, 360)),
            _SLASH,
        ),
        Sign.BATTERY: (_box(3, 7, 19, 17), Stroke(((21.5, 10), (21.5, 14)))),
        Sign.LINKED: (Stroke(_arc(12, 5, 14, 50, 130)), Stroke(_arc(12, 5, 8.5, 45, 135)), Disc(12, 6, 2.1)),
        Sign.UNLINKED: (
            Stroke(_arc(12, 5, 14, 50, 130)),
            Stroke(_arc(12, 5, 8.5, 45, 135)),
            Disc(12, 6, 2.1),
            _SLASH,
        ),
        Sign.GEAR: (
            Stroke(((3, 17), (21, 17))),
            Stroke(((3, 7), (21, 7))),
            Disc(15, 17, 3.0),
            Disc(9, 7, 3.0),
        ),
        Sign.HIDDEN: (
            Stroke(_arc(12, 4.5, 12, 142, 38)),
            Stroke(_arc(12, 19.5, 12, -142, -38)),
            Disc(12, 12, 2.6),
            _SLASH,
        ),
        Sign.WARNING: (
            Stroke(((12, 21), (2.5, 4), (21.5, 4)), close=True),
            Stroke(((12, 15), (12, 10))),
            Disc(12, 7, 1.3),
        ),
        Sign.UPDATE: (
            Stroke(((12, 20), (12, 9))),
            Stroke(((7, 13.5), (12, 8.5), (17, 13.5))),
            Stroke(((5, 4), (19, 4))),
        ),
        Sign.CLOCK: (_ring(12, 12, 9.2), Stroke(((12, 17.5), (12, 12), (16, 9.5)))),
        Sign.SWAP: (
            Stroke(((4, 16), (20, 16))),
            Stroke(((16, 20), (20, 16), (16, 12))),
            Stroke(((20, 8), (4, 8))),
            Stroke(((8, 12), (4, 8), (8, 4))),
        ),
        Sign.CARD: (_box(2.5, 5, 21.5, 19), Stroke(((2.5, 14.5), (21.5, 14.5))), Stroke(((6, 9), (11, 9)))),
        Sign.STORE: (_box(4, 3.5, 20, 20.5), Stroke(((4, 12), (20, 12))), Disc(12, 16.2, 1.4), Disc(12, 7.8, 1.4)),
        Sign.PERSON: (_ring(12, 16.5, 4.2), Stroke((*_arc(12, 3.5, 8, 0, 180),), close=True)),
        Sign.NOTE: (Stroke(((4, 4), (4, 8), (16, 20), (20, 16), (8, 4)), close=True), Stroke(((13, 17), (17, 13)))),
        Sign.MORE: (_ring(12, 12, 9.2), Stroke(((12, 12.5), (12, 7))), Disc(12, 16, 1.4)),
        Sign.SAID: (
            Stroke(((3, 6), (3, 20), (21, 20), (21, 6), (12, 6), (7, 2), (7, 6)), close=True),
            Stroke(((8, 15.5), (16, 15.5))),
            Stroke(((8, 10.5), (13, 10.5))),
        ),
        Sign.RING: (_ring(12, 12, 9.2),),
        Sign.ERASE: (
            Stroke(((2, 12), (8, 5), (22, 5), (22, 19), (8, 19)), close=True),
            Stroke(((12, 9), (18, 15))),
            Stroke(((12, 15), (18, 9))),
        ),
    }
)


class Icon(Widget):
    """One sign; ``fill`` is a share of the battery's body, or null."""

    sign = ObjectProperty(None, allownone=True)
    colour = ColorProperty(theme.MUTE)
    fill = NumericProperty(None, allownone=True)

    def __init__(self, **settings: object) -> None:
        super().__init__(size_hint=(None, None), **settings)
        self.bind(pos=self._draw, size=self._draw, sign=self._draw, colour=self._draw, fill=self._draw)
        self._draw()

    def _draw(self, *_: object) -> None:
        self.canvas.clear()
        if self.sign is None:
            return
        side = min(self.width, self.height)
        left, bottom = self.center_x - side / 2, self.center_y - side / 2
        scale = side / GRID
        stroke = (THIN if side > 48 else STROKE) * scale
        with self.canvas:
            Color(*self.colour)
            for part in SIGNS[self.sign]:
                match part:
                    case Stroke(points, close):
                        flat = [v for x, y in points for v in (left + x * scale, bottom + y * scale)]
                        SmoothLine(points=flat, close=close, width=max(1.0, stroke / 2), overdraw_width=1.2)
                    case Disc(x, y, radius):
                        reach = radius * scale
                        Ellipse(pos=(left + x * scale - reach, bottom + y * scale - reach), size=(2 * reach, 2 * reach))
            if self.fill is not None:
                wide = 12.6 * scale * max(0.06, min(1.0, self.fill))
                middle = bottom + 12 * scale
                SmoothLine(
                    points=[left + 4.7 * scale, middle, left + 4.7 * scale + wide, middle],
                    width=3.1 * scale,
                    cap="none",
                )
