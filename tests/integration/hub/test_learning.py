"""The whole loop in one process: feedback, correction, candidate, gate, canary, release, roll-back."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import update

from contracts.models import HeldModel, ModelAnnounced, ModelReported, ModelState
from contracts.session import DeviceReported
from contracts.visits import ClaimTask, GiveFeedback, Outcome
from hub.learning.model import Impossible, Stage, Version, chosen
from hub.learning.store import observations
from models.policy import Funnel
from models.registry import PublicKey, Trust, open_sealed
from tests.unit.hub.learning.school import PRODUCTS, SETTINGS, VISITS, School, honest, prepared, school

pytestmark = pytest.mark.req("W-15", "W-16")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a hub that has recorded visits and has not yet learned from them."""
    return tmp_path_factory.mktemp("played")


@pytest.fixture
async def taught(played: Path, tmp_path: Path) -> AsyncIterator[School]:
    """A prepared school."""
    async with prepared(played, tmp_path) as one:
        yield one


@asynccontextmanager
async def poisoned(folder: Path) -> AsyncIterator[School]:
    """A hub whose first feedback says the opposite of what happened; what it is judged on is honest."""
    async with school(f"sqlite:///{folder / 'hub.sqlite'}", folder) as one:
        one.answers = confused
        one.visit(250, changed=False)
        one.answers = honest
        one.visit(200, changed=False)
        yield one


@asynccontextmanager
async def left_alone(one: School) -> AsyncIterator[None]:
    """Its loop runs as it does in the hub's process."""
    running = asyncio.ensure_future(one.loop.run())
    try:
        yield
        assert not running.done()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for it."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  # what is waited for is another's state, which tells nobody
            await asyncio.sleep(0.01)


def confused(task: str, demand: Funnel, wanted: str) -> GiveFeedback:
    """Feedback that says the opposite of what happened."""
    shown = [product.code for product in demand.shown]
    if wanted in shown:
        return GiveFeedback(task_id=task, outcome=Outcome.FAILURE, refused=(wanted,))
    return GiveFeedback(task_id=task, outcome=Outcome.SUCCESS, products=(shown[-1],))


def told(one: School, device: str, held: HeldModel | None) -> ModelAnnounced | None:
    """What a device that reports its model is told of models."""
    kind = one.rig.hub.directory.devices[device].kind
    said = one.rig.say(device, DeviceReported(kind=kind, agent_version="0", model=held))
    return next((told.message for told in said if isinstance(told.message, ModelAnnounced)), None)


async def test_a_changed_taste_is_learned_gated_tried_and_published(taught: School) -> None:
    base = taught.published
    old = taught.visit(50)
    canary = await taught.until_canary()
    assert canary.verdict is not None
    assert canary.verdict.passed
    assert canary.verdict.lower >= -canary.verdict.epsilon
    assert (canary.parent, canary.forced) == (base.version, False)

    taught.visit(200)
    share = taught.ranked_by(200).count(canary.version) / 200
    assert abs(share - SETTINGS.canary_share) < 0.12, "the canary ranks its share"
    await taught.loop.step()
    now = taught.published
    assert (now.version, now.serial, now.released_at) == (canary.version, canary.serial, canary.released_at)
    assert "not worse than the others" in now.why
    new = taught.visit(100)
    ranked_by = taught.ranked_by(100)
    assert set(ranked_by) <= {canary.version, base.version}
    assert ranked_by.count(canary.version) > 85, "everyone but the hold-out"
    assert sum(new) / len(new) > sum(old) / len(old) + 0.3
    stages = [change for version, change in taught.history() if version == canary.version]
    assert stages == ["candidate", "gated", "canary", "published"]
    assert (base.version, "superseded") in taught.history()
    status = await taught.loop.status()
    assert status.published is not None
    assert (status.published.version, status.canary, status.degraded) == (canary.version, None, "")
    assert taught.rig.metric("usher_model_visits_total", version=canary.version) > 40
    assert taught.rig.metric("usher_model", version=canary.version, stage="published", serial="2") == 1


