"""Which detector finds the pauses: Silero, WebRTC's, and the endpointer within Vosk, on the same talks."""

from __future__ import annotations

import importlib.util
import json
import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median

import msgspec

from benchmarks.talk.talks import Talk
from runtime.speech.models import find_vosk
from runtime.speech.pauses import FRAME_S, Pauses, PauseSettings, Step
from runtime.speech.port import FRAME_BYTES, SAMPLE_RATE
from runtime.speech.silero import best_activity

EARLY_S = 0.15
WEBRTC_MODES = (1, 2, 3)


class PauseFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Of one detector on one talk. ``missed``: utterances whose end was not noticed before the next began; ``split``:
    ends within an utterance; ``false``: ends without an utterance. ``delay_ms``: median from the end to its notice."""

    detector: str
    talk: str
    utterances: int
    missed: int
    split: int
    false: int
    delay_ms: float | None
    cpu_ms_a_second: float


def score(talk: Talk, ends: Sequence[float]) -> tuple[int, int, int, list[float]]:
    """Missed, split and false ends, and the delays of those that were right; ``ends``: when each was noticed."""
    missed = split = 0
    delays = []
    right: set[float] = set()
    for at, (begin, end, _) in enumerate(talk.truth):
        following = talk.truth[at + 1][0] if at + 1 < len(talk.truth) else talk.seconds + 1.0
        noticed = [one for one in ends if end - EARLY_S <= one < following + 0.05]
        early = [one for one in ends if begin + 0.1 < one < end - EARLY_S]
        right.update(noticed[:1], early)
        split += len(early)
        if noticed:
            delays.append(noticed[0] - end)
        else:
            missed += 1
    return missed, split, len(set(ends) - right), delays


def by_silero(talk: Talk, settings: PauseSettings) -> Iterator[float]:
    """The chosen one."""
    activity = best_activity()
    yield from _by_probability(talk, settings, lambda frame: activity.probability(frame))


def by_webrtc(mode: int) -> Callable[[Talk, PauseSettings], Iterator[float]]:
    """WebRTC's of this aggressiveness: 20 ms of each frame of 32, majority of the last five."""

    def ends(talk: Talk, settings: PauseSettings) -> Iterator[float]:
        import webrtcvad

        detector = webrtcvad.Vad(mode)
        recent: list[bool] = []

        def probability(frame: bytearray) -> float:
            recent.append(detector.is_speech(bytes(frame[:640]), SAMPLE_RATE))
            return sum(recent[-5:]) / 5

        yield from _by_probability(talk, settings, probability)

    return ends


def _by_probability(talk: Talk, settings: PauseSettings, probability: Callable[[bytearray], float]) -> Iterator[float]:
    pauses = Pauses(settings)
    content = talk.audio.tobytes()
    for number, at in enumerate(range(0, len(content) - FRAME_BYTES, FRAME_BYTES), 1):
        if pauses.take(probability(bytearray(content[at : at + FRAME_BYTES]))) is Step.END:
            yield number * FRAME_S


def by_vosk(talk: Talk, settings: PauseSettings) -> Iterator[float]:
    """The endpointer within Vosk, with what its model says (0.5 s of silence in the Korean one), 100 ms at a time."""
    del settings
    import vosk

    vosk.SetLogLevel(-1)
    model = find_vosk("ko")
    if model is None:
        return
    recogniser = vosk.KaldiRecognizer(vosk.Model(str(model.folder)), SAMPLE_RATE)
    content = talk.audio.tobytes()
    step = SAMPLE_RATE // 10 * 2
    for at in range(0, len(content), step):
        if recogniser.AcceptWaveform(content[at : at + step]) and json.loads(recogniser.Result())["text"]:
            yield (at + step) / 2 / SAMPLE_RATE


def compare(talks: Sequence[Talk], settings: PauseSettings, *, all_detectors: bool) -> list[PauseFigures]:
    """Every detector on every talk; without ``all_detectors`` the chosen one only."""
    detectors: dict[str, Callable[[Talk, PauseSettings], Iterator[float]]] = {"silero": by_silero}
    if all_detectors:
        if importlib.util.find_spec("webrtcvad") is not None:
            detectors |= {f"webrtc {mode}": by_webrtc(mode) for mode in WEBRTC_MODES}
        if importlib.util.find_spec("vosk") is not None and find_vosk("ko") is not None:
            detectors["vosk's own"] = by_vosk
    found = []
    for talk in talks:
        for name, ends_of in detectors.items():
            if name.startswith("vosk") and not talk.name.startswith("ko"):
                continue
            began = time.process_time()
            ends = list(ends_of(talk, settings))
            cpu = time.process_time() - began
            missed, split, false, delays = score(talk, ends)
            found.append(
                PauseFigures(
                    detector=name,
                    talk=talk.name,
                    utterances=len(talk.truth),
                    missed=missed,
                    split=split,
                    false=false,
                    delay_ms=round(median(delays) * 1000) if delays else None,
                    cpu_ms_a_second=round(cpu / talk.seconds * 1000, 1),
                )
            )
    return found
