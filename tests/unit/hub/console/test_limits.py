"""Token buckets by name, and sessions that end."""

from __future__ import annotations

import itertools

import pytest

from hub.console.limits import Limit
from hub.console.sessions import IDLE_S, OLDEST_S, SESSIONS_MOST, Sessions
from tests.unit.hub.rig import HandClock

pytestmark = pytest.mark.req("K-06")


def sessions(clock: HandClock) -> Sessions:
    numbers = itertools.count(1)
    return Sessions(clock, lambda: f"cookie-{next(numbers)}")


def test_a_burst_then_one_after_the_other() -> None:
    clock = HandClock()
    limit = Limit(clock, per_minute=6, burst=3)
    assert [limit.take("a") for _ in range(4)] == [0, 0, 0, 10]
    assert limit.take("b") == 0
    clock.advance(4)
    assert limit.take("a") == pytest.approx(6)
    clock.advance(6.01)
    assert limit.take("a") == 0
    clock.advance(3600)
    assert [limit.take("a") for _ in range(4)][3] > 0, "it saves up more than a burst"


def test_looking_takes_nothing() -> None:
    limit = Limit(HandClock(), per_minute=6, burst=1)
    assert limit.spent("a") == limit.spent("a") == 0
    limit.take("a")
    assert limit.spent("a") == limit.take("a") == 10


def test_names_without_end_are_forgotten_the_unused_first() -> None:
    limit = Limit(HandClock(), per_minute=6, burst=1, most=2)
    for name in ("a", "b", "a", "c"):
        limit.take(name)
    assert limit.spent("a") > 0
    assert limit.spent("b") == 0, "kept longer than the one that was used after it"


def test_a_session_lives_by_use_and_not_for_ever() -> None:
    clock = HandClock()
    known = sessions(clock)
    cookie = known.open()
    for _ in range(3):
        clock.advance(IDLE_S - 1)
        assert known.alive(cookie)
    clock.advance(IDLE_S)
    assert not known.alive(cookie)
    old = known.open()
    for _ in range(int(OLDEST_S // (IDLE_S / 2)) - 1):
        clock.advance(IDLE_S / 2)
        assert known.alive(old)
    clock.advance(IDLE_S / 2)
    assert not known.alive(old)


def test_a_closed_or_made_up_session_is_none() -> None:
    known = sessions(HandClock())
    cookie = known.open()
    assert known.alive(cookie)
    known.close(cookie)
    assert not known.alive(cookie)
    assert not known.alive("cookie-99")


def test_of_too_many_sessions_the_one_unused_longest_ends() -> None:
    clock = HandClock()
    known = sessions(clock)
    cookies = []
    for _ in range(SESSIONS_MOST):
        cookies.append(known.open())
        clock.advance(0.001)
    assert known.alive(cookies[0])
    known.open()
    assert known.alive(cookies[0])
    assert not known.alive(cookies[1])


def test_a_form_belongs_to_its_session() -> None:
    known = sessions(HandClock())
    one, other = known.open(), known.open()
    assert known.is_form_token(one, known.form_token(one))
    assert not known.is_form_token(one, known.form_token(other))
    assert not known.is_form_token(one, "")
    assert not known.is_form_token(one, "ü")
    assert one not in known.form_token(one)