async def test_left_alone_it_goes_from_feedback_to_a_published_model_by_itself(taught: School) -> None:
    base = taught.published.version
    async with left_alone(taught):
        taught.visit(1)  # wakes it
        await until(lambda: taught.rig.hub.desk.seats.canary is not None)
        taught.visit(150)
        await until(lambda: taught.rig.hub.desk.seats.published.version != base)
    assert taught.loop.degraded == ""
    assert {"candidate", "gated", "canary", "published"} <= {change for _, change in taught.history()}


async def test_a_fault_in_one_look_ends_neither_learning_nor_visits(taught: School) -> None:
    third = observations.c.seq == 3
    body = taught.log()[2].body
    taught.rig.hub.engine.run(lambda unit: unit.write(update(observations).where(third).values(body=b"?")))
    async with left_alone(taught):
        taught.visit(1)
        await until(lambda: taught.loop.degraded.startswith("learning failed: ValidationError"))
        assert len(taught.visit(3)) == 3
        taught.rig.hub.engine.run(lambda unit: unit.write(update(observations).where(third).values(body=body)))
        taught.visit(1)
        await until(lambda: taught.loop.degraded == "" and taught.loop.learner.observations == VISITS + 5)


async def test_devices_are_told_their_own_release_and_its_bytes_are_signed(taught: School) -> None:
    devices = list(taught.rig.hub.directory.devices)
    base = taught.published.version
    held = HeldModel(version=base, serial=1)
    for device in devices:
        first = told(taught, device, None)
        assert first is not None
        assert (first.version, first.serial) == (base, 1)
        assert told(taught, device, held) is None

    canary = await taught.until_canary()
    drawn = {device for device in devices if chosen(device, canary.version, SETTINGS.canary_share)}
    for device in devices:
        announced = told(taught, device, held)
        if device in drawn:
            assert announced is not None
            assert (announced.version, announced.serial) == (canary.version, 2)
        else:
            assert announced is None
    trusted = (await taught.loop.status()).trusted_key
    trust = Trust([PublicKey.load(Path(trusted))])
    folder = taught.folder / "models"
    sealed = open_sealed(folder / canary.version, trust)
    assert (sealed.serial, sealed.manifest.parents, sealed.manifest.rolls_back_to) == (2, (base,), None)

    await taught.loop.roll_back("a person said so")
    sealed = open_sealed(folder / base, trust)
    assert (sealed.serial, sealed.manifest.rolls_back_to) == (3, base)
    for device in devices:
        announced = told(taught, device, HeldModel(version=canary.version, serial=2))
        assert announced is not None
        assert (announced.version, announced.serial) == (base, 3)


async def test_a_candidate_of_poisoned_feedback_is_refused_by_the_gate(tmp_path: Path) -> None:
    async with poisoned(tmp_path) as one:
        await one.loop.step()
        await one.loop.maker.finished()
        await one.loop.step()
        refused = [each for each in one.shelf.versions if each.stage is Stage.REFUSED]
        assert len(refused) == 1, one.history()
        verdict = refused[0].verdict
        assert verdict is not None
        assert not verdict.passed
        assert verdict.lower < -verdict.epsilon
        assert refused[0].why == verdict.why
        assert refused[0].serial == 0, "no device ever hears of it"
        assert (one.folder / "models" / "reports" / refused[0].version / "gate.json").is_file()
        assert one.rig.metric("usher_model_candidates_total", verdict="refused") == 1
        assert one.shelf.canary is None


async def test_a_bad_canary_is_rolled_back_by_itself(tmp_path: Path) -> None:
    async with poisoned(tmp_path) as one:
        refused = await one.loop.make()
        assert isinstance(refused, Version)
        assert refused.stage is Stage.REFUSED
        forced = await one.loop.make("to see it fall")
        assert isinstance(forced, Version)
        assert forced.version == refused.version
        assert forced.forced
        assert forced.why.startswith("forced past the gate: to see it fall")
        canary = one.shelf.canary
        assert canary is not None
        for _ in range(12):
            one.visit(25, changed=False)
            await one.loop.step()
            if one.shelf.canary is None:
                break
        gone = one.version(canary.version)
        assert gone.stage is Stage.ROLLED_BACK
        assert "its match score fell" in gone.why
        back = one.published
        assert (back.version, back.serial, back.rolls_back) == (canary.parent, canary.serial + 1, True)
        assert one.rig.hub.desk.seats.canary is None
        one.visit(20, changed=False)
        assert {one.demand(task.id).version for task in one.rig.tasks()[:20]} == {canary.parent}


