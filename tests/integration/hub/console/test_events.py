"""Streams of pages: every change at once, whole after a gap, one rendering for all, slow readers dropped, an end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from hub.console.streams import Event, Streams, _newest
from hub.console.watching import Sight, Watching
from hub.lobby import Move, PhoneKey
from tests.browser.branch import FOLLOW, Branch, branch_config, serving
from tests.integration.hub.console.visiting import WITHIN_S, Visitor
from tests.unit.hub.rig import Rig
from tests.virtual_time import until

pytestmark = pytest.mark.req("K-06")


async def test_every_page_is_told_of_a_call(staff: Visitor, branch: Branch) -> None:
    branch.open("1", "2")
    ticket = branch.take("A001", "cash", follow=FOLLOW)
    paths = {"/counter/main/1": "desk", "/tv/main": "calls", "/board/main": "counters", f"/t/main/{FOLLOW}": "place"}
    async with AsyncExitStack() as stack:
        streams = [(part, await stack.enter_async_context(staff.listen(path))) for path, part in paths.items()]
        for _, events in streams:
            await events.state()
        assert (await staff.do("1", "call")).status == 303
        told = {part: await events.until(part, "A001") for part, events in streams if part != "place"}
        phone = await streams[3][1].until("place", "called")
    assert told["calls"].calls[-1].text == "Number A 0 0 1, please go to counter 1."
    assert told["desk"].title == "A001 · Counter 1"
    assert phone.called == "1"
    assert branch.stage(ticket) == "called"


async def test_what_was_missed_is_in_the_next_state(staff: Visitor, branch: Branch) -> None:
    branch.open("1", "2", "3")
    numbers = ["A001", "A002", "A003"]
    async with staff.listen("/tv/main") as events:
        await events.state()
        before = events.last_id
    for counter, number in zip("123", numbers, strict=True):
        branch.call(counter, branch.take(number, "cash"))
    async with staff.session.get("/events/tv/main", headers={"Last-Event-ID": before}) as answer:
        assert answer.status == 200
    async with staff.listen("/tv/main") as events:
        state = await events.state()
        assert [call.seq for call in state.calls] == [1, 2, 3]
        assert events.last_id != before
        kind, data = await events.next()
        while kind != "pulse":
            kind, data = await events.next()
        assert data == b'{"clock_s": 32400}'


async def test_watchers_of_the_same_page_share_one_rendering(branch: Branch) -> None:
    branch.open("1")
    branch.take("A001", "cash")
    watching = Watching(branch.rig.hub.counters)
    rendered: list[Sight] = []
    sights = [watching.sights("main") for _ in range(3)]
    first = [await anext(one) for one in sights]
    assert len(first) == 3

    def render(sight: Sight) -> bytes:
        rendered.append(sight)
        return b"frame"

    async def watch(one: AsyncGenerator[Sight, None]) -> list[Sight]:
        seen = []
        async for sight in one:
            seen.append(sight)
            assert sight.frame("tv", render) == b"frame"
            if any(row.number == "A002" for row in sight.board.line):
                return seen
        return []

    watchers = [asyncio.ensure_future(watch(one)) for one in sights]
    branch.take("A002", "cash")
    seen = await asyncio.wait_for(asyncio.gather(*watchers), WITHIN_S)
    assert all(seen)
    shown = {id(sight) for one in seen for sight in one}
    assert len(rendered) == len(shown) < sum(map(len, seen))
    for one in sights:
        await one.aclose()
    await watching.close()


async def test_nobody_looks_when_nobody_watches(branch: Branch) -> None:
    watching = Watching(branch.rig.hub.counters)
    before = asyncio.all_tasks()
    sights = watching.sights("main")
    await anext(sights)
    assert len(asyncio.all_tasks() - before) >= 1
    await sights.aclose()
    await until(lambda: not (asyncio.all_tasks() - before), within_s=WITHIN_S)
    assert [sight async for sight in watching.sights("nowhere")] == []
    await watching.close()


async def test_a_phone_gets_only_sights_that_know_of_it(branch: Branch) -> None:
    branch.open("1")
    branch.take("A001", "cash")
    watching = Watching(branch.rig.hub.counters)
    hall = watching.sights("main")
    await anext(hall)
    branch.take("A002", "cash", follow=FOLLOW)
    key = PhoneKey(FOLLOW)
    phone = watching.sights("main", key)
    for number in ("A003", "A004", "A005"):
        sight = await asyncio.wait_for(anext(phone), WITHIN_S)
        assert sight.phones[key].number == "A002"
        branch.take(number, "cash")
    await phone.aclose()
    await hall.aclose()
    await watching.close()


async def test_a_reader_that_does_not_keep_up_gets_the_newest_only() -> None:
    streams = Streams()
    seen: list[bytes] = []
    gate, made = asyncio.Event(), 0

    async def events() -> AsyncGenerator[Event, None]:
        nonlocal made
        for number in range(1000):
            made = number
            yield Event(str(number), b"%d" % number, 0)
            await asyncio.sleep(0)
        gate.set()

    class Slow:
        """Takes one write, then nothing until all was made."""

        async def write(self, data: bytes) -> None:
            seen.append(data)
            await gate.wait()

    async with asyncio.timeout(WITHIN_S):
        latest: asyncio.Queue[Event | None] = asyncio.Queue(maxsize=1)
        reading = asyncio.ensure_future(_newest(events(), latest))
        await streams._relay(Slow(), latest)  # type: ignore[arg-type]  # writes like an answer
        await reading
    states = [data for data in seen if b"event: state" in data]
    assert made == 999
    assert len(states) <= 3
    assert b"data: 999" in states[-1]


async def test_who_takes_nothing_is_dropped_and_holds_nobody_up() -> None:
    streams, ended = Streams(write_within_s=0.2), asyncio.Event()

    async def large() -> AsyncGenerator[Event, None]:
        for number in range(50):
            yield Event(str(number), b"%d" % number + b"." * 1_000_000, 0)
            await asyncio.sleep(0.001)
        await asyncio.Event().wait()

    async def handle(request: web.Request) -> web.StreamResponse:
        answer = await streams.serve(request, large())
        ended.set()
        return answer

    app = web.Application()
    app.router.add_get("/", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    _, writer = await asyncio.open_connection(*runner.addresses[0][:2], limit=1024)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(WITHIN_S):
        await ended.wait()
    writer.close()
    await streams.close()
    await runner.cleanup()


async def test_a_stopping_hub_ends_its_streams(tmp_path: Path) -> None:
    rig = Rig(f"sqlite:///{tmp_path / 'other.sqlite'}", config=branch_config(), migrate=True)
    jar = aiohttp.CookieJar(unsafe=True)
    async with AsyncExitStack() as stack:
        house = AsyncExitStack()
        branch = await house.enter_async_context(serving(rig))
        visitor = Visitor(await stack.enter_async_context(aiohttp.ClientSession(branch.url, cookie_jar=jar)))
        await visitor.sign_in()
        events = await stack.enter_async_context(visitor.listen("/board/main"))
        await events.state()
        async with asyncio.timeout(WITHIN_S):
            await house.aclose()
            while (await events.next())[0]:
                pass
    rig.close()


async def test_a_change_that_was_rolled_back_is_shown_to_nobody(staff: Visitor, branch: Branch) -> None:
    branch.open("1")
    branch.take("A001", "cash")
    async with staff.listen("/board/main") as events:
        first = await events.state()
        answer = await staff.do("1", "finish nothing", X_Requested_With="usher")
        assert (answer.status, answer.text) == (409, "This ticket is not in today's queue.")
        branch.move(branch.call("1").ticket, Move.START)
        after = await events.until("counters", "A001")
    assert "A001" not in first.parts["counters"]
    assert "A001" in after.parts["counters"]
