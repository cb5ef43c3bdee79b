"""Reduced pictures: what counts as the same."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from runtime.ui.snapshots import SCALE, changes, opened, reduced


def card(words: str = "Time deposit 92%", *, at: tuple[int, int] = (60, 80)) -> Image.Image:
    picture = Image.new("RGB", (396, 484), "black")
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((20, 60, 376, 150), 16, fill="#1B2027")
    draw.text(at, words, fill="#F4F6F8", font_size=30)
    draw.rounded_rectangle((20, 380, 376, 460), 40, fill="#3DD6A3")
    return picture


def test_the_reduced_picture_keeps_its_shape() -> None:
    kept = opened(reduced(card()))
    assert kept.size == (round(396 * SCALE), round(484 * SCALE))


def test_the_same_picture_doesnt_differ() -> None:
    assert changes(reduced(card()), reduced(card())) == []


def test_softer_edges_and_a_little_noise_are_the_same_picture() -> None:
    soft = card().filter(ImageFilter.GaussianBlur(0.5))
    noisy = np.asarray(soft, np.int16) + np.random.default_rng(1).integers(-3, 4, (484, 396, 3))
    other = Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))
    assert changes(reduced(other), reduced(card())) == []


@pytest.mark.parametrize(
    "other",
    [card("Time deposit 62%"), card("Time deposit 92"), card(at=(60, 84)), card("Fund plan")],
    ids=["a digit", "a character less", "4 px lower", "other words"],
)
def test_another_text_differs(other: Image.Image) -> None:
    found = changes(reduced(other), reduced(card()))
    assert found
    assert all(30 <= change.top <= 110 for change in found)
    assert [c.difference for c in found] == sorted((c.difference for c in found), reverse=True)


def test_another_colour_of_a_button_differs() -> None:
    other = card()
    ImageDraw.Draw(other).rounded_rectangle((20, 380, 376, 460), 40, fill="#FFB454")
    assert changes(reduced(other), reduced(card()))


def test_another_size_differs() -> None:
    assert changes(reduced(card().resize((194, 368))), reduced(card()))[0].difference == 255
