"""The ring: a short tone of two notes, played by whichever sound player the machine has."""

import array
import io
import logging
import math
import shutil
import sys
import tempfile
import wave
from collections.abc import Sequence
from pathlib import Path

from runtime.one_process import OneProcess, Step

log = logging.getLogger(__name__)

PLAYERS = ("pw-play", "paplay", "aplay")
"""PipeWire's, PulseAudio's, ALSA's player: each plays the WAV file that is its argument."""

RATE_HZ = 22_050
NOTES = ((880.0, 0.16), (1174.66, 0.34))
"""Each note's frequency in hertz and its length in seconds."""


def tone() -> bytes:
    """The tone as a WAV file: 16 bit, one channel; each note fades out so that nothing clicks."""
    samples = array.array("h")
    for frequency, length_s in NOTES:
        count = int(length_s * RATE_HZ)
        for index in range(count):
            fade = min(1.0, index / (0.005 * RATE_HZ)) * (1 - index / count) ** 2
            samples.append(int(20_000 * fade * math.sin(math.tau * frequency * index / RATE_HZ)))
    if sys.byteorder == "big":
        samples.byteswap()
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE_HZ)
        writer.writeframes(samples.tobytes())
    return file.getvalue()


class PlayerBell:
    """A :class:`~device_agent.haptics.port.Bell`. Without any of the ``players`` it is mute, and logs that once."""

    def __init__(self, players: Sequence[str] = PLAYERS) -> None:
        self._player = next((found for player in players if (found := shutil.which(player))), None)
        self._sound = OneProcess("ring")
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        if self._player is None:
            log.warning("ring_off why='none of %s is on PATH: install one of them'", ", ".join(players))

    @property
    def busy(self) -> bool:
        """Whether it is sounding."""
        return self._sound.busy

    def ring(self) -> None:
        if self._player is not None:
            self._sound.start(Step((self._player, str(self._file()))))

    def stop(self) -> None:
        self._sound.stop()

    async def close(self) -> None:
        """Fall silent, wait for the player's end, and take the tone's file away."""
        await self._sound.close()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _file(self) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="usher-ring-")
            Path(self._folder.name, "ring.wav").write_bytes(tone())
        return Path(self._folder.name, "ring.wav")
