"""Builds a kiosk of its parts and runs it: the composition root."""

import asyncio
import importlib.util
import json
import logging
import sqlite3
import sys
import tomllib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import assert_never
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from contracts import ErrorCode, Refusal
from contracts.lobby import LobbyTold, TicketAdvised
from kiosk.agent import IssuedTicket, KioskAgent
from kiosk.bookings import Bookings
from kiosk.checking_in import CheckIn as BookingFinder
from kiosk.core.taking import DEFAULT_CLASS, Business, Catalogue
from kiosk.events import Emit, JsonLines, KioskEvent, TakeRefused, of_model
from kiosk.health import KioskHealth
from kiosk.health_probes import Runs, disk_condition
from kiosk.leases import Leases
from kiosk.outfit import Outfit
from kiosk.picks import Picks
from kiosk.presenters.house import Broken, Card, Declined, Fault, Found, Order
from kiosk.readers.simulated import SimulatedCards
from kiosk.script import CheckIn, Quit, Take, Touch, parse_line, script_lines
from kiosk.settings import KioskSettings, check_size
from kiosk.ui.voice import open_voice
from kiosk.ui.window import KioskWindow, WindowSettings
from models.errors import ModelsError
from runtime.agent.link import LinkSettings, link_bus_settings
from runtime.agent.mailbox import Mailbox
from runtime.agent.models import ModelFetcher, ModelNews, in_a_thread
from runtime.bus.aiomqtt_bus import AiomqttBus
from runtime.clock import Clock, SystemClock
from runtime.errors import BusError, ConfigError, UsherRuntimeError
from runtime.ids import UuidIds
from runtime.systemd import tell_systemd

log = logging.getLogger(__name__)


class _BusinessFile(msgspec.Struct, frozen=True):
    business: tuple[Business, ...]


def load_catalogue(path: Path) -> Catalogue:
    """The branch's businesses: TOML with a ``business`` array of tables (``code``, and ``service_class`` unless ``A``;
    other keys are skipped) or a JSON array of codes; raises ``ConfigError`` naming the file and what is wrong."""
    try:
        text = path.read_text("utf-8")
        if path.suffix == ".json":
            codes = msgspec.convert(json.loads(text), tuple[str, ...])
            businesses = msgspec.convert([{"code": code} for code in codes], tuple[Business, ...])
        else:
            businesses = msgspec.convert(tomllib.loads(text), _BusinessFile).business
    except OSError as error:
        raise ConfigError(f"{path}: can't be read: {error.strerror}; give an existing TOML or JSON file") from error
    except (ValueError, msgspec.ValidationError) as error:
        raise ConfigError(
            f"{path}: {error}; wanted: [[business]] tables with a code, or a JSON array of codes"
        ) from error
    if not businesses:
        raise ConfigError(f"{path}: lists no business; list at least one, or leave the file out to take any")
    return Catalogue(businesses)


def model_fetcher(settings: KioskSettings, emit: Emit, clock: Clock) -> tuple[ModelFetcher, Picks] | None:
    """What brings ranking models to this kiosk, and what it suggests by them; null when it takes none, or can't check
    signatures.

    Raises ``ConfigError`` for a key file or folder that is of no use.
    """
    if not settings.fetch_models:
        return None
    if importlib.util.find_spec("cryptography") is None:
        log.warning("models_off why='cryptography is not installed: signatures could not be checked'")
        return None
    from models.registry.edge import open_slots

    folder = Path(settings.models) if settings.models else Path(settings.store).with_suffix(".models")
    try:
        slots = open_slots(folder, [Path(key) for key in settings.trusted_keys])
    except (ModelsError, OSError) as error:
        raise ConfigError(f"models: {error}") from error

    picks = Picks(slots.store)

    def tell(news: ModelNews) -> None:
        picks.outdated()
        emit(of_model(news, round(clock.monotonic() * 1e9)))

    return ModelFetcher(slots, news=tell, runner=in_a_thread), picks


