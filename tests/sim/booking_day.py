"""A hub and two kiosks of a branch, all real, on a virtual morning: bookings come and change while messages are lost,
repeated and reordered, the hub is out of reach for a while, and kiosks start anew."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from contracts.booking_code import BookingCode, read_booking, write_booking
from contracts.bookings import BookedVisit, digest_of
from contracts.fields import DeviceKind
from contracts.lobby import LobbyTold
from hub.fleet import Registry
from hub.kernel import Device
from hub.lobby.bookings.model import Booking
from hub.lobby.bookings.service import NamedBooking
from hub.lobby.model import Ticket
from hub.lobby.store import of_day
from hub.storage import UnitOfWork
from kiosk.agent import IssuedTicket, KioskAgent
from kiosk.bookings import Bookings
from kiosk.bootstrap import check_in
from kiosk.core.taking import Business, Catalogue
from kiosk.script import CheckIn
from runtime.agent.link import LinkSettings, link_bus_settings
from runtime.agent.mailbox import Mailbox
from runtime.bus.memory import Faults, MemoryBroker
from runtime.ids import SeededIds
from tests.unit.hub.rig import Rig
from tests.virtual_time import START, LoopClock, pass_time

KIOSKS = ("kiosk-main", "kiosk-main-2")
HUB = "HUB"
BUSINESSES = ("advice", "loan", "cash")
MORNING_S = 600.0
ROUGH = Faults(delay_s=(0.01, 6.0), drop=0.25, duplicate=0.2, reorder=0.3)
TODAY = START.date()
LINK = LinkSettings(keepalive_s=30)


class Stand:
    """One kiosk through all its lives; ``agent`` is of the present one."""

    def __init__(self, day: BookingDay, name: str) -> None:
        self._day = day
        self.name = name
        self.lives = 0
        self.issued: list[IssuedTicket] = []
        self._task: asyncio.Task[None] | None = None
        self.mailbox: Mailbox | None = None
        self.start()

    def start(self) -> None:
        """Begin a life, with what the one before left on the disk."""
        self.lives += 1
        day = self._day
        self.mailbox = Mailbox.open(day.folder / f"{self.name}.sqlite")
        chance = random.Random(f"{self.name}/{self.lives}/{day.seed}")
        self.bookings = Bookings(chance=chance)
        self.agent = KioskAgent(
            device=self.name,
            branch="main",
            series="AB"[KIOSKS.index(self.name)],
            version="sim",
            bus=day.broker.bus(link_bus_settings("mqtt://memory", self.name, 30)),
            mailbox=self.mailbox,
            clock=day.clock,
            ids=SeededIds(f"{self.name}-{self.lives}", day.seed),
            catalogue=Catalogue(Business(code=code) for code in BUSINESSES),
            zone=START.tzinfo,
            settings=LINK,
            chance=chance,
            bookings=self.bookings,
        )
        self._task = asyncio.ensure_future(self.agent.run())

    async def stop(self) -> None:
        """End the life."""
        assert self._task is not None
        assert self.mailbox is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self.mailbox.close()

    def known(self, references: list[str]) -> dict[str, BookedVisit]:
        """What it holds of today and tomorrow."""
        held = [held for one in references for held in self.bookings.find(ref=f"c-{one}")]
        return {f"{one.day}/{one.visit.booking}": one.visit for one in held}


class BookingDay:
    """The play of one seed."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.seed = seed
        self.folder = folder
        self.clock = LoopClock(asyncio.get_running_loop())
        self.chance = random.Random(f"bookings/{seed}")
        self.broker = MemoryBroker(faults=ROUGH, chance=random.Random(f"network/{seed}"))
        self.rig = Rig(f"sqlite:///{folder / 'hub.sqlite'}", clock=self.clock, broker=self.broker, run=seed)  # type: ignore[arg-type]  # nobody advances it by hand
        second = Device(name=KIOSKS[1], kind=DeviceKind.KIOSK, branch="main")
        self.rig.hub.engine.run(lambda unit: self.rig.hub.fleet.provision(unit, Registry(devices=(second,))))
        self.references = [f"B-{number}" for number in range(8)]
        self.codes = {one: write_booking(self.chance.randbytes(17), None) for one in self.references}
        self.stands = [Stand(self, name) for name in KIOSKS]
        self.counts: Counter[str] = Counter()
        self.checked: dict[str, list[str]] = {one: [] for one in self.references}

    async def tell(self) -> None:
        """What the hub's teller does, now and then; some of it is lost."""
        while True:
            await self.rig.hub.server.transact(self._tell)
            await pass_time(5.0)

    async def play(self) -> None:
        """The morning."""
        end = self.clock.monotonic() + MORNING_S
        while self.clock.monotonic() < end:
            await pass_time(self.chance.expovariate(0.3))
            match self.chance.choices(("book", "cancel", "come", "restart", "away"), (6, 1, 8, 1, 0.5))[0]:
                case "book":
                    await self._book()
                case "cancel":
                    one = self.chance.choice(self.references)
                    await self.rig.hub.server.transact(
                        lambda unit, one=one: self.rig.hub.lobby.bookings.cancel(unit, "main", one)  # type: ignore[misc]  # a default binds the loop's value
                    )
                case "come":
                    self._come(self.chance.choice(self.stands))
                case "restart":
                    stand = self.chance.choice(self.stands)
                    await stand.stop()
                    stand.start()
                    self.counts["restarts"] += 1
                case _:
                    self.broker.cut(HUB)
                    self.broker.partitioned.add(HUB)
                    for _ in range(3):
                        await pass_time(self.chance.uniform(1, 12))
                        self._come(self.chance.choice(self.stands))
                    self.broker.partitioned.discard(HUB)
                    self.counts["away"] += 1

    async def settle(self) -> None:
        """The network holds: what was said arrives."""
        self.broker.faults = Faults()
        await pass_time(240.0)
        for stand in self.stands:
            await stand.agent.drain(120.0)
        await pass_time(30.0)

    def bookings(self) -> list[Booking]:
        """What the hub has of today and tomorrow."""
        main, service = self.rig.hub.directory.branches["main"], self.rig.hub.lobby.bookings
        days = (TODAY, TODAY + timedelta(days=1))
        return self.rig.hub.engine.run(lambda unit: [one for day in days for one in service.of_day(unit, main, day)])[0]

    def tickets(self) -> list[Ticket]:
        """What the hub has of the kiosks' numbers."""
        return self.rig.hub.engine.run(lambda unit: of_day(unit, "main", TODAY))[0]

    async def end(self) -> None:
        """End all."""
        for stand in self.stands:
            await stand.stop()
        self.rig.close()

    def _tell(self, unit: UnitOfWork) -> None:
        bookings = self.rig.hub.lobby.bookings
        bookings.settle(unit, "main")
        marks = bookings.marks(unit, "main")
        for kiosk in KIOSKS:
            unit.say(kiosk, LobbyTold(at=unit.now, classes=(), bookings=marks))

    async def _book(self) -> None:
        one, main = self.chance.choice(self.references), self.rig.hub.directory.branches["main"]
        read = read_booking(self.codes[one], None)
        assert isinstance(read, BookingCode)
        minutes = self.chance.choice((0, 5, 10, 20, 60, 24 * 60))
        given = NamedBooking(
            reference=one,
            start=self.clock.now() + timedelta(minutes=minutes),
            businesses=(self.chance.choice(BUSINESSES),),
            code=digest_of(read.code),
            customer=f"c-{one}",
        )
        await self.rig.hub.server.transact(lambda unit: self.rig.hub.lobby.bookings.take_in(unit, main, [given]))

    def _come(self, stand: Stand) -> None:
        one = self.chance.choice(self.references)
        before = stand.mailbox.depth() if stand.mailbox is not None else 0
        refused = check_in(stand.agent, CheckIn(code=self.codes[one]))
        if refused is None:
            assert stand.mailbox is not None
            assert stand.mailbox.depth() == before + 1
            self.checked[one].append(stand.name)
            self.counts["online" if stand.agent.link.online else "offline"] += 1
        else:
            self.counts[refused.detail] += 1


@asynccontextmanager
async def booking_day(seed: int, folder: Path) -> AsyncIterator[BookingDay]:
    """A play, with its hub running."""
    day = BookingDay(seed, folder)
    running = [asyncio.ensure_future(day.rig.hub.server.run()), asyncio.ensure_future(day.tell())]
    try:
        yield day
    finally:
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await day.end()
