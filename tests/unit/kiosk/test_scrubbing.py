"""What dies in memory is overwritten after each customer, in pieces that halt no screen (K-13)."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from kiosk.scrubbing import SETTLES_S, Sweeper, sweep, sweeps
from tests.unit.kiosk.swept_memory import MANY
from tests.virtual_time import pass_time, run_virtually

pytestmark = pytest.mark.req("K-13")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("length", [11, 30, 60, 200, 400, 700])
def test_where_texts_were_something_else_is(length: int) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.unit.kiosk.swept_memory", str(length)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    before, after = map(int, ran.stdout.split())
    if length < 600:  # of larger ones the C library gives some back by itself
        assert before > MANY / 2, "the test would not see it"
    assert after == 0


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


def test_the_window_draws_between_pieces_of_it() -> None:
    """How long a piece takes is measured by ``usher bench kiosk``."""

    async def story() -> None:
        turns, pieces = 0, len(list(sweeps()))
        sweeping = asyncio.ensure_future(sweep())
        while not sweeping.done():
            turns += 1
            await asyncio.sleep(0)
        assert turns >= pieces > 100

    asyncio.run(story())
