"""Which characters the font of the window lacks."""

from runtime.errors import WindowError
from runtime.fonts import fonts


def missing(text: str) -> str:
    """The characters of the text that the font lacks; raises ``WindowError`` where no font is known that well."""
    found = fonts()
    if found is None or found.facts is None:
        raise WindowError("no pictures: the font with Chinese and Korean is missing; scripts/bootstrap makes it")
    return found.missing(text)
