"""The SQL of lent bands: a row as long as a device is lent."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Column, LargeBinary, String, Table, delete, select, update

from hub.lobby.lending.model import Lending
from hub.storage import UnitOfWork, metadata

lendings = Table(
    "lendings",
    metadata,
    Column("device", String(63), primary_key=True),
    Column("ticket", String(64), nullable=False, unique=True),
    Column("branch", String(63), nullable=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

_decoder = msgspec.msgpack.Decoder(Lending)
_kept = lendings.c


def of_device(unit: UnitOfWork, device: str) -> Lending | None:
    """To whom the device is lent."""
    rows = unit.read(select(_kept.body).where(_kept.device == device))
    return _decoder.decode(rows[0][0]) if rows else None


def of_ticket(unit: UnitOfWork, ticket: str) -> Lending | None:
    """What is lent to the customer of the ticket."""
    rows = unit.read(select(_kept.body).where(_kept.ticket == ticket))
    return _decoder.decode(rows[0][0]) if rows else None


def of_branch(unit: UnitOfWork, branch: str) -> Sequence[Lending]:
    """All that the branch has lent; there are as many rows as the bank has bands, so they are looked through."""
    rows = unit.read(select(_kept.body).where(_kept.branch == branch).order_by(_kept.device))
    return [_decoder.decode(row[0]) for row in rows]


def insert(unit: UnitOfWork, lending: Lending) -> None:
    """From now on it is lent."""
    row = {"device": lending.device, "ticket": lending.ticket, "branch": lending.branch}
    unit.insert(lendings, {**row, "body": msgspec.msgpack.encode(lending)})


def save(unit: UnitOfWork, lending: Lending) -> None:
    """It was called, or the customer has tapped."""
    unit.write(update(lendings).where(_kept.device == lending.device).values(body=msgspec.msgpack.encode(lending)))


def remove(unit: UnitOfWork, device: str) -> None:
    """It is back."""
    unit.write(delete(lendings).where(_kept.device == device))
