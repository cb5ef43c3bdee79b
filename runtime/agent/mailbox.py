"""The durable mailbox of an agent: what it must still tell the hub (outbox), how far it has heard the hub (position).

It lives in the agent's own SQLite file, so that an agent's effect and the message about it are one transaction:
``with mailbox.transaction(): …domain…; mailbox.put(…)``. Write-ahead log, ``synchronous=FULL``: what is committed
survives kill -9 and power loss. What the hub will tell again needn't wait for the disk: ``replica_transaction``
(docs/adr/0010).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from contracts import ErrorCode
from contracts.session import StreamPosition
from runtime.agent.sqlite import Database, Migrations
from runtime.errors import MailboxError

migrations = Migrations("mailbox")


@migrations()
def m0001_mailbox(db: Database) -> None:
    """Outbox, refused messages, position."""
    db.conn.execute(
        "create table outbox (seq integer primary key autoincrement, id text not null unique, topic text not null,"
        " payload blob not null)"
    )
    db.conn.execute(
        "create table refused (id text primary key, topic text not null, payload blob not null, code text not null,"
        " detail text not null)"
    )
    db.conn.execute("create table position (one integer primary key check (one = 1), epoch text, revision integer)")
    db.conn.execute("create table setting (name text primary key, value text not null)")


def disk_is_full(error: sqlite3.Error) -> bool:
    """Whether the write failed for want of room alone: nothing of its transaction is kept, and the file is sound."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL


class Letter(msgspec.Struct, frozen=True):
    """A message in the outbox, encoded, with its place in line."""

    seq: int
    id: str
    topic: str
    payload: bytes


class Mailbox:
    """The mailbox tables in ``database``; apply the agent's own migrations beside them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._waits = True
        self._owes = False
        migrations.apply(database)

    @classmethod
    def open(cls, path: Path) -> "Mailbox":
        """Open or create the store; raises ``MailboxError`` naming the file."""
        connection: sqlite3.Connection | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, timeout=10.0, isolation_level=None)
            connection.execute("pragma journal_mode=wal")
            connection.execute("pragma synchronous=full")
            connection.execute("pragma secure_delete=on")  # what the hub has is not to be read from free pages
            return cls(Database(connection))
        except (OSError, sqlite3.Error) as error:
            if connection is not None:
                connection.close()
            raise MailboxError(
                f"store {path} can't be opened: {error}; check the folder's owner and free space"
            ) from error

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, durable at the end; nests."""
        self._wait_for_the_disk(True)
        with self.database.atomic():
            yield

    @contextmanager
    def replica_transaction(self) -> Iterator[None]:
        """All or nothing, for what the hub tells again: it survives kill -9, and a power cut may take the last ones.

        Within another transaction it is as durable as that one. If a message is queued in it, it waits for the disk
        after all.
        """
        connection = self.database.conn
        self._wait_for_the_disk(False)
        self._owes = False
        with self.database.atomic():
            yield
        if self._owes and not connection.in_transaction:
            connection.execute("pragma wal_checkpoint(passive)")  # writes the log to the disk first

    def _wait_for_the_disk(self, wait: bool) -> None:
        """From the next transaction on; within one it stays as it is."""
        if wait is not self._waits and not self.database.conn.in_transaction:
            self.database.conn.execute(f"pragma synchronous={'full' if wait else 'normal'}")
            self._waits = wait

    def put(self, message_id: str, topic: str, payload: bytes) -> None:
        """Queue a message; an id that is queued already is left as it is."""
        self._wait_for_the_disk(True)
        self._owes = not self._waits
        self.database.conn.execute(
            "insert or ignore into outbox (id, topic, payload) values (?, ?, ?)", (message_id, topic, payload)
        )

    def head(self) -> Letter | None:
        """The oldest message that the hub hasn't acknowledged."""
        row = self.database.conn.execute("select seq, id, topic, payload from outbox order by seq limit 1").fetchone()
        return Letter(*row) if row else None

    def letters(self) -> list[Letter]:
        """All that the hub hasn't acknowledged, oldest first."""
        rows = self.database.conn.execute("select seq, id, topic, payload from outbox order by seq").fetchall()
        return [Letter(*row) for row in rows]

    def depth(self) -> int:
        """How many messages wait."""
        row = self.database.conn.execute("select count(*) from outbox").fetchone()
        return int(row[0])

    def acked(self, ids: tuple[str, ...]) -> None:
        """The hub has them durably: forget them; one that comes back after a power cut is sent, and known, again."""
        with self.replica_transaction():
            self.database.conn.executemany("delete from outbox where id = ?", [(message_id,) for message_id in ids])

    def restamp(self, message_id: str, payload: bytes) -> None:
        """Replace a waiting message's bytes (its time was wrong)."""
        self.database.conn.execute("update outbox set payload = ? where id = ?", (payload, message_id))

    def refuse(self, message_id: str, code: ErrorCode, detail: str) -> Letter | None:
        """Take a message out of the line into the refused ones, for good; returns it if it was waiting.

        What it said is not kept: it may be the words of a talk, and nobody asks for them any more.
        """
        with self.transaction():
            row = self.database.conn.execute(
                "select seq, id, topic, payload from outbox where id = ?", (message_id,)
            ).fetchone()
            if row is None:
                return None
            letter = Letter(*row)
            self.database.conn.execute(
                "insert or replace into refused (id, topic, payload, code, detail) values (?, ?, ?, ?, ?)",
                (letter.id, letter.topic, b"", code.value, detail),
            )
            self.database.conn.execute("delete from outbox where id = ?", (message_id,))
        return letter

    def refused(self) -> list[tuple[str, str, str]]:
        """Refused messages as (id, code, detail)."""
        return [tuple(row) for row in self.database.conn.execute("select id, code, detail from refused order by id")]

    def position(self) -> StreamPosition | None:
        """How far the hub's stream has been applied; null before the first sync."""
        row = self.database.conn.execute("select epoch, revision from position").fetchone()
        return StreamPosition(epoch=row[0], revision=row[1]) if row else None

    def advance(self, position: StreamPosition) -> None:
        """The stream is applied up to here; call it in the transaction of the effect."""
        self.database.conn.execute(
            "insert or replace into position (one, epoch, revision) values (1, ?, ?)",
            (position.epoch, position.revision),
        )

    def setting(self, name: str) -> str | None:
        """A small remembered value."""
        row = self.database.conn.execute("select value from setting where name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def remember(self, name: str, value: str) -> None:
        """Remember a small value."""
        self.database.conn.execute("insert or replace into setting (name, value) values (?, ?)", (name, value))
