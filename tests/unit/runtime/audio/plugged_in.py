"""A process in which a microphone is plugged in after PortAudio has read which there are.

``python -m tests.unit.runtime.audio.plugged_in``, with ``HOME`` a folder of its own: ALSA's own silence is the
microphone, under names that its configuration gets one after the other. Tells a line for each thing that it saw.
"""

import sys
from pathlib import Path

from runtime.audio.sound_device import SoundDeviceMicrophone
from runtime.speech.errors import MicrophoneLost
from runtime.speech.port import Pcm


class Nobody:
    """Hears nothing of interest."""

    def hear(self, pcm: Pcm) -> None:
        """Silence."""

    def lost(self, error: MicrophoneLost) -> None:
        """It is closed."""

    def ended(self) -> None:
        """It never ends."""


def plug_in(*names: str) -> None:
    """These are the microphones now."""
    (Path.home() / ".asoundrc").write_text("".join(f"pcm.{name} {{ type null }}\n" for name in names))


def tell(text: str) -> None:
    """One line."""
    sys.stdout.write(f"{text}\n")


def main() -> None:
    """See what is there, plug in, and see again; with one open, which is to stay so."""
    first, second = SoundDeviceMicrophone("firstseat"), SoundDeviceMicrophone("secondseat")
    tell(f"nothing plugged in: {first.present()}")
    plug_in("firstseat")
    tell(f"plugged in: {first.present()}")
    first.open(Nobody())
    plug_in("firstseat", "secondseat")
    tell(f"beside an open one: {second.present()}")
    try:
        second.open(Nobody())
    except MicrophoneLost:
        tell("beside an open one it can't be opened")
    stream = first._stream
    tell(f"the open one is still active: {stream is not None and stream.active}")
    first.close()
    tell(f"after that: {second.present()}")
    second.open(Nobody())
    second.close()
    second.close()


if __name__ == "__main__":
    main()
