"""Fixtures for all tests: nothing may be left behind by a test, and real peers on demand."""

from __future__ import annotations

import asyncio
import gc
import inspect
import itertools
import os
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest

from tests.peers import Mosquitto, Postgres, find_binary, free_port

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[1]
GRACE_S = 2.0  # for what is ending already when the test returns


def _unavailable(what: str) -> None:
    """Skip for a person without the peer; in continuous integration a missing peer is a failure."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}; run scripts/bootstrap", pytrace=False)
    pytest.skip(f"{what}; scripts/bootstrap installs it")


def pytest_sessionstart() -> None:
    """Have no event loop before the first asynchronous test.

    Up to Python 3.13 asking for the loop makes one where none was ever set; looptime asks before each synchronous test,
    and nobody would close that loop.
    """
    asyncio.set_event_loop(None)


LONG = (
    *("ui/test_kiosk_gallery.py", "ui/test_gallery.py", "sim/test_crash_points.py", "hub/test_kill.py"),
    *("hub/test_learning_restart.py", "demo/test_windows.py", "demo/test_voices.py"),
    *("ui/test_window.py", "benchmarks/test_touch.py", "hub/test_hearing_vosk.py", "sim/test_determinism.py"),
)
"""Files with tests of a quarter of a minute and more; a test keeps the names true."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that at the end no worker goes on alone; else the order stays."""
    items.sort(key=lambda item: not item.path.as_posix().endswith(LONG))


def pytest_collection_finish() -> None:
    """Let the collector of cycles not go through what all tests share, again and again: that was a tenth of the time.

    Thousands of tests and their modules are there to the end; what a single test leaves is still found.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


# --- nothing is left behind ------------------------------------------------------------------------------------------


def _children() -> dict[int, psutil.Process]:
    # Not recursively: what a peer of the whole session starts for itself is its own matter.
    listed = [_read(at) for at in Path("/proc/self/task").glob("*/children")]  # psutil reads every process there is
    if not listed:
        return {child.pid: child for child in psutil.Process().children()}
    found = {}
    for pid in " ".join(listed).split():
        try:
            found[int(pid)] = psutil.Process(int(pid))
        except psutil.NoSuchProcess:
            continue
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except OSError:  # the thread has ended
        return ""


def _listening() -> set[tuple[str, int]]:
    connections = psutil.Process().net_connections(kind="tcp")
    return {(at.laddr.ip, at.laddr.port) for at in connections if at.status == psutil.CONN_LISTEN}


def _end_of_multiprocessing(child: psutil.Process) -> bool:
    # Python starts these once in a process and keeps them to its end.
    try:
        return "multiprocessing.resource_tracker" in " ".join(child.cmdline())
    except psutil.Error:
        return True


def _left_threads(before: set[threading.Thread]) -> list[threading.Thread]:
    left = []
    for thread in set(threading.enumerate()) - before:
        thread.join(GRACE_S)
        if thread.is_alive() and not isinstance(thread, threading._DummyThread):
            left.append(thread)
    return left


def _left_children(before: dict[int, psutil.Process]) -> list[str]:
    started = [child for pid, child in _children().items() if pid not in before and not _end_of_multiprocessing(child)]
    _, alive = psutil.wait_procs(started, timeout=GRACE_S)
    left = []
    for child in alive:
        try:
            left.append(f"{child.pid}: {' '.join(child.cmdline())[:200]}")
            for process in (*child.children(recursive=True), child):
                process.kill()
        except psutil.NoSuchProcess:
            continue
    return left


@pytest.fixture
async def no_task_is_left() -> AsyncIterator[None]:
    """After an asynchronous test and its fixtures its loop runs no task that the test started."""
    before = asyncio.all_tasks()
    yield
    started = asyncio.all_tasks() - before - {asyncio.current_task()}
    if not started:
        return
    _, left = await asyncio.wait(started, timeout=GRACE_S)
    for task in left:
        task.cancel()
    assert not left, f"asyncio tasks left behind: {sorted(repr(task) for task in left)}"


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let an asynchronous test use no_task_is_left, before all its other fixtures but nothing_is_left."""
    function = getattr(item, "obj", None)
    hypothesis = getattr(function, "hypothesis", None)
    if not isinstance(item, pytest.Function) or "no_task_is_left" in item.fixturenames:
        return
    if inspect.iscoroutinefunction(getattr(hypothesis, "inner_test", function)):
        item.fixturenames.insert(item.fixturenames.index("nothing_is_left") + 1, "no_task_is_left")


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """After each test and its fixtures no thread, child process, listening socket or asyncio task of theirs is left."""
    threads, children, ports = set(threading.enumerate()), _children(), _listening()
    yield
    left_threads = _left_threads(threads)
    left_children = _left_children(children)
    left_ports = _listening() - ports
    if left_ports:
        gc.collect()  # what only the collector would close is a warning of its own
        left_ports = _listening() - ports
    assert not left_threads, f"threads left behind: {left_threads}"
    assert not left_children, f"child processes left behind (and killed now): {left_children}"
    assert not left_ports, f"sockets left listening: {sorted(left_ports)}"


# --- peers and data --------------------------------------------------------------------------------------------------


@pytest.fixture(name="free_port")
def free_port_fixture() -> int:
    """A TCP port of the loopback interface that nobody listens on."""
    return free_port()


@pytest.fixture
def mosquitto_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """A real mosquitto, running, with persistence; the test may stop(), kill() and start() it."""
    binary = find_binary("mosquitto", "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")
    if binary is None:
        _unavailable("mosquitto is not installed")
    assert binary is not None
    broker = Mosquitto(binary, tmp_path_factory.mktemp("mosquitto"), free_port())
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Postgres]:
    """A PostgreSQL cluster for this test process."""
    initdb = find_binary("initdb", "/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin")
    if initdb is None:
        _unavailable("PostgreSQL's server is not installed")
    assert initdb is not None
    with Postgres(initdb, free_port()) as cluster:
        yield cluster


_numbers = itertools.count(1)


@pytest.fixture
def postgres_url(postgres_cluster: Postgres) -> Iterator[str]:
    """The SQLAlchemy URL of an empty database that only this test uses."""
    import psycopg
    from psycopg import sql

    name = f"usher_{next(_numbers)}"
    with psycopg.connect(postgres_cluster.dsn(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield postgres_cluster.url(name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def usher_data() -> Path:
    """The folder with the real data sets: USHER_DATA, or shared/data beside the project; skips where there is none."""
    folder = Path(os.environ.get("USHER_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "README.md").is_file():
        pytest.skip(f"no data sets in {folder}: set USHER_DATA to the folder that holds them")
    return folder
