"""The hub as its user starts it serves the pages, and stops although they are open."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import aiohttp
import pytest

from tests.integration.hub.console.visiting import Visitor
from tests.integration.hub.test_command import WAIT_S, command, running


@pytest.mark.req("K-06")
def test_the_command_serves_the_pages_and_stops_with_one_open(tmp_path: Path) -> None:
    (tmp_path / "fleet.toml").write_text('branches = [{ name = "main", title = "Main" }]\n', encoding="utf-8")
    arguments = command(
        tmp_path, "--model", "simbank", "--provision", str(tmp_path / "fleet.toml"), "--broker-port", "0"
    )
    with running(arguments, tmp_path / "hub.log") as (process, ready):

        async def visit() -> int:
            async with aiohttp.ClientSession(ready["http"], cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
                visitor = Visitor(session)
                await visitor.sign_in(ready["token"])
                assert (await visitor.get("/tv/main")).status == 200
                async with visitor.listen("/tv/main") as events:
                    await events.state()
                    process.send_signal(signal.SIGTERM)
                    while (await events.next())[0]:
                        pass
                    return await asyncio.to_thread(process.wait, WAIT_S)

        assert asyncio.run(visit()) == 0
    log = (tmp_path / "hub.log").read_text(encoding="utf-8")
    assert ready["token"] not in log
    assert "Traceback" not in log
