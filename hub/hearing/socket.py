"""The same streams over a WebSocket of the HTTP API, for devices that have no broker (W-11).

``GET /v1/hearing/stream?device=NAME`` with the hub's token. The device sends the messages of ``contracts.audio`` as
binary MessagePack (``{"type": "audio.frames.v1", ...}``), so that frames are plain bytes; the hub answers as JSON text,
without envelopes: the connection says who speaks.
"""

import asyncio
import logging
from collections import deque
from http import HTTPStatus

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from contracts import AnyMessage
from contracts.audio import AudioClosed, AudioFrames, AudioOpened
from contracts.topics import LANE_KINDS, Lane
from hub.fleet import FleetDirectory
from hub.hearing.mqtt import AudioPost
from hub.hearing.service import HearingService
from hub.web.app import Socket
from hub.web.routes import problem

log = logging.getLogger(__name__)

PATH = "/v1/hearing/stream"
MOST_BYTES = 32 * 1024
MOST_WAITING = 500
"""Messages that a device may be behind by; then its connection is closed."""

HEARTBEAT_S = 20.0

_decoder: msgspec.msgpack.Decoder[AudioOpened | AudioFrames | AudioClosed] = msgspec.msgpack.Decoder(
    AudioOpened | AudioFrames | AudioClosed
)
_encoder = msgspec.json.Encoder()


class AudioSocket:
    """Serves one device a connection; a newer connection of a device takes the place of the older."""

    def __init__(self, service: HearingService, fleet: FleetDirectory, post: AudioPost) -> None:
        self._service = service
        self._fleet = fleet
        self._post = post
        self._open: set[web.WebSocketResponse] = set()

    @property
    def face(self) -> Socket:
        """What the HTTP API needs to know of it."""
        return Socket(PATH, self.handle, self.close)

    async def close(self) -> None:
        """The hub stops: close all connections."""
        for socket in list(self._open):
            await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the hub stops")

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """A connection, to its end. Raises ``ProblemError`` for a device that is unknown or has no voice."""
        name = request.query.get("device", "")
        device = self._fleet.devices.get(name)
        if device is None or device.kind not in LANE_KINDS[Lane.AUDIO]:
            detail = f"device={name[:63]!r}: name a wearable that is provisioned"
            raise problem(HTTPStatus.NOT_FOUND, "no such device", detail)
        socket = web.WebSocketResponse(max_msg_size=MOST_BYTES, heartbeat=HEARTBEAT_S)
        await socket.prepare(request)
        self._open.add(socket)
        line = _Line()
        self._post.lines[name] = line.put
        sending = asyncio.ensure_future(line.send(socket))
        log.info("hearing_socket_opened device=%s", name)
        try:
            await self._listen(socket, name)
        finally:
            self._open.discard(socket)
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            if self._post.lines.get(name) == line.put:
                del self._post.lines[name]
                self._service.gone(name)
            log.info("hearing_socket_closed device=%s", name)
        return socket

    async def _listen(self, socket: web.WebSocketResponse, name: str) -> None:
        async for message in socket:
            if message.type is not WSMsgType.BINARY:
                await socket.close(code=WSCloseCode.UNSUPPORTED_DATA, message=b"send MessagePack, as binary messages")
                return
            content = message.data
            assert isinstance(content, bytes)
            try:
                said = _decoder.decode(content)
            except msgspec.MsgspecError as error:
                await socket.close(code=WSCloseCode.INVALID_TEXT, message=str(error).encode()[:120])
                return
            bound = self._fleet.binding(name)
            self._service.hear(name, bound.branch if bound is not None else "", said)


class _Line:
    """What is said to one device, in order."""

    def __init__(self) -> None:
        self._waiting: deque[AnyMessage] = deque()
        self._something = asyncio.Event()

    def put(self, message: AnyMessage) -> None:
        """The next to say."""
        self._waiting.append(message)
        self._something.set()

    async def send(self, socket: web.WebSocketResponse) -> None:
        """Say what there is, until cancelled, or until the device doesn't listen any more."""
        while True:
            await self._something.wait()
            self._something.clear()
            while self._waiting:
                if len(self._waiting) > MOST_WAITING:
                    await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"you do not read what you are told")
                    return
                try:
                    await socket.send_str(_encoder.encode(self._waiting.popleft()).decode())
                except ConnectionError:
                    return
