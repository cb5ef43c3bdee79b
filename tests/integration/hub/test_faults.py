"""Faults below and inside the hub: a failing handler poisons its own message only, a failing database loses nothing."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection

from contracts import ErrorCode
from contracts.fields import Language
from contracts.session import BindDevice
from contracts.visits import (
    ClaimTask,
    Consent,
    GiveFeedback,
    NameTarget,
    Outcome,
    SegmentHeard,
    SegmentOrigin,
    StartTalk,
)
from hub.bootstrap import Hub, bus_settings
from hub.config import HubConfig
from models.policy import Funnel
from models.ranking import Candidate, Ranker
from runtime.bus import Outgoing, Received
from runtime.bus.memory import MemoryBroker
from runtime.ids import SeededIds
from tests.unit.hub.rig import Rig, acked, refusals, simbank

SECRETS = ("Leibowitz", "王小明", "c-ann", "c-wang")


class Poison:
    """An analyst that fails on customers who hold a certain product."""

    def __init__(self) -> None:
        self._ranker = Ranker(simbank())

    def rank(self, batch: Sequence[Candidate], now: datetime) -> list[Funnel]:
        if any("credit_card" in candidate.facts.holdings for candidate in batch):
            raise RuntimeError("the model ate something bad")
        return self._ranker.rank(batch, now)


@pytest.fixture
def poisoned(rig: Rig) -> Rig:
    """The rig's hub with an analyst that fails on c-wang."""

    async def blocking(work: object) -> list[Outgoing]:
        raise AssertionError("the server doesn't run here")

    rig.hub = Hub(
        config=HubConfig(),
        storage=rig.storage,
        bus=MemoryBroker().bus(bus_settings("mqtt://memory", 30)),
        analyst=Poison(),
        catalogue=simbank().catalogue,
        model_version="poison",
        clock=rig.clock,
        ids=SeededIds("poisoned", 1),
        blocking=blocking,
    )
    return rig


