from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts import ErrorCode
from contracts.session import StreamPosition
from runtime.agent.mailbox import Letter, Mailbox
from runtime.errors import MailboxError


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "agent" / "store.db"


@pytest.fixture
def mailbox(store: Path) -> Iterator[Mailbox]:
    opened = Mailbox.open(store)
    yield opened
    opened.close()


def fill(mailbox: Mailbox, *ids: str) -> None:
    for each in ids:
        mailbox.put(each, f"up/{each}", each.encode())


def ids_in_line(mailbox: Mailbox) -> list[str]:
    line: list[str] = []
    while letter := mailbox.head():
        line.append(letter.id)
        mailbox.acked((letter.id,))
    return line


def test_messages_wait_in_the_order_they_were_put(mailbox: Mailbox) -> None:
    assert mailbox.head() is None
    fill(mailbox, "m-3", "m-1", "m-2")
    assert mailbox.head() == Letter(1, "m-3", "up/m-3", b"m-3")
    assert mailbox.depth() == 3
    assert ids_in_line(mailbox) == ["m-3", "m-1", "m-2"]
    assert mailbox.depth() == 0


def test_an_id_that_waits_is_not_put_twice(mailbox: Mailbox) -> None:
    fill(mailbox, "m-1")
    mailbox.put("m-1", "elsewhere", b"other")
    assert mailbox.depth() == 1
    assert mailbox.head() == Letter(1, "m-1", "up/m-1", b"m-1")


def test_acknowledged_messages_leave_from_anywhere_and_unknown_ids_are_nothing(mailbox: Mailbox) -> None:
    fill(mailbox, "m-1", "m-2", "m-3")
    mailbox.acked(("m-2", "never-seen"))
    assert ids_in_line(mailbox) == ["m-1", "m-3"]


def test_a_place_in_line_is_never_given_again(mailbox: Mailbox) -> None:
    fill(mailbox, "m-1")
    mailbox.acked(("m-1",))
    fill(mailbox, "m-2")
    letter = mailbox.head()
    assert letter is not None
    assert letter.seq == 2


def test_a_refused_message_leaves_the_line_and_is_kept_with_the_reason(mailbox: Mailbox) -> None:
    fill(mailbox, "m-1", "m-2")
    assert mailbox.refuse("m-1", ErrorCode.NUMBER_TAKEN, "A017 was taken") == Letter(1, "m-1", "up/m-1", b"m-1")
    assert mailbox.refuse("m-1", ErrorCode.NUMBER_TAKEN, "again") is None
    assert mailbox.refused() == [("m-1", "number_taken", "A017 was taken")]
    assert ids_in_line(mailbox) == ["m-2"]


def test_a_restamped_message_keeps_its_place(mailbox: Mailbox) -> None:
    fill(mailbox, "m-1", "m-2")
    mailbox.restamp("m-1", b"mended")
    assert mailbox.head() == Letter(1, "m-1", "up/m-1", b"mended")


def test_the_position_and_small_values_are_remembered(mailbox: Mailbox, store: Path) -> None:
    assert mailbox.position() is None
    assert mailbox.setting("branch") is None
    for revision in (3, 4):
        mailbox.advance(StreamPosition(epoch="epoch-0001", revision=revision))
        mailbox.remember("branch", f"branch-{revision}")
    again = Mailbox.open(store)
    assert again.position() == StreamPosition(epoch="epoch-0001", revision=4)
    assert again.setting("branch") == "branch-4"
    again.close()


class Crash(Exception):
    """Ends a transaction half-way."""


def crash_having_put(mailbox: Mailbox, message_id: str) -> None:
    with mailbox.transaction():
        fill(mailbox, message_id)
        mailbox.remember("branch", message_id)
        raise Crash


def test_a_transaction_is_all_or_nothing(mailbox: Mailbox) -> None:
    with pytest.raises(Crash):
        crash_having_put(mailbox, "m-1")
    assert mailbox.depth() == 0
    assert mailbox.setting("branch") is None
    with mailbox.transaction():
        fill(mailbox, "m-2")
    assert mailbox.depth() == 1


def test_an_inner_transaction_rolls_back_alone(mailbox: Mailbox) -> None:
    with mailbox.transaction():
        fill(mailbox, "outer")
        with pytest.raises(Crash):
            crash_having_put(mailbox, "inner")
        fill(mailbox, "after")
    assert ids_in_line(mailbox) == ["outer", "after"]


def test_an_outer_transaction_takes_the_inner_one_with_it(mailbox: Mailbox) -> None:
    def crash_after_the_inner_one() -> None:
        with mailbox.transaction():
            with mailbox.transaction():
                fill(mailbox, "inner")
            mailbox.refuse("inner", ErrorCode.INTERNAL, "")
            raise Crash

    with pytest.raises(Crash):
        crash_after_the_inner_one()
    assert mailbox.depth() == 0
    assert mailbox.refused() == []


def test_what_was_committed_survives_a_kill_and_what_was_not_is_gone(mailbox: Mailbox, store: Path) -> None:
    fill(mailbox, "m-1")
    copy = store.parent / "copy.db"
    with mailbox.transaction():
        fill(mailbox, "m-2")
        for suffix in ("", "-wal"):  # the files as kill -9 would leave them now
            shutil.copy(f"{store}{suffix}", f"{copy}{suffix}")
    killed = Mailbox.open(copy)
    assert ids_in_line(killed) == ["m-1"]
    killed.close()
    assert mailbox.depth() == 2


def test_every_commit_reaches_the_disk(mailbox: Mailbox) -> None:
    assert mailbox.database.conn.execute("pragma journal_mode").fetchone() == ("wal",)
    assert mailbox.database.conn.execute("pragma synchronous").fetchone() == (2,)


def test_opening_twice_migrates_once(store: Path) -> None:
    for _ in range(2):
        mailbox = Mailbox.open(store)
        fill(mailbox, "m-1")
        assert mailbox.depth() == 1
        mailbox.close()


@pytest.mark.parametrize("kind", ["folder", "no database", "below a file"])
def test_a_store_that_cannot_be_opened_is_named(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "store.db"
    match kind:
        case "folder":
            path.mkdir()
        case "no database":
            path.write_bytes(b"this is a text, not a database, and long enough to be seen as one" * 20)
        case _:
            path.write_bytes(b"")
            path /= "store.db"
    with pytest.raises(MailboxError, match=r"store .*store\.db can't be opened"):
        Mailbox.open(path)
