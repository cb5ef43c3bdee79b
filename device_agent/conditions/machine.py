"""The sensors of the machine that this runs on: Linux, and Android through plyer."""

import asyncio
import logging
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from device_agent.conditions.battery import Battery, find_battery
from device_agent.conditions.certificate import CertificateEnd
from device_agent.conditions.told import Told
from device_agent.core.conditions import storage

log = logging.getLogger(__name__)

POLL_S = 30.0


def free_bytes(folder: Path) -> int:
    """What an ordinary user may still write there; raises ``OSError``."""
    return shutil.disk_usage(folder).free


class MachineSensors(Told):
    """A :class:`~device_agent.conditions.port.Sensors` that looks every ``POLL_S`` and tells what changed.

    ``folder`` is where the store is; ``certificate`` a PEM file. Each look reads a few small files and asks the file
    system once, in the event loop: that is quicker than handing it to a thread.
    """

    def __init__(
        self,
        *,
        folder: Path,
        certificate: Path | None = None,
        battery: Callable[[], Battery | None] | None = None,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        super().__init__()
        self._folder = folder
        self._battery = find_battery() if battery is None else battery
        self._free = free
        self._certificate = CertificateEnd(certificate) if certificate is not None else None
        self._blind = False
        self.look()

    def look(self) -> None:
        """Read everything once."""
        battery = self._battery()
        self._look_at_disk()
        ends: datetime | None = self._certificate.read() if self._certificate is not None else None
        self._become(
            replace(
                self._conditions,
                battery_percent=battery.percent if battery else None,
                charging=battery.charging if battery else False,
                storage=self._storage(),
                certificate_ends=ends,
            )
        )

    async def run(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(POLL_S)

    def _look_at_disk(self) -> None:
        try:
            self._measured = storage(self._free(self._folder))
            self._blind = False
        except OSError as error:
            if not self._blind:
                log.warning("storage_unread folder=%s why=%r", self._folder, error.strerror)
            self._blind = True
