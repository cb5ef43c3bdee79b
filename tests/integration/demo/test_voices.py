"""The demo's talk by real audio: a synthetic voice, a virtual microphone, a real recogniser, a plan that follows."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.fields import Language
from firmware_sim.errors import DemoError
from firmware_sim.fleet.recordings import find_recordings
from firmware_sim.fleet.sound import RATE_HZ, SoundServer, missing_packages
from firmware_sim.fleet.studio import check_engine
from firmware_sim.fleet.voices import find_voice

TIMEOUT_S = 240
FASTEST = {"watch-ann": "375", "band-chan": "772"}
"""Seeds with which this one is by far the fastest, and the customer lets them record."""

RECORDER = """
import sys, time
import numpy, sounddevice
heard = sounddevice.rec(int(sys.argv[2]), samplerate=16000, channels=1, dtype="int16", device=sys.argv[1])
sounddevice.wait()
print(int(numpy.abs(heard).max()))
"""


def or_skip(why: str) -> None:
    if why:
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)


@pytest.fixture(scope="module")
def sound() -> None:
    missing = missing_packages()
    or_skip(f"no virtual microphone: apt install {' '.join(missing)}" if missing else "")


@pytest.fixture(scope="module")
def voices(sound: None) -> None:
    or_skip("no voice: apt install espeak-ng" if find_voice() is None else "")
    try:
        check_engine(Language.EN)
    except DemoError as error:
        or_skip(str(error))


def children_of(folder: Path) -> list[str]:
    """The processes whose command line names this folder, or that serve sound on a socket of the demo."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = process.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in line:
            found.append(line)
    return found


@pytest.mark.parametrize(("device", "engine"), [("watch-ann", "whisper"), ("band-chan", "vosk")])
@pytest.mark.req("W-10")
def test_a_spoken_talk_is_heard(voices: None, tmp_path: Path, device: str, engine: str) -> None:
    if device == "band-chan":
        or_skip("" if find_recordings() else "no recordings of Korean speakers: set USHER_DATA")
    arguments = ["--voices", "--once", "--headless", "--json", "--customers", "1", "--data", "simbank"]
    arguments += ["--seed", FASTEST[device]]
    run = subprocess.run(
        [sys.executable, "-m", "firmware_sim.fleet", *arguments, "--keep", str(tmp_path / "kept")],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 0, (run.stderr, lines[-5:])
    summary = lines[-1]
    assert summary["spoken"] >= 1, lines
    assert summary["heard"] == summary["spoken"], lines
    spoken = [line for line in lines if line["event"] == "spoken"]
    heard = [line for line in lines if line["event"] == "heard"]
    assert (len(spoken), len(heard)) == (summary["spoken"], summary["heard"])
    assert all(line["who"] == device and line["after_ms"] > 0 for line in heard)
    assert all(line["text"].startswith(f"{engine} heard it · now ") for line in heard)
    assert not children_of(tmp_path)
    assert not list(tmp_path.glob("usher-sound-*"))
    logs = "".join(path.read_text("utf-8") for path in (tmp_path / "kept").glob("*.log"))
    assert "ear_listens" in logs
    assert not [line["text"] for line in spoken if line["text"].strip("“”") in logs]


async def record(server: SoundServer, name: str, seconds: float) -> asyncio.subprocess.Process:
    microphone, samples = server.microphone(name), str(int(seconds * RATE_HZ))
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", RECORDER, microphone, samples),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | server.environment,
    )


async def test_what_is_played_to_one_microphone_only_that_one_hears(voices: None, tmp_path: Path) -> None:
    server = await SoundServer.start(("one", "other"), tmp_path / "sound.log")
    try:
        assert not await server.until_recorded("one", 0.5)
        recording = [await record(server, name, 4.0) for name in ("one", "other")]
        assert await server.until_recorded("one", 30.0)
        assert await server.until_recorded("other", 30.0)
        voice, wav = find_voice(), tmp_path / "line.wav"
        assert voice is not None
        await server.play("one", wav, await voice.speak("Good morning.", wav))
        loudest = [int((await one.communicate())[0]) for one in recording]
        assert loudest[0] > 1_000
        assert loudest[1] == 0
        with pytest.raises(DemoError, match="paplay failed"):
            await server.play("one", tmp_path / "missing.wav", 1.0)
    finally:
        await server.stop()
    assert not await asyncio.to_thread(children_of, Path(server.environment["ALSA_CONFIG_PATH"]).parent)
