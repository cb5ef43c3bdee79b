"""``python -m device_agent.gallery.taking``: draws and checks a part of the scenes on one screen.

Kivy allows one window in a process, so the gallery runs this several times.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count
from pathlib import Path

import click
import msgspec

from contracts.fields import Language
from device_agent.settings import Shape
from device_agent.ui.scenes import Scene, scenes
from device_agent.ui.staging import Stage, open_stage
from runtime.ui.checks import Fault, faults
from runtime.ui.glyphs import missing
from runtime.ui.seen import Seen, SeenText


class Look(StrEnum):
    """How the advisor set the wrist up."""

    PLAIN = "plain"
    LARGE_TEXT = "large-text"
    LEFT_HANDED = "left-handed"


class Shot(msgspec.Struct, frozen=True, kw_only=True):
    """One picture: what it shows, the texts on it from top to bottom, and what is wrong with it.

    ``number`` counts the pictures of one screen in the order of the scenes.
    """

    number: int
    device: Shape
    language: Language
    scene: str
    texts: tuple[str, ...]
    faults: tuple[Fault, ...]

    def place(self, suffix: str) -> Path:
        """Where its picture is kept, below the gallery's folder."""
        return Path(self.device) / self.language / f"{self.scene}{suffix}"


@dataclass(frozen=True, slots=True)
class Planned:
    """A picture to take."""

    number: int
    name: str
    scene: Scene
    language: Language


def plan(languages: tuple[Language, ...], only: str | None = None, *, sample: int = 1) -> Iterator[Planned]:
    """All pictures of one screen; a scene with ``every_look`` is shown in each look.

    The first language shows every scene, the others every ``sample``-th, each another part of them.
    """
    number = count()
    for turn, language in enumerate(languages):
        for place, scene in enumerate(scenes(language)):
            if turn and (place + turn) % sample:
                continue
            looks = tuple(Look) if getattr(scene, "every_look", False) else (Look.PLAIN,)
            for look in looks:
                name = scene.name if look is Look.PLAIN else f"{scene.name}-{look}"
                if only is None or only in (name, scene.name):
                    yield Planned(next(number), name, _dressed(scene, look), language)


def _dressed(scene: Scene, look: Look) -> Scene:
    if look is Look.PLAIN:
        return scene
    preferences = msgspec.structs.replace(
        scene.state.preferences, large_text=look is Look.LARGE_TEXT, left_handed=look is Look.LEFT_HANDED
    )
    return replace(scene, state=replace(scene.state, preferences=preferences))


async def take(shape: Shape, planned: list[Planned], out: Path) -> list[Shot]:
    """Draw and check each of them, and write their pictures to ``out`` at full size."""
    shots = []
    async with open_stage(shape) as stage:
        from device_agent.ui.capture import framed

        for each in planned:
            frame = await stage.show(each.scene, each.language)
            seen = stage.inspect(frame)
            found = faults(seen, missing)
            found += await _further_down(stage, found)
            shot = Shot(
                number=each.number,
                device=shape,
                language=each.language,
                scene=each.name,
                texts=tuple(text.text for text in _from_the_top(seen)),
                faults=tuple(found),
            )
            shots.append(shot)
            path = out / shot.place(".png")
            path.parent.mkdir(parents=True, exist_ok=True)
            framed(frame, on_round=seen.round, beyond=(0, 0, 0)).save(path, compress_level=1)
        for name in stage.restless:
            print(f"{shape} {name}: never came to rest", file=sys.stderr)  # noqa: T201
    return shots


async def _further_down(stage: Stage, known: list[Fault]) -> list[Fault]:
    """What is wrong at the end of a page that scrolls, as far as it isn't known."""
    named = {(fault.kind, fault.what) for fault in known}
    async with stage.scrolled_down() as frame:
        found = [] if frame is None else faults(stage.inspect(frame), missing)
    further = [fault for fault in found if (fault.kind, fault.what) not in named]
    return [msgspec.structs.replace(fault, detail=f"scrolled down: {fault.detail}") for fault in further]


def _from_the_top(seen: Seen) -> list[SeenText]:
    """What can be read now, line by line."""
    shown = [text for text in seen.texts if not text.ink.box().within(text.clip).empty]
    return sorted(shown, key=lambda text: (round(text.ink.box().bottom / 12), text.ink.box().left))


@click.command()
@click.option("--shape", type=click.Choice([each.value for each in Shape]), required=True)
@click.option("--part", type=(int, int), required=True, metavar="N OF", help="Every OFth picture from the Nth on.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the pictures.")
@click.option("--report", type=click.Path(path_type=Path), required=True, help="File for what was found, as JSON.")
@click.option("--language", "languages", type=click.Choice([each.value for each in Language]), multiple=True)
@click.option("--scene", help="One scene only.")
@click.option("--sample", type=click.IntRange(1), default=1, help="Of all languages but the first every Nth scene.")
def main(
    shape: str,
    part: tuple[int, int],
    out: Path,
    report: Path,
    languages: tuple[str, ...],
    scene: str | None,
    sample: int,
) -> None:
    """Draw and check a part of the scenes on one screen."""
    chosen = tuple(Language(language) for language in languages) or tuple(Language)
    planned = list(plan(chosen, scene, sample=sample))[part[0] :: part[1]]
    shots = asyncio.run(take(Shape(shape), planned, out))
    report.write_bytes(msgspec.json.encode(shots))


if __name__ == "__main__":
    main()
