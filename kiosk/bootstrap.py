"""Builds a kiosk of its parts and runs it: the composition root."""

import asyncio
import importlib.util
import json
import logging
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import assert_never
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from contracts import Refusal
from contracts.fields import Name
from kiosk.agent import KioskAgent
from kiosk.core.taking import Business, Catalogue
from kiosk.events import Emit, JsonLines, TakeRefused, of_model, to_nobody
from kiosk.script import Quit, Take, parse_line, script_lines
from models.errors import ModelsError
from runtime.agent.link import LinkSettings, link_bus_settings
from runtime.agent.mailbox import Mailbox
from runtime.agent.models import ModelFetcher, ModelNews, in_a_thread
from runtime.bus.aiomqtt_bus import AiomqttBus
from runtime.clock import Clock, SystemClock
from runtime.errors import BusError, ConfigError
from runtime.ids import UuidIds

log = logging.getLogger(__name__)


class KioskSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kiosk. ``series`` tells the numbers of a branch's kiosks apart; ``businesses`` is a file, without it every
    business is taken; ``timezone`` (IANA, else the machine's) says when the branch's day begins: as at the hub.

    ``models`` is where ranking models are kept (unless said beside the store), ``trusted_keys`` are .pub files beside
    Usher's own; it takes none if not ``fetch_models``.
    """

    device: Name
    branch: Name
    broker: str
    store: str
    series: str = "A"
    businesses: str | None = None
    timezone: str | None = None
    keepalive_s: int = 60
    fetch_models: bool = True
    models: str | None = None
    trusted_keys: tuple[str, ...] = ()


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


def model_fetcher(settings: KioskSettings, emit: Emit, clock: Clock) -> ModelFetcher | None:
    """What brings ranking models to this kiosk; null when it takes none, or can't check signatures.

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

    def tell(news: ModelNews) -> None:
        emit(of_model(news, round(clock.monotonic() * 1e9)))

    return ModelFetcher(slots, news=tell, runner=in_a_thread)


def build(settings: KioskSettings, mailbox: Mailbox, emit: Emit) -> KioskAgent:
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
    clock = SystemClock()
    return KioskAgent(
        device=settings.device,
        branch=settings.branch,
        series=settings.series,
        version=version("usher"),
        bus=bus,
        mailbox=mailbox,
        clock=clock,
        ids=UuidIds(),
        catalogue=load_catalogue(Path(settings.businesses)) if settings.businesses else None,
        zone=zone,
        emit=emit,
        settings=LinkSettings(keepalive_s=settings.keepalive_s),
        models=model_fetcher(settings, emit, clock),
    )


async def play(agent: KioskAgent, source: str, emit: Emit) -> Quit:
    """Take what the script says until it quits or ends; a bad line is refused and the next one read."""
    async for line in script_lines(source):
        match parse_line(line):
            case Quit() as quit_:
                return quit_
            case Take() as take:
                agent.take(
                    customer=take.customer,
                    business=take.business,
                    language=take.language,
                    needs=take.needs,
                    booked=take.booked,
                    request=take.request,
                )
            case Refusal() as refusal:
                at_ns = round(agent.link.clock.monotonic() * 1e9)
                emit(TakeRefused(at_ns=at_ns, code=refusal.code.value, detail=refusal.detail, request=None))
            case other:
                assert_never(other)
        await asyncio.sleep(0)
    return Quit()


async def run(settings: KioskSettings, *, script: str | None, events: bool) -> int:
    """Run the kiosk: until the script quits or ends, or without one until cancelled."""
    emit = JsonLines(sys.stdout.buffer) if events else to_nobody
    mailbox = Mailbox.open(Path(settings.store))
    try:
        agent = build(settings, mailbox, emit)
        link = asyncio.ensure_future(agent.run())
        try:
            if script is None:
                await link
            else:
                await _until_quit(agent, script, emit, link)
        finally:
            link.cancel()
            await asyncio.gather(link, return_exceptions=True)
    finally:
        mailbox.close()
    return 0


async def _until_quit(agent: KioskAgent, script: str, emit: Emit, link: asyncio.Future[None]) -> None:
    async def to_the_end() -> None:
        ended = await play(agent, script, emit)
        waiting = await agent.drain(ended.drain_s)
        if waiting:
            log.warning("tickets_wait_for_next_start count=%d", waiting)

    playing = asyncio.ensure_future(to_the_end())
    try:
        await asyncio.wait({playing, link}, return_when=asyncio.FIRST_COMPLETED)
        await (playing if playing.done() else link)
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
