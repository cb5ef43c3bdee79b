"""A published model is watched against the one before it, and goes by itself when it is proved worse."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from contracts.models import HeldModel, ModelAnnounced
from contracts.session import DeviceReported
from hub.learning import store
from hub.learning.desk import Seat
from hub.learning.model import Stage, Version
from models.policy import Funnel
from models.ranking import Candidate
from tests.unit.hub.learning.school import SETTINGS, School, prepared, school

pytestmark = pytest.mark.req("W-16")

WATCHING = replace(SETTINGS, candidate_every=2000, holdout_share=0.3, watch_observations=300)
"""One candidate, and a hold-out that proves its point in few visits."""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a hub that has recorded visits and has not yet learned from them."""
    return tmp_path_factory.mktemp("played")


def told(one: School, device: str, held: HeldModel) -> ModelAnnounced | None:
    """What a device that reports its model is told of models."""
    kind = one.rig.hub.directory.devices[device].kind
    said = one.rig.say(device, DeviceReported(kind=kind, agent_version="0", model=held))
    return next((told.message for told in said if isinstance(told.message, ModelAnnounced)), None)


async def test_a_published_model_that_becomes_worse_goes_by_itself(played: Path, tmp_path: Path) -> None:
    async with prepared(played, tmp_path, settings=WATCHING) as one:
        base = one.published
        better = await one.until_published()
        assert better.watched
        one.visit(30)
        await one.loop.step()
        watch = (await one.loop.status()).watch
        assert watch is not None
        assert (watch.version, watch.holdout, watch.share) == (better.version, base.version, 0.3)
        assert watch.visits + watch.holdout_visits == 30
        assert one.rig.metric("usher_model_holdout_share") == 0.3

        for _ in range(12):  # and now everyone wants again what they wanted before the change
            one.visit(25, changed=False)
            await one.loop.step()
            if one.shelf.holdout is None:
                break
        gone, back = one.version(better.version), one.published
        assert gone.stage is Stage.ROLLED_BACK, one.history()
        assert gone.why.startswith("its match score fell after it was published: match score 0.")
        assert (better.version, "rolled_back") in one.history()
        assert (back.version, back.serial, back.rolls_back) == (base.version, better.serial + 1, True)
        assert not back.watched, "there is nothing before it"
        assert one.rig.metric("usher_model_rollbacks_total", cause="watch") == 1
        assert one.rig.metric("usher_model_holdout_share") == 0
        announced = told(one, "watch-ada", HeldModel(version=better.version, serial=better.serial))
        assert announced is not None
        assert (announced.version, announced.serial) == (base.version, back.serial)
        one.visit(20, changed=False)
        assert set(one.ranked_by(20)) == {base.version}
        assert (await one.loop.status()).watch is None


async def test_a_watch_goes_on_over_a_restart_and_ends_after_its_visits(played: Path, tmp_path: Path) -> None:
    settings = replace(WATCHING, watch_observations=60)
    async with prepared(played, tmp_path, settings=settings) as one:
        base = one.published
        better = await one.until_published()
        one.visit(40)
        await one.loop.step()
        before = await one.loop.status()
        one.visit(20)  # these the loop has not looked at
        folder, clock, came = one.folder, one.rig.clock, one.came
    url = f"sqlite:///{folder / 'hub.sqlite'}"
    async with school(url, folder, settings=settings, run=3, clock=clock, came=came) as again:
        holdout = again.rig.hub.desk.seats.holdout
        assert holdout is not None
        assert holdout.version == base.version
        assert before.watch is not None
        watch = again.loop.trials.watch_status()
        assert watch is not None
        assert watch.visits + watch.holdout_visits == 60, "the log is looked through again"
        assert watch.visits >= before.watch.visits
        again.visit(60)
        await again.loop.step()
        settled = again.published
        assert (settled.version, settled.serial, settled.watched) == (better.version, better.serial, False)
        assert settled.why.startswith("the watch is over, it is not worse than the one before: match score 0.")
        assert settled.changed_at == better.changed_at
        assert again.history()[-1] == (better.version, "settled")
        again.visit(30)
        assert set(again.ranked_by(30)) == {better.version}


