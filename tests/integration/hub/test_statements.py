"""The statements of the hot path say the same as SQLAlchemy's own, on both databases; and the log on disk is moved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hub.lobby.store import tickets
from hub.storage import LookUp, Storage, UnitOfWork, open_storage

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
BY_ID = LookUp(tickets.c.id, tickets.c.branch, by=(tickets.c.id,))
BY_EITHER = LookUp(tickets.c.id, by=(tickets.c.id, tickets.c.number_key))


def ticket(at: int) -> dict[str, object]:
    key = f"main/2026-11-21/A{at}"
    return {"id": f"t-{at}", "number_key": key, "branch": "main", "state": "waiting", "taken_ms": at, "body": b"\0x"}


@pytest.fixture
def storage(database_url: str) -> Iterator[Storage]:
    storage = open_storage(database_url)
    yield storage
    storage.close()


@pytest.fixture
def full(storage: Storage) -> Storage:
    with storage.writing() as connection:
        unit = UnitOfWork(connection, NOW)
        for at in range(1100):
            unit.insert(tickets, ticket(at))
        unit.flush()
    return storage


@pytest.mark.parametrize("wanted", [1, 2, 3, 4, 5, 511, 512, 513, 1024, 1100])
def test_any_number_of_keys_finds_exactly_its_rows(full: Storage, wanted: int) -> None:
    with full.reading() as connection:
        found = BY_ID.rows(connection, [f"t-{at}" for at in range(wanted)] + ["t-none"])
    assert sorted(row[0] for row in found) == sorted(f"t-{at}" for at in range(wanted))
    assert {row[1] for row in found} == {"main"}


def test_no_keys_find_nothing(full: Storage) -> None:
    with full.reading() as connection:
        assert BY_ID.rows(connection, []) == []
        assert BY_EITHER.rows(connection, [], []) == []


def test_two_columns_find_what_either_has(full: Storage) -> None:
    with full.reading() as connection:
        found = BY_EITHER.rows(connection, ["t-1", "t-2", "t-none"], ["main/2026-11-21/A7"])
        assert sorted(row[0] for row in found) == ["t-1", "t-2", "t-7"]
        assert [row[0] for row in BY_EITHER.rows(connection, [], ["main/2026-11-21/A9"])] == ["t-9"]


def test_a_unit_sees_what_it_has_not_flushed(storage: Storage) -> None:
    with storage.writing() as connection:
        unit = UnitOfWork(connection, NOW)
        unit.insert(tickets, ticket(1))
        assert [tuple(row) for row in unit.look_up(BY_ID, ["t-1"])] == [("t-1", "main")]


def test_the_log_is_moved_and_begun_anew(tmp_path: Path) -> None:
    storage = open_storage(f"sqlite:///{tmp_path / 'hub.sqlite'}")
    log = tmp_path / "hub.sqlite-wal"
    sizes = []
    for part in range(6):
        with storage.writing() as connection:
            unit = UnitOfWork(connection, NOW)
            for at in range(500):
                unit.insert(tickets, ticket(part * 500 + at))
            unit.flush()
        storage.checkpoint()
        sizes.append(log.stat().st_size)
    with storage.reading() as connection:
        assert connection.execute(select(func.count()).select_from(tickets)).scalar_one() == 3000
    storage.close()
    assert max(sizes) < 3 * sizes[0], "the log would be six times as long if it were never begun anew"
