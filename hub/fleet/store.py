"""The fleet's tables: branches, advisors, devices, current bindings and their audit."""

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, String, Table, bindparam, delete, select

from hub.kernel import Advisor, BoundDevice, Branch, Device
from hub.storage import UnitOfWork, metadata, moment_of, ms


def _registry(name: str) -> Table:
    return Table(
        name, metadata, Column("name", String(63), primary_key=True), Column("body", LargeBinary, nullable=False)
    )


branches = _registry("branches")
advisors = _registry("advisors")
devices = _registry("devices")
bindings = Table(
    "bindings",
    metadata,
    Column("device", String(63), primary_key=True),
    Column("advisor", String(63), nullable=False),
    Column("branch", String(63), nullable=False, index=True),
    Column("since_ms", BigInteger, nullable=False),
)
binding_audit = Table(
    "binding_audit",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("device", String(63), nullable=False, index=True),
    Column("advisor", String(63), nullable=False),
    Column("branch", String(63), nullable=False),
    Column("change", String(16), nullable=False),
    Column("message_id", String(64), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)


class Registry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything a provisioning file may say of a fleet."""

    branches: tuple[Branch, ...] = ()
    advisors: tuple[Advisor, ...] = ()
    devices: tuple[Device, ...] = ()


def load_registry(connection: Connection) -> Registry:
    """All branches, advisors and devices."""

    def bodies(table: Table) -> list[bytes]:
        return [row[0] for row in connection.execute(select(table.c.body))]

    return Registry(
        branches=tuple(msgspec.json.decode(body, type=Branch) for body in bodies(branches)),
        advisors=tuple(msgspec.json.decode(body, type=Advisor) for body in bodies(advisors)),
        devices=tuple(msgspec.json.decode(body, type=Device) for body in bodies(devices)),
    )


def load_bindings(connection: Connection) -> list[BoundDevice]:
    """All current bindings."""
    rows = connection.execute(select(bindings.c.device, bindings.c.advisor, bindings.c.branch, bindings.c.since_ms))
    return [BoundDevice(device=d, advisor=a, branch=b, since=moment_of(since)) for d, a, b, since in rows]


def save_registry(unit: UnitOfWork, registry: Registry) -> None:
    """Write or replace these branches, advisors and devices."""
    for table, entries in ((branches, registry.branches), (advisors, registry.advisors), (devices, registry.devices)):
        names = [{"old": entry.name} for entry in entries]
        if names:
            unit.write(delete(table).where(table.c.name == bindparam("old")), names)
        for entry in entries:
            unit.insert(table, {"name": entry.name, "body": msgspec.json.encode(entry)})


def save_binding(
    unit: UnitOfWork, device: str, bound: BoundDevice | None, *, was: BoundDevice | None, cause: str
) -> None:
    """Replace the device's binding and keep who changed what when."""
    if was is not None:
        unit.write(delete(bindings).where(bindings.c.device == device))
        _audit(unit, was, "unbound", cause)
    if bound is not None:
        row = {"device": device, "advisor": bound.advisor, "branch": bound.branch, "since_ms": ms(bound.since)}
        unit.insert(bindings, row)
        _audit(unit, bound, "bound", cause)


def _audit(unit: UnitOfWork, bound: BoundDevice, change: str, cause: str) -> None:
    unit.insert(
        binding_audit,
        {
            "device": bound.device,
            "advisor": bound.advisor,
            "branch": bound.branch,
            "change": change,
            "message_id": cause,
            "at_ms": ms(unit.now),
        },
    )
