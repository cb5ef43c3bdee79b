"""Microphones without a sound card: a PulseAudio of the demo's own, with one silent sink for each that listens.

What is played into a sink is what the ALSA input of the same name records. The user's own sound server, cards and
configuration are neither asked nor changed.
"""

from __future__ import annotations

import asyncio
import ctypes.util
import logging
import os
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from firmware_sim.errors import DemoError

log = logging.getLogger(__name__)

PROGRAMS = {"pulseaudio": "pulseaudio", "pactl": "pulseaudio-utils", "paplay": "pulseaudio-utils"}
"""What is run, and the Debian package that it is in."""

PLUGIN, PLUGIN_PACKAGE = "libasound_module_pcm_pulse.so", "libasound2-plugins"
PLUGIN_FOLDERS = ("/usr/lib*/alsa-lib", "/usr/lib/*/alsa-lib", "/usr/local/lib*/alsa-lib")
SYSTEM_ALSA = Path("/usr/share/alsa/alsa.conf")
RATE_HZ = 16_000
READY_TIMEOUT_S = 20.0
ASK_TIMEOUT_S = 10.0
LOOK_S = 0.15
SETTLED_S = 0.3
"""A microphone that is only looked at is closed again sooner."""

PLAY_SLACK_S = 60.0
LONGEST_SOCKET = 107
"""Bytes of a unix socket's path."""


class _Source(msgspec.Struct, frozen=True):
    index: int
    name: str


class _Recording(msgspec.Struct, frozen=True):
    index: int
    source: int
    corked: bool = False


def missing_packages() -> list[str]:
    """The Debian packages that this machine lacks for microphones of this kind."""
    wanted = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    if not any(next(Path("/").glob(f"{folder[1:]}/{PLUGIN}"), None) for folder in PLUGIN_FOLDERS):
        wanted.append(PLUGIN_PACKAGE)
    if ctypes.util.find_library("portaudio") is None:
        wanted.append("libportaudio2")
    return list(dict.fromkeys(wanted))


