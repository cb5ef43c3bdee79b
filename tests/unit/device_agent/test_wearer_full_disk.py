"""A full disk: what was chosen is effective, is told, and is kept as soon as there is room."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from contracts.fields import Language
from device_agent.core.conditions import Storage
from device_agent.core.preferences import Preferences, Strength
from runtime.agent.mailbox import Mailbox
from tests.unit.device_agent.fakehub import a_view
from tests.unit.device_agent.worn import Worn, stop
from tests.unit.device_agent.wrist import DEVICE, Wrist, bound
from tests.virtual_time import LoopClock, pass_time, run_virtually

CHOSEN = Preferences(vibration=Strength.SOFT, language=Language.ZH, begun=True)


@pytest.fixture
def wrist(tmp_path: Path) -> Iterator[Worn]:
    wrist = Worn(tmp_path / "store.sqlite")
    yield wrist
    wrist.mailbox.close()


def fill(mailbox: Mailbox) -> None:
    """Leave no byte of the last page for another row."""
    connection = mailbox.database.conn
    pages = connection.execute("pragma page_count").fetchone()[0]
    connection.execute(f"pragma max_page_count={pages}")
    for size in (2000, 200, 20, 1):
        rows = ((f"fill{number}-{size}", "x" * size) for number in count())
        with pytest.raises(sqlite3.OperationalError, match="full"):
            connection.executemany("insert into setting values (?, ?)", rows)


def make_room(mailbox: Mailbox) -> None:
    mailbox.database.conn.execute("pragma max_page_count=100000")


def test_a_full_disk_loses_nothing_that_was_chosen_once_there_is_room_again(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"

    async def main() -> None:
        wrist = Worn(path, LoopClock(asyncio.get_running_loop()))
        running = asyncio.create_task(wrist.wearer.run())
        await pass_time(1)
        fill(wrist.mailbox)
        wrist.wearer.change(CHOSEN)
        assert wrist.wearer.preferences == CHOSEN, "effective at once"
        assert wrist.room() is Storage.FULL
        await pass_time(600)
        assert wrist.room() is Storage.FULL
        assert wrist.mailbox.setting("preferences") is None
        make_room(wrist.mailbox)
        await pass_time(31)
        assert wrist.room() is Storage.OK
        await stop(running)
        wrist.start()
        assert wrist.wearer.preferences == CHOSEN
        wrist.mailbox.close()

    run_virtually(main)


def test_what_another_part_could_not_write_is_a_full_disk_until_it_can(tmp_path: Path) -> None:
    async def main() -> None:
        wrist = Worn(tmp_path / "store.sqlite", LoopClock(asyncio.get_running_loop()))
        running = asyncio.create_task(wrist.wearer.run())
        await pass_time(1)
        wrist.wearer.disk_refused()
        assert wrist.room() is Storage.FULL
        await pass_time(31)
        assert wrist.room() is Storage.OK
        await stop(running)
        wrist.mailbox.close()

    run_virtually(main)


def test_within_anothers_transaction_a_full_disk_is_the_others_to_hear(wrist: Worn) -> None:
    fill(wrist.mailbox)
    with pytest.raises(sqlite3.OperationalError, match="full"), wrist.mailbox.transaction():
        wrist.wearer.change(CHOSEN)
    assert wrist.wearer.preferences == Preferences()


def test_a_store_that_fails_otherwise_is_a_fault(wrist: Worn) -> None:
    wrist.mailbox.database.conn.execute("drop table setting")
    with pytest.raises(sqlite3.OperationalError, match="setting"):
        wrist.wearer.change(CHOSEN)
    assert wrist.wearer.preferences == Preferences()


@pytest.mark.req("W-07", "W-09")
def test_with_a_full_disk_the_agent_lives_on_and_has_the_whole_state_when_there_is_room() -> None:
    wrist = bound(Wrist())
    connection = wrist.mailbox.database.conn
    pages = connection.execute("pragma page_count").fetchone()[0]
    connection.execute(f"pragma max_page_count = {pages}")
    for number in range(1, 60):
        wrist.hub.offer(a_view(f"task-{number:04d}"))
    wrist.carry_all()
    assert wrist.agent.state.conditions.storage is Storage.FULL
    held = wrist.mailbox.position()
    assert held is not None
    assert held.revision < wrist.hub.line(DEVICE).revision
    assert len(wrist.agent.state.book.tasks) < 59
    connection.execute("pragma max_page_count = 100000")
    wrist.report()
    wrist.carry_all()
    assert len(wrist.agent.state.book.tasks) == 59
    wrist.close()
