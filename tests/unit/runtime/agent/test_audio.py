"""The device's half of streamed speech: credit, what is left out, what is said again, and the texts that come back."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from contracts.audio import (
    AudioClosed,
    AudioEnded,
    AudioFrames,
    AudioGranted,
    AudioHeard,
    AudioOpened,
    AudioRefused,
    AudioStop,
)
from contracts.fields import Language
from runtime.agent.audio import AudioSettings, AudioUplink, Upward
from runtime.agent.mailbox import Mailbox
from runtime.agent.sqlite import Database
from runtime.bus.memory import MemoryBroker
from runtime.ids import SeededIds
from tests.agent_on_link import AgentOnLink
from tests.scripted_hearing import Noted
from tests.small_hub import SmallHub
from tests.virtual_time import LoopClock, pass_time, run_virtually, until

TASK = "task-0001"
T = TypeVar("T")


@dataclass
class Line:
    """An uplink whose hub is the test; ``said`` is what it says."""

    uplink: AudioUplink
    watcher: Noted
    said: list[Upward] = field(default_factory=list)
    expiries: list[float | None] = field(default_factory=list)

    def of(self, kind: type[T]) -> list[T]:
        return [message for message in self.said if isinstance(message, kind)]

    @property
    def stream(self) -> str:
        return self.of(AudioOpened)[-1].stream

    async def open(self, granted: int = 100) -> None:
        self.uplink.open(TASK, Language.KO, 40, self.watcher)
        await pass_time(0.01)
        if granted:
            self.uplink.on_message(AudioGranted(stream=self.stream, frames=granted, engine="vosk"))
            await pass_time(0.01)

    async def speak(self, frames: int, *, first: int = 0) -> None:
        for number in range(first, first + frames):
            self.uplink.push(b"%d" % number)
            await pass_time(0.02)

    def hear(self, number: int, text: str, index: int | None = None) -> None:
        self.uplink.on_message(
            AudioHeard(stream=self.stream, number=number, language=Language.KO, text=text, index=index)
        )


@asynccontextmanager
async def line(settings: AudioSettings | None = None) -> AsyncIterator[Line]:
    uplink = AudioUplink(SeededIds("band", 0), seconds=asyncio.get_running_loop().time, settings=settings)
    here = Line(uplink, Noted())

    async def tell(message: Upward, *, expires_s: float | None = None) -> None:
        here.said.append(message)
        here.expiries.append(expires_s)

    job = asyncio.ensure_future(uplink.run(tell))
    uplink.on_link(True)
    try:
        yield here
    finally:
        job.cancel()
        await asyncio.gather(job, return_exceptions=True)


def on_a_line(play: Callable[[Line], Awaitable[None]]) -> Callable[[], None]:
    """Turn a play on a line into a test that runs it in virtual time."""

    def test() -> None:
        async def main() -> None:
            async with line() as here:
                await play(here)

        run_virtually(main)

    test.__name__, test.__doc__ = play.__name__, play.__doc__
    return test


@pytest.mark.req("W-11")
@on_a_line
async def test_frames_go_out_five_at_a_time_and_may_expire(here: Line) -> None:
    await here.open()
    assert here.watcher.engine == "vosk"
    await here.speak(12)
    sent = here.of(AudioFrames)
    assert [(message.first, message.sent, len(message.frames)) for message in sent] == [(0, 0, 5), (5, 5, 5)]
    assert sent[1].frames == (b"5", b"6", b"7", b"8", b"9")
    assert set(here.expiries[1:]) == {5.0}
    assert here.uplink.sent == 10


@on_a_line
async def test_an_opening_is_said_again_until_the_hub_answers(here: Line) -> None:
    await here.open(granted=0)
    await pass_time(3.2)
    openings = here.of(AudioOpened)
    assert len(openings) == 4
    assert {(one.stream, one.task_id, one.begins_ms) for one in openings} == {(here.stream, TASK, 40)}
    here.uplink.on_message(AudioGranted(stream=here.stream, frames=5, engine="vosk"))
    await pass_time(3.0)
    assert len(here.of(AudioOpened)) == 4


@pytest.mark.req("W-11")
@on_a_line
async def test_without_leave_two_seconds_wait_and_the_oldest_are_left_out_and_counted(here: Line) -> None:
    await here.open(granted=10)
    await here.speak(160)
    assert here.uplink.sent == 10
    assert here.uplink.left_out == 50
    here.uplink.on_message(AudioGranted(stream=here.stream, frames=1000, engine="vosk"))
    await pass_time(0.1)
    after = here.of(AudioFrames)[2]
    assert (after.first, after.sent) == (60, 10), "the numbers go on counting what was left out, the sum doesn't"
    assert here.uplink.sent == 110


@on_a_line
async def test_a_stalled_stream_asks_for_leave_and_says_what_it_sent(here: Line) -> None:
    await here.open(granted=10)
    await here.speak(120)
    assert here.of(AudioOpened)[-1].sent == 10


@on_a_line
async def test_without_a_hub_nothing_is_said_and_the_watcher_knows(here: Line) -> None:
    await here.open()
    here.uplink.on_link(False)
    before = len(here.said)
    await here.speak(150)
    assert len(here.said) == before
    assert here.uplink.left_out == 50
    here.uplink.on_link(True)
    await pass_time(0.1)
    assert here.of(AudioFrames)[0].first == 50
    assert here.watcher.reach == [False, True]


@on_a_line
async def test_texts_come_once_and_in_order_and_are_acknowledged(here: Line) -> None:
    await here.open()
    here.hear(0, "so")
    here.hear(1, "second", index=5)
    here.hear(1, "out of turn")
    here.hear(0, "first", index=4)
    here.hear(0, "first", index=4)
    assert here.watcher.partials == ["so"]
    assert [(heard.text, heard.index) for heard in here.watcher.finals] == [("first", 4), ("second", 5)]
    await here.speak(5)
    assert here.of(AudioFrames)[-1].heard == 2


@on_a_line
async def test_a_text_that_never_comes_holds_up_the_others_only_so_long(here: Line) -> None:
    await here.open()
    for number in range(1, 10):
        here.hear(number, f"text {number}", index=number)
    assert here.watcher.texts == [f"text {number}" for number in range(1, 10)]


@on_a_line
async def test_a_closing_sends_the_rest_and_is_said_until_all_texts_are_here(here: Line) -> None:
    await here.open()
    await here.speak(7)
    here.uplink.close()
    await pass_time(2.2)
    assert [len(message.frames) for message in here.of(AudioFrames)] == [5, 2]
    closings = here.of(AudioClosed)
    assert len(closings) == 3
    assert (closings[0].end, closings[0].discard) == (7, False)
    here.uplink.on_message(AudioEnded(stream=here.stream, segments=1))
    assert not here.watcher.over
    here.hear(0, "the rest", index=0)
    assert here.watcher.over
    before = len(here.said)
    await pass_time(3.0)
    assert len(here.said) == before


@on_a_line
async def test_a_discarded_stream_tells_nothing_more(here: Line) -> None:
    await here.open()
    await here.speak(3)
    here.uplink.close(discard=True)
    await pass_time(0.1)
    assert here.of(AudioFrames) == []
    assert here.of(AudioClosed)[0].discard
    here.hear(0, "too late", index=0)
    assert here.watcher.texts == []
    here.uplink.push(b"nobody listens")
    await pass_time(0.1)
    assert here.of(AudioFrames) == []


@on_a_line
async def test_a_closing_that_nobody_answers_is_given_up(here: Line) -> None:
    await here.open()
    here.uplink.close()
    await pass_time(16.0)
    assert here.watcher.over
    before = len(here.said)
    await pass_time(5.0)
    assert len(here.said) == before


@on_a_line
async def test_a_refused_stream_sends_nothing_and_still_hears_what_was_said_before(here: Line) -> None:
    await here.open()
    await here.speak(3)
    here.uplink.on_message(AudioRefused(stream=here.stream, why=AudioStop.BUSY, retry_after_s=3.0))
    await here.speak(10, first=3)
    assert [refused.why for refused in here.watcher.refusals] == [AudioStop.BUSY]
    assert here.of(AudioFrames) == []
    here.hear(0, "before", index=0)
    assert here.watcher.texts == ["before"]


@on_a_line
async def test_a_new_stream_ends_the_one_before(here: Line) -> None:
    await here.open()
    first = here.stream
    await here.open()
    assert here.stream != first
    assert [(closed.stream, closed.discard) for closed in here.of(AudioClosed)] == [(first, True)]
    here.uplink.on_message(AudioHeard(stream=first, number=0, language=Language.KO, text="old", index=0))
    assert here.watcher.texts == []


@pytest.mark.req("W-10", "W-11")
def test_beside_the_session_audio_is_said_now_or_never_and_no_disk_sees_it(tmp_path: Path) -> None:
    canary = b"canary-of-audio"
    store = tmp_path / "band.sqlite"

    async def main() -> None:
        loop = asyncio.get_running_loop()
        clock, broker = LoopClock(loop), MemoryBroker()
        hub = SmallHub(broker, clock)
        mailbox = Mailbox(Database(sqlite3.connect(store, isolation_level=None)))
        uplink, watcher = AudioUplink(SeededIds("uplink", 0), seconds=loop.time), Noted()
        watch = AgentOnLink(broker, mailbox, clock, audio=uplink)
        async with hub.running(), watch.running():
            await until(lambda: watch.link.online, within_s=60)
            assert uplink.online
            uplink.open(TASK, Language.KO, 0, watcher)
            await pass_time(0.1)
            opened = next(envelope for envelope in hub.heard if isinstance(envelope.data, AudioOpened))
            assert isinstance(opened.data, AudioOpened)
            hub.say("watch-1", AudioGranted(stream=opened.data.stream, frames=5, engine="vosk"))
            await pass_time(0.1)
            for _ in range(100):
                uplink.push(canary)
            await pass_time(0.1)
            hub.say(
                "watch-1",
                AudioHeard(stream=opened.data.stream, number=0, language=Language.KO, text="text", index=0),
            )
            await pass_time(0.1)
            frames = [envelope for envelope in hub.heard if isinstance(envelope.data, AudioFrames)]
            assert [envelope.expires for envelope in frames] == [frames[0].time + timedelta(seconds=5)]
            assert watcher.texts == ["text"]
            assert mailbox.head() is None
            broker.cut("watch-1")
            await pass_time(0.05)
            assert watcher.reach == [False]
        mailbox.close()

    run_virtually(main)
    assert store.stat().st_size > 0
    for path in tmp_path.iterdir():
        assert canary not in path.read_bytes()
        assert b"Y2FuYXJ5LW9mLWF1ZGlv" not in path.read_bytes(), "nor in base64"
