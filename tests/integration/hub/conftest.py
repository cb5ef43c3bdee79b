"""A hub on each database, SQLite and PostgreSQL, for the same tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.hub.rig import Rig


def pytest_itemcollected(item: pytest.Item) -> None:
    """Start the cluster of the whole session before a test counts its child processes."""
    if isinstance(item, pytest.Function) and "[postgres" in item.name:
        item.fixturenames.insert(0, "postgres_cluster")


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database's URL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'hub.sqlite'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def rig(database_url: str) -> Iterator[Rig]:
    """A hub with a fleet and customers."""
    rig = Rig(database_url)
    yield rig
    rig.close()
