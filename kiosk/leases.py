"""Numbers that the hub leased to this kiosk, and what it says of the lobby (K-05, K-03); beside the session.

What it says is never queued: as long as numbers are wanted it is said again, later each time, and the hub's answer to
the same question is the same.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Iterable, Mapping

from contracts.lobby import LobbyTold, NumbersLeased, NumbersWanted, TicketAdvised
from kiosk.asking import ask
from kiosk.store import TicketStore
from runtime.agent.lobby import LobbyMessage
from runtime.agent.models import Tell

log = logging.getLogger(__name__)

FEW = 15
"""So many numbers left of a class, or fewer: another block is asked for."""


class Leases:
    """Keeps some leased numbers of every class, so that any time may begin without the hub."""

    def __init__(
        self,
        *,
        classes: Iterable[str],
        on_told: Callable[[LobbyTold | TicketAdvised], None] = lambda told: None,
        first_s: float = 2.0,
        most_s: float = 60.0,
        chance: random.Random | None = None,
    ) -> None:
        """``classes``: the letters of the kiosk's businesses; waits grow from ``first_s`` to ``most_s`` seconds."""
        self._classes = tuple(dict.fromkeys(classes))
        self._on_told = on_told
        self._first_s = first_s
        self._most_s = most_s
        self._chance = chance or random.Random()
        self._store: TicketStore | None = None
        self._online = False
        self._wake = asyncio.Event()

    def keep_in(self, store: TicketStore) -> None:
        """Where the blocks are kept."""
        self._store = store

    def used(self) -> None:
        """A number was given: perhaps few are left."""
        self._wake.set()

    async def run(self, tell: Tell) -> None:
        """Ask as long as something is wanted, until cancelled."""
        await ask(
            tell,
            lambda: self._wanted() if self._online else [],
            self._wake,
            first_s=self._first_s,
            most_s=self._most_s,
            chance=self._chance,
        )

    def on_message(self, message: LobbyMessage) -> None:
        """The hub leased a block, or says how the lobby is or what to suggest."""
        if isinstance(message, LobbyTold | TicketAdvised):
            self._on_told(message)
        elif isinstance(message, NumbersLeased) and self._store is not None and self._store.keep_lease(message):
            log.info("numbers_leased class=%s first=%d last=%d", message.service_class, message.first, message.last)

    def left(self) -> Mapping[str, int]:
        """How many are left of each class."""
        if self._store is None:
            return {}
        return {service_class: self._store.leased(service_class).left for service_class in self._classes}

    def on_link(self, online: bool) -> None:
        """The hub is within reach, or not any more."""
        self._online = online
        self._wake.set()

    def _wanted(self) -> list[NumbersWanted]:
        if self._store is None:
            return []
        kept = {service_class: self._store.leased(service_class) for service_class in self._classes}
        return [
            NumbersWanted(service_class=service_class, has=one.has, uses=one.uses)
            for service_class, one in kept.items()
            if one.left <= FEW
        ]
