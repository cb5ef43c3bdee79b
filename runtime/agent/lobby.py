"""What the session knows of a kiosk's branch: leased numbers, how its lobby is, and how the kiosk is (K-05, K-13)."""

import asyncio
from typing import Protocol

from contracts.bookings import BookingsTold
from contracts.lobby import LobbyTold, NumbersLeased, TicketAdvised
from runtime.agent.models import Tell

LobbyMessage = NumbersLeased | LobbyTold | BookingsTold | TicketAdvised
"""What the hub says to it."""


class LobbyTraffic(Protocol):
    """What asks for numbers and is told of the lobby."""

    async def run(self, tell: Tell) -> None:
        """Ask for what is wanted, until cancelled."""
        ...

    def on_message(self, message: LobbyMessage) -> None:
        """The hub says something."""
        ...

    def on_link(self, online: bool) -> None:
        """The hub is within reach or has started anew, or it is out of reach."""
        ...


class LobbyParts:
    """Several of them as one; each hears everything, and takes what it knows."""

    def __init__(self, *parts: LobbyTraffic) -> None:
        self._parts = parts

    async def run(self, tell: Tell) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            for part in self._parts:
                group.create_task(part.run(tell), name=type(part).__name__)

    def on_message(self, message: LobbyMessage) -> None:
        """The hub says something."""
        for part in self._parts:
            part.on_message(message)

    def on_link(self, online: bool) -> None:
        """As each of them wants to know."""
        for part in self._parts:
            part.on_link(online)
