"""Pictures at reduced size, and whether two of them show the same: block by block, as drivers differ in edges."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

SUFFIX = ".webp"
SCALE = 0.6
QUALITY = 62
BLOCK = 12
"""Side of a block in pixels of the reduced picture: about the height of a small letter."""

TOLERANCE = 8.0
"""Mean difference of a block's pixels, of 255, from which on it shows something else.

Measured: Mesa's softpipe against its llvmpipe at most 6, one digit for another at least 10.
"""


@dataclass(frozen=True, slots=True)
class Change:
    """A block that differs: its place in pixels of the reduced picture, and by how much of 255 on average."""

    left: int
    top: int
    difference: float

    def __str__(self) -> str:
        return f"block at {self.left},{self.top} differs by {self.difference:.0f}"


def reduced(picture: Image.Image, scale: float = SCALE, quality: int = QUALITY) -> bytes:
    """The picture as a gallery keeps it: smaller, as WebP."""
    width, height = (round(length * scale) for length in picture.size)
    small = picture.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    packed = io.BytesIO()
    small.save(packed, "WEBP", quality=quality, method=4)
    return packed.getvalue()


def opened(kept: bytes) -> Image.Image:
    """A reduced picture to look at."""
    return Image.open(io.BytesIO(kept)).convert("RGB")


def changes(fresh: bytes, kept: bytes, tolerance: float = TOLERANCE) -> list[Change]:
    """The blocks in which two reduced pictures differ, the worst first; a different size is one change of 255.

    Both went through the same packing, which therefore makes no difference between them.
    """
    if fresh == kept:
        return []
    one, other = opened(fresh), opened(kept)
    if one.size != other.size:
        return [Change(0, 0, 255.0)]
    apart = np.maximum(_strange(one, other), _strange(other, one)).max(axis=2)
    height, width = apart.shape
    found = []
    # Blocks overlap by half, so that a small change can't hide on the border of two.
    for top in range(0, max(1, height - BLOCK // 2), BLOCK // 2):
        for left in range(0, max(1, width - BLOCK // 2), BLOCK // 2):
            mean = float(apart[top : top + BLOCK, left : left + BLOCK].mean())
            if mean > tolerance:
                found.append(Change(left, top, mean))
    return sorted(found, key=lambda change: -change.difference)


def _strange(picture: Image.Image, to: Image.Image) -> NDArray[np.float64]:
    """By how much each pixel lies outside of what the other picture has there and one pixel around.

    An edge between two pixels falls to one of them by some drivers and to the other by others.
    """
    pixels = np.asarray(picture, np.float64)
    least, most = (
        np.asarray(to.filter(each), np.float64) for each in (ImageFilter.MinFilter(3), ImageFilter.MaxFilter(3))
    )
    return np.maximum(0.0, np.maximum(pixels - most, least - pixels))
