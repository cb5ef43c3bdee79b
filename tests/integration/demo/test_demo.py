"""The demo as its user starts it: real processes, real MQTT, both brokers, both banks."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.peers import Mosquitto

TIMEOUT_S = 120


def play(*arguments: str) -> tuple[int, list[dict[str, object]], str]:
    run = subprocess.run(
        [sys.executable, "-m", "runtime.cli", "demo", "--once", "--headless", "--json", *arguments],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    return run.returncode, [json.loads(line) for line in run.stdout.splitlines()], run.stderr


def check_complete(code: int, lines: list[dict[str, object]], stderr: str, *, customers: int, data: str) -> None:
    assert code == 0, (stderr, lines[-5:])
    summary = lines[-1]
    assert summary["event"] == "summary"
    assert summary["data"] == data
    for key in ("tickets", "tasks", "alerted", "claimed", "feedback"):
        assert summary[key] == customers, (key, summary)
    assert (summary["lost"], summary["duplicated"]) == (0, 0)
    called = summary["called"]
    assert isinstance(called, int)
    assert 1 <= called <= customers
    assert summary["booked"] == summary["checked_in"] == (customers + 2) // 4
    assert summary["lent"] == 1, "one customer does not hear"
    assert summary["felt"] in (0, 1), "and is called once, unless the talk was over before"
    for share in ("hit_at_3", "match_score_mean"):
        value = summary[share]
        assert isinstance(value, float)
        assert 0.0 <= value <= 1.0


@pytest.mark.req("W-06", "W-14", "W-15", "K-04")
def test_a_morning_of_real_customers(usher_data: Path) -> None:
    code, lines, stderr = play("--customers", "6", "--gap", "0.1", "--data", "coil2000")
    check_complete(code, lines, stderr, customers=6, data="coil2000")
    assert "real customers" in str(lines[0]["text"])


def test_a_morning_without_data_says_so_in_its_first_line_and_keep_leaves_databases_and_logs(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    code, lines, stderr = play("--customers", "4", "--gap", "0.1", "--data", "simbank", "--keep", str(folder))
    check_complete(code, lines, stderr, customers=4, data="simbank")
    assert "bank simulator" in str(lines[0]["text"])
    assert (folder / "hub" / "hub.sqlite").exists()
    logs = "".join(path.read_text("utf-8") for path in folder.glob("*.log"))
    assert "hub_connected" in logs


def test_a_morning_over_a_broker_of_ones_own(mosquitto_broker: Mosquitto) -> None:
    code, lines, stderr = play(
        "--customers", "4", "--gap", "0.1", "--data", "simbank", "--broker", mosquitto_broker.url
    )
    check_complete(code, lines, stderr, customers=4, data="simbank")


def test_a_broker_that_does_not_answer_is_said_at_once(free_port: int) -> None:
    code, lines, stderr = play("--customers", "1", "--broker", f"mqtt://127.0.0.1:{free_port}")
    assert code == 1
    assert f"no broker answers at 127.0.0.1:{free_port}" in stderr
    assert len(lines) <= 1


def test_a_broker_url_that_is_none_is_an_error_and_not_a_hang() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "firmware_sim.fleet", "--once", "--headless", "--broker", "mqtt://nowhere:x"],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert run.returncode == 1
    assert "the hub did not get ready" in run.stderr
