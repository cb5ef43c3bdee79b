"""Puts a face or a page on the screen; every position comes from the geometry."""

from collections.abc import Callable

from kivy.uix.boxlayout import BoxLayout
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.label import Label
from kivy.uix.scrollview import ScrollView
from kivy.uix.widget import Widget

from device_agent.presenters.pages import Button, Face, Page, Say, Tap, Tone, Words
from device_agent.ui import theme
from device_agent.ui.blocks import Blocks
from device_agent.ui.theme import Footer, Geometry
from device_agent.ui.widgets import SMALLEST, Dot, Entry, Lens, Line, Pill, fitting

OnTap = Callable[[Tap], None]


class Screen(FloatLayout):
    """A black screen of one geometry. ``named`` finds the widget of a button, row or text by its page's name for it."""

    def __init__(self, geometry: Geometry, on_tap: OnTap) -> None:
        super().__init__(size_hint=(None, None), size=(geometry.width, geometry.height))
        self.geometry = geometry
        self.on_tap = on_tap
        self.named: dict[str, Widget] = {}

    def box(self, widget: Widget, *, y: float, width: float, height: float, x: float | None = None) -> Widget:
        """Add a widget at ``y`` from the top; centred, or at ``x`` (by default the margin) from the left."""
        geometry = self.geometry
        left = (geometry.width - width) / 2 if geometry.centred and x is None else geometry.margin if x is None else x
        widget.size = (width, height)
        widget.pos = (left, geometry.height - y - height)
        self.add_widget(widget)
        return widget

    def line(
        self,
        name: str,
        text: str,
        *,
        y: float,
        width: float,
        size: float,
        bold: bool = False,
        least: float = SMALLEST,
        **look: object,
    ) -> Widget:
        """Add one line of text that shrinks before it is cut."""
        line = Line(
            text=text,
            bold=bold,
            font_size=fitting(text, size, width, bold=bold, least=least),
            halign="center" if self.geometry.centred else "left",
            **look,
        )
        self.named[name] = line
        return self.box(line, y=y, width=width, height=size * 1.5)


class FaceView(Screen):
    """The watch face: branch, time, tasks to do, connection (W-01, W-08)."""

    def __init__(self, geometry: Geometry, on_tap: OnTap) -> None:
        super().__init__(geometry, on_tap)
        self.shown: Face | None = None

    def show(self, face: Face) -> None:
        """Draw the face when it differs from what is shown."""
        if face == self.shown:
            return
        self.shown = face
        self.clear_widgets()
        self.named = {}
        geometry = self.geometry
        middle = geometry.height / 2
        wide = geometry.width - 2 * geometry.margin
        small = geometry.caption_size * 1.1
        branch = Pill(text=face.branch or " ", font_size=fitting(face.branch, small, wide - 60), halign="center")
        branch.bold = False
        branch.paint(Tone.CALM, tappable=True)
        branch.ink = theme.MUTE
        branch.tone_shade = branch.shade = theme.BLACK
        self._pressable("branch", branch, face.open_branch)
        top = middle - geometry.clock_size * 0.95 - small * 1.9
        self._middle(branch, y=top, width=wide - 40, height=small * 1.9)
        clock = Label(text=face.clock, font_size=geometry.clock_size, bold=True, color=theme.INK)
        clock.size_hint = (None, None)
        self.named["clock"] = clock
        self._middle(clock, y=middle - geometry.clock_size * 0.95, width=wide, height=geometry.clock_size * 1.2)
        below = middle + geometry.clock_size * 0.36
        self._big_pill(face, below, wide)
        self._link(face, below + geometry.text_size * 2.2 + geometry.gap * 2.5, wide)

    def _big_pill(self, face: Face, y: float, wide: float) -> None:
        size = self.geometry.text_size
        width = min(wide, size * 9.5)
        pill = Pill(text=face.pill, font_size=fitting(face.pill, size, width - size, bold=True))
        pill.paint(face.pill_tone, tappable=True)
        self._pressable("pill", pill, face.open_pill)
        self._middle(pill, y=y, width=width, height=size * 2.2)

    def _link(self, face: Face, y: float, wide: float) -> None:
        size = self.geometry.caption_size
        label = Label(text=face.link, font_size=size, color=theme.TONES[face.link_tone], size_hint=(None, None))
        label.texture_update()
        width = min(wide, label.texture_size[0])
        self.named["link"] = label
        self._middle(label, y=y, width=width, height=size * 1.5)
        dot = Dot(colour=theme.TONES[face.link_tone])
        side = size * 0.5
        self.box(dot, y=y + size * 0.75 - side / 2, width=side, height=side, x=label.x - side * 2)

    def _middle(self, widget: Widget, *, y: float, width: float, height: float) -> None:
        self.box(widget, y=y, width=width, height=height, x=(self.geometry.width - width) / 2)

    def _pressable(self, name: str, widget: Widget, tap: Tap) -> None:
        widget.bind(on_release=lambda *_: self.on_tap(tap))
        self.named[name] = widget


