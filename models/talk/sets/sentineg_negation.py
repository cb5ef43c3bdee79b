"""Which words of a Korean sentence a negation turns round. Pure.

A sentence is cut into clauses at connective and final endings; a clause's words have the sign -1 where an odd number of
negations bears on them. Negations: the adverbs 안 and 못 before a predicate, -지 않다, -지 못하다, -지 말다 after it,
없다, 아니다 and 못하다 after a noun, the prefixes 불 and 비, 덜 (less). Words that need a negation beside them (전혀,
별로, 하나도) say nothing of their own in a negated clause. Set phrases (장난 아니다, 형편없다) and negative questions
(아닌가요?) turn nothing round.

Source: H.-M. Sohn, "The Korean Language", 1999, ch. 9.7 (short and long negation); Hangul syllables: Unicode 3.12.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_LEAD = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWEL = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_TAIL = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
_FIRST, _SYLLABLES, _PER_LEAD = 0xAC00, 11_172, 588

_CUT = "|"
_SMILES = re.compile(r"[ㅋㅎㅠㅜㅡㅉ^♡♥~]+")
_PUNCTUATION = re.compile(r"[.,!?…‥·:;()\[\]\"'/|]+")
_PHRASES = re.compile(
    r"장난\s*(?:아니|아닙|아님|아닌)|말도\s*안\s*(?:되|돼|됨|됩)"
    r"|얼마\s*(?:지나지|되지|가지)\s*(?:않|못)|얼마\s*안\s*(?:되|돼|가|지나)"
    r"|(?:그지|형편|어이|쓸데|틀림|다름|상관|끊임|거침|나위|둘도|싸가지|어처구니)\s*없"
    r"|잘못|마지\s*못|못지\s*않"
)
_MASK = str.maketrans({"아": "애", "않": "앟", "안": "앙", "못": "몿", "없": "엎", " ": ""})
"""Set phrases are written otherwise, and so are features of their own."""
_QUESTION = re.compile(r"아닌가요|아닌가|아닌지|아닐까요|않나요|않을까|않나|아니냐")

_GLUED = (
    (re.compile(r"(?<=[가-힣])지([가는도를은]?)\s*(?=[않안못말마])"), r"지\1 "),
    (re.compile(r"[진질]\s+(?=[않못안])"), "지 "),
    (re.compile(r"(?<=[가-힣])없"), " 없"),
    (re.compile(r"(?<=[가-힣])(아니[네고라에었것]|아닙|아님|아닌|않)"), r" \1"),
    (
        re.compile(
            r"(?<![세감편불하한방대동])(?<=[가-힣])안(?=되|돼|됩|됨|된|될|지워|나[와오]|맞|붙|좋|하|해|빨|느|비|들[어었리려]|써|쓰"
            r"|썼|먹|보[이여]|생[기겨]|잡|사요|살[래거]|가[고네요]|오[고네]|와[요서]|왔|움직|떨|깨|무[거겁]|예[쁘뻐]|이[쁘뻐]|편[하해])"
        ),
        " 안",
    ),
    (re.compile(r"(?<=[가-힣])못(?=하|해|합|했|한|할|함|쓰|써)"), " 못"),
)
"""What is written in one word or two (좋지않아요, 배송안되고) is put into two."""

_NOT_SHORT = re.compile(
    r"안(?:전|정|감|내|경|쪽|에|심|녕|성|부|착|주|팎|테|개|락|이(?!쁘|뻐|쁜|예)|으|은|을|까지|마|방|과|대|약)"
    r"|못(?:생|지|난|박|된)"
)
_BEFORE_LONG = re.compile(r"(.+)지[가는도를은]?")
_LONG = re.compile(r"않|안[ㅎ하았]|못|말|마[세시요라]")
_NOUN = re.compile(r"없|아니|아닙|아님|아닌|아녀|아녜")
_CANNOT = re.compile(r"못[하해했합한할함]")
_LESS = re.compile(r"덜[하해했한합]")
_PREFIXED = re.compile(r"불(?=만|친|필|충|완)|비(?=위생|효율)|미(?=완|추천)")
_ADVISED = re.compile(r"비추천?")
_END = re.compile(
    r"(?:고|며|면서|지만|는데|은데|ㄴ데|인데|한데|던데|서|니|니까|면|라|거나|려고|아요|어요|해요|네요|니다|에요|예요|요|임|음|함|됨|다|죠|용"
    r"|듯|데)$"
)
_SAYS_NOTHING = frozenset(
    [
        "전혀",
        "하나도",
        "절대",
        "절대로",
        "그다지",
        "결코",
        "도저히",
        "아예",
        "조금도",
        "딱히",
        "거의",
        "별다른",
        "한번도",
        "1도",
        "별",
    ]
)
_HARDLY = frozenset({"별로", "별루"})


@dataclass(frozen=True, slots=True)
class Word:
    """A word without the negation that was in it. ``sign``: -1 where it is turned round; ``negated``: where a negation
    bears on it at all. ``clause``: which of the sentence's clauses it is in, counted from 0."""

    text: str
    sign: int
    negated: bool
    clause: int


