"""Letters: one font for all languages, and texts that shrink before they are cut."""

from kivy.core.text import Label as CoreLabel
from kivy.core.text import LabelBase

from runtime.fonts import fonts

SMALLEST = 0.6
"""A text shrinks at most to this share of its size."""


def use_fonts() -> None:
    """Show all texts in one font that has all three languages, where this machine has it."""
    found = fonts()
    if found is not None:
        LabelBase.register("Roboto", fn_regular=str(found.regular), fn_bold=str(found.bold))


def fitting(text: str, size: float, width: float, height: float, *, bold: bool = False) -> float:
    """The largest type, at most ``size``, in which the text has room, wrapped between words."""
    least, longest = size * SMALLEST, max(text.split() or [""], key=len)
    while size > least:
        label = CoreLabel(text=text, font_size=size, bold=bold, text_size=(width, None))
        label.refresh()
        # A word that is wider than the line would be broken inside: not so where words aren't told apart by spaces.
        whole = not longest.isascii() or CoreLabel(font_size=size, bold=bold).get_extents(longest)[0] <= width
        if whole and label.texture.height <= height:
            break
        size *= 0.94
    return size
