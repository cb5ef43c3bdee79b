from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from contracts import AnyMessage
from contracts.models import (
    HeldModel,
    ModelAnnounced,
    ModelChunk,
    ModelChunkWanted,
    ModelReported,
    ModelState,
)
from models.errors import ArtefactError
from models.registry import ModelStore, Sealed
from models.registry.slots import StoreSlots
from models.registry.store import HealthCheck
from runtime.agent.models import FetchSettings, ModelFetcher, ModelNews, ModelStep
from tests.sealed_models import KEY, STRANGER, TRUST, MemoryDisk, publish
from tests.virtual_time import pass_time, run_virtually, until

CHUNK = 512
SETTINGS = FetchSettings(first_s=1.0, most_s=8.0, tries=4, rest_first_s=30.0, rest_most_s=60.0)
FOLDER = Path("store")


class FailingDisk(MemoryDisk):
    """A disk that is full as long as it says so."""

    full = False

    def write(self, path: Path, offset: int, content: bytes) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        super().write(path, offset, content)


class Stand:
    """A fetcher and a hub that answers it, as honestly as the test wants."""

    def __init__(self, disk: FailingDisk | None = None, check: HealthCheck | None = None) -> None:
        self.shelf = MemoryDisk()
        self.disk = disk or FailingDisk()
        self.models: dict[tuple[str, int], Sealed] = {}
        self.asked: list[tuple[float, ModelChunkWanted]] = []
        self.reports: list[ModelReported] = []
        self.news: list[ModelNews] = []
        self.answers: Callable[[ModelChunkWanted, bytes], list[ModelChunk]] = honest
        self.store = ModelStore(FOLDER, TRUST, disk=self.disk, check=check)
        self.fetcher = ModelFetcher(
            StoreSlots(self.store), news=self.news.append, settings=SETTINGS, chance=random.Random(0)
        )

    async def tell(self, message: AnyMessage) -> None:
        match message:
            case ModelReported():
                self.reports.append(message)
            case ModelChunkWanted():
                self.asked.append((asyncio.get_running_loop().time(), message))
                sealed = self.models.get((message.version, message.serial))
                if sealed is not None:
                    content = self.shelf.read(sealed.directory / message.file)
                    data = content[message.offset : message.offset + message.size]
                    for chunk in self.answers(message, data):
                        asyncio.get_running_loop().call_later(0.05, self.fetcher.on_message, chunk)
            case _:
                raise AssertionError(f"an agent does not say {message}")

    def publish(self, number: int, *, stranger: bool = False) -> ModelAnnounced:
        folder = Path(f"release-{number}")
        sealed = publish(folder, number, disk=self.shelf, key=STRANGER if stranger else KEY)
        self.models[sealed.version, sealed.serial] = sealed
        return ModelAnnounced(
            version=sealed.version, serial=sealed.serial, signature=sealed.signature, chunk_bytes=CHUNK
        )

    def states(self) -> list[ModelState]:
        return [report.state for report in self.reports]

    def steps(self) -> list[tuple[ModelStep, int]]:
        return [(news.step, news.serial) for news in self.news]

    async def uses(self, serial: int, *, within_s: float = 60.0) -> None:
        await until(
            lambda: self.fetcher.held is not None and self.fetcher.held.serial == serial,
            within_s=within_s,
            what=f"uses {serial}: {self.reports[-1:]}",
        )
        await pass_time(0.1)


def honest(wanted: ModelChunkWanted, data: bytes) -> list[ModelChunk]:
    return [ModelChunk(version=wanted.version, serial=wanted.serial, file=wanted.file, offset=wanted.offset, data=data)]


def silent(wanted: ModelChunkWanted, data: bytes) -> list[ModelChunk]:
    return []


def played(play: Callable[[Stand], Awaitable[None]], *, check: HealthCheck | None = None, online: bool = True) -> None:
    """Run a play in virtual time beside a running fetcher."""

    async def main() -> None:
        stand = Stand(check=check)
        stand.fetcher.on_link(online)
        job = asyncio.ensure_future(stand.fetcher.run(stand.tell))
        try:
            await play(stand)
        finally:
            job.cancel()
            [ended] = await asyncio.gather(job, return_exceptions=True)
            assert isinstance(ended, asyncio.CancelledError), ended

    run_virtually(main)


