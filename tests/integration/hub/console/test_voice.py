"""Calls as sound: made by the real espeak-ng once a call, only for staff, and left out without it."""

from __future__ import annotations

import io
import os
import shutil
import wave
from pathlib import Path

import aiohttp
import pytest

from contracts.fields import Language
from hub.console.voice import Voice
from tests.browser.branch import serving
from tests.integration.hub.console.visiting import Visitor
from tests.unit.hub.rig import Rig

pytestmark = pytest.mark.req("K-06")


@pytest.fixture
def espeak() -> Voice:
    """The real one."""
    if shutil.which("espeak-ng") is None:
        what = "espeak-ng is not installed"
        if os.environ.get("CI"):
            pytest.fail(f"{what}; run scripts/bootstrap", pytrace=False)
        pytest.skip(f"{what}; scripts/bootstrap installs it")
    return Voice.installed()


@pytest.mark.parametrize(
    ("language", "text"),
    [(Language.EN, "Number A 0 1."), (Language.ZH, "请 A 0 1 号。"), (Language.KO, "A 0 1 번 고객님.")],
)
async def test_it_speaks_every_language(espeak: Voice, language: Language, text: str) -> None:
    sound = await espeak.speak(text, language)
    assert sound is not None
    with wave.open(io.BytesIO(sound)) as file:
        frames = file.readframes(file.getnframes())
        assert len(frames) / 2 / file.getframerate() > 0.5
    assert any(frames), "silence"


async def test_a_call_is_spoken_once_and_only_to_staff(espeak: Voice, rig: Rig) -> None:
    async with (
        serving(rig, espeak) as branch,
        aiohttp.ClientSession(branch.url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
    ):
        branch.open("1")
        branch.take("A001", "cash", language=Language.KO)
        branch.call("1")
        visitor = Visitor(session)
        assert (await visitor.get("/voice/main/1.wav")).status == 401
        await visitor.sign_in()
        async with session.get("/voice/main/1.wav") as answer:
            assert answer.content_type == "audio/wav"
            assert (await answer.read())[:4] == b"RIFF"
        for path in ("/voice/main/2.wav", "/voice/main/x.wav", "/voice/nowhere/1.wav"):
            assert (await visitor.get(path)).status == 404


async def test_without_it_or_when_it_fails_there_is_no_sound(tmp_path: Path) -> None:
    assert not Voice(None).there
    assert await Voice(None).speak("x", Language.EN) is None
    assert await Voice(str(tmp_path / "gone")).speak("x", Language.EN) is None
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    assert await Voice(str(broken)).speak("x", Language.EN) is None


async def test_it_is_asked_once_for_the_same_words(tmp_path: Path) -> None:
    counting = tmp_path / "counting"
    counting.write_text(f"#!/bin/sh\ncat >> '{tmp_path / 'said'}'\nprintf RIFF\n")
    counting.chmod(0o755)
    voice = Voice(str(counting))
    for text in ("one", "one", "two", "one"):
        assert await voice.speak(text, Language.EN) == b"RIFF"
    assert (tmp_path / "said").read_text() == "onetwo"
