"""One agent and one hub on a hand-carried wire: the test decides what is delivered, lost, repeated, killed."""

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from contracts import decode
from contracts.envelope import Envelope
from contracts.fields import DeviceKind, Language
from contracts.session import DeviceReported
from device_agent.agent import DeviceAgent
from device_agent.conditions import Scripted
from device_agent.core.alerts import Channel
from device_agent.core.hearing import Ear
from device_agent.events import AnyEvent, Journal
from device_agent.haptics import Alert, Alerter, ChannelAlerter, Recorder, SpeakersTurns, Spoken, Tape
from runtime.agent.link import link_bus_settings
from runtime.agent.mailbox import Mailbox
from runtime.agent.sqlite import Database
from runtime.bus import Outgoing, Received
from runtime.bus.memory import MemoryBroker
from runtime.ids import SeededIds
from tests.unit.device_agent.fakehub import START, FakeHub, HandClock

DEVICE = "watch-1"


class Killed(BaseException):
    """The process is dead from here on."""


class MortalConnection(sqlite3.Connection):
    """Dies before statement number ``dies_at`` and never answers again."""

    dies_at: int | None = None
    statements = 0

    def execute(self, *arguments) -> sqlite3.Cursor:  # type: ignore[no-untyped-def]
        self.count()
        return super().execute(*arguments)

    def executemany(self, *arguments) -> sqlite3.Cursor:  # type: ignore[no-untyped-def]
        self.count()
        return super().executemany(*arguments)

    def count(self) -> None:
        self.statements += 1
        if self.dies_at is not None and self.statements >= self.dies_at:
            raise Killed


class Motor:
    """The wrist's motor: outlives the process, and may be the last thing the process moves."""

    def __init__(self) -> None:
        self.felt: list[str] = []
        self.felt_channels: list[tuple[Channel, ...]] = []
        self.monotonic: Callable[[], float] = lambda: 0.0
        self.wrongly: list[str] = []
        self.is_open: Callable[[str], bool] = lambda _task: True
        self.silenced: list[str] = []
        self.kill_before = False
        self.kill_after = False
        self.journal: Journal | None = None

    def alert(self, alert: Alert) -> float | None:
        if self.kill_before:
            raise Killed
        self.felt.append(alert.view.task)
        if not self.is_open(alert.view.task):
            self.wrongly.append(alert.view.task)
        self.felt_channels.append(alert.pattern.steps[0].channels)
        told = None
        if self.journal is not None:
            told = Recorder(self.journal.emit, self.monotonic).alert(alert)
        if self.kill_after:
            raise Killed
        return told

    def silence(self, task_id: str) -> None:
        self.silenced.append(task_id)


