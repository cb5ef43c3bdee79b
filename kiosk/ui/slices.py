"""Grounds of buttons and panels as one small picture each: rounded corners, filling and border in a single drawing.

A picture is stretched in its middle (nine slices), so that it fits every size; the corners are drawn four times larger
and made smaller, which smooths them. Without a graphics card most of a page's time goes into its filled areas, once for
each area that lies on another: a filling with a line around it costs more than twice as much.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from kivy.graphics.texture import Texture

from kiosk.ui.theme import Colour

FINER = 4
"""Parts of a pixel, each way."""

MIDDLE = 2
"""Pixels between the corners."""


@lru_cache(maxsize=64)
def ground(radius: int, fill: Colour, edge: Colour | None, width: float) -> Texture:
    """A rounded rectangle with corners of so many pixels; with ``edge`` a border of so many pixels within it."""
    side = 2 * radius + MIDDLE
    inside = _covered(side, radius, 0.0)
    picture = np.empty((side, side, 4))
    picture[:] = fill
    if edge is not None:
        inner = _covered(side, radius, width)[..., None]
        picture = np.asarray(edge) * (1 - inner) + picture * inner
    picture[..., 3] *= inside
    texture = Texture.create(size=(side, side), colorfmt="rgba")
    # Every pixel falls on one of the screen's: nothing lies between two that would have to be mixed.
    texture.mag_filter = texture.min_filter = "nearest"
    pixels = (picture * 255).round().astype(np.uint8)
    texture.blit_buffer(pixels.tobytes(), colorfmt="rgba", bufferfmt="ubyte")
    return texture


def _covered(side: int, radius: int, inset: float) -> npt.NDArray[np.float64]:
    """How much of each pixel lies within the rounded rectangle that is smaller by ``inset`` on each side."""
    at = (np.arange(side * FINER) + 0.5) / FINER
    corner = max(0.0, radius - inset)
    beyond = np.maximum(np.abs(at - side / 2) - (side / 2 - inset - corner), 0.0)
    within = np.hypot(beyond[:, None], beyond[None, :]) <= corner
    covered: npt.NDArray[np.float64] = within.reshape(side, FINER, side, FINER).mean(axis=(1, 3))
    return covered
