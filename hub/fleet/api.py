"""HTTP routes of the fleet: provisioning, devices with their presence."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from contracts.fields import DeviceKind
from contracts.session import Presence
from hub.errors import ProvisioningError
from hub.fleet.directory import FleetDirectory
from hub.fleet.service import FleetService
from hub.fleet.store import Registry
from hub.kernel import Branch
from hub.ports import Transact
from hub.storage import UnitOfWork
from hub.web.routes import Nothing, Request, Route, problem


class Provisioned(msgspec.Struct, frozen=True, kw_only=True):
    """How many of each were written."""

    branches: int
    advisors: int
    devices: int


class DeviceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A device as branch IT sees it."""

    name: str
    kind: DeviceKind
    advisor: str | None
    branch: str | None
    presence: Presence | None
    last_heard: datetime | None


def routes(transact: Transact, fleet: FleetService) -> Sequence[Route]:
    """The fleet's routes."""
    directory = fleet.directory

    async def provision(request: Request[Nothing, Registry]) -> Provisioned:
        registry = request.body

        def job(unit: UnitOfWork) -> None:
            fleet.provision(unit, registry)

        try:
            await transact(job)
        except ProvisioningError as error:
            raise problem(422, "not provisioned", str(error)) from error
        return Provisioned(
            branches=len(registry.branches), advisors=len(registry.advisors), devices=len(registry.devices)
        )

    async def branches(_request: Request[Nothing, None]) -> list[Branch]:
        return sorted(directory.branches.values(), key=lambda branch: branch.name)

    async def devices(_request: Request[Nothing, None]) -> list[DeviceStatus]:
        return [status_of(directory, name) for name in sorted(directory.devices)]

    return (
        Route(
            method="PUT",
            path="/v1/fleet",
            summary="Write branches, advisors and devices, replacing those of the same name",
            handle=provision,
            answer=Provisioned,
            body=Registry,
        ),
        Route(method="GET", path="/v1/branches", summary="All branches", handle=branches, answer=list[Branch]),
        Route(
            method="GET",
            path="/v1/devices",
            summary="All devices with where they are bound and when they were heard",
            handle=devices,
            answer=list[DeviceStatus],
        ),
    )


def status_of(directory: FleetDirectory, name: str) -> DeviceStatus:
    """A device as branch IT sees it."""
    device, bound = directory.devices[name], directory.binding(name)
    return DeviceStatus(
        name=name,
        kind=device.kind,
        advisor=device.advisor,
        branch=bound.branch if bound else device.branch,
        presence=directory.presence.get(name),
        last_heard=directory.heard.get(name),
    )
