"""Which microphone a setting names, and what is said of one that isn't there (W-10, K-02)."""

from __future__ import annotations

import importlib.util

import pytest

from runtime.audio.opening import microphone_named
from runtime.audio.recorded import RawStreamMicrophone, SilentMicrophone, WavMicrophone
from runtime.audio.sound_device import SoundDeviceMicrophone
from runtime.errors import ConfigError
from runtime.speech.errors import MicrophoneLost

pytestmark = pytest.mark.req("W-10")


@pytest.mark.parametrize(
    ("setting", "kind"),
    [
        ("wav:talk.wav", WavMicrophone),
        ("tcp:0", RawStreamMicrophone),
        ("fd:0", RawStreamMicrophone),
        ("silence", SilentMicrophone),
        ("default", SoundDeviceMicrophone),
        ("", SoundDeviceMicrophone),
        ("Headset Mic: USB", SoundDeviceMicrophone),
    ],
)
def test_a_setting_names_a_microphone(setting: str, kind: type) -> None:
    microphone = microphone_named(setting)
    assert type(microphone) is kind
    if isinstance(microphone, RawStreamMicrophone):
        microphone.shut()


def test_none_is_no_microphone_and_a_wrong_number_is_refused_by_name() -> None:
    assert microphone_named("none") is None
    with pytest.raises(ConfigError, match="tcp:elsewhere"):
        microphone_named("tcp:elsewhere")


@pytest.mark.skipif(importlib.util.find_spec("sounddevice") is None, reason="sounddevice is not installed")
def test_a_device_that_is_not_there_is_not_present_and_lost_when_opened() -> None:
    class Nobody:
        def hear(self, pcm: object) -> None:
            raise AssertionError("nobody speaks")

        def lost(self, error: MicrophoneLost) -> None:
            raise AssertionError(str(error))

        def ended(self) -> None:
            raise AssertionError("it never began")

    microphone = SoundDeviceMicrophone("no such device 7f3a")
    assert not microphone.present()
    with pytest.raises(MicrophoneLost, match="no such device 7f3a"):
        microphone.open(Nobody())
    microphone.close()
