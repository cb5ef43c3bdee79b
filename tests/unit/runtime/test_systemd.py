"""What systemd hears of a process: that it is up, that its loop lives, that it ends (sd_notify(3))."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.systemd import tell_systemd

pytestmark = pytest.mark.req("K-13")


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield channel


async def heard(manager: socket.socket) -> str:
    return (await asyncio.get_running_loop().sock_recv(manager, 100)).decode()


async def ended(telling: asyncio.Future[None]) -> None:
    telling.cancel()
    await asyncio.gather(telling, return_exceptions=True)


async def test_ready_alive_and_stopping_are_said(manager: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    telling = asyncio.ensure_future(tell_systemd())
    assert [await heard(manager) for _ in range(4)] == ["READY=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]
    await ended(telling)
    said = await heard(manager)
    while said == "WATCHDOG=1":
        said = await heard(manager)
    assert said == "STOPPING=1"


@pytest.mark.parametrize("usec", ["", "soon", "0"])
async def test_without_a_watchdog_only_the_ends_are_said(
    manager: socket.socket, monkeypatch: pytest.MonkeyPatch, usec: str
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", usec)
    telling = asyncio.ensure_future(tell_systemd())
    assert await heard(manager) == "READY=1"
    await ended(telling)
    assert await heard(manager) == "STOPPING=1"


async def test_a_manager_that_is_gone_is_a_line_in_the_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    telling = asyncio.ensure_future(tell_systemd())
    await asyncio.sleep(0)
    await ended(telling)
    assert "systemd_not_told state=READY=1" in caplog.text
