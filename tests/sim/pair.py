"""One hub and one watch, both real, whose messages a test carries by hand: what is heard, and who knows of it when."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import timedelta

from contracts.fields import DeviceKind, Language
from contracts.session import DeviceReported
from contracts.visits import Plan
from device_agent.agent import DeviceAgent
from device_agent.core.hearing import Listener, Spoken
from device_agent.events import Journal
from models.talk.lexicon import Lexicon
from runtime.agent.link import link_bus_settings
from runtime.agent.mailbox import Mailbox
from runtime.agent.sqlite import Database
from runtime.bus import Outgoing, Received
from runtime.bus.memory import MemoryBroker
from runtime.ids import SeededIds
from tests.unit.device_agent.wrist import HandTimers, Motor
from tests.unit.hub.rig import HandClock, Rig

WATCH = "watch-ada"


class ScriptedEar:
    """An ear that hears what the test says."""

    available = True

    def __init__(self) -> None:
        self.did: list[str] = []
        self._listener: Listener | None = None

    def engine(self, language: Language) -> str:
        """Always something."""
        return f"test {language}"

    def listen(self, task_id: str, language: Language, listener: Listener) -> None:
        """Open."""
        self._listener = listener
        self.did.append(f"listens to {task_id}")

    def pause(self, paused: bool) -> None:
        """Close for a while."""
        self.did.append("pauses" if paused else "goes on")

    def stop(self) -> None:
        """Close."""
        self._listener = None
        self.did.append("stops")

    def says(self, spoken: Spoken) -> None:
        """Somebody said this."""
        assert self._listener is not None, "nobody listens"
        self._listener.segment(spoken)


class Pair:
    """The hub of the rig and Ada's watch. Messages move only in :meth:`exchange`."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.rig = Rig("sqlite://")
        self.ear = ScriptedEar()
        self.task = ""
        self._lexicon = lexicon
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        self._loop = asyncio.new_event_loop()
        self._lives = 0
        self._down: list[Outgoing] = []
        self._cut = False
        self._clock: HandClock = self.rig.clock
        self.agent = self._start()
        self._report()

    def claimed(self) -> str:
        """A customer has come, and Ada has taken them."""
        self.agent.bind("main")
        self.exchange()
        ticket = self.rig.ticket("kiosk-main", "A001", "c-ann")
        self._hub_takes(self.rig.letter("kiosk-main", ticket))
        (self.task,) = self.agent.state.book.tasks
        self.agent.claim(self.task)
        self.exchange()
        return self.task

    def exchange(self) -> None:
        """All that waits goes up, and what the hub says to it comes down."""
        while not self._cut and (letter := self._mailbox.head()) is not None:
            self._hub_takes(Received(letter.topic, letter.payload))

    def cut(self) -> None:
        """The hub is out of reach."""
        self._cut = True
        self.agent.link.on_disconnected("cut")

    def mend(self) -> None:
        """It is back: the watch reports, is told the whole state, and sends what waits."""
        self._cut = False
        self.agent.link.on_connected()
        self._report()
        self.exchange()

    def restart(self) -> None:
        """Kill -9 of the watch, and a new process on the same store."""
        self.ear = ScriptedEar()
        self.agent = self._start()

    def hubs_plan(self, task: str) -> Plan:
        """What the hub would tell the watch of the task just now."""
        parts, _ = self.rig.hub.engine.run(lambda unit: self.rig.hub.visits.snapshot(unit, WATCH))
        return next(view.plan for part in parts for view in part.tasks if view.task == task)

    def stored(self) -> bytes:
        """Every byte of the watch's store."""
        return self._connection.serialize()

    def close(self) -> None:
        """Close both."""
        self._loop.close()
        self._connection.close()
        self.rig.close()

    def _start(self) -> DeviceAgent:
        self._lives += 1
        self._mailbox = Mailbox(Database(self._connection))
        timers = HandTimers(self._clock)  # type: ignore[arg-type]  # another hand on the same kind of clock
        agent = DeviceAgent(
            device=WATCH,
            kind=DeviceKind.WATCH,
            version="pair",
            bus=MemoryBroker().bus(link_bus_settings("mqtt://memory", WATCH, 60)),
            mailbox=self._mailbox,
            clock=self._clock,
            ids=SeededIds(f"pair{self._lives}", 0),
            alerter=Motor(),
            journal=Journal(self._clock),
            timers=timers,
            ear=self.ear,
            lexicon=lambda: self._lexicon,
        )
        agent.link.on_connected()
        return agent

    def _report(self) -> None:
        report = DeviceReported(kind=DeviceKind.WATCH, agent_version="pair", position=self._mailbox.position())
        self._hub_takes(self.rig.letter(WATCH, report))

    def _hub_takes(self, letter: Received) -> None:
        """As the rig's other devices hear it too, only this one's is carried on."""
        for outgoing in self.rig.hub.engine.process([letter]):
            if outgoing.topic.startswith(f"devices/{WATCH}/"):
                self._loop.run_until_complete(self._arrive(outgoing))
        self._clock.advance(timedelta(milliseconds=5).total_seconds())

    async def _arrive(self, outgoing: Outgoing) -> None:
        self.agent.link.on_message(Received(outgoing.topic, outgoing.payload))
