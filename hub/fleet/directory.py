"""The fleet in memory, for the hot path. The one writer keeps it equal to the tables."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection

from contracts.fields import DeviceKind
from contracts.session import Presence
from hub.errors import ProvisioningError
from hub.fleet.store import Registry, load_bindings, load_registry
from hub.kernel import Advisor, BoundDevice, Branch, Device


class FleetDirectory:
    """Branches, advisors, devices, bindings and presence by name."""

    def __init__(self) -> None:
        self.branches: dict[str, Branch] = {}
        self.advisors: dict[str, Advisor] = {}
        self.devices: dict[str, Device] = {}
        self.presence: dict[str, Presence] = {}
        self.heard: dict[str, datetime] = {}
        self._bindings: dict[str, BoundDevice] = {}
        self._by_branch: dict[str, dict[str, BoundDevice]] = {}
        self._by_advisor: dict[str, set[str]] = {}
        self._to_lend: dict[str, set[str]] = {}

    def load(self, connection: Connection) -> None:
        """Read everything anew: at start, and after a transaction that changed it was rolled back."""
        registry = load_registry(connection)
        self.branches = {branch.name: branch for branch in registry.branches}
        self.advisors = {advisor.name: advisor for advisor in registry.advisors}
        self.devices = {device.name: device for device in registry.devices}
        self._by_advisor = {}
        self._to_lend = {}
        for device in registry.devices:
            if device.kind is not DeviceKind.KIOSK and device.branch is not None:
                self._to_lend.setdefault(device.branch, set()).add(device.name)
            if device.advisor is not None:
                self._by_advisor.setdefault(device.advisor, set()).add(device.name)
        self._bindings = {}
        self._by_branch = {}
        for bound in load_bindings(connection):
            self.set_binding(bound.device, bound)

    def check(self, registry: Registry) -> None:
        """Whether this registry fits what is there; raises ``ProvisioningError`` naming what refers to nothing."""
        _once((branch.name for branch in registry.branches), "branch")
        _once((advisor.name for advisor in registry.advisors), "advisor")
        _once((device.name for device in registry.devices), "device")
        for branch in registry.branches:
            _zone(branch)
        branches = self.branches.keys() | {branch.name for branch in registry.branches}
        advisors = self.advisors.keys() | {advisor.name for advisor in registry.advisors}
        for advisor in registry.advisors:
            for name in advisor.branches:
                _known(name, branches, f"advisor {advisor.name}: branches", "branch")
        for device in registry.devices:
            wearable = device.kind is not DeviceKind.KIOSK
            if device.branch is not None or not wearable:
                _known(device.branch, branches, f"device {device.name}: branch", "branch")
            if wearable and (device.advisor is not None or device.branch is None):
                _known(device.advisor, advisors, f"device {device.name}: advisor", "advisor")

    def binding(self, device: str) -> BoundDevice | None:
        """Where a device is bound."""
        return self._bindings.get(device)

    def bound_to(self, branch: str) -> Collection[BoundDevice]:
        """All wearables bound to a branch."""
        return self._by_branch.get(branch, {}).values()

    def bindings(self) -> Collection[BoundDevice]:
        """All bindings, as they are now."""
        return tuple(self._bindings.values())

    def devices_of(self, advisor: str) -> Collection[str]:
        """All wearables of an advisor."""
        return self._by_advisor.get(advisor, set())

    def to_lend(self, branch: str) -> Collection[str]:
        """All wearables that a branch lends to its customers, also those that an advisor has bound."""
        return self._to_lend.get(branch, set())

    def set_binding(self, device: str, bound: BoundDevice | None) -> None:
        """Follow a change of the bindings table."""
        was = self._bindings.pop(device, None)
        if was is not None:
            self._by_branch[was.branch].pop(device, None)
        if bound is not None:
            self._bindings[device] = bound
            self._by_branch.setdefault(bound.branch, {})[device] = bound


def _once(names: Iterable[str], what: str) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise ProvisioningError(f"{what} {name} is defined twice: define it once")


def _zone(branch: Branch) -> None:
    try:
        ZoneInfo(branch.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ProvisioningError(
            f"branch {branch.name}: time_zone = {branch.time_zone!r}: give an IANA name such as Asia/Seoul"
        ) from error


def _known(name: str | None, names: Collection[str], where: str, what: str) -> None:
    if name not in names:
        raise ProvisioningError(f"{where} = {name!r}: there is no such {what}; define it, or name one that exists")
