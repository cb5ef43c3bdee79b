"""The texts of one language, as the pages ask for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from contracts.fields import Language


class Messages(Protocol):
    """Where the texts come from."""

    def text(self, name: str, values: Mapping[str, str | int]) -> str:
        """The message with its variables filled in."""
        ...


@dataclass(frozen=True, slots=True)
class Wording:
    """Texts by name; all languages have the same (tested)."""

    language: Language
    messages: Messages

    def say(self, name: str, **values: str | int) -> str:
        """The text with its variables filled in."""
        return self.messages.text(name, values)
