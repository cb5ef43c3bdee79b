"""The pool's processes: what crashes or hangs in one is nobody else's trouble, and another takes its place."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from contracts.fields import Language
from hub.config import HubConfig
from hub.errors import HubError
from hub.hearing.pool import PoolSettings, WorkerPool, pool_of
from hub.hearing.ports import Utterance
from hub.hearing.settings import HearingConfig, WyomingReach
from hub.hearing.wyoming_address import wyoming_address
from tests.tone_recogniser import CRASH_HZ, HANG_HZ, command, opus_of, tones
from tests.virtual_time import until

PATIENCE_S = 20.0


@dataclass
class Notes:
    """A listener."""

    texts: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)

    def taken(self, frames: int) -> None:
        """Not of interest."""

    def partial(self, text: str) -> None:
        """Not of interest."""

    def heard(self, utterance: Utterance) -> None:
        self.texts.append(utterance.text)

    def ended(self, fault: str) -> None:
        self.ends.append(fault)


@asynccontextmanager
async def pool(settings: PoolSettings) -> AsyncIterator[WorkerPool]:
    made = WorkerPool(settings, random.Random(1))
    job = asyncio.ensure_future(made.run(lambda: None))
    try:
        await until(lambda: made.seats == settings.workers * settings.streams, within_s=PATIENCE_S, every_s=0.05)
        yield made
    finally:
        job.cancel()
        await asyncio.gather(job, return_exceptions=True)


async def say(made: WorkerPool, *hertz: int) -> Notes:
    notes = Notes()
    voice = made.begin(Language.KO, notes)
    assert voice is not None
    voice.feed(list(opus_of(tones(*hertz))), 0)
    return notes


@pytest.mark.req("W-11")
async def test_a_crash_ends_the_streams_of_its_process_only_and_it_is_started_anew() -> None:
    settings = PoolSettings(command=command(), workers=2, streams=1, first_s=0.1)
    async with pool(settings) as made:
        before = set(made.pids)
        crashed = await say(made, 400, CRASH_HZ)
        other = Notes()
        voice = made.begin(Language.KO, other)
        assert voice is not None
        await until(lambda: bool(crashed.ends), within_s=PATIENCE_S)
        assert (crashed.texts, crashed.ends) == (["t4"], ["the recognising process crashed"])
        assert made.seats == 1
        voice.feed(list(opus_of(tones(500))), 0)
        voice.finish()
        await until(lambda: bool(other.ends), within_s=PATIENCE_S)
        assert (other.texts, other.ends) == (["t5"], [""])
        await until(lambda: made.seats == 2, within_s=PATIENCE_S, every_s=0.05)
        assert (len(before & set(made.pids)), made.crashes) == (1, 1)
        again = await say(made, 600)
        await until(lambda: again.texts == ["t6"], within_s=PATIENCE_S)


async def test_a_process_that_is_killed_or_hangs_is_replaced() -> None:
    settings = PoolSettings(command=command(), workers=1, streams=1, first_s=0.1, stuck_s=1.0)
    async with pool(settings) as made:
        (first,) = made.pids
        os.kill(first, signal.SIGKILL)
        await until(lambda: made.pids not in ([], [first]), within_s=PATIENCE_S, every_s=0.05)
        (second,) = made.pids
        hung = await say(made, 400, HANG_HZ)
        await until(lambda: bool(hung.ends), within_s=PATIENCE_S)
        assert hung.texts == ["t4"]
        await until(lambda: made.pids not in ([], [second]), within_s=PATIENCE_S, every_s=0.05)
        assert made.crashes == 2


async def test_a_process_that_never_starts_is_tried_again_later_each_time() -> None:
    made = WorkerPool(PoolSettings(command=("/nowhere/there-is-no-such-program",), first_s=0.01, most_s=0.02))
    job = asyncio.ensure_future(made.run(lambda: None))
    await until(lambda: made.crashes >= 3, within_s=PATIENCE_S)
    assert (made.seats, made.begin(Language.KO, Notes())) == (0, None)
    job.cancel()
    await asyncio.gather(job, return_exceptions=True)


def test_a_hub_starts_no_process_unless_it_is_told_to_hear() -> None:
    assert HubConfig().hearing.enabled is False
    assert pool_of(HearingConfig()) is None
    assert pool_of(HearingConfig(enabled=True)) is not None


@pytest.mark.parametrize(
    ("url", "reach"),
    [
        ("tcp://8.8.8.8:10300", "private"),
        ("tcp://192.168.1.9:10300", "loopback"),
        ("tcp://speech.example:10300", "private"),
        ("tcp://0.0.0.0:10300", "private"),
        ("tcp://127.0.0.1", "loopback"),
        ("http://127.0.0.1:10300", "loopback"),
        ("tcp://127.0.0.1:99999", "loopback"),
    ],
)
def test_audio_goes_nowhere_that_is_not_allowed(url: str, reach: str) -> None:
    with pytest.raises(HubError, match=r"hearing\.wyoming = "):
        pool_of(HearingConfig(enabled=True, wyoming=url, wyoming_reach=WyomingReach(reach)))


def test_a_server_on_this_machine_or_in_the_private_network_is_allowed() -> None:
    assert wyoming_address("tcp://127.0.0.1:10300", "loopback") == ("127.0.0.1", 10300)
    assert wyoming_address("tcp://localhost:10300", "loopback") == ("127.0.0.1", 10300)
    assert wyoming_address("tcp://[::1]:10300", "loopback") == ("::1", 10300)
    assert wyoming_address("tcp://10.1.2.3:10300", "private") == ("10.1.2.3", 10300)
