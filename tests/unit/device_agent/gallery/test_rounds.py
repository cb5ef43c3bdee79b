"""Renewing the kept pictures, and telling which no longer look as they are kept."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

from contracts.fields import Language
from device_agent.gallery import page
from device_agent.gallery.rounds import differences, renew
from device_agent.gallery.taking import Shot
from device_agent.settings import Shape
from runtime.ui.checks import Fault, Kind

SIZES = {Shape.ROUND: (454, 454), Shape.SQUARE: (396, 484), Shape.BAND: (194, 368)}


def shot(scene: str, device: Shape = Shape.BAND, language: Language = Language.EN, *texts: str) -> Shot:
    return Shot(number=0, device=device, language=language, scene=scene, texts=texts, faults=())


def draw(folder: Path, of: Shot, words: str) -> None:
    """A picture at full size, as the window would give it."""
    picture = Image.new("RGB", SIZES[of.device], "black")
    ImageDraw.Draw(picture).text((30, 90), words, fill="white", font_size=28)
    path = folder / of.place(".png")
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)


def test_only_what_looks_different_is_written_and_what_is_gone_is_taken_away(tmp_path: Path) -> None:
    full, gallery = tmp_path / "full", tmp_path / "gallery"
    face, old = shot("face"), shot("old")
    draw(full, face, "09:41")
    draw(full, old, "old")
    assert renew([face, old], full, gallery) == (2, 0)
    kept = gallery / "band" / "en" / "face.webp"
    before = kept.read_bytes()
    assert renew([face], full, gallery) == (0, 1)
    assert [path.name for path in gallery.rglob("*.webp")] == ["face.webp"]
    draw(full, face, "10:41")
    assert renew([face], full, gallery) == (1, 0)
    assert kept.read_bytes() != before


def test_a_difference_is_named_and_both_pictures_are_written(tmp_path: Path) -> None:
    full, gallery, out = tmp_path / "full", tmp_path / "gallery", tmp_path / "out"
    face, task = shot("face"), shot("task")
    draw(full, face, "09:41")
    draw(full, task, "Wang")
    renew([face, task], full, gallery)
    assert differences([face, task], full, gallery, out, whole=True) == []
    assert not out.exists()
    draw(full, task, "Park")
    found = differences([face, task], full, gallery, out, whole=True)
    assert [each.picture for each in found] == ["band/en/task"]
    assert "block at" in found[0].why
    assert sorted(path.name for path in out.rglob("*.png")) == ["task.fresh.png", "task.kept.png"]


def test_a_picture_too_many_or_too_few_is_a_difference(tmp_path: Path) -> None:
    full, gallery = tmp_path / "full", tmp_path / "gallery"
    face, task = shot("face"), shot("task")
    draw(full, face, "09:41")
    draw(full, task, "Wang")
    renew([face], full, gallery)
    found = differences([task], full, gallery, tmp_path / "out", whole=True)
    assert {each.picture: each.why for each in found} == {
        "band/en/task": "there is none in the gallery",
        "band/en/face.webp": "no scene shows it",
    }
    assert len(differences([task], full, gallery, tmp_path / "out", whole=False)) == 1


def test_the_page_shows_every_picture_with_what_can_be_read_on_it(tmp_path: Path) -> None:
    shots = [
        shot("task-urgent", device, language, "A016", 'Wang "* Ming <b>') for device in Shape for language in Language
    ]
    for each in shots:
        draw(tmp_path / "full", each, "A016")
    renew(shots, tmp_path / "full", tmp_path)
    page.write(shots, tmp_path)
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert text.count("<img ") == 9
    for each in shots:
        assert f'src="{each.device}/{each.language}/task-urgent.webp"' in text
        assert (tmp_path / each.device / each.language / "task-urgent.webp").is_file()
    assert 'alt="A016 | Wang &quot;* Ming &lt;b&gt;"' in text
    assert '<section id="task-urgent">' in text
    assert "Task urgent" in text
    assert 'width="272" height="272"' in text
    assert "<script" not in text
    assert "http" not in text


def test_a_fault_survives_the_way_from_one_process_to_the_other() -> None:
    import msgspec

    fault = Fault(kind=Kind.CLIPPED, what="王*明", detail="cut")
    sent = msgspec.structs.replace(shot("face"), faults=(fault,))
    assert msgspec.json.decode(msgspec.json.encode([sent]), type=list[Shot]) == [sent]
