"""The fixtures of tests/conftest.py: peers start, lose nothing they promised to keep, and leaks fail their test."""

from __future__ import annotations

import signal
from pathlib import Path

import psycopg
import pytest

from tests.conftest import LONG, ROOT
from tests.peers import Mosquitto, PeerError, Server, find_binary, free_port, listens

LEAKS = """
    import asyncio, socket, subprocess, sys, threading
    import pytest
    KEPT = []
    @pytest.fixture(scope="session", autouse=True)
    def ended():
        yield
        process, listener, _ = KEPT
        process.stdin.close()
        process.wait()
        listener.close()
    def test_thread():
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    def test_process():
        KEPT.append(subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE))
    def test_socket():
        KEPT.append(socket.create_server(("127.0.0.1", 0)))
    async def test_task():
        KEPT.append(asyncio.create_task(asyncio.Event().wait()))
        await asyncio.sleep(0)
"""
CLEAN = """
    import asyncio, subprocess, sys, threading
    def test_sync():
        thread = threading.Thread(target=print)
        thread.start()
        thread.join()
        subprocess.run([sys.executable, "-c", ""], check=True)
    async def test_async():
        server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        task = asyncio.create_task(asyncio.to_thread(print))
        server.close()
        await server.wait_closed()
        await task
"""


def _run(pytester: pytest.Pytester, text: str) -> pytest.RunResult:
    root = Path(__file__).resolve().parents[1]
    pytester.makeconftest((root / "tests" / "conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile(text)
    loops = "asyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
    pytester.makeini(f"[pytest]\n{loops}filterwarnings = error\npythonpath = {root}\n")
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:xdist")


def test_a_leak_fails_its_test(pytester: pytest.Pytester) -> None:
    result = _run(pytester, LEAKS)
    result.assert_outcomes(passed=4, errors=4)
    for leak in ("threads left", "child processes left", "sockets left", "asyncio tasks left"):
        result.stdout.fnmatch_lines([f"*AssertionError: {leak}*"])


def test_a_test_that_cleans_up_passes(pytester: pytest.Pytester) -> None:
    _run(pytester, CLEAN).assert_outcomes(passed=2)


def test_a_free_port_is_free() -> None:
    ports = {free_port() for _ in range(50)}
    assert len(ports) > 40
    assert not any(listens(port) for port in ports)


def test_mosquitto_listens_until_it_is_stopped_and_starts_again(mosquitto_broker: Mosquitto) -> None:
    assert mosquitto_broker.url == f"mqtt://127.0.0.1:{mosquitto_broker.port}"
    assert listens(mosquitto_broker.port)
    mosquitto_broker.kill()
    assert not listens(mosquitto_broker.port)
    mosquitto_broker.start()
    assert listens(mosquitto_broker.port)
    with pytest.raises(PeerError, match="running already"):
        mosquitto_broker.start()


def test_a_server_that_ends_at_once_is_told_with_its_log(tmp_path: Path) -> None:
    python = find_binary("python3")
    assert python is not None
    broken = Server("broken", [str(python), "-c", "raise SystemExit('no room')"], free_port(), tmp_path / "log")
    with pytest.raises(PeerError, match="no room"):
        broken.start()
    assert not broken.running


def test_a_server_that_ignores_its_signal_is_killed_and_told(tmp_path: Path) -> None:
    python = find_binary("python3")
    assert python is not None
    port = free_port()
    code = (
        "import signal, socket; signal.signal(signal.SIGUSR1, signal.SIG_IGN);"
        f"server = socket.create_server(('127.0.0.1', {port}))\nwhile True: server.accept()[0].close()"
    )
    stubborn = Server("stubborn", [str(python), "-c", code], port, tmp_path / "log")
    stubborn.stop_timeout_s = 0.2
    stubborn.start()
    with pytest.raises(PeerError, match="did not end on SIGUSR1"):
        stubborn.stop(signal.SIGUSR1)
    assert not listens(port)


@pytest.mark.parametrize("time", [1, 2])
def test_each_test_gets_an_empty_database(postgres_url: str, time: int) -> None:
    with psycopg.connect(postgres_url.replace("postgresql+psycopg", "postgresql")) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        assert row == (0,)
        connection.execute("CREATE TABLE seen (time int)")
        connection.execute("INSERT INTO seen VALUES (%s)", [time])
        assert connection.execute("SELECT time FROM seen").fetchone() == (time,)


def test_the_files_that_are_begun_first_are_there() -> None:
    files = [path.as_posix() for path in (ROOT / "tests").rglob("test_*.py")]
    assert [name for name in LONG if not any(path.endswith(f"/{name}") for path in files)] == []
