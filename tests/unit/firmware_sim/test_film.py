"""Frames become an animated picture: still moments held, within its size, windows as devices."""

from __future__ import annotations

from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from firmware_sim.errors import DemoError
from firmware_sim.fleet.film import GROUND, LAST_MS, MOST_BYTES, RIM_WIDTH, WIDTH, Caption, Film, compose
from firmware_sim.fleet.screen import arrange
from firmware_sim.fleet.staging import FILM_GAP, FILM_SCREEN

LAYOUT = arrange(*FILM_SCREEN, title_bar=0, gap=FILM_GAP)
ONE, TWO = (Caption(title="A title", text="and what it says", step=step, steps=3) for step in (1, 2))


def screen(shade: tuple[int, int, int]) -> Image.Image:
    return Image.new("RGB", (LAYOUT.width, LAYOUT.height), shade)


def film_of(*moments: tuple[Image.Image, Caption, int]) -> Film:
    film = Film(LAYOUT)
    for moment in moments:
        film.take(*moment)
    return film


def test_a_still_moment_is_held_and_a_new_caption_is_a_new_frame() -> None:
    red, blue = screen((200, 0, 0)), screen((0, 0, 200))
    film = film_of((red, ONE, 0), (red.copy(), ONE, 300), (red, TWO, 900), (blue, TWO, 1500), (blue, TWO, 1800))
    assert film.frames == 3
    assert film.seconds == (1500 + LAST_MS) / 1000


@pytest.mark.parametrize("suffix", [".webp", ".gif"])
def test_it_is_written_at_its_width_and_plays_in_its_time(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / "pictures" / f"tour{suffix}"
    size = film_of((screen((200, 0, 0)), ONE, 0), (screen((0, 0, 200)), TWO, 700)).write(path)
    assert size == path.stat().st_size <= MOST_BYTES
    with Image.open(path) as picture:
        assert picture.width == WIDTH
        assert getattr(picture, "n_frames") == 2  # noqa: B009 - Pillow declares it for still pictures only
        assert picture.info["loop"] == 0
        picture.load()
        assert picture.info["duration"] == 700


def test_windows_become_devices_and_what_is_beside_them_is_ground() -> None:
    picture = compose(screen((200, 0, 0)), LAYOUT, ONE)
    watch = LAYOUT.wrists["round"]
    assert picture.getpixel((watch.left + watch.width // 2, watch.top + watch.height // 2)) == (200, 0, 0)
    assert picture.getpixel((watch.left + 20, watch.top + 20)) == GROUND  # beyond the bezel
    assert picture.getpixel((LAYOUT.kiosk.left + 100, LAYOUT.kiosk.top + 100)) == (200, 0, 0)
    assert picture.getpixel((LAYOUT.width - 2, LAYOUT.height - 2)) == GROUND


def test_a_film_without_a_frame_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="no frame"):
        Film(LAYOUT).write(tmp_path / "tour.webp")


@pytest.mark.parametrize("suffix", [".webp", ".gif"])
def test_a_film_that_can_not_be_small_enough_is_an_error(tmp_path: Path, suffix: str) -> None:
    film = Film(LAYOUT, most_bytes=500)
    film.take(screen((9, 9, 9)), ONE, 0)
    with pytest.raises(DemoError, match="500 allowed"):
        film.write(tmp_path / f"tour{suffix}")
    assert list(tmp_path.iterdir()) == []


def test_the_last_moment_is_kept_for_a_tour_that_got_stuck(tmp_path: Path) -> None:
    path = tmp_path / "last.png"
    Film(LAYOUT).save_last(path)
    assert not path.exists()
    film_of((screen((9, 9, 9)), ONE, 0)).save_last(path)
    with Image.open(BytesIO(path.read_bytes())) as picture:
        assert picture.size == (LAYOUT.width, LAYOUT.height)


def test_the_devices_of_a_film_do_not_touch_each_other_and_none_is_cut() -> None:
    places = [LAYOUT.kiosk, *LAYOUT.wrists.values()]
    for one, other in pairwise(places):
        assert other.left - one.right > 2 * RIM_WIDTH
    for place in places:
        assert min(place.left, place.top, FILM_SCREEN[0] - place.right, FILM_SCREEN[1] - place.bottom) > RIM_WIDTH
    assert LAYOUT.caption.height >= 120
