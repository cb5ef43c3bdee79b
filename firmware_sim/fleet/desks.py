"""The advisors' desks as counters of the branch's queue: who claims a customer calls the number there (K-06)."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import click

from firmware_sim.fleet.house import HubReady
from models.commands.remote import HubClient

Said = Callable[[str, str, str | None], None]
"""Is told what happened: the kind of line, the text, the number."""


class Hall(Protocol):
    """Where the customers wait; those who hear are ready at once, and come at once."""

    async def ready(self, number: str) -> None:
        """Returns when the customer of this number may be called."""
        ...

    async def comes(self, number: str) -> None:
        """Returns when they stand at the desk to which they were called."""
        ...


class Desks:
    """A counter for each wearable, in the order given, over the hub's API as the counter's page uses it."""

    def __init__(self, branch: str, devices: Sequence[str], said: Said, hall: Hall) -> None:
        self._hall = hall
        self._branch = branch
        self._counters = {device: str(number) for number, device in enumerate(devices, 1)}
        self._said = said
        self._client: HubClient | None = None
        self._tickets: dict[str, str] = {}
        self._calling: set[asyncio.Task[None]] = set()
        self.called = 0

    async def open(self, hub: HubReady) -> None:
        """Open all counters."""
        self._client = HubClient(hub.http, hub.token)
        for counter in self._counters.values():
            await self._post(f"/v1/branches/{self._branch}/counters/{counter}/open")

    def issued(self, number: str, ticket: str) -> None:
        """A kiosk gave a number."""
        self._tickets[number] = ticket

    def claimed(self, device: str, number: str) -> None:
        """Call the customer of this number to the desk of this wearable's advisor, without waiting for it."""
        if number in self._tickets and self._client is not None:
            task = asyncio.ensure_future(self._call(self._counters[device], number))
            self._calling.add(task)
            task.add_done_callback(self._calling.discard)

    async def finish(self) -> None:
        """Wait until nobody is being called."""
        await asyncio.gather(*self._calling, return_exceptions=True)

    async def _call(self, counter: str, number: str) -> None:
        await self._hall.ready(number)
        ticket = self._tickets[number]
        base = f"/v1/branches/{self._branch}"
        called = await self._post(f"{base}/counters/{counter}/call", {"ticket": ticket})
        if called:
            self.called += 1
            self._said("called", f"is called to desk {counter}", number)
            await self._hall.comes(number)
            await self._post(f"{base}/queue/{ticket}/start")

    async def _post(self, path: str, body: object = None) -> bool:
        assert self._client is not None
        try:
            await asyncio.to_thread(self._client.call, "POST", path, body)
        except click.ClickException as error:
            self._said("refused", error.message, None)
            return False
        return True
