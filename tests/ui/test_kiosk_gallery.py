"""Every story of the kiosk on the real window, in every language and look: sound, and as the gallery keeps it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from contracts.fields import Language
from kiosk.gallery.__main__ import GALLERY, findings
from kiosk.gallery.keeping import differences, take_all
from kiosk.gallery.stage import open_stage
from kiosk.gallery.story import StoryError, load_story, parse_story
from kiosk.gallery.taking import LOOKS, STORIES, Look, Screen, Turn, shot_of
from kiosk.gallery.telling import tell

MOST_BYTES = 4_000_000
WINDOW = (396, 484)
"""The size of this process's window: one that is off screen can't be enlarged."""

ROUNDS = {
    Screen.PORTRAIT: [
        Turn(Language.EN, Look.PLAIN),
        Turn(Language.ZH, Look.ASSISTED, 5),
        Turn(Language.KO, Look.PLAIN, 5),
    ],
    Screen.LANDSCAPE: [
        Turn(Language.EN, Look.ASSISTED, 5),
        Turn(Language.ZH, Look.PLAIN, 5),
    ],
}
"""Each story five times; every picture once, and every fifth in further languages and looks (all: python -m
kiosk.gallery --check --compare)."""


@pytest.mark.req("K-01", "K-02", "K-03", "K-12", "K-13")
@pytest.mark.parametrize("screen", Screen)
def test_every_story_holds_and_every_screen_is_sound_and_as_it_is_kept(
    kivy_window: None, tmp_path: Path, screen: Screen
) -> None:
    shots = take_all({screen: ROUNDS[screen]}, tmp_path / "full")
    assert {(shot.language, shot.look) for shot in shots} == {(turn.language, turn.look) for turn in ROUNDS[screen]}
    faulty = findings(shots)
    assert not faulty, "\n".join(["python -m kiosk.gallery --check finds:", *faulty])
    found = differences(shots, tmp_path / "full", GALLERY, tmp_path / "differs")
    lines = [f"{each.picture}: {each.why}; see {each.fresh}" for each in found]
    assert not lines, "\n".join([*lines, "where that is meant: python -m kiosk.gallery renews the pictures"])


def test_the_gallery_has_a_page_with_all_its_pictures_and_is_small() -> None:
    page = (GALLERY / "index.html").read_text(encoding="utf-8")
    kept = sorted(path.relative_to(GALLERY).as_posix() for path in GALLERY.rglob("*.webp"))
    scenes = {Path(path).stem.rpartition("-")[0] for path in kept}
    assert len(kept) == len(scenes) * len(Screen) * len(Language) * len(Look)
    assert sorted(part.split('"')[0] for part in page.split('src="')[1:]) == kept
    assert sum(path.stat().st_size for path in GALLERY.rglob("*") if path.is_file()) <= MOST_BYTES


@pytest.mark.parametrize(
    ("part", "values", "kind"),
    [
        ("title", {"color": (0.2, 0.2, 0.2, 1)}, "low_contrast"),
        ("title", {"text_size": (150, 12), "valign": "top"}, "clipped"),
        ("title", {"y": 300}, "overlapping"),
        ("phone", {"height": 20}, "small_targets"),
    ],
)
async def test_what_is_wrong_is_found(
    kivy_window: None, tmp_path: Path, part: str, values: dict[str, object], kind: str
) -> None:
    story = parse_story('title = "One"\nsteps = [{ touch = ["en"], expect = "card" }]', origin="one")
    async with open_stage(WINDOW) as stage:
        await tell(story, stage, Language.EN, unwanted)

        def found() -> int:
            shot = shot_of(stage, 0, Screen.PORTRAIT, Look.PLAIN, Language.EN, "one", tmp_path)
            return " ".join(findings([shot])).count(f": {kind}: ")

        before = found()  # some are small, as the page is drawn for a larger window
        for name, value in values.items():
            setattr(stage.app.board.named[part], name, value)
        await stage.frames()
        assert found() > before


async def unwanted(name: str) -> None:
    raise AssertionError(name)


async def test_what_does_not_come_is_said(kivy_window: None) -> None:
    async with open_stage(WINDOW) as stage:
        story = parse_story('title = "T"\nsteps = [{ expect = "card" }]', origin="t")
        with pytest.raises(StoryError, match="T: step 1: expected page 'card', there is 'start'"):
            await tell(story, stage, Language.EN, unwanted)
        story = parse_story('title = "T"\nsteps = [{ touch = ["en"] }, { touch = ["gold"] }]', origin="t")
        with pytest.raises(StoryError, match=r"T: step 2: no 'gold' to touch on page 'card'; there are .*no card"):
            await tell(story, stage, Language.EN, unwanted, modes=LOOKS[Look.ASSISTED])


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("x", "t.toml: "),
        ('title = "T"', "steps"),
        ('title = "T"\nsteps = []', "Expected `array` of length >= 1"),
        ('title = "T"\nsteps = [{ tuch = ["en"] }]', "tuch"),
        ('title = "T"\nhouse = { paper = "wet" }\nsteps = [{}]', "wet"),
        ('title = "T"\nsteps = [{ house = { gold = 1 } }]', "gold"),
        ('title = "T"\nsteps = [{ shot = "../x" }]', "regex"),
    ],
)
def test_a_bad_story_is_named(text: str, what: str) -> None:
    with pytest.raises(StoryError, match=r"t\.toml") as caught:
        parse_story(text, origin="t.toml")
    assert what in str(caught.value)


def test_a_missing_story_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoryError, match=r"nowhere\.toml: can't be read"):
        load_story(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(("named", "size"), [(("--size", "480", "760"), (480, 760)), ((), (1080, 1920))])
def test_the_command_writes_the_pictures(
    kivy_window: None, tmp_path: Path, named: tuple[str, ...], size: tuple[int, int]
) -> None:
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "kiosk", "--script", str(STORIES / "many.toml"), *named),
            *("--shots", str(tmp_path), "--language", "zh"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert [Path(line).name for line in ran.stdout.split()] == ["01-cards.png", "02-ticket-plain.png"]
    with Image.open(tmp_path / "02-ticket-plain.png") as picture:
        assert picture.size == size
        assert len(picture.getcolors(1 << 20) or ()) > 50


def story_of(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kiosk", "--script", str(STORIES / "many.toml"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_a_story_without_pictures_says_that_it_held(kivy_window: None) -> None:
    ran = story_of("--size", "396", "484")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == "A kiosk without a printer, with cards to choose from: 3 steps held\n"


def test_a_story_that_takes_no_picture_says_so_beside_them(kivy_window: None, tmp_path: Path) -> None:
    story = tmp_path / "one.toml"
    story.write_text('title = "One"\nsteps = [{ touch = ["en"], expect = "card" }]')
    command = [sys.executable, "-m", "kiosk", "--script", str(story), "--shots", str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (ran.returncode, ran.stdout) == (0, "")
    assert ran.stderr == "One: 1 step held; no step takes a picture (shot)\n"


@pytest.mark.parametrize("size", [("0", "-1"), ("199", "800"), ("800", "8193")])
def test_a_size_that_no_story_can_have_is_refused(size: tuple[str, str]) -> None:
    ran = story_of("--size", *size)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"kiosk: size = ({size[0]}, {size[1]}): at least 200 by 200 pixels")
    assert len(ran.stderr.splitlines()) == 1


@pytest.mark.parametrize("below", ["", "deeper"])
def test_pictures_that_can_not_be_written_are_said(tmp_path: Path, below: str) -> None:
    file = tmp_path / "file"
    file.write_text("")
    ran = story_of("--shots", str(file / below))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"kiosk: shots: {file / below}: can't be written: ")
    assert len(ran.stderr.splitlines()) == 1


def test_a_picture_that_can_not_be_written_is_said(kivy_window: None, tmp_path: Path) -> None:
    (tmp_path / "01-cards.png").mkdir()
    ran = story_of("--size", "396", "484", "--shots", str(tmp_path))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert f"shots: {tmp_path / '01-cards.png'}: can't be written: Is a directory" in ran.stderr


def test_shots_without_a_story_are_refused(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "kiosk", "--shots", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 2
    assert "only a story takes pictures" in ran.stderr
