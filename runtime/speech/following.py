"""One stream of speech, frame by frame: voice activity, pauses, recogniser, events; no thread of its own (W-10).

The thread in ``runtime.speech.listening`` runs it, and so does whoever has a whole recording.
"""

from __future__ import annotations

import msgspec

from runtime.speech.pauses import FRAME_S, Pauses, PauseSettings, Step
from runtime.speech.port import FRAME_BYTES, Recogniser, Transcript, VoiceActivity


class Partial(msgspec.Struct, frozen=True):
    """What was said so far of an utterance; empty when it is withdrawn. ``at_s``: seconds of audio since the start."""

    text: str
    at_s: float


class Utterance(msgspec.Struct, frozen=True, kw_only=True):
    """What was said between two pauses.

    ``begin_s``, ``end_s``: of the speech, in seconds of audio since the start. ``ended_at``: when its last speech was
    heard, on the clock of whoever listens; 0 where nobody has one.
    """

    transcript: Transcript
    begin_s: float
    end_s: float
    ended_at: float = 0.0


class Follower:
    """Tells speech from silence and gives the speech to a recogniser; ``take`` may take as long as recognising does.

    Keeps the frames before an utterance in buffers of its own, zeroed when they are not needed any more.
    """

    def __init__(
        self,
        recogniser: Recogniser,
        activity: VoiceActivity,
        pauses: PauseSettings,
        *,
        partial_every_s: float = 0.2,
    ) -> None:
        self._recogniser = recogniser
        self._activity = activity
        self._pauses = Pauses(pauses)
        self._before = [bytearray(FRAME_BYTES) for _ in range(pauses.frames_before)]
        self._kept = 0
        self._every = max(1, round(partial_every_s / FRAME_S))
        self._frames = 0
        self._begin = 0
        self._until_partial = 0
        self._partial = ""

    @property
    def heard_s(self) -> float:
        """How much audio was taken, in seconds."""
        return self._frames * FRAME_S

    @property
    def speaking(self) -> bool:
        """Whether an utterance has begun and not ended."""
        return self._pauses.speaking

    def take(self, frame: bytearray, *, behind: bool = False) -> Partial | Utterance | None:
        """What the next frame of ``FRAME_BYTES`` brings; the caller zeroes it afterwards.

        ``behind``: more audio waits already, so what can be left out is left out: partial texts, and preparing a result
        for a pause that may be over. Raises what the recogniser raises.
        """
        step = self._pauses.take(self._activity.probability(frame))
        self._frames += 1
        match step:
            case Step.SILENCE:
                self._keep(frame)
                return None
            case Step.BEGIN:
                self._begin_utterance(frame)
                return None
            case Step.END:
                self._recogniser.feed(frame)
                return self._end(self._pauses.silent_frames)
            case Step.EARLY | Step.WITHIN:
                self._recogniser.feed(frame)
                if step is Step.EARLY and not behind:
                    self._recogniser.prepare()
                return None if behind else self._news()

    def finish(self) -> Utterance | Partial | None:
        """The audio is over: what was being said, if anything."""
        if not self.speaking:
            self._drop_kept()
            return None
        silent = self._pauses.silent_frames
        self._pauses.reset()
        return self._end(silent)

    def forget(self) -> Partial | None:
        """Zero and drop what was begun; an empty partial where a text of it was told. The count of audio goes on."""
        told = self._partial
        self._partial = ""
        self._drop_kept()
        self._pauses.reset()
        self._activity.reset()
        self._recogniser.forget()
        return Partial("", self.heard_s) if told else None

    def _keep(self, frame: bytearray) -> None:
        if self._before:
            self._before[self._kept % len(self._before)][:] = frame
            self._kept += 1

    def _drop_kept(self) -> None:
        for frame in self._before:
            frame[:] = bytes(FRAME_BYTES)
        self._kept = 0

    def _begin_utterance(self, frame: bytearray) -> None:
        size = len(self._before)
        self._begin = self._frames - 1
        self._until_partial = self._every
        for at in range(max(0, self._kept - size), self._kept):
            self._recogniser.feed(self._before[at % size])
        self._drop_kept()
        self._recogniser.feed(frame)

    def _news(self) -> Partial | None:
        self._until_partial -= 1
        if self._until_partial > 0:
            return None
        self._until_partial = self._every
        text = self._recogniser.partial()
        if text == self._partial:
            return None
        self._partial = text
        return Partial(text, self.heard_s)

    def _end(self, silent_frames: int) -> Utterance | Partial | None:
        told, self._partial = self._partial, ""
        transcript = self._recogniser.finish(silent_frames * FRAME_S)
        if not transcript.text:
            return Partial("", self.heard_s) if told else None
        return Utterance(
            transcript=transcript, begin_s=self._begin * FRAME_S, end_s=(self._frames - silent_frames) * FRAME_S
        )
