"""The composition root of the hub: every object is made here, and nowhere else."""

import importlib.metadata
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypeVar, cast

import msgspec
from prometheus_client import generate_latest

from contracts import AnyMessage, Refusal, topics
from contracts.bookings import BookingsWanted
from contracts.kiosk_health import KioskReported
from contracts.lending import CallFelt
from contracts.lobby import NumbersWanted
from contracts.session import BindDevice, UnbindDevice
from contracts.visits import ClaimTask, GiveFeedback, NameTarget, PassTask, SegmentHeard, StartTalk, TapSignal
from hub.admission import Admission, AdmissionSettings
from hub.config import HubConfig
from hub.customers import CustomerStore
from hub.customers import api as customers_api
from hub.engine import Engine, Handler, Statement
from hub.event_bus import EventBus
from hub.events import (
    DeviceJoined,
    DeviceLeft,
    FeedbackRecorded,
    PartFailed,
    PartMended,
    TicketEnded,
    TicketRegistered,
    VisitEnded,
)
from hub.fleet import FleetDirectory
from hub.fleet import api as fleet_api
from hub.fleet.service import FleetService
from hub.hearing.parts import Hearing
from hub.hearing.pool import pool_of
from hub.hearing.ports import Recognition
from hub.hearing.talks import TransactedTalks
from hub.inbound import Inbound
from hub.kernel import Device
from hub.learning import api as learning_api
from hub.learning.desk import ModelDesk, Seat
from hub.learning.files import PUBLIC_KEY, ModelFolder, own_key
from hub.learning.parts import Learning, LearningTools
from hub.learning.workshop import ProcessWorkshop
from hub.lobby import api as lobby_api
from hub.lobby.bookings import api as bookings_api
from hub.lobby.feed import Feed
from hub.lobby.kiosks import api as kiosks_api
from hub.lobby.kiosks.service import Kiosks
from hub.lobby.lending import api as lending_api
from hub.lobby.lending.service import LendingService, refuses_binding
from hub.lobby.queues import Queues
from hub.lobby.service import LobbyService
from hub.lobby.settings import queue_rules
from hub.lobby.telling import KioskTeller
from hub.memories import Memories
from hub.metrics import Metrics
from hub.server import Blocking, HubServer
from hub.storage import Storage, UnitOfWork
from hub.streams import Streams
from hub.visits import api as visits_api
from hub.visits.moves import TaskMoves
from hub.visits.ports import Analyst
from hub.visits.receipts import Offers, Receipts
from hub.visits.service import VisitsService
from hub.visits.talks import Talks
from hub.visits.targets import Targets
from hub.visits.view import Viewer
from hub.web.app import Socket
from hub.web.routes import Nothing, Request, Route
from models.catalogue import Catalogue
from models.registry import PublicKey, Trust
from runtime.bus import Bus, BusSettings, Subscription
from runtime.clock import Clock
from runtime.ids import Ids

CLIENT_ID = "HUB"
"""No device can take it: their names are in lower case."""


def version() -> str:
    """The installed version."""
    return importlib.metadata.version("usher")


def bus_settings(url: str, keepalive_s: int) -> BusSettings:
    """How the hub connects: all upward lanes and all presence, at QoS 0 (docs/adr/0002)."""
    return BusSettings(
        url=url,
        client_id=CLIENT_ID,
        subscriptions=(Subscription(topics.UP_FILTER, 0), Subscription(topics.STATE_FILTER, 0)),
        keepalive_s=keepalive_s,
        backoff_most_s=5.0,
    )


async def nothing_to_tidy() -> None:
    """For a hub that lives shortly."""


def learning_tools(config: HubConfig, shipped: Path) -> LearningTools:
    """What the hub of this configuration learns with: keys and models in its data folder, candidates in a process.

    Raises ``ModelsError`` for a key or a model that can't be used.
    """
    data = Path(config.data).absolute()
    key = own_key(data / "keys")
    others = [PublicKey.load(Path(name)) for name in config.learning.trusted_keys]
    folder = data / "models"
    return LearningTools(
        models=ModelFolder(folder, shipped, key, Trust([key.public, *others])),
        workshop=ProcessWorkshop(folder, shipped),
        trusted_key=str(data / "keys" / PUBLIC_KEY),
    )


