"""Streams of speech over the WebSocket of the HTTP API: the same checks, the same texts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec
import pytest
from aiohttp import web

from contracts.audio import AudioClosed, AudioEnded, AudioGranted, AudioHeard, AudioRefused, AudioStop
from contracts.visits import Consent
from hub.hearing.socket import PATH
from hub.web.app import application
from runtime.agent.audio import Downward, Upward
from tests.hearing_house import HearingHouse, hearing_house
from tests.scripted_hearing import ScriptedRecognition, opened, words
from tests.virtual_time import until

TOKEN = "a-token-for-this-test"
BAND = "band-ada"
STREAM = "stream-0001"
SIGNED_IN = {"Authorization": f"Bearer {TOKEN}"}
WITHIN_S = 10.0


class Caller:
    """A device on a WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def say(self, *messages: Upward) -> None:
        for message in messages:
            await self.socket.send_bytes(msgspec.msgpack.encode(message))

    async def hears(self) -> Downward:
        async with asyncio.timeout(WITHIN_S):
            return msgspec.json.decode(
                await self.socket.receive_str(), type=AudioGranted | AudioRefused | AudioHeard | AudioEnded
            )

    async def hears_finals(self) -> list[str]:
        texts = []
        while not isinstance(told := await self.hears(), AudioEnded):
            if isinstance(told, AudioHeard) and told.index is not None:
                texts.append(told.text)
        assert told.segments == len(texts)
        return texts


class Served:
    """A house whose hub serves its sockets; ``url`` of the stream."""

    def __init__(
        self, house: HearingHouse, pool: ScriptedRecognition, url: str, session: aiohttp.ClientSession
    ) -> None:
        self.house = house
        self.pool = pool
        self.url = url
        self.session = session

    @asynccontextmanager
    async def call(self, device: str = BAND) -> AsyncIterator[Caller]:
        async with self.session.ws_connect(self.url, params={"device": device}, headers=SIGNED_IN) as socket:
            yield Caller(socket)


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Served]:
    pool = ScriptedRecognition(2)
    async with hearing_house(f"sqlite:///{folder / 'hub.sqlite'}", pool) as house:
        app = application((), token=TOKEN, pages=(), sockets=house.rig.hub.sockets)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        async with aiohttp.ClientSession() as session:
            yield Served(house, pool, f"http://{host}:{port}{PATH}", session)
        await runner.cleanup()


@pytest.mark.req("W-11")
async def test_a_stream_over_a_socket_becomes_the_talk(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        task = here.house.talk(BAND, "kiosk-main", "A001")
        async with here.call() as caller:
            await caller.say(opened(STREAM, task=task))
            granted = await caller.hears()
            assert isinstance(granted, AudioGranted)
            assert granted.engine == "script"
            await caller.say(words(STREAM, 0, "a", "bond", "."), AudioClosed(stream=STREAM, end=3))
            assert await caller.hears_finals() == ["a bond"]
        assert here.house.said(task) == ["a bond"]


@pytest.mark.req("W-10", "W-11")
async def test_without_consent_a_socket_is_refused_too(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        task = here.house.talk(BAND, "kiosk-main", "A001", Consent.REFUSED)
        async with here.call() as caller:
            await caller.say(opened(STREAM, task=task), words(STREAM, 0, "secret", "."))
            refused = await caller.hears()
            assert isinstance(refused, AudioRefused)
            assert refused.why is AudioStop.NO_CONSENT
        assert here.pool.decoded == 0


async def test_a_connection_that_breaks_frees_its_recogniser(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        task = here.house.talk(BAND, "kiosk-main", "A001")
        async with here.call() as caller:
            await caller.say(opened(STREAM, task=task))
            await caller.hears()
            assert len(here.pool.voices) == 1
        await until(lambda: here.pool.voices == [], within_s=WITHIN_S)


async def test_who_is_not_signed_in_or_unknown_or_no_wearable_gets_no_socket(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        for device, headers, status in (
            (BAND, {}, 401),
            ("nobody", SIGNED_IN, 404),
            ("kiosk-main", SIGNED_IN, 404),
        ):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await here.session.ws_connect(here.url, params={"device": device}, headers=headers)
            assert refused.value.status == status


@pytest.mark.parametrize("content", [b"\xc1 no MessagePack", msgspec.msgpack.encode({"type": "task.claim.v1"}), "text"])
async def test_what_is_no_message_of_audio_closes_the_socket(tmp_path: Path, content: bytes | str) -> None:
    async with served(tmp_path) as here, here.call() as caller:
        if isinstance(content, str):
            await caller.socket.send_str(content)
        else:
            await caller.socket.send_bytes(content)
        async with asyncio.timeout(WITHIN_S):
            await caller.socket.receive()
        assert caller.socket.close_code in (aiohttp.WSCloseCode.INVALID_TEXT, aiohttp.WSCloseCode.UNSUPPORTED_DATA)


async def test_a_hub_that_stops_closes_its_sockets(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        socket = await here.session.ws_connect(here.url, params={"device": BAND}, headers=SIGNED_IN)
        for face in here.house.rig.hub.sockets:
            closing = asyncio.ensure_future(face.close())
            async with asyncio.timeout(WITHIN_S):
                await socket.receive()
                await closing
        assert socket.close_code == aiohttp.WSCloseCode.GOING_AWAY
