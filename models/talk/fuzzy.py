"""Product names that the recogniser wrote as something that sounds like them. Pure; nouns only, never a negation.

English by spelling distance, Chinese by toneless pinyin with the confusions of southern accents folded, Korean by jamo.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from models.names import Language
from models.talk.lexicon import Lexicon, Ref, folded, singular

SAME_SOUND = 0.85
NEAR_SOUND = 0.75
"""What a match by sound leaves of a signal's confidence: the same sound spelled otherwise, or nearly the same sound."""

_EN_LEAST = 7
"""English terms shorter than this have too many neighbours: fund, fun, find; loan, lone, alone."""
_EN_CLOSE = 0.80
_KO_CLOSE = 0.80
_KO_CLOSE_AROUND = 0.86
"""As close at least where a shorter term was heard exactly within the match."""
_KO_LEAST = 4
_LONGEST_EN = 3


class Near(NamedTuple):
    """A term found by sound: where in the plain text, what it means, and what is left of the confidence."""

    start: int
    end: int
    ref: Ref
    factor: float


@dataclass(frozen=True, eq=False)
class _Sounds:
    exact: Mapping[str, tuple[Ref, str]]
    keys: tuple[str, ...]
    friends: frozenset[str]
    longest: int


@cache
def sounds_of(lexicon: Lexicon, language: Language) -> _Sounds:
    """How the lexicon's terms sound; made when first asked for, and with it Chinese's dictionary is loaded."""
    terms = {term: ref for term, ref in lexicon.terms[language].items() if ref is not None}
    friends = frozenset(term for term, ref in lexicon.terms[language].items() if ref is None)
    by_sound: dict[str, tuple[Ref, str]] = {}
    meaning = {ref.subject: ref for ref in terms.values()}
    for code, errors in lexicon.vocabulary.misheard.errors.items():
        ref = next(
            (terms[t] for t in (folded(x, language) for x in _called(lexicon, code, language)) if t in terms), None
        )
        for error in errors.get(language):
            if ref is not None or code in meaning:
                by_sound.setdefault(_key(folded(error, language), language), (ref or meaning[code], ""))
    for term, ref in terms.items():
        key = _key(term, language)
        if len(term) > 1 and (language != "en" or len(key) >= _EN_LEAST):
            by_sound.setdefault(key, (ref, term))
    return _Sounds(by_sound, tuple(by_sound), friends, max((len(term) for term in terms), default=0))


def _called(lexicon: Lexicon, code: str, language: Language) -> tuple[str, ...]:
    concepts = (*lexicon.vocabulary.concepts.one, *lexicon.vocabulary.concepts.group)
    return next((one.terms(language) for one in concepts if one.code == code), ())


def _key(term: str, language: Language) -> str:
    match language:
        case "en":
            return term.replace(" ", "")
        case "zh":
            return pinyin(term)
        case "ko":
            return jamo(term)


@lru_cache(maxsize=8192)
def _syllable(char: str) -> str:
    from pypinyin import Style, lazy_pinyin  # half of a hub's imports: a dictionary, which only Chinese needs

    sound = lazy_pinyin(char, style=Style.NORMAL)[0]
    for long, short in (("zh", "z"), ("ch", "c"), ("sh", "s")):
        if sound.startswith(long):
            sound = short + sound[2:]
    if sound.endswith("ng"):
        sound = sound[:-1]
    return sound


def pinyin(text: str) -> str:
    """The toneless pinyin of each character, zh/ch/sh as z/c/s and final ng as n, a blank between."""
    return " ".join(_syllable(char) for char in text)


_PLAIN_JAMO = str.maketrans(
    "\u1101\u110f\u1104\u1110\u1108\u1111\u110a\u110d\u110e\u1166\u1168\u116b\u1170",  # ㄲㅋㄸㅌㅃㅍㅆㅉㅊㅔㅖㅙㅞ
    "\u1100\u1100\u1103\u1103\u1107\u1107\u1109\u110c\u110c\u1162\u1164\u116c\u116c",  # ㄱㄱㄷㄷㅂㅂㅅㅈㅈㅐㅒㅚㅚ
)


def jamo(text: str) -> str:
    """The letters of Korean syllables, tense and aspirated consonants as plain ones, ㅔ as ㅐ."""
    return unicodedata.normalize("NFD", text).translate(_PLAIN_JAMO)


def near(
    text: str, language: Language, lexicon: Lexicon, taken: list[tuple[int, int]], begins: frozenset[int]
) -> list[Near]:
    """The terms in plain ``text`` by sound, outside ``taken``. ``begins``: where words begin (Korean)."""
    sounds = sounds_of(lexicon, language)
    match language:
        case "en":
            return _near_english(text, sounds, taken)
        case "zh":
            return _near_chinese(text, sounds, taken)
        case "ko":
            return _near_korean(text, sounds, taken, begins)


def _allowed(text: str, start: int, end: int, taken: list[tuple[int, int]], term: str) -> bool:
    """Whether a match by sound may stand: apart from exact matches, or around shorter ones that its term holds too."""
    for left, right in taken:
        if end <= left or start >= right:
            continue
        covers = start <= left and right <= end and right - left < end - start
        if not covers or (term and (text[left:right].rstrip("s") not in term or len(term) <= right - left)):
            return False
    return True


