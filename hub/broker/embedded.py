"""The embedded broker: one nats-server as a child of the hub, kept up until stopped.

It dies with the hub (also on SIGKILL of the hub), keeps sessions and retained messages on disk over any end of its own,
and is started again with jittered back-off.
"""

import asyncio
import logging
import os
import random
import secrets
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType

import aiomqtt

from hub.broker.errors import (
    BrokerConfigError,
    BrokerError,
    BrokerPortInUse,
    BrokerStartError,
    BrokerStoreError,
)
from hub.broker.machine import find_nats_server, free_port, is_free, port_in_use, reachable
from hub.broker.nats_config import BrokerLimits, BrokerUrl, BrokerUser, NatsSettings, nats_config
from hub.broker.ownership import DirectoryLock, end_orphan
from runtime.backoff import full_jitter

log = logging.getLogger(__name__)

LOOPBACK = ("127.0.0.1", "::1", "localhost")
READY_TIMEOUT_S = 30.0
STOP_GRACE_S = 10.0
# Doubled with each try: a connection that came too early is closed without an answer, which this client doesn't notice.
FIRST_ANSWER_S = 0.25
STABLE_AFTER_S = 60.0
PORT_TRIES = 5
NOT_WRITABLE = ("permission denied", "read-only file system", "no space left", "storage directory")


class BrokerHealth(StrEnum):
    """What happened to the broker."""

    STARTED = "started"
    DIED = "died"
    RESTARTED = "restarted"
    GAVE_UP = "gave_up"


@dataclass(frozen=True, slots=True)
class BrokerEvent:
    """A change of the broker's health. ``attempt`` counts restarts since it was last stable for a minute."""

    health: BrokerHealth
    attempt: int
    detail: str


def _no_event(event: BrokerEvent) -> None:
    """For who doesn't listen: the log says it as well."""


