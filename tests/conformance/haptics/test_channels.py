"""One suite for motor, bell and speaker: the taped ones, and those of a real machine (W-07).

The real bell and voice are real programs: a player that this test writes, and espeak-ng where it is installed, which
then writes a file in place of the sound card.
"""

from __future__ import annotations

import asyncio
import io
import shutil
import sys
import time
import wave
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Protocol

import pytest

from contracts.fields import Language
from device_agent.core.alerts import Channel
from device_agent.events import AnyEvent, Vibrated
from device_agent.haptics import Bell, Motor, ScreenMotor, Speaker, Tape
from device_agent.haptics.android import PlyerMotor
from device_agent.haptics.espeak import VOICES, EspeakSpeaker
from device_agent.haptics.ring import PlayerBell, tone

PULSES = (200, 100, 200)


class MotorStand(Protocol):
    motor: Motor

    def moves(self) -> list[bool]:
        """Each command so far: true for a pattern, false for standing still."""
        ...


class TapedMotorStand:
    def __init__(self) -> None:
        self.tape = Tape(time.monotonic)
        self.motor = self.tape.motor

    def moves(self) -> list[bool]:
        return [not command.stop for command in self.tape.commands]


class ScreenMotorStand:
    def __init__(self) -> None:
        self.events: list[AnyEvent] = []
        self.motor = ScreenMotor(self.events.append)

    def moves(self) -> list[bool]:
        return [bool(event.pulses_ms) for event in self.events if isinstance(event, Vibrated)]


class HandVibrator:
    """plyer's vibrator, which says what it was told; broken on demand."""

    def __init__(self) -> None:
        self.told: list[tuple[float, ...]] = []
        self.broken = False

    def pattern(self, pattern: Sequence[float], repeat: int) -> None:
        assert repeat == -1
        self.told.append(tuple(pattern))
        if self.broken:
            raise RuntimeError("java.lang.SecurityException")

    def cancel(self) -> None:
        self.told.append(())


class PlyerMotorStand:
    def __init__(self) -> None:
        self.vibrator = HandVibrator()
        self.motor = PlyerMotor(self.vibrator)

    def moves(self) -> list[bool]:
        return [bool(times) for times in self.vibrator.told]


@pytest.fixture(params=[TapedMotorStand, ScreenMotorStand, PlyerMotorStand])
def motor(request: pytest.FixtureRequest) -> MotorStand:
    stand: MotorStand = request.param()
    return stand


@pytest.mark.req("W-07")
def test_a_motor_moves_at_once_and_stands_still_at_once(motor: MotorStand) -> None:
    motor.motor.stop()
    before = motor.moves()
    motor.motor.play(PULSES, 0.5)
    motor.motor.play((100,), 1.0)
    motor.motor.stop()
    motor.motor.stop()
    assert motor.moves()[len(before) :] == [True, True, False, False]
    assert not any(before)


def test_plyer_gets_seconds_that_begin_with_a_pause_and_a_weaker_pulse_is_shorter() -> None:
    stand = PlyerMotorStand()
    stand.motor.play(PULSES, 0.5)
    assert stand.vibrator.told == [(0.0, 0.1, 0.1, 0.1)]


def test_a_broken_vibrator_is_logged_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    stand = PlyerMotorStand()
    stand.vibrator.broken = True
    stand.motor.play(PULSES, 1.0)
    assert "vibration_failed" in caplog.text


async def until(condition: Callable[[], bool], what: str) -> None:
    try:
        async with asyncio.timeout(20):
            while not condition():  # noqa: ASYNC110 - conditions are on processes and files
                await asyncio.sleep(0.005)
    except TimeoutError:
        pytest.fail(f"never came: {what}")


class BellStand(Protocol):
    bell: Bell

    def rings(self) -> int:
        """How often a tone began."""
        ...

    @property
    def sounding(self) -> bool:
        """Whether it sounds just now."""
        ...

    async def close(self) -> None: ...


