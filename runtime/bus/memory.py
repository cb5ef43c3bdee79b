"""A broker in memory with seeded faults: delay, loss, duplication, reordering, partition. For simulations and tests.

Without faults it behaves as an MQTT 3.1.1 broker does for clean sessions (tests/conformance holds it to that).
"""

import asyncio
import math
import random
from collections.abc import Sequence

import msgspec

from runtime.bus.port import BusListener, BusSettings, Outgoing, Received
from runtime.errors import BusUnavailable


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """What goes wrong on each hop: chances are per message (0 to 1), delays in seconds, uniform between the two."""

    delay_s: tuple[float, float] = (0.0, 0.0)
    drop: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0


def matches(topic_filter: str, topic: str) -> bool:
    """Whether an MQTT topic filter with ``+`` and ``#`` matches a topic (MQTT 3.1.1, 4.7; ``$`` topics: 4.7.2)."""
    wanted = topic_filter.split("/")
    levels = topic.split("/")
    if topic.startswith("$") and wanted[0] in ("+", "#"):
        return False
    for position, level in enumerate(wanted):
        if level == "#":
            return True
        if position >= len(levels) or level not in ("+", levels[position]):
            return False
    return len(wanted) == len(levels)


class MemoryBroker:
    """Holds retained messages and the live connections; ``faults`` and ``partitioned`` may be changed while it runs."""

    def __init__(self, *, faults: Faults | None = None, chance: random.Random | None = None) -> None:
        self.faults = faults or Faults()
        self.partitioned: set[str] = set()
        self.up = True
        self._chance = chance or random.Random(0)
        self._retained: dict[str, Outgoing] = {}
        self._links: dict[str, MemoryBus] = {}

    def bus(self, settings: BusSettings) -> "MemoryBus":
        """A new client of this broker."""
        return MemoryBus(self, settings)

    def cut(self, client_id: str, reason: str = "partition") -> None:
        """Break a client's connection, its last will is published; it stays away while it is in ``partitioned``."""
        link = self._links.pop(client_id, None)
        if link is not None:
            link.lose(reason)
            self._say_will(link)

    def stop(self) -> None:
        """The broker dies: all connections break, wills are not published, retained messages stay (on disk)."""
        self.up = False
        for client_id in list(self._links):
            self._links.pop(client_id).lose("broker down")

    def start(self) -> None:
        """The broker is back."""
        self.up = True

    def reachable(self, client_id: str) -> bool:
        """Whether this client could connect now."""
        return self.up and client_id not in self.partitioned

    def attach(self, link: "MemoryBus") -> None:
        """A client connects: a session of the same name is taken over; retained messages follow."""
        client_id = link.settings.client_id
        self.cut(client_id, "taken over")
        self._links[client_id] = link
        for message in list(self._retained.values()):
            if link.wants(message.topic):
                self._carry(link, Received(message.topic, message.payload, retained=True), message.qos)

    def detach(self, link: "MemoryBus", *, cleanly: bool) -> None:
        """A client leaves; the will is published unless it said goodbye."""
        if self._links.get(link.settings.client_id) is link:
            del self._links[link.settings.client_id]
            if not cleanly:
                self._say_will(link)

    def route(self, message: Outgoing) -> None:
        """A published message reaches the broker and goes to every subscriber."""
        if message.retain:
            if message.payload:
                self._retained[message.topic] = message
            else:
                self._retained.pop(message.topic, None)
        for link in list(self._links.values()):
            if link.wants(message.topic):
                self._carry(link, Received(message.topic, message.payload), message.qos)

    def hop_delays(self, last_due: float) -> list[float]:
        """When (loop time) each copy of a message arrives after one hop: none, one or two copies, in order or not."""
        faults = self.faults
        if self._chance.random() < faults.drop:
            return []
        copies = 2 if self._chance.random() < faults.duplicate else 1
        now = asyncio.get_running_loop().time()
        dues = []
        for _ in range(copies):
            due = now + self._chance.uniform(*faults.delay_s)
            if self._chance.random() >= faults.reorder:
                # Later by a hair: timers that are due at the same instant run in no particular order.
                due = max(due, math.nextafter(last_due, math.inf))
            dues.append(due)
        return dues

    def _carry(self, link: "MemoryBus", message: Received, _qos: int) -> None:
        loop = asyncio.get_running_loop()
        for due in self.hop_delays(link.last_due):
            link.last_due = max(link.last_due, due)
            loop.call_at(due, link.deliver, link.session, message)

    def _say_will(self, link: "MemoryBus") -> None:
        if link.settings.will is not None and self.up:
            self.route(link.settings.will)


class MemoryBus:
    """A :class:`~runtime.bus.port.Bus` on a :class:`MemoryBroker`."""

    def __init__(self, broker: MemoryBroker, settings: BusSettings) -> None:
        self.settings = settings
        self.session = 0
        self.last_due = 0.0
        self._last_up = 0.0
        self._broker = broker
        self._listener: BusListener | None = None
        self._lost: asyncio.Future[str] | None = None

    @property
    def connected(self) -> bool:
        return self._lost is not None and not self._lost.done()

    async def run(self, listener: BusListener) -> None:
        self._listener = listener
        while True:
            if not self._broker.reachable(self.settings.client_id):
                await asyncio.sleep(self.settings.backoff_first_s)
                continue
            self.session += 1
            self._lost = asyncio.get_running_loop().create_future()
            self._broker.attach(self)
            cleanly = False
            try:
                listener.on_connected()
                reason = await self._lost
            except asyncio.CancelledError:
                cleanly = True
                raise
            finally:
                self._lost = None
                self._broker.detach(self, cleanly=cleanly)
            listener.on_disconnected(reason)
            await asyncio.sleep(self.settings.backoff_first_s)

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        loop = asyncio.get_running_loop()
        session = self.session
        acked_at = 0.0
        for message in messages:
            if not self.connected:
                raise BusUnavailable(f"{self.settings.client_id} is not connected")
            for due in self._broker.hop_delays(self._last_up):
                self._last_up = max(self._last_up, due)
                loop.call_at(due, self._arrive, session, message)
                if message.qos:
                    acked_at = max(acked_at, due)
        if acked_at:
            acked = asyncio.Event()
            loop.call_at(math.nextafter(acked_at, math.inf), acked.set)
            await acked.wait()
            if not self.connected or session != self.session:
                raise BusUnavailable(
                    f"{self.settings.client_id} lost the connection before the broker's acknowledgement"
                )
        else:
            await asyncio.sleep(0)

    def reconnect(self, reason: str) -> None:
        if self.connected:
            self._broker.cut(self.settings.client_id, reason)

    def wants(self, topic: str) -> bool:
        """Whether a subscription matches."""
        return any(matches(s.filter, topic) for s in self.settings.subscriptions)

    def lose(self, reason: str) -> None:
        """The connection broke."""
        if self._lost is not None and not self._lost.done():
            self._lost.set_result(reason)

    def deliver(self, session: int, message: Received) -> None:
        """A message comes out of the network; one for an earlier session is gone with it."""
        if session == self.session and self.connected and self._listener is not None:
            self._listener.on_message(message)

    def _arrive(self, session: int, message: Outgoing) -> None:
        if session == self.session and self.connected:
            self._broker.route(message)
