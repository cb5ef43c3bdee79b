"""``python -m kiosk.gallery.taking``: tells all stories on one window, and draws and checks what they show.

Kivy allows one window in a process, so the gallery runs this once for each screen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from pathlib import Path
from types import MappingProxyType

import click
import msgspec
from PIL import Image

from contracts.fields import Language
from kiosk.gallery.stage import Stage, open_stage
from kiosk.gallery.story import Story, load_story
from kiosk.gallery.telling import tell
from kiosk.presenters.pages import PLAIN, Mode, Modes
from runtime.ui.checks import Fault, faults
from runtime.ui.glyphs import missing

STORIES = Path(__file__).resolve().parents[2] / "tests" / "ui" / "stories" / "kiosk"


class Screen(StrEnum):
    """How the kiosk's screen stands."""

    PORTRAIT = "portrait"
    LANDSCAPE = "landscape"


SIZES = MappingProxyType({Screen.PORTRAIT: (540, 960), Screen.LANDSCAPE: (960, 540)})
"""Half of 1080 x 1920, in which everything keeps its place: a quarter of the pixels to draw without a graphics card."""


class Look(StrEnum):
    """What the customer has switched on."""

    PLAIN = "plain"
    ASSISTED = "assisted"


LOOKS: MappingProxyType[Look, Modes] = MappingProxyType(
    {Look.PLAIN: PLAIN, Look.ASSISTED: frozenset({Mode.CONTRAST, Mode.LARGE, Mode.REACH})}
)


class Shot(msgspec.Struct, frozen=True, kw_only=True):
    """One picture: what it shows, the texts on it, and what is wrong with it. ``number`` counts in the order taken."""

    number: int
    screen: Screen
    look: Look
    language: Language
    scene: str
    texts: tuple[str, ...]
    faults: tuple[Fault, ...]

    def place(self, suffix: str) -> Path:
        """Where its picture is kept, below the gallery's folder."""
        return Path(self.screen) / self.language / f"{self.scene}-{self.look}{suffix}"


def load_stories(folder: Path = STORIES) -> tuple[Story, ...]:
    """All stories in a folder, by name; raises ``StoryError``."""
    return tuple(load_story(path) for path in sorted(folder.glob("*.toml")))


@dataclass(frozen=True, slots=True)
class Turn:
    """All stories once, in a language and a look; of their pictures every ``sample``-th is taken."""

    language: Language
    look: Look
    sample: int = 1


async def take(stage: Stage, screen: Screen, stories: Sequence[Story], turns: Sequence[Turn], out: Path) -> list[Shot]:
    """Tell the stories and take their pictures, written to ``out`` at full size; raises ``StoryError``."""
    shots: list[Shot] = []
    for place, turn in enumerate(turns):
        number = count(place)  # each turn takes another part of them
        for story in stories:

            async def picture(name: str, turn: Turn = turn, number: Iterator[int] = number) -> None:
                if next(number) % turn.sample == 0:
                    shots.append(shot_of(stage, len(shots), screen, turn.look, turn.language, name, out))

            await tell(story, stage, turn.language, picture, modes=LOOKS[turn.look])
    return shots


def shot_of(stage: Stage, number: int, screen: Screen, look: Look, language: Language, name: str, out: Path) -> Shot:
    """What is to be seen now: its texts, its faults, and a picture of it in ``out``."""
    from runtime.ui.frame import frame
    from runtime.ui.inspection import inspect

    pixels = frame()
    seen = inspect(pixels, on_round=False, named=stage.app.board.named)
    order = sorted(seen.texts, key=lambda text: (round(text.box.top / 12), text.box.left))
    shot = Shot(
        number=number,
        screen=screen,
        look=look,
        language=language,
        scene=name,
        texts=tuple(text.text for text in order),
        faults=tuple(faults(seen, missing)),
    )
    path = out / shot.place(".png")
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, compress_level=1)
    return shot


async def _take_all(screen: Screen, turns: Sequence[Turn], out: Path) -> list[Shot]:
    async with open_stage(SIZES[screen]) as stage:
        return await take(stage, screen, load_stories(), turns, out)


@click.command()
@click.option("--screen", type=click.Choice([each.value for each in Screen]), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the pictures.")
@click.option("--report", type=click.Path(path_type=Path), required=True, help="File for what was found, as JSON.")
@click.option("--turn", "turns", type=(Language, Look, int), multiple=True, metavar="LANGUAGE LOOK SAMPLE")
def main(screen: str, out: Path, report: Path, turns: tuple[tuple[Language, Look, int], ...]) -> None:
    """Draw and check all stories on one screen, once for each turn."""
    shots = asyncio.run(_take_all(Screen(screen), [Turn(*turn) for turn in turns], out))
    report.write_bytes(msgspec.json.encode(shots))


if __name__ == "__main__":
    main()
