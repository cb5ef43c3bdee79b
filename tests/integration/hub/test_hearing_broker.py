"""Audio through the real embedded broker: it arrives, and the broker's store on disk never sees it."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest

from contracts import Envelope, decode, topics
from contracts.audio import AudioFrames, AudioGranted, AudioHeard, AudioOpened
from contracts.fields import Language
from hub.bootstrap import bus_settings
from hub.broker import LOOPBACK, EmbeddedBroker
from hub.hearing.mqtt import AudioPost
from runtime.agent.link import link_bus_settings
from runtime.bus import Received
from runtime.bus.paho_bus import PahoBus
from runtime.clock import SystemClock
from runtime.ids import UuidIds
from tests.hearing_house import Band
from tests.virtual_time import until

CANARY = b"canary-of-audio-0123456789"
WITHIN_S = 20.0


class ListeningHub:
    """Grants what is asked, and keeps what it hears."""

    def __init__(self, url: str) -> None:
        self.bus = PahoBus(bus_settings(url, 30))
        self.post = AudioPost(bus=self.bus, clock=SystemClock(), ids=UuidIds())
        self.frames: list[bytes] = []
        self._answers: set[asyncio.Task[None]] = set()

    def on_connected(self) -> None:
        """Nothing to say."""

    def on_disconnected(self, reason: str) -> None:
        """It comes back."""

    def on_message(self, message: Received) -> None:
        envelope = decode(message.payload)
        assert isinstance(envelope, Envelope)
        match envelope.data:
            case AudioOpened(stream=stream):
                self._say(AudioGranted(stream=stream, frames=1000, engine="none"))
            case AudioFrames(stream=stream, frames=frames):
                self.frames += frames
                text = CANARY.decode()
                self._say(AudioHeard(stream=stream, number=0, language=Language.KO, text=text))
            case _:
                return

    def _say(self, message: AudioGranted | AudioHeard) -> None:
        answer = asyncio.ensure_future(self.post([("band-1", message)]))
        self._answers.add(answer)
        answer.add_done_callback(self._answers.discard)


def assert_unheard(folder: Path) -> None:
    """No file holds what was said, as it was or as it travelled."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any("jetstream" in str(path) for path in files), "the broker has a store"
    for path in files:
        content = path.read_bytes()
        assert CANARY not in content, path
        assert base64.b64encode(CANARY)[:30] not in content, path
        assert topics.up("band-1", AudioFrames).encode() not in content, path


@pytest.mark.req("W-10", "W-11")
async def test_neither_sound_nor_words_stay_in_the_brokers_store(tmp_path: Path) -> None:
    broker = EmbeddedBroker(tmp_path / "broker", LOOPBACK[0], 0, on_event=lambda _event: None)
    url = str(await broker.start())
    jobs: list[asyncio.Future[None]] = []
    try:
        hub = ListeningHub(url)
        band = Band("band-1", PahoBus(link_bus_settings(url, "band-1", 30)), SystemClock())
        jobs = [asyncio.ensure_future(hub.bus.run(hub)), asyncio.ensure_future(band.run())]
        await until(lambda: hub.bus.connected and band.bus.connected, within_s=WITHIN_S)
        band.listen("task-0001")
        await until(lambda: band.watcher.engine == "none", within_s=WITHIN_S)
        for _ in range(100):
            band.uplink.push(CANARY)
        await until(lambda: len(hub.frames) == 100, within_s=WITHIN_S)
        await until(lambda: CANARY.decode() in band.watcher.partials, within_s=WITHIN_S)
        assert set(hub.frames) == {CANARY}
    finally:
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        await broker.stop()
    assert_unheard(tmp_path)
