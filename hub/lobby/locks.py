"""Kiosks that branch IT or the manager has put out of order, and what they show instead (K-13)."""

from collections.abc import Mapping

from sqlalchemy import Column, String, Table, delete, select

from hub.storage import UnitOfWork, metadata

kiosk_locks = Table(
    "kiosk_locks",
    metadata,
    Column("kiosk", String(63), primary_key=True),
    Column("notice", String(200), nullable=False),
)


def lock(unit: UnitOfWork, kiosk: str, notice: str) -> None:
    """The kiosk gives no numbers until it is unlocked; ``notice`` is for its customers, '' for the usual words."""
    unlock(unit, kiosk)
    unit.insert(kiosk_locks, {"kiosk": kiosk, "notice": notice})


def unlock(unit: UnitOfWork, kiosk: str) -> None:
    """The kiosk gives numbers again."""
    unit.write(delete(kiosk_locks).where(kiosk_locks.c.kiosk == kiosk))


def locked(unit: UnitOfWork) -> Mapping[str, str]:
    """Every kiosk that is out of order, with its notice."""
    return {row[0]: row[1] for row in unit.read(select(kiosk_locks.c.kiosk, kiosk_locks.c.notice))}
