"""Looks at the live widgets and says what texts and places to touch there are, and where their ink is.

A widget may declare: ``quiet`` (a secondary hint), ``may_shorten`` (the whole text stands elsewhere), ``tappable``
(false: not to be touched), ``covers`` (a sheet: what lies beneath it is not there).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
from kivy.core.text import Label as CoreLabel
from kivy.core.window import Window
from kivy.graphics.texture import Texture
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.label import Label
from kivy.uix.modalview import ModalView
from kivy.uix.scrollview import ScrollView
from kivy.uix.slider import Slider
from kivy.uix.stencilview import StencilView
from kivy.uix.switch import Switch
from kivy.uix.textinput import TextInput
from kivy.uix.widget import Widget

from runtime.ui.seen import Box, Ink, Mask, Picture, Seen, SeenTarget, SeenText

INVISIBLE = 0.02
_NOBODY: Mapping[str, Widget] = MappingProxyType({})
NO_INK: Picture = np.zeros((1, 1, 4), np.uint8)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a widget hangs: its ancestors, what shows of it, where it may be, and how opaque it is."""

    line: tuple[int, ...]
    clip: Box
    home: Box
    opacity: float
    scrolls: bool


@dataclass(slots=True)
class _Found:
    frame: Picture
    names: dict[int, str]
    texts: list[SeenText] = field(default_factory=list)
    targets: list[SeenTarget] = field(default_factory=list)


def inspect(frame: Picture, *, on_round: bool, named: Mapping[str, Widget] = _NOBODY) -> Seen:
    """What the window shows now; ``frame`` are its pixels, ``named`` gives names to widgets without words."""
    height, width = frame.shape[:2]
    window = Box(0, 0, width, height)
    found = _Found(frame, {id(widget): name for name, widget in named.items()})
    place = _Place((), window, window, 1.0, False)
    layers = list(Window.children)
    if layers and isinstance(layers[0], ModalView):
        layers = layers[:1]
    for number, layer in enumerate(reversed(layers)):
        _walk(layer, number, place, found)
    targets = tuple(_with_words_on_it(target, found.texts) for target in found.targets)
    return Seen(frame=frame, round=on_round, texts=tuple(found.texts), targets=targets)


def _with_words_on_it(target: SeenTarget, texts: list[SeenText]) -> SeenTarget:
    """Words may lie on a target without being a part of it."""
    if target.worded:
        return target
    box = target.box
    for text in texts:
        ink = text.ink.box()
        x, y = (ink.left + ink.right) / 2, (ink.top + ink.bottom) / 2
        if not ink.empty and box.left <= x <= box.right and box.top <= y <= box.bottom:
            return replace(target, name=f"{target.name} {text.text}", worded=True)
    return target


def _walk(widget: Widget, number: int, place: _Place, found: _Found) -> None:
    opacity = place.opacity * float(widget.opacity)
    if opacity < INVISIBLE:
        return
    mine = replace(place, line=(*place.line, number), opacity=opacity)
    if getattr(widget, "covers", False):
        box = _box(widget)
        found.texts = [text for text in found.texts if text.ink.box().beyond(box)]
        found.targets = [target for target in found.targets if target.box.within(target.clip).beyond(box)]
    if isinstance(widget, Label):
        found.texts.extend(_label(widget, mine))
    elif isinstance(widget, TextInput):
        found.texts.extend(_entry(widget, mine, found.frame))
    if _takes_touch(widget) and not _box(widget).within(mine.clip).empty:
        found.targets.append(_target(widget, mine, found.names))
    inner = _inside(widget, mine)
    for place_of_child, child in enumerate(reversed(widget.children)):
        _walk(child, place_of_child, inner, found)


def _inside(widget: Widget, place: _Place) -> _Place:
    """The place of the children: a scroll view shows a part of them, but lets the rest be fetched."""
    if isinstance(widget, ScrollView):
        port = _box(widget)
        home = port
        content = _box(widget.children[0]) if widget.children else port
        across = bool(widget.do_scroll_x) and content.width > port.width
        along = bool(widget.do_scroll_y) and content.height > port.height
        if across:
            home = Box(content.left, home.top, content.right, home.bottom)
        if along:
            home = Box(home.left, content.top, home.right, content.bottom)
        scrolls = across or along
        # What is scrolled away from an outer view is still at home; only its own view decides.
        around = home if place.scrolls else place.home if not scrolls else home
        home = home.within(around)
        return replace(place, clip=place.clip.within(port), home=home, scrolls=place.scrolls or scrolls)
    if isinstance(widget, StencilView):
        box = _box(widget)
        return replace(place, clip=place.clip.within(box), home=place.home.within(box))
    return place


def _box(widget: Widget) -> Box:
    left, bottom = widget.to_window(widget.x, widget.y)
    return _from_bottom(float(left), float(bottom), float(widget.width), float(widget.height))


def _from_bottom(left: float, bottom: float, width: float, height: float) -> Box:
    top = float(Window.height) - bottom - height
    return Box(left, top, left + width, top + height)


