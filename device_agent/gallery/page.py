"""The gallery as one web page, which shows all pictures from the file system."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path

from contracts.fields import Language
from device_agent.gallery.taking import Shot
from device_agent.settings import Shape
from runtime.ui.gallery_page import HTML_LANGUAGE, LANGUAGES, choice, framed, hiding, said, title_of
from runtime.ui.snapshots import SUFFIX, opened

DEVICES = {Shape.ROUND: "Round watch", Shape.SQUARE: "Square watch", Shape.BAND: "Band"}

STYLE = """\
.device { margin: 0 0 1.75rem; }
.device h3 { margin: 0 0 .5rem; font-size: .875rem; font-weight: 500; color: var(--mute); }
figcaption { text-align: center; }
.glass { padding: 9px; background: #000; border: 2px solid #39424d; box-shadow: inset 0 0 0 3px #101317; }
.glass img { display: block; }
.round .glass, .round img { border-radius: 50%; }
.square .glass { border-radius: 44px; }
.square img { border-radius: 34px; }
.band .glass { border-radius: 36px; }
.band img { border-radius: 26px; }
"""


@dataclass(frozen=True, slots=True)
class Size:
    """Of a kept picture, in pixels."""

    width: int
    height: int


def page(shots: list[Shot], sizes: dict[Shape, Size]) -> str:
    """The whole page; ``shots`` in the order to be shown, ``sizes`` of the pictures of each screen."""
    scenes = list(dict.fromkeys(shot.scene for shot in shots))
    devices = {device.value: DEVICES[device] for device in Shape}
    languages = {language.value: LANGUAGES[language] for language in Language}
    return framed(
        title="Usher on the wrist: every screen",
        heading="Usher on the wrist",
        words=(
            f"Every screen of the watch and the band in all three languages: {len(shots)} pictures of "
            f"{len(scenes)} scenes, drawn by the program itself. The people and products are made up."
        ),
        foot=(
            "Made by <code>scripts/gallery</code>, which also checks the pictures: no text cut, covered or "
            "beyond the round glass, contrast of at least 7:1 from the real pixels, nothing to touch below 48 pixels."
        ),
        style=STYLE + "".join((*hiding("device", ".device", [*devices]), *hiding("language", "figure", [*languages]))),
        scenes=scenes,
        choices=(*choice("device", "Device", devices), *choice("language", "Language", languages)),
        sections=(
            line for scene, group in groupby(shots, lambda s: s.scene) for line in _section(scene, list(group), sizes)
        ),
    )


def write(shots: list[Shot], gallery: Path) -> None:
    """Write ``index.html`` beside the kept pictures."""
    sizes = {}
    for shot in shots:
        if shot.device not in sizes:
            sizes[shot.device] = Size(*opened((gallery / shot.place(SUFFIX)).read_bytes()).size)
    (gallery / "index.html").write_text(page(shots, sizes), encoding="utf-8")


def _section(scene: str, shots: list[Shot], sizes: dict[Shape, Size]) -> Iterator[str]:
    yield f'<section id="{escape(scene)}">'
    yield f'<h2><a href="#{escape(scene)}">{escape(title_of(scene))}</a></h2>'
    for device, group in groupby(shots, lambda shot: shot.device):
        yield f'<div class="device {device}"><h3>{DEVICES[device]}</h3><div class="row">'
        yield from (_figure(shot, sizes[device]) for shot in group)
        yield "</div></div>"
    yield "</section>"


def _figure(shot: Shot, size: Size) -> str:
    return (
        f'<figure class="{shot.language}"><div class="glass"><img src="{shot.place(SUFFIX).as_posix()}" '
        f'width="{size.width}" height="{size.height}" loading="lazy" lang="{HTML_LANGUAGE[shot.language]}" '
        f'alt="{said(shot.texts)}"></div><figcaption>{LANGUAGES[shot.language]}</figcaption></figure>'
    )
