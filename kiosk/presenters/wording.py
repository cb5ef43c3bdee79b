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

    def say_once(self, name: str, **values: str) -> str:
        """As :meth:`say`, for what belongs to one customer: whatever remembers texts must not remember this (K-13)."""
        marks = {key: f"\N{OBJECT REPLACEMENT CHARACTER}{key}\N{OBJECT REPLACEMENT CHARACTER}" for key in values}
        text = self.messages.text(name, marks)
        for key, mark in marks.items():
            text = text.replace(mark, values[key])
        return text
