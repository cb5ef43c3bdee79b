"""What dies in memory is overwritten after each customer, in pieces that halt no screen (K-13)."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from kiosk.scrubbing import SETTLES_S, Sweeper, sweep, sweeps
from tests.virtual_time import pass_time, run_virtually

pytestmark = pytest.mark.req("K-13")

MANY = 300
END = 8
HEAD = "".__sizeof__() - 1


def dead_texts(length: int) -> list[int]:
    """Where many texts were that have died, all with the same end."""
    texts = [
        f"{number:03d}".ljust(length - END, "-") + "".join(map(chr, range(97, 97 + END))) for number in range(MANY)
    ]
    return [id(text) for text in texts]


def still_there(places: list[int], length: int) -> int:
    """How many of them can still be read; memory that was given back can't be."""
    end, found = bytes(range(97, 97 + END)), 0
    with Path("/proc/self/mem").open("rb", buffering=0) as memory:
        for place in places:
            try:
                found += os.pread(memory.fileno(), END, place + HEAD + length - END) == end
            except OSError:
                continue
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("length", [11, 30, 60, 200, 400, 700])
async def test_where_texts_were_something_else_is(length: int) -> None:
    places = dead_texts(length)
    if length < 600:  # of larger ones the C library gives some back by itself
        assert still_there(places, length) > MANY / 2, "the test would not see it"
    await sweep()
    assert still_there(places, length) == 0


def test_it_is_swept_once_after_each_customer_once_the_screen_has_settled() -> None:
    async def story() -> None:
        done: list[float] = []
        loop = asyncio.get_running_loop()

        async def note() -> None:
            done.append(loop.time())

        sweeper = Sweeper(work=note)
        running = asyncio.ensure_future(sweeper.run())
        await pass_time(100)
        assert done == []
        sweeper.soon()
        await pass_time(SETTLES_S / 2)
        sweeper.soon()
        await pass_time(100)
        assert done == [pytest.approx(100 + SETTLES_S)]
        sweeper.soon()
        await pass_time(100)
        assert len(done) == 2
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    run_virtually(story)


def test_most_pieces_of_it_fit_between_two_frames() -> None:
    took = []
    for piece in list(sweeps())[1:]:  # but for the collection: the window's process has frozen what it begins with
        before = time.thread_time()
        piece()
        took.append(time.thread_time() - before)
    assert sorted(took)[len(took) // 2] < 1 / 60