def test_a_handler_that_raises_poisons_only_its_own_message(poisoned: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig = poisoned
    rig.bind("main", "watch-ada")
    letters = [
        rig.letter("kiosk-main", rig.ticket("kiosk-main", "A001", "c-ann")),
        rig.letter("kiosk-main", rig.ticket("kiosk-main", "A002", "c-wang")),
        rig.letter("kiosk-main", rig.ticket("kiosk-main", "A003", "c-kim")),
        rig.letter("watch-ben", BindDevice(branch="main")),
        rig.letter("watch-ada", NameTarget(customer="c-wang", business="cash")),
    ]
    told = rig.deliver(*letters)
    assert [refused.code for refused in refusals(told)] == [ErrorCode.INTERNAL] * 2
    assert len(acked(told)) == 3
    assert len(rig.wrist("watch-ada").tasks) == 2
    assert set(rig.wrist("watch-ben").tasks) == set(rig.wrist("watch-ada").tasks)
    assert {row[3] for row in rig.tables()["tasks"]} == {"c-ann", "c-kim"}
    assert len(rig.tables()["tickets"]) == 2
    assert caplog.text.count("handler_failed") == 2
    assert caplog.text.count("batch_failed") == 1
    assert rig.metric("usher_messages_refused_total", code="internal") == 2
    assert not any(secret in caplog.text for secret in SECRETS)


def test_a_handler_that_raises_after_it_changed_the_directory_changes_nothing(poisoned: Rig) -> None:
    rig = poisoned

    def job(unit: object) -> None:
        rig.hub.directory.set_binding("watch-ada", None)
        raise RuntimeError("late")

    rig.bind("main", "watch-ada")
    with pytest.raises(RuntimeError, match="late"):
        rig.hub.engine.run(job)
    assert rig.hub.directory.binding("watch-ada") is not None


class BrokenDisk:
    """A real SQLite file that cannot grow any more, is locked by another process's writer, or is damaged."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextlib.contextmanager
    def full(self, rig: Rig) -> Iterator[None]:
        """No page more than now."""

        def limit(connection: sqlite3.Connection, pages: int) -> None:
            connection.execute(f"pragma max_page_count={pages}")

        with rig.storage.reading() as connection:
            pages = int(connection.exec_driver_sql("pragma page_count").scalar_one())

        def on_begin(connection: Connection) -> None:
            raw = connection.connection.dbapi_connection
            assert isinstance(raw, sqlite3.Connection)
            limit(raw, pages)

        event.listen(rig.storage.engine, "begin", on_begin)
        yield
        event.remove(rig.storage.engine, "begin", on_begin)

        def lift(connection: Connection) -> None:
            raw = connection.connection.dbapi_connection
            assert isinstance(raw, sqlite3.Connection)
            limit(raw, 2**30)

        event.listen(rig.storage.engine, "begin", lift)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Another writer holds the file."""
        with contextlib.closing(sqlite3.connect(self.path, isolation_level=None)) as other:
            other.execute("begin immediate")
            yield
            other.execute("rollback")


def load(rig: Rig, first: int, count: int) -> list[Received]:
    return [
        rig.letter("kiosk-main", rig.ticket("kiosk-main", f"A{n:04d}", f"c-{n % 20:03d}"))
        for n in range(first, first + count)
    ]


@pytest.mark.req("W-01")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_full_disk_acks_nothing_and_the_hub_goes_on_afterwards(
    rig: Rig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rig.bind("main", "watch-ada")
    letters = load(rig, 0, 200)
    before = rig.tables()
    with BrokenDisk(tmp_path / "hub.sqlite").full(rig):
        told = rig.deliver(*letters)
        assert told == []
        assert rig.tables() == before
        assert rig.deliver(rig.letter("watch-ben", BindDevice(branch="main")), *letters) == []
        assert rig.hub.directory.binding("watch-ben") is None
    assert rig.metric("usher_storage_failures_total") == 2
    assert "storage_failed" in caplog.text
    assert "full" in caplog.text
    assert not any(f"c-{n:03d}" in caplog.text or f"Number{n}" in caplog.text for n in range(20))
    told = rig.deliver(*letters)
    assert len(acked(told)) == 200
    assert len(rig.tables()["tickets"]) == 200
    assert len(rig.wrist("watch-ada").tasks) == 20


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_locked_database_acks_nothing_and_the_hub_goes_on_afterwards(
    rig: Rig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def at_once(connection: Connection) -> None:
        raw = connection.connection.dbapi_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.execute("pragma busy_timeout=50")

    event.listen(rig.storage.engine, "engine_connect", at_once)
    letters = load(rig, 0, 3)
    with BrokenDisk(tmp_path / "hub.sqlite").locked():
        assert rig.deliver(*letters) == []
        assert "storage_failed" in caplog.text
    assert len(acked(rig.deliver(*letters))) == 3


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_postgres_that_goes_read_only_or_away_acks_nothing_and_loses_no_binding(
    rig: Rig, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    rig.bind("main", "watch-ada")
    letters = [rig.letter("watch-ben", BindDevice(branch="main")), *load(rig, 0, 3)]
    before = rig.tables()
    name = database_url.rpartition("/")[2]
    admin = psycopg.connect(
        database_url.replace("postgresql+psycopg", "postgresql").replace(name, "postgres"), autocommit=True
    )
    with contextlib.closing(admin) as connection:

        def end_sessions() -> None:
            connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])

        connection.execute(f"alter database {name} set default_transaction_read_only = on".encode())
        rig.storage.close()
        assert rig.deliver(*letters) == [], "a standby that took over refuses writes: nobody's message is to blame"
        assert "storage_failed" in caplog.text
        connection.execute(f"alter database {name} set default_transaction_read_only = off".encode())
        rig.storage.close()

        def cut(_connection: Connection) -> None:
            end_sessions()
            connection.execute(f"alter database {name} with allow_connections false".encode())

        event.listen(rig.storage.engine, "commit", cut)
        assert rig.deliver(*letters) == []
        event.remove(rig.storage.engine, "commit", cut)
        assert "directory_stale" in caplog.text
        assert rig.deliver(*letters) == [], "still away"
        connection.execute(f"alter database {name} with allow_connections true".encode())
    assert rig.tables() == before
    told = rig.deliver(*letters)
    assert len(acked(told)) == 4
    assert {row[0] for row in rig.tables()["bindings"]} == {"watch-ada", "watch-ben"}
    assert set(rig.wrist("watch-ben").tasks) == set(rig.wrist("watch-ada").tasks)
    assert not any(secret in caplog.text for secret in ("Number", "c-000", "c-001"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_damaged_file_refuses_no_message_for_good(rig: Rig, tmp_path: Path) -> None:
    rig.bind("main", "watch-ada")
    letters = load(rig, 0, 2)
    rig.storage.close()
    path = tmp_path / "hub.sqlite"
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + os.urandom(len(whole) - 100))
    told = rig.deliver(*letters)
    assert told == [], "its senders keep what they have to say until somebody has put the file right"
    rig.storage.close()
    path.write_bytes(whole)
    assert len(acked(rig.deliver(*letters))) == 2


@pytest.mark.req("W-10")
def test_no_error_of_the_database_shows_what_was_said(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.bind("main", "watch-ada")
    task = rig.walk_in("kiosk-main", "A001", "c-ann")
    rig.accept("watch-ada", ClaimTask(task_id=task))
    rig.accept("watch-ada", StartTalk(task_id=task, consent=Consent.GRANTED))
    with rig.storage.writing() as connection:
        connection.exec_driver_sql("drop table segments")
        connection.exec_driver_sql("drop table feedback")
    heard = SegmentHeard(
        task_id=task, index=0, origin=SegmentOrigin.SPEECH, language=Language.ZH, text="我们想买一套公寓"
    )
    note = GiveFeedback(task_id=task, outcome=Outcome.FAILURE, note="她丈夫失业了")
    for message in (heard, note):
        rig.say("watch-ada", message)
    assert "segments" in caplog.text
    assert not any(secret in caplog.text for secret in (*SECRETS, "公寓", "失业"))
