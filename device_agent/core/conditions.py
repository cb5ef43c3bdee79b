"""How the device itself is: battery, storage, certificate, update, and how it sits on the wrist. Pure."""

from datetime import datetime
from enum import StrEnum

import msgspec

LOW_BATTERY_PERCENT = 15

LOW_STORAGE_BYTES = 200_000_000
"""With less room than this the advisor is told."""

FULL_STORAGE_BYTES = 20_000_000
"""With less room than this nothing more can be kept safely."""


class Wrist(StrEnum):
    """How the device sits: looked at, hanging down, or taken off."""

    UP = "up"
    DOWN = "down"
    OFF = "off"


class Storage(StrEnum):
    """Room for the device's own file; ``full`` when nothing more can be kept safely."""

    OK = "ok"
    LOW = "low"
    FULL = "full"


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """An update that is being installed: its version, and how far it is (0 to 1)."""

    version: str
    share: float


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """The device just now. ``battery_percent`` is null where it can't be told, ``certificate_ends`` without one."""

    battery_percent: int | None = None
    charging: bool = False
    storage: Storage = Storage.OK
    certificate_ends: datetime | None = None
    update: Update | None = None
    wrist: Wrist = Wrist.UP

    @property
    def battery_low(self) -> bool:
        """Whether the advisor should be told."""
        percent = self.battery_percent
        return percent is not None and percent <= LOW_BATTERY_PERCENT and not self.charging


def storage(free_bytes: int) -> Storage:
    """How much room there is."""
    if free_bytes < FULL_STORAGE_BYTES:
        return Storage.FULL
    return Storage.LOW if free_bytes < LOW_STORAGE_BYTES else Storage.OK
