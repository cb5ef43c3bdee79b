"""Which business somebody means who types a few letters or says a word (K-02). Pure.

A word is found by its beginning, by a part of it, by the initials of its syllables (대출 by ㄷㅊ, 贷款 by dk where the
readings say so), and at last with a typing mistake in it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz

from kiosk.core.hangul import consonant, initials_of, keys_of
from kiosk.core.sentence import Reads, about, phrase

ALIKE = 80.0
"""From this likeness on (of 100, rapidfuzz's ``ratio``) a word with a mistake in it is meant."""

ENOUGH = 4
"""So many letters tell a mistake from another word."""

_REPEATED = re.compile(r"([ㄱ-ㅎ])\1+")


@dataclass(frozen=True, slots=True)
class Entry:
    """A business and all the words that lead to it, its name first; each with its readings, such as pinyin."""

    code: str
    words: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Spelling:
    """A way to write an entry; ``penalty`` sorts names before synonyms and those before readings."""

    code: str
    letters: str
    starts: tuple[str, ...]
    penalty: int


class Index:
    """All businesses of a branch in one language; made once, then asked at each key."""

    def __init__(self, entries: Iterable[Entry], reads: Reads | None = None) -> None:
        """``reads``: how Chinese is read, so that words are found that only sound alike."""
        all_ = tuple(entries)
        self._spellings = tuple(spelling for entry in all_ for spelling in _spellings(entry))
        self._phrases = tuple((entry.code, phrase(word, reads)) for entry in all_ for word, *_ in entry.words)
        self._reads = reads

    def find(self, asked: str, most: int) -> tuple[str, ...]:
        """The codes that fit, the best first, at most so many; none for nothing asked."""
        wanted = letters(asked)
        if not wanted:
            return ()
        best: dict[str, tuple[float, int]] = {}
        for spelling in self._spellings:
            rank = _rank(wanted, spelling)
            if rank is not None and (rank, spelling.penalty) < best.get(spelling.code, (99.0, 99)):
                best[spelling.code] = (rank, spelling.penalty)
        order = list(best)
        return tuple(sorted(order, key=lambda code: (best[code], order.index(code))))[:most]

    def heard(self, said: str, most: int) -> tuple[str, ...]:
        """As :meth:`find`, for a whole sentence: the businesses that it is about, else those of its words."""
        if found := about(said, self._phrases, self._reads):
            return tuple(found)[:most]
        words = [word for word in said.split() if len(letters(word)) >= ENOUGH]
        return tuple({code: None for word in words for code in self.find(word, most)})[:most]


_SYNONYM, _READING = 1, 2


def _spellings(entry: Entry) -> Iterator[_Spelling]:
    for place, (word, *readings) in enumerate(entry.words):
        penalty = _SYNONYM if place else 0
        yield _spelled(entry.code, word, penalty)
        if initials := initials_of(word):
            yield _Spelling(entry.code, _plain(initials), (), penalty + _READING)
        for reading in readings:
            yield _spelled(entry.code, reading, penalty + _READING)


def _spelled(code: str, word: str, penalty: int) -> _Spelling:
    starts = tuple(letters(part) for part in re.split(r"[\W_]+", word) if part)
    return _Spelling(code, letters(word), starts, penalty)


def letters(text: str) -> str:
    """A text as it is compared: keys of Hangul, small letters without accents, and nothing between them."""
    keys = _plain(keys_of(unicodedata.normalize("NFC", text)))
    # Unicode makes other letters of single jamo: those stay as the keys are.
    return "".join(c if "ㄱ" <= c <= "ㅣ" else _folded(c) for c in keys)


def _folded(character: str) -> str:
    decomposed = unicodedata.normalize("NFKD", character.casefold())
    return "".join(c for c in decomposed if c.isalnum())


def _plain(keys: str) -> str:
    """Doubled consonants as single ones: the keys have no shift."""
    return _REPEATED.sub(r"\1", keys)


def _rank(wanted: str, spelling: _Spelling) -> float | None:
    """How well it fits, 0 best; null when it doesn't."""
    whole = spelling.letters
    if whole.startswith(wanted):
        return 0.0
    if any(start.startswith(wanted) for start in spelling.starts):
        return 1.0
    if wanted in whole and (len(wanted) > 1 or not wanted.isascii()):
        return 2.0
    if len(wanted) >= ENOUGH and not all(map(consonant, wanted)) and len(whole) >= ENOUGH:
        likeness = max(fuzz.ratio(wanted, part[: len(wanted) + 1]) for part in (whole, *spelling.starts))
        if likeness >= ALIKE:
            return 4.0 - likeness / 100
    return None
