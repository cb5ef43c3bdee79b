"""Cards from a file, and a reader that a script holds things to: for demonstrations and tests."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from contracts.fields import CustomerRef, ShortText
from kiosk.core.secret import Secret
from kiosk.presenters.desk import Card
from kiosk.readers.identifying import Identifier
from kiosk.readers.ports import Health, Heard, Reading, State
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


class SimulatedReader:
    """A reader without hardware: what a script holds to it is told as any reader tells it."""

    def __init__(self, identifier: Identifier) -> None:
        self.name = "simulated"
        self._identifier = identifier
        self._heard: Heard | None = None
        self._health = Health(State.STOPPED)

    @property
    def health(self) -> Health:
        return self._health

    def start(self, heard: Heard) -> None:
        self._heard = heard
        self.plug()

    def forget(self) -> None:
        """Nothing is kept."""

    async def stop(self) -> None:
        self._heard = None
        self._health = Health(State.STOPPED)

    def scan(self, content: bytes) -> None:
        """A code or a number, as a scanner sends it."""
        if self._health.state is State.READY:
            self._tell(self._identifier.scanned(Secret.of(content)))

    def hold(self, uid: bytes) -> None:
        """A card with this serial number."""
        if self._health.state is State.READY:
            self._tell(self._identifier.chip(Secret.of(uid)))

    def unplug(self) -> None:
        """Pull it out."""
        self._changed(Health(State.ABSENT, "unplugged by the script", "plug it in"))

    def plug(self) -> None:
        """Put it back."""
        self._changed(Health(State.READY))

    def _changed(self, health: Health) -> None:
        self._health = health
        self._tell(health)

    def _tell(self, reading: Reading) -> None:
        if self._heard is not None:
            self._heard(reading)
