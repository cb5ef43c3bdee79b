"""Contrast from pixels."""

from __future__ import annotations

import numpy as np
import pytest

from runtime.ui.contrast import contrast, cut_out, grounds, luminance, ratio, visible_share
from runtime.ui.seen import Box, Ink, Picture

Rgb = tuple[int, int, int]
SCREEN = Box(0, 0, 100, 60)


def ink(colour: Rgb, *, alpha: int = 255) -> Ink:
    """Three bars with soft edges, 40 pixels wide and 20 high, at 20,20."""
    paint = np.zeros((20, 40, 4), np.uint8)
    paint[:, :, :3] = colour
    for bar in (4, 18, 32):
        paint[2:18, bar : bar + 4, 3] = alpha
        paint[2:18, (bar - 1, bar + 4), 3] = alpha // 3
    return Ink(20, 20, paint)


def drawn(ground: Rgb, of: Ink) -> Picture:
    """A frame of one colour with the ink on it."""
    frame = np.empty((60, 100, 3), np.uint8)
    frame[:, :] = ground
    share = of.paint[:, :, 3:].astype(np.float64) / 255
    part = frame[20:40, 20:60]
    frame[20:40, 20:60] = np.round(part * (1 - share) + of.paint[:, :, :3] * share)
    return frame


def test_black_on_white_is_21_to_1() -> None:
    assert luminance((255, 255, 255)) == pytest.approx(1.0)
    assert luminance((0, 0, 0)) == 0.0
    assert ratio((0, 0, 0), (255, 255, 255)) == pytest.approx(21.0)


def test_the_grey_that_just_passes_on_white_is_known() -> None:
    assert ratio((0x76, 0x76, 0x76), (255, 255, 255)) == pytest.approx(4.54, abs=0.005)
    assert ratio((0x59, 0x59, 0x59), (255, 255, 255)) == pytest.approx(7.0, abs=0.01)


@pytest.mark.parametrize(
    ("colour", "ground"), [((244, 246, 248), (0, 0, 0)), ((100, 100, 100), (0, 0, 0)), ((0, 40, 27), (61, 214, 163))]
)
def test_the_pixels_give_the_ratio_of_the_colours(colour: Rgb, ground: Rgb) -> None:
    text = ink(colour)
    patch = cut_out(drawn(ground, text), text, SCREEN)
    assert patch is not None
    found = contrast(patch, grounds(patch))
    assert found is not None
    assert found.ink == colour
    assert found.ground == ground
    assert found.ratio == pytest.approx(ratio(colour, ground))


def test_a_text_that_is_drawn_fainter_than_declared_is_measured_as_it_is() -> None:
    declared, faint = ink((255, 255, 255)), ink((255, 255, 255), alpha=102)
    patch = cut_out(drawn((0, 0, 0), faint), declared, SCREEN)
    assert patch is not None
    found = contrast(patch, grounds(patch))
    assert found is not None
    assert found.ink == (102, 102, 102)
    assert found.ratio < 4


def test_of_two_grounds_the_worse_one_counts() -> None:
    text = ink((255, 255, 255))
    frame = drawn((0, 0, 0), text)
    right = drawn((200, 200, 200), text)
    frame[:, 45:] = right[:, 45:]
    patch = cut_out(frame, text, SCREEN)
    assert patch is not None
    found = contrast(patch, grounds(patch))
    assert found is not None
    assert found.ground == (200, 200, 200)
    assert found.ratio < 2


def test_what_is_covered_is_not_visible() -> None:
    text = ink((255, 255, 255))
    frame = drawn((0, 0, 0), text)
    patch = cut_out(frame, text, SCREEN)
    assert patch is not None
    assert visible_share(patch, grounds(patch)) == 1.0
    frame[30:] = (90, 30, 30)
    patch = cut_out(frame, text, SCREEN)
    assert patch is not None
    assert 0.4 < visible_share(patch, grounds(patch)) < 0.6


def test_what_is_out_of_sight_has_no_patch() -> None:
    text = ink((255, 255, 255))
    assert cut_out(drawn((0, 0, 0), text), text, Box(0, 0, 10, 10)) is None
