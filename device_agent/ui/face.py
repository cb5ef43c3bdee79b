"""The watch face: time first, then who waits, then how the device is (W-01, W-08)."""

from kivy.uix.widget import Widget

from device_agent.presenters.pages import Button, Face, Mark, Sign, Tone
from device_agent.ui import theme
from device_agent.ui.icons import Icon
from device_agent.ui.theme import Footer, Geometry
from device_agent.ui.views import OnTap, Screen
from device_agent.ui.widgets import Lens, Pill, Press, Text, natural_width


class FaceView(Screen):
    """The face on any screen."""

    def __init__(self, geometry: Geometry, on_tap: OnTap) -> None:
        super().__init__(geometry, on_tap)
        self.shown: Face | None = None
        self._clock = Text(bold=True, halign="center")
        self._date = Text(halign="center", color=theme.MUTE)
        self._branch = Pill()
        self._branch.plain = True
        self._pill: Press = Lens() if geometry.footer is Footer.LENS else Pill(radius=28)
        self._status = Pill()
        self._status.plain = True
        self._gear = Icon()
        self._icons = tuple(Icon() for _ in range(4))
        self._words = Text(halign="left")
        self._percent = Text(halign="left", color=theme.MUTE)
        for press in (self._branch, self._pill, self._status):
            press.bind(on_release=self.released)

    def show(self, face: Face) -> None:
        """Draw the face when it differs from what is shown."""
        if face == self.shown:
            return
        self.shown = face
        self._named = {}
        geometry = self.geometry
        self._show_status(face)
        middle = 182 if geometry.centred else 196 if not geometry.narrow else 136
        width = geometry.width - 8
        height = self._clock.set_line(face.clock, geometry.display, width)
        self._middle(self._clock, middle - height / 2)
        self._named["clock"] = self._clock
        below = middle + geometry.display * 0.53
        self._second_line(face, below)
        self._show_branch(face, below + geometry.small * 1.65)
        self._show_pill(face)

    def _middle(self, widget: Widget, y: float) -> None:
        self.box(widget, y=y, width=widget.width, height=widget.height, x=(self.geometry.width - widget.width) / 2)

    def _second_line(self, face: Face, y: float) -> None:
        """The date; in its place what is wrong, as long as it is."""
        geometry = self.geometry
        text, tone = face.date, Tone.CALM
        if face.banner is not None:
            text, tone = face.banner.text, face.banner.tone
        sign = self._icons[3]
        side = geometry.small * 1.05 if face.banner is not None else 0
        self._date.color = theme.TONES[tone]
        self._date.bold = tone is not Tone.CALM
        room = geometry.wide - side * 1.4
        height = self._date.set_line(text, geometry.small, room, least=0.7)
        inked = min(room, natural_width(text, self._date.font_size, self._date.bold))
        left = (geometry.width - inked - side * 1.4) / 2
        self.box(self._date, y=y, width=inked + 2, height=height, x=left + side * 1.4)
        self._named["date"] = self._date
        if face.banner is None:
            self.away(sign)
        else:
            sign.sign, sign.colour = face.banner.sign, theme.TONES[tone]
            self.box(sign, y=y + (height - side) / 2, width=side, height=side, x=left)

    def _show_branch(self, face: Face, y: float) -> None:
        geometry = self.geometry
        if not face.branch:
            self.away(self._branch)
            return
        width = min(geometry.wide, natural_width(face.branch, geometry.small, False) + 40)
        width = max(width, geometry.target * 1.5)
        height = max(48.0, geometry.target * 0.86)
        self.box(self._branch, y=y - 4, width=width, height=height, x=(geometry.width - width) / 2)
        button = Button("branch", face.branch, Tone.CALM, face.open_branch)
        self._branch.show(button, geometry.small, width - 8, geometry.small)
        self._branch.label.color = theme.MUTE
        self.press("branch", self._branch, face.open_branch)

    def _show_pill(self, face: Face) -> None:
        geometry = self.geometry
        pill = self._pill
        size, small = geometry.lead * 1.1, geometry.small
        if isinstance(pill, Lens):
            height = geometry.footer_height + 14.0
            pill.diameter = geometry.width
            self.box(pill, y=geometry.height - height, width=geometry.width, height=height, x=0)
            pill.show(face.pill, size, pill.room(size * 2.2), small)
        else:
            height = max(geometry.footer_height * 1.1, size * 1.3 + small * 1.3 + 16)
            self.box(pill, y=geometry.height - height - 14, width=geometry.wide, height=height)
            pill.show(face.pill, size, geometry.wide - 24, small)
        self.press("pill", pill, face.pill.tap)

    def _show_status(self, face: Face) -> None:
        """Link, quiet, battery in one row; it opens the settings."""
        geometry = self.geometry
        size = geometry.small
        side = size * 1.1
        trouble = face.link.tone is not Tone.ACCENT
        parts: list[tuple[Mark, str]] = [(face.link, face.link.text if trouble else "")]
        if face.quiet is not None:
            parts.append((face.quiet, ""))
        if face.battery is not None:
            parts.append((face.battery, face.battery.text if not trouble else ""))
        parts.append((Mark(Sign.GEAR, ""), ""))
        widths = []
        for mark, words in parts:
            extra = natural_width(words, size, mark.tone is Tone.WARN) + size * 0.35 if words else 0
            widths.append(side + extra)
        gap = size * (0.9 if not geometry.narrow else 0.6)
        total = sum(widths) + gap * (len(parts) - 1)
        height = max(48.0, side)
        y = 22 if geometry.centred else 14 if not geometry.narrow else 2
        self._status.show(Button("status", "", Tone.CALM, face.open_settings), size, 48, size)
        self.box(
            self._status, y=y, width=max(total + 24, 96), height=height, x=(geometry.width - max(total + 24, 96)) / 2
        )
        self.press("status", self._status, face.open_settings)
        self._draw_parts(parts, widths, gap, y, height, (geometry.width - total) / 2)

    def _draw_parts(
        self, parts: list[tuple[Mark, str]], widths: list[float], gap: float, y: float, height: float, x: float
    ) -> None:
        geometry = self.geometry
        size = geometry.small
        side = size * 1.1
        self.away(self._words, self._percent, *self._extra())
        for (mark, words), width in zip(parts, widths, strict=True):
            icon = self._icon_of(mark.sign)
            icon.sign = mark.sign
            icon.colour = theme.TONES[mark.tone]
            icon.fill = float(mark.text.rstrip("%")) / 100 if mark.sign is Sign.BATTERY else None
            self.box(icon, y=y + (height - side) / 2, width=side, height=side, x=x)
            if words:
                text = self._percent if mark.sign is Sign.BATTERY else self._words
                text.bold = mark.tone is Tone.WARN
                text.color = theme.TONES[mark.tone]
                tall = text.set_line(words, size, width - side)
                self.box(text, y=y + (height - tall) / 2, width=width - side, height=tall, x=x + side + size * 0.35)
                self._named["link" if text is self._words else "battery"] = text
            x += width + gap

    def _icon_of(self, sign: Sign) -> Icon:
        match sign:
            case Sign.BATTERY:
                return self._icons[0]
            case Sign.BELL_OFF:
                return self._icons[1]
            case Sign.GEAR:
                return self._gear
            case _:
                return self._icons[2]

    def _extra(self) -> tuple[Icon, ...]:
        return (*self._icons[:3], self._gear)
