"""A hub and a lent band, both real, whose messages a seed loses, repeats and reorders, and both of which it kills."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from contracts import topics
from contracts.fields import DeviceKind
from contracts.lending import LentStage
from contracts.session import DeviceReported
from device_agent.agent import DeviceAgent
from device_agent.events import AnyEvent, Journal, Noticed, Summoned
from device_agent.haptics import Recorder, Tape
from hub.fleet import Registry
from hub.kernel import Device
from hub.lobby import AnyEvent as QueueEvent
from hub.lobby import Called, Changed, CounterMove, Lending, Move, Place, Stage, Turned
from runtime.agent.link import link_bus_settings
from runtime.agent.mailbox import Mailbox
from runtime.agent.sqlite import Database
from runtime.bus import Outgoing, Received
from runtime.bus.memory import MemoryBroker
from runtime.ids import SeededIds
from tests.sim.mortality import CrashPoints, Killed, MortalConnection
from tests.unit.hub.rig import HandClock, Rig

BAND = "band-guest"
NUMBERS = ("A001", "A002", "A003")
MOVES: dict[Stage, tuple[Move, ...]] = {
    Stage.WAITING: (*[Move.CALL] * 8, Move.PARK, Move.LEAVE),
    Stage.HELD: (Move.CALL, Move.RESUME),
    Stage.PARKED: (Move.CALL, Move.UNPARK),
    Stage.CALLED: (*[Move.RECALL] * 6, Move.START, Move.MISS, Move.PARK),
    Stage.SERVING: (Move.FINISH, Move.PARK),
    Stage.SERVED: (Move.REJOIN,),
    Stage.LEFT: (Move.REJOIN,),
    Stage.NO_SHOW: (Move.REJOIN,),
}
"""What staff and customers do to a ticket in each place; of one that was served the hub refuses it."""

MOST_STATEMENTS = 25
"""A band that is to die does so within so many statements of its store."""


class BandTimers:
    """Timers of one life of the band, on the hub's clock."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock
        self._waiting: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def later(self, delay_s: float, call: Callable[[], None]) -> Callable[[], None]:
        """As the port says."""
        self._count += 1
        entry = (self._clock.monotonic() + delay_s, self._count, call)
        self._waiting.append(entry)
        return lambda: self._waiting.remove(entry) if entry in self._waiting else None

    def pass_s(self, seconds: float) -> None:
        """So much time passes; what is due on the way is called at its time."""
        end = self._clock.monotonic() + seconds
        while due := [entry for entry in self._waiting if entry[0] <= end]:
            entry = min(due)
            self._waiting.remove(entry)
            self._clock.advance(max(0.0, entry[0] - self._clock.monotonic()))
            entry[2]()
        self._clock.advance(max(0.0, end - self._clock.monotonic()))


