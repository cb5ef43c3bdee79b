"""Hangul as it is typed: the keys of a syllable, and syllables of keys (Unicode 16, 3.12 "Conjoining Jamo Behavior").

Keys are the 14 plain consonants and 12 vowels (``KEYS``): a doubled consonant and a compound are typed as their parts.
"""

from collections.abc import Mapping
from types import MappingProxyType

KEYS = "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎㅏㅑㅓㅕㅗㅛㅜㅠㅡㅣㅐㅔ"

_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_FINALS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
_FIRST, _LAST = 0xAC00, 0xD7A3

_PARTS: Mapping[str, str] = MappingProxyType(
    {
        **{"ㄲ": "ㄱㄱ", "ㄸ": "ㄷㄷ", "ㅃ": "ㅂㅂ", "ㅆ": "ㅅㅅ", "ㅉ": "ㅈㅈ"},
        **{"ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ", "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ"},
        **{"ㄽ": "ㄹㅅ", "ㄾ": "ㄹㅌ", "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ"},
        **{"ㅘ": "ㅗㅏ", "ㅙ": "ㅗㅐ", "ㅚ": "ㅗㅣ", "ㅝ": "ㅜㅓ", "ㅞ": "ㅜㅔ", "ㅟ": "ㅜㅣ", "ㅢ": "ㅡㅣ"},
        **{"ㅒ": "ㅑㅣ", "ㅖ": "ㅕㅣ"},
    }
)
_WHOLE: Mapping[str, str] = MappingProxyType({parts: whole for whole, parts in _PARTS.items()})


def vowel(key: str) -> bool:
    """Whether a jamo is a vowel."""
    return key in _VOWELS


def consonant(key: str) -> bool:
    """Whether a jamo is a consonant."""
    return "ㄱ" <= key <= "ㅎ"


def keys_of(text: str) -> str:
    """The keys that type a text; what isn't Hangul stays as it is."""
    return "".join(_PARTS.get(jamo, jamo) for character in text for jamo in _jamo(character))


def initials_of(text: str) -> str:
    """The first consonant of every syllable, as its plain key: how Korean is abbreviated (대출 is ㄷㅊ)."""
    return "".join(_PARTS.get(jamo[0], jamo[0])[0] for c in text if (jamo := _jamo(c)) and _FIRST <= ord(c) <= _LAST)


def _jamo(character: str) -> tuple[str, ...]:
    code = ord(character) - _FIRST
    if not 0 <= code <= _LAST - _FIRST:
        return (character,)
    initial, rest = divmod(code, len(_VOWELS) * len(_FINALS))
    middle, final = divmod(rest, len(_FINALS))
    return tuple(filter(None, (_INITIALS[initial], _VOWELS[middle], _FINALS[final])))


def composed(keys: str) -> str:
    """The text that these keys spell, as far as they make syllables; a consonant goes to the vowel that follows it."""
    text, at = "", 0
    while at < len(keys):
        begun = _initial(keys, at)
        if begun is None:
            text += keys[at]
            at += 1
            continue
        initial, at = begun
        middle, at = _vowel(keys, at)
        final, at = _final(keys, at)
        place = (_INITIALS.index(initial) * len(_VOWELS) + _VOWELS.index(middle)) * len(_FINALS)
        text += chr(_FIRST + place + _FINALS.index(final))
    return text


def _initial(keys: str, at: int) -> tuple[str, int] | None:
    """The consonant that begins a syllable here, and where its vowel is; a doubled one counts as one."""
    double = _WHOLE.get(keys[at : at + 2], "")
    if double in _INITIALS and double and vowel(keys[at + 2 : at + 3] or " "):
        return double, at + 2
    if keys[at] in _INITIALS and vowel(keys[at + 1 : at + 2] or " "):
        return keys[at], at + 1
    return None


def _vowel(keys: str, at: int) -> tuple[str, int]:
    both = _WHOLE.get(keys[at : at + 2])
    return (both, at + 2) if both is not None else (keys[at], at + 1)


def _final(keys: str, at: int) -> tuple[str, int]:
    """What ends the syllable: of the consonants up to the next vowel the last one is that vowel's."""
    end = at
    while end < len(keys) and consonant(keys[end]):
        end += 1
    free = end - at - (end < len(keys) and vowel(keys[end]))
    both = _WHOLE.get(keys[at : at + 2], "") if free >= 2 else ""
    if both and both in _FINALS:
        return both, at + 2
    return (keys[at], at + 1) if free >= 1 and keys[at] in _FINALS else ("", at)
