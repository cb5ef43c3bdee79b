"""Blocks of ticket numbers leased to kiosks: unique in a branch and day, whoever is out of reach (K-05).

The numbers of a class run from 1 to 999 and begin anew, over the days: a block knows no date, so no clock that is wrong
can make two kiosks print the same number. A block is leased again only when its kiosk has said that it is used up, and
two days later.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

import msgspec
from sqlalchemy import BigInteger, Column, Integer, String, Table, delete, select, update

from contracts import ErrorCode, Refusal
from contracts.lobby import NumbersLeased, NumbersWanted
from hub.kernel import Branch, Device
from hub.lobby import store
from hub.lobby.model import business_day
from hub.storage import UnitOfWork, metadata, ms

BLOCK = 50
"""Numbers in a block: a morning of one class at one kiosk."""

ROUND = 999
"""After this number they begin at 1 again, as long as there is room."""

MOST = 999_999
RESTS = timedelta(days=2)
"""So long after its last number may have been printed a block is not leased again: no day sees it twice."""

number_leases = Table(
    "number_leases",
    metadata,
    Column("branch", String(63), primary_key=True),
    Column("service_class", String(1), primary_key=True),
    Column("first", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
    Column("kiosk", String(63), nullable=False),
    Column("serial", Integer, nullable=False),
    Column("leased_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),
    sqlite_with_rowid=False,
)


class Block(msgspec.Struct, frozen=True):
    """A block that is a kiosk's, or rests since ``used_ms``."""

    first: int
    last: int
    kiosk: str
    serial: int
    leased_ms: int
    used_ms: int | None


def lease(unit: UnitOfWork, kiosk: Device, branch: Branch, wanted: NumbersWanted) -> NumbersLeased | Refusal:
    """The block that the kiosk asks for: the one that it was given but has not got, or a new one."""
    kept, now_ms = number_leases.c, ms(unit.now)
    ours = (kept.branch == branch.name, kept.service_class == wanted.service_class)
    unit.write(
        update(number_leases)
        .where(*ours, kept.kiosk == kiosk.name, kept.serial < wanted.uses, kept.used_ms.is_(None))
        .values(used_ms=now_ms)
    )
    unit.write(delete(number_leases).where(*ours, kept.used_ms < ms(unit.now - RESTS)))
    columns = (kept.first, kept.last, kept.kiosk, kept.serial, kept.leased_ms, kept.used_ms)
    blocks = [Block(*row) for row in unit.read(select(*columns).where(*ours))]
    mine = sorted((block for block in blocks if block.kiosk == kiosk.name), key=lambda block: block.serial)
    for block in mine:
        if block.serial > wanted.has and block.used_ms is None:
            if not _seen(unit, branch, wanted.service_class, block):
                return _told(wanted, block)
            # A kiosk that has lost its disk: what it printed before is not to be printed again.
            unit.write(update(number_leases).where(*ours, kept.first == block.first).values(used_ms=now_ms))
    first = free_block(blocks)
    if first is None:
        return Refusal(code=ErrorCode.LIMIT_REACHED, detail=f"class {wanted.service_class} has no free numbers left")
    serial = max([wanted.has, *(block.serial for block in mine)]) + 1
    new = Block(first, first + BLOCK - 1, kiosk.name, serial, now_ms, None)
    row = {"branch": branch.name, "service_class": wanted.service_class, **msgspec.structs.asdict(new)}
    unit.insert(number_leases, row)
    return _told(wanted, new)


def free_block(blocks: Sequence[Block]) -> int | None:
    """The first number of a block that overlaps none of these: after the latest, from 1 again, at last above all."""
    latest = max(blocks, key=lambda block: (block.leased_ms, block.first), default=None)
    after = 1 if latest is None else latest.last + 1
    for start in (after, 1):
        for first in _starts(start, blocks):
            if first + BLOCK - 1 <= ROUND and not _overlaps(first, blocks):
                return first
    above = max(ROUND + 1, max((block.last for block in blocks), default=0) + 1)
    return above if above + BLOCK - 1 <= MOST else None


def _starts(start: int, blocks: Sequence[Block]) -> Iterable[int]:
    return [start, *sorted(block.last + 1 for block in blocks if block.last >= start)]


def _overlaps(first: int, blocks: Sequence[Block]) -> bool:
    return any(first <= block.last and block.first < first + BLOCK for block in blocks)


def _seen(unit: UnitOfWork, branch: Branch, service_class: str, block: Block) -> bool:
    days = [business_day(branch, unit.now - timedelta(days=back)).isoformat() for back in range(3)]
    numbers = [f"{service_class}{number:03d}" for number in range(block.first, block.last + 1)]
    _, taken = store.known(unit, (), {f"{branch.name}/{day}/{number}" for day in days for number in numbers})
    return bool(taken)


def _told(wanted: NumbersWanted, block: Block) -> NumbersLeased:
    return NumbersLeased(service_class=wanted.service_class, serial=block.serial, first=block.first, last=block.last)
