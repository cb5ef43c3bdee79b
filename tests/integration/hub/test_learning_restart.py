"""Learning over restarts: what was learned, tried and published is what it was; what is damaged gives way."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import update

from hub.errors import HubError
from hub.learning.ports import Fruitless, Job, Made
from hub.learning.store import checkpoints
from hub.learning.workshop import ProcessWorkshop
from tests.unit.hub.learning.school import SETTINGS, VISITS, School, prepared, school

pytestmark = pytest.mark.req("W-16")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a hub that has recorded visits and has not yet learned from them."""
    return tmp_path_factory.mktemp("played")


@pytest.fixture
async def taught(played: Path, tmp_path: Path) -> AsyncIterator[School]:
    """A prepared school."""
    async with prepared(played, tmp_path) as one:
        yield one


async def test_a_restart_in_the_middle_of_a_canary_keeps_it(database_url: str, tmp_path: Path) -> None:
    async with school(database_url, tmp_path) as one:
        one.visit(VISITS)
        canary = await one.until_canary()
        one.visit(60)
        await one.loop.step()
        before = await one.loop.status()
        clock, came = one.rig.clock, one.came
    async with school(database_url, tmp_path, run=2, clock=clock, came=came) as again:
        seated = again.rig.hub.desk.seats.canary
        assert seated is not None
        assert seated.version == canary.version
        await again.loop.step()
        after = await again.loop.status()
        assert after.trial == before.trial
        assert (after.digest, after.observations) == (before.digest, before.observations)
        assert (after.published, after.canary, after.devices) == (before.published, before.canary, before.devices)
        assert after.next_candidate_in == before.next_candidate_in
        assert [(score.version, score.visits) for score in after.scores] == [
            (score.version, score.visits) for score in before.scores
        ]
        again.visit(150)
        await again.loop.step()
        assert again.published.version == canary.version


@pytest.mark.parametrize("died_after", [0, 1, 49, 50, 51, 90])
async def test_killed_anywhere_it_knows_the_same_afterwards(database_url: str, tmp_path: Path, died_after: int) -> None:
    settings = replace(SETTINGS, enabled=False)
    async with school(database_url, tmp_path, settings=settings) as one:
        one.visit(died_after)
        await one.loop.step()
        one.visit(100 - died_after)  # these it never looked at
        clock = one.rig.clock
    async with school(database_url, tmp_path, settings=settings, run=2, clock=clock) as again:
        assert (again.loop.learner.observations > 0) == (died_after >= 50), "it goes on from its checkpoint"
        await again.loop.step()
        assert again.loop.learner.observations == 100
        from_log, learned, observations = await again.loop.replay()
        assert (from_log, observations) == (learned, 100)


async def test_a_damaged_checkpoint_is_passed_over(database_url: str, tmp_path: Path) -> None:
    settings = replace(SETTINGS, enabled=False)
    async with school(database_url, tmp_path, settings=settings) as one:
        one.visit(120)
        await one.loop.step()
        digest = one.loop.learner.digest
        one.rig.hub.engine.run(lambda unit: unit.write(update(checkpoints).values(state=b"not what was saved")))
        clock = one.rig.clock
    async with school(database_url, tmp_path, settings=settings, run=2, clock=clock) as again:
        assert again.loop.learner.observations == 0
        await again.loop.step()
        assert again.loop.learner.digest == digest


async def test_a_broken_model_at_the_start_gives_way_to_the_one_before(taught: School, tmp_path: Path) -> None:
    canary = await taught.until_canary()
    taught.visit(150)
    await taught.loop.step()
    assert taught.published.version == canary.version
    folder = shutil.copytree(taught.folder, tmp_path / "again")
    broken = folder / "models" / canary.version / "model.onnx"
    broken.write_bytes(broken.read_bytes()[:-1] + b"?")
    url = f"sqlite:///{folder / 'hub.sqlite'}"
    async with school(url, folder, run=3, clock=taught.rig.clock, came=taught.came) as again:
        now = again.published
        assert (now.version, now.rolls_back) == (canary.parent, True)
        assert now.serial > canary.serial
        assert canary.version in again.loop.degraded
        assert again.rig.hub.desk.seats.published.version == canary.parent
        again.visit(5)
        assert {again.demand(task.id).version for task in again.rig.tasks()[:5]} == {canary.parent}


async def test_a_hub_whose_own_model_is_damaged_in_its_folder_takes_it_again(taught: School) -> None:
    base = taught.published.version
    broken = taught.folder / "models" / base / "model.onnx"
    broken.write_bytes(b"?")
    url = f"sqlite:///{taught.folder / 'hub.sqlite'}"
    async with school(url, taught.folder, run=3, clock=taught.rig.clock, came=taught.came) as again:
        assert (again.published.version, again.published.serial, again.loop.degraded) == (base, 1, "")
        assert broken.read_bytes() == (taught.folder / "shipped" / "model.onnx").read_bytes()


async def test_a_process_of_its_own_makes_the_same_candidate(taught: School, tmp_path: Path) -> None:
    canary = await taught.until_canary()
    folder, shipped = tmp_path / "elsewhere", taught.folder / "shipped"
    await taught.loop.roll_back("to make it again elsewhere")
    logged = taught.log()
    bodies = tuple(one.body for one in logged)
    base = taught.published.version
    job = Job(
        base=base,
        current=base,
        known=(base,),
        learned_to=200,
        learn=bodies[:200],
        judge=bodies[200:],
        judge_least=100,
        epsilon=SETTINGS.epsilon,
        confidence=SETTINGS.confidence,
    )
    workshop = ProcessWorkshop(folder, shipped)
    made = await workshop.make(job)
    assert isinstance(made, Made)
    assert (made.version, made.content, made.digest) == (canary.version, canary.content, canary.digest)
    assert made.verdict == canary.verdict
    assert (folder / made.version / "model.onnx").is_file()
    assert (folder / "reports" / made.version / "gate.html").is_file()
    known = await workshop.make(replace(job, known=(base, made.version)))
    assert isinstance(known, Fruitless)
    assert known.known == made.version
    assert await workshop.make(job) == made, "what lies there of a hub that died is made again"
    assert await workshop.replay(base, bodies) == taught.loop.learner.digest
    with pytest.raises(HubError, match="start the hub again"):
        await workshop.make(replace(job, base="another"))
