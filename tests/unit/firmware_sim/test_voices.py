"""What a voice leaves behind: a file of speech alone, and clear words where it isn't one."""

from __future__ import annotations

import array
import math
import sys
import wave
from pathlib import Path

import pytest

from firmware_sim.errors import DemoError
from firmware_sim.fleet.voices import cut_silence

RATE = 8_000


def write(path: Path, samples: list[int], *, channels: int = 1) -> Path:
    content = array.array("h", samples)
    if sys.byteorder == "big":
        content.byteswap()
    with wave.open(str(path), "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(content.tobytes())
    return path


def tone(samples: int) -> list[int]:
    return [round(10_000 * math.sin(0.7 * place + 0.5)) for place in range(samples)]


def test_silence_is_cut_off_the_ends_and_kept_within(tmp_path: Path) -> None:
    spoken = [*tone(4_000), *[0] * 2_000, *tone(2_000)]
    path = write(tmp_path / "line.wav", [0] * 1_000 + [150, -150] * 500 + spoken + [0] * 3_000)
    assert cut_silence(path) == pytest.approx(1.0)
    with wave.open(str(path), "rb") as reader:
        assert (reader.getframerate(), reader.getnchannels(), reader.getsampwidth()) == (RATE, 1, 2)
        kept = array.array("h", reader.readframes(reader.getnframes()))
    if sys.byteorder == "big":
        kept.byteswap()
    assert kept.tolist() == spoken


def test_a_voice_that_said_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="said nothing"):
        cut_silence(write(tmp_path / "line.wav", [0, 3, -3] * 100))


def test_a_file_of_another_form_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="2 channels of 16 bit, expected one"):
        cut_silence(write(tmp_path / "line.wav", tone(100), channels=2))
    (tmp_path / "none.wav").write_bytes(b"no sound at all")
    with pytest.raises(DemoError, match="no WAV file"):
        cut_silence(tmp_path / "none.wav")
    with pytest.raises(DemoError, match="no WAV file"):
        cut_silence(tmp_path / "missing.wav")
