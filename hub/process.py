"""The hub as a process: broker, storage, model, bus, HTTP, until a signal."""

import asyncio
import gc
import itertools
import logging
import secrets
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec
from aiohttp import web

from hub.bootstrap import Hub, bus_settings, learning_tools, recognition, version
from hub.broker import LOOPBACK, BrokerEvent, BrokerHealth, EmbeddedBroker
from hub.config import HubConfig
from hub.console.site import pages_of
from hub.console.voice import Voice
from hub.customers import StoredCustomer
from hub.errors import HubError, ProvisioningError
from hub.fleet import Registry
from hub.server import Work
from hub.storage import Storage, open_storage
from hub.web.app import application
from hub.web.openapi import openapi
from models.errors import RegistryError
from models.ranking import Ranker
from models.registry import Trust, open_sealed
from models.registry.manifest import SIGNATURE_FILE
from models.scorer import OnnxScorer, artefact_directory
from models.talk.lexicon import Lexicon
from models.talk.understanding import get_ready
from runtime.bus import Outgoing
from runtime.bus.address import parse_address
from runtime.bus.paho_bus import PahoBus
from runtime.clock import SystemClock
from runtime.config import parse_config
from runtime.errors import ConfigError
from runtime.ids import UuidIds

log = logging.getLogger(__name__)

PATIENT_S = 5.0
"""How long the broker may take to answer until something is said of it."""

CATCH_UP_EVERY = 40
"""Tidyings, ten seconds of them: then the rest of the log is moved between two batches, and it begins anew."""

FULL_COLLECTION_EVERY = 2400
"""Tidyings, ten minutes of them: what is made for a message is freed by count, so there are few cycles to look for."""


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag="ready", tag_field="event"):
    """Printed on stdout as one JSON line when the hub serves."""

    version: str
    epoch: str
    broker: str
    http: str
    token: str
    model: str
    models_key: str
    """The public key that signs this hub's models: devices take models of hubs whose key they were given."""


