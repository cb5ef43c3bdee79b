"""The gallery as one web page, which shows all pictures from the file system."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

from contracts.fields import Language
from kiosk.gallery.keeping import SCALE
from kiosk.gallery.taking import SIZES, Look, Screen, Shot
from runtime.ui.gallery_page import HTML_LANGUAGE, LANGUAGES, choice, framed, hiding, said, title_of
from runtime.ui.snapshots import SUFFIX

SCREENS = {Screen.PORTRAIT: "Portrait", Screen.LANDSCAPE: "Landscape"}
LOOKS = {Look.PLAIN: "as it is", Look.ASSISTED: "high contrast, large text, within reach"}

STYLE = """\
figure img { display: block; border: 1px solid var(--line); border-radius: 6px; }
figcaption { max-width: 20rem; }
"""


def page(shots: Sequence[Shot]) -> str:
    """The whole page; ``shots`` in the order to be shown."""
    scenes = list(dict.fromkeys(shot.scene for shot in shots))
    chosen = {
        "screen": ("Screen", {screen.value: SCREENS[screen] for screen in Screen}),
        "language": ("Language", {language.value: LANGUAGES[language] for language in Language}),
        "look": ("Look", {look.value: LOOKS[look] for look in Look}),
    }
    return framed(
        title="Usher's kiosk: every screen",
        heading="Usher's kiosk",
        words=(
            "Every screen in all three languages, upright and across, as it is and with everything that helps "
            f"switched on: {len(shots)} pictures of {len(scenes)} screens, drawn by the program itself while it is "
            "told stories of customers. The people and bookings are made up."
        ),
        foot=(
            "Made by <code>python -m kiosk.gallery</code>, which also checks the pictures: no text cut or covered, "
            "contrast of at least 7:1 from the real pixels, nothing to touch below 48 pixels."
        ),
        style=STYLE + "".join(rule for name, (_, each) in chosen.items() for rule in hiding(name, "figure", [*each])),
        scenes=scenes,
        choices=(line for name, (legend, each) in chosen.items() for line in choice(name, legend, each)),
        sections=(line for scene, group in groupby(shots, lambda s: s.scene) for line in _section(scene, list(group))),
    )


def _section(scene: str, shots: Sequence[Shot]) -> Iterator[str]:
    yield f'<section id="{escape(scene)}"><h2>{escape(title_of(scene))}</h2><div class="row">'
    yield from map(_figure, shots)
    yield "</div></section>"


def _figure(shot: Shot) -> str:
    width, height = (round(length * SCALE) for length in SIZES[shot.screen])
    return (
        f'<figure class="{shot.screen} {shot.language} {shot.look}"><img src="{shot.place(SUFFIX).as_posix()}" '
        f'width="{width}" height="{height}" loading="lazy" lang="{HTML_LANGUAGE[shot.language]}" '
        f'alt="{said(shot.texts)}"><figcaption>{LANGUAGES[shot.language]}, {LOOKS[shot.look]}</figcaption></figure>'
    )


def write(shots: Sequence[Shot], gallery: Path) -> None:
    """Write ``index.html`` beside the kept pictures."""
    (gallery / "index.html").write_text(page(shots), encoding="utf-8")
