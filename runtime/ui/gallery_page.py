"""The frame of a gallery's web page: plain HTML and CSS, which shows and chooses pictures without any script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape

from contracts.fields import Language

LANGUAGES = {Language.EN: "English", Language.ZH: "中文", Language.KO: "한국어"}
HTML_LANGUAGE = {Language.EN: "en", Language.ZH: "zh-Hans", Language.KO: "ko"}

STYLE = """\
:root { color-scheme: dark; --ground: #0c0e11; --line: #2a313a; --ink: #eef1f4; --mute: #a9b3be; --accent: #3dd6a3; }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 8rem; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif; }
a { color: inherit; text-underline-offset: .2em; }
a:focus-visible, input:focus-visible + span, summary:focus-visible { outline: 2px solid var(--accent);
  outline-offset: 2px; }
header, main, footer, .choose form { max-width: 80rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 3rem; }
h1 { margin: 0 0 .5rem; font-size: 2rem; font-weight: 650; letter-spacing: -.01em; text-wrap: balance; }
header p, footer { max-width: 44rem; color: var(--mute); }
.choose { position: sticky; top: 0; z-index: 1; background: var(--ground); border-bottom: 1px solid var(--line); }
.choose form { padding: .75rem 1.5rem; display: flex; flex-wrap: wrap; gap: .75rem 2rem; }
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
.row { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; }
figure { margin: 0; }
figcaption { margin-top: .375rem; font-size: .8125rem; color: var(--mute); }
footer { padding-top: 1.5rem; padding-bottom: 4rem; font-size: .875rem; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
@media (max-width: 40rem) { .choose { position: static; } html { scroll-padding-top: 1rem; } }
"""


def title_of(scene: str) -> str:
    """A scene's name as a heading."""
    words = scene.replace("-", " ")
    return words[:1].upper() + words[1:]


def said(texts: Iterable[str]) -> str:
    """The texts on a picture, for its ``alt``."""
    return escape(" | ".join(" ".join(text.split()) for text in texts), quote=True)


def choice(name: str, legend: str, values: Mapping[str, str]) -> Iterator[str]:
    """A row of buttons of which one is chosen: all, or one of ``values``, code and words."""
    yield f"<fieldset><legend>{escape(legend)}</legend>"
    for value, text in {"all": "All", **values}.items():
        checked = " checked" if value == "all" else ""
        yield (
            f'<label><input type="radio" name="{name}" id="{name}-{value}"{checked} autocomplete="off">'
            f"<span>{escape(text)}</span></label>"
        )
    yield "</fieldset>"


def hiding(name: str, element: str, values: Sequence[str]) -> Iterator[str]:
    """The rules by which a choice hides the ``element`` with any other value as its class: the style sheet alone."""
    for shown in values:
        others = ", ".join(f"{element}.{other}" for other in values if other != shown)
        yield f"body:has(#{name}-{shown}:checked) :is({others}) {{ display: none; }}\n"


def framed(
    *,
    title: str,
    heading: str,
    words: str,
    foot: str,
    style: str,
    scenes: Sequence[str],
    choices: Iterable[str],
    sections: Iterable[str],
) -> str:
    """The whole page. ``words`` and ``foot`` are HTML; ``style`` is added to the common one; a list of links to all
    ``scenes`` stands above the ``choices``, and each of ``sections`` has its scene's name as id."""
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title, quote=False)}</title>",
            f"<style>\n{STYLE}{style}</style>",
            "</head>",
            "<body>",
            "<header>",
            f"<h1>{escape(heading, quote=False)}</h1>",
            f"<p>{words}</p>",
            '<details><summary>All screens</summary><nav aria-label="Screens"><ul>',
            *(f'<li><a href="#{escape(scene)}">{escape(title_of(scene))}</a></li>' for scene in scenes),
            "</ul></nav></details>",
            "</header>",
            '<div class="choose"><form aria-label="What to show">',
            *choices,
            "</form></div>",
            "<main>",
            *sections,
            "</main>",
            f"<footer><p>{foot}</p></footer>",
            "</body>",
            "</html>",
            "",
        ]
    )
