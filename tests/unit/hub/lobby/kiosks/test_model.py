"""What fails at a kiosk is told once it has lasted, and once, however it flickers (K-03, K-13)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.kiosk_health import PartCondition
from hub.lobby.kiosks.model import (
    FAILS_AFTER,
    MENDS_AFTER,
    STANDS_AFTER,
    Grade,
    Seen,
    failing,
    grade_of,
    heard,
    settle,
)
from kiosk.printers.watching import OF_THE_PRINTER

pytestmark = pytest.mark.req("K-03", "K-13")

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
UP, OUT = PartCondition.READY.value, PartCondition.PAPER_OUT.value


def at(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def lived(*changes: tuple[float, str], until: float) -> list[tuple[float, str]]:
    """What is shown, when, of a part whose kiosk says these conditions at these seconds; looked at every second."""
    seen: Seen | None = None
    shown: list[tuple[float, str]] = []
    waiting = list(changes)
    for second in range(int(until) + 1):
        while waiting and waiting[0][0] <= second:
            seen = heard(seen, waiting.pop(0)[1], at(second), at(second))
        if seen is None:
            continue
        before, seen = seen, settle(seen, at(second))
        if before.shown != seen.shown:
            shown.append((second, seen.shown))
    return shown


def test_a_failure_is_shown_once_it_lasts_and_is_gone_once_that_lasts() -> None:
    fails, mends = FAILS_AFTER.total_seconds(), MENDS_AFTER.total_seconds()
    assert lived((0, UP), (5, OUT), (60, UP), until=200) == [(5 + fails, OUT), (60 + mends, UP)]
    assert lived((0, UP), (5, OUT), (5 + fails - 1, UP), until=200) == []
    assert lived((0, UP), (5, OUT), (60, UP), (60 + mends - 1, OUT), until=200) == [(5 + fails, OUT)]
    assert lived((0, OUT), (30, "cover_open"), until=100) == [(fails, OUT), (30 + fails, "cover_open")]


def test_one_that_flickers_is_one_failure() -> None:
    flicker = [(5.0 * turn, OUT if turn % 2 else UP) for turn in range(60)]
    shown = lived(*flicker, (300.0, UP), until=900)
    assert [one for _, one in shown] == [OUT, UP]
    assert shown[0][0] <= 30
    assert shown[1][0] >= 300 + STANDS_AFTER.total_seconds()


def test_it_says_since_when_by_the_kiosks_word_but_not_from_the_future() -> None:
    seen = heard(heard(None, UP, NINE, NINE), OUT, at(-600), at(0))
    assert settle(seen, at(10)).shown_since == at(-600)
    assert settle(heard(None, OUT, at(60), NINE), at(10)).shown_since == NINE


@given(st.lists(st.tuples(st.integers(1, 40), st.sampled_from([UP, OUT, "cover_open", "near_end"])), max_size=40))
def test_what_stays_is_shown_and_nothing_is_shown_that_was_not_said(turns: list[tuple[int, str]]) -> None:
    second, changes = 0, []
    for gap, condition in turns:
        second += gap
        changes.append((float(second), condition))
    shown = lived(*changes, until=second + 400)
    assert {one for _, one in shown} <= {UP, *(condition for _, condition in changes)}
    assert (shown[-1][1] if shown else UP) == (changes[-1][1] if changes else UP)
    assert all(one != other for (_, one), (_, other) in pairwise(shown))


def test_the_worst_comes_first_and_of_a_silent_kiosk_nothing_else_is_known() -> None:
    def shown(condition: str, minute: int) -> Seen:
        return settle(heard(None, condition, at(60 * minute), at(60 * minute)), at(3600))

    parts = {
        ("printer", ""): shown("near_end", 1),
        ("reader", "pcsc"): shown("absent", 3),
        ("disk", ""): shown("full", 2),
        ("camera", ""): shown("ready", 0),
    }
    assert [one.part for one in failing(iter(parts.items()))] == ["disk", "reader", "printer"]
    silent = {**parts, ("link", ""): shown("silent", 4)}
    assert [one.part for one in failing(iter(silent.items()))] == ["link"]


def test_every_trouble_of_a_printer_is_graded_and_what_nobody_knows_is_trouble() -> None:
    assert {trouble.value for trouble in OF_THE_PRINTER} <= {condition.value for condition in PartCondition}
    assert grade_of("paper_out") is grade_of("melted") is Grade.TROUBLE
    assert grade_of("near_end") is Grade.NOTICE
    assert grade_of("starting") is Grade.WELL
