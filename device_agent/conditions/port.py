"""The sensors port: battery, storage, certificate, update and wrist."""

from collections.abc import Callable
from typing import Protocol

from device_agent.core.conditions import Conditions, Update, Wrist


class Sensors(Protocol):
    """Knows the device. Everything is called in the event loop; nothing blocks, nothing is told twice."""

    @property
    def conditions(self) -> Conditions:
        """The device as it was read last; read once before this can be asked."""
        ...

    def listen(self, on_change: Callable[[Conditions], None]) -> None:
        """Call this with each new value from now on, before whatever changed it returns. There is one listener."""
        ...

    async def run(self) -> None:
        """Read what changes by itself until cancelled; a sensor that fails is logged and leaves its last value."""
        ...

    def wrist(self, wrist: Wrist) -> None:
        """The device sits like this now."""
        ...

    def updating(self, update: Update | None) -> None:
        """An update is being installed this far; null when none is."""
        ...

    def disk_refused(self) -> None:
        """The store couldn't be written because the disk is full: storage is full until :meth:`disk_took`."""
        ...

    def disk_took(self) -> None:
        """The store was written."""
        ...
