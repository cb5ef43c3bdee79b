"""The SQL of the lobby."""

from collections.abc import Collection, Sequence
from datetime import date

import msgspec
from sqlalchemy import BigInteger, Column, LargeBinary, String, Table, select, update

from hub.lobby.model import Ticket
from hub.storage import LookUp, UnitOfWork, metadata, ms

tickets = Table(
    "tickets",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("number_key", String(96), nullable=False, unique=True),
    Column("branch", String(63), nullable=False),
    Column("state", String(12), nullable=False),
    Column("taken_ms", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

_KNOWN = LookUp(tickets.c.id, tickets.c.number_key, by=(tickets.c.id, tickets.c.number_key))
_decoder = msgspec.msgpack.Decoder(Ticket)


def number_key(ticket: Ticket) -> str:
    """What is unique: the number within the branch's business day."""
    return f"{ticket.branch}/{ticket.day.isoformat()}/{ticket.number}"


def known(unit: UnitOfWork, ids: Collection[str], keys: Collection[str]) -> tuple[set[str], set[str]]:
    """Which of these ticket ids and number keys are taken already."""
    rows = unit.look_up(_KNOWN, ids, keys)
    return {row[0] for row in rows}, {row[1] for row in rows}


def insert(unit: UnitOfWork, ticket: Ticket) -> None:
    """A new ticket."""
    row = {
        "id": ticket.id,
        "number_key": number_key(ticket),
        "branch": ticket.branch,
        "state": ticket.state.value,
        "taken_ms": ms(ticket.taken_at),
        "body": msgspec.msgpack.encode(ticket),
    }
    unit.insert(tickets, row)


def save(unit: UnitOfWork, ticket: Ticket) -> None:
    """A ticket that changed."""
    changed = {"state": ticket.state.value, "body": msgspec.msgpack.encode(ticket)}
    unit.write(update(tickets).where(tickets.c.id == ticket.id).values(**changed))


def load(unit: UnitOfWork, ids: Collection[str]) -> list[Ticket]:
    """Tickets by id."""
    return [_decoder.decode(row[0]) for row in unit.read(select(tickets.c.body).where(tickets.c.id.in_(sorted(ids))))]


def of_day(unit: UnitOfWork, branch: str, day: date) -> list[Ticket]:
    """All tickets of a branch's business day, in the order of their numbers' text."""
    own = tickets.c.number_key.between(f"{branch}/{day.isoformat()}/", f"{branch}/{day.isoformat()}0")
    return [_decoder.decode(row[0]) for row in unit.read(select(tickets.c.body).where(own))]


def recent(unit: UnitOfWork, branch: str | None, state: str | None, most: int) -> Sequence[Ticket]:
    """Tickets for people to look at, newest first."""
    chosen = select(tickets.c.body).limit(most)
    if branch is None:
        chosen = chosen.order_by(tickets.c.id.desc())
    else:  # number_key's index begins with the branch: none of its own is worth its pages in every commit
        own = tickets.c.number_key.between(f"{branch}/", f"{branch}0")
        chosen = chosen.where(own).order_by(tickets.c.taken_ms.desc())
    if state is not None:
        chosen = chosen.where(tickets.c.state == state)
    return [_decoder.decode(row[0]) for row in unit.read(chosen)]