def _label(label: Label, place: _Place) -> Iterator[SeenText]:
    text = _plain(label)
    if not text.strip():
        return
    box, ink = _box(label), Ink(0, 0, NO_INK)
    whole = _alone(label._label)
    wanted = _amount(whole)
    drawn = 0.0
    if label.texture is not None and min(label.texture_size) > 1:
        paint = _paint(label.texture)
        drawn = _amount(paint)
        wide, tall = label.texture_size
        # As Kivy's own rule for labels places the texture, and that of our own texts.
        x, y = int(getattr(label, "ink_x", label.center_x - wide / 2)), int(label.center_y - tall / 2)
        left, bottom = label.to_window(x, y)
        at = _from_bottom(float(left), float(bottom), float(wide), float(tall))
        ink = _placed(paint, at.left, at.top)
    yield SeenText(
        text=text,
        line=place.line,
        box=box,
        clip=place.clip,
        home=place.home,
        ink=ink,
        wanted=wanted,
        drawn=drawn,
        shortened=bool(label.is_shortened),
        may_shorten=bool(getattr(label, "may_shorten", False)),
        quiet=bool(getattr(label, "quiet", False)),
        opacity=place.opacity,
        rows=tuple("".join(word.text for word in line.words) for line in label._label._cached_lines),
    )


def _plain(label: Label) -> str:
    if not label.markup:
        return str(label.text)
    parts = (part for part in label._label.markup if not (part.startswith("[") and part.endswith("]")))
    return "".join(parts)


def _alone(core: CoreLabel) -> Picture:
    """The paint of the whole text in the same type, as wide as it may be and as high as it wants to be."""
    options = dict(core.options)
    options.update(text=core.text, text_size=(core.usersize[0], None), shorten=False, max_lines=0)
    options.pop("padding_x", None)
    options.pop("padding_y", None)
    whole = type(core)(**options)
    whole.refresh()
    return NO_INK if whole.texture is None else _paint(whole.texture)


def _paint(texture: Texture) -> Picture:
    """A texture's pixels, rows from the top."""
    wide, tall = texture.size
    return np.frombuffer(texture.pixels, np.uint8).reshape(tall, wide, 4)


def _amount(paint: Picture) -> float:
    return float(paint[:, :, 3].sum(dtype=np.int64)) / 255


def _placed(paint: Picture, left: float, top: float) -> Ink:
    """Ink at a place between whole pixels, where the screen shows a mixture of neighbours."""
    x, y = int(np.floor(left)), int(np.floor(top))
    right_part, lower_part = left - x, top - y
    if right_part < 0.01 and lower_part < 0.01:
        return Ink(x, y, paint)
    mixed = np.pad(paint.astype(np.float64), ((1, 1), (1, 1), (0, 0)), mode="edge")
    mixed[[0, -1], :, 3] = mixed[:, [0, -1], 3] = 0
    mixed = mixed * (1 - right_part) + np.roll(mixed, 1, axis=1) * right_part
    mixed = mixed * (1 - lower_part) + np.roll(mixed, 1, axis=0) * lower_part
    return Ink(x - 1, y - 1, np.round(mixed).astype(np.uint8))


def _entry(entry: TextInput, place: _Place, frame: Picture) -> Iterator[SeenText]:
    """A field to type into: its text or its hint, with the ink as far as the frame shows its colour."""
    typed = bool(entry.text)
    text = str(entry.text or entry.hint_text)
    box = _box(entry)
    seen = box.within(place.clip)
    if not text.strip() or seen.empty:
        return
    core = CoreLabel(text=text, font_size=entry.font_size, font_name=entry.font_name)
    core.refresh()
    left, _, right, _ = entry.padding
    room = entry.width - left - right
    wanted = float(core.content_width)
    colour = np.array([round(255 * c) for c in (entry.foreground_color if typed else entry.hint_text_color)[:3]])
    x, y, end, bottom = (round(value) for value in (seen.left, seen.top, seen.right, seen.bottom))
    part = frame[y:bottom, x:end, :3]
    paint = np.zeros((*part.shape[:2], 4), np.uint8)
    paint[:, :, :3] = colour
    # A part of the text must be there in its own colour; its thin edges are of no use here.
    paint[:, :, 3] = 255 * (np.abs(part.astype(np.int16) - colour).max(axis=2) <= 40)
    yield SeenText(
        text=text,
        line=place.line,
        box=box,
        clip=place.clip,
        home=place.home,
        ink=Ink(x, y, paint),
        wanted=wanted,
        drawn=wanted if typed or entry.multiline else min(wanted, room),
        quiet=bool(getattr(entry, "quiet", False)) or not typed,
        solid=False,
        opacity=place.opacity,
    )


def _takes_touch(widget: Widget) -> bool:
    if widget.disabled or not getattr(widget, "tappable", True):
        return False
    return isinstance(widget, ButtonBehavior | TextInput | Slider | Switch)


def _target(widget: Widget, place: _Place, names: dict[int, str]) -> SeenTarget:
    box = _box(widget)
    tall, wide = max(1, round(box.height)), max(1, round(box.width))
    touch: Mask = np.ones((tall, wide), np.bool_)
    if type(widget).collide_point is not Widget.collide_point:
        step = 2
        for row in range(0, tall, step):
            y = widget.top - (row + 0.5)
            for column in range(0, wide, step):
                hit = bool(widget.collide_point(widget.x + column + 0.5, y))
                touch[row : row + step, column : column + step] = hit
    worded = any(isinstance(each, Label | TextInput) and each.text.strip() for each in widget.walk(restrict=True))
    name = names.get(id(widget)) or _name(widget)
    return SeenTarget(name, place.line, box, place.clip, touch, place.scrolls, worded)


def _name(widget: Widget) -> str:
    """What a person would call it: its own text, else the first text in it."""
    given = getattr(widget, "text", "")
    if given:
        return str(given)
    inside = [str(each.text) for each in widget.walk(restrict=True) if isinstance(each, Label) and each.text]
    return inside[0] if inside else type(widget).__name__
