"""Turning a Korean sentence into its negation, roughly as an annotator would, to measure what negation does. Pure.

Every clause's predicate is negated, or loses the negation it has: 좋아요 → 안 좋아요, 느립니다 → 느리지 않습니다,
최고입니다 → 최고가 아닙니다, 없네요 → 있네요. A sentence with a form that is not known here is given up.

Source: H.-M. Sohn, "The Korean Language", 1999, ch. 9.7.
"""

from __future__ import annotations

import re

_FIRST, _TAILS, _P = 0xAC00, 28, 17
_S_TAIL = 20
_MARKS = re.compile(r"[.,!?~^…ㅋㅎㅠㅜ]+$")
_PREDICATE = re.compile(
    r"(?:습니다|니다|네요|아요|어요|해요|에요|예요|워요|려요|라요|려요|져요|겨요|뻐요|커요|요|고|음|임|함)$"
)
_GLUED = re.compile(r"[안못](?!전|정|심|내|감|경|쪽|에|성|착|주|쪽|이)[가-힣]")
_AFTER_LONG = {
    "않네요": "네요",
    "않고": "고",
    "않습니다": "습니다",
    "않아요": "",
    "않았어요": "",
    "않는": "",
    "않은": "",
}


def negated(text: str) -> str | None:
    """The negation of the sentence, or None if it can't be formed."""
    words = text.split()
    found: list[str] = []
    turned = 0
    at = 0
    while at < len(words):
        word = words[at]
        after = words[at + 1] if at + 1 < len(words) else ""
        if word in {"안", "못"}:
            if not after:
                return None
            found.append(after)
            turned += 1
            at += 2
            continue
        if re.search(r"지[가는도를은]?$", word) and after.startswith(("않", "못", "안", "마", "말")):
            plain = _without_long(word, after)
            if plain is None:
                return None
            found.append(plain)
            turned += 1
            at += 2
            continue
        bare = _MARKS.sub("", word)
        tail = word[len(bare) :]
        if _GLUED.match(bare):
            found.append(word[1:])
            turned += 1
            at += 1
            continue
        if bare.endswith("고") and len(bare) > 1 and after.startswith("있") and bare != "그리고":
            found += [f"{bare[:-1]}지 않고", after]
            turned += 1
            at += 2
            continue
        if bare == "그리고" or (turned and bare.startswith("같")):
            found.append(word)
            at += 1
            continue
        if bare and (_PREDICATE.search(bare) or at == len(words) - 1) and not after.startswith(("없", "아니", "아닌")):
            other = _other(bare)
            if other is None:
                return None
            found.append(other + tail)
            turned += 1
        else:
            found.append(word)
        at += 1
    return " ".join(found) if turned else None


def _without_long(word: str, after: str) -> str | None:
    bare = _MARKS.sub("", after)
    stem = re.sub(r"지[가는도를은]?$", "", word)
    ending = _AFTER_LONG.get(bare)
    if not ending or not stem:
        return None
    if ending == "습니다" and _tail(stem) == 0:
        return stem[:-1] + chr(ord(stem[-1]) + _P) + "니다"
    return stem + ending


def _tail(word: str) -> int:
    at = ord(word[-1]) - _FIRST
    return at % _TAILS if 0 <= at < 11_172 else -1


def _other(word: str) -> str | None:
    if "없" in word:
        return word.replace("없", "있", 1)
    if "있" in word:
        return word.replace("있", "없", 1)
    if "아니" in word or "아닙" in word:
        return None
    if noun := re.match(r"(.+?)(입니다|이에요|예요|에요|임)$", word):
        stem = noun.group(1)
        ending = {"입니다": "아닙니다", "임": "아님"}.get(noun.group(2), "아니에요")
        return f"{stem}{'가' if _tail(stem) == 0 else '이'} {ending}"
    for ending in ("습니다", "네요", "고"):
        stem = word.removesuffix(ending)
        if stem != word and stem and stem[-1] != "하" and _tail(stem) != _S_TAIL:
            return f"{stem.removesuffix('이') if len(stem) > 2 else stem}지 않{ending}"
    if word.endswith("니다") and not word.endswith("습니다") and len(word) > 2 and _tail(word[:-2]) == _P:
        stem = word[:-2]
        return f"{stem[:-1]}{chr(ord(stem[-1]) - _P)}지 않습니다"
    return f"안 {word}"
