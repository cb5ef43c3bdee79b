"""Hearing played by a script: a recogniser whose frames are words, talks that allow what the test says, and a band."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence

from contracts import ErrorCode, Refusal
from contracts.audio import AudioEnded, AudioFrames, AudioGranted, AudioHeard, AudioOpened, AudioRefused
from contracts.fields import Language
from contracts.visits import HeardWord
from hub.hearing.ports import Placed, Spoken, StreamListener, TalkOf, Utterance

PAUSE = b"."
"""The frame that ends an utterance; any other frame is a word, a missing one is heard as ``~``."""

FRAME_S = 0.02


class ScriptedVoice:
    """A :class:`hub.hearing.ports.Voice` that needs ``frame_s`` for a frame."""

    def __init__(self, owner: ScriptedRecognition, listener: StreamListener) -> None:
        self.listener = listener
        self._owner = owner
        self._words: list[str] = []
        self._position = 0
        self._free_at = 0.0
        self._over = False

    def feed(self, frames: Sequence[bytes], skipped: int) -> None:
        self._owner.fed += frames
        self._later(len(frames), lambda: self._work_off(frames, skipped))

    def finish(self) -> None:
        self._later(0, self._finish)

    def drop(self) -> None:
        self._leave()

    def crash(self, why: str) -> None:
        """The recogniser of this stream dies."""
        if self._leave():
            self.listener.ended(why)

    def _later(self, frames: int, do: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        # Later by a hair: timers that are due at the same instant run in no particular order.
        self._free_at = math.nextafter(max(loop.time(), self._free_at), math.inf) + frames * self._owner.frame_s
        loop.call_at(self._free_at, do)

    def _work_off(self, frames: Sequence[bytes], skipped: int) -> None:
        if self._over:
            return
        for frame in frames:
            self._position += 1
            if frame == PAUSE:
                self._pause()
            else:
                self._words.append(frame.decode() or "~")
                self.listener.partial(" ".join(self._words))
        self._position += skipped
        if skipped:
            self._pause()
        self.listener.taken(len(frames))

    def _pause(self) -> None:
        words, self._words = self._words, []
        if words:
            heard = tuple(HeardWord(text=word, confidence=0.5 if word == "~" else 1.0) for word in words)
            text = " ".join(words)
            self.listener.heard(Utterance(text=text, engine="script", end_s=self._position * FRAME_S, words=heard))

    def _finish(self) -> None:
        if self._over:
            return
        self._pause()
        self._leave()
        self.listener.ended("")

    def _leave(self) -> bool:
        was, self._over = self._over, True
        if self in self._owner.voices:
            self._owner.voices.remove(self)
        return not was


class ScriptedRecognition:
    """A :class:`hub.hearing.ports.Recognition` with as many seats as the test says."""

    def __init__(self, seats: int, *, frame_s: float = 0.0) -> None:
        self.frame_s = frame_s
        self.voices: list[ScriptedVoice] = []
        self.fed: list[bytes] = []
        self.crashes = 0
        self._seats = seats
        self._changed: Callable[[], None] = lambda: None

    @property
    def decoded(self) -> int:
        """How many frames it was given."""
        return len(self.fed)

    @property
    def seats(self) -> int:
        return self._seats

    def engine(self, language: Language) -> str:
        return "" if language is Language.ZH else "script"

    def begin(self, language: Language, listener: StreamListener) -> ScriptedVoice | None:
        if len(self.voices) >= self._seats:
            return None
        self.voices.append(voice := ScriptedVoice(self, listener))
        return voice

    async def run(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        changed()
        await asyncio.Future()

    def have(self, seats: int) -> None:
        """There are so many seats from now on."""
        self._seats = seats
        self._changed()


class ScriptedTalks:
    """A :class:`hub.hearing.ports.Talks`: devices talk about the task of their own name, unless they are refused."""

    def __init__(self) -> None:
        self.refused: dict[str, ErrorCode] = {}
        self.taken: dict[str, list[Spoken]] = {}
        self.checked = 0

    async def check(self, talks: Sequence[TalkOf]) -> Sequence[Refusal | None]:
        self.checked += len(talks)
        await asyncio.sleep(0.001)
        return [self._refusal(talk) for talk in talks]

    async def take(self, talk: TalkOf, spoken: Spoken) -> Placed | Refusal:
        await asyncio.sleep(0.001)
        refusal = self._refusal(talk)
        if refusal is not None:
            return refusal
        said = self.taken.setdefault(talk.task_id, [])
        said.append(spoken)
        return Placed(len(said) - 1, spoken)

    def texts(self, task_id: str) -> list[str]:
        """What was said in a talk."""
        return [spoken.text for spoken in self.taken.get(task_id, [])]

    def _refusal(self, talk: TalkOf) -> Refusal | None:
        code = self.refused.get(talk.device)
        return Refusal(code=code, detail=f"{talk.task_id} is not to be heard") if code is not None else None


class Noted:
    """A :class:`runtime.agent.audio.StreamWatcher` that notes what it is told."""

    def __init__(self) -> None:
        self.engine = ""
        self.partials: list[str] = []
        self.finals: list[AudioHeard] = []
        self.refusals: list[AudioRefused] = []
        self.reach: list[bool] = []
        self.over = False

    def granted(self, engine: str) -> None:
        self.engine = engine

    def heard(self, heard: AudioHeard) -> None:
        if heard.index is None:
            self.partials.append(heard.text)
        else:
            self.finals.append(heard)

    def refused(self, refused: AudioRefused) -> None:
        self.refusals.append(refused)

    def reachable(self, online: bool) -> None:
        self.reach.append(online)

    def ended(self) -> None:
        self.over = True

    @property
    def texts(self) -> list[str]:
        """The final texts."""
        return [heard.text for heard in self.finals]


Down = AudioGranted | AudioRefused | AudioHeard | AudioEnded


def opened(stream: str, *, task: str = "task-0001", sent: int = 0, language: Language = Language.KO) -> AudioOpened:
    """An opening."""
    return AudioOpened(stream=stream, task_id=task, language=language, sent=sent)


def words(stream: str, first: int, *content: str, sent: int | None = None, heard: int = 0) -> AudioFrames:
    """A message of frames that are words."""
    frames = tuple(word.encode() for word in content)
    return AudioFrames(stream=stream, first=first, sent=first if sent is None else sent, frames=frames, heard=heard)
