"""After a talk no audio is left in the process that heard it, nor in any file that it wrote (W-10).

The audio is a recording with a seeded noise on it, so that no other data is like it. It reaches the process through a
socket: the process has no other copy than the ones that its microphone, ring, voice detector and recogniser make.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from runtime.fonts import cache_folder
from runtime.speech.choosing import EngineKind, choose_engine
from runtime.speech.port import SAMPLE_RATE
from tests.integration.speech.memory_search import Form, forms, matches, memory_of, sieve
from tests.speech_stands import korean_clip

pytestmark = pytest.mark.req("W-10")

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 4.2

FLOATS_LEFT = 64
"""Pieces of 8 bytes, 8 ms in all: Kaldi's heap may have put another object into a window of samples that it freed, and
that object doesn't fill it. Nothing outside Kaldi can overwrite that rest. Of the samples as they came nothing is left.
"""


@pytest.fixture(scope="module")
def canary() -> npt.NDArray[np.int16]:
    """A Korean sentence with a noise that was never heard elsewhere."""
    clip = np.frombuffer(korean_clip(), np.int16)[: round(SECONDS * SAMPLE_RATE)]
    noise = np.random.default_rng(20_261_129).integers(-9, 10, len(clip))
    mixed: npt.NDArray[np.int16] = np.clip(clip + noise, -32_768, 32_767).astype(np.int16)
    return mixed


@pytest.fixture(scope="module")
def wanted(canary: npt.NDArray[np.int16]) -> list[Form]:
    return forms(canary)


@contextmanager
def heard_by(engine: str, canary: npt.NDArray[np.int16], folder: Path, *more: str) -> Iterator[tuple[int, str]]:
    """A process that heard the canary and has stopped listening: its id and what it heard."""
    command = [sys.executable, "-m", "tests.integration.speech.canary_process", engine, *more]
    environ = {**os.environ, "TMPDIR": str(folder), "HOME": str(folder), "XDG_CACHE_HOME": str(cache_folder().parent)}
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        with socket.create_connection(("127.0.0.1", int(process.stdout.readline()))) as client:
            client.sendall(canary.tobytes() + bytes(2 * SAMPLE_RATE))
            said = process.stdout.readline()
            assert process.stdout.readline() == "stopped\n"
        yield process.pid, said
        process.stdin.close()
    assert process.returncode == 0


def in_memory(pid: int, wanted: list[Form]) -> dict[str, int]:
    found: dict[str, int] = {}
    table = sieve(wanted)
    for piece in memory_of(pid):
        for name, places in matches(piece, wanted, table).items():
            found[name] = found.get(name, 0) + len(places)
    return found


def test_the_search_finds_audio_wherever_it_begins(canary: npt.NDArray[np.int16], wanted: list[Form]) -> None:
    table = sieve(wanted)
    for name, content in (
        ("s16", canary[52_000:53_000]),
        ("f32/32768", (canary[52_000:53_000] / 32_768).astype("<f4")),
    ):
        for before in (1, 2, 6, 8):
            memory = np.frombuffer(b"\7" * 8 * before + content.tobytes() + bytes(64), np.uint8)
            assert len(matches(memory, wanted, table)[name]) > 20
    assert not matches(np.frombuffer(os.urandom(1 << 20), np.uint8), wanted, table)


@pytest.mark.parametrize("engine", ["vosk", "whisper"])
def test_nothing_of_a_talk_is_left_in_memory_or_files(
    engine: str, canary: npt.NDArray[np.int16], wanted: list[Form], tmp_path: Path
) -> None:
    choice = choose_engine("ko", None)
    if choice.engine is None:
        pytest.skip(choice.why)
    with heard_by(engine, canary, tmp_path) as (pid, said):
        assert "없었다" in said
        found = in_memory(pid, wanted)
        written = [path for path in tmp_path.rglob("*") if path.is_file()]
        opened = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
    assert "s16" not in found
    assert sum(found.values()) <= FLOATS_LEFT, found
    table = sieve(wanted)
    for path in written:
        assert not matches(np.frombuffer(path.read_bytes(), np.uint8), wanted, table), path
    assert not [path for path in opened if path.startswith(tempfile.gettempdir())]


def test_a_process_that_keeps_audio_is_caught(
    canary: npt.NDArray[np.int16], wanted: list[Form], tmp_path: Path
) -> None:
    choice = choose_engine("ko", None)
    if choice.engine is None:
        pytest.skip(choice.why)
    with heard_by(EngineKind.WHISPER, canary, tmp_path, "keep") as (pid, _):
        assert in_memory(pid, wanted)["s16"] > 1_000
