"""How Chinese words are typed with Latin letters: their pinyin, and its initials (贷款 is daikuan or dk)."""


def readings(text: str) -> tuple[str, ...]:
    """Whole pinyin and initials of a text; none of one without Chinese characters."""
    from pypinyin import Style, lazy_pinyin  # a large dictionary, which only a window needs

    whole = "".join(lazy_pinyin(text))
    if whole == text:
        return ()
    return (whole, "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)))
