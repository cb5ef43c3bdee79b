"""Use cases of the fleet: provisioning, binding and unbinding (W-02)."""

from collections.abc import Callable

from contracts import Refusal
from contracts.session import BindDevice, Binding, BranchChoice, DeviceBound, UnbindDevice
from hub.events import DeviceJoined, DeviceLeft
from hub.fleet.directory import FleetDirectory
from hub.fleet.model import decide_binding
from hub.fleet.store import Registry, save_binding, save_registry
from hub.inbound import Inbound
from hub.kernel import BoundDevice, Device
from hub.storage import UnitOfWork, moment_of, ms
from hub.streams import UNPLACED

RefusesBinding = Callable[[UnitOfWork, str], Refusal | None]
"""Why a device can't be bound just now, whoever its advisor is; null when it can."""


class FleetService:
    """Changes the fleet; the rooms hear of it as domain events."""

    def __init__(self, directory: FleetDirectory, refuses: RefusesBinding) -> None:
        self.directory = directory
        self._refuses = refuses

    def provision(self, unit: UnitOfWork, registry: Registry) -> None:
        """Take in branches, advisors and devices, replacing those of the same name; raises ``ProvisioningError``.

        A binding that is not allowed any more ends (W-02).
        """
        self.directory.check(registry)
        save_registry(unit, registry)
        unit.flush()
        self.directory.load(unit.connection)
        for bound in self.directory.bindings():
            device = self.directory.devices[bound.device]
            advisor = self.directory.advisors.get(device.advisor or "")
            branch = self.directory.branches.get(bound.branch)
            moved = device.advisor != bound.advisor
            if moved or decide_binding(device, advisor, branch, bound.branch) is not None:
                self._change(unit, device, None, bound, "provisioned")
                self._confirm(unit, device.name)

    def bind(self, unit: UnitOfWork, inbound: Inbound[BindDevice]) -> Refusal | None:
        """Bind the device to the branch, if its advisor may; one branch at a time."""
        device, wanted = inbound.device, inbound.data.branch
        advisor = self.directory.advisors.get(device.advisor or "")
        refusal = decide_binding(device, advisor, self.directory.branches.get(wanted), wanted)
        refusal = refusal or self._refuses(unit, device.name)
        if refusal is not None or advisor is None:
            return refusal
        was = self.directory.binding(device.name)
        if was is None or was.branch != wanted or was.advisor != advisor.name:
            bound = BoundDevice(device=device.name, advisor=advisor.name, branch=wanted, since=moment_of(ms(unit.now)))
            self._change(unit, device, bound, was, inbound.id)
        self._confirm(unit, device.name)
        return None

    def unbind(self, unit: UnitOfWork, inbound: Inbound[UnbindDevice]) -> Refusal | None:
        """Unbind the device; it gets no more tasks. Unbinding an unbound device is no error."""
        was = self.directory.binding(inbound.device.name)
        if was is not None:
            self._change(unit, inbound.device, None, was, inbound.id)
        self._confirm(unit, inbound.device.name)
        return None

    def view(self, device: str) -> tuple[Binding | None, tuple[BranchChoice, ...]]:
        """The binding and the branches this device's advisor may choose, as the device is told."""
        registered = self.directory.devices.get(device)
        advisor = self.directory.advisors.get(registered.advisor or "") if registered else None
        if advisor is None:
            return None, ()
        titles = ((name, self.directory.branches.get(name)) for name in advisor.branches)
        choices = tuple(BranchChoice(branch=name, title=branch.title) for name, branch in titles if branch is not None)
        bound = self.directory.binding(device)
        if bound is None:
            return None, choices
        branch = self.directory.branches[bound.branch]
        return (
            Binding(
                branch=bound.branch,
                title=branch.title,
                advisor=bound.advisor,
                language=advisor.language,
                since=bound.since,
            ),
            choices,
        )

    def _confirm(self, unit: UnitOfWork, device: str) -> None:
        binding, choices = self.view(device)
        unit.say(device, DeviceBound(position=UNPLACED, binding=binding, choices=choices))
        unit.resync(device)

    def _change(
        self, unit: UnitOfWork, device: Device, bound: BoundDevice | None, was: BoundDevice | None, cause: str
    ) -> None:
        save_binding(unit, device.name, bound, was=was, cause=cause)
        self.directory.set_binding(device.name, bound)
        if was is not None:
            unit.emit(DeviceLeft(device=device.name, advisor=was.advisor, branch=was.branch))
        if bound is not None:
            unit.emit(DeviceJoined(device=device.name, advisor=bound.advisor, branch=bound.branch))
