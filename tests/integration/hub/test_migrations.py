"""The schema by migrations is the schema of the tables in the code, goes back and forth, and has one writer."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, insert, inspect, text

from hub.errors import StorageError
from hub.storage import Storage, metadata, open_storage
from hub.storage.migrate import configuration, downgrade, upgrade
from hub.storage.migrations import HEAD
from hub.storage.schema import inbox
from tests.unit.hub.rig import Rig


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on the empty database."""
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


def shape(engine: Engine) -> dict[str, object]:
    """Tables with columns, keys, indices and constraints, as the database knows them."""
    seen = inspect(engine)
    return {
        table: {
            "columns": {c["name"]: (repr(c["type"]), c["nullable"], bool(c.get("autoincrement"))) for c in columns},
            "primary": (seen.get_pk_constraint(table)["constrained_columns"], seen.get_pk_constraint(table)["name"]),
            "indices": sorted((str(i["name"]), i["column_names"], bool(i["unique"])) for i in seen.get_indexes(table)),
            "unique": sorted((str(u["name"]), u["column_names"]) for u in seen.get_unique_constraints(table)),
            "foreign": seen.get_foreign_keys(table),
        }
        for table in sorted(set(seen.get_table_names()) - {"alembic_version"})
        for columns in [seen.get_columns(table)]
    }


def test_migrations_and_metadata_give_the_same_schema(engine: Engine) -> None:
    upgrade(engine)
    migrated = shape(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    downgrade(engine, "base")
    metadata.create_all(engine)
    assert shape(engine) == migrated
    assert set(migrated) == set(metadata.tables)


def test_each_migration_goes_back_and_forth(engine: Engine) -> None:
    scripts = ScriptDirectory.from_config(configuration(engine))
    revisions = [script.revision for script in reversed(list(scripts.walk_revisions()))]
    assert scripts.get_heads() == [revisions[-1]], "one line of history"
    shapes = [shape(engine)]
    for revision in revisions:
        upgrade(engine, revision)
        shapes.append(shape(engine))
    assert shapes[0] == {}
    for place, revision in reversed(list(enumerate(["base", *revisions]))):
        downgrade(engine, revision)
        assert shape(engine) == shapes[place]
    upgrade(engine)
    assert shape(engine) == shapes[-1]


def test_opening_again_keeps_what_is_there(database_url: str) -> None:
    first = Rig(database_url, migrate=True)
    first.bind("main", "watch-ada")
    before = first.tables()
    first.close()
    again = Rig(database_url, migrate=True, run=2)
    assert again.tables() == before
    again.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_is_durable_and_has_one_writer(database_url: str) -> None:
    storage = open_storage(database_url)
    pragmas = ("journal_mode", "synchronous", "foreign_keys")
    with storage.reading() as connection:
        assert [connection.exec_driver_sql(f"pragma {name}").scalar_one() for name in pragmas] == ["wal", 2, 1]
    entered, leave, order = threading.Event(), threading.Event(), []

    def write(storage: Storage, name: str) -> None:
        with storage.writing() as connection:
            order.append(f"{name} begins")
            entered.set()
            leave.wait(10)
            connection.execute(insert(inbox), {"id": name, "source": "s", "digest": b"d", "at_ms": 1, "refusal": None})
            order.append(f"{name} ends")

    first = threading.Thread(target=write, args=(storage, "first"))
    first.start()
    assert entered.wait(10)
    with storage.reading() as connection:
        assert connection.execute(text("select count(*) from inbox")).scalar_one() == 0, "reads don't wait"
    second = threading.Thread(target=write, args=(storage, "second"))
    second.start()
    leave.set()
    first.join(20)
    second.join(20)
    assert order == ["first begins", "first ends", "second begins", "second ends"]
    with storage.reading() as connection:
        assert connection.execute(text("select count(*) from inbox")).scalar_one() == 2
    storage.close()


def test_a_transaction_that_fails_leaves_nothing(database_url: str) -> None:
    storage = open_storage(database_url)

    def fail_halfway() -> None:
        with storage.writing() as connection:
            row = {"id": "message-0001", "source": "s", "digest": b"d", "at_ms": 1, "refusal": None}
            connection.execute(insert(inbox), row)
            raise RuntimeError("on the way")

    with pytest.raises(RuntimeError, match="on the way"):
        fail_halfway()
    with storage.reading() as connection:
        assert connection.execute(text("select count(*) from inbox")).scalar_one() == 0
    storage.close()


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("nonsense", r"'nonsense'.*use sqlite:///FILE or postgresql"),
        ("mysql://x", r"mysql://x"),
        ("postgresql+psycopg://usher:secret@127.0.0.1:1/none?connect_timeout=2", r"usher:\*\*\*@127.0.0.1"),
        ("sqlite:////proc/nowhere/hub.sqlite", r"/proc/nowhere"),
    ],
)
def test_a_database_that_cannot_be_opened_is_named_without_its_password(url: str, named: str) -> None:
    with pytest.raises(StorageError, match=named) as caught:
        open_storage(url)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "hub.sqlite").write_text("no database, for sure" * 100)
    with pytest.raises(StorageError, match=r"hub.sqlite can't be opened"):
        open_storage(f"sqlite:///{tmp_path / 'hub.sqlite'}")


def test_the_revision_that_a_start_looks_for_is_the_newest(engine: Engine) -> None:
    assert ScriptDirectory.from_config(configuration(engine)).get_current_head() == HEAD


def test_a_database_that_is_up_to_date_is_opened_without_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hub.sqlite'}"
    open_storage(url).close()
    opened = f"import sys; from hub.storage import open_storage; open_storage({url!r}).close()"
    script = f"{opened}; sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=60).returncode == 0
