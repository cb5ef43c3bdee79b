"""Server-sent events (WHATWG HTML, 9.2): the newest state to whoever keeps up, an end to whoever doesn't.

Every state is whole, so that who connects again misses nothing, whatever its ``Last-Event-ID``. A pulse with the
branch's time comes every few seconds: without one a page says that it has lost the hub, though TCP says nothing.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import NamedTuple

import msgspec
from aiohttp import web

from hub.console.answers import HEADERS
from hub.console.rendering import Parts

log = logging.getLogger(__name__)

PULSE_S = 8.0
WRITE_WITHIN_S = 5.0
"""Who takes nothing for so long is dropped."""

RETRY_MS = 2000
STREAMS_MOST = 2000


class SpokenCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call for a television to speak: ``text`` in the ticket's language, made so many seconds ago."""

    seq: int
    text: str
    language: str
    age_s: float


class State(msgspec.Struct, frozen=True, kw_only=True):
    """A page as it is now: HTML by element, whom it calls (``seq`` begins anew each ``day``), the title of its tab."""

    day: str
    parts: Parts
    calls: tuple[SpokenCall, ...] = ()
    called: str = ""
    title: str = ""


class Event(NamedTuple):
    """``id``: the version of the queue that it shows; ``clock``: the branch's time in seconds since its midnight."""

    id: str
    data: bytes
    clock_s: int


class Streams:
    """All open streams."""

    def __init__(self, write_within_s: float = WRITE_WITHIN_S) -> None:
        self._write_within_s = write_within_s
        self._open: set[asyncio.Task[None]] = set()
        self._closing = False

    @property
    def full(self) -> bool:
        """Whether no more can be served."""
        return self._closing or len(self._open) >= STREAMS_MOST

    async def serve(self, request: web.Request, events: AsyncGenerator[Event, None]) -> web.StreamResponse:
        """Send events until the browser leaves, doesn't keep up, or the hub stops; each only if it says something
        new."""
        answer = web.StreamResponse(headers={**HEADERS, "X-Accel-Buffering": "no"})
        answer.content_type = "text/event-stream"
        sending = asyncio.ensure_future(self._send(request, answer, events))
        self._open.add(sending)
        try:
            await asyncio.wait({sending})
        finally:
            sending.cancel()
            self._open.discard(sending)
            [ended] = await asyncio.gather(sending, return_exceptions=True)
            if isinstance(ended, Exception):
                log.error("stream_failed", exc_info=ended)
        return answer

    async def close(self) -> None:
        """End all streams."""
        self._closing = True
        for stream in self._open:
            stream.cancel()

    async def _send(
        self, request: web.Request, answer: web.StreamResponse, events: AsyncGenerator[Event, None]
    ) -> None:
        try:
            await answer.prepare(request)
            await self._write(answer, f"retry: {RETRY_MS}\n\n".encode())
            async with aclosing(events), asyncio.TaskGroup() as group:
                latest: asyncio.Queue[Event | None] = asyncio.Queue(maxsize=1)
                reading = group.create_task(_newest(events, latest))
                await self._relay(answer, latest)
                reading.cancel()
        except* TimeoutError:
            if request.transport is not None:
                request.transport.abort()
        except* ConnectionError:
            pass

    async def _relay(self, answer: web.StreamResponse, latest: "asyncio.Queue[Event | None]") -> None:
        loop = asyncio.get_running_loop()
        said, clock_s, known_at, pulse_at = b"", 0, 0.0, 0.0
        while True:
            try:
                async with asyncio.timeout_at(pulse_at or None):
                    event = await latest.get()
            except TimeoutError:
                seconds = clock_s + int(loop.time() - known_at)
                await self._write(answer, _pulse(seconds))
                pulse_at = loop.time() + PULSE_S
                continue
            if event is None:
                return
            clock_s, known_at = event.clock_s, loop.time()
            if event.data != said:
                said = event.data
                await self._write(answer, b"event: state\nid: %b\ndata: %b\n\n" % (event.id.encode(), said))
            if pulse_at == 0.0:
                await self._write(answer, _pulse(clock_s))
                pulse_at = loop.time() + PULSE_S

    async def _write(self, answer: web.StreamResponse, data: bytes) -> None:
        async with asyncio.timeout(self._write_within_s):
            await answer.write(data)


async def _newest(events: AsyncGenerator[Event, None], latest: "asyncio.Queue[Event | None]") -> None:
    async for event in events:
        while not latest.empty():
            latest.get_nowait()
        latest.put_nowait(event)
    await latest.put(None)


def _pulse(clock_s: int) -> bytes:
    return b'event: pulse\ndata: {"clock_s": %d}\n\n' % (clock_s % 86400)
