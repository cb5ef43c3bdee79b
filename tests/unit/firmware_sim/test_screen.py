"""Where the windows of a demo stand."""

from __future__ import annotations

from itertools import combinations

import pytest

from firmware_sim.fleet.screen import KIOSK_SIZE, SHAPES, Layout, Place, arrange

SCREENS = [(1366, 768), (1440, 900), (1536, 864), (1600, 900), (1920, 1080), (2560, 1440), (3840, 2160)]


def places(layout: Layout) -> list[Place]:
    return [layout.kiosk, *layout.wrists.values(), layout.caption]


def apart(one: Place, other: Place) -> bool:
    beside = one.right <= other.left or other.right <= one.left
    return beside or one.bottom <= other.top or other.bottom <= one.top


@pytest.mark.parametrize("bar", [0, 36])
@pytest.mark.parametrize("screen", SCREENS)
def test_none_overlap_and_none_leaves_the_screen(screen: tuple[int, int], bar: int) -> None:
    layout = arrange(*screen, title_bar=bar)
    for one, other in combinations(places(layout), 2):
        assert apart(one, other), (one, other)
    for place in places(layout):
        assert place.left >= 0
        assert place.top >= bar
        assert place.right <= screen[0]
        assert place.bottom <= screen[1]


@pytest.mark.parametrize("screen", SCREENS)
def test_wrists_have_their_real_pixels_and_the_kiosk_its_proportions(screen: tuple[int, int]) -> None:
    layout = arrange(*screen)
    assert {shape: (place.width, place.height) for shape, place in layout.wrists.items()} == SHAPES
    assert layout.kiosk.width / layout.kiosk.height == pytest.approx(KIOSK_SIZE[0] / KIOSK_SIZE[1], rel=0.01)


def test_a_large_screen_has_the_whole_kiosk_and_room_for_captions() -> None:
    layout = arrange(1920, 1080)
    assert (layout.kiosk.width, layout.kiosk.height) == KIOSK_SIZE
    assert layout.caption.height == 150
