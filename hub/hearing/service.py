"""The use cases of hearing: who may be heard is seated, frames become text, texts go to the talk and to the device.

All of it lives in memory: no frame and no text of a stream is ever written anywhere by this room. It runs in the hub's
loop and only there; what takes long (the talks' database, the recognisers) is awaited in tasks of its own.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from contracts import AnyMessage, ErrorCode, Refusal
from contracts.audio import (
    AudioClosed,
    AudioEnded,
    AudioFrames,
    AudioOpened,
    AudioRefused,
    AudioStop,
)
from hub.hearing.gauges import HearingGauges
from hub.hearing.ports import Recognition, TalkOf, Talks, Utterance
from hub.hearing.seats import Seats
from hub.hearing.settings import HearingConfig
from hub.hearing.stream import Phase, Stream

log = logging.getLogger(__name__)

UpMessage = AudioOpened | AudioFrames | AudioClosed
Told = tuple[str, AnyMessage]
"""A device, and what it is told."""

CHECK_S = 1.0
"""How often it is asked whether talks may still be heard, and what waits is looked at."""

SAY_AGAIN_S = 1.0
REMEMBER_S = 15.0
"""How long a stream that is over answers a closing that is said again."""

GRACE_S = 1.5
"""Audio overtakes the messages of talks, which are written to disk first."""

CLOSING_MOST_S = 30.0
STREAMS_A_DEVICE = 4
_CONCEALED_AT_END = 200
"""A closing that names more frames than this behind the last that came is about an outage."""

STREAMS_MOST = 20_000
_WHY = {ErrorCode.NO_CONSENT: AudioStop.NO_CONSENT}


class HearingService:
    """All streams of a hub; ``run`` until cancelled. Without ``recognition`` every opening is refused."""

    def __init__(
        self,
        settings: HearingConfig,
        *,
        recognition: Recognition | None,
        talks: Talks,
        tell: Callable[[Sequence[Told]], Awaitable[None]],
        seconds: Callable[[], float],
        gauges: HearingGauges,
    ) -> None:
        """``tell`` publishes, now or never; ``seconds`` is a clock that never goes back."""
        self._settings = settings
        self._recognition = recognition
        self._talks = talks
        self._tell = tell
        self._seconds = seconds
        self._gauges = gauges
        self._streams: dict[tuple[str, str], Stream] = {}
        self._seats: Seats[tuple[str, str]] = Seats(
            most_a_branch=settings.most_a_branch, queue_most=settings.queue_most
        )
        self._asked: list[Stream] = []
        self._to_say: list[Told] = []
        self._to_take: asyncio.Queue[tuple[Stream, Utterance | str]] = asyncio.Queue()
        self._something_asked = asyncio.Event()
        self._something_to_say = asyncio.Event()
        self._strangers: dict[str, float] = {}

    def hear(self, device: str, branch: str, message: UpMessage) -> None:
        """A device speaks; ``branch`` is where it is bound, empty for nowhere."""
        match message:
            case AudioOpened():
                self._opened(device, branch, message)
            case AudioFrames():
                self._frames(device, message)
            case AudioClosed():
                self._closed(device, message)

    def recheck(self) -> None:
        """Something happened to talks: ask about all of them now."""
        self._asked = [stream for stream in self._streams.values() if _goes_on(stream)]
        self._something_asked.set()

    def gone(self, device: str) -> None:
        """A device is known to be away: nothing more of its streams will come."""
        for stream in [stream for stream in self._streams.values() if stream.talk.device == device]:
            self._forget(stream)

    async def run(self) -> None:
        """Serve until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._speak(), name="hearing says")
            if self._recognition is not None:
                group.create_task(self._recognition.run(self._seats_changed), name="hearing recognises")
                group.create_task(self._take(), name="hearing takes")
                group.create_task(self._admit(), name="hearing admits")
                group.create_task(self._watch(), name="hearing watches")

    # --- what devices say ---------------------------------------------------------------------------------------------

    def _opened(self, device: str, branch: str, opened: AudioOpened) -> None:
        known = self._streams.get((device, opened.stream))
        if known is not None:
            known.acknowledged(opened.heard)
            if known.phase is Phase.RUNNING:
                known.active_at = self._seconds()
                known.resume(opened)
            return
        if self._recognition is None:
            self._refuse(device, opened.stream, AudioStop.NO_ENGINE, "this hub recognises no speech", None)
            return
        for other in [s for s in self._streams.values() if s.talk.device == device and _goes_on(s)]:
            self._forget(other)  # a device has one microphone: it has lost this stream
        of_device = [s for s in self._streams.values() if s.talk.device == device]
        if len(of_device) >= STREAMS_A_DEVICE:
            self._forget(of_device[0])
        if len(self._streams) >= STREAMS_MOST:
            self._refuse(device, opened.stream, AudioStop.BUSY, "too many streams", self._settings.retry_s)
            return
        stream = Stream(
            opened,
            TalkOf(device, opened.task_id),
            branch,
            now=self._seconds(),
            news=lambda stream, news: self._to_take.put_nowait((stream, news)),
            say=lambda stream, told: self.say(stream.talk.device, told),
        )
        self._streams[stream.key] = stream
        self._asked.append(stream)
        self._something_asked.set()

    def _frames(self, device: str, frames: AudioFrames) -> None:
        now = self._seconds()
        stream = self._streams.get((device, frames.stream))
        if stream is None:
            self._unknown(device, frames.stream, now)
        elif stream.phase is Phase.RUNNING:
            stream.feed(frames, now)
            stream.acknowledged(frames.heard)
            self._gauges.count_frames(stream.new_fates())
            return
        self._gauges.frames.labels(fate="unasked").inc(len(frames.frames))

    def _closed(self, device: str, closed: AudioClosed) -> None:
        now = self._seconds()
        stream = self._streams.get((device, closed.stream))
        if stream is None:
            self._unknown(device, closed.stream, now)
            return
        stream.acknowledged(closed.heard)
        match stream.phase:
            case Phase.OVER:
                stream.say_again(now)
                self.say(device, AudioEnded(stream=stream.name, segments=stream.segments))
            case Phase.RUNNING if stream.voice is not None and not closed.discard:
                stream.work_off(stream.order.end(min(closed.end, stream.order.next + _CONCEALED_AT_END)), now)
                self._gauges.count_frames(stream.new_fates())
                stream.go(Phase.CLOSING, now)
                stream.voice.finish()
            case Phase.CLOSING:
                if closed.discard:
                    self._discard(stream)
            case Phase.ASKED | Phase.WAITING | Phase.RUNNING:
                self._discard(stream)

    def _discard(self, stream: Stream) -> None:
        if stream.voice is not None:
            stream.voice.drop()
        self._leave(stream)
        # Behind what was recognised before and is not taken yet.
        self._to_take.put_nowait((stream, ""))

    # --- seats --------------------------------------------------------------------------------------------------------

    async def _admit(self) -> None:
        """Asks about talks in bulk: those that want to be heard, and each second those that are."""
        check_at = self._seconds() + CHECK_S
        while True:
            try:
                async with asyncio.timeout(max(0.0, check_at - self._seconds())):
                    await self._something_asked.wait()
            except TimeoutError:
                self.recheck()
                check_at = self._seconds() + CHECK_S
            self._something_asked.clear()
            asked, self._asked = self._asked, []
            if not asked:
                continue
            try:
                answers = await self._talks.check([stream.talk for stream in asked])
            except Exception:  # the database of the talks is away: who is heard is heard on, who asks asks again
                log.exception("hearing_unchecked streams=%d", len(asked))
                self._drop_unchecked(asked)
                continue
            for stream, refusal in zip(asked, answers, strict=True):
                self._answer(stream, refusal)
            self._fill()

    def _drop_unchecked(self, asked: Sequence[Stream]) -> None:
        for stream in asked:
            if stream.phase is Phase.ASKED:
                self._streams.pop(stream.key, None)

    def _answer(self, stream: Stream, refusal: Refusal | None) -> None:
        if self._streams.get(stream.key) is not stream or not _goes_on(stream):
            return
        if refusal is not None:
            if stream.phase is Phase.ASKED and self._seconds() - stream.since < GRACE_S:
                return  # the start of the talk may be under way still: it is asked again with the others
            self._stop(stream, _WHY.get(refusal.code, AudioStop.NOT_HELD), refusal.detail, None)
        elif stream.phase is Phase.ASKED:
            assert self._recognition is not None
            if self._recognition.seats and not self._recognition.engine(stream.language):
                detail = f"nothing recognises {stream.language} at this hub"
                self._stop(stream, AudioStop.NO_ENGINE, detail, None)
                return
            stream.go(Phase.WAITING, self._seconds())
            turned_away = self._seats.join(stream.key, stream.branch)
            if turned_away is not None:
                self._busy(self._streams[turned_away], "all recognisers are in use, and many wait for one")

    def _seats_changed(self) -> None:
        assert self._recognition is not None
        self._seats.seats = self._recognition.seats
        self._gauges.seats.set(self._recognition.seats)
        self._gauges.crashes.set(self._recognition.crashes)
        self._fill()

    def _fill(self) -> None:
        """Seat whom there is room for; where a branch has more than its share, its newest finishes and leaves."""
        assert self._recognition is not None
        while (key := self._seats.seat_next()) is not None:
            stream = self._streams[key]
            stream.engine = self._recognition.engine(stream.language)
            if not stream.engine:
                self._stop(stream, AudioStop.NO_ENGINE, f"nothing recognises {stream.language} at this hub", None)
                continue
            voice = self._recognition.begin(stream.language, stream)
            if voice is None:
                self._busy(stream, "the recogniser is not there just now")
                continue
            now = self._seconds()
            stream.voice = voice
            stream.active_at = now
            stream.go(Phase.RUNNING, now)
            stream.grant(always=True)
        while (key := self._seats.give_way()) is not None:
            stream = self._streams[key]
            if stream.voice is not None:
                stream.voice.finish()
            stream.go(Phase.CLOSING, self._seconds())
            self._refuse(
                stream.talk.device,
                stream.name,
                AudioStop.BUSY,
                "other branches wait for a recogniser",
                self._settings.retry_s,
            )
        self._count()

    def _busy(self, stream: Stream, detail: str) -> None:
        self._stop(stream, AudioStop.BUSY, detail, self._settings.retry_s)

    def _stop(self, stream: Stream, why: AudioStop, detail: str, retry_after_s: float | None) -> None:
        self._refuse(stream.talk.device, stream.name, why, detail, retry_after_s)
        self._forget(stream)

    def _forget(self, stream: Stream) -> None:
        if stream.voice is not None:
            stream.voice.drop()
        self._streams.pop(stream.key, None)
        self._leave(stream)

    def _leave(self, stream: Stream) -> None:
        stream.go(Phase.OVER, self._seconds())
        stream.voice = None
        self._seats.leave(stream.key)

    # --- what was heard -----------------------------------------------------------------------------------------------

    async def _take(self) -> None:
        """One after the other, so that a talk's segments keep their order."""
        while True:
            stream, news = await self._to_take.get()
            if isinstance(news, Utterance):
                try:
                    await self._take_one(stream, news)
                except Exception:  # the database failed: this utterance is lost, and the device sees that it is
                    log.exception("hearing_untaken device=%s", stream.talk.device)
            else:
                self._over(stream, news)
                self._fill()

    async def _take_one(self, stream: Stream, utterance: Utterance) -> None:
        now = self._seconds()
        if self._streams.get(stream.key) is not stream:
            return
        waited_s = stream.waited_s(utterance, now)
        if waited_s is not None:
            self._gauges.final.observe(waited_s)
        spoken = stream.spoken(utterance)
        if not spoken.text:
            return
        placed = await self._talks.take(stream.talk, spoken)
        if isinstance(placed, Refusal):
            if self._streams.get(stream.key) is stream:
                self._stop(stream, _WHY.get(placed.code, AudioStop.NOT_HELD), placed.detail, None)
            return
        self._gauges.segments.inc()
        stream.final(placed, self._seconds())

    def _over(self, stream: Stream, fault: str) -> None:
        if self._streams.get(stream.key) is not stream:
            return
        self._leave(stream)
        if fault:
            log.warning("hearing_failed device=%s why=%r", stream.talk.device, fault)
            self._stop(stream, AudioStop.FAILED, fault, 1.0)
        else:
            self.say(stream.talk.device, AudioEnded(stream=stream.name, segments=stream.segments))

    # --- time ---------------------------------------------------------------------------------------------------------

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(CHECK_S / 4)
            now = self._seconds()
            for stream in list(self._streams.values()):
                self._look_at(stream, now)
            self._strangers = {device: at for device, at in self._strangers.items() if now - at < SAY_AGAIN_S}
            self._fill()

    def _look_at(self, stream: Stream, now: float) -> None:
        match stream.phase:
            case Phase.WAITING if now - stream.since > self._settings.wait_s:
                self._busy(stream, "all recognisers are in use")
            case Phase.RUNNING:
                stream.work_off(stream.order.due(now), now)
                self._gauges.count_frames(stream.new_fates())
                if now - stream.active_at > self._settings.idle_s:
                    self._stop(stream, AudioStop.FAILED, f"nothing came for {self._settings.idle_s:g} s", 1.0)
            case Phase.CLOSING if now - stream.since > CLOSING_MOST_S:
                self._stop(stream, AudioStop.FAILED, f"the rest took more than {CLOSING_MOST_S:g} s", 1.0)
            case Phase.OVER if now - stream.since > REMEMBER_S:
                self._streams.pop(stream.key, None)
            case _:
                pass
        if stream.finals and now - stream.said_at >= SAY_AGAIN_S:
            stream.say_again(now)

    # --- what is said -------------------------------------------------------------------------------------------------

    def _unknown(self, device: str, name: str, now: float) -> None:
        if now - self._strangers.get(device, float("-inf")) >= SAY_AGAIN_S:
            self._strangers[device] = now
            self._refuse(device, name, AudioStop.UNKNOWN_STREAM, "open another", 0.0)

    def _refuse(self, device: str, name: str, why: AudioStop, detail: str, retry_after_s: float | None) -> None:
        self._gauges.refused.labels(why=why.value).inc()
        log.info("hearing_refused device=%s why=%s retry_after_s=%s", device, why.value, retry_after_s)
        self.say(device, AudioRefused(stream=name, why=why, detail=detail[:200], retry_after_s=retry_after_s))

    def say(self, device: str, told: AnyMessage) -> None:
        """Tell a device something, soon and once."""
        self._to_say.append((device, told))
        self._something_to_say.set()

    async def _speak(self) -> None:
        while True:
            await self._something_to_say.wait()
            self._something_to_say.clear()
            told, self._to_say = self._to_say, []
            await self._tell(told)

    def _count(self) -> None:
        self._gauges.streams.labels(state="recognised").set(self._seats.seated)
        self._gauges.streams.labels(state="waiting").set(self._seats.waiting)


def _goes_on(stream: Stream) -> bool:
    return stream.phase in (Phase.ASKED, Phase.WAITING, Phase.RUNNING)
