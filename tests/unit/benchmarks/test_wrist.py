"""One short run of the whole benchmark, with real processes: it must find every alert, and say so in its figures."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.ledger import Ledger
from benchmarks.wire import Target
from benchmarks.wrist import holds


def _outcome_of(*, alerts: int, at: float) -> bool:
    ledger = Ledger(Target.HUB, rate=1.0, started=0.0)
    ledger.expect(2)
    for slot in range(alerts):
        ledger.alerted(0, slot, at)
    ledger.acked(0)
    return holds(ledger.outcome())


@pytest.mark.parametrize(("alerts", "at", "held"), [(2, 0.4, True), (1, 0.4, False), (2, 0.7, False), (2, 1.5, False)])
def test_a_rate_holds_only_when_all_came_in_time(alerts: int, at: float, held: bool) -> None:
    assert _outcome_of(alerts=alerts, at=at) is held


def test_a_short_run_through_the_real_hub(tmp_path: Path) -> None:
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks", "wrist", "--json", "--keep", str(tmp_path), "--rate", "20"),
            *("--seconds", "1", "--devices", "6", "--branches", "2", "--heartbeat-s", "1"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    report = json.loads(ran.stdout)
    assert (report["lost"], report["duplicated"], report["unacked"], report["refused"], report["stream_gaps"]) == (
        0,
    ) * 5
    assert report["tickets"] == 20  # two rounds of half a second
    assert (report["devices"], report["branches"], report["run"]["fan_out"]) == (6, 2, 3.0)
    assert 0 < report["bare_p50_ms"] <= report["bare_p99_ms"]
    assert report["p50_ms"] <= report["p99_ms"]
    assert report["ratio_p99"] == pytest.approx(report["p99_ms"] / report["bare_p99_ms"], rel=0.05)
    assert report["rss_mb"] > 20
    assert report["commits_a_second"] > 0
    assert report["rate_max"] is None
    assert report["receipts"] == 20 * 3, "every alert of the compared loads was counted by the hub"
    assert 0 < report["receipt_delivered_p50_ms"] <= report["receipt_delivered_p95_ms"] < report["p99_ms"] + 1000
    assert report["receipt_within_ms"] > 0


def test_more_branches_than_watches_is_refused() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", "wrist", "--devices", "1", "--branches", "2"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.returncode == 2
    assert "1 devices in 2 branches" in ran.stderr
