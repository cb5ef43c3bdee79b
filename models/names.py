"""Names, codes and synonyms in the three languages of the product. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Language = Literal["en", "zh", "ko"]
LANGUAGES: tuple[Language, ...] = ("en", "zh", "ko")

Code = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing's name in the three languages of the product."""

    en: Text
    zh: Text
    ko: Text

    def get(self, language: Language) -> str:
        """The name in `language`."""
        match language:
            case "en":
                return self.en
            case "zh":
                return self.zh
            case "ko":
                return self.ko


class Synonyms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people call a thing in each language besides its name; for search, and for hearing it in a talk (W-12)."""

    en: tuple[Text, ...] = ()
    zh: tuple[Text, ...] = ()
    ko: tuple[Text, ...] = ()

    def get(self, language: Language) -> tuple[str, ...]:
        """The synonyms in `language`."""
        match language:
            case "en":
                return self.en
            case "zh":
                return self.zh
            case "ko":
                return self.ko
