"""What an utterance names: the longest terms of the lexicon, what sounds like one, words that point back. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from models.names import Language
from models.talk.cues import Cue, found
from models.talk.fuzzy import near
from models.talk.lexicon import Lexicon, Ref, singular
from models.talk.tokens import MARK, Line


class Points(StrEnum):
    """How a word means something: by its name, or by pointing at what was named before."""

    NAME = "name"
    IT = "it"
    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    LAST = "last"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Spot:
    """Something meant, at ``start`` to ``end`` of what was said. ``factor``: what is left of the confidence."""

    start: int
    end: int
    points: Points
    ref: Ref | None = None
    factor: float = 1.0


@dataclass(frozen=True, eq=False)
class _Terms:
    by_head: dict[str, tuple[str, ...]]


@cache
def _terms(lexicon: Lexicon, language: Language) -> _Terms:
    heads: dict[str, list[str]] = {}
    for term in lexicon.terms[language]:
        if term:
            heads.setdefault(term.split(" ")[0] if language == "en" else term[0], []).append(term)
    return _Terms({head: tuple(sorted(terms, key=lambda t: (-len(t), t))) for head, terms in heads.items()})


def named(
    line: Line, language: Language, lexicon: Lexicon, begins: frozenset[int]
) -> list[tuple[int, int, Ref, float]]:
    """The names in the plain line, in order: start, end, meaning, factor. Looks alike but means nothing: left out."""
    text = line.text
    hits = _words(text, lexicon) if language == "en" else _pieces(text, language, lexicon, begins)
    by_sound = near(text, language, lexicon, [(start, end) for start, end, _ in hits], begins)
    exact = [
        (start, end, ref, 1.0)
        for start, end, ref in hits
        if ref is not None and not any(one.start <= start and end <= one.end for one in by_sound)
    ]
    return sorted([*exact, *((one.start, one.end, one.ref, one.factor) for one in by_sound)], key=lambda hit: hit[:2])


def _words(text: str, lexicon: Lexicon) -> list[tuple[int, int, Ref | None]]:
    terms = _terms(lexicon, "en").by_head
    words = text.split(" ")
    plain = [singular(word) for word in words]
    begins = [0]
    for word in words:
        begins.append(begins[-1] + len(word) + 1)
    hits: list[tuple[int, int, Ref | None]] = []
    at = 0
    while at < len(words):
        for term in terms.get(plain[at], ()):
            parts = term.split(" ")
            if plain[at : at + len(parts)] == parts:
                last = at + len(parts)
                hits.append((begins[at], begins[last] - 1, lexicon.terms["en"][term]))
                at = last - 1
                break
        at += 1
    return hits


def _pieces(
    text: str, language: Language, lexicon: Lexicon, begins: frozenset[int]
) -> list[tuple[int, int, Ref | None]]:
    terms = _terms(lexicon, language).by_head
    hits: list[tuple[int, int, Ref | None]] = []
    at = 0
    while at < len(text):
        for term in terms.get(text[at], ()):
            if text.startswith(term, at) and (len(term) > 1 or _stands_alone(text, at, language, begins)):
                hits.append((at, at + len(term), lexicon.terms[language][term]))
                at += len(term) - 1
                break
        at += 1
    return hits


def _stands_alone(text: str, at: int, language: Language, begins: frozenset[int]) -> bool:
    """Whether a term of one character is a word there and no part of another."""
    following = text[at + 1 : at + 2]
    return language != "ko" or (
        at in begins and (following in "은도을이에과,.?" or at + 1 in begins or text.startswith("하고", at + 1))
    )


def pointing(
    line: Line, cues: tuple[Cue, ...], names: list[tuple[int, int, Ref, float]]
) -> list[tuple[int, int, Points]]:
    """The words that point back, outside names: start, end, how."""
    taken = [(start, end) for start, end, _, _ in names]
    return [
        (hit.start, hit.end, Points(hit.cue.says))
        for hit in found(line.text, cues)
        if all(hit.end <= start or hit.start >= end for start, end in taken)
    ]


def masked(line: Line, spots: list[tuple[int, int]]) -> Line:
    """The line with a mark in place of each of ``spots`` (in order, apart), which keeps that name's place."""
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for start, end in spots:
        text.append(line.text[at:start])
        starts.extend(line.starts[at:start])
        ends.extend(line.ends[at:start])
        left, right = line.span(start, end)
        text.append(MARK)
        starts.append(left)
        ends.append(right)
        at = end
    text.append(line.text[at:])
    starts.extend(line.starts[at:])
    ends.extend(line.ends[at:])
    return Line("".join(text), tuple(starts), tuple(ends))
