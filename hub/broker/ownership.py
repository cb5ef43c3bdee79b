"""Who owns a broker's data directory: a lock for the life of the hub, and the end of a broker that outlived its hub."""

import asyncio
import fcntl
import logging
import os
import signal
from pathlib import Path
from types import TracebackType
from typing import Self

from hub.broker.errors import BrokerStoreError, BrokerStoreInUse

log = logging.getLogger(__name__)

ORPHAN_GRACE_S = 5.0


class DirectoryLock:
    """The data directory is this process's until ``release``, or until this process is gone, however it ends."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._handle: int | None = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()

    def acquire(self) -> None:
        """Make the directory (mode 0700) and lock it; raises ``BrokerStoreError``."""
        try:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self._directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise BrokerStoreError(
                f"the broker's data directory {self._directory} can't be written: {error.strerror}; "
                "give a directory that this user may write to"
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            raise BrokerStoreInUse(
                f"another process runs a broker on {self._directory}; stop it, or give this hub its own data directory"
            ) from error
        self._handle = handle

    def release(self) -> None:
        """Give the directory back; nothing happens where it isn't held."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)


def orphan_of(directory: Path) -> int | None:
    """The process id of a broker that still runs on this directory though its hub is gone; None where there is none.

    A process counts only where its command line names this directory's configuration: ids are used again.
    """
    try:
        pid = int((directory / "nats.pid").read_text("ascii"))
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if os.fsencode(directory / "nats.conf") in command else None


async def end_orphan(directory: Path, *, grace_s: float = ORPHAN_GRACE_S) -> int | None:
    """End the broker that outlived its hub (SIGTERM, after ``grace_s`` SIGKILL) and return its process id, if any."""
    pid = orphan_of(directory)
    if pid is None:
        return None
    log.warning("broker_orphan_taken_over pid=%d directory=%s", pid, directory)
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return pid
    try:
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                signal.pidfd_send_signal(handle, number)
            except ProcessLookupError:
                return pid
            if await _gone(handle, grace_s):
                return pid
    finally:
        os.close(handle)
    raise BrokerStoreInUse(f"the broker {pid} on {directory} outlived its hub and can't be ended; end it by hand")


async def _gone(handle: int, timeout_s: float) -> bool:
    loop = asyncio.get_running_loop()
    gone = asyncio.Event()
    loop.add_reader(handle, gone.set)
    try:
        async with asyncio.timeout(timeout_s):
            await gone.wait()
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(handle)
    return True
