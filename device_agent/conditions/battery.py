"""The battery of this machine."""

import importlib
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

log = logging.getLogger(__name__)

SUPPLIES = Path("/sys/class/power_supply")


@dataclass(frozen=True, slots=True)
class Battery:
    """How full it is, 0 to 100, and whether power comes in."""

    percent: int
    charging: bool


def find_battery() -> Callable[[], Battery | None]:
    """The reader for this machine: plyer on Android, which keeps the kernel's files from apps, else the kernel."""
    return PlyerBattery() if "ANDROID_ARGUMENT" in os.environ else KernelBattery()


class KernelBattery:
    """Linux's own word: the first supply that is a battery of the whole system (not of a mouse) and can be read.

    Source: the kernel's Documentation/ABI/testing/sysfs-class-power.
    """

    def __init__(self, supplies: Path = SUPPLIES) -> None:
        self._supplies = supplies

    def __call__(self) -> Battery | None:
        """Null where there is no battery."""
        try:
            folders = sorted(self._supplies.iterdir())
        except OSError:
            return None
        for folder in folders:
            if _word(folder / "type") != "Battery" or _word(folder / "scope") == "Device":
                continue
            capacity = _word(folder / "capacity")
            if capacity.isascii() and capacity.isdigit():
                return Battery(min(int(capacity), 100), _word(folder / "status") in ("Charging", "Full"))
        return None


def _word(path: Path) -> str:
    # A driver may refuse a single attribute while the gauge is asleep or the battery is taken out.
    try:
        return path.read_text("ascii", errors="replace").strip()
    except OSError:
        return ""


class _PlyerStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    percentage: float | None = None
    is_charging: bool | None = None


class PlyerBattery:
    """Android's word, through plyer; what it can't say is logged once and is null."""

    def __init__(self) -> None:
        self._silent = False

    def __call__(self) -> Battery | None:
        """Null where plyer can't tell."""
        # Java's exceptions come through as classes that exist on Android only.
        try:
            status = msgspec.convert(importlib.import_module("plyer").battery.status, type=_PlyerStatus)
        except Exception as error:
            if not self._silent:
                log.warning("battery_unread why=%r", str(error))
            self._silent = True
            return None
        self._silent = False
        if status.percentage is None:
            return None
        return Battery(max(0, min(round(status.percentage), 100)), bool(status.is_charging))
