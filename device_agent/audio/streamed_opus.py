"""Samples to Opus frames on their way to the hub (RFC 6716). Needs PyAV with libopus."""

from __future__ import annotations

from collections.abc import Iterator

import av
from av.audio.codeccontext import AudioCodecContext

from contracts.audio import FRAME_MS, MAX_FRAME_BYTES
from runtime.speech.errors import EngineFailed
from runtime.speech.memory import wipe
from runtime.speech.port import SAMPLE_BYTES, SAMPLE_RATE, Pcm

BIT_RATE = 24_000
FRAME_SAMPLES = SAMPLE_RATE * FRAME_MS // 1000
FRAME_BYTES = FRAME_SAMPLES * SAMPLE_BYTES


class OpusEncoder:
    """One stream, used by one thread; samples are zeroed as soon as they were encoded."""

    def __init__(self) -> None:
        """Raises ``EngineFailed`` where PyAV can't encode Opus."""
        try:
            encoder = av.CodecContext.create("libopus", "w")
        except ValueError as error:  # av.codec.codec.UnknownCodecError
            raise EngineFailed(
                f"PyAV {av.__version__} has no libopus: install PyPI's wheel (pip install av)"
            ) from error
        assert isinstance(encoder, AudioCodecContext)
        encoder.sample_rate = SAMPLE_RATE
        encoder.layout = "mono"
        encoder.format = "s16"
        encoder.bit_rate = BIT_RATE
        encoder.options = {"application": "voip", "frame_duration": str(FRAME_MS)}
        encoder.open()
        self._encoder = encoder
        self._frame = av.AudioFrame(format="s16", layout="mono", samples=FRAME_SAMPLES)
        self._frame.sample_rate = SAMPLE_RATE
        self._rest = bytearray()

    def encode(self, pcm: Pcm) -> Iterator[bytes]:
        """The frames that are whole now; the rest waits for more."""
        self._rest += pcm
        while len(self._rest) >= FRAME_BYTES:
            plane = memoryview(self._frame.planes[0])
            plane[:FRAME_BYTES] = self._rest[:FRAME_BYTES]
            self._rest[:FRAME_BYTES] = bytes(FRAME_BYTES)
            del self._rest[:FRAME_BYTES]
            for packet in self._encoder.encode(self._frame):
                content = bytes(packet)
                if len(content) <= MAX_FRAME_BYTES:
                    yield content
            plane[:] = bytes(len(plane))

    def forget(self) -> None:
        """Zero what waits."""
        wipe(self._rest)
        self._rest.clear()