class LentBand:
    """The branch ``main`` with one band. ``violations``: what must never be and was; ``made``: how often
    the customer of each lending was called; ``felt``: how often which call was felt, ``felt_again`` after a death."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.chance = random.Random(f"lent/{seed}")
        self.violations: list[str] = []
        self.felt: Counter[tuple[str, int]] = Counter()
        self.felt_again: Counter[tuple[str, int]] = Counter()
        self.tapped: set[tuple[str, int]] = set()
        self.made: Counter[str] = Counter()
        self.deaths = 0
        self._folder = folder
        self._runs = 0
        self._lives = 0
        self._heard: dict[str, int] = {}
        self._down: list[Outgoing] = []
        self._loop = asyncio.new_event_loop()
        self._connection: sqlite3.Connection | None = None
        self.rig = self._start_hub()
        self.tickets = [self._take(number) for number in NUMBERS]
        self._act(lambda at: Turned(at=at, counter="1", move=CounterMove.OPEN))
        self.agent = self._start_band()

    # What may happen

    def step(self) -> None:
        """One thing happens, as the seed wills."""
        things: tuple[tuple[int, Callable[[], None]], ...] = (
            (5, self._staff),
            (16, self._network),
            (3, lambda: self.report(exact=False)),
            (1, lambda: self.report(exact=True)),
            (1, self._customer),
            (2, self._send),
            (4, self._time),
            (2, self._kill_band),
            (1, self._kill_hub),
        )
        weights = [weight for weight, _ in things]
        self._mortally(self.chance.choices([thing for _, thing in things], weights)[0])

    def settle(self) -> None:
        """The network holds, nobody dies: everything that was said is heard, and what was lost is told again."""
        self._points.die_at(None)
        for _ in range(3):
            self.report(exact=True)
            self._deliver_all()
            while (letter := self._mailbox.head()) is not None:
                self._hub_hears(Received(letter.topic, letter.payload))
                self._deliver_all()

    @property
    def lending(self) -> Lending | None:
        """To whom the hub has lent it."""
        return next(
            (card.lending for card in self.rig.run(lambda unit: self.rig.hub.lending.shelf(unit, "main"))[0]), None
        )

    def stored(self) -> bytes:
        """Every byte of the band's store."""
        assert self._connection is not None
        self._connection.execute("pragma wal_checkpoint(truncate)")
        return (self._folder / "band.sqlite").read_bytes()

    def close(self) -> None:
        """End both."""
        self._loop.close()
        if self._connection is not None:
            self._connection.close()
        self.rig.close()

    def lend(self, ticket: str) -> None:
        """Lend the band, if it may be."""
        self._publish(
            lambda: self.rig.hub.engine.run(lambda unit: self.rig.hub.lending.lend(unit, "main", ticket, BAND))
        )

    def take_back(self) -> None:
        """Take it back, if it is lent."""
        self._publish(lambda: self.rig.hub.engine.run(lambda unit: self.rig.hub.lending.take_back(unit, "main", BAND)))

    def report(self, *, exact: bool) -> None:
        """The band reports where it stands; after a reconnect nothing of before is still under way."""
        if exact:
            self._down.clear()
            self.agent.link.on_disconnected("sim")
            self.agent.link.on_connected()
        report = DeviceReported(
            kind=DeviceKind.BAND, agent_version="sim", position=self._mailbox.position(), exact=exact
        )
        self._hub_hears(self.rig.letter(BAND, report))

    def act(self, ticket: str, move: Move) -> None:
        """Something happens to a ticket, if it may."""
        lending = self.lending
        if move is Move.CALL:
            done = self._act(lambda at: Called(at=at, counter="1", ticket=ticket))
        else:
            done = self._act(lambda at: Changed(at=at, ticket=ticket, move=move))
        if lending is not None and lending.ticket == ticket and move in {Move.CALL, Move.RECALL}:
            self.made[lending.id] += isinstance(done, Place)

    def stage(self, ticket: str) -> Stage:
        """Where a ticket is."""
        day = self.rig.run(lambda unit: self.rig.hub.queues.today(unit, "main"))[0]
        assert day is not None
        place = day.queue.place(ticket)
        assert place is not None
        return place.stage

    def _staff(self) -> None:
        ticket = self.chance.choice(self.tickets)
        lending = self.lending
        if lending is None:
            self.lend(ticket)
        elif self.chance.random() < (0.3 if self.stage(lending.ticket) in {Stage.SERVED, Stage.LEFT} else 0.03):
            self.take_back()
        else:
            of_band = lending.ticket if self.chance.random() < 0.8 else ticket
            self.act(of_band, self.chance.choice(MOVES[self.stage(of_band)]))

    def _network(self) -> None:
        if self._down:
            message = self._down[self.chance.randrange(min(3, len(self._down)))]
            fate = self.chance.random()
            if fate > 0.15:
                self._arrives(message)
            if fate < 0.85:  # else it comes once more
                self._down.remove(message)

    def _customer(self) -> None:
        if self.agent.state.lent is not None and self.agent.state.lent.calls:
            self.agent.notice_call()

    def _send(self) -> None:
        letter = self._mailbox.head()
        if letter is not None:
            self._hub_hears(Received(letter.topic, letter.payload))

    def _time(self) -> None:
        seconds = self.chance.choice((0.1, 1.0, 5.0, 30.0))
        self._timers.pass_s(seconds)
        if self.chance.random() < 0.5:
            self._publish(lambda: self.rig.hub.engine.run(lambda unit: self.rig.hub.lending.tell(unit, "main")))

    def _kill_band(self) -> None:
        self._points.die_at(self.chance.randint(1, MOST_STATEMENTS))

    def _kill_hub(self) -> None:
        self.rig.close()
        self._down.clear()
        self.rig = self._start_hub()

    # The wires

    def _mortally(self, thing: Callable[[], None]) -> None:
        try:
            thing()
        except Killed:
            self.deaths += 1
            self.agent = self._start_band()
            self.report(exact=True)

    def _publish(self, work: Callable[[], tuple[object, list[Outgoing]]]) -> object:
        done, outgoing = work()
        self._down += [one for one in outgoing if one.topic == topics.down(BAND)]
        return done

    def _act(self, event: Callable[[float], QueueEvent]) -> object:
        def job() -> tuple[object, list[Outgoing]]:
            return self.rig.hub.engine.run(
                lambda unit: self.rig.hub.lobby.act(unit, "main", event(unit.now.timestamp()))
            )

        return self._publish(job)

    def _hub_hears(self, letter: Received) -> None:
        self._down += [one for one in self.rig.hub.engine.process([letter]) if one.topic == topics.down(BAND)]

    def _deliver_all(self) -> None:
        while self._down:
            self._arrives(self._down.pop(0))

    def _arrives(self, message: Outgoing) -> None:
        async def arrive() -> None:
            self.agent.link.on_message(Received(message.topic, message.payload))

        self._loop.run_until_complete(arrive())

    def _take(self, number: str) -> str:
        ticket = self.rig.ticket("kiosk-main", number)
        self.rig.accept("kiosk-main", ticket)
        return ticket.ticket

    # The processes

    def _start_hub(self) -> Rig:
        self._runs += 1
        clock = None if self._runs == 1 else self.rig.clock
        rig = Rig(f"sqlite:///{self._folder / 'hub.sqlite'}", clock=clock, run=self._runs, migrate=self._runs == 1)
        band = Device(name=BAND, kind=DeviceKind.BAND, branch="main")
        rig.run(lambda unit: rig.hub.fleet.provision(unit, Registry(devices=(band,))))
        return rig

    def _start_band(self) -> DeviceAgent:
        self._lives += 1
        self._down.clear()
        if self._connection is not None:
            self._connection.close()
        self._points = CrashPoints(lambda _place: None)
        connection = sqlite3.connect(self._folder / "band.sqlite", isolation_level=None, factory=MortalConnection)
        connection.execute("pragma journal_mode=wal")
        connection.execute("pragma synchronous=off")
        connection.execute("pragma secure_delete=on")
        self._connection = connection
        clock = self.rig.clock
        journal = Journal(clock)
        self.tape = Tape(clock.monotonic)
        self._timers = BandTimers(clock)
        self._mailbox = Mailbox(Database(connection))
        agent = DeviceAgent(
            device=BAND,
            kind=DeviceKind.BAND,
            version="sim",
            bus=MemoryBroker().bus(link_bus_settings("mqtt://memory", BAND, 60)),
            mailbox=self._mailbox,
            clock=clock,
            ids=SeededIds(f"band{self._lives}", 0),
            alerter=Recorder(journal.emit),
            journal=journal,
            timers=self._timers,
            motor=self.tape.motor,
        )
        journal.subscribe(self._happened)
        agent.link.on_connected()
        self.agent = agent
        connection.points = self._points
        return agent

    def _happened(self, event: AnyEvent) -> None:
        record = self.agent.state.lent
        lent = None if record is None else record.lent
        if isinstance(event, Noticed) and lent is not None:
            self.tapped.add((lent.lending, event.call))
        if not isinstance(event, Summoned):
            return
        if lent is None or lent.stage is not LentStage.CALLED or lent.call != event.call:
            self.violations.append(f"{event} although the band knows {lent}")
            return
        key = (lent.lending, event.call)
        if key in self.tapped:
            self.violations.append(f"{event} although it was tapped")
        if event.call < self._heard.get(lent.lending, 0):
            self.violations.append(f"{event} after a later call")
        self._heard[lent.lending] = event.call
        (self.felt_again if event.again else self.felt)[key] += 1
        if self.felt[key] > 1 or self.felt_again[key] > self.deaths:
            self.violations.append(f"{event} once more")
        if not self.tape.commands or self.tape.commands[-1].stop:
            self.violations.append(f"{event} and the motor stands still")
