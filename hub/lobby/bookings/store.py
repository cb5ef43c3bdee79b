"""The SQL of bookings: each day of a branch is a list of its own, whose changes are numbered."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import msgspec
from sqlalchemy import BigInteger, Column, LargeBinary, String, Table, delete, func, select

from hub.lobby.bookings.model import Booking
from hub.storage import UnitOfWork, metadata, ms

bookings = Table(
    "bookings",
    metadata,
    Column("branch", String(63), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("reference", String(64), primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

_decoder = msgspec.msgpack.Decoder(Booking)
_kept = bookings.c
_AT_ONCE = 500


def of_day(unit: UnitOfWork, branch: str, day: date) -> list[Booking]:
    """A day's bookings by time."""
    rows = unit.read(select(_kept.body).where(_kept.branch == branch, _kept.day == day.isoformat()))
    return sorted((_decoder.decode(row[0]) for row in rows), key=lambda one: (one.start, one.reference))


def concerned(
    unit: UnitOfWork, branch: str, days: Collection[date], references: Sequence[str], since: date
) -> list[Booking]:
    """All bookings of these days, and those of these names on any day since one."""
    found = [booking for day in sorted(days) for booking in of_day(unit, branch, day)]
    for start in range(0, len(references), _AT_ONCE):
        these = _kept.reference.in_(references[start : start + _AT_ONCE])
        chosen = select(_kept.body).where(_kept.branch == branch, _kept.day >= since.isoformat(), these)
        found += [_decoder.decode(row[0]) for row in unit.read(chosen)]
    return found


def one(unit: UnitOfWork, branch: str, day: date, reference: str) -> Booking | None:
    """One booking of a day."""
    rows = unit.read(
        select(_kept.body).where(_kept.branch == branch, _kept.day == day.isoformat(), _kept.reference == reference)
    )
    return _decoder.decode(rows[0][0]) if rows else None


def named(unit: UnitOfWork, branch: str, reference: str) -> list[Booking]:
    """What there is of a booking, by day: it may have been moved from one to another."""
    rows = unit.read(select(_kept.body).where(_kept.branch == branch, _kept.reference == reference).order_by(_kept.day))
    return [_decoder.decode(row[0]) for row in rows]


def revision(unit: UnitOfWork, branch: str, day: date) -> int:
    """Of the latest change of a day; 0 without any."""
    rows = unit.read(select(func.max(_kept.revision)).where(_kept.branch == branch, _kept.day == day.isoformat()))
    return int(rows[0][0] or 0)


def since(unit: UnitOfWork, branch: str, day: date, after: int, most: int) -> Sequence[Booking]:
    """The first so many of a day's bookings that changed after a revision, in the order of their latest changes."""
    chosen = select(_kept.body).where(_kept.branch == branch, _kept.day == day.isoformat(), _kept.revision > after)
    return [_decoder.decode(row[0]) for row in unit.read(chosen.order_by(_kept.revision).limit(most))]


def keep(unit: UnitOfWork, changed: Sequence[Booking]) -> list[Booking]:
    """Write bookings that are new or changed, each with a revision above all of its day; returns them as kept.

    Revisions follow the clock: a hub that was restored from a backup gives none again that it had given before.
    """
    by_day: dict[tuple[str, date], list[Booking]] = {}
    for booking in changed:
        by_day.setdefault((booking.branch, booking.day), []).append(booking)
    kept = []
    for (branch, day), bookings_of_day in by_day.items():
        latest = revision(unit, branch, day)
        of_this_day = (_kept.branch == branch, _kept.day == day.isoformat())
        for start in range(0, len(bookings_of_day), _AT_ONCE):
            piece = bookings_of_day[start : start + _AT_ONCE]
            references = [one.reference for one in piece]
            unit.write(delete(bookings).where(*of_this_day, _kept.reference.in_(references)))
            for one in piece:
                latest = max(latest + 1, ms(unit.now))
                kept.append(msgspec.structs.replace(one, revision=latest))
                unit.insert(bookings, _row(kept[-1]))
    return kept


def _row(booking: Booking) -> Mapping[str, object]:
    return {
        "branch": booking.branch,
        "day": booking.day.isoformat(),
        "reference": booking.reference,
        "revision": booking.revision,
        "body": msgspec.msgpack.encode(booking),
    }


def forget(unit: UnitOfWork, before: Sequence[tuple[str, date]]) -> None:
    """Purge the bookings of each branch before a day."""
    for branch, day in before:
        unit.write(delete(bookings).where(_kept.branch == branch, _kept.day < day.isoformat()))