class EmbeddedBroker:
    """A nats-server of ours on its data directory.

    ``port`` 0 chooses a free one, kept over restarts. Without ``users`` everybody on this machine may connect and do
    everything, and ``host`` must be a loopback address; with them each may do only what is listed. ``on_event`` is
    called in the event loop and must not block. Start it from the thread that lives as long as the hub: the kernel
    ends the broker with the thread that started it. Raises ``BrokerError`` and below.
    """

    def __init__(
        self,
        directory: Path,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        users: Sequence[BrokerUser] = (),
        limits: BrokerLimits | None = None,
        on_event: Callable[[BrokerEvent], None] = _no_event,
        chance: random.Random | None = None,
        most_restarts: int = 10,
        backoff_first_s: float = 0.1,
        backoff_most_s: float = 10.0,
    ) -> None:
        if host not in LOOPBACK and not users:
            raise BrokerConfigError(
                f"broker.host = {host!r} is open to the network and there are no users; "
                "list broker users, or use 127.0.0.1"
            )
        names = [user.name for user in users]
        if len(set(names)) != len(names):
            raise BrokerConfigError(f"broker users: {max(names, key=names.count)!r} is listed more than once")
        self._directory = directory.absolute()
        self._host, self._wanted_port = host, port
        self._users, self._limits = tuple(users), limits or BrokerLimits()
        self._on_event, self._chance = on_event, chance or random.Random()
        self._most_restarts = most_restarts
        self._backoff_first_s, self._backoff_most_s = backoff_first_s, backoff_most_s
        self._lock = DirectoryLock(self._directory)
        self._probe = _new_probe()
        self._native_port = 0
        self._open_password = secrets.token_urlsafe(24)
        self._port = port
        self._log_from = 0
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._ready = False

    async def __aenter__(self) -> BrokerUrl:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def healthy(self) -> bool:
        """Whether it runs and has answered a CONNECT since it was started last."""
        return self._ready and self.pid is not None

    @property
    def pid(self) -> int | None:
        """Its process id; None while it is down."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def start(self) -> BrokerUrl:
        """Take the data directory (ending a broker that outlived its hub), start, and return when it answers.

        Raises ``BrokerBinaryMissing``, ``BrokerPortInUse``, ``BrokerStoreError``, ``BrokerStartError``.
        """
        if self._keeper is not None:
            raise BrokerError(f"the broker on {self._directory} is running already; stop it first")
        self._lock.acquire()
        try:
            binary = find_nats_server()
            await end_orphan(self._directory)
            port = await self._launch_on_some_port(binary)
        except BaseException:
            await self._end_process()
            self._lock.release()
            raise
        self._port = port
        url = BrokerUrl(reachable(self._host), port)
        self._keeper = asyncio.create_task(self._keep_up(binary, port), name="embedded-broker")
        self._tell(BrokerHealth.STARTED, 0, f"pid={self.pid} url={url}")
        return url

    async def stop(self) -> None:
        """Ask it to end, kill it after 10 s, give the data directory back. Nothing happens where it doesn't run."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
        await self._end_process()
        self._lock.release()

    async def set_users(self, users: Sequence[BrokerUser]) -> None:
        """Let exactly these in from now on, without a restart: who is no longer listed is thrown out.

        Returns when the broker has taken it. Only for a broker that was made with users.
        """
        if not users or not self._users:
            raise BrokerConfigError("a broker without users can't get some, nor lose all, while it runs; stop it first")
        self._users, self._probe = tuple(users), _new_probe()
        if self._process is None or self._process.returncode is not None:
            return  # the next start reads them
        self._write_config(self._port)
        self._process.send_signal(signal.SIGHUP)
        await self._until_ready(self._process, self._port)

    async def _launch_on_some_port(self, binary: Path) -> int:
        tries = 1 if self._wanted_port else PORT_TRIES
        while True:
            tries -= 1
            port = self._wanted_port or free_port(self._host, self._chance)
            try:
                await self._launch(binary, port)
            except BrokerPortInUse:
                if not tries:
                    raise
            else:
                return port

    async def _keep_up(self, binary: Path, port: int) -> None:
        loop = asyncio.get_running_loop()
        attempt = 0
        while self._process is not None:
            since = loop.time()
            code = await self._process.wait()
            self._ready = False
            attempt = 0 if loop.time() - since > STABLE_AFTER_S else attempt
            self._tell(BrokerHealth.DIED, attempt, f"exit_code={code}")
            while True:
                attempt += 1
                if attempt > self._most_restarts:
                    self._tell(BrokerHealth.GAVE_UP, attempt - 1, f"see {self._directory / 'nats.log'}")
                    return
                await asyncio.sleep(
                    full_jitter(
                        attempt - 1, first_s=self._backoff_first_s, most_s=self._backoff_most_s, chance=self._chance
                    )
                )
                try:
                    await self._launch(binary, port)
                except BrokerError as error:
                    await self._end_process()
                    self._tell(BrokerHealth.DIED, attempt, str(error))
                else:
                    self._tell(BrokerHealth.RESTARTED, attempt, f"pid={self.pid}")
                    break

    async def _launch(self, binary: Path, port: int) -> None:
        if not is_free(self._host, port):
            raise port_in_use(self._host, port)
        self._native_port = free_port("127.0.0.1", self._chance)
        log_file = self._directory / "nats.log"
        try:
            (self._directory / "store").mkdir(exist_ok=True, mode=0o700)
            self._log_from = log_file.stat().st_size if log_file.exists() else 0
            config = self._write_config(port)
            with (self._directory / "nats.stderr").open("wb") as stderr:
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-I", "-S", str(Path(__file__).with_name("launch.py")), str(os.getpid())),
                    *(str(binary), "-c", str(config)),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=stderr,
                    start_new_session=True,
                )
        except OSError as error:
            raise BrokerStoreError(
                f"the broker can't be started on {self._directory}: {error}; "
                "give a directory that this user may write to"
            ) from error
        await self._until_ready(self._process, port)
        self._ready = True

    def _write_config(self, port: int) -> Path:
        settings = NatsSettings(
            name="usher",
            directory=self._directory,
            host=self._host,
            mqtt_port=port,
            native_port=self._native_port,
            probe_name=self._probe[0],
            probe_password=self._probe[1],
            open_password=self._open_password,
            users=self._users,
            limits=self._limits,
        )
        config = self._directory / "nats.conf"
        config.unlink(missing_ok=True)
        config.touch(mode=0o600)
        config.write_text(nats_config(settings), "utf-8")
        return config

    async def _until_ready(self, process: asyncio.subprocess.Process, port: int) -> None:
        exited = asyncio.create_task(process.wait())
        patience_s = FIRST_ANSWER_S
        try:
            async with asyncio.timeout(READY_TIMEOUT_S):
                while not await self._answers(port, patience_s):
                    patience_s *= 2
                    # Ends the pause at once where the broker ended.
                    done, _ = await asyncio.wait({exited}, timeout=0.02)
                    if done:
                        raise self._why_it_ended(port)
        except TimeoutError as error:
            raise BrokerStartError(
                f"the broker does not answer on port {port} after {READY_TIMEOUT_S:.0f} s:\n{self._log_end()}"
            ) from error
        finally:
            exited.cancel()

    async def _answers(self, port: int, timeout_s: float) -> bool:
        name, password = self._probe
        try:
            async with aiomqtt.Client(
                reachable(self._host), port, username=name, password=password, identifier=name, timeout=timeout_s
            ):
                return True
        except aiomqtt.MqttError:
            return False

    def _why_it_ended(self, port: int) -> BrokerError:
        end = self._log_end()
        if "address already in use" in end and not is_free(self._host, port):
            return port_in_use(self._host, port)
        if any(sign in end for sign in NOT_WRITABLE):
            return BrokerStoreError(f"the broker can't write to {self._directory}:\n{end}")
        return BrokerStartError(f"the broker ended while starting on {self._directory}:\n{end}")

    def _log_end(self) -> str:
        parts = []
        for name, since in (("nats.log", self._log_from), ("nats.stderr", 0)):
            try:
                with (self._directory / name).open("rb") as file:
                    size = file.seek(0, os.SEEK_END)
                    # A shorter file than before is a new one: the broker rotates its log.
                    file.seek(max(0, size - 2000, since if since <= size else 0))
                    parts.append(file.read().decode("utf-8", "replace"))
            except OSError:
                continue
        return "".join(parts).strip() or "(its log is empty)"

    async def _end_process(self) -> None:
        process, self._process = self._process, None
        self._ready = False
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(STOP_GRACE_S):
                await process.wait()
        except TimeoutError:
            log.warning("broker_killed pid=%d grace_s=%.0f", process.pid, STOP_GRACE_S)
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()

    def _tell(self, health: BrokerHealth, attempt: int, detail: str) -> None:
        level = logging.INFO if health in (BrokerHealth.STARTED, BrokerHealth.RESTARTED) else logging.WARNING
        log.log(level, "broker_%s attempt=%d %s", health.value, attempt, detail)
        try:
            self._on_event(BrokerEvent(health, attempt, detail))
        except Exception:
            # A listener's fault must not end the watch over the broker.
            log.exception("broker_event_listener_failed health=%s", health.value)


def _new_probe() -> tuple[str, str]:
    return f"probe-{secrets.token_hex(4)}", secrets.token_urlsafe(24)
