"""kill -9 of the real hub in the middle of a load: everything acknowledged is there afterwards, and once."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import msgspec
import pytest

from contracts import AnyMessage, Refusal
from contracts.fields import DeviceKind
from contracts.session import BindDevice
from contracts.visits import ClaimTask, TaskClaimed, TaskOffered, TasksSynced, TaskState, TaskWithdrawn
from runtime.agent.link import AgentLink, LinkSettings, Streamed, link_bus_settings
from runtime.agent.mailbox import Mailbox
from runtime.bus.aiomqtt_bus import AiomqttBus
from runtime.clock import SystemClock
from runtime.ids import UuidIds
from tests.peers import free_port
from tests.programs import program
from tests.virtual_time import until

ROOT = Path(__file__).resolve().parents[3]
TICKETS = 120
KILLS_AT = (15, 45, 80)
PATIENCE_S = 120.0
FLEET = """
branches = [{ name = "main", title = "Main Street", claim_within_s = 600 }]
advisors = [{ name = "ada", branches = ["main"] }]
devices = [
  { name = "watch-ada", kind = "watch", advisor = "ada" },
  { name = "kiosk-main", kind = "kiosk", branch = "main" },
]
"""


class Watch:
    """A wearable that claims whatever it is offered."""

    def __init__(self, broker: str, folder: Path) -> None:
        self.mailbox = Mailbox.open(folder / "watch.db")
        self.states: dict[str, TaskState] = {}
        self.claims: set[str] = set()
        self.refused: list[str] = []
        self.link = AgentLink(
            device="watch-ada",
            kind=DeviceKind.WATCH,
            version="test",
            bus=AiomqttBus(link_bus_settings(broker, "watch-ada", 30)),
            mailbox=self.mailbox,
            handler=self,
            clock=SystemClock(),
            ids=UuidIds(),
            settings=LinkSettings(keepalive_s=4, resend_first_s=0.5, resend_most_s=2.0, resync_wait_s=0.5),
        )

    def apply(self, message: Streamed) -> None:
        match message:
            case TaskOffered():
                self.states[message.task.task] = message.task.state
            case TaskClaimed():
                if message.task is None:
                    self.states.pop(message.task_id, None)
                else:
                    self.states[message.task_id] = message.task.state
            case TaskWithdrawn():
                self.states.pop(message.task_id, None)
            case TasksSynced():
                self.states = {task.task: task.state for task in message.tasks}
            case _:
                pass

    def applied(self, message: Streamed, traceparent: str | None) -> None:
        for task, state in self.states.items():
            if state is TaskState.OFFERED and task not in self.claims:
                self.claims.add(task)
                self.link.send(ClaimTask(task_id=task))

    def on_acked(self, ids: tuple[str, ...]) -> None:
        """The mailbox forgets them."""

    def on_refused(self, message_id: str, message: AnyMessage, refusal: Refusal) -> None:
        self.refused.append(f"{type(message).__name__} {refusal.code} {refusal.detail}")

    def on_disk_refused(self) -> None:
        raise AssertionError("the disk is full")

    def on_link(self, online: bool) -> None:
        """Nothing to show."""


async def start_hub(folder: Path, broker_port: int) -> Process:
    """A hub with its embedded broker, ready."""
    with (folder / "hub.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "hub", "--data", str(folder / "hub"), "--broker-port", str(broker_port)),
            *("--http-port", "0", "--model", "simbank", "--provision", str(folder / "fleet.toml")),
            stdout=PIPE,
            stderr=log,
            cwd=ROOT,
        )
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        line = await process.stdout.readline()
    assert line, (folder / "hub.log").read_text(encoding="utf-8")[-3000:]
    assert json.loads(line)["event"] == "ready"
    return process


@asynccontextmanager
async def kiosk(folder: Path, broker_port: int) -> AsyncIterator[Process]:
    """A real kiosk with as many customers waiting as there are tickets."""
    arguments = (
        *("--device", "kiosk-main", "--branch", "main", "--timezone", "UTC"),
        *("--broker", f"mqtt://127.0.0.1:{broker_port}", "--store", str(folder / "kiosk.db")),
        *("--keepalive", "4", "--script", "-", "--events"),
    )
    async with program(folder, "kiosk", *arguments) as process:
        assert process.stdin is not None
        for n in range(TICKETS):
            take = {"do": "take", "business": "cash", "customer": f"c-{n:04d}"}
            process.stdin.write(msgspec.json.encode(take) + b"\n")
        process.stdin.write(msgspec.json.encode({"do": "quit", "drain_s": PATIENCE_S}) + b"\n")
        yield process


def rows(folder: Path, query: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(folder / "hub" / "hub.sqlite")) as database:
        return database.execute(query).fetchall()


@pytest.mark.req("W-01", "W-03", "W-06", "K-05")
async def test_kill_9_of_the_hub_under_load_loses_and_repeats_nothing(tmp_path: Path) -> None:
    (tmp_path / "fleet.toml").write_text(FLEET, encoding="utf-8")
    port = free_port()
    hub = await start_hub(tmp_path, port)
    watch = Watch(f"mqtt://127.0.0.1:{port}", tmp_path)
    watch.link.send(BindDevice(branch="main"))
    wearing = asyncio.ensure_future(watch.link.run())
    issued: list[str] = []
    delivered: list[str] = []
    refused: list[str] = []
    kills = list(KILLS_AT)
    try:
        async with kiosk(tmp_path, port) as taking, asyncio.timeout(2 * PATIENCE_S):
            assert taking.stdout is not None
            async for line in taking.stdout:
                event = json.loads(line)
                if event["event"] == "ticket":
                    issued.append(event["ticket"])
                elif event["event"] == "delivered":
                    delivered += event["ids"]
                elif event["event"] == "command_refused":
                    refused.append(event["detail"])
                if kills and len(delivered) >= kills[0]:
                    kills.pop(0)
                    hub.kill()
                    await hub.wait()
                    acked_then = len(delivered)
                    found = rows(tmp_path, "select count(*) from tickets")[0][0]
                    assert int(found) >= acked_then, "an acknowledged ticket is not on disk"
                    hub = await start_hub(tmp_path, port)
            assert await taking.wait() == 0
        await until(
            lambda: not watch.mailbox.depth() and Counter(watch.states.values())[TaskState.HELD] == TICKETS,
            within_s=PATIENCE_S,
        )
    finally:
        wearing.cancel()
        await asyncio.gather(wearing, return_exceptions=True)
        watch.mailbox.close()
        if hub.returncode is None:
            hub.terminate()
        assert await hub.wait() in (0, -9)
    assert not kills
    assert refused == []
    assert watch.refused == []
    assert len(issued) == len(set(issued)) == TICKETS
    assert len(set(delivered)) == TICKETS
    assert sorted(row[0] for row in rows(tmp_path, "select id from tickets")) == sorted(issued)
    tasks = rows(tmp_path, "select id, customer, state, holder from tasks")
    assert Counter(row[1] for row in tasks) == Counter(f"c-{n:04d}" for n in range(TICKETS))
    assert {row[2:] for row in tasks} == {("held", "ada")}
    assert {row[0] for row in tasks} == set(watch.states)
    claims = Counter(row[0] for row in rows(tmp_path, "select task from visit_log where kind = 'claimed'"))
    assert claims == Counter(row[0] for row in tasks), "every task claimed once"
    assert rows(tmp_path, "select device, branch, change from binding_audit") == [("watch-ada", "main", "bound")]
