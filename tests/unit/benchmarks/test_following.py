"""The benchmark from text to plan runs the real agent: what it says of a talk is what the talk did."""

from __future__ import annotations

import pytest

from benchmarks.talk.following import plan_latency


@pytest.mark.req("W-12")
def test_a_talk_of_some_lines_moves_the_plan_and_every_figure_is_there() -> None:
    figures = plan_latency(12)
    assert figures.n == 12
    assert figures.moved > 0, "a talk in which nothing moves measures nothing"
    assert figures.understand_p50_ms > 0
    assert 0 < figures.plan_p50_ms <= figures.plan_p95_ms
    assert figures.ratio_commit == pytest.approx(figures.plan_p50_ms / figures.bare_commit_p50_ms, rel=0.01)
