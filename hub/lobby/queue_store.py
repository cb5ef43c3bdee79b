"""The SQL of the queues: what happened on a day, and what each branch's estimate had learned before it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import msgspec
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table, delete, select

from hub.lobby.queue.events import AnyEvent
from hub.lobby.queue.experience import Memory
from hub.storage import UnitOfWork, metadata

queue_events = Table(
    "queue_events",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("branch_day", String(80), nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),
)
queue_memory = Table(
    "queue_memory",
    metadata,
    Column("branch", String(63), primary_key=True),
    Column("day", String(10), nullable=False),
    Column("body", LargeBinary, nullable=False),
)

_event = msgspec.msgpack.Decoder(AnyEvent)
_memory = msgspec.msgpack.Decoder(Memory)


def branch_day(branch: str, day: date) -> str:
    """The key of a branch's business day; those of one branch sort by day."""
    return f"{branch}/{day.isoformat()}"


def note(unit: UnitOfWork, branch: str, day: date, event: AnyEvent) -> None:
    """Keep what happened."""
    unit.insert(queue_events, {"branch_day": branch_day(branch, day), "body": msgspec.msgpack.encode(event)})


def events(unit: UnitOfWork, branch: str, day: date) -> Sequence[tuple[datetime, AnyEvent]]:
    """What happened on a day, in order, with when."""
    rows = unit.read(
        select(queue_events.c.body)
        .where(queue_events.c.branch_day == branch_day(branch, day))
        .order_by(queue_events.c.seq)
    )
    found = [_event.decode(row[0]) for row in rows]
    return [(datetime.fromtimestamp(event.at, UTC), event) for event in found]


def days(unit: UnitOfWork, branch: str, since: date | None, before: date) -> Sequence[date]:
    """The days from ``since`` on, before another, on which something happened."""
    key = queue_events.c.branch_day
    first = f"{branch}/" if since is None else branch_day(branch, since)
    rows = unit.read(select(key).where(key >= first, key < branch_day(branch, before)).distinct().order_by(key))
    return [date.fromisoformat(row[0].rpartition("/")[2]) for row in rows]


def memory(unit: UnitOfWork, branch: str) -> tuple[date, Memory] | None:
    """What the branch's estimate had learned at the beginning of a day; null when nothing was kept."""
    rows = unit.read(select(queue_memory.c.day, queue_memory.c.body).where(queue_memory.c.branch == branch))
    return (date.fromisoformat(rows[0][0]), _memory.decode(rows[0][1])) if rows else None


def keep_memory(unit: UnitOfWork, branch: str, day: date, learned: Memory) -> None:
    """Keep what was learned before a day, in place of what was kept earlier."""
    unit.write(delete(queue_memory).where(queue_memory.c.branch == branch))
    row = {"branch": branch, "day": day.isoformat(), "body": msgspec.msgpack.encode(learned)}
    unit.insert(queue_memory, row)


def forget(unit: UnitOfWork, before: Sequence[tuple[str, date]]) -> None:
    """Purge what happened in each branch before a day; what it taught is in the memory."""
    key = queue_events.c.branch_day
    for branch, day in before:
        unit.write(delete(queue_events).where(key >= f"{branch}/", key < branch_day(branch, day)))