@pytest.mark.req("W-13", "W-16")
def test_an_announced_model_comes_into_use() -> None:
    async def play(at: Stand) -> None:
        at.fetcher.on_message(at.publish(1))
        await at.uses(1)
        assert at.fetcher.held == HeldModel(version="v1", serial=1)
        assert at.states() == [ModelState.DOWNLOADING, ModelState.ACTIVE]
        assert at.reports[-1].active == HeldModel(version="v1", serial=1)
        assert at.reports[-1].installed == (HeldModel(version="v1", serial=1),)
        assert at.steps() == [(ModelStep.INSTALLED, 1), (ModelStep.ACTIVE, 1)]
        assert len(at.asked) == 7
        assert all(wanted.size <= CHUNK for _, wanted in at.asked)

    played(play)


def test_the_same_announcement_again_fetches_nothing_and_is_answered() -> None:
    async def play(at: Stand) -> None:
        announced = at.publish(1)
        at.fetcher.on_message(announced)
        await at.uses(1)
        asked = len(at.asked)
        at.fetcher.on_message(announced)
        await until(lambda: len(at.reports) == 3, within_s=5)
        assert len(at.asked) == asked
        assert at.reports[-1].state is ModelState.ACTIVE
        assert len(at.news) == 2

    played(play)


def test_answers_that_are_lost_are_asked_for_again_later_each_time() -> None:
    async def play(at: Stand) -> None:
        at.answers = silent
        at.fetcher.on_message(at.publish(1))
        await pass_time(60)
        rounds = [when for when, wanted in at.asked if wanted.offset == 0]
        assert len(rounds) == SETTINGS.tries
        gaps = [later - earlier for earlier, later in itertools.pairwise(rounds)]
        assert all(0.5 < gap < 0.5 + 8.0 for gap in gaps)
        assert at.fetcher.held is None

    played(play)


def test_after_giving_up_the_next_announcement_goes_on_from_the_disk() -> None:
    async def play(at: Stand) -> None:
        announced = at.publish(1)
        answered: list[ModelChunkWanted] = []

        def three(wanted: ModelChunkWanted, data: bytes) -> list[ModelChunk]:
            answered.append(wanted)
            return honest(wanted, data) if len(answered) <= 3 else []

        at.answers = three
        at.fetcher.on_message(announced)
        await pass_time(60)
        count = len(at.asked)
        at.answers = honest
        at.fetcher.on_message(announced)
        await at.uses(1)
        assert at.asked[count][1].offset == 3 * CHUNK

    played(play)


def test_repeated_swapped_and_foreign_pieces_do_no_harm() -> None:
    async def play(at: Stand) -> None:
        chance = random.Random(1)

        def confused(wanted: ModelChunkWanted, data: bytes) -> list[ModelChunk]:
            [right] = honest(wanted, data)
            foreign = [
                ModelChunk(version="v9", serial=9, file=right.file, offset=right.offset, data=b"9"),
                ModelChunk(version="v1", serial=1, file="other", offset=right.offset, data=b"9"),
                ModelChunk(version="v1", serial=1, file=right.file, offset=right.offset + 1, data=b"9"),
                ModelChunk(version="v1", serial=1, file=right.file, offset=right.offset, data=data + b"9"),
            ]
            some = [*foreign, right, right] if chance.random() < 0.8 else foreign
            chance.shuffle(some)
            return some

        at.answers = confused
        at.fetcher.on_message(at.publish(1))
        await at.uses(1, within_s=120)

    played(play)


