"""What the session knows of a kiosk's branch: leased numbers, and how its lobby is (K-05)."""

from typing import Protocol

from contracts.lobby import LobbyTold, NumbersLeased, TicketAdvised
from runtime.agent.models import Tell


class LobbyTraffic(Protocol):
    """What asks for numbers and is told of the lobby."""

    async def run(self, tell: Tell) -> None:
        """Ask for what is wanted, until cancelled."""
        ...

    def on_message(self, message: NumbersLeased | LobbyTold | TicketAdvised) -> None:
        """The hub says something."""
        ...

    def on_link(self, online: bool) -> None:
        """The hub is within reach, or not any more."""
        ...
