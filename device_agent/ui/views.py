"""Puts a page on the screen; every position comes from the geometry, every widget is used again."""

import math
from collections.abc import Callable

from kivy.uix.floatlayout import FloatLayout
from kivy.uix.widget import Widget

from device_agent.presenters.pages import JOINT, Button, Choice, Emblem, Page, Sign, Tone
from device_agent.presenters.routes import Say, Tap
from device_agent.ui import theme
from device_agent.ui.body import Body
from device_agent.ui.icons import Icon
from device_agent.ui.lights import Dots, Way
from device_agent.ui.theme import Footer, Geometry
from device_agent.ui.widgets import Entry, Lens, Pill, Press, Text, natural_width

OnTap = Callable[[Tap], None]

BESIDE_BACK = 1.3
"""How far a caption makes room for the sign that leads back, in sizes of its type."""

SHOULDERS = 79
"""Below this from the top a round screen is as wide as the body."""

LOWER = 12
"""How much lower a line above a page without a title stands on a round screen."""

CORNERS = 76
"""Above this from the bottom a round screen is as wide as the body."""

ALERT_TITLE = 1.18
"""A call's name is larger than any other title."""


class Screen(FloatLayout):
    """A black screen of one geometry."""

    def __init__(self, geometry: Geometry, on_tap: OnTap) -> None:
        super().__init__(size_hint=(None, None), size=(geometry.width, geometry.height))
        self.geometry = geometry
        self.on_tap = on_tap
        self._named: dict[str, Widget] = {}
        self._taps: dict[int, Tap] = {}

    @property
    def named(self) -> dict[str, Widget]:
        """The widgets of buttons, rows and texts by their page's names for them."""
        return self._named

    def box(self, widget: Widget, *, y: float, width: float, height: float, x: float | None = None) -> Widget:
        """Place a widget at ``y`` from the top; centred, or at ``x`` (by default the margin) from the left."""
        geometry = self.geometry
        left = (geometry.width - width) / 2 if geometry.centred and x is None else geometry.margin if x is None else x
        widget.size_hint = (None, None)
        widget.size = (width, height)
        widget.pos = (left, geometry.height - y - height)
        if widget.parent is None:
            self.add_widget(widget)
        return widget

    def press(self, name: str, widget: Widget, tap: Tap | None) -> None:
        """The widget does this when it is touched."""
        self._named[name] = widget
        if tap is None:
            self._taps.pop(id(widget), None)
        else:
            self._taps[id(widget)] = tap

    def released(self, widget: Widget) -> None:
        """A widget was touched."""
        tap = self._taps.get(id(widget))
        if tap is not None:
            self.on_tap(tap)

    def away(self, *widgets: Widget) -> None:
        """Take these from the screen."""
        for widget in widgets:
            if widget.parent is self:
                self.remove_widget(widget)


def primary_places(geometry: Geometry, count: int) -> tuple[tuple[float, float], ...]:
    """From where to where each button reaches, 0 to 1: the likeliest is the largest, under the thumb."""
    if count == 1:
        return ((0.0, 1.0),)
    return ((0.58, 1.0), (0.0, 0.58)) if geometry.left_handed else ((0.0, 0.42), (0.42, 1.0))


