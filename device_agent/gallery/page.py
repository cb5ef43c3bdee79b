"""The gallery as one web page: plain HTML and CSS, which shows all pictures from the file system without any script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path

from contracts.fields import Language
from device_agent.gallery.taking import Shot
from device_agent.settings import Shape
from runtime.ui.snapshots import SUFFIX, opened

DEVICES = {Shape.ROUND: "Round watch", Shape.SQUARE: "Square watch", Shape.BAND: "Band"}
LANGUAGES = {Language.EN: "English", Language.ZH: "中文", Language.KO: "한국어"}
HTML_LANGUAGE = {Language.EN: "en", Language.ZH: "zh-Hans", Language.KO: "ko"}

STYLE = """\
:root { color-scheme: dark; --ground: #0c0e11; --card: #15191e; --line: #2a313a; --ink: #eef1f4; --mute: #a9b3be;
  --accent: #3dd6a3; }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 8rem; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif; }
a { color: inherit; text-underline-offset: .2em; }
a:focus-visible, input:focus-visible + span, summary:focus-visible { outline: 2px solid var(--accent);
  outline-offset: 2px; }
header, main, footer { max-width: 76rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 3rem; }
h1 { margin: 0 0 .5rem; font-size: 2rem; font-weight: 650; letter-spacing: -.01em; text-wrap: balance; }
header p, footer { max-width: 44rem; color: var(--mute); }
.choose { position: sticky; top: 0; z-index: 1; background: var(--ground); border-bottom: 1px solid var(--line); }
.choose form { max-width: 76rem; margin: 0 auto; padding: .75rem 1.5rem; display: flex; flex-wrap: wrap;
  gap: .75rem 2rem; }
fieldset { border: 0; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .375rem; align-items: center; }
legend { float: left; margin-right: .5rem; color: var(--mute); font-size: .875rem; }
label { position: relative; cursor: pointer; }
label input { position: absolute; inset: 0; opacity: 0; cursor: pointer; }
label span { display: block; padding: .25rem .875rem; border: 1px solid var(--line); border-radius: 2rem;
  font-size: .875rem; }
label:hover span { border-color: var(--mute); }
label input:checked + span { background: var(--ink); border-color: var(--ink); color: var(--ground); }
details { margin: 1.5rem 0 0; }
summary { cursor: pointer; color: var(--mute); }
nav ul { list-style: none; margin: .75rem 0 0; padding: 0; columns: 12rem; column-gap: 1.5rem; }
nav a { display: block; padding: .125rem 0; text-decoration: none; }
nav a:hover { text-decoration: underline; }
section { padding: 2.5rem 0 1rem; border-bottom: 1px solid var(--line); }
h2 { margin: 0 0 1rem; font-size: 1.25rem; font-weight: 600; }
h2 a { text-decoration: none; }
.device { margin: 0 0 1.75rem; }
.device h3 { margin: 0 0 .5rem; font-size: .875rem; font-weight: 500; color: var(--mute); }
.row { display: flex; flex-wrap: wrap; gap: 1.5rem; }
figure { margin: 0; }
figcaption { margin-top: .375rem; font-size: .8125rem; color: var(--mute); text-align: center; }
.glass { padding: 9px; background: #000; border: 2px solid #39424d; box-shadow: inset 0 0 0 3px #101317; }
.glass img { display: block; }
.round .glass, .round img { border-radius: 50%; }
.square .glass { border-radius: 44px; }
.square img { border-radius: 34px; }
.band .glass { border-radius: 36px; }
.band img { border-radius: 26px; }
footer { padding-top: 1.5rem; padding-bottom: 4rem; font-size: .875rem; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
@media (max-width: 40rem) { .choose { position: static; } html { scroll-padding-top: 1rem; } }
"""


@dataclass(frozen=True, slots=True)
class Size:
    """Of a kept picture, in pixels."""

    width: int
    height: int


def page(shots: list[Shot], sizes: dict[Shape, Size]) -> str:
    """The whole page; ``shots`` in the order to be shown, ``sizes`` of the pictures of each screen."""
    scenes = list(dict.fromkeys(shot.scene for shot in shots))
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            "<title>Usher on the wrist: every screen</title>",
            f"<style>\n{STYLE}{_hiding()}</style>",
            "</head>",
            "<body>",
            "<header>",
            "<h1>Usher on the wrist</h1>",
            f"<p>Every screen of the watch and the band in all three languages: {len(shots)} pictures of "
            f"{len(scenes)} scenes, drawn by the program itself. The people and products are made up.</p>",
            '<details><summary>All screens</summary><nav aria-label="Screens"><ul>',
            *(f'<li><a href="#{escape(scene)}">{escape(_title(scene))}</a></li>' for scene in scenes),
            "</ul></nav></details>",
            "</header>",
            '<div class="choose"><form aria-label="What to show">',
            *_choice("device", "Device", {device.value: DEVICES[device] for device in Shape}),
            *_choice("language", "Language", {language.value: LANGUAGES[language] for language in Language}),
            "</form></div>",
            "<main>",
            *(
                line
                for scene, group in groupby(shots, lambda s: s.scene)
                for line in _section(scene, list(group), sizes)
            ),
            "</main>",
            "<footer><p>Made by <code>scripts/gallery</code>, which also checks the pictures: no text cut, covered or "
            "beyond the round glass, contrast of at least 7:1 from the real pixels, nothing to touch below 48 pixels."
            "</p></footer>",
            "</body>",
            "</html>",
            "",
        ]
    )


def write(shots: list[Shot], gallery: Path) -> None:
    """Write ``index.html`` beside the kept pictures."""
    sizes = {}
    for shot in shots:
        if shot.device not in sizes:
            sizes[shot.device] = Size(*opened((gallery / shot.place(SUFFIX)).read_bytes()).size)
    (gallery / "index.html").write_text(page(shots, sizes), encoding="utf-8")


def _title(scene: str) -> str:
    words = scene.replace("-", " ")
    return words[:1].upper() + words[1:]


def _hiding() -> str:
    """What is not chosen is hidden by the style sheet alone."""
    rules = []
    for shown in Shape:
        others = ", ".join(f".device.{other}" for other in Shape if other is not shown)
        rules.append(f"body:has(#device-{shown}:checked) :is({others}) {{ display: none; }}\n")
    for language in Language:
        others = ", ".join(f"figure.{other}" for other in Language if other is not language)
        rules.append(f"body:has(#language-{language}:checked) :is({others}) {{ display: none; }}\n")
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


def _section(scene: str, shots: list[Shot], sizes: dict[Shape, Size]) -> Iterator[str]:
    yield f'<section id="{escape(scene)}">'
    yield f'<h2><a href="#{escape(scene)}">{escape(_title(scene))}</a></h2>'
    for device, group in groupby(shots, lambda shot: shot.device):
        yield f'<div class="device {device}"><h3>{DEVICES[device]}</h3><div class="row">'
        yield from (_figure(shot, sizes[device]) for shot in group)
        yield "</div></div>"
    yield "</section>"


def _figure(shot: Shot, size: Size) -> str:
    said = escape(" | ".join(" ".join(text.split()) for text in shot.texts), quote=True)
    return (
        f'<figure class="{shot.language}"><div class="glass"><img src="{shot.place(SUFFIX).as_posix()}" '
        f'width="{size.width}" height="{size.height}" loading="lazy" lang="{HTML_LANGUAGE[shot.language]}" '
        f'alt="{said}"></div><figcaption>{LANGUAGES[shot.language]}</figcaption></figure>'
    )
