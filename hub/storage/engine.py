"""Opening the database, and the single writer.

SQLite: write-ahead log, ``synchronous=FULL`` (a commit is on disk when it returns), every write transaction begins
IMMEDIATE, one writer. PostgreSQL: its own defaults (``synchronous_commit=on``).
Parameters are hidden in errors: they hold personal data, and errors are logged.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import StaticPool

from hub.errors import StorageError
from hub.storage.migrations import HEAD
from hub.storage.schema import metadata

LOG_KEPT_BYTES = 256 * 1024 * 1024


class Storage:
    """The opened database; use :func:`open_storage`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        database = engine.url.database if engine.url.get_backend_name() == "sqlite" else None
        self._written = 0
        self._moved = 0
        self._has_log = bool(database) and database != ":memory:"

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction, durable when the block ends; only ever one at a time (the hub's one writer)."""
        with self.engine.begin() as connection:
            yield connection
        self._written += 1

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for reads, which never wait for the writer."""
        with self.engine.connect() as connection:
            yield connection.execution_options(usher_read=True)

    def checkpoint(self) -> None:
        """SQLite: move the write-ahead log into the database; call it now and then.

        Once in a thread beside the writer, who isn't held up by it, then once between two of the writer's transactions,
        when little is left: only a log that is moved to its last page is begun anew, else it grows for ever under
        lasting load. In the writer's own commit all of it would be a pause of tens of milliseconds.
        """
        written = self._written
        if not self._has_log or self._moved == written:
            return
        with self.engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)
            _busy, pages, moved = raw.execute("pragma wal_checkpoint(passive)").fetchone()
        if pages == moved:
            self._moved = written

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_storage(url: str, *, migrate: bool = True) -> Storage:
    """Open (SQLite: create) the database of ``url`` and bring its schema up to date.

    ``migrate=False`` makes the tables straight from the metadata (simulation; a test holds both ways equal).
    Raises ``StorageError`` saying which database and what to do.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StorageError(
            f"database url {url!r}: {error}; use sqlite:///FILE or postgresql+psycopg://USER@HOST/DB"
        ) from error
    try:
        if parsed.get_backend_name() == "sqlite":
            engine = _open_sqlite(url, parsed.database)
        else:
            engine = create_engine(url, pool_size=4, max_overflow=4, pool_pre_ping=True, hide_parameters=True)
        if not migrate:
            metadata.create_all(engine)
        elif not _up_to_date(engine):
            from hub.storage.migrate import upgrade  # here, because Alembic is half of a start and seldom needed

            upgrade(engine)
    except (SQLAlchemyError, OSError, ModuleNotFoundError) as error:
        shown = parsed.render_as_string(hide_password=True)
        raise StorageError(
            f"database {shown} can't be opened: {error}; check that it exists and may be written"
        ) from error
    return Storage(engine)


def _up_to_date(engine: Engine) -> bool:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        return connection.execute(text("select version_num from alembic_version")).scalars().all() == [HEAD]


def _open_sqlite(url: str, database: str | None) -> Engine:
    in_memory = database in (None, "", ":memory:")
    if in_memory:
        engine = create_engine(
            url, poolclass=StaticPool, connect_args={"check_same_thread": False}, hide_parameters=True
        )
    else:
        Path(str(database)).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 10.0}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("pragma foreign_keys=on")
        if not in_memory:
            connection.execute("pragma journal_mode=wal")
            connection.execute("pragma synchronous=full")
            connection.execute(f"pragma journal_size_limit={LOG_KEPT_BYTES}")
            connection.execute("pragma wal_autocheckpoint=0")  # Storage.checkpoint does it, beside the writer

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get("usher_read", False)
        connection.exec_driver_sql("begin" if read_only else "begin immediate")

    return engine


def storage_failed(error: Exception) -> bool:
    """Whether the database failed, and not on what a message says: then no message is at fault and none is refused."""
    content = (DataError, IntegrityError, NotSupportedError, ProgrammingError)
    return isinstance(error, (DBAPIError, PoolTimeoutError)) and not isinstance(error, content)