class PageView(Screen):
    """Caption, title, body, buttons."""

    def __init__(self, geometry: Geometry, on_tap: OnTap) -> None:
        super().__init__(geometry, on_tap)
        self.shown: Page | None = None
        self._blocks = Blocks(geometry, self._pressed)
        self._column = BoxLayout(orientation="vertical", size_hint=(None, None), spacing=geometry.gap)
        self._column.bind(minimum_height=self._column.setter("height"))
        self._scroll = ScrollView(size_hint=(None, None), do_scroll_x=False, bar_width=0, scroll_distance=12)
        self._scroll.add_widget(self._column)
        self._entry = Entry(font_size=geometry.text_size * 0.8, text_validate_unfocus=False)
        self._entry.bind(on_text_validate=self._typed)

    def show(self, page: Page) -> None:
        """Draw the page when it differs from what is shown; where it was scrolled and what was typed stay."""
        if page == self.shown:
            return
        before, self.shown = self.shown, page
        same = before is not None and before.name == page.name and before.title == page.title
        keep_entry = same and before is not None and before.entry is not None and page.entry is not None
        for child in list(self.children):
            if not (keep_entry and child is self._entry):
                self.remove_widget(child)
        if not keep_entry:
            self._entry.text = ""
        self.named = {}
        self._head(page)
        self._body(page, keep_entry=keep_entry)
        if not same:
            self._scroll.scroll_y = 1
        self._foot(page.buttons)

    def _head(self, page: Page) -> None:
        geometry = self.geometry
        shade = theme.WARN if page.tone is Tone.WARN else theme.MUTE
        indent = 0 if geometry.centred or page.back is None else geometry.title_width - geometry.caption_width
        merged = geometry.footer is not Footer.STACK
        caption = self.line(
            "caption",
            " · ".join(part for part in (page.caption, page.note if merged else "") if part),
            y=geometry.caption_y,
            width=geometry.caption_width,
            size=geometry.caption_size,
            color=shade,
        )
        caption.x += indent
        self.line(
            "title",
            page.title,
            y=geometry.title_y,
            width=geometry.title_width,
            size=geometry.title_size,
            bold=True,
            least=0.7,
        )
        if page.back is not None:
            side = geometry.text_size * 1.9
            back = Pill(text="‹", font_size=geometry.text_size * 1.5)
            back.paint(Tone.CALM, tappable=True)
            back.tone_shade = back.shade = theme.BLACK
            back.ink = theme.MUTE
            self._press("back", back, page.back)
            left = 8 if geometry.centred else geometry.margin - side * 0.36
            at = geometry.back_y if geometry.centred else geometry.caption_y + geometry.caption_size * 0.75 - side / 2
            self.box(back, y=at, width=side, height=side, x=left)

    def _body(self, page: Page, *, keep_entry: bool) -> None:
        geometry = self.geometry
        width = geometry.width - 2 * geometry.margin
        height = geometry.body_height(buttons=len(page.buttons))
        entry_height = geometry.text_size * 1.9 if page.entry is not None else 0
        if page.entry is not None:
            self._entry.hint_text = page.entry
            self.named["entry"] = self._entry
            if not keep_entry:
                self.box(self._entry, y=geometry.body_y, width=width, height=entry_height)
            entry_height += geometry.gap * 1.5
        self._column.clear_widgets()
        self._column.width = width
        room = height - entry_height
        note = page.note if geometry.footer is Footer.STACK else ""
        blocks = (Words(note, quiet=True), *page.blocks) if note else page.blocks
        for block in blocks:
            name, widget = self._blocks.make(block, width, room=room, of=blocks)
            self.named[name] = widget
            self._column.add_widget(widget)
        self.box(self._scroll, y=geometry.body_y + entry_height, width=width, height=room)

    def _foot(self, buttons: tuple[Button, ...]) -> None:
        geometry = self.geometry
        wide = geometry.width - 2 * geometry.margin
        for place, button in enumerate(buttons):
            match geometry.footer:
                case Footer.LENS:
                    self._lens(button, place, len(buttons))
                case Footer.PILLS:
                    share = 1.0 if len(buttons) == 1 else 0.42 if place == 0 else 0.58
                    gap = 10 if len(buttons) == 2 else 0
                    width = wide * share - gap / 2
                    left = geometry.margin + (0 if place == 0 else wide - width)
                    pill = self._button(Pill, button, geometry.text_size, width - 24)
                    bottom = geometry.height - geometry.footer_height - 22
                    self.box(pill, y=bottom, width=width, height=geometry.footer_height, x=left)
                case Footer.STACK:
                    self._stacked(button, place, len(buttons), wide)

    def _lens(self, button: Button, place: int, count: int) -> None:
        geometry = self.geometry
        side = "full" if count == 1 else "left" if place == 0 else "right"
        lens = self._button(Lens, button, geometry.text_size, 130 if count == 2 else 200)
        lens.side, lens.diameter = side, geometry.width
        inner = geometry.width - 2 * 70
        left = geometry.width / 2 if side == "right" else 70
        lens.padding = (0, 0, 0, geometry.footer_height * 0.22)
        height = geometry.footer_height
        self.box(lens, y=geometry.height - height, width=inner / (1 if count == 1 else 2), height=height, x=left)

    def _stacked(self, button: Button, place: int, count: int, wide: float) -> None:
        geometry = self.geometry
        first = place == count - 1
        pill = self._button(Pill, button, geometry.text_size * (1.0 if first else 0.9), wide - 20)
        height = geometry.footer_height if first else 32
        bottom = 10 if count == 1 else 46 if first else 8
        if not first:
            pill.tone_shade = pill.shade = theme.BLACK
            pill.ink = theme.MUTE
            pill.bold = False
        self.box(pill, y=geometry.height - bottom - height, width=wide, height=height)

    def _button(self, kind: type[Widget], button: Button, size: float, width: float) -> Widget:
        widget = kind(text=button.label, font_size=fitting(button.label, size, width, bold=True))
        widget.paint(button.tone, tappable=button.tap is not None)
        if button.tap is None:
            widget.disabled = True
            self.named[button.name] = widget
        else:
            self._press(button.name, widget, button.tap)
        return widget

    def _press(self, name: str, widget: Widget, tap: Tap) -> None:
        widget.bind(on_release=lambda *_: self.on_tap(tap))
        self.named[name] = widget

    def _pressed(self, tap: Tap) -> None:
        self.on_tap(tap)

    def _typed(self, entry: Entry) -> None:
        text, entry.text = entry.text, ""
        self.on_tap(Say(text))
