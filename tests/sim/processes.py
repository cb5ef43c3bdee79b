"""Hub, kiosks and wearables as processes that can be killed at any place and started anew on what they had on disk."""

from __future__ import annotations

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from functools import partial

from contracts.fields import DeviceKind
from contracts.session import StreamPosition
from device_agent.agent import DeviceAgent
from device_agent.events import Journal
from device_agent.haptics import Alert
from hub.bootstrap import CLIENT_ID, Hub, bus_settings
from hub.config import HubConfig
from hub.server import Work
from hub.storage import open_storage
from kiosk.agent import KioskAgent
from kiosk.core.taking import Business, Catalogue
from kiosk.leases import Leases
from runtime.agent.link import LinkSettings, link_bus_settings
from runtime.agent.mailbox import Mailbox
from runtime.agent.models import ModelFetcher
from runtime.agent.sqlite import Database
from runtime.bus import BusSettings, Outgoing, Received
from runtime.ids import SeededIds
from tests.sim.mortality import CrashPoints, Killed, MortalBus, MortalConnection, MortalStorage
from tests.sim.shop import ModelKeeper, Shop, delivery_of
from tests.sim.stage import Stage, only_killed, type_in
from tests.sim.world import KioskPlan, WristPlan, analyst, lexicon, zone_of

KEEPALIVE_S = 8
LINK = LinkSettings(keepalive_s=KEEPALIVE_S, resend_first_s=0.5, resend_most_s=6.0, resync_wait_s=1.0, goodbye_s=0.5)
URL = "mqtt://memory"


class Process(ABC):
    """One process: its lives, its death, its return after a while."""

    def __init__(self, stage: Stage, name: str) -> None:
        self.stage = stage
        self.name = name
        self.lives = 0
        self.up = False
        self.points = CrashPoints(self._died)
        self._chance = stage.chance("process", name)
        self._task: asyncio.Future[None] | None = None
        self._returning: asyncio.Future[None] | None = None

    def start(self) -> None:
        """A new life on what is on disk."""
        self.lives += 1
        self.points = CrashPoints(self._died)
        self.stage.note(self.name, f"starts life {self.lives}")
        self._task = asyncio.ensure_future(self._live())
        self.up = True

    def kill(self, place: str = "killed") -> None:
        """As kill -9 does."""
        if self.up:
            self.points.dead = True
            self._died(place)

    async def stop(self) -> None:
        """As SIGTERM does; comes back after a while."""
        if self.up and self._task is not None:
            self.stage.note(self.name, "stops")
            self.up = False
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            if not self.points.dead:  # it may have died while it stopped
                self.points.dead = True
                self._returning = asyncio.ensure_future(self._bury())

    async def ready(self) -> None:
        """Until it is up, if it is on its way back."""
        while self._returning is not None and not self._returning.done():
            await asyncio.gather(self._returning)

    async def end(self) -> None:
        """The simulation is over: nothing is left behind."""
        self.points.dead = True
        for future in (self._returning, self._task):
            if future is not None:
                future.cancel()
                await asyncio.gather(future, return_exceptions=True)
        self.up = False
        self.bury()
        self.dispose()

    def _died(self, place: str) -> None:
        self.up = False
        self.stage.counts["deaths"] += 1
        self.stage.note(self.name, f"dies: {place}")
        self.stage.broker.cut(self.client_id, "killed")
        self._returning = asyncio.ensure_future(self._bury())

    async def _bury(self) -> None:
        if self._task is not None:
            self._task.cancel()
            for result in await asyncio.gather(self._task, return_exceptions=True):
                if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
                    self._judge(result)
        self.bury()
        await asyncio.sleep(self._chance.uniform(0.05, 6.0))
        self.start()

    def _judge(self, error: BaseException) -> None:
        if not only_killed(error):
            self.stage.violate("no process fails", f"{self.name}: {error!r}")

    async def _live(self) -> None:
        try:
            await self.main()
        except BaseException as error:
            if not self.points.dead and not isinstance(error, asyncio.CancelledError):
                self.stage.violate("no process fails", f"{self.name}: {error!r}")
            raise

    def mortal_bus(self, settings: BusSettings, *, may_die_publishing: bool) -> MortalBus:
        """The connection of this life."""
        return MortalBus(
            self.stage.broker.bus(settings),
            self.points,
            before=self.hears,
            after=self.heard,
            may_die_publishing=may_die_publishing,
        )

    @property
    @abstractmethod
    def client_id(self) -> str:
        """Its name at the broker."""

    @abstractmethod
    async def main(self) -> None:
        """What it does until it is cancelled."""

    @abstractmethod
    def hears(self, message: Received) -> None:
        """A message comes in."""

    @abstractmethod
    def heard(self) -> None:
        """It was taken in."""

    @abstractmethod
    def bury(self) -> None:
        """What the operating system does after a death: open transactions are rolled back."""

    @abstractmethod
    def dispose(self) -> None:
        """The machine is switched off for good."""


