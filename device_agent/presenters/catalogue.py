"""The texts of one language, as the pages ask for them."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.fields import Language


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Texts by key; all languages have the same keys (tested)."""

    language: Language
    texts: Mapping[str, str]

    def say(self, key: str, **values: str | int) -> str:
        """The text with its places filled in."""
        return self.texts[key].format(**values)

    def refusal(self, code: str) -> str:
        """The text for a refusal of the hub; an unusual one is named by its code."""
        key = f"refused_{code}"
        return self.say(key) if key in self.texts else self.say("refused_other", code=code)
