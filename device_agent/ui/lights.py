"""What shines without being touched: page dots, how far a page is scrolled, the light along the edge."""

from kivy.graphics import Color, InstructionGroup, Line, RoundedRectangle
from kivy.properties import ColorProperty, NumericProperty
from kivy.uix.widget import Widget

from device_agent.ui import theme


class Dots(Widget):
    """Which of how many pages is open."""

    at = NumericProperty(0)
    count = NumericProperty(0)

    def __init__(self, **settings: object) -> None:
        super().__init__(size_hint=(None, None), **settings)
        self.bind(pos=self._draw, size=self._draw, at=self._draw, count=self._draw)

    def _draw(self, *_: object) -> None:
        self.canvas.clear()
        side = gap = self.height
        lit = side * 2.4
        total = (self.count - 1) * (side + gap) + lit
        x, y = self.center_x - total / 2, self.y
        with self.canvas:
            for place in range(int(self.count)):
                here = place == self.at
                length = lit if here else side
                Color(*(theme.INK if here else theme.TRACK))
                RoundedRectangle(pos=(x, y), size=(length, side), radius=[side / 2])
                x += length + gap


class Way(Widget):
    """How far a page that is longer than the screen is scrolled: an arc along a round bezel, else a bar at the right.

    ``at``: 0 at the beginning, 1 at the end; ``share``: how much of the page is seen; 1 shows nothing.
    """

    at = NumericProperty(0.0)
    share = NumericProperty(1.0)
    MIDDLE, SPAN = 90.0, 34.0
    """Degrees clockwise from the top: the middle of the arc, and how long it is."""

    def __init__(self, size: tuple[float, float], *, circle: bool, mirrored: bool) -> None:
        super().__init__(size_hint=(None, None), size=size)
        self._circle = circle
        self._mirrored = mirrored
        self.bind(at=self._draw, share=self._draw)

    def _draw(self, *_: object) -> None:
        self.canvas.clear()
        if self.share >= 1.0:
            return
        length = max(0.2, self.share)
        begins = self.at * (1.0 - length)
        with self.canvas:
            for colour, first, last in ((theme.TRACK, 0.0, 1.0), (theme.INK, begins, begins + length)):
                Color(*colour)
                (self._arc if self._circle else self._bar)(first, last)

    def _arc(self, first: float, last: float) -> None:
        middle = self.MIDDLE + (180.0 if self._mirrored else 0.0)
        start, turn = (middle + self.SPAN / 2, -1) if self._mirrored else (middle - self.SPAN / 2, 1)
        ends = sorted((start + turn * self.SPAN * first, start + turn * self.SPAN * last))
        Line(circle=(self.width / 2, self.height / 2, self.width / 2 - 7, *ends, 12), width=2.4)

    def _bar(self, first: float, last: float) -> None:
        tall = self.height * 0.22
        top = self.height / 2 + tall / 2
        x = 1.0 if self._mirrored else self.width - 4.0
        RoundedRectangle(pos=(x, top - tall * last), size=(3.0, tall * (last - first)), radius=[1.5])


class Edge(Widget):
    """A light along the edge of the screen: an urgent call, or the pulses of the motor.

    Its outline is made once: making one takes longer than drawing a page.
    """

    colour = ColorProperty(theme.NONE)

    def __init__(self, size: tuple[float, float], *, circle: bool, thickness: float) -> None:
        super().__init__(size_hint=(None, None), size=size)
        inset = thickness / 2 + 1
        width, height = size
        self._ink = Color(*theme.WARN)
        self._light = InstructionGroup()
        self._light.add(self._ink)
        if circle:
            self._light.add(Line(circle=(width / 2, height / 2, width / 2 - inset), width=thickness / 2))
        else:
            box = (inset, inset, width - 2 * inset, height - 2 * inset)
            self._light.add(Line(rounded_rectangle=(*box, 26), width=thickness / 2))
        self._lit = False
        self.bind(colour=self._draw)

    def _draw(self, *_: object) -> None:
        lit = self.colour[3] > 0
        if lit:
            self._ink.rgba = self.colour
        if lit != self._lit:
            self._lit = lit
            (self.canvas.add if lit else self.canvas.remove)(self._light)