def test_short_answers_are_as_good() -> None:
    async def play(at: Stand) -> None:
        at.answers = lambda wanted, data: honest(wanted, data[: len(data) // 2 + 1])
        at.fetcher.on_message(at.publish(1))
        await at.uses(1, within_s=300)

    played(play)


def test_a_newer_announcement_replaces_the_older() -> None:
    async def play(at: Stand) -> None:
        at.answers = silent
        at.fetcher.on_message(at.publish(1))
        await pass_time(0.2)
        at.answers = honest
        at.fetcher.on_message(at.publish(2))
        await at.uses(2, within_s=5)
        assert at.steps() == [(ModelStep.INSTALLED, 2), (ModelStep.ACTIVE, 2)]

    played(play)


def test_without_the_hub_it_asks_for_nothing_and_then_goes_on() -> None:
    async def play(at: Stand) -> None:
        at.fetcher.on_message(at.publish(1))
        await pass_time(30)
        assert not at.asked
        assert not at.reports
        at.answers = silent
        at.fetcher.on_link(True)
        await pass_time(0.2)
        at.fetcher.on_link(False)
        await pass_time(100)
        assert len(at.asked) == SETTINGS.window
        at.answers = honest
        at.fetcher.on_link(True)
        await at.uses(1, within_s=10)

    played(play, online=False)


def test_altered_bytes_fail_rest_and_are_fetched_anew() -> None:
    async def play(at: Stand) -> None:
        announced = at.publish(1)
        at.answers = lambda wanted, data: honest(wanted, bytes(len(data)))
        at.fetcher.on_message(announced)
        await until(lambda: ModelState.FAILED in at.states(), within_s=10)
        assert "not the bytes that were signed" in at.reports[-1].why
        assert at.steps() == [(ModelStep.REFUSED, 1)]
        at.answers = honest
        asked = len(at.asked)
        at.fetcher.on_message(announced)
        await until(lambda: len(at.reports) == 3, within_s=5)
        assert at.reports[-1].state is ModelState.FAILED
        assert len(at.asked) == asked
        assert len(at.news) == 1
        await pass_time(SETTINGS.rest_first_s)
        at.fetcher.on_message(announced)
        await at.uses(1)

    played(play)


def test_what_nobody_trusted_signed_is_refused_for_good() -> None:
    async def play(at: Stand) -> None:
        announced = at.publish(1, stranger=True)
        for _ in range(3):
            at.fetcher.on_message(announced)
            await pass_time(600)
        assert at.states() == [ModelState.REFUSED] * 3
        assert STRANGER.public.id in at.reports[0].why
        assert not at.asked
        assert len(at.news) == 1

    played(play)


def test_a_downgrade_is_refused_and_what_is_in_use_stays() -> None:
    async def play(at: Stand) -> None:
        old = at.publish(1)
        at.fetcher.on_message(at.publish(2))
        await at.uses(2)
        at.fetcher.on_message(old)
        await until(lambda: at.states()[-1] is ModelState.REFUSED, within_s=5)
        assert at.reports[-1].active == HeldModel(version="v2", serial=2)

    played(play)


def test_a_model_may_be_had_ready_before_it_is_used() -> None:
    async def play(at: Stand) -> None:
        announced = at.publish(1)
        ready = ModelAnnounced(version="v1", serial=1, signature=announced.signature, chunk_bytes=CHUNK, activate=False)
        at.fetcher.on_message(ready)
        await until(lambda: ModelState.INSTALLED in at.states(), within_s=10)
        assert at.fetcher.held is None
        asked = len(at.asked)
        at.fetcher.on_message(announced)
        await at.uses(1)
        assert len(at.asked) == asked

    played(play)


def test_a_full_disk_is_said_and_survived() -> None:
    async def play(at: Stand) -> None:
        announced = at.publish(1)
        at.disk.full = True
        at.fetcher.on_message(announced)
        await until(lambda: ModelState.FAILED in at.states(), within_s=10)
        assert "No space left" in at.reports[-1].why
        at.disk.full = False
        await pass_time(SETTINGS.rest_first_s)
        at.fetcher.on_message(announced)
        await at.uses(1)

    played(play)


def test_a_model_that_does_not_work_here_is_said_and_not_used() -> None:
    def no_second(directory: Path) -> None:
        if directory.name.startswith(f"{2:016d}"):
            raise ArtefactError("can't be loaded")

    async def play(at: Stand) -> None:
        at.fetcher.on_message(at.publish(1))
        await at.uses(1)
        at.fetcher.on_message(at.publish(2))
        await until(lambda: ModelState.FAILED in at.states(), within_s=10)
        assert at.fetcher.held == HeldModel(version="v1", serial=1)
        assert "can't be loaded" in at.reports[-1].why

    played(play, check=no_second)


def test_what_nobody_foresaw_ends_neither_the_fetching_nor_the_agent() -> None:
    def odd(directory: Path) -> None:
        if directory.name.startswith(f"{1:016d}"):
            raise ValueError("the runtime does not know this operator")

    async def play(at: Stand) -> None:
        at.fetcher.on_message(at.publish(1))
        await until(lambda: ModelState.FAILED in at.states(), within_s=10)
        assert "ValueError: the runtime does not know this operator" in at.reports[-1].why
        at.fetcher.on_message(at.publish(2))
        await at.uses(2)

    played(play, check=odd)
