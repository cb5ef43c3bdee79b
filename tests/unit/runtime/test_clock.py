from __future__ import annotations

from datetime import UTC, datetime, timedelta

from runtime.clock import CorrectedClock, SystemClock


class Standing:
    """A clock that stands."""

    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 17.0


def test_a_corrected_clock_says_the_true_time_from_then_on() -> None:
    base = Standing()
    clock = CorrectedClock(base)
    assert clock.now() == base.at
    assert clock.correct(base.at + timedelta(hours=1)) == timedelta(hours=1)
    base.at += timedelta(minutes=5)
    assert clock.now() == datetime(2026, 3, 2, 10, 5, tzinfo=UTC)
    assert clock.correct(base.at) == timedelta(hours=-1)
    assert clock.offset == timedelta(0)
    assert clock.monotonic() == 17.0


def test_the_machines_clock_is_in_utc_and_never_goes_back() -> None:
    clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.monotonic() <= clock.monotonic()
