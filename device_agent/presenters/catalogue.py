"""The texts of one language, as the pages ask for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from contracts.fields import Language


class Messages(Protocol):
    """Where the texts come from: messages by name, such as ``face-tasks``."""

    def __contains__(self, name: str, /) -> bool: ...

    def text(self, name: str, values: Mapping[str, str | int], /) -> str: ...


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Texts by key; all languages have the same keys (tested). The key ``face_tasks`` is the message ``face-tasks``."""

    language: Language
    messages: Messages

    def say(self, key: str, **values: str | int) -> str:
        """The text with its places filled in."""
        return self.messages.text(_name(key), values)

    def refusal(self, code: str) -> str:
        """The text for a refusal of the hub; an unusual one is named by its code."""
        key = f"refused_{code}"
        return self.say(key) if _name(key) in self.messages else self.say("refused_other", code=code)


def _name(key: str) -> str:
    return key.replace("_", "-")
