"""`usher models status|history|candidate|rollback|replay` against a hub that serves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import click
import msgspec
import pytest
from aiohttp import web
from click.testing import CliRunner, Result

from contracts.models import HeldModel, ModelReported, ModelState
from hub.web.app import application
from models.commands import remote
from tests.integration.hub.http_hub import TOKEN, Json
from tests.unit.hub.learning.school import VISITS, School, prepared

pytestmark = pytest.mark.req("W-16")


class Served:
    """A learning hub behind its HTTP API."""

    def __init__(self, one: School, url: str) -> None:
        self.school = one
        self.url = url

    async def run(self, command: click.Command, *words: str, token: str = TOKEN) -> Result:
        """The command, as from a shell."""
        arguments = ["--hub", self.url, "--token", token, *words]
        return await asyncio.to_thread(CliRunner().invoke, command, arguments)

    async def json(self, command: click.Command, *words: str) -> tuple[int, Json]:
        """The command with --json."""
        result = await self.run(command, "--json", *words)
        return result.exit_code, cast(Json, msgspec.json.decode(result.stdout))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a hub with feedback that it has not yet learned from."""
    return tmp_path_factory.mktemp("played")


@pytest.fixture
async def served(played: Path, tmp_path: Path) -> AsyncIterator[Served]:
    """A hub with visits that it has not yet learned from, serving."""
    async with prepared(played, tmp_path) as one:
        runner = web.AppRunner(application(one.rig.hub.routes, token=TOKEN, pages=()), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield Served(one, f"http://{host}:{port}")
        await runner.cleanup()


async def test_the_life_of_a_candidate_by_commands(served: Served) -> None:
    code, before = await served.json(remote.status)
    assert (code, before["canary"], before["making"]) == (0, None, False)
    base = cast(Json, before["published"])["version"]

    code, made = await served.json(remote.candidate)
    assert (code, made["stage"], made["parent"]) == (0, "canary", base)
    shown = (await served.run(remote.status)).stdout
    assert f"canary     {made['version']}" in shown
    assert "40% of visits" in shown
    assert f"{VISITS} observations" in shown

    gone = await served.run(remote.rollback, "--why", "not this week")
    assert (gone.exit_code, gone.stdout) == (0, f"{made['version']} is rolled back: not this week\n")
    listed = (await served.run(remote.history)).stdout
    assert [line.split()[3] for line in listed.splitlines()] == [
        "rolled_back",
        "released",
        "canary",
        "gated",
        "candidate",
        "published",
    ]
    code, all_of_it = await served.json(remote.history, "--limit", "1")
    versions = cast(list[Json], all_of_it["versions"])
    assert (code, len(cast(list[Json], all_of_it["events"])), len(versions)) == (0, 1, 2)
    assert cast(Json, versions[0]["verdict"])["passed"] is True


async def test_status_shows_the_watch_of_what_was_published(served: Served) -> None:
    better = await served.school.until_published()
    served.school.visit(40)
    await served.school.loop.step()
    code, found = await served.json(remote.status)
    watch = cast(Json, found["watch"])
    assert (code, watch["version"], watch["holdout"]) == (0, better.version, better.parent)
    held_out = served.school.ranked_by(40).count(better.parent)
    assert (watch["visits"], watch["holdout_visits"]) == (40 - held_out, held_out)
    shown = (await served.run(remote.status)).stdout
    assert f"watch      {40 - held_out} of 2000 visits; match score 0." in shown
    assert f"5.0% of visits are ranked by {better.parent}, the one before" in shown


async def test_replay_gives_what_was_learned(served: Served) -> None:
    code, found = await served.json(remote.replay)
    assert (code, found["equal"], found["observations"]) == (0, True, VISITS)
    assert found["from_log"] == found["learned"] == (await served.json(remote.status))[1]["digest"]
    assert "the same bytes" in (await served.run(remote.replay)).stdout


async def test_a_hub_that_refuses_ends_the_command_with_its_words(served: Served) -> None:
    refused = await served.run(remote.rollback)
    assert refused.exit_code == 1
    assert "nothing to go back to" in refused.stderr
    wrong = await served.run(remote.status, token="wrong")
    assert wrong.exit_code == 1
    assert "USHER_TOKEN" in wrong.stderr


async def test_the_gates_report_is_served(served: Served) -> None:
    _, made = await served.json(remote.candidate)
    client = remote.HubClient(served.url, TOKEN)
    answer = await asyncio.to_thread(client.call, "GET", f"/v1/models/{made['version']}/report")
    report = cast(Json, msgspec.json.decode(answer))
    assert str(report["html"]).startswith("<!doctype html>")
    with pytest.raises(click.ClickException, match="has not reported"):
        await asyncio.to_thread(client.call, "GET", "/v1/models/none/report")


async def test_a_degraded_hub_is_an_exit_code(served: Served) -> None:
    one = served.school
    ahead = HeldModel(version="of another hub", serial=2**50)
    report = ModelReported(version=one.published.version, serial=1, state=ModelState.REFUSED, active=ahead)
    one.rig.say("watch-ada", report)
    await one.loop.step()
    result = await served.run(remote.status)
    assert result.exit_code == remote.DEGRADED
    assert f"NOT AS IT SHOULD BE: a device says that it uses model serial {2**50}" in result.stdout


def test_no_hub_there_and_no_address_at_all(free_port: int) -> None:
    nobody = CliRunner().invoke(remote.status, ["--hub", f"http://127.0.0.1:{free_port}"])
    assert nobody.exit_code == 1
    assert "no hub answers" in nobody.stderr
    assert CliRunner().invoke(remote.status, ["--hub", "ftp://x"]).exit_code == 2
