"""Real processes: bookings of a file, a hub that goes away, a kiosk that is killed, and a customer who checks in."""

from __future__ import annotations

import asyncio
import base64
import csv
import json
import sqlite3
from asyncio.subprocess import Process
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.lobby.bookings.__main__ import main as bookings
from models.commands.remote import HubClient
from tests.peers import free_port
from tests.programs import PATIENCE_S, event, program
from tests.virtual_time import until

pytestmark = pytest.mark.req("K-01", "K-05")

KIOSK = "kiosk-main"
ZONES = ("UTC", "Asia/Seoul")


async def tell(process: Process, **command: str) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(command).encode() + b"\n")
    await process.stdin.drain()


def held(store: Path) -> int:
    """How many bookings the kiosk's store has."""
    try:
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
            return int(connection.execute("select count(*) from booking").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def written(folder: Path) -> bytes:
    """Everything in the processes' logs."""
    return b"".join(path.read_bytes() for path in folder.glob("*.log"))


def in_the_afternoon() -> tuple[str, datetime]:
    """A zone in which it isn't nearly midnight, and a time of its today that has just passed."""
    now = datetime.now(UTC)
    zone = ZONES[0] if 1 <= now.hour < 23 else ZONES[1]
    return zone, now - timedelta(minutes=1)


async def test_a_customer_checks_in_while_the_hub_is_away_at_a_kiosk_that_was_killed(tmp_path: Path) -> None:
    zone, start = in_the_afternoon()
    (tmp_path / "fleet.toml").write_text(
        f'branches = [{{ name = "main", title = "Main Street", time_zone = "{zone}" }}]\n'
        f'devices = [{{ name = "{KIOSK}", kind = "kiosk", branch = "main" }}]\n'
    )
    key, day, codes = tmp_path / "bank.key", tmp_path / "day.csv", tmp_path / "codes.csv"
    key.write_text(f"usher-identity-1 {base64.b64encode(bytes(32)).decode()}\n")
    key.chmod(0o600)
    day.write_text(f"reference,start,business,phone\nB-1,{start.isoformat()},loan,010-1234-5678\n")
    broker, http = str(free_port()), str(free_port())
    hub = ["--data", str(tmp_path / "hub"), "--broker-port", broker, "--http-port", http, "--model", "simbank"]
    hub += ["--provision", str(tmp_path / "fleet.toml")]
    store = tmp_path / "kiosk.sqlite"
    kiosk = ["--device", KIOSK, "--branch", "main", "--broker", f"mqtt://127.0.0.1:{broker}", "--store", str(store)]
    kiosk += ["--timezone", zone, "--script", "-", "--events", "--series", "A"]

    async with program(tmp_path, "hub", *hub) as serving:
        ready = await event(serving, "ready")
        url, token = str(ready["http"]), str(ready["token"])
        words = ["import", str(day), "--branch", "main", "--hub", url, "--token", token]
        words += ["--key", str(key), "--bank", "bank", "--codes", str(codes)]
        imported = await asyncio.to_thread(CliRunner().invoke, bookings, words)
        assert imported.exit_code == 0, imported.output
        async with program(tmp_path, "kiosk", *kiosk) as first:
            await event(first, "online")
            await until(lambda: held(store) == 1, within_s=PATIENCE_S, every_s=0.05, what="the kiosk knows the booking")
            first.kill()
    [line] = csv.DictReader(codes.read_text().splitlines())
    code = line["code"]

    async with program(tmp_path, "kiosk", *kiosk) as second:
        await tell(second, do="check-in", code=code, language="ko", request="r-1")
        ticket = await event(second, "ticket", "refused")
        assert ticket["event"] == "ticket", ticket
        await tell(second, do="check-in", code=code, request="r-2")
        again = await event(second, "ticket", "refused")
        assert (again["event"], again["detail"]) == ("refused", "check-in: checked-in")
        async with program(tmp_path, "hub", *hub) as serving:
            ready = await event(serving, "ready")
            await event(second, "delivered")
            client = HubClient(str(ready["http"]), str(ready["token"]))
            found = json.loads(await asyncio.to_thread(client.call, "GET", "/v1/branches/main/bookings/B-1"))
    assert (found["state"], found["ticket"]) == ("arrived", ticket["ticket"])
    for secret in ("12345678", code.split("-")[1]):
        assert secret.encode() not in written(tmp_path)
