"""How Chinese words are typed with Latin letters: their pinyin, and its initials (贷款 is daikuan or dk)."""

from collections.abc import Sequence


def readings(text: str) -> tuple[str, ...]:
    """Whole pinyin and initials of a text; none of one without Chinese characters."""
    from pypinyin import Style, lazy_pinyin  # a large dictionary, which only a window needs

    whole = "".join(lazy_pinyin(text))
    if whole == text:
        return ()
    return (whole, "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)))


def sounds(text: str) -> Sequence[str]:
    """How each character is read, without its tone; one that isn't Chinese as it is."""
    from pypinyin import lazy_pinyin

    # One by one: a character has the same sound here whatever stands around it, or sentence and word would differ.
    return [lazy_pinyin(character)[0] for character in text]