def build(
    settings: KioskSettings,
    mailbox: Mailbox,
    emit: Emit,
    *,
    models: ModelFetcher | None = None,
    on_told: Callable[[LobbyTold | TicketAdvised], None] = lambda told: None,
    health: KioskHealth | None = None,
) -> KioskAgent:
    """The agent on its real bus, clock and ids; raises ``ConfigError`` naming the key and what is allowed."""
    if settings.keepalive_s < 1:
        raise ConfigError(f"keepalive_s = {settings.keepalive_s}: at least 1 second")
    try:
        zone = ZoneInfo(settings.timezone) if settings.timezone is not None else None
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(f"timezone = {settings.timezone!r}: give an IANA name such as Asia/Seoul") from error
    try:
        bus = AiomqttBus(link_bus_settings(settings.broker, settings.device, settings.keepalive_s))
    except (BusError, ValueError) as error:
        raise ConfigError(f"broker = {settings.broker!r}: {error}") from error
    catalogue = load_catalogue(Path(settings.businesses)) if settings.businesses else Catalogue()
    classes = [one.service_class for one in catalogue.businesses] or [DEFAULT_CLASS]
    agent = KioskAgent(
        device=settings.device,
        branch=settings.branch,
        series=settings.series,
        version=version("usher"),
        bus=bus,
        mailbox=mailbox,
        clock=SystemClock(),
        ids=UuidIds(),
        catalogue=catalogue,
        zone=zone,
        emit=emit,
        settings=LinkSettings(keepalive_s=settings.keepalive_s),
        models=models,
        leases=Leases(classes=classes, on_told=on_told),
        lobby=() if health is None else (health,),
        bookings=Bookings(),
    )
    if health is not None:
        health.over(agent, agent.link.clock)
    return agent


class Counter:
    """What the customers' screen may ask of the kiosk; a fault becomes a page to them, and a line in the log."""

    def __init__(self, agent: KioskAgent, cards: SimulatedCards | None) -> None:
        self._agent = agent
        self._cards = cards

    @property
    def online(self) -> bool:
        return self._agent.link.online

    def cards(self) -> tuple[Card, ...]:
        return self._cards.cards() if self._cards is not None else ()

    def take(self, order: Order) -> IssuedTicket | Refusal | Broken:
        try:
            given = self._agent.take(
                customer=order.customer,
                business=order.business,
                language=order.language,
                needs=order.needs,
                also=order.further,
                booking=order.booking,
            )
        except (sqlite3.Error, OSError, UsherRuntimeError):
            log.exception("take_failed")
            return Broken()
        if self._cards is not None and order.customer is not None and not isinstance(given, Refusal):
            self._cards.took(order.customer)
        return given