class HubProcess(Process):
    """The real hub on a storage that outlives it."""

    def __init__(self, stage: Stage, shop: Shop) -> None:
        super().__init__(stage, "hub")
        self._shop = shop
        self.storage: MortalStorage = stage.parts.storage(open_storage("sqlite://", migrate=False))
        pooled = self.storage.engine.raw_connection()
        disk = pooled.driver_connection
        pooled.close()
        assert isinstance(disk, sqlite3.Connection)
        self.disk = disk
        self.hub: Hub = self._build()
        self.hub.engine.run(partial(self.hub.fleet.provision, registry=stage.world.registry))
        self.hub.engine.run(partial(self.hub.customers.take_in, entries=stage.world.customers))

    @property
    def client_id(self) -> str:
        return CLIENT_ID

    def start(self) -> None:
        super().start()
        self.storage.points = self.points
        self.hub = self._build()

    async def main(self) -> None:
        await self.hub.server.run()

    def hears(self, message: Received) -> None:
        self.stage.counts["messages"] += 1
        self.stage.note(self.name, f"hears {message.topic} {type_in(message.payload)}", message.payload)
        self.stage.watch.hub_heard(message)

    def heard(self) -> None:
        """It is only queued."""

    def bury(self) -> None:
        self.storage.recover()
        self.stage.watch.hub_died()

    def dispose(self) -> None:
        self.storage.close()

    def _build(self) -> Hub:
        model, world = analyst(), self.stage.world
        hub = self.stage.parts.hub(
            config=HubConfig(),
            storage=self.storage,
            bus=self.mortal_bus(bus_settings(URL, KEEPALIVE_S), may_die_publishing=True),
            analyst=model,
            catalogue=model.scorer.catalogue,
            model_version=model.scorer.catalogue.name,
            clock=self.stage.clock(),
            ids=SeededIds(f"hub{self.lives}", world.seed),
            blocking=_Writer(self.stage, self.points),
        )
        hub.engine.deliver_models(delivery_of(self._shop))
        return hub


class _Writer:
    """The writer thread: takes its time before and after each piece of work, and may be dead by then."""

    def __init__(self, stage: Stage, points: CrashPoints) -> None:
        self._stage = stage
        self._points = points
        self._commit_s = stage.world.trouble.commit_s
        self._chance = stage.chance("writer")

    async def __call__(self, work: Work) -> list[Outgoing]:
        await self._pass_time()
        outgoing = work()
        self._stage.counts["commits"] += 1
        self._stage.watch.hub_worked(outgoing)
        if self._commit_s and self._chance.random() < 0.5:
            await self._pass_time()
        return outgoing

    async def _pass_time(self) -> None:
        await asyncio.sleep(self._chance.uniform(0.0, self._commit_s) if self._commit_s else 0.0)
        if self._points.dead:
            raise Killed("while the writer worked")


class AgentProcess(Process):
    """A process with a mailbox."""

    def __init__(self, stage: Stage, name: str, shop: Shop) -> None:
        super().__init__(stage, name)
        self.models = ModelKeeper(stage, shop, name) if stage.world.releases else None
        self._disk: bytes | None = None
        self._connection: MortalConnection | None = None

    @property
    def client_id(self) -> str:
        return self.name

    def open_mailbox(self) -> Mailbox:
        """The store as the last life left it."""
        connection = sqlite3.connect(":memory:", isolation_level=None, factory=MortalConnection)
        if self._disk is not None:
            connection.deserialize(self._disk)
        self._connection = connection
        return self.stage.parts.mailbox(Database(connection))

    def position(self) -> StreamPosition | None:
        """How far it has heard the hub; who looks from outside is no place to die."""
        if self._connection is None:
            return None
        cursor = sqlite3.Connection.execute(self._connection, "select epoch, revision from position")
        row = cursor.fetchone()
        return StreamPosition(epoch=row[0], revision=row[1]) if row else None

    def fetcher(self) -> ModelFetcher | None:
        """What fetches models in this life."""
        return self.models.fetcher(self.points, self.lives) if self.models is not None else None

    def mortal_from_here(self) -> None:
        """The store is open: from now on each statement is a place to die."""
        if self._connection is not None:
            self._connection.points = self.points

    def hears(self, message: Received) -> None:
        self.stage.counts["messages"] += 1
        self.stage.note(self.name, f"hears {type_in(message.payload)}", message.payload)

    def bury(self) -> None:
        if self._connection is not None:
            self._connection.points = None
            self._connection.rollback()
            self._disk = self._connection.serialize()
            self._connection.close()
            self._connection = None

    def dispose(self) -> None:
        """Its store was closed with it."""


