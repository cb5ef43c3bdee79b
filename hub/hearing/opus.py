"""Opus frames to samples for the recognisers, missing ones concealed (RFC 6716). Needs PyAV with libopus."""

from __future__ import annotations

from collections.abc import Iterator

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.resampler import AudioResampler

from contracts.audio import FRAME_MS
from hub.errors import HubError
from runtime.speech.port import SAMPLE_BYTES, SAMPLE_RATE

FRAME_BYTES = SAMPLE_RATE * FRAME_MS // 1000 * SAMPLE_BYTES
CONCEALED_MOST = 5
"""After 100 ms a codec's guess is no sound of the speaker's any more: silence follows, in which pauses are found."""

_OPUS_RATE = 48_000
_SILENCE = bytes(FRAME_BYTES)


class OpusDecoder:
    """One stream. What it decodes into is zeroed again before it is used for the next frame."""

    def __init__(self) -> None:
        """Raises ``HubError`` where PyAV can't decode Opus."""
        try:
            decoder = av.CodecContext.create("libopus", "r")
        except ValueError as error:  # av.codec.codec.UnknownCodecError
            raise HubError(
                f"PyAV {av.__version__} has no libopus: install the wheel of PyPI (pip install av)"
            ) from error
        assert isinstance(decoder, AudioCodecContext)
        decoder.sample_rate = _OPUS_RATE
        decoder.layout = "mono"
        self._decoder = decoder
        self._resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
        self._head = b""
        self._concealed = 0
        self.faulty = 0

    def decode(self, frame: bytes) -> Iterator[bytearray]:
        """The samples of a frame, 16 kHz mono s16le; empty stands for a missing frame. Each part is the caller's."""
        if frame:
            self._head, self._concealed = frame[:1], 0
            yield from self._samples(frame)
        elif self._head and self._concealed < CONCEALED_MOST:
            # A frame of no bytes behind its table of contents means a lost one: libopus fills it in (RFC 6716, 3.2.1).
            self._concealed += 1
            yield from self._samples(self._head)
        else:
            yield bytearray(_SILENCE)

    def _samples(self, packet: bytes) -> Iterator[bytearray]:
        try:
            for decoded in self._decoder.decode(av.Packet(packet)):
                for resampled in self._resampler.resample(decoded):
                    plane = memoryview(resampled.planes[0])
                    used = resampled.samples * SAMPLE_BYTES
                    yield bytearray(plane[:used])
                    plane[:] = bytes(len(plane))
                wide = memoryview(decoded.planes[0])
                wide[:] = bytes(len(wide))
        except av.error.FFmpegError:  # not Opus: whoever sends that hears silence
            self.faulty += 1
            yield bytearray(_SILENCE)