class SoundServer:
    """The server and its microphones, one for each name given to ``start``."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path, names: Sequence[str]) -> None:
        self._process = process
        self._folder = folder
        self._names = tuple(names)

    @classmethod
    async def start(cls, names: Sequence[str], log_file: Path) -> SoundServer:
        """Start it and wait until it serves; ``names`` are device names. Raises ``DemoError``."""
        if missing := missing_packages():
            raise DemoError(f"no virtual microphone on this machine: apt install {' '.join(missing)}")
        folder = Path(tempfile.mkdtemp(prefix="usher-sound-"))
        try:
            server = cls(await _spawn(folder, names, log_file), folder, names)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        try:
            await server._until_ready(log_file)
        except BaseException:
            await server.stop()
            raise
        return server

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs beside its own variables to find the microphones."""
        return {"ALSA_CONFIG_PATH": str(self._folder / "asound.conf")}

    def microphone(self, name: str) -> str:
        """What the microphone of this name is called for ALSA and PortAudio."""
        return _input_of(name)

    async def until_recorded(self, name: str, patience_s: float) -> bool:
        """Until somebody records from this microphone and goes on doing so; false after ``patience_s``."""
        since: float | None = None
        before: set[int] = set()
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(patience_s):
                while True:
                    now = await self._recordings(name)
                    if not now & before:
                        since = loop.time() if now else None
                    before = now
                    if since is not None and loop.time() - since >= SETTLED_S:
                        return True
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            return False

    async def play(self, name: str, wav: Path, length_s: float) -> None:
        """Play a file of ``length_s`` seconds into this microphone, to its end; raises ``DemoError``."""
        said = await self._run(
            *("paplay", f"--device={_sink_of(name)}", "--latency-msec=60", str(wav)),
            timeout_s=length_s + PLAY_SLACK_S,
        )
        log.debug("played name=%s seconds=%.1f said=%r", name, length_s, said)

    async def stop(self) -> None:
        """End the server; who still records from it loses the microphone."""
        if self._process.returncode is None:
            self._process.terminate()
            try:
                async with asyncio.timeout(ASK_TIMEOUT_S):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
        await self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _until_ready(self, log_file: Path) -> None:
        try:
            async with asyncio.timeout(READY_TIMEOUT_S):
                while self._process.returncode is None:
                    with suppress(DemoError):
                        if {_sink_of(name) for name in self._names} <= await self._sinks():
                            return
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            raise DemoError(f"PulseAudio did not get ready within {READY_TIMEOUT_S:.0f} s: see {log_file}") from None
        raise DemoError(f"PulseAudio ended with code {self._process.returncode}: see {log_file}")

    async def _sinks(self) -> set[str]:
        said = await self._run("pactl", "--format=json", "list", "sinks")
        return {sink.name for sink in msgspec.json.decode(said, type=list[_Source])}

    async def _recordings(self, name: str) -> set[int]:
        """The recordings that run from this microphone."""
        sources = msgspec.json.decode(await self._run("pactl", "--format=json", "list", "sources"), type=list[_Source])
        wanted = next((source.index for source in sources if source.name == f"{_sink_of(name)}.monitor"), None)
        said = await self._run("pactl", "--format=json", "list", "source-outputs")
        recordings = msgspec.json.decode(said, type=list[_Recording])
        return {one.index for one in recordings if one.source == wanted and not one.corked}

    async def _run(self, program: str, *arguments: str, timeout_s: float = ASK_TIMEOUT_S) -> bytes:
        process = await asyncio.create_subprocess_exec(
            program,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_client_environment(self._folder),
        )
        try:
            async with asyncio.timeout(timeout_s):
                said, complained = await process.communicate()
        except TimeoutError:
            raise DemoError(f"{program} took longer than {timeout_s:.0f} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            why = complained.decode(errors="replace").strip() or f"code {process.returncode}"
            raise DemoError(f"{program} failed: {why}")
        return said


async def _spawn(folder: Path, names: Sequence[str], log_file: Path) -> asyncio.subprocess.Process:
    socket = folder / "native"
    if len(os.fsencode(socket)) > LONGEST_SOCKET:
        raise DemoError(f"{socket}: too long for a socket's name: set TMPDIR to a shorter folder")
    (folder / "asound.conf").write_text(alsa_file(names, socket), "utf-8")
    modules = [f"module-native-protocol-unix socket={socket} auth-anonymous=1"]
    modules += [f"module-null-sink sink_name={_sink_of(name)} rate={RATE_HZ} channels=1 format=s16le" for name in names]
    # It ends with its standard input, which ends with this process, however that ends.
    modules += ["module-cli exit_on_eof=1"]
    options = ["-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1"]
    options += ["--realtime=no", "--high-priority=no", "--disable-shm=yes"]
    with log_file.open("ab") as log_out:
        return await asyncio.create_subprocess_exec(
            "pulseaudio",
            *options,
            *(part for module in modules for part in ("-L", module)),
            stdin=asyncio.subprocess.PIPE,
            stdout=log_out,
            stderr=log_out,
            env=_server_environment(folder),
            # An interrupt from the terminal is for the demo, which stops this server after its listeners.
            start_new_session=True,
        )


def alsa_file(names: Sequence[str], socket: Path, system: Path = SYSTEM_ALSA) -> str:
    """ALSA's configuration: the system's own, and an input for every name that records what its sink plays."""
    lines = [f"<{system}>"] if system.exists() else []
    for name in names:
        device = f'server "unix:{socket}" device "{_sink_of(name)}.monitor"'
        lines.append(f"pcm.{_input_of(name)} {{ type pulse {device} }}")
    return "\n".join(lines) + "\n"


def _sink_of(name: str) -> str:
    return f"to_{name.replace('-', '_')}"


def _input_of(name: str) -> str:
    return f"usher_{name.replace('-', '_')}"


def _client_environment(folder: Path) -> dict[str, str]:
    return _server_environment(folder) | {"PULSE_SERVER": f"unix:{folder / 'native'}"}


def _server_environment(folder: Path) -> dict[str, str]:
    """Without the user's sound server, session bus or display, so that nothing outside the folder is touched."""
    away = ("PULSE_SERVER", "PULSE_SINK", "PULSE_SOURCE", "PULSE_COOKIE", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY")
    kept = {name: value for name, value in os.environ.items() if name not in away}
    own = ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "PULSE_RUNTIME_PATH", "PULSE_STATE_PATH")
    return kept | {name: str(folder) for name in own} | {"LC_ALL": "C"}
