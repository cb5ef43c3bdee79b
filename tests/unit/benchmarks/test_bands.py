"""The benchmark of lent bands: a short run, with the real processes, whose figures fit together."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.bands import measured


@pytest.mark.req("K-06")
async def test_a_short_run_is_felt_once_a_call(tmp_path: Path) -> None:
    report = await measured(tmp_path, 5)
    assert (report.calls, report.felt, report.repeated) == (5, 5, 0)
    assert 0 < report.p50_ms <= report.p95_ms <= report.worst_ms
    assert 0 < report.bare_p50_ms <= report.bare_p95_ms
    assert report.message_bytes > 300
