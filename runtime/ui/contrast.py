"""How well a text stands out, from the pixels that were really drawn (WCAG 2.2, 1.4.3 and 1.4.6). Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from runtime.ui.seen import Box, Ink, Mask, Picture

Rgb = tuple[int, int, int]

SOLID = 160
"""From this alpha on a pixel of a text counts as ink."""

ENOUGH = 8
"""So many pixels tell a colour."""

GROUND_SHARE = 0.15
"""A colour that makes up this share of a text's surroundings counts as its ground; the worst one decides."""

NEAR = 48
"""Two pixels look alike when no channel differs by more than this."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """The ratio (1 to 21) of a text's ink to its ground."""

    ratio: float
    ink: Rgb
    ground: Rgb


def luminance(colour: Rgb) -> float:
    """Relative luminance of an sRGB colour, 0 to 1 (WCAG 2.2, "relative luminance")."""
    channels = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]


def ratio(one: Rgb, other: Rgb) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A text's part of the frame: its own paint, and the pixels at the same place."""

    paint: Picture
    pixels: Picture
    margin: int

    @property
    def alpha(self) -> NDArray[np.uint8]:
        """How much of each pixel is ink."""
        alpha: NDArray[np.uint8] = self.paint[:, :, 3]
        return alpha


def cut_out(frame: Picture, ink: Ink, clip: Box, margin: int = 4) -> Patch | None:
    """The text's patch with a margin around it, as far as it lies in ``clip`` and on the screen; null when nothing."""
    height, width = frame.shape[:2]
    seen = ink.box().within(clip).within(Box(0, 0, width, height))
    if seen.empty:
        return None
    area = Box(seen.left - margin, seen.top - margin, seen.right + margin, seen.bottom + margin)
    area = area.within(clip).within(Box(0, 0, width, height))
    left, top, right, bottom = (round(value) for value in (area.left, area.top, area.right, area.bottom))
    if right <= left or bottom <= top:
        return None
    paint = np.zeros((bottom - top, right - left, 4), np.uint8)
    tall, wide = ink.paint.shape[:2]
    rows = slice(max(top, ink.top), min(bottom, ink.top + tall))
    columns = slice(max(left, ink.left), min(right, ink.left + wide))
    paint[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = ink.paint[
        rows.start - ink.top : rows.stop - ink.top, columns.start - ink.left : columns.stop - ink.left
    ]
    return Patch(paint, frame[top:bottom, left:right, :3], margin)


def _widened(mask: Mask, by: int) -> Mask:
    picture = Image.fromarray(mask.astype(np.uint8) * 255).filter(ImageFilter.MaxFilter(2 * by + 1))
    return np.asarray(picture) > 0


def grounds(patch: Patch) -> list[Rgb]:
    """The colours around the ink, the most common first; each makes up a fair share of the surroundings."""
    inked = patch.alpha > 16
    around = _widened(inked, 3) & ~_widened(inked, 1)
    if not around.any():
        around = ~inked
    if not around.any():
        return []
    pixels = patch.pixels[around]
    _, numbers, counts = np.unique(_rough(pixels), return_inverse=True, return_counts=True)
    least = GROUND_SHARE * len(pixels)
    found = [place for place in np.argsort(-counts) if counts[place] >= least] or [int(np.argmax(counts))]
    return [_rgb(np.median(pixels[numbers == place], axis=0)) for place in found]


def _rough(pixels: Picture) -> NDArray[np.int32]:
    """One number for each pixel; the same for colours that look alike."""
    red, green, blue = (pixels[..., channel].astype(np.int32) // 12 for channel in range(3))
    return (red * 32 + green) * 32 + blue


def contrast(patch: Patch, behind: list[Rgb]) -> Contrast | None:
    """The worst ratio of an ink of the text to one of the ``grounds``; null when nothing of it can be measured."""
    if not behind or not patch.alpha.any():
        return None
    solid = _core(patch.alpha)
    worst: Contrast | None = None
    declared = _rough(patch.paint)
    names, counts = np.unique(declared[solid], return_counts=True)
    for name, count in zip(names, counts, strict=True):
        if count < 0.1 * solid.sum():
            continue
        mine = solid & (declared == name)
        share = (patch.alpha[mine] / 255)[:, None]
        # An edge pixel is a mixture: take the ground out of it again.
        shown = (patch.pixels[mine] - (1 - share) * np.array(behind[0])) / share
        ink = _rgb(np.clip(np.median(shown, axis=0), 0, 255))
        for ground in behind:
            found = ratio(ink, ground)
            if worst is None or found < worst.ratio:
                worst = Contrast(found, ink, ground)
    return worst


def _core(alpha: NDArray[np.uint8]) -> Mask:
    """The middle of the strokes: what a text's colour is judged by, as its edges are mixtures (Kivy darkens some)."""
    for least in (250, 235, 210):
        core: Mask = alpha >= least
        if core.sum() >= ENOUGH:
            return core
    return np.asarray(alpha >= min(SOLID, int(alpha.max())))


def visible_share(patch: Patch, behind: list[Rgb], opacity: float = 1.0) -> float:
    """Which share of the ink is really on the screen, in the text's own colour: less when something covers it."""
    solid = patch.alpha >= min(SOLID, int(patch.alpha.max()))
    if not behind or not patch.alpha.any():
        return 0.0
    share = (patch.alpha[solid] / 255 * opacity)[:, None]
    pixels = patch.pixels[solid].astype(np.float64)
    alike = np.zeros(len(pixels), np.bool_)
    for ground in behind:
        expected = share * patch.paint[solid][:, :3] + (1 - share) * np.array(ground)
        alike |= np.abs(pixels - expected).max(axis=1) <= NEAR
    return float(alike.mean())


def _rgb(values: NDArray[np.float64]) -> Rgb:
    red, green, blue = (round(float(value)) for value in values)
    return (red, green, blue)
