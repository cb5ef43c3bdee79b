"""What a whole sentence is about: how many of its letters belong to the words of each business (K-02). Pure.

A word counts where it stands, also bent (loans, borrowing), with a particle (대출을), broken by a measure word
(存一点钱), or heard as one that is like it: in Latin letters and Hangul by likeness, in Chinese by its sounds.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from kiosk.core.hangul import keys_of

Reads = Callable[[str], Sequence[str]]
"""How each character of a Chinese text is read, without tones; other characters as they are."""

ALIKE = 83.0
"""From this likeness on (of 100, rapidfuzz's ``ratio``) a word that was heard is the one that is meant."""

ENOUGH = 5
"""So many letters, or keys of Hangul, tell a word that was heard wrongly from another word."""

APART = 3
"""A Chinese verb and its object stand at most so many characters from each other (存 一点 钱)."""

LIKE, SOUND, BROKEN = 0.8, 0.75, 0.9
"""What a letter of a word counts that is only like it, only sounds like it, or is broken in two."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_EMPTY = frozenset("a an the to of in on for my our your is it i me we and or at with by some".split())  # noqa: SIM905
_ENDINGS = (
    "ations",
    "ation",
    "ings",
    "ing",
    "ments",
    "ment",
    "ees",
    "ers",
    "ies",
    "ed",
    "ee",
    "es",
    "er",
    "s",
    "y",
    "e",
)
_STEM = 3
"""An ending is taken off where so many letters are left."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A way to name a business, prepared: ``words`` without the empty ones, each without its ending; or ``signs`` and
    their ``sounds``, for Chinese."""

    words: tuple[str, ...] = ()
    signs: str = ""
    sounds: tuple[str, ...] = ()


def phrase(text: str, reads: Reads | None) -> Phrase:
    """A name or synonym as it is looked for."""
    if chinese(text):
        signs = "".join(_WORD.findall(text)).casefold()
        return Phrase(signs=signs, sounds=tuple(reads(signs)) if reads else ())
    words = [word for word in _words(text) if word not in _EMPTY]
    return Phrase(words=tuple(map(stem, words or _words(text))))


def chinese(text: str) -> bool:
    """Whether there is a Chinese character in it."""
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def stem(word: str) -> str:
    """An English word without its ending; Hangul as its keys."""
    if not word.isascii():
        return keys_of(word)
    word = word.replace("'s", "").replace("’s", "")
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM:
            return word.removesuffix(ending)
    return word


def about(said: str, phrases: Iterable[tuple[str, Phrase]], reads: Reads | None) -> list[str]:
    """The codes of the businesses that the sentence is about, the best first."""
    words = [stem(word) for word in _words(said)]
    signs = "".join(_WORD.findall(said)).casefold()
    sounds = tuple(reads(signs)) if reads and chinese(signs) else ()
    covered: dict[str, dict[int, float]] = {}
    for code, each in phrases:
        found = _signs(signs, sounds, each) if each.signs else _in_order(words, each.words)
        marks = covered.setdefault(code, {})
        for place, value in found.items():
            marks[place] = max(value, marks.get(place, 0.0))
    scores = {code: sum(marks.values()) for code, marks in covered.items()}
    return sorted((code for code, score in scores.items() if score > 0), key=lambda code: -scores[code])


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _in_order(said: Sequence[str], wanted: Sequence[str]) -> dict[int, float]:
    """The places of all wanted words, one after the other, and what they count; nothing when one isn't there."""
    found: dict[int, float] = {}
    at = 0
    for word in wanted:
        for place in range(at, len(said)):
            joined = "".join(said[place : place + 2])  # a recogniser may have torn it
            if value := max(_like(said[place], word), 1.0 if joined == word else 0.0):
                found[place] = value * len(word)
                at = place + 1
                break
        else:
            return {}
    return found


def _like(heard: str, wanted: str) -> float:
    """How surely one word is the other: 1 for the same, or the same with a particle of Hangul at its end."""
    if heard == wanted:
        return 1.0
    if not wanted.isascii():
        if heard.startswith(wanted):
            return 1.0
        if len(wanted) >= ENOUGH and wanted in heard:
            return 0.9
        heard = heard[: len(wanted) + 1]
    if len(wanted) < ENOUGH or len(heard) < ENOUGH or heard[0] != wanted[0]:
        return 0.0
    return LIKE if fuzz.ratio(heard, wanted) >= ALIKE else 0.0


def _signs(said: str, sounds: Sequence[str], wanted: Phrase) -> dict[int, float]:
    """The places of Chinese characters that stand there, or sound as they do, or are broken in two."""
    size = len(wanted.signs)
    at = said.find(wanted.signs)
    if at >= 0:
        return dict.fromkeys(range(at, at + size), 1.0)
    if size == 2:
        first = said.find(wanted.signs[0])
        while first >= 0:
            second = said.find(wanted.signs[1], first + 1, first + 2 + APART)
            if second >= 0:
                return {first: BROKEN, second: BROKEN}
            first = said.find(wanted.signs[0], first + 1)
    if size >= 2 and len(wanted.sounds) == size:
        for at in range(len(sounds) - size + 1):
            if tuple(sounds[at : at + size]) == wanted.sounds:
                return dict.fromkeys(range(at, at + size), SOUND)
    return {}
