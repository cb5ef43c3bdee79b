"""A spoken line counts as heard only when the wearable hears somebody after its last word."""

from __future__ import annotations

import asyncio
import os
import time
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware_sim.errors import DemoError
from firmware_sim.fleet.branch import Heard
from firmware_sim.fleet.recordings import RecordedVoice
from firmware_sim.fleet.studio import Mouth

DEVICE, TASK, NUMBER = "watch-ann", "task-1", "A001"


class Silence:
    """A voice that writes an empty file."""

    name = "silence"
    says_the_line = True

    async def speak(self, text: str, wav: Path) -> float:
        await asyncio.to_thread(wav.write_bytes, b"")
        return 1.0


class StillAir:
    """Carries nothing: ``during`` is what happens while a line plays."""

    def __init__(self, *, recorded: bool = True) -> None:
        self.played: list[tuple[str, bool]] = []
        self.during: Callable[[], None] = lambda: None
        self._recorded = recorded

    async def until_recorded(self, name: str, patience_s: float) -> bool:
        return self._recorded

    async def play(self, name: str, wav: Path, length_s: float) -> None:
        self.played.append((name, await asyncio.to_thread(wav.exists)))
        self.during()


class Noting:
    """Notes what it is told; ``at_the_end`` is what happens when a line's last word is said."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, ...]] = []
        self.after_ms: list[float] = []
        self.at_the_end: Callable[[], None] = lambda: None

    def spoken(self, device: str, number: str, line: str) -> None:
        self.notes.append(("spoken", device, number, line))
        self.at_the_end()

    def heard(self, device: str, number: str, heard: Heard, after_ms: float) -> None:
        self.notes.append(("heard", device, number, heard.engine))
        self.after_ms.append(after_ms)

    def unheard(self, device: str, number: str, why: str) -> None:
        self.notes.append(("unheard", device, number))


def event(*, engine: str = "whisper", task: str = TASK, kind: str = "heard") -> Heard:
    return Heard(event=kind, at_ns=time.monotonic_ns(), task=task, engine=engine)


async def say(tmp_path: Path, air: StillAir, witness: Noting, hears: Callable[[Mouth], None], *, after: bool) -> None:
    mouth = Mouth(DEVICE, air, Silence(), tmp_path, witness, patience_s=5.0 if after else 0.01)
    if after:
        witness.at_the_end = lambda: hears(mouth)
    else:
        air.during = lambda: hears(mouth)
    await mouth.say(TASK, NUMBER, "Good morning.")


async def test_a_line_is_heard_by_what_comes_after_its_last_word(tmp_path: Path) -> None:
    air, witness = StillAir(), Noting()
    await say(tmp_path, air, witness, lambda mouth: mouth.hear(event()), after=True)
    assert air.played == [(DEVICE, True)]
    assert witness.notes == [("spoken", DEVICE, NUMBER, "“Good morning.”"), ("heard", DEVICE, NUMBER, "whisper")]
    assert 0.0 <= witness.after_ms[0] < 5_000.0
    assert not await asyncio.to_thread(os.listdir, tmp_path)


async def test_what_comes_before_the_last_word_is_only_a_part_of_the_line(tmp_path: Path) -> None:
    witness = Noting()
    await say(tmp_path, StillAir(), witness, lambda mouth: mouth.hear(event()), after=False)
    assert [note[0] for note in witness.notes] == ["spoken", "unheard"]


async def test_a_typed_line_another_talk_and_another_event_are_not_the_line(tmp_path: Path) -> None:
    def hears(mouth: Mouth) -> None:
        for other in (event(engine=""), event(task="task-2"), event(kind="updated")):
            mouth.hear(other)
        mouth.hear(event(engine="vosk"))

    witness = Noting()
    await say(tmp_path, StillAir(), witness, hears, after=True)
    assert [note[0] for note in witness.notes] == ["spoken", "heard"]
    assert witness.notes[-1][-1] == "vosk"


async def test_what_an_earlier_line_left_is_not_the_next_line(tmp_path: Path) -> None:
    witness = Noting()
    mouth = Mouth(DEVICE, StillAir(), Silence(), tmp_path, witness, patience_s=0.01)
    witness.at_the_end = lambda: mouth.hear(event())
    await mouth.say(TASK, NUMBER, "Good morning.")
    witness.at_the_end = lambda: None
    await mouth.say(TASK, NUMBER, "Anybody there?")
    assert [note[0] for note in witness.notes] == ["spoken", "heard", "spoken", "unheard"]


async def test_a_closed_microphone_is_said(tmp_path: Path) -> None:
    witness = Noting()
    assert not await Mouth(DEVICE, StillAir(recorded=False), Silence(), tmp_path, witness).listened_to(NUMBER)
    assert witness.notes == [("unheard", DEVICE, NUMBER)]
    assert await Mouth(DEVICE, StillAir(), Silence(), tmp_path, witness).listened_to(NUMBER)


def tone(path: Path, level: int) -> Path:
    with wave.open(str(path), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(16_000)
        writer.writeframes(b"\0\0" * 800 + level.to_bytes(2, "little") * 1_600 + b"\0\0" * 800)
    return path


async def test_recordings_are_played_in_turn_and_stay_as_they_are(tmp_path: Path) -> None:
    recordings = [tone(tmp_path / f"{level}.wav", level) for level in (1_000, 2_000)]
    before = [path.read_bytes() for path in recordings]
    voice, wav, said = RecordedVoice(recordings), tmp_path / "line.wav", []
    for _ in range(3):
        assert await voice.speak("Good morning.", wav) == 0.1
        with wave.open(str(wav), "rb") as reader:
            said.append(int.from_bytes(reader.readframes(1), "little"))
    assert said == [1_000, 2_000, 1_000]
    assert [path.read_bytes() for path in recordings] == before


async def test_a_recording_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match=r"gone\.wav can't be read"):
        await RecordedVoice([tmp_path / "gone.wav"]).speak("Good morning.", tmp_path / "line.wav")


async def test_what_is_no_line_is_said_to_be_a_recording(tmp_path: Path) -> None:
    witness = Noting()
    voice = RecordedVoice([tone(tmp_path / "one.wav", 1_000)])
    mouth = Mouth(DEVICE, StillAir(), voice, tmp_path, witness, patience_s=5.0)
    witness.at_the_end = lambda: mouth.hear(event(engine="vosk"))
    await mouth.say(TASK, NUMBER, "Good morning.")
    assert not mouth.says_the_line
    assert witness.notes == [("spoken", DEVICE, NUMBER, voice.name), ("heard", DEVICE, NUMBER, "vosk")]
