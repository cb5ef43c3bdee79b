"""The kiosk's benchmark: a short run takes real tickets, and its figures fit together."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.kiosk import measured


@pytest.mark.req("K-03", "K-13")
async def test_a_short_run_takes_and_prints_tickets(tmp_path: Path) -> None:
    report = await measured(tmp_path, 200)
    assert report.tickets == 200
    assert 0 < report.to_number_p50_ms <= report.to_number_p95_ms
    assert report.to_number_p50_ms < report.to_paper_p50_ms <= report.to_paper_p95_ms
    assert report.bare_p50_ms > 0
    assert report.resident_mb > 20
