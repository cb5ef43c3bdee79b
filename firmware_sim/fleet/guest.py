"""The band that the demo's branch lends: one customer does not hear, feels each call on it and gives it back."""

import asyncio
from collections.abc import Coroutine

import click

from firmware_sim.errors import DemoError
from firmware_sim.fleet.branch import BRANCH, GUEST_BAND, Branch, Heard
from firmware_sim.fleet.desks import Said
from firmware_sim.fleet.house import HubReady
from models.commands.remote import HubClient

COMES_WITHIN_S = 10.0
"""So long a desk waits for who was called and can't hear it."""

HEEDS_AFTER_S = 0.1
"""Until who feels the band looks at it and taps."""


class Guest:
    """Has the band from the ticket to the end of the visit. ``lent``: whether it was lent; ``felt``: calls on it."""

    def __init__(self, branch: Branch, said: Said) -> None:
        self._branch = branch
        self._said = said
        self._client: HubClient | None = None
        self._number: str | None = None
        self._ticket = ""
        self._asked = False
        self._has_it = asyncio.Event()
        self._noticed = asyncio.Event()
        self._back = asyncio.Event()
        self._doing: set[asyncio.Task[None]] = set()
        self.lent = 0
        self.felt = 0

    def open(self, hub: HubReady) -> None:
        """The hub can be told now."""
        self._client = HubClient(hub.http, hub.token)

    def issued(self, number: str, ticket: str) -> None:
        """The customer has a ticket."""
        self._number, self._ticket = number, ticket

    def seen(self, number: str) -> None:
        """The hub knows this customer: staff see that they don't hear, and lend the band."""
        if number == self._number and not self._asked:
            self._asked = True
            self._do(self._lend(number, self._ticket))

    def hear(self, heard: Heard) -> None:
        """Something happened on the band."""
        match heard.event:
            case "summoned" if heard.number == self._number:
                self.felt += 1
                self._said("felt", f"feels call {heard.call} on {GUEST_BAND}", heard.number)
                self._do(self._heed())
            case "noticed":
                self._said("noticed", "taps: the counter knows", heard.number)
                self._noticed.set()
            case "lent" if heard.stage == "over":
                self._noticed.set()
                self._do(self._give_back())
            case "lent" if heard.number is None and self.lent:
                self._back.set()
            case "command_refused":
                self._said("refused", f"{heard.code}: {heard.detail}", heard.number)
            case _:
                pass

    async def ready(self, number: str) -> None:
        """As ``Hall``: who can't hear is called when they have the band."""
        if number == self._number:
            await self._within(self._has_it, f"{GUEST_BAND} was not lent")

    async def comes(self, number: str) -> None:
        """As ``Hall``: who can't hear comes when they have felt it."""
        if number == self._number and self.lent:
            await self._within(self._noticed, f"nobody felt the call on {GUEST_BAND}")

    async def finish(self) -> None:
        """Wait until the band is back, if it was lent."""
        if self.lent:
            await self._within(self._back, f"{GUEST_BAND} was not given back")
        for task in self._doing:
            task.cancel()
        await asyncio.gather(*self._doing, return_exceptions=True)

    async def _within(self, event: asyncio.Event, otherwise: str) -> None:
        try:
            async with asyncio.timeout(COMES_WITHIN_S):
                await event.wait()
        except TimeoutError:
            self._said("refused", otherwise, self._number)

    async def _lend(self, number: str, ticket: str) -> None:
        if await self._call("POST", f"/v1/branches/{BRANCH}/lendings", {"device": GUEST_BAND, "ticket": ticket}):
            self.lent += 1
            self._has_it.set()
            self._said("lent", f"does not hear: is lent {GUEST_BAND}", number)

    async def _heed(self) -> None:
        await asyncio.sleep(HEEDS_AFTER_S)
        try:
            await self._branch.tell(GUEST_BAND, {"do": "notice"})
        except DemoError as error:
            self._said("refused", str(error), self._number)

    async def _give_back(self) -> None:
        if await self._call("DELETE", f"/v1/branches/{BRANCH}/lendings/{GUEST_BAND}"):
            self._said("returned", f"gives {GUEST_BAND} back", self._number)

    async def _call(self, method: str, path: str, body: object = None) -> bool:
        assert self._client is not None
        try:
            await asyncio.to_thread(self._client.call, method, path, body)
        except click.ClickException as error:
            self._said("refused", error.message, self._number)
            return False
        return True

    def _do(self, what: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(what)
        self._doing.add(task)
        task.add_done_callback(self._doing.discard)
