"""Every screen on every device, and a third of them in each further language: sound, and as the gallery keeps them."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.fields import Language
from device_agent.gallery.__main__ import GALLERY, findings
from device_agent.gallery.rounds import Choice, differences, kept, take_all
from device_agent.settings import Shape

SAMPLE = 3
MOST_BYTES = 3_600_000


@pytest.mark.req("W-01", "W-07", "W-08", "W-09", "W-10", "W-14")
@pytest.mark.parametrize("shape", list(Shape))
def test_every_screen_is_sound_and_looks_as_it_is_kept(kivy_window: None, tmp_path: Path, shape: Shape) -> None:
    shots = take_all(Choice(shapes=(shape,), sample=SAMPLE), tmp_path / "full", parts=1)
    assert {shot.language for shot in shots} == set(Language)
    faulty = [f"{each.device} {each.language} {each.scene}: {each.kind}: {each.detail}" for each in findings(shots)]
    assert not faulty, "\n".join(["scripts/gallery --check finds:", *faulty])
    found = differences(shots, tmp_path / "full", GALLERY, tmp_path / "differs", whole=False)
    lines = [f"{each.picture}: {each.why}; see {each.fresh}" for each in found]
    assert not lines, "\n".join([*lines, "where that is meant: scripts/gallery renews the pictures"])


def test_the_gallery_has_a_page_with_all_its_pictures_and_is_small() -> None:
    page = (GALLERY / "index.html").read_text(encoding="utf-8")
    pictures = kept(GALLERY)
    assert pictures
    named = sorted(part.split('"')[0] for part in page.split('src="')[1:])
    assert named == sorted(path.relative_to(GALLERY).as_posix() for path in pictures)
    assert sum(path.stat().st_size for path in (GALLERY / "index.html", *pictures)) <= MOST_BYTES