class Screen:
    """The customers' window, and the readers and printer around it."""

    def __init__(self, window: KioskWindow, outfit: Outfit, monotonic: Callable[[], float]) -> None:
        self.window = window
        self.outfit = outfit
        self._monotonic = monotonic

    async def run(self) -> None:
        """Until the window is closed or this is cancelled."""
        around = asyncio.ensure_future(self.outfit.run(self._read, self.window.soon, self._heard))
        shown = asyncio.ensure_future(self.window.run())
        try:
            done, _ = await asyncio.wait({around, shown}, return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                one.result()
        finally:
            for one in (around, shown):
                one.cancel()
            await asyncio.gather(around, shown, return_exceptions=True)
            self.outfit.close()

    def _heard(self, said: str | None) -> None:
        self.window.desk.heard(said, at_s=self._monotonic())

    def _read(self, found: Found) -> None:
        self.window.desk.read(found, at_s=self._monotonic())


def open_window(settings: KioskSettings, agent: KioskAgent, emit: Emit, picks: Picks | None) -> Screen:
    """The customers' screen and what is around it; raises ``ConfigError`` for what can't be shown or isn't there,
    ``WindowError`` without a display."""
    businesses = agent.catalogue.businesses
    if not businesses:
        raise ConfigError("businesses = nothing: the window needs the branch's businesses; give --businesses FILE")
    check_size(settings.size)
    cards = SimulatedCards.read(Path(settings.cards)) if settings.cards else None
    clock, voice = agent.link.clock, open_voice() if settings.voice else None
    outfit = Outfit(settings, agent, Counter(agent, cards), speaks=voice is not None, picks=picks, emit=emit)
    window = KioskWindow(
        None,
        WindowSettings(
            device=settings.device,
            place=settings.title or settings.branch,
            size=settings.size,
            at=settings.at,
            full_screen=settings.full_screen,
        ),
        businesses,
        at_s=clock.monotonic,
        local=lambda: clock.now().astimezone(agent.zone),
        house=outfit.house,
        voice=voice,
        typed=outfit.key if outfit.hears_keys else None,
    )
    return Screen(window, outfit, clock.monotonic)


def check_in(
    agent: KioskAgent, arrival: CheckIn, no_number: Callable[[Refusal], None] = lambda refusal: None
) -> Refusal | None:
    """Take the number of who has this code, or say why there is nothing to check in to; ``no_number`` hears why a
    booking that is there got none, which is an event already."""
    finder = BookingFinder(agent.bookings, lambda: agent.link.clock.now().astimezone(agent.zone))
    found = finder.by_code(arrival.code)
    if not isinstance(found, tuple):
        fault = found.fault if isinstance(found, Declined) else found
        why = fault.value if isinstance(fault, Fault) else Fault.UNKNOWN.value
        return Refusal(code=ErrorCode.INVALID_FIELD, detail=f"check-in: {why}")
    booking = found[0]
    given = agent.take(
        customer=booking.customer,
        business=booking.business,
        also=booking.further,
        language=arrival.language,
        booking=booking.code,
        request=arrival.request,
    )
    if isinstance(given, Refusal):
        no_number(given)
    return None


Refused = Callable[[int, Refusal], None]
"""Told the number of a script's line that did nothing, and why."""


async def play(
    agent: KioskAgent,
    source: str,
    emit: Emit,
    window: KioskWindow | None = None,
    refused: Refused = lambda number, refusal: None,
) -> Quit:
    """Take what the script says until it quits or ends; a bad line is refused and the next one read."""

    def refuse(number: int, refusal: Refusal, request: str | None = None) -> None:
        at_ns = round(agent.link.clock.monotonic() * 1e9)
        emit(TakeRefused(at_ns=at_ns, code=refusal.code.value, detail=refusal.detail, request=request))
        refused(number, refusal)

    async for number, line in script_lines(source):
        match parse_line(line):
            case Quit() as quit_:
                return quit_
            case Take() as take:
                given = agent.take(
                    customer=take.customer,
                    business=take.business,
                    language=take.language,
                    needs=take.needs,
                    booked=take.booked,
                    request=take.request,
                )
                if isinstance(given, Refusal):
                    refused(number, given)  # the agent has emitted it
            case CheckIn() as arrival:
                nothing = check_in(agent, arrival, partial(refused, number))
                if nothing is not None:
                    refuse(number, nothing, arrival.request)
            case Touch(name=name):
                if window is None or not await window.touch(name):
                    where = "there is no window: start with --window" if window is None else "it isn't on the screen"
                    refuse(number, Refusal(code=ErrorCode.INVALID_FIELD, detail=f"touch {name!r}: {where}"))
            case Refusal() as refusal:
                refuse(number, refusal)
            case other:
                assert_never(other)
        await asyncio.sleep(0)
    return Quit()


async def run(settings: KioskSettings, *, script: str | None, events: bool) -> int:
    """Run the kiosk: until the script quits or ends, its window is closed, or else until cancelled.

    Returns the exit code: 1 where a line of the script did nothing, which standard error then tells of.
    """
    told: list[Emit] = [JsonLines(sys.stdout.buffer)] if events else []
    faulty: list[int] = []

    def refused(number: int, refusal: Refusal) -> None:
        faulty.append(number)
        why = refusal.detail.removeprefix("script: ")
        with suppress(OSError, ValueError):  # who reads it may have gone; the lines after it still count
            sys.stderr.write(f"kiosk: script {script}: line {number}: {why}; it did nothing: mend it, give it again\n")

    def emit(event: KioskEvent) -> None:
        for tell in told:
            tell(event)

    idle = [] if settings.window else [name for name in ("readers", "printer", "ear") if getattr(settings, name)]
    if idle:
        log.warning("hardware_unused settings='%s' do='start with --window, or leave them out'", ", ".join(idle))
    mailbox = Mailbox.open(Path(settings.store))
    try:
        heard: list[Callable[[LobbyTold | TicketAdvised], None]] = []

        def on_told(lobby: LobbyTold | TicketAdvised) -> None:
            for hear in heard:
                hear(lobby)

        models, picks = model_fetcher(settings, emit, SystemClock()) or (None, None)
        runs = Runs(mailbox, SystemClock())
        health = KioskHealth(disk=partial(disk_condition, Path(settings.store).parent), restarts=runs.restarts)
        told.append(health.hear)
        agent = build(settings, mailbox, emit, models=models, on_told=on_told, health=health)
        runs.begin()
        screen = open_window(settings, agent, emit, picks) if settings.window else None
        window = screen.window if screen is not None else None
        parts = {asyncio.ensure_future(agent.run()), asyncio.ensure_future(tell_systemd())}
        if screen is not None:
            told.append(screen.window.heard)
            heard.append(screen.outfit.house.lobby_told)
            parts.add(asyncio.ensure_future(screen.run()))
        if script is not None:
            parts.add(asyncio.ensure_future(_to_the_end(agent, script, emit, window, refused)))
        try:
            done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            for part in done:
                part.result()
            runs.end()
        except asyncio.CancelledError:
            runs.end()
            raise
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
    finally:
        mailbox.close()
    return 1 if faulty else 0


async def _to_the_end(agent: KioskAgent, script: str, emit: Emit, window: KioskWindow | None, refused: Refused) -> None:
    ended = await play(agent, script, emit, window, refused)
    waiting = await agent.drain(ended.drain_s)
    if waiting:
        log.warning("tickets_wait_for_next_start count=%d", waiting)
