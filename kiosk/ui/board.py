"""Puts a page on the screen, and of the next one only what differs: a button under a finger isn't drawn anew."""

from collections.abc import Callable

from kivy.core.window import Window
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.widget import Widget

from kiosk.presenters.pages import Mode, Page, Tap
from kiosk.ui import theme
from kiosk.ui.layout import parts_of
from kiosk.ui.lettering import forget_texts, height_of, one_line
from kiosk.ui.parts import Button, Part, Place, Style
from kiosk.ui.theme import Palette, Scale
from kiosk.ui.widgets import Box, widget_of


class Board(FloatLayout):
    """The page on the glass. ``named`` finds the widget of a choice or text by its page's name for it."""

    def __init__(self, scale: Scale, size: tuple[int, int], on_tap: Callable[[Tap], None]) -> None:
        super().__init__(size_hint=(None, None), size=size)
        self.shown: Page | None = None
        self.named: dict[str, Widget] = {}
        self._parts: dict[str, Part] = {}
        self._keys: dict[Part, Widget] = {}
        self._scale = scale
        self._ruler = Ruler(scale)
        self._on_tap = on_tap
        self._palette: Palette = theme.CALM

    def show(self, page: Page) -> bool:
        """Draw the page when it differs from what is shown; true when it is another page than before."""
        before, self.shown = self.shown, page
        if page == before:
            return False
        palette = theme.CONTRAST if Mode.CONTRAST in page.around.modes else theme.CALM
        if palette is not self._palette:
            self._palette = palette
            self._parts, self._keys = {}, {}
        Window.clearcolor = palette.ground
        another = before is None or page.name != before.name
        if another:
            if page.name == "start":
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
        """A new one; keys are kept for the next customer, as there are many and nothing of a customer is on them."""
        if not isinstance(part, Button) or part.style is not Style.KEY:
            return self._made(part)
        if part not in self._keys:
            self._keys[part] = self._made(part)
        key = self._keys[part]
        key.state = "normal"
        return key

    def _made(self, part: Part) -> Widget:
        return widget_of(part, self._box(part.at), self._scale, self._palette, lambda choice: self._on_tap(choice.tap))

    def _box(self, at: Place) -> Box:
        scale = self._scale
        left, bottom = scale(scale.left + at.x), scale(scale.height - at.bottom)
        x, y = round(left), round(bottom)
        return (x, y, round(left + scale(at.width)) - x, round(bottom + scale(at.height)) - y)


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