async def test_devices_that_cannot_install_a_canary_end_it(taught: School) -> None:
    canary = await taught.until_canary()
    report = ModelReported(
        version=canary.version, serial=canary.serial, state=ModelState.REFUSED, why="made for other features"
    )
    for device in ("watch-ada", "band-ada", "watch-ben"):
        assert taught.shelf.canary is not None
        taught.rig.say(device, report)
        await taught.loop.step()
    gone = taught.version(canary.version)
    assert gone.stage is Stage.ROLLED_BACK
    assert "3 devices can't install it" in gone.why
    assert "made for other features" in gone.why


async def test_devices_ahead_of_a_restored_database_are_overtaken(taught: School) -> None:
    base = taught.published.version
    mine = HeldModel(version=base, serial=7)
    report = ModelReported(version=base, serial=1, state=ModelState.REFUSED, active=mine, why="serial 7 was taken")
    taught.rig.say("watch-ada", report)
    await taught.loop.step()
    assert taught.published.serial == 8
    announced = told(taught, "watch-ada", mine)
    assert announced is not None
    assert (announced.version, announced.serial) == (base, 8)

    absurd = replace(report, serial=8, active=HeldModel(version=base, serial=2**50))
    taught.rig.say("watch-ada", absurd)
    await taught.loop.step()
    assert taught.published.serial == 8
    assert str(2**50) in taught.loop.degraded


async def test_a_roll_back_by_command_ends_the_canary_then_the_published_one(taught: School) -> None:
    canary = await taught.until_canary()
    assert isinstance(await taught.loop.roll_back("not this week"), Version)
    assert taught.version(canary.version).stage is Stage.ROLLED_BACK
    assert taught.published.version == canary.parent
    refused = await taught.loop.roll_back("nor that")
    assert isinstance(refused, Impossible)
    assert "nothing to go back to" in refused.why


async def test_feedback_is_in_the_log_once_with_all_there_is_to_learn(taught: School) -> None:
    logged = taught.log()
    assert len(logged) == VISITS
    seen = [each.observation for each in logged]
    assert len({one.id for one in seen}) == VISITS
    times = [one.at for one in seen]
    assert times == sorted(set(times)), "in the order of the log, none at the same time"
    one = random.Random(1).choice(seen)
    demand = taught.demand(one.id)
    assert (one.raw, one.feature_hash, one.model) == (demand.raw, demand.feature_hash, demand.version)
    assert [(shown.code, shown.propensity) for shown in one.shown] == [
        (product.code, product.propensity) for product in demand.shown
    ]
    assert set(one.offered) == set(PRODUCTS) - {removed.code for removed in demand.removed}


async def test_feedback_given_offline_keeps_its_time(taught: School) -> None:
    rig = taught.rig
    task = rig.walk_in("kiosk-main", "A09999", "c-00001")
    rig.accept("watch-ada", ClaimTask(task_id=task))
    said = rig.clock.now()
    letter = rig.letter("watch-ada", GiveFeedback(task_id=task, outcome=Outcome.FAILURE))
    rig.clock.advance(600)
    rig.deliver(letter)
    rig.deliver(letter)
    logged = taught.log()
    assert len(logged) == VISITS + 1
    assert (logged[-1].observation.id, logged[-1].observation.at) == (task, said)


async def test_too_little_feedback_makes_no_candidate(tmp_path: Path) -> None:
    async with school(f"sqlite:///{tmp_path / 'hub.sqlite'}", tmp_path) as one:
        one.visit(20)
        refused = await one.loop.make()
        assert isinstance(refused, Impossible)
        assert "20 observations" in refused.why
        assert len(one.shelf.versions) == 1


async def test_the_same_log_makes_the_same_candidate_and_no_second_one(taught: School) -> None:
    canary = await taught.until_canary()
    meanwhile = await taught.loop.make()
    assert isinstance(meanwhile, Impossible)
    assert "in its canary" in meanwhile.why
    await taught.loop.roll_back("to make it again")
    again = await taught.loop.make()
    assert isinstance(again, Impossible)
    assert f"{canary.version} is known already" in again.why
    forced = await taught.loop.make("to make it again")
    assert isinstance(forced, Impossible), "what failed on visits is not tried on them again"
    assert "is rolled_back" in forced.why
