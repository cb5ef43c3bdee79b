"""The window's benchmark: its verdict, and one short run with real windows over a real broker."""

from __future__ import annotations

import ctypes.util
import importlib.util
import json
import os
import subprocess
import sys

import msgspec
import pytest

from benchmarks.ui.report import GOALS, Report, spread, with_verdict


def test_a_goal_is_missed_on_its_own_side_only() -> None:
    at_the_edge = msgspec.convert(GOALS, Report)

    assert with_verdict(at_the_edge).missed == ()
    assert with_verdict(Report(draw_p95_ms=20.1, scroll_fps=90.0)).missed == ("draw_p95_ms",)
    assert with_verdict(Report(draw_p95_ms=1.0, scroll_fps=29.9)).missed == ("scroll_fps",)
    assert with_verdict(Report()).missed == ()


def test_the_spread_is_of_the_values_in_order() -> None:
    found = spread([float(value) for value in range(100, 0, -1)])

    assert (found.p50_ms, found.p95_ms) == (51.0, 96.0)
    assert spread([3.0]).p95_ms == 3.0


def test_a_short_run_times_every_alert_of_both_windows() -> None:
    missing = [name for name in ("GL", "EGL") if ctypes.util.find_library(name) is None]
    if missing or importlib.util.find_spec("kivy") is None:
        why = f"no window can be drawn without kivy and {missing}; scripts/bootstrap installs it"
        if os.environ.get("CI"):
            pytest.fail(why, pytrace=False)
        pytest.skip(why)

    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", "ui", "--json", "--part", "alerts", "--alerts", "5", "--shape", "band"],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    report = json.loads(ran.stdout)
    assert (report["alerts"], report["shape"], report["idle_cpu_percent"]) == (5, "band", None)
    assert 0 < report["vibrate_p95_ms"] < report["draw_p95_ms"]
    assert report["ratio_bare"] == pytest.approx(report["draw_p95_ms"] / report["bare_draw_p95_ms"], rel=0.05)
    way = report["way"]
    assert all(0 <= step["p50_ms"] <= step["p95_ms"] for step in way.values())
    assert report["start_s"] > 0
