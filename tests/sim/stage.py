"""What all players share: the world, time, chance, the broker, the trace, and where a broken invariant is reported."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from device_agent.agent import DeviceAgent
from device_agent.haptics import Alert, Alerter
from hub.bootstrap import Hub
from kiosk.agent import IssuedTicket, KioskAgent
from models.registry import ModelStore
from runtime.agent.mailbox import Mailbox
from runtime.bus import Outgoing, Received
from runtime.bus.memory import MemoryBroker
from tests.sim.mortality import Killed, MortalStorage
from tests.sim.trace import Trace
from tests.sim.world import World, chance_of
from tests.virtual_time import START, LoopClock

if TYPE_CHECKING:
    from tests.sim.processes import KioskProcess, WristProcess

MOST_VIOLATIONS = 20


def as_it_is(alerter: Alerter) -> Alerter:
    """The alerter without sabotage."""
    return alerter


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The real parts; a test of the simulation itself puts in broken ones."""

    hub: type[Hub] = Hub
    wrist: type[DeviceAgent] = DeviceAgent
    kiosk: type[KioskAgent] = KioskAgent
    mailbox: type[Mailbox] = Mailbox
    storage: type[MortalStorage] = MortalStorage
    models: type[ModelStore] = ModelStore
    alerter: Callable[[Alerter], Alerter] = as_it_is


@dataclass(frozen=True)
class Violation:
    """A broken invariant: which, when (virtual seconds), and what was seen."""

    invariant: str
    at_s: float
    detail: str

    def __str__(self) -> str:
        return f"{self.invariant} at {self.at_s:.3f} s: {self.detail}"


class Watcher(Protocol):
    """Who looks at every step."""

    def hub_heard(self, received: Received) -> None:
        """A message reached the hub's process."""
        ...

    def hub_worked(self, outgoing: Sequence[Outgoing]) -> None:
        """The hub's writer did one piece of work; this is what it will say."""
        ...

    def hub_died(self) -> None:
        """The hub is dead, its open transaction rolled back."""
        ...

    def wrist_stepped(self, wrist: WristProcess) -> None:
        """A wearable took a message in, or its advisor did something."""
        ...

    def acted(self, wrist: WristProcess, message_id: str) -> None:
        """A wearable promised its advisor to deliver this message."""
        ...

    def felt(self, wrist: WristProcess, alert: Alert) -> None:
        """A wrist buzzed."""
        ...

    def issued(self, kiosk: KioskProcess, ticket: IssuedTicket, customer: str | None, business: str) -> None:
        """A kiosk gave a number to a customer."""
        ...


@dataclass
class Stage:
    """One run."""

    world: World
    parts: Parts
    loop: asyncio.AbstractEventLoop
    broker: MemoryBroker
    trace: Trace = field(default_factory=Trace)
    violations: list[Violation] = field(default_factory=list)
    failed: asyncio.Event = field(default_factory=asyncio.Event)
    counts: Counter[str] = field(default_factory=Counter)
    places: dict[str, list[str]] = field(default_factory=dict)
    active: bool = True

    watch: Watcher = field(init=False)

    def goes_on(self) -> bool:
        """Whether people still come and do things."""
        return self.active

    def chance(self, *name: str) -> random.Random:
        """A stream of chance of its own."""
        return chance_of(self.world.seed, *name)

    def clock(self, wrong_by_s: float = 0.0) -> LoopClock:
        """Virtual time, as a clock that is wrong shows it."""
        return LoopClock(self.loop, wrong_by=timedelta(seconds=wrong_by_s))

    @property
    def now(self) -> datetime:
        """The true time."""
        return START + timedelta(seconds=self.loop.time())

    def note(self, who: str, what: str, payload: bytes = b"") -> None:
        """A line of the trace."""
        self.trace.note(self.loop.time(), who, what, payload)

    def violate(self, invariant: str, detail: str) -> None:
        """An invariant is broken: the run ends."""
        if len(self.violations) < MOST_VIOLATIONS:
            violation = Violation(invariant, self.loop.time(), detail)
            self.violations.append(violation)
            self.note("VIOLATION", f"{invariant}: {detail}")
        self.failed.set()

    def on_loop_exception(self, _loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        """A callback or a task that nobody waits for raised something: only death may do that."""
        error = context.get("exception")
        if isinstance(error, BaseException) and only_killed(error):
            return
        self.violate("no process fails", f"{context.get('message')}: {error!r}")


def only_killed(error: BaseException) -> bool:
    """Whether this is death alone."""
    if isinstance(error, BaseExceptionGroup):
        return all(only_killed(inner) for inner in error.exceptions)
    return isinstance(error, Killed)


_TYPE = re.compile(rb'"type":"([a-z._0-9]+)"')


def type_in(payload: bytes) -> str:
    """The message type in an encoded envelope, without decoding it."""
    found = _TYPE.search(payload)
    return found[1].decode() if found else "?"
