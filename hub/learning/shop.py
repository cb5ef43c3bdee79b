"""Which released model each device should have, and how the devices get on with it (W-13, W-16)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from contracts.fields import DeviceKind
from contracts.models import ModelReported, ModelState
from hub.kernel import Device
from hub.learning.model import chosen
from hub.storage import UnitOfWork
from models.errors import ArtefactError
from models.registry import Sealed

_FAILING = frozenset({ModelState.REFUSED, ModelState.FAILED})


@dataclass(frozen=True, slots=True)
class Shelved:
    """The published release, and the canary's with its share of the devices, 0 to 1."""

    published: Sealed
    canary: Sealed | None = None
    share: float = 0.0


@dataclass(slots=True)
class Uptake:
    """Which devices have a release, and which can't have it and why; by device."""

    active: set[str] = field(default_factory=set)
    failing: dict[str, str] = field(default_factory=dict)


class ModelShop:
    """A :class:`~hub.learning.delivery.ModelSource`; what it says of devices begins anew with the hub."""

    def __init__(self, *, wake: Callable[[], None]) -> None:
        self._shelved: Shelved | None = None
        self._uptake: dict[int, Uptake] = {}
        self._wake = wake
        self._ahead = 0

    def ahead(self) -> int:
        """The highest serial that a device uses and that is above all that is out, once; 0 for none."""
        ahead, self._ahead = self._ahead, 0
        return ahead

    def put_out(self, shelved: Shelved) -> None:
        """From now on the devices should have these."""
        self._shelved = shelved
        out = [sealed.serial for sealed in (shelved.published, shelved.canary) if sealed is not None]
        self._uptake = {serial: self._uptake.get(serial, Uptake()) for serial in out}

    def desired(self, device: str, kind: DeviceKind) -> Sealed | None:
        """The device's model: drawn by its name, so that it stays the same as long as the canary does."""
        del kind
        shelved = self._shelved
        if shelved is None:
            return None
        canary = shelved.canary
        if canary is not None and chosen(device, canary.version, shelved.share):
            return canary
        return shelved.published

    def read(self, version: str, file: str, offset: int, size: int) -> bytes:
        """A piece of a file of a release that is out; raises ``ModelsError``."""
        shelved = self._shelved
        for sealed in (shelved.canary, shelved.published) if shelved is not None else ():
            if sealed is not None and sealed.version == version:
                return sealed.read(file, offset, size)
        raise ArtefactError(f"model {version!r} is not out: the device is told which one is")

    def on_reported(self, unit: UnitOfWork, device: Device, report: ModelReported) -> None:
        """A device says how far it is with a release."""
        del unit
        uptake = self._uptake.get(report.serial)
        if uptake is None:
            return
        if report.active is not None and report.active.serial > max(self._uptake):
            self._ahead = max(self._ahead, report.active.serial)
            self._wake()
        if report.state is ModelState.ACTIVE:
            uptake.active.add(device.name)
            uptake.failing.pop(device.name, None)
        elif report.state in _FAILING:
            uptake.active.discard(device.name)
            uptake.failing[device.name] = report.why
            self._wake()

    def uptake(self, serial: int) -> Uptake:
        """How the devices get on with a release."""
        return self._uptake.get(serial, Uptake())
