"""A branch on a morning, in a hub that serves its pages on a free loopback port, and what its people do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.resources import as_file, files

import msgspec
from aiohttp import web

from contracts import Refusal
from contracts.fields import AccessNeed, Language
from hub.config import HubConfig
from hub.console.site import pages_of
from hub.console.voice import Voice
from hub.lobby import (
    AnyEvent,
    Called,
    Changed,
    CounterMove,
    CounterPlace,
    LobbyConfig,
    Move,
    PhoneWish,
    Place,
    Turned,
)
from hub.lobby.phone import Phones
from hub.web.app import application
from tests.unit.hub.rig import Rig

TOKEN = "a-token-for-this-test"
FOLLOW = "Zm9sbG93LW1lLXBsZWFzZQ"


class Branch:
    """The branch ``main`` of a rig whose hub serves at ``url``."""

    def __init__(self, rig: Rig, url: str) -> None:
        self.rig = rig
        self.url = url

    def take(
        self,
        number: str,
        business: str = "advice",
        *,
        language: Language = Language.EN,
        needs: tuple[AccessNeed, ...] = (),
        follow: str | None = None,
    ) -> str:
        """A customer takes a ticket; its id."""
        ticket = self.rig.ticket("kiosk-main", number, business=business, needs=needs)
        ticket = msgspec.structs.replace(ticket, language=language)
        if follow is not None:
            ticket = msgspec.structs.replace(ticket, follow=follow)
        self.rig.accept("kiosk-main", ticket)
        return ticket.ticket

    def act(self, event: Callable[[float], AnyEvent]) -> Place | CounterPlace | Refusal | None:
        """Somebody does something, as if at another counter's page."""
        return self.rig.run(lambda unit: self.rig.hub.lobby.act(unit, "main", event(unit.now.timestamp())))[0]

    def open(self, *counters: str) -> None:
        """Open counters."""
        for counter in counters:
            opened = self.act(lambda at, counter=counter: Turned(at=at, counter=counter, move=CounterMove.OPEN))  # type: ignore[misc]  # a default binds the loop's value
            assert isinstance(opened, CounterPlace), opened

    def call(self, counter: str, ticket: str | None = None) -> Place:
        """A counter calls its next."""
        called = self.act(lambda at: Called(at=at, counter=counter, ticket=ticket))
        assert isinstance(called, Place), called
        return called

    def move(self, ticket: str, move: Move) -> Place:
        """Something happens to a ticket."""
        place = self.act(lambda at: Changed(at=at, ticket=ticket, move=move))
        assert isinstance(place, Place), place
        return place

    def wish_for_time(self, code: str, minutes: float) -> None:
        """The customer whose ticket has this code asks for more time, on another phone."""
        phones, wish = Phones(self.rig.hub.lobby), PhoneWish(move=Move.DEFER, minutes=minutes)
        done = self.rig.run(lambda unit: phones.wish(unit, "main", code, wish))[0]
        assert isinstance(done, Place), done

    def stage(self, ticket: str) -> str:
        """Where a ticket is."""
        day = self.rig.run(lambda unit: self.rig.hub.queues.today(unit, "main"))[0]
        place = None if day is None else day.queue.place(ticket)
        return "" if place is None else place.stage.value

    def morning(self) -> dict[str, str]:
        """An ordinary morning: customers of all classes and languages, counters that work; tickets by number."""
        tickets = {}
        self.open("1", "2", "3", "4")
        for number, business, language, needs in (
            ("A001", "cash", Language.EN, ()),
            ("B001", "account", Language.ZH, ()),
            ("C001", "advice", Language.KO, ()),
            ("A002", "cash", Language.ZH, ()),
            ("B002", "account", Language.EN, (AccessNeed.SEAT,)),
            ("A003", "cash", Language.EN, ()),
            ("D001", "loan", Language.KO, ()),
            ("B003", "account", Language.EN, (AccessNeed.HEARING,)),
            ("C002", "savings", Language.ZH, ()),
            ("A004", "cash", Language.KO, ()),
        ):
            tickets[number] = self.take(number, business, language=language, needs=needs)
            self.rig.clock.advance(70)
        for counter in ("1", "2", "4"):
            self.move(self.call(counter).ticket, Move.START)
            self.rig.clock.advance(95)
        self.call("3")
        self.move(tickets["A003"], Move.PARK)
        self.rig.clock.advance(5)
        return tickets


def branch_config() -> HubConfig:
    """The sample branch's rules, everywhere."""
    with as_file(files("hub.lobby.queue").joinpath("sample.toml")) as rules:
        return HubConfig(lobby=LobbyConfig(default_rules=str(rules)))


@asynccontextmanager
async def serving(rig: Rig, voice: Voice | None = None, port: int = 0) -> AsyncIterator[Branch]:
    """The rig's hub, serving its pages and its API; ``port`` 0: a free one."""
    running = asyncio.ensure_future(rig.hub.server.run())
    site = pages_of(rig.hub.counters, token=TOKEN, clock=rig.clock, voice=voice or Voice(None))
    runner = web.AppRunner(application(rig.hub.routes, token=TOKEN, pages=(), sites=(site,)), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        host, taken = runner.addresses[0][:2]
        yield Branch(rig, f"http://{host}:{taken}")
    finally:
        await runner.cleanup()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
