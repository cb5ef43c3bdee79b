"""Readers in a thread: what is told, in which loop, until when (K-01)."""

from __future__ import annotations

import asyncio
import logging
import threading

import pytest

from kiosk.readers.ports import Health, Hitch, Reading, ReadKind, State, Unread
from kiosk.readers.threaded import ThreadedReader

pytestmark = pytest.mark.req("K-01")

LATE = Unread(ReadKind.CARD, Hitch.MUTE)


class Late(ThreadedReader):
    """Ready, and with something to tell when it is over already."""

    def __init__(self) -> None:
        super().__init__("late", 0.01)
        self.over = threading.Event()

    def run(self) -> Health:
        self.tell(Health(State.READY))
        self.tell(Health(State.READY))
        self.over.wait(20)
        self.tell(LATE)
        return Health(State.ABSENT, "gone", "plug it in")

    def wake(self) -> None:
        self.over.set()


class Failing(ThreadedReader):
    """Fails twice, as a driver may."""

    def __init__(self) -> None:
        super().__init__("failing", 0.01)
        self.tries = 0

    def run(self) -> Health:
        self.tries += 1
        if self.tries < 3:
            raise RuntimeError("driver")
        self.tell(Health(State.READY))
        while not self.stopping:
            self.wait(20)
        return self.health


async def test_nothing_is_told_after_the_end() -> None:
    told: list[Reading] = []
    ready = asyncio.Event()

    def hear(reading: Reading) -> None:
        told.append(reading)
        ready.set()

    reader = Late()
    reader.start(hear)
    await asyncio.wait_for(ready.wait(), 20)
    await reader.stop()
    for _ in range(3):
        await asyncio.sleep(0)
    assert told == [Health(State.READY)]
    assert reader.health == Health(State.STOPPED)


async def test_a_failing_driver_is_a_fault_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    told: asyncio.Queue[Reading] = asyncio.Queue()
    reader = Failing()
    with caplog.at_level(logging.INFO):
        reader.start(told.put_nowait)
        first = await asyncio.wait_for(told.get(), 20)
        assert first == Health(State.FAULT, "RuntimeError: driver", "see the kiosk's log")
        assert await asyncio.wait_for(told.get(), 20) == Health(State.READY)
        await reader.stop()
    assert reader.tries == 3
    assert "reader_failed reader=failing" in caplog.text
    assert "reader_health reader=failing state=ready" in caplog.text