class PageView(Screen):
    """Any page: header, body, buttons."""

    def __init__(self, geometry: Geometry, on_tap: OnTap) -> None:
        super().__init__(geometry, on_tap)
        self.shown: Page | None = None
        self._mark = Icon()
        align = "center" if geometry.centred else "left"
        self._caption = Text(halign=align)
        self._detail = Text(halign="left", bold=True)
        self._title = Text(bold=True, halign=align)
        self._back = Pill()
        self._back.plain = True
        self._entry = Entry()
        self._typed_on = ("", "")
        self._entry.bind(on_text_validate=self._typed)
        self.body = Body(geometry, on_tap)
        self._dots = Dots()
        self._way = Way(self.size, circle=geometry.centred, mirrored=geometry.left_handed)
        self.add_widget(self._way)
        self.body.bind(scroll_y=lambda *_: self._show_way())
        kind = Lens if geometry.footer is Footer.LENS else Pill
        self._buttons: tuple[Press, ...] = (kind(), kind())
        for press in (*self._buttons, self._back):
            press.bind(on_release=self.released)

    @property
    def named(self) -> dict[str, Widget]:
        """Also those of the body that scrolling has made since."""
        return {**self._named, **self.body.named}

    def show(self, page: Page) -> None:
        """Draw the page when it differs from what is shown; a half-typed line survives that."""
        before = self.shown
        if page == before:
            return
        self.shown = page
        self._named = {}
        same = before is not None and before.name == page.name and before.title == page.title
        top = self._header(page)
        bottom = self._foot(page.buttons)
        self._body(page, top, bottom, same=same)

    def _header(self, page: Page) -> float:
        """Returns from where the body may begin."""
        geometry = self.geometry
        below = self._caption_line(page)
        self._back_button(page.back)
        if not page.title:
            self.away(self._title)
            if geometry.centred:
                return SHOULDERS
            return max(geometry.title_y + 4, self._back_y() + geometry.target + 2, below)
        size = geometry.title * (ALERT_TITLE if page.name == "alert" and not geometry.narrow else 1.0)
        self._title.color = theme.INK
        centred = geometry.centred or any(isinstance(block, Emblem) for block in page.blocks)
        self._title.halign = "center" if centred else "left"
        height = self._title.set_lines(page.title, size, geometry.title_width, most=2, least=0.74)
        self.box(self._title, y=geometry.title_y, width=geometry.title_width, height=height)
        self._named["title"] = self._title
        return max(geometry.body_y, geometry.title_y + height + geometry.gap * 0.4)

    def _caption_line(self, page: Page) -> float:
        """What stands above the title, or in its place; returns where it ends."""
        geometry = self.geometry
        mark = page.mark
        self.away(self._detail)
        words = mark.text if mark is not None else page.caption
        if not words:
            self.away(self._caption, self._mark)
            return 0.0
        side = geometry.small * 1.05 if mark is not None else 0
        # Without a title below it, a line stands lower on a round screen, where that is wider.
        lower = LOWER if geometry.centred and not page.title else 0
        beside = 0.0 if geometry.centred or page.back is None else BESIDE_BACK * geometry.small
        room = geometry.caption_width + 3 * lower - side * 1.3 - beside
        self._caption.color = theme.TONES[mark.tone] if mark is not None else theme.MUTE
        self._caption.bold = bold = mark is not None and mark.tone is not Tone.CALM
        detail = mark.detail if mark is not None else ""
        joined = JOINT.join(part for part in (words, detail) if part)
        splits = geometry.narrow and not page.title and natural_width(joined, geometry.small * 0.9, bold) > room
        if splits and not detail:
            height = self._caption.set_lines(words, geometry.small, room, most=2, least=0.92)
        else:
            height = self._caption.set_line(words if splits else joined, geometry.small, room, least=0.7)
        inked = min(room, natural_width(self._caption.text, self._caption.font_size, bold))
        left = (
            (geometry.width - inked - side * 1.3) / 2
            if geometry.centred
            else geometry.margin + (0.0 if geometry.left_handed else beside)
        )
        y = geometry.caption_y + lower
        self.box(self._caption, y=y, width=inked + 2, height=height, x=left + side * 1.3)
        self._named["caption"] = self._caption
        end = y + height
        if splits and detail:
            self._detail.color = self._caption.color
            tall = self._detail.set_line(detail, geometry.small, room)
            self.box(self._detail, y=end - 3, width=room, height=tall, x=left + side * 1.3)
            end += tall - 3
        if mark is None:
            self.away(self._mark)
            return end
        first = math.ceil(geometry.small * theme.LINE)
        self._mark.sign, self._mark.colour = mark.sign, theme.TONES[mark.tone]
        self.box(self._mark, y=y + (min(height, first) - side) / 2, width=side, height=side, x=left)
        return end

    def _back_button(self, tap: Tap | None) -> None:
        """At the side of the thumb on a round screen, else in the upper corner; a swipe to the right does the same."""
        geometry = self.geometry
        if tap is None:
            self.away(self._back)
            return
        side = geometry.target
        width = min(side, geometry.margin - 2) if geometry.centred else side
        far = float(geometry.width - width)
        x = far if geometry.left_handed else 0.0
        self.box(self._back, y=self._back_y(), width=width, height=side, x=x)
        button = Button("back", "", Tone.CALM, tap, sign=Sign.BACK)
        self._back.show(button, geometry.small * 0.95, side, geometry.small)
        self._back.icon.colour = theme.INK
        if not geometry.centred:  # at the margin, as all texts are
            away = width / 2 - geometry.margin - geometry.small * 0.3
            self._back.icon.x += away if geometry.left_handed else -away
        self.press("back", self._back, tap)

    def _back_y(self) -> float:
        geometry = self.geometry
        if geometry.centred:
            return geometry.height / 2 - geometry.target / 2
        return max(0.0, geometry.caption_y + geometry.small * 0.72 - geometry.target / 2)

    def _body(self, page: Page, top: float, bottom: float, *, same: bool) -> None:
        geometry = self.geometry
        if page.leaves is not None:
            self._dots.at, self._dots.count = page.leaves.at, page.leaves.count
            height = 6.0 if geometry.narrow else 8.0
            below = bottom + 2 if page.buttons else 12
            y = geometry.height - below - height
            self.box(self._dots, y=y, width=100, height=height, x=geometry.width / 2 - 50)
            bottom = max(bottom, below + height + 4)
        else:
            self.away(self._dots)
        if page.entry is not None:
            height = max(48.0, geometry.text * 1.9)
            if self._typed_on != (page.name, page.about):
                self._typed_on, self._entry.text = (page.name, page.about), ""
            self._entry.hint_text = page.entry
            self._entry.font_size = geometry.small
            if self._entry.parent is None or not same:
                self.box(self._entry, y=top, width=geometry.wide, height=height)
            self._named["entry"] = self._entry
            top += height + geometry.gap
        else:
            self.away(self._entry)
        if geometry.centred and any(isinstance(block, Choice) for block in page.blocks):
            bottom = max(bottom, CORNERS)
        room = geometry.height - top - bottom
        self.box(self.body, y=top, width=geometry.wide, height=room)
        self.body.show(page.blocks, geometry.wide, room, same_page=same)
        self._show_way()

    def _show_way(self) -> None:
        body = self.body
        self._way.share = body.height / (body.height + body.hidden) if body.scrolls else 1.0
        self._way.at = 1.0 - max(0.0, min(1.0, float(getattr(body, "scroll_y"))))  # noqa: B009 - see Body

    @property
    def typing(self) -> bool:
        """Whether the keyboard writes into the line."""
        return bool(self._entry.focus)

    def _foot(self, buttons: tuple[Button, ...]) -> float:
        geometry = self.geometry
        for press in self._buttons[len(buttons) :]:
            self.away(press)
        places = primary_places(geometry, len(buttons)) if buttons else ()
        for press, button, place in zip(self._buttons, buttons, places, strict=False):
            if isinstance(press, Lens):
                self._lens(press, button, place)
            else:
                self._pill(press, button, place, len(buttons))
            self.press(button.name, press, button.tap)
        return geometry.footer_space(len(buttons))

    def _lens(self, lens: Lens, button: Button, place: tuple[float, float]) -> None:
        geometry = self.geometry
        lens.diameter = geometry.width
        lens.first, lens.last = place
        left, right = place[0] * geometry.width, place[1] * geometry.width
        height = geometry.footer_height
        self.box(lens, y=geometry.height - height, width=right - left, height=height, x=left)
        lens.show(button, geometry.lead, lens.room(geometry.lead * 1.3), geometry.small)

    def _pill(self, pill: Press, button: Button, place: tuple[float, float], count: int) -> None:
        geometry = self.geometry
        gap = (6 if geometry.narrow else 10) if count > 1 else 0
        width = geometry.wide * (place[1] - place[0]) - gap / 2
        left = geometry.margin + place[0] * geometry.wide + (gap / 2 if place[0] > 0 else 0)
        y = geometry.height - geometry.footer_height - (8 if geometry.narrow else 18)
        self.box(pill, y=y, width=width, height=geometry.footer_height, x=left)
        pill.show(button, geometry.lead, width - (12 if geometry.narrow else 26), geometry.small)

    def _typed(self, entry: Entry) -> None:
        text, entry.text = entry.text, ""
        self.on_tap(Say(text))
