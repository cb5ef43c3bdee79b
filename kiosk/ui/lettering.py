"""Letters: one font for all languages, and texts that shrink before they are cut."""

from functools import lru_cache

from kivy.core.text import Label as CoreLabel
from kivy.core.text import LabelBase

from runtime.fonts import fonts, shown

SMALLEST = 0.55
"""A text shrinks at most to this share of its size."""

STEP = 0.94

SNUG = 0.78
"""A line shrinks to this share before it wraps: no sign of punctuation is left alone on the next one."""


def use_fonts() -> None:
    """Show all texts in one font that has all three languages, where this machine has it."""
    found = fonts()
    if found is not None:
        LabelBase.register("Roboto", fn_regular=str(found.regular), fn_bold=str(found.bold))


@lru_cache(maxsize=2048)
def height_of(text: str, size: float, width: float, bold: bool) -> float:
    """The height of a text in this size of type, wrapped in this width; all in pixels."""
    label = CoreLabel(text=text, font_size=size, bold=bold, text_size=(width, None))
    label.resolve_font_name()
    return float(label.render()[1])  # as refresh() does, but without drawing it


@lru_cache(maxsize=2048)
def fitting(text: str, size: float, width: float, height: float, *, bold: bool = False) -> float:
    """The largest type, at most ``size``, in which the text has room, wrapped between words; all in pixels."""
    least = size * SMALLEST
    latin = [word for word in text.split() if word.isascii()]
    longest = max(latin, key=len, default="")
    while size > least:
        # A word that is wider than the line would be broken inside: not so where words aren't told apart by spaces.
        whole = not longest or CoreLabel(font_size=size, bold=bold).get_extents(longest)[0] <= width
        if whole and height_of(text, size, width, bold) <= height:
            break
        size *= STEP
    return size


@lru_cache(maxsize=512)
def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """The width of a line in this size of type, in pixels."""
    return float(CoreLabel(font_size=size, bold=bold).get_extents(text)[0])


def one_line(text: str, size: float, width: float, *, bold: bool = False) -> float:
    """The size in which a text stands in one line, if that is no less than ``SNUG`` of it; else ``size``."""
    wide = width_of(text, size, bold=bold)
    if wide <= width:
        return size
    return size * width / wide * 0.985 if wide * SNUG <= width else size


def forget_texts() -> None:
    """Remember no text that was shown: some of them were one customer's (K-13)."""
    for remembering in (height_of, fitting, width_of, shown):
        remembering.cache_clear()
