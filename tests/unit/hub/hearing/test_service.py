"""Who is heard, what comes of it, and what ends it: the service of hearing in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import pytest
from prometheus_client import CollectorRegistry

from contracts import AnyMessage, ErrorCode
from contracts.audio import AudioClosed, AudioEnded, AudioGranted, AudioHeard, AudioRefused, AudioStop
from contracts.fields import Language
from hub.hearing.gauges import HearingGauges
from hub.hearing.service import HearingService, Told
from hub.hearing.settings import HearingConfig
from hub.hearing.stream import WINDOW
from tests.scripted_hearing import ScriptedRecognition, ScriptedTalks, opened, words
from tests.virtual_time import pass_time, run_virtually, until

BAND = "band-1"
ONE = "stream-0001"
TWO = "stream-0002"
T = TypeVar("T")


@dataclass
class Room:
    """A service with a scripted pool and talks; ``told`` is what devices were told."""

    service: HearingService
    pool: ScriptedRecognition
    talks: ScriptedTalks
    registry: CollectorRegistry
    told: list[tuple[str, AnyMessage]] = field(default_factory=list)

    def heard(self, kind: type[T], device: str = BAND) -> list[T]:
        """What a device was told of this kind."""
        return [message for to, message in self.told if to == device and isinstance(message, kind)]

    def finals(self, device: str = BAND) -> list[str]:
        return [heard.text for heard in self.heard(AudioHeard, device) if heard.index is not None]

    def metric(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0.0

    async def open(self, device: str = BAND, stream: str = ONE, *, branch: str = "main", task: str = "t-00001") -> None:
        self.service.hear(device, branch, opened(stream, task=task))
        await pass_time(0.1)

    async def refused(self, why: AudioStop, device: str = BAND) -> AudioRefused:
        await until(lambda: bool(self.heard(AudioRefused, device)), within_s=60, what=why)
        told = self.heard(AudioRefused, device)
        assert [refused.why for refused in told] == [why]
        return told[0]


@asynccontextmanager
async def room(
    seats: int = 2, *, frame_s: float = 0.0, settings: HearingConfig | None = None, off: bool = False
) -> AsyncIterator[Room]:
    registry = CollectorRegistry()
    pool, talks = ScriptedRecognition(seats, frame_s=frame_s), ScriptedTalks()
    told: list[tuple[str, AnyMessage]] = []

    async def tell(some: Sequence[Told]) -> None:
        told.extend(some)

    service = HearingService(
        settings or HearingConfig(enabled=True),
        recognition=None if off else pool,
        talks=talks,
        tell=tell,
        seconds=asyncio.get_running_loop().time,
        gauges=HearingGauges(registry),
    )
    job = asyncio.ensure_future(service.run())
    try:
        yield Room(service, pool, talks, registry, told)
    finally:
        job.cancel()
        await asyncio.gather(job, return_exceptions=True)


def in_a_room(
    seats: int = 2, *, frame_s: float = 0.0, settings: HearingConfig | None = None, off: bool = False
) -> Callable[[Callable[[Room], Awaitable[None]]], Callable[[], None]]:
    """Turn a play in a room into a test that runs it in virtual time."""

    def test_of(play: Callable[[Room], Awaitable[None]]) -> Callable[[], None]:
        def test() -> None:
            async def main() -> None:
                async with room(seats, frame_s=frame_s, settings=settings, off=off) as here:
                    await play(here)

            run_virtually(main)

        test.__name__, test.__doc__ = play.__name__, play.__doc__
        return test

    return test_of


@pytest.mark.req("W-11")
@in_a_room()
async def test_what_is_said_is_taken_for_the_talk_and_told_with_its_place(here: Room) -> None:
    await here.open()
    assert here.heard(AudioGranted) == [AudioGranted(stream=ONE, frames=WINDOW, engine="script")]
    here.service.hear(BAND, "main", words(ONE, 0, "no", "funds", "."))
    here.service.hear(BAND, "main", words(ONE, 3, "a", "bond", "."))
    await until(lambda: len(here.finals()) == 2, within_s=5)
    assert here.talks.texts("t-00001") == here.finals() == ["no funds", "a bond"]
    finals = [heard for heard in here.heard(AudioHeard) if heard.index is not None]
    assert [(heard.number, heard.index, heard.at_ms, heard.engine) for heard in finals] == [
        (0, 0, 60, "script"),
        (1, 1, 120, "script"),
    ]
    assert [word.text for word in finals[1].words] == ["a", "bond"]
    partials = [heard for heard in here.heard(AudioHeard) if heard.index is None]
    assert [(heard.number, heard.text) for heard in partials][:2] == [(0, "no"), (0, "no funds")]
    assert here.metric("usher_hearing_segments_total") == 2


@in_a_room()
async def test_a_closed_stream_says_its_rest_and_ends(here: Room) -> None:
    await here.open()
    here.service.hear(BAND, "main", words(ONE, 0, "half", "a"))
    here.service.hear(BAND, "main", AudioClosed(stream=ONE, end=3))
    await until(lambda: bool(here.heard(AudioEnded)), within_s=5)
    assert here.finals() == ["half a ~"]
    assert here.heard(AudioEnded) == [AudioEnded(stream=ONE, segments=1)]
    assert here.pool.voices == []
    here.service.hear(BAND, "main", AudioClosed(stream=ONE, end=3))
    await pass_time(0.1)
    assert here.finals() == ["half a ~"] * 2, "said again until the device has it"
    here.service.hear(BAND, "main", AudioClosed(stream=ONE, end=3, heard=1))
    await pass_time(0.1)
    assert len(here.finals()) == 2
    assert len(here.heard(AudioEnded)) == 3


@in_a_room()
async def test_a_discarded_stream_forgets_what_was_begun(here: Room) -> None:
    await here.open()
    here.service.hear(BAND, "main", words(ONE, 0, "kept", ".", "gone"))
    here.service.hear(BAND, "main", AudioClosed(stream=ONE, end=3, discard=True))
    await until(lambda: bool(here.heard(AudioEnded)), within_s=5)
    assert here.talks.texts("t-00001") == []
    assert here.pool.voices == []


@in_a_room()
async def test_a_final_text_is_said_until_the_device_has_it(here: Room) -> None:
    await here.open()
    here.service.hear(BAND, "main", words(ONE, 0, "yes", "."))
    await pass_time(3.5)
    assert len(here.finals()) >= 3
    here.service.hear(BAND, "main", words(ONE, 2, "and", heard=1))
    before = len(here.finals())
    await pass_time(3.5)
    assert len(here.finals()) == before


@pytest.mark.req("W-10", "W-11")
@pytest.mark.parametrize(
    ("code", "why"),
    [
        (ErrorCode.NO_CONSENT, AudioStop.NO_CONSENT),
        (ErrorCode.TASK_NOT_HELD, AudioStop.NOT_HELD),
        (ErrorCode.TASK_NOT_OFFERED, AudioStop.NOT_HELD),
    ],
)
def test_nothing_of_a_talk_that_may_not_be_heard_is_decoded(code: ErrorCode, why: AudioStop) -> None:
    async def main() -> None:
        async with room() as here:
            here.talks.refused[BAND] = code
            here.service.hear(BAND, "main", opened(ONE, task="t-00001"))
            here.service.hear(BAND, "main", words(ONE, 0, "a", "secret", "."))
            refused = await here.refused(why)
            assert refused.retry_after_s is None
            assert (here.pool.decoded, here.pool.voices, here.talks.taken) == (0, [], {})

    run_virtually(main)


@pytest.mark.req("W-10")
@in_a_room()
async def test_a_consent_that_is_withdrawn_ends_the_stream_within_a_second(here: Room) -> None:
    await here.open()
    here.service.hear(BAND, "main", words(ONE, 0, "before", ".", "half"))
    await pass_time(0.2)
    here.talks.refused[BAND] = ErrorCode.NO_CONSENT
    await pass_time(1.1)
    await here.refused(AudioStop.NO_CONSENT)
    decoded = here.pool.decoded
    here.service.hear(BAND, "main", words(ONE, 3, "after", "."))
    await pass_time(0.5)
    assert here.pool.decoded == decoded
    assert here.pool.voices == []
    assert here.talks.texts("t-00001") == ["before"]


@in_a_room()
async def test_a_talk_that_changed_can_be_looked_at_at_once(here: Room) -> None:
    await here.open()
    here.talks.refused[BAND] = ErrorCode.TASK_CLOSED
    here.service.recheck()
    await pass_time(0.05)
    await here.refused(AudioStop.NOT_HELD)


@in_a_room()
async def test_a_text_that_the_talk_refuses_is_not_told(here: Room) -> None:
    await here.open()
    here.talks.refused[BAND] = ErrorCode.NO_CONSENT
    here.service.hear(BAND, "main", words(ONE, 0, "late", "."))
    await here.refused(AudioStop.NO_CONSENT)
    assert here.finals() == []


@in_a_room(off=True)
async def test_a_hub_without_recognisers_says_so(here: Room) -> None:
    await here.open()
    assert (await here.refused(AudioStop.NO_ENGINE)).retry_after_s is None


@in_a_room()
async def test_a_language_that_nothing_recognises_is_refused(here: Room) -> None:
    here.service.hear(BAND, "main", opened(ONE, language=Language.ZH))
    await here.refused(AudioStop.NO_ENGINE)


@in_a_room()
async def test_frames_of_an_unknown_stream_are_answered_once_a_second(here: Room) -> None:
    for first in range(0, 50, 5):
        here.service.hear(BAND, "main", words(ONE, first, *"abcde"))
        await pass_time(0.1)
    assert (await here.refused(AudioStop.UNKNOWN_STREAM)).retry_after_s == 0.0
    assert here.metric("usher_hearing_frames_total", fate="unasked") == 50


@in_a_room()
async def test_lost_frames_are_concealed_and_counted(here: Room) -> None:
    await here.open()
    here.service.hear(BAND, "main", words(ONE, 0, "a", "b"))
    here.service.hear(BAND, "main", words(ONE, 5, "f", "."))
    here.service.hear(BAND, "main", words(ONE, 5, "f", "."))
    await until(lambda: bool(here.finals()), within_s=2)
    assert here.finals() == ["a b ~ ~ ~ f"]
    here.service.hear(BAND, "main", words(ONE, 2, "c", "d"))
    counted = {fate: here.metric("usher_hearing_frames_total", fate=fate) for fate in ("lost", "late", "repeated")}
    assert counted == {"lost": 3, "late": 2, "repeated": 2}


@in_a_room(frame_s=0.1)
async def test_a_slow_recogniser_grants_no_more_than_it_works_off(here: Room) -> None:
    await here.open()
    sent = 0
    for _ in range(400):
        granted = max(granted.frames for granted in here.heard(AudioGranted))
        assert granted - sent <= WINDOW
        if granted - sent >= 5:
            here.service.hear(BAND, "main", words(ONE, sent, *"abcde"))
            sent += 5
        await pass_time(0.1)
    worked_off = 400  # forty seconds at a tenth of a second a frame
    assert worked_off <= sent <= worked_off + WINDOW + 25


@in_a_room()
async def test_what_was_lost_on_the_way_uses_up_no_credit(here: Room) -> None:
    await here.open()
    here.service.hear(BAND, "main", opened(ONE, sent=WINDOW))
    await pass_time(0.1)
    assert here.heard(AudioGranted)[-1].frames == 2 * WINDOW


@in_a_room(seats=1, settings=HearingConfig(enabled=True, wait_s=3.0, retry_s=7.0))
async def test_who_waits_too_long_for_a_recogniser_is_told_to_come_back(here: Room) -> None:
    await here.open("band-1", ONE)
    await here.open("band-2", TWO)
    await pass_time(2.5)
    assert here.heard(AudioRefused, "band-2") == []
    assert (await here.refused(AudioStop.BUSY, "band-2")).retry_after_s == 7.0
    await here.open("band-2", "stream-0003")
    here.service.hear("band-1", "main", AudioClosed(stream=ONE, end=0))
    await until(lambda: bool(here.heard(AudioGranted, "band-2")), within_s=1, what="the seat that became free")


@pytest.mark.req("W-11")
@in_a_room(seats=4)
async def test_a_greedy_branch_makes_room_for_another_without_losing_a_word(here: Room) -> None:
    for number in range(8):
        await here.open(f"greedy-{number}", f"stream-g00{number}", branch="greedy", task=f"t-greedy{number}")
    assert len(here.pool.voices) == 4
    here.service.hear("greedy-3", "greedy", words("stream-g003", 0, "half", "said"))
    await here.open("modest-1", "stream-m001", branch="modest", task="t-modest")
    await here.open("modest-2", "stream-m002", branch="modest", task="t-modest")
    await pass_time(0.5)
    assert all(here.heard(AudioGranted, name) for name in ("modest-1", "modest-2"))
    for number, kept in enumerate((True, True, False, False)):
        assert bool(here.heard(AudioRefused, f"greedy-{number}")) is not kept
    assert here.talks.texts("t-greedy3") == ["half said"]
    assert len(here.pool.voices) == 4


@in_a_room()
async def test_a_crash_is_told_to_its_stream_and_to_no_other(here: Room) -> None:
    await here.open("band-1", ONE)
    await here.open("band-2", TWO)
    here.pool.voices[0].crash("it crashed")
    refused = await here.refused(AudioStop.FAILED)
    assert refused.retry_after_s == 1.0
    here.service.hear("band-2", "main", words(TWO, 0, "still", "here", "."))
    await until(lambda: here.finals("band-2") == ["still here"], within_s=2)
    await here.open("band-1", "stream-0003")
    assert len(here.heard(AudioGranted)) == 2


@in_a_room(settings=HearingConfig(enabled=True, idle_s=5.0))
async def test_a_stream_that_nothing_comes_of_is_dropped(here: Room) -> None:
    await here.open()
    here.service.hear(BAND, "main", words(ONE, 0, "a"))
    await pass_time(6.0)
    await here.refused(AudioStop.FAILED)
    assert here.pool.voices == []


@in_a_room()
async def test_a_second_opening_takes_the_place_of_a_lost_one(here: Room) -> None:
    await here.open()
    await here.open(stream=TWO)
    assert [granted.stream for granted in here.heard(AudioGranted)] == [ONE, TWO]
    assert len(here.pool.voices) == 1


@in_a_room(seats=0)
async def test_streams_wait_for_recognisers_that_are_still_loading(here: Room) -> None:
    await here.open()
    assert here.heard(AudioGranted) == []
    here.pool.have(1)
    await pass_time(0.1)
    assert len(here.heard(AudioGranted)) == 1
