"""Letters: one font for all languages, and texts that shrink before they are cut."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

from kivy.core.text import Label as CoreLabel
from kivy.core.text import LabelBase

from runtime.fonts import fonts, shown

SMALLEST = 0.55
"""A text shrinks at most to this share of its size."""

STEP = 0.94

SNUG = 0.78
"""A line shrinks to this share before it wraps: no sign of punctuation is left alone on the next one."""

MOST_REMEMBERED = 2048


def use_fonts() -> None:
    """Show all texts in one font that has all three languages, where this machine has it."""
    found = fonts()
    if found is not None:
        LabelBase.register("Roboto", fn_regular=str(found.regular), fn_bold=str(found.bold))


class _Memory:
    """What was measured of texts: of the house's own for good, of others until the customer has gone."""

    def __init__(self) -> None:
        self.rehearsing = False
        self._kept: dict[Hashable, float] = {}
        self._fleeting: dict[Hashable, float] = {}

    def of(self, key: Hashable, measure: Callable[[], float]) -> float:
        """What is remembered, or else measured now."""
        found = self._kept.get(key)
        if found is None:
            found = self._fleeting.get(key)
        if found is None:
            found = measure()
            if len(self._fleeting) >= MOST_REMEMBERED:
                self._fleeting.clear()
        (self._kept if self.rehearsing else self._fleeting)[key] = found
        return found

    def forget(self) -> None:
        """Keep what is the house's own."""
        self._fleeting.clear()


_memory = _Memory()


@contextmanager
def rehearsal() -> Iterator[None]:
    """What is measured within is of no customer: it may be remembered for good."""
    _memory.rehearsing = True
    try:
        yield
    finally:
        _memory.rehearsing = False


def opened(size: float) -> int:
    """The size in which the font is opened for this one: SDL knows whole sizes only, and Kivy keeps 64 open files."""
    return int(size)


def height_of(text: str, size: float, width: float, bold: bool) -> float:
    """The height of a text in this size of type, wrapped in this width; all in pixels."""

    def measure() -> float:
        label = CoreLabel(text=text, font_size=opened(size), bold=bold, text_size=(width, None))
        label.resolve_font_name()
        return float(label.render()[1])  # as refresh() does, but without drawing it

    return _memory.of(("height", text, opened(size), width, bold), measure)


def fitting(text: str, size: float, width: float, height: float, *, bold: bool = False) -> float:
    """The largest type, at most ``size``, in which the text has room, wrapped between words; all in pixels."""
    return _memory.of(
        ("fitting", text, size, width, height, bold), lambda: _fitted(text, size, width, height, bold=bold)
    )


def _fitted(text: str, size: float, width: float, height: float, *, bold: bool) -> float:
    least = size * SMALLEST
    latin = [word for word in text.split() if word.isascii()]
    longest = max(latin, key=len, default="")
    while size > least:
        # A word that is wider than the line would be broken inside: not so where words aren't told apart by spaces.
        whole = not longest or CoreLabel(font_size=opened(size), bold=bold).get_extents(longest)[0] <= width
        if whole and height_of(text, size, width, bold) <= height:
            break
        size *= STEP
    return size


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """The width of a line in this size of type, in pixels."""
    return _memory.of(
        ("width", text, opened(size), bold),
        lambda: float(CoreLabel(font_size=opened(size), bold=bold).get_extents(text)[0]),
    )


def one_line(text: str, size: float, width: float, *, bold: bool = False) -> float:
    """The size in which a text stands in one line, if that is no less than ``SNUG`` of it; else ``size``."""
    wide = width_of(text, size, bold=bold)
    if wide <= width:
        return size
    return size * width / wide * 0.985 if wide * SNUG <= width else size


def forget_texts() -> None:
    """Remember no text that was shown, but the house's own: some of them were one customer's (K-13)."""
    _memory.forget()
    shown.cache_clear()
