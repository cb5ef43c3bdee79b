"""What a browser does, without the browser."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp
import msgspec

from hub.console.streams import State
from tests.browser.branch import TOKEN

WITHIN_S = 10.0


class Answer(msgspec.Struct, frozen=True):
    """What came back; nothing was followed."""

    status: int
    headers: Mapping[str, str]
    text: str


class Events:
    """A stream of events that is being read."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer
        self.last_id = ""

    async def next(self) -> tuple[str, bytes]:
        """The next event's kind and data; an empty kind at the end."""
        kind, data = "", b""
        async with asyncio.timeout(WITHIN_S):
            while line := await self.answer.content.readline():
                name, _, value = line.rstrip(b"\n").partition(b": ")
                if name == b"event":
                    kind = value.decode()
                elif name == b"data":
                    data = value
                elif name == b"id":
                    self.last_id = value.decode()
                elif not name and kind:
                    return kind, data
        return "", b""

    async def state(self) -> State:
        """The next state."""
        while True:
            kind, data = await self.next()
            if kind == "state":
                return msgspec.json.decode(data, type=State)
            assert kind, "the stream has ended"

    async def until(self, part: str, text: str) -> State:
        """The first state in which a part of the page has this text."""
        while True:
            state = await self.state()
            if text in state.parts[part]:
                return state


class Visitor:
    """A browser's session."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session
        self.form = ""

    async def get(self, path: str, **headers: str) -> Answer:
        """A page."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.get(path, headers=given, allow_redirects=False) as answer:
            return Answer(answer.status, answer.headers, await answer.text())

    async def post(self, path: str, fields: Mapping[str, str], **headers: str) -> Answer:
        """A form."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.post(path, data=fields, headers=given, allow_redirects=False) as answer:
            return Answer(answer.status, answer.headers, await answer.text())

    async def sign_in(self, token: str = TOKEN, path: str = "/sign-in") -> Answer:
        """With the hub's token."""
        answer = await self.post(path, {"token": token})
        if answer.status == 303:
            home = await self.get("/")
            found = re.search(r'name="form" value="([0-9a-f]+)"', home.text)
            assert found is not None
            self.form = found[1]
        return answer

    async def do(self, counter: str, what: str, to: str = "", **headers: str) -> Answer:
        """Press a button at a counter."""
        return await self.post(f"/counter/main/{counter}?lang=en", {"form": self.form, "do": what, "to": to}, **headers)

    @asynccontextmanager
    async def listen(self, path: str) -> AsyncIterator[Events]:
        """Read a stream."""
        async with self.session.get(f"/events{path}") as answer:
            assert answer.status == 200, await answer.text()
            yield Events(answer)
