"""Cards from a file instead of a reader: whom a demonstration lets choose on the screen."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from contracts.fields import CustomerRef, ShortText
from kiosk.presenters.desk import Card
from runtime.errors import ConfigError

IN_HAND = 4
"""How many are offered at a time."""


class _Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    customer: CustomerRef
    name: ShortText


class SimulatedCards:
    """A few cards; who has taken a number steps aside until everybody had their turn."""

    def __init__(self, cards: Sequence[Card]) -> None:
        self._cards = tuple(cards)
        self._served: set[str] = set()

    @classmethod
    def read(cls, path: Path) -> "SimulatedCards":
        """Of a file of JSON lines, ``{"customer":…,"name":…}``; raises ``ConfigError`` naming file and line."""
        try:
            lines = path.read_bytes().splitlines()
        except OSError as error:
            raise ConfigError(f"cards = {path}: can't be read: {error.strerror}; give a file of JSON lines") from error
        cards = []
        for at, line in enumerate(lines, 1):
            if line.strip():
                try:
                    found = msgspec.json.decode(line, type=_Line)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    raise ConfigError(f'cards = {path}:{at}: {error}; wanted: {{"customer":"…","name":"…"}}') from error
                cards.append(Card(customer=found.customer, name=found.name))
        return cls(cards)

    def cards(self) -> tuple[Card, ...]:
        """The next ones that haven't taken a number."""
        return tuple(card for card in self._cards if card.customer not in self._served)[:IN_HAND]

    def took(self, customer: str) -> None:
        """This customer has a number."""
        self._served.add(customer)
        if not self.cards():
            self._served.clear()