def recognition(config: HubConfig) -> Recognition | None:
    """What recognises speech at the hub of this configuration, not started; null for nothing. Raises ``HubError``."""
    return pool_of(config.hearing)


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the hub does its work; ``model`` ranks most visits, ``degraded`` says what is wrong with the models."""

    version: str
    epoch: str
    broker_connected: bool
    model: str
    degraded: str = ""


class Hub:
    """One hub, wired; ``server.run()`` serves the bus, ``routes`` the HTTP API."""

    def __init__(
        self,
        *,
        config: HubConfig,
        storage: Storage,
        bus: Bus,
        analyst: Analyst,
        catalogue: Catalogue,
        model_version: str,
        clock: Clock,
        ids: Ids,
        blocking: Blocking,
        tidy: Callable[[], Awaitable[None]] = nothing_to_tidy,
        learning: LearningTools | None = None,
        recognition: Recognition | None = None,
    ) -> None:
        """``analyst`` is the model that came with the hub; with ``learning`` it is corrected by feedback.

        ``recognition``: what recognises the speech of devices that can't; null for nothing.
        """
        self.metrics = metrics = Metrics()
        self.directory = directory = FleetDirectory()
        self.fleet = FleetService(directory, refuses_binding)
        self.customers = CustomerStore()
        self.streams = Streams(epoch=ids.new())

        def clock_us() -> int:
            return round(clock.monotonic() * 1e6)

        self.desk = desk = ModelDesk(Seat(model_version, analyst))
        self.learning = Learning(
            config.learning, desk, learning, transact=lambda: self.server.transact, registry=metrics.registry
        )
        targets = Targets(
            fleet=directory,
            customers=self.customers,
            analyst=desk,
            viewer=Viewer(catalogue),
            catalogue=catalogue,
            ids=ids,
            metrics=metrics,
        )
        offers = Offers(clock_us)
        receipts = Receipts(epoch=self.streams.epoch, offers=offers, clock_us=clock_us, metrics=metrics)
        self._moves = moves = TaskMoves(fleet=directory, targets=targets, offers=offers, metrics=metrics)
        self.visits = VisitsService(
            fleet=directory,
            customers=self.customers,
            targets=targets,
            moves=moves,
            binding_view=self.fleet.view,
            catalogue=catalogue,
            scores=config.scores,
            metrics=metrics,
        )
        self.talks = Talks(fleet=directory, targets=targets, catalogue=catalogue)
        self.queues = Queues(directory, *queue_rules(config.lobby, catalogue))
        self.lobby = LobbyService(directory, catalogue, self.queues, self.customers)
        self.lobby_feed = Feed(self.queues, clock)
        self.lending = LendingService(directory, self.queues, self.lobby_feed, ids)
        self.queues.watch(self.lending.happened)
        self.kiosks = Kiosks(directory, clock.now(), metrics.kiosk_parts, self.lobby_feed.nudge)
        events = EventBus()
        events.listen(TicketRegistered, self.visits.on_tickets)
        events.listen(TicketEnded, moves.on_tickets_ended)
        events.listen(VisitEnded, self.lobby.on_visits_ended)
        events.listen(DeviceJoined, moves.on_joined)
        events.listen(DeviceLeft, moves.on_left)
        events.listen(FeedbackRecorded, self.learning.service.on_feedback)
        events.listen(PartFailed, self.kiosks.on_parts)
        events.listen(PartMended, self.kiosks.on_parts)
        remember = timedelta(days=config.engine.inbox_days)
        admission = Admission(
            directory,
            AdmissionSettings(
                clock_tolerance_s=config.engine.clock_tolerance_s,
                oldest_s=remember.total_seconds() - 2 * config.engine.clock_tolerance_s,
            ),
        )
        self.engine = Engine(
            storage=storage,
            fleet=directory,
            admission=admission,
            events=events,
            streams=self.streams,
            clock=clock,
            ids=ids,
            metrics=metrics,
            take_tickets=self.lobby.take,
            take_receipts=receipts.take,
            on_offer=offers.told,
            handlers=self._handlers(),
            snapshot=lambda unit, device: self.lending.synced(unit, device, self.visits.snapshot(unit, device)),
            due=self._due,
            forget=self._forget,
            memory=Memories(self.lobby_feed, self.kiosks),
            statements=self._statements(),
            models=self.learning.delivery,
        )
        self.hearing = Hearing(
            config.hearing,
            recognition=recognition,
            talks=TransactedTalks(lambda: self.server.transact, self.talks.may_listen, self.talks.recognised),
            bus=bus,
            admission=admission,
            fleet=directory,
            clock=clock,
            ids=ids,
            metrics=metrics,
        )
        self.server = HubServer(
            bus=bus,
            engine=self.engine,
            metrics=metrics,
            blocking=blocking,
            tidy=tidy,
            batch_most=config.engine.batch_most,
            queue_most=config.engine.queue_most,
            remember=remember,
            audio=self.hearing,
        )
        self.counters = lobby_api.Counters(
            self.server.transact, self.lobby, self.lobby_feed, config.lobby.alerts, self.kiosks, self.lending
        )
        self.kiosk_teller = KioskTeller(
            directory, self.lobby, self.lobby_feed, self.server.transact, also=self.lending.tell
        )
        with storage.reading() as connection:
            directory.load(connection)
        if self.learning.loop is not None:
            self.learning.loop.open(lambda job: self.engine.run(job)[0])

    @property
    def routes(self) -> Sequence[Route]:
        """The HTTP API."""
        transact = self.server.transact

        async def health(_request: Request[Nothing, None]) -> Health:
            return Health(
                version=version(),
                epoch=self.streams.epoch,
                broker_connected=self.server.connected.is_set(),
                model=self.desk.seats.published.version,
                degraded=self.learning.loop.degraded if self.learning.loop is not None else "",
            )

        return (
            Route(
                method="GET", path="/health", summary="Whether the hub works", handle=health, answer=Health, open=True
            ),
            *fleet_api.routes(transact, self.fleet),
            *customers_api.routes(transact, self.customers),
            *lobby_api.routes(transact, self.counters),
            *bookings_api.routes(transact, self.lobby.bookings, self.lobby_feed.nudge),
            *lending_api.routes(self.counters.lender),
            *kiosks_api.routes(self.kiosks, self.directory.branches.__contains__),
            *visits_api.routes(transact, self.visits, self.directory),
            *learning_api.routes(transact, self.learning.loop),
        )

    @property
    def sockets(self) -> Sequence[Socket]:
        """The WebSockets of the HTTP API."""
        return (self.hearing.socket.face,)

    def metrics_text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self.metrics.registry)

    def _due(self, unit: UnitOfWork) -> None:
        self._moves.due(unit)
        self.kiosks.due(unit)

    def _forget(self, unit: UnitOfWork) -> None:
        self.talks.forget(unit)
        self.lobby.forget(unit)

    def _statements(self) -> dict[type[AnyMessage], Statement]:
        return {
            NumbersWanted: _stated(NumbersWanted, self.lobby.lease),
            BookingsWanted: _stated(BookingsWanted, self.lobby.bookings.wanted),
            KioskReported: _stated(KioskReported, self.kiosks.reported),
        }

    def _handlers(self) -> dict[type[AnyMessage], Handler]:
        return {
            BindDevice: _typed(BindDevice, self.fleet.bind),
            CallFelt: _typed(CallFelt, self.lending.felt),
            UnbindDevice: _typed(UnbindDevice, self.fleet.unbind),
            NameTarget: _typed(NameTarget, self.visits.name_target),
            ClaimTask: _typed(ClaimTask, self.visits.claim),
            PassTask: _typed(PassTask, self.visits.pass_task),
            StartTalk: _typed(StartTalk, self.talks.start_talk),
            SegmentHeard: _typed(SegmentHeard, self.talks.hear),
            TapSignal: _typed(TapSignal, self.talks.signal),
            GiveFeedback: _typed(GiveFeedback, self.visits.feedback),
        }


M = TypeVar("M")


def _typed(message_type: type[M], handle: Callable[[UnitOfWork, Inbound[M]], Refusal | None]) -> Handler:
    """A handler of one message type as the engine calls it."""

    def checked(unit: UnitOfWork, inbound: Inbound[AnyMessage]) -> Refusal | None:
        if not isinstance(inbound.data, message_type):
            raise TypeError(f"{type(inbound.data).__name__} came to the handler of {message_type.__name__}")
        return handle(unit, cast(Inbound[M], inbound))

    return checked


def _stated(message_type: type[M], take: Callable[[UnitOfWork, Device, M], Refusal | None]) -> Statement:
    """What takes one type of statement as the engine calls it."""

    def checked(unit: UnitOfWork, device: Device, said: AnyMessage) -> Refusal | None:
        if not isinstance(said, message_type):
            raise TypeError(f"{type(said).__name__} came to what takes {message_type.__name__}")
        return take(unit, device, said)

    return checked
