"""The gallery as one web page: plain HTML and CSS, which shows all pictures from the file system without any script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

from contracts.fields import Language
from kiosk.gallery.keeping import SCALE
from kiosk.gallery.taking import SIZES, Look, Screen, Shot
from runtime.ui.snapshots import SUFFIX

SCREENS = {Screen.PORTRAIT: "Portrait", Screen.LANDSCAPE: "Landscape"}
LANGUAGES = {Language.EN: "English", Language.ZH: "中文", Language.KO: "한국어"}
LOOKS = {Look.PLAIN: "as it is", Look.ASSISTED: "high contrast, large text, within reach"}
HTML_LANGUAGE = {Language.EN: "en", Language.ZH: "zh-Hans", Language.KO: "ko"}

STYLE = """\
:root { color-scheme: dark; --ground: #0c0e11; --line: #2a313a; --ink: #eef1f4; --mute: #a9b3be; --accent: #3dd6a3; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif; }
a { color: inherit; }
header, main, footer { max-width: 84rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 3rem; }
h1 { margin: 0 0 .5rem; font-size: 2rem; font-weight: 650; }
header p, footer { max-width: 44rem; color: var(--mute); }
.choose { position: sticky; top: 0; z-index: 1; background: var(--ground); border-bottom: 1px solid var(--line); }
.choose form { max-width: 84rem; margin: 0 auto; padding: .75rem 1.5rem; display: flex; flex-wrap: wrap;
  gap: .75rem 2rem; }
fieldset { border: 0; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .375rem; align-items: center; }
legend { float: left; margin-right: .5rem; color: var(--mute); font-size: .875rem; }
label { position: relative; cursor: pointer; }
label input { position: absolute; inset: 0; opacity: 0; cursor: pointer; }
label span { display: block; padding: .25rem .875rem; border: 1px solid var(--line); border-radius: 2rem;
  font-size: .875rem; }
label input:checked + span { background: var(--ink); border-color: var(--ink); color: var(--ground); }
label input:focus-visible + span { outline: 2px solid var(--accent); outline-offset: 2px; }
section { padding: 2rem 0 1rem; border-bottom: 1px solid var(--line); }
h2 { margin: 0 0 1rem; font-size: 1.25rem; font-weight: 600; }
.row { display: flex; flex-wrap: wrap; gap: 1.25rem; align-items: flex-start; }
figure { margin: 0; }
figure img { display: block; border: 1px solid var(--line); border-radius: 6px; }
figcaption { margin-top: .375rem; font-size: .8125rem; color: var(--mute); max-width: 20rem; }
footer { padding-top: 1.5rem; padding-bottom: 4rem; font-size: .875rem; }
"""


def page(shots: Sequence[Shot]) -> str:
    """The whole page; ``shots`` in the order to be shown."""
    scenes = list(dict.fromkeys(shot.scene for shot in shots))
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            "<title>Usher's kiosk: every screen</title>",
            f"<style>\n{STYLE}{_hiding()}</style>",
            "</head>",
            "<body>",
            "<header>",
            "<h1>Usher's kiosk</h1>",
            f"<p>Every screen in all three languages, upright and across, as it is and with everything that helps "
            f"switched on: {len(shots)} pictures of {len(scenes)} screens, drawn by the program itself while it is "
            "told stories of customers. The people and bookings are made up.</p>",
            "</header>",
            '<div class="choose"><form aria-label="What to show">',
            *_choice("screen", "Screen", {screen.value: SCREENS[screen] for screen in Screen}),
            *_choice("language", "Language", {language.value: LANGUAGES[language] for language in Language}),
            *_choice("look", "Look", {look.value: LOOKS[look] for look in Look}),
            "</form></div>",
            "<main>",
            *(line for scene, group in groupby(shots, lambda s: s.scene) for line in _section(scene, list(group))),
            "</main>",
            "<footer><p>Made by <code>python -m kiosk.gallery</code>, which also checks the pictures: no text cut or "
            "covered, contrast of at least 7:1 from the real pixels, nothing to touch below 48 pixels.</p></footer>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _hiding() -> str:
    """What is not chosen is hidden by the style sheet alone."""
    groups: dict[str, list[str]] = {
        "screen": [each.value for each in Screen],
        "language": [each.value for each in Language],
        "look": [each.value for each in Look],
    }
    rules = []
    for name, values in groups.items():
        for shown in values:
            others = ", ".join(f"figure.{other}" for other in values if other != shown)
            rules.append(f"body:has(#{name}-{shown}:checked) :is({others}) {{ display: none; }}\n")
    return "".join(rules)


def _choice(name: str, legend: str, values: dict[str, str]) -> Iterator[str]:
    yield f"<fieldset><legend>{legend}</legend>"
    for value, text in {"all": "All", **values}.items():
        checked = " checked" if value == "all" else ""
        yield (
            f'<label><input type="radio" name="{name}" id="{name}-{value}"{checked} autocomplete="off">'
            f"<span>{escape(text)}</span></label>"
        )
    yield "</fieldset>"


def _section(scene: str, shots: Sequence[Shot]) -> Iterator[str]:
    words = scene.replace("-", " ")
    yield f'<section id="{escape(scene)}"><h2>{escape(words[:1].upper() + words[1:])}</h2><div class="row">'
    yield from map(_figure, shots)
    yield "</div></section>"


def _figure(shot: Shot) -> str:
    said = escape(" | ".join(" ".join(text.split()) for text in shot.texts), quote=True)
    width, height = (round(length * SCALE) for length in SIZES[shot.screen])
    return (
        f'<figure class="{shot.screen} {shot.language} {shot.look}"><img src="{shot.place(SUFFIX).as_posix()}" '
        f'width="{width}" height="{height}" loading="lazy" lang="{HTML_LANGUAGE[shot.language]}" alt="{said}">'
        f"<figcaption>{LANGUAGES[shot.language]}, {LOOKS[shot.look]}</figcaption></figure>"
    )


def write(shots: Sequence[Shot], gallery: Path) -> None:
    """Write ``index.html`` beside the kept pictures."""
    (gallery / "index.html").write_text(page(shots), encoding="utf-8")
