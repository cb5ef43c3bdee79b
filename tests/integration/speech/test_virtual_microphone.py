"""A real microphone as far as the machine goes: PulseAudio's null sink, PortAudio, sounddevice, the ear, Vosk (W-10).

A server of its own on a private socket; what is played into the sink is what the microphone hears.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.speech.choosing import EngineKind, EngineSettings, choose_engine
from tests.speech_stands import speech_folder

pytestmark = pytest.mark.req("W-10")

ROOT = Path(__file__).resolve().parents[3]
NEEDED = ("pulseaudio", "pactl", "paplay")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment in which the default microphone is what is played."""
    missing = [program for program in NEEDED if shutil.which(program) is None]
    if missing or importlib.util.find_spec("sounddevice") is None:
        pytest.skip(
            f"no virtual microphone: {', '.join(missing) or 'sounddevice'} is missing; scripts/bootstrap installs it"
        )
    folder = tmp_path_factory.mktemp("pulse")
    socket = folder / "native"
    (folder / "asound.conf").write_text("pcm.!default { type pulse }\nctl.!default { type pulse }\n")
    environ = {
        **os.environ,
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")),
        "PULSE_SERVER": f"unix:{socket}",
        "ALSA_CONFIG_PATH": "/usr/share/alsa/alsa.conf",
    }
    (folder / ".asoundrc").write_text((folder / "asound.conf").read_text())
    modules = (
        f"module-native-protocol-unix auth-anonymous=1 socket={socket}",
        "module-null-sink sink_name=talk rate=16000 channels=1",
        "module-remap-source master=talk.monitor source_name=virtual source_properties=device.description=virtual",
    )
    command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--log-level=error"]
    for module in modules:
        command += ["-L", module]
    server = subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL)
    try:
        subprocess.run(
            [
                "sh",
                "-c",
                "until pactl info; do kill -0 $1 || exit 1; sleep 0.05; done; pactl set-default-source virtual",
                "-",
                str(server.pid),
            ],
            env=environ,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=20,
        )
        yield environ
    finally:
        server.terminate()
        server.wait(10)


async def test_what_is_played_is_heard_through_the_machines_own_microphone(sound: dict[str, str]) -> None:
    choice = choose_engine("ko", EngineSettings(engine=EngineKind.VOSK))
    if choice.engine is None:
        pytest.skip(choice.why)
    recording = speech_folder() / "fa_fv01_t01_s01.wav"
    listener = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.speech.listening_process",
        "default",
        cwd=ROOT,
        env=sound,
        stdout=asyncio.subprocess.PIPE,
    )
    assert listener.stdout is not None
    async with asyncio.timeout(60):
        assert await listener.stdout.readline() == b"open\n"
        player = await asyncio.create_subprocess_exec("paplay", "--device=talk", str(recording), env=sound)
        assert await player.wait() == 0
        said = (await listener.stdout.readline()).decode()
        assert "없었다" in said
        assert await listener.wait() == 0
