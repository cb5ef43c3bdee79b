"""The benchmark of touches: one short run on a real window times every touch, of the kiosk and of the bare page."""

from __future__ import annotations

import ctypes.util
import importlib.util
import itertools
import json
import os
import subprocess
import sys

import pytest

from benchmarks.ui.touch import steps
from contracts.fields import Language


def test_the_visits_go_through_every_language_and_end_where_they_began() -> None:
    taken = list(itertools.islice(steps(), 36))
    assert [name for name, leads_to in taken if name in {each.value for each in Language}] == ["en", "zh", "ko"]
    assert [place for place, (_, leads_to) in enumerate(taken) if leads_to == "start"] == [11, 23, 35]


@pytest.mark.req("K-02")
def test_a_short_run_times_every_touch() -> None:
    missing = [name for name in ("GL", "EGL") if ctypes.util.find_library(name) is None]
    if missing or importlib.util.find_spec("kivy") is None:
        why = f"no window can be drawn without kivy and {missing}; scripts/bootstrap installs it"
        if os.environ.get("CI"):
            pytest.fail(why, pytrace=False)
        pytest.skip(why)
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", "touch", "--json", "--touches", "12", "--size", "540", "960"],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    report = json.loads(ran.stdout)
    assert report["size"] == [540, 960]
    assert (report["press"]["count"], report["page"]["count"], report["typed"]["count"]) == (12, 9, 3)
    assert report["bare_page"]["count"] == report["bare_press"]["count"] == 3
    for name in ("press", "page", "typed", "bare_press", "bare_page"):
        assert 0 < report[name]["p50_ms"] <= report[name]["p95_ms"] <= report[name]["max_ms"]
    assert set(report["slowest"]) == {"card", "phone", "business", "search", "confirm", "ticket", "start"}