class HandTimers:
    """Timers that ring when a test says how much time passed."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock
        self._waiting: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def later(self, delay_s: float, call: Callable[[], None]) -> Callable[[], None]:
        self._count += 1
        entry = (self._clock.monotonic() + max(0.0, delay_s), self._count, call)
        self._waiting.append(entry)
        return lambda: self._waiting.remove(entry) if entry in self._waiting else None

    def pass_s(self, seconds: float) -> None:
        """So much time passes; what is due on the way is called at its time."""
        end = self._clock.at + timedelta(seconds=seconds)
        while due := [entry for entry in self._waiting if entry[0] <= (end - START).total_seconds()]:
            entry = min(due)
            self._waiting.remove(entry)
            self._clock.at = max(self._clock.at, START + timedelta(seconds=entry[0]))
            entry[2]()
        self._clock.at = end

    @property
    def waiting(self) -> int:
        """How many are yet to ring."""
        return len(self._waiting)


class Wrist:
    """The agent with its hub; ``wire`` is what the hub said and nobody has carried yet."""

    def __init__(self, path: Path | None = None, *, taped: bool = False, ear: Ear | None = None) -> None:
        """``taped``: the real alerter runs over a :class:`Tape`, in place of the motor that may kill."""
        self.clock = HandClock()
        self.tape = Tape(self.clock.monotonic) if taped else None
        self.voice = SpeakersTurns(self.tape.speaker) if self.tape is not None else None
        self.ear = ear
        self.wire: list[Outgoing] = []
        self.hub = FakeHub(self.clock, self.wire.append)
        self.motor = Motor()
        self.motor.monotonic = self.clock.monotonic
        self.events: list[AnyEvent] = []
        self.lives = 0
        self._loop = None if asyncio._get_running_loop() else asyncio.new_event_loop()
        self._path = path
        self._memory = sqlite3.connect(":memory:", isolation_level=None) if path is None else None
        self.connection: MortalConnection | None = None
        self.agent = self.start()

    def start(self, dies_at: int | None = None) -> DeviceAgent:
        """A new process on the same store; what was on its way to the old one is lost with its connection."""
        self.lives += 1
        self.wire.clear()
        if self._memory is not None:
            connection: sqlite3.Connection = self._memory
        else:
            assert self._path is not None
            if self.connection is not None:
                self.connection.close()
            self.connection = connection = sqlite3.connect(self._path, isolation_level=None, factory=MortalConnection)
            connection.execute("pragma journal_mode=wal")
            connection.execute("pragma synchronous=off")
            self.connection.dies_at = dies_at
        journal = Journal(self.clock)
        journal.subscribe(self.events.append)
        self.motor.journal = journal
        self.mailbox = Mailbox(Database(connection))
        self.timers = HandTimers(self.clock)
        self.sensors = Scripted()
        self.agent = DeviceAgent(
            device=DEVICE,
            kind=DeviceKind.WATCH,
            version="0",
            bus=MemoryBroker().bus(link_bus_settings("mqtt://127.0.0.1", DEVICE, 60)),
            mailbox=self.mailbox,
            clock=self.clock,
            ids=SeededIds(f"life{self.lives}", 0),
            alerter=self.motor if self.tape is None else self._alerter(self.tape, journal),
            journal=journal,
            sensors=self.sensors,
            speaker=self.voice.turn() if self.voice is not None else None,
            ear=self.ear,
            timers=self.timers,
        )
        return self.agent

    def _alerter(self, tape: Tape, journal: Journal) -> Alerter:
        return ChannelAlerter(
            motor=tape.motor,
            bell=tape.bell,
            speaker=self.voice.turn() if self.voice is not None else tape.speaker,
            wording=lambda view: Spoken(text=f"{view.number}, {view.business_name}", language=Language.EN),
            preferences=lambda: self.agent.state.preferences,
            emit=journal.emit,
            timers=self.timers,
            monotonic=self.clock.monotonic,
        )

    def carry(self, *, lose: bool = False, repeat: bool = False) -> None:
        """The next message of the wire reaches the agent, once, twice or never."""
        if self.wire:
            message = self.wire.pop(0)
            for _ in range(0 if lose else 2 if repeat else 1):
                self._arrive(Received(message.topic, message.payload))

    def _arrive(self, message: Received) -> None:
        if self._loop is None:
            self.agent.link.on_message(message)
            return

        async def arrive() -> None:
            self.agent.link.on_message(message)

        self._loop.run_until_complete(arrive())

    def carry_all(self) -> None:
        """The whole wire reaches the agent."""
        while self.wire:
            self.carry()

    def report(self) -> None:
        """A heartbeat of the agent reaches the hub."""
        report = DeviceReported(kind=DeviceKind.WATCH, agent_version="0", position=self.mailbox.position())
        self.hub.welcome(DEVICE, report)

    def reconnect(self) -> None:
        """What was on its way is lost with the connection; the agent reports anew, all is carried both ways."""
        self.wire.clear()
        self.agent.link.on_disconnected("test")
        self.agent.link.on_connected()
        self.report()
        self.carry_all()
        self.send_up()

    def send_up(self) -> None:
        """The outbox reaches the hub, each message until the hub has answered it."""
        for _ in range(1000):
            letter = self.mailbox.head()
            if letter is None:
                return
            self.hub.hear(Received(letter.topic, letter.payload))
            self.carry_all()
        raise AssertionError(f"the hub never answers; {self.mailbox.depth()} messages wait")

    def close(self) -> None:
        """Close whatever store is open."""
        if self._loop is not None:
            self._loop.close()
        for connection in (self._memory, self.connection):
            if connection is not None:
                connection.close()


def bound(wrist: Wrist) -> Wrist:
    """The wrist, online and bound to the branch north."""
    wrist.reconnect()
    wrist.hub.bind(DEVICE)
    wrist.carry_all()
    return wrist


def sent(wrist: Wrist) -> list[str]:
    """The types of the messages in the outbox."""
    rows = wrist.mailbox.database.conn.execute("select payload from outbox order by seq").fetchall()
    envelopes = [decode(row[0]) for row in rows]
    return [envelope.type for envelope in envelopes if isinstance(envelope, Envelope)]