def _near_english(text: str, sounds: _Sounds, taken: list[tuple[int, int]]) -> list[Near]:
    words: list[tuple[str, int]] = []
    at = 0
    for word in text.split(" "):
        words.append((word, at))
        at += len(word) + 1
    found: list[Near] = []
    done = -1
    for first in range(len(words)):
        best: tuple[float, Near] | None = None
        done_here = done
        for count in range(1, _LONGEST_EN + 1):
            if first + count > len(words) or first < done:
                break
            parts = [word for word, _ in words[first : first + count]]
            start = words[first][1]
            end = words[first + count - 1][1] + len(parts[-1])
            plain = " ".join(singular(word) for word in parts)
            if not parts[-1].isalnum() or not parts[0].isalnum():
                break
            joined = plain.replace(" ", "")
            if plain in sounds.friends:
                continue
            if joined in sounds.exact:
                key, closeness, factor = joined, 1.0, SAME_SOUND
            else:
                if count > 1 and any(part in _EN_SMALL for part in parts):
                    continue
                if len(joined) < _EN_LEAST - 1 or joined in _EN_COMMON:
                    continue
                hit = process.extractOne(
                    joined, sounds.keys, scorer=Levenshtein.normalized_similarity, score_cutoff=_EN_CLOSE
                )
                if hit is None or hit[0][0] != joined[0] or not _word_by_word(parts, sounds.exact[hit[0]][1]):
                    continue
                key, closeness, factor = hit[0], hit[1], NEAR_SOUND
            ref, term = sounds.exact[key]
            if plain == term or not _allowed(text, start, end, taken, term):
                continue
            near_one = Near(start, end, ref, factor)
            if best is None or closeness > best[0]:
                best = (closeness, near_one)
                done_here = first + count
        if best is not None:
            found.append(best[1])
            done = done_here
    return found


def _word_by_word(said: list[str], term: str) -> bool:
    """Whether each word is like its counterpart; a "have" is no "home", however long the rest that agrees."""
    words = term.split(" ")
    return len(words) != len(said) or all(
        Levenshtein.normalized_similarity(singular(one), other) >= _WORD_CLOSE
        for one, other in zip(said, words, strict=True)
    )


_WORD_CLOSE = 0.6
_EN_SMALL = frozenset(
    {
        "a",
        "an",
        "the",
        "to",
        "of",
        "i",
        "you",
        "we",
        "he",
        "she",
        "it",
        "and",
        "or",
        "but",
        "not",
        "no",
        "my",
        "your",
        "our",
        "for",
        "in",
        "on",
        "with",
        "is",
        "are",
        "was",
        "make",
        "makes",
        "do",
        "does",
        "have",
        "has",
        "had",
        "just",
        "will",
        "would",
        "as",
        "at",
    }
)
_EN_COMMON = frozenset(
    {
        "attention",
        "mention",
        "tension",
        "passion",
        "accounting",
        "accountant",
        "discount",
        "invented",
        "investor",
        "investors",
        "insured",
        "ensure",
        "assurance",
        "endurance",
        "saving",
        "mortgaged",
        "investigate",
        "investigation",
        "invitation",
        "deposited",
        "shared",
        "cardio",
    }
)


def _near_chinese(text: str, sounds: _Sounds, taken: list[tuple[int, int]]) -> list[Near]:
    found: list[Near] = []
    syllables = [_syllable(char) for char in text]
    at = 0
    while at < len(text):
        for length in range(min(sounds.longest, len(text) - at), 1, -1):
            piece = text[at : at + length]
            key = " ".join(syllables[at : at + length])
            match = sounds.exact.get(key)
            if match is None or piece in sounds.friends or not piece.isalpha() or piece == match[1]:
                continue
            if not _allowed(text, at, at + length, taken, match[1]):
                continue
            found.append(Near(at, at + length, match[0], SAME_SOUND))
            at += length - 1
            break
        at += 1
    return found


_KO_NO = "아니"
"""Begins no name: what follows it is one by itself."""


def _near_korean(text: str, sounds: _Sounds, taken: list[tuple[int, int]], begins: frozenset[int]) -> list[Near]:
    found: list[Near] = []
    done = 0
    for start in sorted(begins):
        if start < done or start >= len(text):
            continue
        best: tuple[float, int, Near] | None = None
        for length in range(2, min(8, len(text) - start) + 1):
            end = start + length
            piece = text[start:end]
            if not piece.isalpha():
                break
            if piece in sounds.friends or piece.startswith(_KO_NO):
                continue
            key = jamo(piece)
            if key in sounds.exact:
                closeness, factor = 1.0, SAME_SOUND
            elif len(piece) >= _KO_LEAST:
                hit = process.extractOne(
                    key, sounds.keys, scorer=Levenshtein.normalized_similarity, score_cutoff=_KO_CLOSE
                )
                if (
                    hit is None
                    or len(sounds.exact[hit[0]][1]) < _KO_LEAST
                    or abs(len(sounds.exact[hit[0]][1]) - length) > 1
                ):
                    continue
                key, closeness, factor = hit[0], hit[1], NEAR_SOUND
            else:
                continue
            ref, term = sounds.exact[key]
            if piece == term or not _allowed(text, start, end, taken, term):
                continue
            if closeness < _KO_CLOSE_AROUND and any(start <= left and right <= end for left, right in taken):
                continue
            one = Near(start, end, ref, factor)
            if best is None or (closeness, length) > best[:2]:
                best = (closeness, length, one)
        if best is not None:
            found.append(best[2])
            done = best[2].end
    return found
