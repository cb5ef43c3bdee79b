"""The machine's microphone through PortAudio (sounddevice): ALSA, PulseAudio or PipeWire, Core Audio, WASAPI."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from runtime.audio.port import Sink
from runtime.speech.errors import MicrophoneLost
from runtime.speech.port import FRAME_SAMPLES, SAMPLE_RATE, Pcm

if TYPE_CHECKING:
    from sounddevice import CallbackFlags, RawInputStream

log = logging.getLogger(__name__)

_PORTAUDIO = threading.Lock()
"""While PortAudio is ended and started again nobody asks for its devices, and no stream is opened or closed."""

_OPEN: set[int] = set()
"""The open streams of this process, by ``id``: ending PortAudio would end them, too."""

HELP = "plug in or switch on a microphone, or name one of `usher speech check`"


class SoundDeviceMicrophone:
    """An input of PortAudio by name, part of a name or number; the system's default without one.

    16 kHz is asked of the driver, which converts; PortAudio's callback only hands the samples on.
    """

    def __init__(self, device: str | None = None) -> None:
        self._device: str | int | None = int(device) if device is not None and device.isdecimal() else device
        self._stream: RawInputStream | None = None
        self._sink: Sink | None = None
        self._overflows = 0
        self._lock = threading.Lock()
        self._stale = False

    @property
    def name(self) -> str:
        """The device as it was asked for."""
        return "default" if self._device is None else str(self._device)

    @property
    def overflows(self) -> int:
        """How often the driver had to drop samples."""
        return self._overflows

    @property
    def steady(self) -> bool:
        """Yes."""
        return True

    def present(self) -> bool:
        """Whether PortAudio knows such an input; where it doesn't, or an input was lost, its list is read anew."""
        try:
            import sounddevice
        except (ImportError, OSError) as error:
            log.info("microphone_absent device=%r why=%r", self.name, str(error))
            return False
        try:
            with _PORTAUDIO:
                if self._stale or self._unlisted():
                    self._stale = not _renew()
                why = self._unlisted()
        except sounddevice.PortAudioError as error:
            why = str(error)
        if why:
            log.info("microphone_absent device=%r why=%r", self.name, why)
        return not why

    def open(self, sink: Sink) -> None:
        """Open the device; the list of devices is read anew, as one may have been plugged in."""
        self.close()
        try:
            import sounddevice
        except (ImportError, OSError) as error:
            raise MicrophoneLost(
                f"microphone {self.name!r}: {error}; install sounddevice and PortAudio (Debian: libportaudio2)"
            ) from error
        try:
            with _PORTAUDIO:
                if self._stale:
                    _renew()
                self._sink = sink
                stream = sounddevice.RawInputStream(
                    samplerate=SAMPLE_RATE,
                    blocksize=FRAME_SAMPLES,
                    device=self._device,
                    channels=1,
                    dtype="int16",
                    latency="high",
                    callback=self._heard,
                    finished_callback=self._finished,
                )
                with self._lock:
                    self._stream = stream
                _OPEN.add(id(stream))
                stream.start()
                self._stale = False
        except (sounddevice.PortAudioError, OSError, ValueError) as error:
            self.close()
            self._stale = True
            raise MicrophoneLost(f"microphone {self.name!r} can't be opened: {error}; {HELP}") from error

    def close(self) -> None:
        """Close the device."""
        with self._lock:
            stream, self._stream = self._stream, None
        self._sink = None
        if stream is None:
            return
        with _PORTAUDIO:
            # A device that is gone can't be stopped properly: sounddevice is to say nothing of that.
            stream.abort(ignore_errors=True)
            stream.close(ignore_errors=True)
            _OPEN.discard(id(stream))

    def _unlisted(self) -> str:
        """Why PortAudio's list has no such input; empty where it has."""
        import sounddevice

        try:
            found = sounddevice.query_devices(self._device, "input")
        except (sounddevice.PortAudioError, ValueError) as error:
            return str(error)
        return "" if int(found["max_input_channels"]) > 0 else "it is an output"

    def _heard(self, data: Pcm, _frames: int, _time: object, flags: CallbackFlags) -> None:
        if flags.input_overflow:
            self._overflows += 1
        sink = self._sink
        if sink is not None:
            sink.hear(memoryview(data).cast("B"))

    def _finished(self) -> None:
        sink = self._sink
        if self._stream is not None and sink is not None:
            self._stale = True
            sink.lost(MicrophoneLost(f"microphone {self.name!r} stopped; {HELP}"))


def _renew() -> bool:
    """Let PortAudio read anew which devices there are; false where a stream is open. Under ``_PORTAUDIO``.

    It reads them once, when it is started. While it starts, sounddevice throws away what the process writes to standard
    error (some 50 ms): so this is done only where something is missing.
    """
    import sounddevice

    if _OPEN:
        return False
    with suppress(sounddevice.PortAudioError):  # after a start that failed there is nothing to end
        sounddevice._terminate()
    sounddevice._initialize()
    return True


def device_lines() -> list[str]:
    """The inputs of this machine, a line each; raises ``MicrophoneLost`` where PortAudio is missing."""
    try:
        import sounddevice

        devices = sounddevice.query_devices()
    except (ImportError, OSError) as error:
        raise MicrophoneLost(f"no microphones: {error}; install PortAudio (Debian: libportaudio2)") from error
    return [
        f"{number}: {device['name']} ({device['max_input_channels']} channels, {device['default_samplerate']:.0f} Hz)"
        for number, device in enumerate(devices)
        if device["max_input_channels"] > 0
    ]
