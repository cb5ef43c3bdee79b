"""Pages about a customer blank by themselves (W-09)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.core.acts import WristState
from device_agent.core.conditions import Conditions, Wrist
from device_agent.core.lock import LockState
from device_agent.core.private import Privacy

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)

seconds = st.floats(-100_000, 100_000)
states = st.builds(
    lambda wrist, locked: WristState(conditions=Conditions(wrist=wrist), lock=LockState(locked=locked)),
    st.sampled_from(Wrist),
    st.booleans(),
)


@pytest.mark.req("W-09")
@pytest.mark.parametrize(("after_s", "blank"), [(0.0, False), (14.999, False), (15.0, True), (3600.0, True)])
def test_blank_fifteen_seconds_after_the_last_touch(after_s: float, blank: bool) -> None:
    assert Privacy(NOW).blank(WristState(), NOW + after_s * SECOND) is blank


@pytest.mark.req("W-09")
@pytest.mark.parametrize(
    "state",
    [
        WristState(conditions=Conditions(wrist=Wrist.DOWN)),
        WristState(conditions=Conditions(wrist=Wrist.OFF)),
        WristState(lock=LockState(locked=True)),
    ],
)
def test_blank_at_once_when_the_wrist_drops_is_off_or_the_device_locks(state: WristState) -> None:
    privacy = Privacy(NOW)
    assert privacy.blank(state, NOW)
    privacy = privacy.after(state, NOW)
    assert privacy.blank(WristState(), NOW + SECOND), "the raised wrist may be another's"
    assert not Privacy(NOW + 2 * SECOND).blank(WristState(), NOW + 2 * SECOND)


def test_blank_before_the_first_touch() -> None:
    assert Privacy().blank(WristState(), NOW)
    assert Privacy().next_change(NOW) is None


@given(seconds)
def test_the_timer_comes_when_it_blanks_and_not_before(passed: float) -> None:
    privacy, now = Privacy(NOW), NOW + passed * SECOND
    change = privacy.next_change(now)
    assert (change is None) == privacy.blank(WristState(), now)
    if change is not None:
        assert change > now
        assert not privacy.blank(WristState(), change - timedelta(microseconds=1))
        assert privacy.blank(WristState(), change)
        assert privacy.next_change(change) is None


@given(st.lists(st.tuples(states, seconds), max_size=20))
def test_no_time_and_no_clock_opens_what_was_blank(looks: list[tuple[WristState, float]]) -> None:
    privacy, was_blank = Privacy(NOW), False
    for state, passed in looks:
        blank = privacy.blank(state, NOW + passed * SECOND)
        privacy = privacy.after(state, NOW + passed * SECOND)
        assert blank or not was_blank
        was_blank = blank
