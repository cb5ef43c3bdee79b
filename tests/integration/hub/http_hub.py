"""A hub that serves its HTTP API on a free loopback port, with its writer running on a memory broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import cast

import aiohttp
import msgspec
from aiohttp import web

from hub.web.app import application
from tests.unit.hub.rig import Rig

TOKEN = "a-token-for-this-test"
Json = dict[str, object]


class Answer(msgspec.Struct, frozen=True):
    """What the API answered."""

    status: int
    content_type: str
    body: bytes

    @property
    def json(self) -> Json:
        """The body as an object."""
        return cast(Json, msgspec.json.decode(self.body))

    @property
    def rows(self) -> list[Json]:
        """The body as a list of objects."""
        return cast(list[Json], msgspec.json.decode(self.body))


class Api:
    """A client of it."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self.url = url

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request, with the token unless other headers are given."""
        payload = raw if raw is not None else (None if body is None else msgspec.json.encode(body))
        given = {"Authorization": f"Bearer {TOKEN}"} if headers is None else headers
        async with self._session.request(method, f"{self.url}{path}", data=payload, headers=given) as answer:
            return Answer(answer.status, answer.content_type, await answer.read())


@asynccontextmanager
async def serving(rig: Rig) -> AsyncIterator[Api]:
    """The rig's hub, serving."""
    running = asyncio.ensure_future(rig.hub.server.run())
    pages = (("/metrics", lambda: web.Response(body=rig.hub.metrics_text(), content_type="text/plain")),)
    runner = web.AppRunner(application(rig.hub.routes, token=TOKEN, pages=pages), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        async with aiohttp.ClientSession() as session:
            yield Api(session, f"http://{host}:{port}")
    finally:
        await runner.cleanup()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
