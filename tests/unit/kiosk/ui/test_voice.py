"""The voice says one thing at a time, through a program of the machine that hears the text on its standard input."""

from __future__ import annotations

import asyncio
import os
import shutil
import wave
from pathlib import Path

import pytest

from contracts.fields import Language
from kiosk.ui.voice import VOICES, EspeakVoice, open_voice


def program(tmp_path: Path, body: str) -> str:
    path = tmp_path / "speaker"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


async def test_each_part_is_said_in_its_language_one_after_the_other(tmp_path: Path) -> None:
    log = tmp_path / "log"
    voice = EspeakVoice(program(tmp_path, f'echo "$2 $4 $(cat)" >> {log}'))
    voice.say(((Language.EN, "Welcome"), (Language.ZH, "欢迎"), (Language.KO, "어서 오세요")), 5)
    await voice.finished()
    assert log.read_text().splitlines() == ["en 200 Welcome", "cmn 200 欢迎", "ko 200 어서 오세요"]
    voice.say(((Language.EN, "Softly"),), 1)
    await voice.finished()
    assert log.read_text().splitlines()[-1] == "en 40 Softly"


async def test_what_is_new_cuts_off_what_is_being_said(tmp_path: Path) -> None:
    log, begun = tmp_path / "log", tmp_path / "begun"
    os.mkfifo(begun)
    body = f'text=$(cat); echo "$text" >> {log}; [ "$text" = long ] || exit 0; echo > {begun}; exec sleep 60'
    voice = EspeakVoice(program(tmp_path, body))
    voice.say(((Language.EN, "long"), (Language.EN, "never")), 3)
    await asyncio.to_thread(begun.read_text)
    voice.say(((Language.EN, "short"),), 3)
    await voice.finished()
    assert log.read_text().splitlines() == ["long", "short"]
    await voice.close()


async def test_a_program_that_fails_is_in_the_log_without_the_text(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    voice = EspeakVoice(program(tmp_path, "cat > /dev/null; exit 3"))
    voice.say(((Language.EN, "My secret"), (Language.EN, "again")), 3)
    await voice.finished()
    assert caplog.text.count("code=3") == 2
    gone = EspeakVoice(str(tmp_path / "gone"))
    gone.say(((Language.EN, "My secret"),), 3)
    await gone.finished()
    assert "No such file" in caplog.text
    assert "My secret" not in caplog.text


def test_a_machine_without_a_voice_is_told_what_to_install(caplog: pytest.LogCaptureFixture) -> None:
    assert open_voice("no-such-program-here") is None
    assert "install the package espeak-ng" in caplog.text


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="the package espeak-ng isn't installed")
@pytest.mark.parametrize("language", Language)
async def test_espeak_has_a_voice_for_every_language(tmp_path: Path, language: Language) -> None:
    assert set(VOICES) == set(Language)
    sound = tmp_path / "said.wav"
    found = open_voice()
    assert found is not None
    voice = EspeakVoice("espeak-ng", ("-w", str(sound)))
    voice.say(((language, {"en": "Your number", "zh": "您的号码", "ko": "고객님 번호"}[language.value]),), 3)
    await voice.finished()
    with wave.open(str(sound)) as heard:
        assert heard.getnframes() / heard.getframerate() > 0.3
