"""One suite for every microphone that needs no device: recordings of several kinds, raw streams, silence (W-10).

The real device is in tests/integration/speech/test_virtual_microphone.py, through PulseAudio.
"""

from __future__ import annotations

import os
import socket
import threading
import wave
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from runtime.audio.port import Microphone
from runtime.audio.recorded import RawStreamMicrophone, SilentMicrophone, WavMicrophone
from runtime.speech.errors import MicrophoneLost
from runtime.speech.port import SAMPLE_RATE, Pcm

pytestmark = pytest.mark.req("W-10")

SECONDS = 0.25
PATIENCE_S = 10.0


class Taken:
    """A sink that keeps all."""

    def __init__(self) -> None:
        self.audio = bytearray()
        self.over = threading.Event()
        self.some = threading.Event()
        self.errors: list[MicrophoneLost] = []
        self.views: list[Pcm] = []

    def hear(self, pcm: Pcm) -> None:
        self.audio += pcm
        self.views.append(pcm)
        self.some.set()

    def lost(self, error: MicrophoneLost) -> None:
        self.errors.append(error)
        self.over.set()

    def ended(self) -> None:
        self.over.set()


def wave_form(rate: int, channels: int) -> array[int]:
    """A slow saw, the same in all channels."""
    saw = [(at * 64_000 // rate) % 8_000 - 4_000 for at in range(round(SECONDS * rate))]
    return array("h", [value for value in saw for _ in range(channels)])


def recording(folder: Path, rate: int, channels: int) -> Path:
    path = folder / f"{rate}-{channels}.wav"
    with wave.open(str(path), "wb") as opened:
        opened.setparams((channels, 2, rate, 0, "NONE", ""))
        opened.writeframes(wave_form(rate, channels).tobytes())
    return path


@dataclass
class Stand:
    microphone: Microphone
    send: Callable[[], None]
    samples: int | None
    close: Callable[[], None]


def _nothing() -> None:
    pass


def _wav(rate: int, channels: int, real_time: bool) -> Callable[[Path], Stand]:
    def make(folder: Path) -> Stand:
        microphone = WavMicrophone(recording(folder, rate, channels), real_time=real_time)
        return Stand(microphone, _nothing, None if real_time else round(SECONDS * SAMPLE_RATE), microphone.close)

    return make


def _tcp(_folder: Path) -> Stand:
    microphone = RawStreamMicrophone(port=0)

    def send() -> None:
        with socket.create_connection(("127.0.0.1", microphone.port)) as client:
            content = wave_form(SAMPLE_RATE, 1).tobytes()
            for at in range(0, len(content), 243):  # odd, so that samples are torn
                client.sendall(content[at : at + 243])

    return Stand(microphone, send, round(SECONDS * SAMPLE_RATE), microphone.shut)


def _descriptor(_folder: Path) -> Stand:
    out, into = os.pipe()

    def send() -> None:
        with os.fdopen(into, "wb", buffering=0) as pipe:
            pipe.write(wave_form(SAMPLE_RATE, 1).tobytes())

    microphone = RawStreamMicrophone(descriptor=out)

    def close() -> None:
        microphone.shut()
        os.close(out)

    return Stand(microphone, send, round(SECONDS * SAMPLE_RATE), close)


def _silent(_folder: Path) -> Stand:
    microphone = SilentMicrophone()
    return Stand(microphone, _nothing, None, microphone.close)


MAKERS: dict[str, Callable[[Path], Stand]] = {
    "wav": _wav(16_000, 1, False),
    "wav 48 kHz stereo": _wav(48_000, 2, False),
    "wav 8 kHz": _wav(8_000, 1, False),
    "wav in real time": _wav(44_100, 2, True),
    "tcp": _tcp,
    "descriptor": _descriptor,
    "silence": _silent,
}


@pytest.fixture(params=MAKERS)
def stand(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stand]:
    made = MAKERS[request.param](tmp_path)
    yield made
    made.close()


def test_all_samples_come_once_and_in_whole(stand: Stand) -> None:
    taken = Taken()
    assert stand.microphone.present()
    assert stand.microphone.name
    stand.microphone.open(taken)
    stand.send()
    assert taken.some.wait(PATIENCE_S)
    if stand.samples is not None:
        wanted = 2 * stand.samples
        deadline = threading.Event()
        while len(taken.audio) < wanted - 64 and not deadline.wait(0.01):
            assert not taken.errors
            if taken.over.is_set():
                break
        assert abs(len(taken.audio) - wanted) <= 64  # a resampler's tail
    stand.microphone.close()
    assert len(taken.audio) % 2 == 0
    assert not taken.errors


def test_after_closing_nothing_comes_and_what_was_given_is_zeroed(stand: Stand) -> None:
    taken = Taken()
    stand.microphone.open(taken)
    stand.send()
    assert taken.some.wait(PATIENCE_S)
    stand.microphone.close()
    count = len(taken.audio)
    assert not any(any(bytes(view)) for view in taken.views)
    stand.microphone.close()
    assert len(taken.audio) == count


def test_a_recording_is_what_was_recorded(tmp_path: Path) -> None:
    taken = Taken()
    microphone = WavMicrophone(recording(tmp_path, SAMPLE_RATE, 1), real_time=False)
    microphone.open(taken)
    assert taken.over.wait(PATIENCE_S)
    microphone.close()
    assert array("h", bytes(taken.audio)) == wave_form(SAMPLE_RATE, 1)


def test_a_second_client_may_follow_the_first() -> None:
    taken = Taken()
    microphone = RawStreamMicrophone(port=0)
    microphone.open(taken)
    try:
        for part in (b"\1\0" * 500, b"\2\0" * 500):
            before = len(taken.audio)
            with socket.create_connection(("127.0.0.1", microphone.port)) as client:
                client.sendall(part)
            while len(taken.audio) < before + len(part):
                assert taken.some.wait(PATIENCE_S)
        assert taken.audio == b"\1\0" * 500 + b"\2\0" * 500
        assert not taken.over.is_set()
    finally:
        microphone.shut()


@pytest.mark.parametrize("content", [b"", b"no sound in here"])
def test_what_is_no_recording_is_a_lost_microphone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "no.wav"
    path.write_bytes(content)
    taken = Taken()
    microphone = WavMicrophone(path, real_time=False)
    microphone.open(taken)
    assert taken.over.wait(PATIENCE_S)
    microphone.close()
    assert "no.wav" in str(taken.errors[0])


def test_a_missing_recording_is_said_at_once(tmp_path: Path) -> None:
    microphone = WavMicrophone(tmp_path / "none.wav")
    assert not microphone.present()
    with pytest.raises(MicrophoneLost, match=r"none\.wav"):
        microphone.open(Taken())
