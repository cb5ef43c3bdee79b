"""What a link knows of the hub's clock, and of when a message came."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.agent_on_link import SETTINGS
from tests.unit.runtime.agent.house import WATCH, House, house, in_a_house, task
from tests.virtual_time import pass_time, run_virtually, until


def test_soon_after_a_connect_it_knows_the_hubs_clock_to_half_of_the_round_trip() -> None:
    async def main() -> None:
        async with house(delay_s=0.01) as at:
            await at.online()
            await until(lambda: at.watch.link.hub_clock.exchanges >= SETTINGS.clock_exchanges, within_s=3)
            assert at.reports() >= SETTINGS.clock_exchanges
            moment = at.watch.link.hub_clock.at(at.clock.monotonic())
            assert moment is not None
            assert moment.epoch == at.hub.epoch
            assert abs(moment.hub_us - at.clock.monotonic() * 1e6) <= moment.within_us
            reports = at.reports()
            await pass_time(SETTINGS.heartbeat_s / 2)
            assert at.reports() <= reports + 1, "then heartbeats are enough"
            at.hub.restart("epoch-0002")
            await until(lambda: _epoch(at) == "epoch-0002", within_s=5)

    run_virtually(main)


@pytest.mark.parametrize(("wrong_by_s", "stays_s"), [(0.0, 0.0), (0.9, 0.9), (-0.9, -0.9), (-6.0, -4.0)])
def test_a_right_clock_is_not_set_back_by_a_slow_answer(wrong_by_s: float, stays_s: float) -> None:
    async def main() -> None:
        async with house(delay_s=2.0, wrong_by=timedelta(seconds=wrong_by_s)) as at:
            await at.online()
            lags_s = (at.watch.link.clock.now() - at.clock.now()).total_seconds()
            assert lags_s == pytest.approx(stays_s, abs=0.1)

    run_virtually(main)


def _epoch(at: House) -> str | None:
    moment = at.watch.link.hub_clock.at(at.clock.monotonic())
    return moment.epoch if moment else None


@in_a_house()
async def test_an_agent_sees_when_the_message_that_it_handles_arrived(at: House) -> None:
    await at.online()
    seen, began_s = len(at.watch.arrived), at.clock.monotonic()
    at.hub.offer(WATCH, task(1))
    await until(at.in_step, within_s=2)
    arrived = at.watch.arrived[seen:]
    assert arrived
    assert all(began_s <= one <= at.clock.monotonic() for one in arrived)
