"""Whatever is lost, repeated, reordered or killed: in the end each call that still stands was felt, and felt once."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.lending import LentStage
from hub.lobby import Move
from tests.sim.lent_band import LentBand

SEEDS = range(24)
STEPS = 160

pytestmark = pytest.mark.req("K-06")


@pytest.mark.parametrize("seed", SEEDS)
def test_every_call_is_felt_once_in_the_end(seed: int, tmp_path: Path) -> None:
    play = LentBand(seed, tmp_path)
    try:
        for _ in range(STEPS):
            play.step()
            assert play.violations == []
        play.settle()
        assert play.violations == []
        record, lending = play.agent.state.lent, play.lending
        assert record is not None
        if lending is None:
            assert record.lent is None
            return
        assert record.lent is not None
        assert (record.lent.lending, record.lent.call) == (lending.id, lending.call)
        assert lending.call == play.made[lending.id]
        key = (lending.id, lending.call)
        if record.lent.stage is LentStage.CALLED and lending.call:
            assert play.felt[key] + play.felt_again[key] >= 1, "it stands, and was never felt"
        if key in play.tapped:
            assert lending.felt == lending.call, "the counter doesn't know that it was noticed"
    finally:
        play.close()


def test_the_seeds_play_what_they_are_meant_to(tmp_path: Path) -> None:
    felt = again = tapped = deaths = 0
    for seed in range(12):
        folder = tmp_path / str(seed)
        folder.mkdir()
        play = LentBand(seed, folder)
        for _ in range(STEPS):
            play.step()
        felt += len(play.felt)
        again += len(play.felt_again)
        tapped += len(play.tapped)
        deaths += play.deaths
        play.close()
    assert felt > 10
    assert again > 0
    assert tapped > 2
    assert deaths > 5


def test_a_band_that_is_back_keeps_nothing_of_who_had_it(tmp_path: Path) -> None:
    play = LentBand(0, tmp_path)
    try:
        play.settle()
        play.lend(play.tickets[0])
        play.act(play.tickets[0], Move.CALL)
        play.settle()
        play.agent.notice_call()
        play.settle()
        assert b"A001" in play.stored()
        play.take_back()
        play.settle()
        assert play.agent.state.lent is not None
        assert play.agent.state.lent.lent is None
        assert b"A001" not in play.stored()
    finally:
        play.close()
