"""Puts a page on the screen, and of the next one only what differs: a button under a finger isn't drawn anew.

What was rehearsed is kept, drawn: parts on which nothing of a customer can be. Any other part is made when it is shown
and let go with its page.
"""

from collections.abc import Callable, Iterable

from kivy.core.window import Window
from kivy.graphics import Fbo
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.label import Label
from kivy.uix.widget import Widget

from kiosk.presenters.pages import Choice, Mode, Page, PickBooking, PickCard, Tap
from kiosk.ui import theme
from kiosk.ui.layout import parts_of
from kiosk.ui.lettering import forget_texts, height_of, one_line, rehearsal
from kiosk.ui.parts import Button, Code, Countdown, Levels, Part, Place, Style, Text
from kiosk.ui.theme import Palette, Scale
from kiosk.ui.widgets import Box, Tile, widget_of

STAGE = (16, 16)
"""Where rehearsed parts are drawn, in pixels: the first drawing takes long, however little of it is seen."""

MOST_KEPT = 1200
"""Widgets of rehearsed parts, in one way of showing."""


class Board(FloatLayout):
    """The page on the glass. ``named`` finds the widget of a choice or text by its page's name for it."""

    def __init__(self, scale: Scale, size: tuple[int, int], on_tap: Callable[[Tap], None]) -> None:
        super().__init__(size_hint=(None, None), size=size)
        self.shown: Page | None = None
        self.named: dict[str, Widget] = {}
        self._parts: dict[str, Part] = {}
        self._kept_in: dict[Palette, dict[Part, Widget]] = {}
        self._texts: set[tuple[str, str]] = set()
        self._scale = scale
        self._ruler = Ruler(scale)
        self._on_tap = on_tap
        self._palette: Palette = theme.CALM

    def rehearse(self, pages: Iterable[Page]) -> None:
        """Draw and keep what is on these pages: nothing of a customer may be on them."""
        stage = Fbo(size=STAGE)
        with rehearsal():
            for page in pages:
                for part in parts_of(page, self._scale, self._ruler):
                    self._texts.update(_texts_of(part))
                    widget = self._widget(part)
                    for each in widget.walk(restrict=True):
                        if isinstance(each, Label):
                            each.texture_update()
                    stage.add(widget.canvas)
                    stage.draw()
                    stage.remove(widget.canvas)

    def show(self, page: Page) -> bool:
        """Draw the page when it differs from what is shown; true when it is another page than before."""
        before, self.shown = self.shown, page
        if page == before:
            return False
        palette = theme.CONTRAST if Mode.CONTRAST in page.around.modes else theme.CALM
        if palette is not self._palette:
            self._palette = palette
            self._parts = {}
        Window.clearcolor = palette.ground
        another = before is None or page.name != before.name
        if another:
            if page.name == "start" or page.name.startswith("stopped"):  # whoever was there has gone
                forget_texts()
            self._parts = {}  # what looks alike on another page is another thing: no finger goes on pressing it
        self._draw({part.name: part for part in parts_of(page, self._scale, self._ruler)})
        return another

    def _draw(self, wanted: dict[str, Part]) -> None:
        before, self._parts = self._parts, wanted
        old = self.named
        self.named = {
            name: old[name] if before.get(name) == part else self._widget(part) for name, part in wanted.items()
        }
        if list(before) == list(wanted) and before:
            for name, widget in self.named.items():
                if widget is not old[name]:
                    place = self.children.index(old[name])
                    self.remove_widget(old[name])
                    self.add_widget(widget, index=place)
            return
        self.clear_widgets()
        for widget in self.named.values():
            self.add_widget(widget)

    def _widget(self, part: Part) -> Widget:
        """One that is kept, where nothing of a customer is on it; else a new one."""
        kept = self._kept_in.setdefault(self._palette, {})
        widget = kept.get(part)
        if widget is None:
            widget = self._made(part)
            if len(kept) < MOST_KEPT and self._may_keep(part):
                kept[part] = widget
        elif isinstance(widget, Tile):
            widget.anew()
        return widget

    def _may_keep(self, part: Part) -> bool:
        match part:
            case Button(style=Style.KEY):
                return True
            case Code() | Countdown() | Levels() | Text(name="field" | "said" | "number"):
                return False
            case Button(choice=Choice(tap=PickCard() | PickBooking())):
                return False
            case _:
                return self._texts.issuperset(_texts_of(part))

    def _made(self, part: Part) -> Widget:
        return widget_of(part, self._box(part.at), self._scale, self._palette, lambda choice: self._on_tap(choice.tap))

    def _box(self, at: Place) -> Box:
        scale = self._scale
        left, bottom = scale(scale.left + at.x), scale(scale.height - at.bottom)
        x, y = round(left), round(bottom)
        return (x, y, round(left + scale(at.width)) - x, round(bottom + scale(at.height)) - y)


def _texts_of(part: Part) -> tuple[tuple[str, str], ...]:
    """The texts of a part, and where they stand: what is on a key isn't therefore the house's own in a field."""
    match part:
        case Text(text=text):
            return ((part.name, text),)
        case Button(choice=choice):
            return (("choice", choice.label), ("choice", choice.detail))
        case _:
            return ()


class Ruler:
    """Measures texts for the layout, which knows no Kivy."""

    def __init__(self, scale: Scale) -> None:
        self._scale = scale

    def height(self, text: str, size: float, width: float, *, bold: bool) -> float:
        scale = self._scale
        return height_of(text, scale(size), round(scale(width)), bold) / scale.unit

    def snug(self, text: str, size: float, width: float, *, bold: bool) -> float:
        scale = self._scale
        return size if "\n" in text else one_line(text, scale(size), scale(width), bold=bold) / scale.unit
