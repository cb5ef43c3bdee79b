"""One stream of speech at the hub: its frames in order, its credit, its texts until the device has them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import StrEnum

from contracts.audio import FRAME_MS, AudioFrames, AudioGranted, AudioHeard, AudioOpened
from contracts.fields import Language
from hub.hearing.frames import FrameOrder, Piece
from hub.hearing.ports import Placed, Spoken, TalkOf, Utterance, Voice

WINDOW = 250
"""Frames that may be under way or not worked off, five seconds: a busy moment of the machine costs no word."""

GRANT_STEP = 25
"""A new grant is worth a message when it allows so many frames more."""

KEPT_FINALS = 32
"""Final texts that are said again until the device has them."""

MOST_TEXT = 2000
MOST_WORDS = 500
MOST_MS = 86_400_000
_FRAMES_A_SECOND = 1000 // FRAME_MS


class Phase(StrEnum):
    """How far a stream is."""

    ASKED = "asked"
    WAITING = "waiting"
    RUNNING = "running"
    CLOSING = "closing"
    OVER = "over"


class Stream:
    """A :class:`hub.hearing.ports.StreamListener`; ``news`` gets what it hears, in order, null at the end."""

    def __init__(
        self,
        opened: AudioOpened,
        talk: TalkOf,
        branch: str,
        *,
        now: float,
        news: Callable[[Stream, Utterance | str], None],
        say: Callable[[Stream, AudioGranted | AudioHeard], None],
    ) -> None:
        """``news`` is told each utterance, and at the end why it ended (empty: it was closed)."""
        self.name = opened.stream
        self.talk = talk
        self.branch = branch
        self.language: Language = opened.language
        self.begins_ms = opened.begins_ms
        self.phase = Phase.ASKED
        self.since = now
        self.active_at = now
        self.voice: Voice | None = None
        self.engine = ""
        self.order = FrameOrder()
        self.finals: deque[AudioHeard] = deque(maxlen=KEPT_FINALS)
        self.segments = 0
        self.said_at = now
        self._news = news
        self._say = say
        self._sent = opened.sent
        self._granted = 0
        self._in_hand = 0
        self._fed = 0
        self._arrived = 0
        self._counted: dict[str, int] = {}
        self._arrivals: deque[tuple[int, float]] = deque(maxlen=1500)

    @property
    def key(self) -> tuple[str, str]:
        """Devices choose the names of their streams themselves."""
        return (self.talk.device, self.name)

    def go(self, phase: Phase, now: float) -> None:
        """The stream is so far now."""
        self.phase = phase
        self.since = now

    def feed(self, frames: AudioFrames, now: float) -> None:
        """Frames came that are to be recognised."""
        self.active_at = now
        self._arrived += len(frames.frames)
        self._sent = max(self._sent, frames.sent + len(frames.frames))
        self.work_off(self.order.take(frames.first, frames.frames, now, frames.sent), now)

    def work_off(self, pieces: list[Piece], now: float) -> None:
        """Give the recogniser what is in order now."""
        for piece in pieces:
            self._fed += len(piece.frames) + piece.skipped
            self._arrivals.append((self._fed, now))
            self._in_hand += len(piece.frames)
            if self.voice is not None:
                self.voice.feed(piece.frames, piece.skipped)

    def new_fates(self) -> dict[str, int]:
        """What became of frames since this was asked last."""
        order = self.order
        so_far = {"lost": order.lost, "left out": order.left_out, "late": order.late, "repeated": order.repeated}
        so_far["in order"] = self._arrived - order.late - order.repeated
        new = {fate: count - self._counted.get(fate, 0) for fate, count in so_far.items()}
        self._counted = so_far
        return new

    def resume(self, opened: AudioOpened) -> None:
        """The device asks again for leave to send: what it sent and never came is no more under way."""
        self._sent = max(self._sent, opened.sent)
        self.grant(always=True)

    def grant(self, *, always: bool = False) -> None:
        """Tell the device how much it may have sent, if that is news enough."""
        may = self._sent + max(0, WINDOW - self._in_hand - self.order.waiting)
        if always or may - self._granted >= GRANT_STEP:
            self._granted = max(self._granted, may)
            self._say(self, AudioGranted(stream=self.name, frames=self._granted, engine=self.engine[:200]))

    def spoken(self, utterance: Utterance) -> Spoken:
        """What is taken for the talk."""
        return Spoken(
            language=self.language,
            text=utterance.text[:MOST_TEXT],
            engine=utterance.engine[:200],
            words=utterance.words[:MOST_WORDS],
            at_ms=min(self.begins_ms + round(utterance.end_s * 1000), MOST_MS),
        )

    def final(self, placed: Placed, now: float) -> None:
        """The talk has taken this: tell the device, until it says that it has it."""
        spoken = placed.spoken
        told = AudioHeard(
            stream=self.name,
            number=self.segments,
            language=spoken.language,
            text=spoken.text,
            index=placed.index,
            words=spoken.words,
            engine=spoken.engine,
            at_ms=spoken.at_ms,
        )
        self.segments += 1
        if not self.finals:
            self.said_at = now
        self.finals.append(told)
        self._say(self, told)

    def acknowledged(self, heard: int) -> None:
        """The device has the first ``heard`` final texts."""
        while self.finals and self.finals[0].number < heard:
            self.finals.popleft()

    def say_again(self, now: float) -> None:
        """Repeat what the device has not said to have."""
        self.said_at = now
        for told in self.finals:
            self._say(self, told)

    def waited_s(self, utterance: Utterance, now: float) -> float | None:
        """Seconds since the end of this utterance arrived; null when that was too long ago to know."""
        end = utterance.end_s * _FRAMES_A_SECOND
        while self._arrivals and self._arrivals[0][0] < end:
            self._arrivals.popleft()
        return now - self._arrivals[0][1] if self._arrivals else None

    def taken(self, frames: int) -> None:
        self._in_hand = max(0, self._in_hand - frames)
        if self.phase is Phase.RUNNING:
            self.grant()

    def partial(self, text: str) -> None:
        if self.phase is Phase.RUNNING:
            told = AudioHeard(stream=self.name, number=self.segments, language=self.language, text=text[:MOST_TEXT])
            self._say(self, told)

    def heard(self, utterance: Utterance) -> None:
        self._news(self, utterance)

    def ended(self, fault: str) -> None:
        self._news(self, fault)