def jamo(text: str) -> str:
    """The text with Hangul syllables as their two or three letters: 예뻐 and 예쁘 begin alike."""
    found = []
    for character in text:
        at = ord(character) - _FIRST
        if 0 <= at < _SYLLABLES:
            found.append(_LEAD[at // _PER_LEAD] + _VOWEL[at // 28 % 21] + _TAIL[at % 28])
        else:
            found.append(character)
    return "".join(found)


def signed_words(text: str) -> list[Word]:
    """The words of a sentence in order, each with its sign."""
    reading = _Reading()
    words = _split(text)
    for at, word in enumerate(words):
        reading.take(word, words[at - 1] if at else "", words[at + 1] if at + 1 < len(words) else "")
    reading.close()
    return reading.found


def _split(text: str) -> list[str]:
    text = unicodedata.normalize("NFC", text.lower())
    text = _SMILES.sub(" ", text)
    text = _PHRASES.sub(lambda phrase: phrase.group(0).translate(_MASK), text)
    text = _QUESTION.sub("인가요", text)
    text = _PUNCTUATION.sub(f" {_CUT} ", text)
    for pattern, parted in _GLUED:
        text = pattern.sub(parted, text)
    return text.split()


class _Reading:
    """A clause under way, and the words of those before it."""

    def __init__(self) -> None:
        self.found: list[Word] = []
        self._clause: list[tuple[str, int]] = []
        self._sign = 1
        self._number = 0
        self._awaited = False
        """A short negation was read, its predicate not yet."""

    def close(self) -> None:
        """The clause is over."""
        negated = self._sign < 0
        last = len(self._clause) - 1
        for at, (text, own) in enumerate(self._clause):
            if text not in _SAYS_NOTHING and not (negated and at < last and text in _HARDLY):
                self.found.append(Word(text, self._sign * own, negated or own < 0, self._number))
        self._number += 1
        self._clause = []
        self._sign = 1
        self._awaited = False

    def take(self, word: str, before: str, after: str) -> None:
        """The next word, with its neighbours."""
        if word == _CUT:
            self.close()
        elif word in {"안", "못", "덜"}:
            self._turn()
            self._awaited = True
        elif self._turned_after(word, before):
            self._turn()
            self.close()
        else:
            self._content(word, before, after)

    def _turn(self) -> None:
        self._sign = -self._sign

    def _turned_after(self, word: str, before: str) -> bool:
        if _NOUN.match(word) or _LESS.match(word):
            return True
        if _BEFORE_LONG.fullmatch(before) and _LONG.match(word):
            return True
        return bool(self._clause) and not self._awaited and _CANNOT.match(word) is not None

    def _content(self, word: str, before: str, after: str) -> None:
        own = 1
        ends = self._awaited
        if word.startswith("않") and len(word) > 1:
            word = "안" + word[1:]  # a common misspelling: 않좋아요
        if word[0] in "안못" and len(word) > 1 and not _NOT_SHORT.match(word):
            self._turn()
            word = word[1:]
            ends = True
        elif _PREFIXED.match(word):
            word, own = word[1:], -1
        elif advised := _ADVISED.match(word):
            word, own = "추천" + word[advised.end() :], -1
        long = _BEFORE_LONG.fullmatch(word)
        if long and _LONG.match(after):
            self._clause.append((long.group(1), own))
            return
        self._clause.append((word, own))
        if self._awaited:
            self._awaited = False
        elif _NOUN.match(after) or _CANNOT.match(after):
            return
        if ends or (own < 0 and word.endswith(("만족", "추천"))) or (len(word) > 1 and _END.search(word)):
            self.close()