async def serve(config: HubConfig) -> int:
    """Run the hub; returns the exit code."""
    if config.http.host not in LOOPBACK:
        allowed = ", ".join(LOOPBACK)
        raise ConfigError(f"http.host = {config.http.host!r}: until staff can sign in the API stays on {allowed}")
    files = read_files(config)
    data = Path(config.data)
    failed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    async with AsyncExitStack() as stack:
        url = config.broker.url
        if not url:
            broker = EmbeddedBroker(data / "broker", config.broker.host, config.broker.port, on_event=_watch(failed))
            url = str(await broker.start())
            stack.push_async_callback(broker.stop)
        storage = open_storage(config.database or f"sqlite:///{data / 'hub.sqlite'}")
        stack.callback(storage.close)
        shipped = model_directory(config)
        scorer = OnnxScorer.load(shipped)
        scorer.prepare()
        tools = learning_tools(config, shipped)
        hub = Hub(
            config=config,
            storage=storage,
            bus=PahoBus(bus_settings(url, config.broker.keepalive_s)),
            analyst=Ranker(scorer),
            catalogue=scorer.catalogue,
            model_version=scorer.version,
            clock=SystemClock(),
            ids=UuidIds(),
            blocking=_right_here,
            tidy=_tidier(storage),
            learning=tools,
            recognition=recognition(config),
        )
        take_in(hub, files)
        lexicon = Lexicon.of(scorer.catalogue)
        for language in sorted({advisor.language.value for advisor in hub.directory.advisors.values()}):
            get_ready(lexicon, language)  # half a second now: later it would hold up alerts, in a thread as well
        gc.collect()
        gc.freeze()
        gc.disable()
        serving = asyncio.ensure_future(hub.server.run())
        stack.push_async_callback(_cancel, serving)
        stack.push_async_callback(_cancel, asyncio.ensure_future(hub.kiosk_teller.run()))
        if hub.learning.loop is not None:
            stack.push_async_callback(_cancel, asyncio.ensure_future(hub.learning.loop.run()))
        token = secrets.token_urlsafe(24)
        address = await _serve_http(hub, config, token, stack)
        connected = asyncio.ensure_future(hub.server.connected.wait())
        waits: set[asyncio.Future[bool] | asyncio.Future[None] | asyncio.Future[int]] = {serving, failed}
        done, _ = await asyncio.wait({connected, *waits}, timeout=PATIENT_S, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            at = parse_address(url)  # without its password
            log.warning("broker_does_not_answer host=%s port=%d: trying on; is it running, there?", at.host, at.port)
            await asyncio.wait({connected, *waits}, return_when=asyncio.FIRST_COMPLETED)
        if not connected.done():
            connected.cancel()
            return _outcome(serving, failed)
        ready = Ready(
            version=version(),
            epoch=hub.streams.epoch,
            broker=url,
            http=address,
            token=token,
            model=hub.desk.seats.published.version,
            models_key=tools.trusted_key,
        )
        sys.stdout.write(msgspec.json.encode(ready).decode() + "\n")
        sys.stdout.flush()
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        return _outcome(serving, failed)


def model_directory(config: HubConfig) -> Path:
    """The configured model's directory, if a trusted key signed what is in it; raises ``RegistryError``."""
    directory = artefact_directory(config.model.artifact)
    if config.model.allow_unsigned and not (directory / SIGNATURE_FILE).exists():
        log.warning("model_unsigned directory=%s: whoever can write there decides what advisors are told", directory)
        return directory
    try:
        open_sealed(directory, Trust.load([Path(name) for name in config.learning.trusted_keys]))
    except RegistryError as error:
        raise RegistryError(
            f"{error}. A model of your own: sign it with `usher models sign {directory} --key KEY --serial 1` and name "
            "KEY.pub in learning.trusted_keys, or set model.allow_unsigned = true"
        ) from error
    return directory


async def _right_here(work: Work) -> list[Outgoing]:
    """The writer is the loop itself: a thread of its own cost twice the latency (docs/adr/0005)."""
    return work()


def _tidier(storage: Storage) -> Callable[[], Awaitable[None]]:
    rounds = itertools.count(1)

    async def tidy() -> None:
        done = next(rounds)
        await asyncio.to_thread(storage.checkpoint)
        if done % CATCH_UP_EVERY == 0:
            storage.checkpoint()  # the rest, here in the loop and so between two batches
            gc.collect(2 if done % FULL_COLLECTION_EVERY == 0 else 1)

    return tidy


class Files(NamedTuple):
    """What the files of the configuration hold, each with its name."""

    registries: tuple[tuple[str, Registry], ...]
    customers: tuple[tuple[str, tuple[StoredCustomer, ...]], ...]


def read_files(config: HubConfig) -> Files:
    """What is to be taken in; raises ``ProvisioningError`` naming file and line, before anything is made or started."""
    return Files(
        tuple((name, parse_config(_read(Path(name)), Registry, origin=name)) for name in config.provision),
        tuple((name, tuple(_customers(name))) for name in config.customers),
    )


def _customers(name: str) -> Iterator[StoredCustomer]:
    decoder = msgspec.json.Decoder(StoredCustomer)
    for number, line in enumerate(_read(Path(name)).split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield decoder.decode(line)
        except msgspec.MsgspecError as error:
            raise ProvisioningError(f"{name} line {number}: {error}; one JSON customer a line") from error


def take_in(hub: Hub, files: Files) -> None:
    """Provision from them; raises ``ProvisioningError`` naming the file."""
    for name, registry in files.registries:
        try:
            hub.engine.run(partial(hub.fleet.provision, registry=registry))
        except ProvisioningError as error:
            raise ProvisioningError(f"{name}: {error}") from error
        log.info("provisioned file=%s branches=%d devices=%d", name, len(registry.branches), len(registry.devices))
    for name, entries in files.customers:
        try:
            count, _ = hub.engine.run(partial(hub.customers.take_in, entries=entries))
        except ProvisioningError as error:
            raise ProvisioningError(f"{name}: {error}") from error
        log.info("customers_taken_in file=%s customers=%d", name, count)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProvisioningError(f"{path}: can't be read: {error}") from error


def _watch(failed: asyncio.Future[int]) -> Callable[[BrokerEvent], None]:
    def on_event(event: BrokerEvent) -> None:
        log.info("broker_%s attempt=%d %s", event.health.value, event.attempt, event.detail)
        if event.health is BrokerHealth.GAVE_UP and not failed.done():
            failed.set_result(1)

    return on_event


async def _serve_http(hub: Hub, config: HubConfig, token: str, stack: AsyncExitStack) -> str:
    document = msgspec.json.encode(openapi(hub.routes, version()))
    pages = (
        ("/openapi.json", lambda: web.Response(body=document, content_type="application/json")),
        ("/metrics", lambda: web.Response(body=hub.metrics_text(), content_type="text/plain")),
    )
    console = pages_of(hub.counters, token=token, clock=SystemClock(), voice=Voice.installed())
    app = application(hub.routes, token=token, pages=pages, sockets=hub.sockets, sites=(console,))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, config.http.host, config.http.port)
    try:
        await site.start()
    except OSError as error:
        where = f"{config.http.host}:{config.http.port}"
        raise HubError(
            f"http can't listen on {where}: {error}; choose another http.host or http.port (0: any)"
        ) from error
    host, port = runner.addresses[0][:2]
    return f"http://{host}:{port}"


def _outcome(serving: asyncio.Future[None], failed: asyncio.Future[int]) -> int:
    if serving.done():
        serving.result()
    return failed.result() if failed.done() else 1


async def _cancel(task: asyncio.Future[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
