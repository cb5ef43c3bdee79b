"""Takes all pictures, a process for each screen; keeps them small, or says which differ from those that are kept."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from PIL import Image

from kiosk.gallery.taking import Screen, Shot, Turn
from runtime.errors import WindowError
from runtime.ui.snapshots import SUFFIX, changes, opened, reduced

SCALE, QUALITY = 0.5, 45
"""Of kept pictures: half of what is drawn is a quarter of a 1080 pixel wide screen."""

RENEWED = 4.0
"""A kept picture is written anew from this difference on, so that what nobody sees doesn't fill the history."""


def take_all(rounds: Mapping[Screen, Sequence[Turn]], folder: Path) -> list[Shot]:
    """Draw and check all stories on these screens, once a turn; raises ``WindowError`` when they could not be drawn.

    Kivy can't enlarge a window that is off screen: each screen has a process of its own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shots: list[Shot] = []
    for screen, turns in rounds.items():
        report = folder / f"{screen}.json"
        command = [sys.executable, "-m", "kiosk.gallery.taking", "--screen", screen]
        command += ["--out", str(folder), "--report", str(report)]
        command += [word for turn in turns for word in ("--turn", turn.language, turn.look, str(turn.sample))]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise WindowError(f"the {screen} screen could not be drawn:\n{done.stderr.strip()[-4000:]}")
        shots += msgspec.json.decode(report.read_bytes(), type=list[Shot])
    order = {scene: place for place, scene in enumerate(dict.fromkeys(shot.scene for shot in shots))}
    return sorted(shots, key=lambda shot: (order[shot.scene], list(Screen).index(shot.screen)))


def renew(shots: Sequence[Shot], folder: Path, gallery: Path) -> tuple[int, int]:
    """Write what looks different from what is kept, and take away what is no longer shown; counts of both."""
    written = 0
    wanted = {gallery / shot.place(SUFFIX) for shot in shots}
    for shot in shots:
        path, fresh = gallery / shot.place(SUFFIX), _reduced(shot, folder)
        if path.is_file() and not changes(fresh, path.read_bytes(), RENEWED):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(fresh)
        written += 1
    stale = [path for path in gallery.rglob(f"*{SUFFIX}") if path not in wanted]
    for path in stale:
        path.unlink()
    return written, len(stale)


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that no longer looks as it is kept; what it looks like now is in ``fresh``."""

    picture: str
    why: str
    fresh: Path


def differences(shots: Sequence[Shot], folder: Path, gallery: Path, out: Path) -> list[Difference]:
    """Compare with what is kept; the pictures that differ are written to ``out``."""
    found = []
    for shot in shots:
        kept, fresh = gallery / shot.place(SUFFIX), _reduced(shot, folder)
        differing = changes(fresh, kept.read_bytes()) if kept.is_file() else None
        if differing == []:
            continue
        target = out / shot.place(".png")
        target.parent.mkdir(parents=True, exist_ok=True)
        opened(fresh).save(target)
        why = "there is none in the gallery" if differing is None else "; ".join(map(str, differing[:3]))
        found.append(Difference(picture=str(shot.place("")), why=why, fresh=target))
    return found


def _reduced(shot: Shot, folder: Path) -> bytes:
    with Image.open(folder / shot.place(".png")) as picture:
        return reduced(picture, SCALE, QUALITY)
