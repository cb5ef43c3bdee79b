"""Whether audio is lost while other processes take all of the machine: Vosk's path in real time beside them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import numpy as np

from benchmarks.talk.hearing import in_real_time
from benchmarks.talk.talks import Talk
from runtime.speech.choosing import Engines
from runtime.speech.pauses import PauseSettings
from runtime.speech.port import FRAME_SAMPLES, SAMPLE_RATE


class BusyFigures(msgspec.Struct, frozen=True, kw_only=True):
    """``frames_lost``: frames of 32 ms that found the ring full; ``processes``: each took 100 % of a CPU."""

    engine: str
    seconds: float
    processes: int
    frames_lost: int
    utterances: int
    heard: int
    final_p50_ms: float | None
    final_p90_ms: float | None


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """Processes that count for as long as this lasts."""
    running = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def repeated(talk: Talk, seconds: float) -> Talk:
    """The talk again and again, cut after so long."""
    times = -int(-seconds // talk.seconds)
    truth = [
        (begin + turn * talk.seconds, end + turn * talk.seconds, text)
        for turn in range(times)
        for begin, end, text in talk.truth
        if end + turn * talk.seconds < seconds - 1.0
    ]
    audio = np.tile(talk.audio, times)[: round(seconds * SAMPLE_RATE)]
    return Talk(f"{talk.name} busy", audio, tuple(truth))


def while_busy(
    talk: Talk, engines: Engines, language: str, pauses: PauseSettings, *, seconds: float, processes: int
) -> BusyFigures:
    """The talk for ``seconds`` beside ``processes`` that never rest."""
    engines.recogniser(language).close()
    with busy(processes):
        latency, _ = in_real_time(repeated(talk, seconds), engines, language, pauses)
    return BusyFigures(
        engine=latency.engine,
        seconds=seconds,
        processes=processes,
        frames_lost=-(-latency.lost_samples // FRAME_SAMPLES),
        utterances=latency.utterances,
        heard=latency.heard,
        final_p50_ms=latency.final_p50_ms,
        final_p90_ms=latency.final_p90_ms,
    )
