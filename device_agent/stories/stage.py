"""The stage of a story: the real agent with its real mailbox, and a small hub, on a bus in memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from contracts import topics
from contracts.fields import DeviceKind, Language
from device_agent.agent import DeviceAgent
from device_agent.conditions import Scripted
from device_agent.core.preferences import Preferences
from device_agent.events import Alerted, AnyEvent, Journal, Silenced, Summoned
from device_agent.haptics import Recorder
from device_agent.stories.clock import StoryClock
from device_agent.stories.errors import StoryError
from device_agent.stories.hub import StoryHub
from device_agent.stories.story import Story
from runtime.agent.link import link_bus_settings
from runtime.agent.mailbox import Mailbox
from runtime.bus import BusSettings, Outgoing, Received, Subscription
from runtime.bus.memory import MemoryBroker
from runtime.ids import SeededIds

DEVICE = "watch-1"
QUICK_S = 0.01
"""Between two tries to connect."""

_HUB_BUS = BusSettings(
    url="mqtt://127.0.0.1",
    client_id="hub",
    subscriptions=(Subscription(topics.UP_FILTER, 1), Subscription(topics.STATE_FILTER, 1)),
    backoff_first_s=QUICK_S,
)


class Stage:
    """Agent and hub. ``felt``: the tasks for which the wrist was told to move, and not yet to stop;
    ``summoned``: the calls by which a customer was summoned who is lent the device, in their order."""

    def __init__(self, story: Story, *, kind: DeviceKind, mailbox: Mailbox, language: Language) -> None:
        self.clock = StoryClock(story.starts)
        self.felt: set[str] = set()
        self.summoned: list[int] = []
        self.fault: StoryError | None = None
        self._mailbox = mailbox
        self._broker = MemoryBroker()
        self._said: asyncio.Queue[Outgoing] = asyncio.Queue()
        self._hub_there = asyncio.Event()
        self._hub_bus = self._broker.bus(_HUB_BUS)
        self.hub = StoryHub(
            device=DEVICE,
            clock=self.clock,
            send=self._said.put_nowait,
            branches=story.branches,
            advisor=story.advisor,
            language=language,
        )
        if story.to_lend:
            self.hub.lent = None
        for customer in story.customers:
            self.hub.scores[customer.task] = customer.score
            if customer.pages is not None:
                self.hub.pages[customer.task] = customer.pages
        self.sensors = Scripted()
        self.journal = Journal(self.clock)
        self.journal.subscribe(self._notice)
        bus_settings = link_bus_settings("mqtt://127.0.0.1", DEVICE, 60)
        self.agent = DeviceAgent(
            device=DEVICE,
            kind=kind,
            version="story",
            bus=self._broker.bus(msgspec.structs.replace(bus_settings, backoff_first_s=QUICK_S)),
            mailbox=mailbox,
            clock=self.clock,
            ids=SeededIds("message", 1),
            alerter=Recorder(self.journal.emit),
            journal=self.journal,
            sensors=self.sensors,
        )
        if story.begun:
            self.agent.change(Preferences(begun=True, language=language))

    # What the bus tells the hub

    def on_connected(self) -> None:
        self._hub_there.set()

    def on_disconnected(self, reason: str) -> None:
        """The bus in memory never drops the hub."""

    def on_message(self, message: Received) -> None:
        try:
            self.hub.hear(message)
        except StoryError as error:
            self.fault = self.fault or error

    @property
    def settled(self) -> bool:
        """Whether each side has heard the other's last word, as far as it can just now."""
        if not self._said.empty():
            return False
        if DEVICE in self._broker.partitioned:
            return not self.agent.state.online
        level = self._mailbox.position() == self.hub.position
        return self.agent.state.online and level and (self.hub.holding or self._mailbox.depth() == 0)

    def go_offline(self) -> None:
        """The device loses the network."""
        self._broker.partitioned.add(DEVICE)
        self._broker.cut(DEVICE)

    def go_online(self) -> None:
        """The network is back."""
        self._broker.partitioned.discard(DEVICE)

    async def run(self) -> None:
        """Agent and hub until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._hub_bus.run(self), name="story hub")
            await self._hub_there.wait()
            group.create_task(self._speak(), name="story hub speaks")
            group.create_task(self.agent.run(), name="agent")

    async def _speak(self) -> None:
        while True:
            message = await self._said.get()
            await self._hub_bus.publish([message])

    def _notice(self, event: AnyEvent) -> None:
        match event:
            case Alerted():
                self.felt.add(event.task)
            case Silenced():
                self.felt.discard(event.task)
            case Summoned():
                self.summoned.append(event.call)
            case _:
                pass


@asynccontextmanager
async def staged(story: Story, *, kind: DeviceKind, language: Language, store: Path) -> AsyncIterator[Stage]:
    """A running stage on a new file."""
    mailbox = Mailbox.open(store)
    try:
        stage = Stage(story, kind=kind, mailbox=mailbox, language=language)
        running = asyncio.ensure_future(stage.run())
        try:
            yield stage
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    finally:
        mailbox.close()
