"""The rules of the lock: how many tries, how long to wait, what a clock that was set back changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.core.lock import (
    OPEN,
    TRIES,
    WAITS,
    LockRecord,
    LockState,
    is_pin,
    locked,
    set_right,
    shown,
    taken_off,
    tried,
    wait_after,
    waits,
)

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LONGEST = WAITS[-1]

moments = st.timedeltas(timedelta(days=-2000), timedelta(days=5000)).map(lambda passed: NOW + passed)
records = st.builds(LockRecord, locked=st.booleans(), wrong=st.integers(0, 30), wait_until=st.none() | moments)


def wrong_until(count: int) -> tuple[LockRecord, datetime]:
    """Locked, and this many wrong codes, each as soon as one was taken."""
    record, now = locked(OPEN), NOW
    for _ in range(count):
        record = tried(record, matches=False, now=now)
        if record.wait_until is not None:
            now = record.wait_until
    return record, now


def test_five_tries_then_waiting_times_that_grow_and_stay() -> None:
    record, now, waited = locked(OPEN), NOW, []
    for _ in range(TRIES + 6):
        record = tried(record, matches=False, now=now)
        waited.append(timedelta(0) if record.wait_until is None else record.wait_until - now)
        now = record.wait_until or now
    minute = timedelta(minutes=1)
    assert waited[:4] == [timedelta(0)] * 4
    assert waited[4:] == [minute / 2, minute, 5 * minute, 15 * minute, 15 * minute, 15 * minute, 15 * minute]


def test_what_the_screen_says_on_the_way() -> None:
    record, seen = locked(OPEN), []
    for _ in range(TRIES):
        seen.append(shown(record, has_pin=True, now=NOW).tries_left)
        record = tried(record, matches=False, now=NOW)
    assert seen == [5, 4, 3, 2, 1]
    until = NOW + WAITS[0]
    assert shown(record, has_pin=True, now=NOW) == LockState(locked=True, has_pin=True, tries_left=0, wait_until=until)
    assert shown(record, has_pin=True, now=until) == LockState(locked=True, has_pin=True, tries_left=1)


def test_an_open_lock_says_what_a_new_device_says() -> None:
    assert shown(OPEN, has_pin=False, now=NOW) == LockState()


@given(records, st.booleans(), moments)
def test_while_waiting_even_the_right_code_is_not_taken(record: LockRecord, matches: bool, now: datetime) -> None:
    if waits(record, now):
        assert tried(record, matches=matches, now=now) == record


@given(records, moments)
def test_the_right_code_opens_whenever_one_is_taken_and_forgets_the_wrong_ones(
    record: LockRecord, now: datetime
) -> None:
    after = tried(record, matches=True, now=now)
    assert after == (OPEN if record.locked and not waits(record, now) else record)


@given(records, moments)
def test_a_wrong_code_never_opens(record: LockRecord, now: datetime) -> None:
    after = tried(record, matches=False, now=now)
    assert after.locked == record.locked
    assert after.wrong - record.wrong == int(record.locked and not waits(record, now))


@given(st.integers(0, 60))
def test_waiting_times_never_shrink(wrong: int) -> None:
    none = timedelta(0)
    assert (wait_after(wrong) or none) <= (wait_after(wrong + 1) or none) <= LONGEST


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 400)), max_size=60))
def test_however_one_guesses_no_more_tries_than_the_times_allow(steps: list[tuple[bool, int]]) -> None:
    """``steps``: locked again or a guess, and the seconds that pass before it."""
    record, now, taken = locked(OPEN), NOW, 0
    for again, seconds in steps:
        now += seconds * SECOND
        before = record
        record = locked(record) if again else tried(record, matches=False, now=now)
        taken += record.wrong - before.wrong
        assert record.locked
    earned = sum((wait_after(count) or timedelta(0) for count in range(taken)), timedelta(0))
    assert now - NOW >= earned
    assert taken == record.wrong


@given(records, st.booleans())
def test_off_the_wrist_it_locks_if_and_only_if_there_is_a_code(record: LockRecord, has_pin: bool) -> None:
    after = taken_off(record, has_pin=has_pin)
    assert after.locked == (record.locked or has_pin)
    assert (after.wrong, after.wait_until) == (record.wrong, record.wait_until)


@given(records, moments)
def test_under_any_clock_nobody_waits_longer_than_the_waiting_time(record: LockRecord, now: datetime) -> None:
    after = set_right(record, now)
    assert (after.locked, after.wrong) == (record.locked, record.wrong)
    if after.wait_until is not None:
        assert after.wait_until - now <= (wait_after(record.wrong) or timedelta(0))
    assert set_right(after, now) == after


@pytest.mark.parametrize("count", range(1, TRIES + 6))
def test_a_clock_that_only_goes_on_changes_nothing(count: int) -> None:
    record, now = wrong_until(count)
    begun = now - (wait_after(count) or timedelta(0))
    for part in range(4):
        assert set_right(record, begun + part * (now - begun) / 3) == record


@given(records)
def test_a_record_is_read_back_as_it_was_written(record: LockRecord) -> None:
    assert msgspec.json.decode(msgspec.json.encode(record), type=LockRecord) == record


@given(records, st.booleans(), moments)
def test_the_screen_shows_a_wait_or_tries_never_both(record: LockRecord, has_pin: bool, now: datetime) -> None:
    state = shown(record, has_pin=has_pin, now=now)
    assert 0 <= state.tries_left <= TRIES
    if state.wait_until is not None and record.wrong >= TRIES:
        assert state.tries_left == 0
    if state.wait_until is None:
        assert state.tries_left > 0


@pytest.mark.parametrize(
    ("text", "good"),
    [("0000", True), ("7391", True), ("", False), ("123", False), ("12345", False), ("12a4", False), ("١٢٣٤", False)],
)
def test_the_shape_of_a_code(text: str, good: bool) -> None:
    assert is_pin(text) is good