class KioskProcess(AgentProcess):
    """A real kiosk agent. ``welcomed``: the lives in which the hub told it the time."""

    def __init__(self, stage: Stage, plan: KioskPlan, shop: Shop) -> None:
        super().__init__(stage, plan.name, shop)
        self.plan = plan
        self.welcomed: set[int] = set()
        self.mailbox = self.open_mailbox()
        self.agent = self._build()

    def start(self) -> None:
        super().start()
        if self.lives > 1:
            self.mailbox = self.open_mailbox()
        self.agent = self._build()
        self.mortal_from_here()

    async def main(self) -> None:
        await self.agent.run()

    def heard(self) -> None:
        if self.agent.link.online:
            self.welcomed.add(self.lives)

    def _build(self) -> KioskAgent:
        plan = self.plan
        businesses = [] if plan.open_catalogue else [b.code for b in analyst().scorer.catalogue.business]
        return self.stage.parts.kiosk(
            device=plan.name,
            branch=plan.branch,
            series=plan.series,
            version="sim",
            bus=self.mortal_bus(link_bus_settings(URL, plan.name, KEEPALIVE_S), may_die_publishing=False),
            mailbox=self.mailbox,
            clock=self.stage.clock(plan.wrong_by_s),
            ids=SeededIds(f"{plan.name}-{self.lives}", self.stage.world.seed),
            catalogue=Catalogue(Business(code=code) for code in businesses),
            zone=zone_of(plan),
            settings=LINK,
            chance=self.stage.chance("link", plan.name, str(self.lives)),
            models=self.fetcher(),
            leases=Leases(classes="A", chance=self.stage.chance("leases", plan.name, str(self.lives))),
        )


class WristProcess(AgentProcess):
    """A real device agent with a motor."""

    def __init__(self, stage: Stage, plan: WristPlan, shop: Shop) -> None:
        super().__init__(stage, plan.name, shop)
        self.plan, self.mailbox = plan, self.open_mailbox()
        self.agent = self._build()

    @property
    def advisor(self) -> str:
        """Whose wrist it is."""
        return self.plan.advisor.name

    def start(self) -> None:
        super().start()
        if self.lives > 1:
            self.mailbox = self.open_mailbox()
        self.agent = self._build()
        self.mortal_from_here()

    async def main(self) -> None:
        await self.agent.run()

    def heard(self) -> None:
        self.stage.watch.wrist_stepped(self)

    def alert(self, alert: Alert) -> None:
        """The motor moves; it may be the last thing that this process does."""
        self.stage.note(self.name, f"buzzes {alert.view.task}")
        self.stage.counts["alerts"] += 1
        self.stage.watch.felt(self, alert)
        self.points.here("after the motor moved")

    def silence(self, task_id: str) -> None:
        """The motor stops."""
        self.stage.note(self.name, f"falls silent {task_id}")

    def _build(self) -> DeviceAgent:
        clock = self.stage.clock(self.plan.wrong_by_s)
        return self.stage.parts.wrist(
            device=self.name,
            kind=DeviceKind(self.plan.kind),
            version="sim",
            bus=self.mortal_bus(link_bus_settings(URL, self.name, KEEPALIVE_S), may_die_publishing=False),
            mailbox=self.mailbox,
            clock=clock,
            ids=SeededIds(f"{self.name}-{self.lives}", self.stage.world.seed),
            alerter=self.stage.parts.alerter(self),
            journal=Journal(clock),
            link_settings=LINK,
            chance=self.stage.chance("link", self.name, str(self.lives)),
            models=self.fetcher(),
            lexicon=lexicon,
        )