class TapedBellStand:
    def __init__(self, folder: Path) -> None:
        self.tape = Tape(time.monotonic)
        self.bell = self.tape.bell

    def rings(self) -> int:
        return sum(not command.stop for command in self.tape.commands)

    @property
    def sounding(self) -> bool:
        return bool(self.tape.commands) and not self.tape.commands[-1].stop

    async def close(self) -> None:
        pass


class PlayerStand:
    """A player of this test's own: notes what it was given, and sounds for a minute."""

    def __init__(self, folder: Path) -> None:
        self.noted = folder / "played"
        player = folder / "player"
        player.write_text(
            f"#!{sys.executable}\nimport sys, time, wave\n"
            f"with wave.open(sys.argv[1]) as tone, open({str(self.noted)!r}, 'a') as noted:\n"
            "    noted.write(f'{tone.getnframes()}\\n')\ntime.sleep(60)\n"
        )
        player.chmod(0o755)
        self.bell = PlayerBell(("no-such-player", str(player)))

    def rings(self) -> int:
        return len(self.noted.read_text().splitlines()) if self.noted.exists() else 0

    @property
    def sounding(self) -> bool:
        return self.bell.busy

    async def close(self) -> None:
        await self.bell.close()


@pytest.fixture(params=[TapedBellStand, PlayerStand])
async def bell(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BellStand]:
    stand: BellStand = request.param(tmp_path)
    yield stand
    await stand.close()


@pytest.mark.req("W-07")
async def test_a_bell_rings_without_blocking_and_falls_silent_at_once(bell: BellStand) -> None:
    bell.bell.stop()
    bell.bell.ring()
    await until(lambda: bell.rings() == 1, "the first tone")
    assert bell.sounding, "ring() came back before the tone's end"
    bell.bell.ring()
    await until(lambda: bell.rings() == 2, "the second in its place")
    bell.bell.stop()
    await until(lambda: not bell.sounding, "silence")
    bell.bell.stop()


async def test_a_bell_that_is_stopped_before_it_began_never_sounds(tmp_path: Path) -> None:
    stand = PlayerStand(tmp_path)
    stand.bell.ring()
    stand.bell.stop()
    await until(lambda: not stand.sounding, "the end")
    assert stand.rings() == 0
    await stand.close()


async def test_without_a_player_the_bell_is_mute_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    bell = PlayerBell(("no-such-player",))
    bell.ring()
    bell.ring()
    assert not bell.busy
    assert caplog.text.count("ring_off") == 1
    await bell.close()


def test_the_tone_is_a_short_sound_that_does_not_clip() -> None:
    with wave.open(io.BytesIO(tone())) as sound:
        assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
        assert 0.3 < sound.getnframes() / sound.getframerate() < 0.8
        samples = memoryview(sound.readframes(sound.getnframes())).cast("h")
    assert 5_000 < max(abs(sample) for sample in samples) < 32_000
    assert abs(samples[0]) < 500
    assert abs(samples[-1]) < 500


class SpeakerStand(Protocol):
    speaker: Speaker

    def said(self) -> int:
        """How many texts it began to say."""
        ...

    @property
    def speaking(self) -> bool:
        """Whether it speaks just now."""
        ...

    async def close(self) -> None: ...


class TapedSpeakerStand:
    def __init__(self, folder: Path) -> None:
        self.tape = Tape(time.monotonic)
        self.speaker = self.tape.speaker

    def said(self) -> int:
        return sum(command.channel is Channel.VOICE and not command.stop for command in self.tape.commands)

    @property
    def speaking(self) -> bool:
        return bool(self.tape.commands) and not self.tape.commands[-1].stop

    async def close(self) -> None:
        pass


