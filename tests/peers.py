"""Real peers for tests, started on free loopback ports and stopped by handle: mosquitto and PostgreSQL."""

from __future__ import annotations

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from time import monotonic
from types import TracebackType
from typing import Self

START_TIMEOUT_S = 30.0

_ports = random.Random(os.getpid() ^ monotonic().as_integer_ratio()[0])  # another order in every process


class PeerError(Exception):
    """A peer could not be started or stopped; the message holds the end of its log."""


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on.

    Taken below the range that the kernel gives to outgoing connections, so that none of those takes it meanwhile.
    """
    for _ in range(1000):
        port = _ports.randrange(12_000, 32_000)
        with socket.socket() as candidate:
            try:
                candidate.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise PeerError("no free loopback port between 12000 and 32000 in 1000 tries")


def listens(port: int) -> bool:
    """Whether something accepts TCP connections on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def find_binary(name: str, *folders: str) -> Path | None:
    """The program `name` on PATH or, as Debian keeps servers off it, in one of the `folders` (globs; the last wins)."""
    if found := shutil.which(name):
        return Path(found).resolve()  # its sisters lie beside the program, not beside a link to it
    candidates = [path for folder in folders for path in sorted(Path("/").glob(f"{folder.lstrip('/')}/{name}"))]
    return candidates[-1] if candidates else None


class Server:
    """A server process in the foreground: started, killed, started again on the same port and folder, stopped.

    Raises PeerError where it ends or isn't ready within 30 s.
    """

    stop_timeout_s = 10.0

    def __init__(self, name: str, command: Sequence[str], port: int, log: Path, user: str | None = None) -> None:
        self.port = port
        self._name = name
        self._command = tuple(command)
        self._log = log
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it and return when it is ready."""
        if self.running:
            raise PeerError(f"{self._name} is running already: stop it first")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                user=self._user,
                extra_groups=[] if self._user else None,
                cwd=self._log.parent,
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self.kill()
            raise

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end and wait; kill it, and say so, where it does not end within `stop_timeout_s`."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(with_signal)
        try:
            process.wait(self.stop_timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise PeerError(f"{self._name} did not end on {with_signal.name}:\n{self._log_end()}") from None

    def kill(self) -> None:
        """End it at once, as a power cut would (SIGKILL)."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def _wait_until_ready(self) -> None:
        deadline = monotonic() + START_TIMEOUT_S
        pause = Event()
        while not self._ready():
            if not self.running or monotonic() > deadline:
                raise PeerError(f"{self._name} is not ready on port {self.port}:\n{self._log_end()}")
            pause.wait(0.01)

    def _ready(self) -> bool:
        return listens(self.port)

    def _log_end(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")[-2000:]


class Mosquitto(Server):
    """A mosquitto broker with persistence in `folder`: one anonymous listener on a free loopback port."""

    def __init__(self, binary: Path, folder: Path, port: int, settings: Sequence[str] = ()) -> None:
        config = folder / "mosquitto.conf"
        lines = [
            f"listener {port} 127.0.0.1",
            "allow_anonymous true",
            "persistence true",
            f"persistence_location {folder}/",
            "autosave_interval 1",
            "max_queued_messages 10000",
            # As root it would become a user that can't write to the test's folder.
            *([f"user {pwd.getpwuid(os.geteuid()).pw_name}"] if os.geteuid() == 0 else []),
            *settings,
        ]
        config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        super().__init__("mosquitto", [str(binary), "-c", str(config)], port, folder / "mosquitto.log")

    @property
    def url(self) -> str:
        """As the hub and the agents take it: mqtt://127.0.0.1:PORT."""
        return f"mqtt://127.0.0.1:{self.port}"


class Postgres(Server):
    """A PostgreSQL cluster of its own in a temporary folder, on a free loopback port, without a password.

    PostgreSQL refuses to run as root: then it runs as the user postgres or nobody, in a folder of theirs.
    """

    def __init__(self, initdb: Path, port: int) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="usher-postgres-"))
        user = _unprivileged_user() if os.geteuid() == 0 else None
        if user is not None:
            shutil.chown(self._folder, user)
        data = self._folder / "data"
        made = subprocess.run(
            [
                *(str(initdb), "-D", str(data), "-U", "usher", "--auth=trust", "--no-sync"),
                *("--encoding=UTF8", "--locale=C.UTF-8"),
            ],
            capture_output=True,
            text=True,
            check=False,
            user=user,
            extra_groups=[] if user else None,
            cwd=self._folder,
        )
        if made.returncode:
            self.discard()
            raise PeerError(f"initdb failed:\n{made.stdout[-1000:]}{made.stderr[-1000:]}")
        # fsync guards against a power cut of the machine, which no test plays; commits still survive SIGKILL.
        settings = {"listen_addresses": "127.0.0.1", "port": str(port), "fsync": "off", "max_connections": "50"}
        settings["unix_socket_directories"] = str(self._folder)
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        self._pg_isready = initdb.with_name("pg_isready")
        command = [str(initdb.with_name("postgres")), "-D", str(data), *options]
        super().__init__("postgres", command, port, self._folder / "postgres.log", user)

    def url(self, database: str) -> str:
        """As SQLAlchemy takes it, with the psycopg driver."""
        return f"postgresql+psycopg://usher@127.0.0.1:{self.port}/{database}"

    def dsn(self, database: str = "postgres") -> str:
        """As libpq and psycopg take it."""
        return f"postgresql://usher@127.0.0.1:{self.port}/{database}"

    def _ready(self) -> bool:
        # It listens before it has recovered and takes connections.
        question = [str(self._pg_isready), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(question, check=False).returncode == 0

    def discard(self) -> None:
        """Remove the cluster's files."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.discard()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop(signal.SIGINT)  # "fast": doesn't wait for clients
        finally:
            self.discard()


def _unprivileged_user() -> str:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise PeerError("neither the user postgres nor nobody exists, and PostgreSQL doesn't run as root")
