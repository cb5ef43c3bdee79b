"""Where an utterance begins and where it ends: hysteresis over the probability of speech (W-10). Pure.

The thresholds and lengths were chosen by measuring (`usher bench talk --compare-pauses`): with Silero's probabilities
nothing was missed and nothing split down to 5 dB of noise.
"""

from enum import Enum
from typing import Annotated

import msgspec
from msgspec import Meta

from runtime.speech.port import FRAME_SAMPLES, SAMPLE_RATE

FRAME_S = FRAME_SAMPLES / SAMPLE_RATE

Share = Annotated[float, Meta(ge=0.0, le=1.0)]


class PauseSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When speech begins, pauses and has ended; times in seconds, rounded up to whole frames of 32 ms.

    ``on``, ``off``: the probability from which silence turns into speech, and below which speech turns into silence.
    ``pause_s``: as much silence ends an utterance. ``early_s``: as much silence lets an engine prepare its result.
    ``before_s``: audio from before the beginning that still belongs to it. ``long_s``: an utterance that goes on for
    longer ends at the next silence of ``early_s``; ``longest_s``: one that has none by then is cut here.
    """

    on: Share = 0.5
    off: Share = 0.25
    pause_s: Annotated[float, Meta(ge=0.1, le=5.0)] = 0.4
    early_s: Annotated[float, Meta(ge=0.03, le=5.0)] = 0.16
    before_s: Annotated[float, Meta(ge=0.0, le=2.0)] = 0.256
    long_s: Annotated[float, Meta(ge=1.0, le=28.0)] = 15.0
    longest_s: Annotated[float, Meta(ge=1.0, le=28.0)] = 25.0

    @property
    def frames_before(self) -> int:
        """How many frames from before the beginning belong to an utterance."""
        return frames(self.before_s)


class Step(Enum):
    """What a frame is: silence, an utterance's first, one within, one after a short pause, or its last."""

    SILENCE = "silence"
    BEGIN = "begin"
    WITHIN = "within"
    EARLY = "early"
    END = "end"


def frames(seconds: float) -> int:
    """As many frames as last at least so long."""
    return max(0, -int(-(seconds / FRAME_S - 1e-6) // 1))


class Pauses:
    """Follows one stream; ``silent_frames``: how long the silence at its end is so far."""

    def __init__(self, settings: PauseSettings) -> None:
        self._settings = settings
        self._end = frames(settings.pause_s)
        self._early = min(frames(settings.early_s), self._end)
        self._long = frames(settings.long_s)
        self._longest = frames(settings.longest_s)
        self.reset()

    def reset(self) -> None:
        """Forget the stream so far."""
        self._speech = False
        self._length = 0
        self.silent_frames = 0

    @property
    def speaking(self) -> bool:
        """Whether an utterance has begun and not ended."""
        return self._length > 0

    def take(self, probability: float) -> Step:
        """What the next frame is, by the probability that it has speech."""
        self._speech = probability >= (self._settings.off if self._speech else self._settings.on)
        if not self.speaking:
            if not self._speech:
                return Step.SILENCE
            self._length = 1
            self.silent_frames = 0
            return Step.BEGIN
        self._length += 1
        self.silent_frames = 0 if self._speech else self.silent_frames + 1
        enough = self._early if self._length >= self._long else self._end
        if self.silent_frames >= enough or self._length >= self._longest:
            self._length = 0
            return Step.END
        return Step.EARLY if self.silent_frames == self._early else Step.WITHIN