class ProgramStand:
    """espeak-ng's way of being called, by a program of this test's own that speaks for a minute."""

    def __init__(self, folder: Path) -> None:
        self.noted = folder / "said"
        program = folder / "espeak"
        program.write_text(
            f"#!{sys.executable}\nimport sys, time\ntext = sys.stdin.read()\n"
            f"with open({str(self.noted)!r}, 'a') as noted:\n"
            "    noted.write(' '.join(sys.argv[1:]) + '|' + text + '\\n')\ntime.sleep(60)\n"
        )
        program.chmod(0o755)
        self.speaker = EspeakSpeaker(str(program))

    def lines(self) -> list[str]:
        return self.noted.read_text().splitlines() if self.noted.exists() else []

    def said(self) -> int:
        return len(self.lines())

    @property
    def speaking(self) -> bool:
        return self.speaker.busy

    async def close(self) -> None:
        await self.speaker.close()


@pytest.fixture(params=[TapedSpeakerStand, ProgramStand])
async def speaker(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SpeakerStand]:
    stand: SpeakerStand = request.param(tmp_path)
    yield stand
    await stand.close()


@pytest.mark.req("W-07")
async def test_a_speaker_says_one_thing_at_a_time_without_blocking_and_is_silenced_at_once(
    speaker: SpeakerStand,
) -> None:
    speaker.speaker.stop()
    speaker.speaker.say("  ", Language.EN)
    assert speaker.said() == 0
    speaker.speaker.say("A017, loans", Language.EN)
    await until(lambda: speaker.said() == 1, "the first text")
    assert speaker.speaking, "say() came back before the text's end"
    speaker.speaker.say("A018, 대출", Language.KO)
    await until(lambda: speaker.said() == 2, "the second in its place")
    assert speaker.speaking
    speaker.speaker.stop()
    await until(lambda: not speaker.speaking, "silence")
    speaker.speaker.stop()


@pytest.mark.req("W-07")
@pytest.mark.parametrize(("language", "voice"), [(Language.EN, "en"), (Language.ZH, "cmn"), (Language.KO, "ko")])
async def test_each_language_has_its_voice_and_the_text_is_in_no_list_of_processes(
    tmp_path: Path, language: Language, voice: str
) -> None:
    stand = ProgramStand(tmp_path)
    stand.speaker.say("A017", language)
    await until(lambda: stand.said() == 1, "the text")
    assert stand.lines() == [f"-v {voice} --stdin|A017"]
    await stand.close()


async def test_without_the_program_the_voice_is_silent_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    speaker = EspeakSpeaker("no-such-espeak")
    speaker.say("A017", Language.EN)
    speaker.say("A018", Language.EN)
    assert not speaker.busy
    assert caplog.text.count("voice_off") == 1
    await speaker.close()


async def test_a_program_that_fails_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    program = tmp_path / "espeak"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.stdin.read()\nsys.exit('no sound card')\n")
    program.chmod(0o755)
    speaker = EspeakSpeaker(str(program))
    speaker.say("A017", Language.EN)
    await until(lambda: not speaker.busy, "the end")
    assert "voice_failed" in caplog.text
    assert "no sound card" in caplog.text
    assert "A017" not in caplog.text
    await speaker.close()


@pytest.mark.req("W-07")
@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
@pytest.mark.parametrize(
    ("language", "text"),
    [(Language.EN, "A017, loans, 3 minutes"), (Language.ZH, "A017，贷款"), (Language.KO, "A017, 대출")],
)
async def test_the_real_voice_speaks_each_language(tmp_path: Path, language: Language, text: str) -> None:
    sound = tmp_path / f"{VOICES[language]}.wav"
    speaker = EspeakSpeaker(arguments=("-w", str(sound)))
    speaker.say(text, language)
    await until(lambda: not speaker.busy, "the end of the speech")
    with wave.open(str(sound)) as spoken:
        frames = spoken.readframes(spoken.getnframes())
        assert len(frames) / 2 / spoken.getframerate() > 0.5
    assert max(abs(sample) for sample in memoryview(frames).cast("h")) > 1_000
    await speaker.close()
