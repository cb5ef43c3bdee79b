"""Takes all pictures, several processes at a time, and compares them with those that are kept."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import msgspec
from PIL import Image

from contracts.fields import Language
from device_agent.gallery.taking import Shot
from device_agent.settings import Shape
from runtime.errors import WindowError
from runtime.ui.snapshots import SUFFIX, Change, changes, opened, reduced

PARTS = 2
"""Into so many parts each screen's scenes are divided, and so many processes run at once."""

RENEWED = 4.0
"""A kept picture is written anew from this difference on, so that what nobody sees doesn't fill the history."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which pictures to take; empty means all. Of all languages but the first every ``sample``-th scene."""

    shapes: tuple[Shape, ...] = ()
    languages: tuple[Language, ...] = ()
    scene: str | None = None
    sample: int = 1

    @property
    def whole(self) -> bool:
        """Nothing is left out."""
        return not (self.shapes or self.languages or self.scene)


def take_all(choice: Choice, folder: Path, parts: int = PARTS) -> list[Shot]:
    """Draw and check the chosen scenes; the pictures go to ``folder`` at full size.

    Raises ``WindowError`` when a process could not draw.
    """
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [(shape, part) for shape in choice.shapes or tuple(Shape) for part in range(parts)]

    def run(job: tuple[Shape, int]) -> list[Shot]:
        shape, part = job
        report = folder / f"{shape}-{part}.json"
        command = [
            sys.executable,
            "-m",
            "device_agent.gallery.taking",
            "--shape",
            shape,
            "--part",
            str(part),
            str(parts),
        ]
        command += ["--out", str(folder), "--report", str(report)]
        command += [word for language in choice.languages for word in ("--language", language)]
        command += ["--scene", choice.scene] if choice.scene else []
        command += ["--sample", str(choice.sample)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise WindowError(f"the {shape} screen could not be drawn:\n{done.stderr.strip()[-4000:]}")
        if done.stderr.strip():
            print(done.stderr.strip(), file=sys.stderr)  # noqa: T201
        return msgspec.json.decode(report.read_bytes(), type=list[Shot])

    with ThreadPoolExecutor(parts) as pool:
        taken = [shot for shots in pool.map(run, jobs) for shot in shots]
    order: dict[str, int] = {}
    for shot in sorted(taken, key=lambda shot: shot.number):
        order.setdefault(shot.scene, shot.number)
    return sorted(taken, key=lambda s: (order[s.scene], list(Shape).index(s.device), list(Language).index(s.language)))


def kept(gallery: Path) -> set[Path]:
    """The pictures of wrists that are kept; others may be kept beside them."""
    return {path for shape in Shape for path in (gallery / shape).rglob(f"*{SUFFIX}")}


def renew(shots: list[Shot], folder: Path, gallery: Path) -> tuple[int, int]:
    """Write what looks different from what is kept, and take away what is no longer shown; counts of both.

    ``folder`` has the pictures at full size. Pictures of which the difference can't be seen stay as they are.
    """
    written = 0
    wanted = {gallery / shot.place(SUFFIX) for shot in shots}
    for shot in shots:
        path = gallery / shot.place(SUFFIX)
        with Image.open(folder / shot.place(".png")) as picture:
            fresh = reduced(picture)
        if path.is_file() and not changes(fresh, path.read_bytes(), RENEWED):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(fresh)
        written += 1
    stale = sorted(kept(gallery) - wanted)
    for path in stale:
        path.unlink()
    return written, len(stale)


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that no longer looks as it is kept; both are in ``fresh`` and ``kept``."""

    picture: str
    why: str
    fresh: Path


def differences(shots: list[Shot], folder: Path, gallery: Path, out: Path, *, whole: bool) -> list[Difference]:
    """Compare with what is kept; the pictures that differ are written to ``out``.

    With ``whole`` a kept picture that is no longer taken is a difference too.
    """
    found = []
    for shot in shots:
        before = gallery / shot.place(SUFFIX)
        with Image.open(folder / shot.place(".png")) as picture:
            fresh = reduced(picture)
        differing = changes(fresh, before.read_bytes()) if before.is_file() else None
        if differing == []:
            continue
        target = out / shot.place(".fresh.png")
        target.parent.mkdir(parents=True, exist_ok=True)
        opened(fresh).save(target)
        if before.is_file():
            opened(before.read_bytes()).save(out / shot.place(".kept.png"))
        found.append(Difference(picture=str(shot.place("")), why=_why(differing), fresh=target))
    if whole:
        wanted = {gallery / shot.place(SUFFIX) for shot in shots}
        for path in sorted(kept(gallery) - wanted):
            found.append(Difference(picture=str(path.relative_to(gallery)), why="no scene shows it", fresh=path))
    return found


def _why(differing: list[Change] | None) -> str:
    if differing is None:
        return "there is none in the gallery"
    more = f", and {len(differing) - 3} more" if len(differing) > 3 else ""
    return "; ".join(str(change) for change in differing[:3]) + more