async def test_a_canary_beside_a_watch_takes_its_share_of_both_arms(played: Path, tmp_path: Path) -> None:
    async with prepared(played, tmp_path, settings=WATCHING) as one:
        base = one.published
        better = await one.until_published()
        made = await one.loop.make("to see three of them rank")
        canary = one.shelf.canary
        assert canary is not None, made
        one.visit(60)
        ranked_by = one.ranked_by(60)
        assert set(ranked_by) == {base.version, better.version, canary.version}
        await one.loop.step()
        status = await one.loop.status()
        assert status.trial is not None
        assert status.watch is not None
        assert status.trial.canary_visits == ranked_by.count(canary.version)
        assert status.trial.control_visits == ranked_by.count(better.version), "the hold-out is not its control"
        assert status.watch.holdout_visits == ranked_by.count(base.version)
        assert status.watch.share == pytest.approx(0.3 * 0.6)

        for _ in range(8):  # until both are seen to be alike
            one.visit(100)
            await one.loop.step()
            if one.published.version == canary.version:
                break
        newest = one.published
        assert (newest.version, newest.watched) == (canary.version, True)
        assert one.version(better.version).stage is Stage.SUPERSEDED
        watch = (await one.loop.status()).watch
        assert watch is not None
        assert (watch.version, watch.holdout, watch.visits) == (canary.version, better.version, 0)

        broken = one.folder / "models" / better.version / "model.onnx"
        folder = shutil.copytree(one.folder, tmp_path / "again")
        (folder / broken.relative_to(one.folder)).write_bytes(b"?")
        clock, came = one.rig.clock, one.came
    url = f"sqlite:///{folder / 'hub.sqlite'}"
    async with school(url, folder, settings=WATCHING, run=3, clock=clock, came=came) as again:
        assert again.published.version == newest.version, "a hold-out that is damaged is no fault of what is in use"
        assert not again.published.watched
        assert better.version in again.loop.degraded
        assert again.rig.hub.desk.seats.holdout is None


async def test_a_watch_that_is_switched_off_is_over(played: Path, tmp_path: Path) -> None:
    async with prepared(played, tmp_path, settings=WATCHING) as one:
        better = await one.until_published()
        folder, clock = one.folder, one.rig.clock
    url = f"sqlite:///{folder / 'hub.sqlite'}"
    none = replace(WATCHING, holdout_share=0.0)
    async with school(url, folder, settings=none, run=3, clock=clock) as again:
        assert (again.published.version, again.published.watched) == (better.version, False)
        assert again.rig.hub.desk.seats.holdout is None
        found, _ = again.rig.hub.engine.run(lambda unit: store.history(unit, 1))
        assert (found[0].change, found[0].detail) == ("settled", "the watch is over: it was switched off")


class Broken:
    """An analyst that can't rank."""

    def rank(self, batch: Sequence[Candidate], now: datetime) -> list[Funnel]:
        raise RuntimeError("no more")


async def test_a_hold_out_that_fails_while_ranking_ends_the_watch_and_no_visit(played: Path, tmp_path: Path) -> None:
    async with prepared(played, tmp_path, settings=WATCHING) as one:
        base = one.published
        better = await one.until_published()
        desk = one.rig.hub.desk
        desk.seat(dataclasses.replace(desk.seats, holdout=Seat(base.version, Broken())))
        assert len(one.visit(40)) == 40
        assert set(one.ranked_by(40)) == {better.version}
        await one.loop.step()
        assert (one.published.version, one.published.watched) == (better.version, False)
        assert one.published.why == f"the watch is over: {base.version}: it failed while ranking: RuntimeError: no more"
        assert one.loop.degraded.startswith(f"model {base.version}, to which a roll-back goes: ")


async def test_a_candidate_that_was_judged_against_what_is_gone_is_refused(played: Path, tmp_path: Path) -> None:
    async with prepared(played, tmp_path, settings=replace(WATCHING, candidate_every=200)) as one:
        better = await one.until_published()
        await one.loop.step()
        await one.loop.maker.finished()
        await one.loop.roll_back("complaints")
        await one.loop.step()
        late = one.shelf.versions[-1]
        assert (late.stage, late.serial) == (Stage.REFUSED, 0), one.history()
        assert late.why == f"judged against {better.version}, which is no longer in use"
        assert one.shelf.canary is None
        assert one.rig.metric("usher_model_rollbacks_total", cause="command") == 1


async def test_files_of_models_that_never_come_back_are_removed(played: Path, tmp_path: Path) -> None:
    async with prepared(played, tmp_path, settings=replace(WATCHING, keep_models=1)) as one:
        models = one.folder / "models"
        first = await one.loop.make()
        assert isinstance(first, Version)
        await one.loop.roll_back("to make another")
        assert (models / first.version).is_dir(), "the newest is kept"
        one.visit(50)
        second = await one.loop.make()
        assert isinstance(second, Version)
        kept = {path.name for path in models.iterdir() if path.name not in ("reports", ".making")}
        assert kept == {first.parent, second.version}
        assert await one.loop.report_of(first.version), "what the gate said of it is kept"
