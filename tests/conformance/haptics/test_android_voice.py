"""The voice of an Android device, which can't be stopped once it speaks (W-07)."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from contracts.fields import Language
from device_agent.haptics.android import PlyerSpeaker


async def until(condition: Callable[[], bool], what: str) -> None:
    try:
        async with asyncio.timeout(20):
            while not condition():  # noqa: ASYNC110 - conditions are on a thread
                await asyncio.sleep(0.005)
    except TimeoutError:
        pytest.fail(f"never came: {what}")


class HandVoice:
    """plyer's voice, which speaks until the test lets it end; broken on demand."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.broken = False
        self.may_end = threading.Event()

    def speak(self, message: str) -> None:
        self.said.append(message)
        assert self.may_end.wait(20)
        if self.broken:
            raise RuntimeError("no engine")


async def test_androids_voice_says_the_latest() -> None:
    voice = HandVoice()
    speaker = PlyerSpeaker(voice)
    speaker.say(" ", Language.EN)
    speaker.say("first", Language.EN)
    speaker.say("second", Language.EN)
    speaker.say("third", Language.EN)
    await until(lambda: voice.said == ["first"], "the first")
    voice.may_end.set()
    await until(lambda: len(voice.said) > 1, "the latest")
    await speaker.close()
    assert voice.said == ["first", "third"]


async def test_what_was_stopped_before_it_began_is_dropped_and_a_broken_voice_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    voice = HandVoice()
    voice.broken = True
    speaker = PlyerSpeaker(voice)
    speaker.say("fourth", Language.EN)
    speaker.say("fifth", Language.EN)
    speaker.stop()
    voice.may_end.set()
    await until(lambda: "voice_failed" in caplog.text, "the failure in the log")
    await speaker.close()
    assert voice.said == ["fourth"]
