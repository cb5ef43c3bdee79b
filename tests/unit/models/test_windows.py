"""Time windows: the same numbers as counting by hand, and nothing from the moment of the analysis on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.columns import EventWindow, Measure
from models.customers import Event
from models.errors import FeatureError
from models.windows import EventBatch, WindowSet, window_values
from tests.unit.models.banks import INF, NAN, Seen

pytestmark = pytest.mark.req("W-04")

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TABLES = ("app", "web")
KINDS = ("", "a", "b", "c", "d")
MEASURES: tuple[Measure, ...] = ("count", "sum", "mean", "max", "distinct", "days_since")


def naive(window: EventWindow, events: Sequence[Event], now: datetime) -> float:
    """The window's measure of one customer's events, as its description says."""
    chosen = [
        event
        for event in events
        if event.table == window.table
        and event.at < now
        and (window.days is None or now - event.at <= timedelta(days=window.days))
        and (not window.kinds or event.kind in window.kinds)
    ]
    amounts = [event.amount for event in chosen]
    match window.measure:
        case "count":
            return float(len(chosen))
        case "sum":
            return sum(amounts)
        case "distinct":
            return float(len({event.kind for event in chosen if event.kind}))
        case "mean":
            return sum(amounts) / len(amounts) if amounts else NAN
        case "max":
            return max(amounts, default=NAN)
        case "days_since":
            return min(((now - event.at) / timedelta(days=1) for event in chosen), default=NAN)


lengths = st.none() | st.sampled_from([0.1, 1.0, 7.0, 30.0])
windows = st.builds(
    EventWindow,
    table=st.sampled_from(TABLES),
    measure=st.sampled_from(MEASURES),
    kinds=st.lists(st.sampled_from([*KINDS[1:], "never"]), max_size=3, unique=True).map(tuple),
    days=lengths,
)
ages = st.sampled_from([0, 1, 7, 30]).map(lambda days: timedelta(days=days)) | st.timedeltas(
    timedelta(days=-3), timedelta(days=40)
)
nudges = st.sampled_from([timedelta(), timedelta(microseconds=1), timedelta(microseconds=-1)])
events = st.builds(
    Event,
    table=st.sampled_from(TABLES),
    at=st.builds(lambda age, nudge: NOW - age + nudge, ages, nudges),
    kind=st.sampled_from(KINDS),
    amount=st.integers(-1000, 1_000_000).map(float),
)
KINDLESS = Event("app", NOW - timedelta(days=1))


@given(
    st.lists(windows, min_size=1, max_size=8),
    st.lists(st.lists(events, max_size=12).map(tuple), min_size=1, max_size=5),
)
@example([EventWindow("app", "distinct")], [(KINDLESS,), ()])
@example([EventWindow("app", "distinct")], [(), (KINDLESS,)])
@settings(max_examples=100, deadline=None)
def test_windows_are_what_counting_by_hand_gives(wanted: list[EventWindow], customers: list[tuple[Event, ...]]) -> None:
    seen = [Seen({}, events=one) for one in customers]
    together = WindowSet(wanted).values(seen, NOW)
    by_hand = [[naive(window, one, NOW) for window in wanted] for one in customers]
    np.testing.assert_allclose(together, by_hand, rtol=1e-12, atol=1e-11)
    alone = [WindowSet(wanted).values([one], NOW)[0] for one in seen]
    assert together.tobytes() == np.array(alone).tobytes()
    backwards = WindowSet(wanted).values([Seen({}, events=one[::-1]) for one in customers], NOW)
    np.testing.assert_allclose(together, backwards, rtol=1e-12, atol=1e-11)


@pytest.mark.parametrize(
    ("age", "counts"),
    [
        (timedelta(microseconds=-1), False),
        (timedelta(), False),
        (timedelta(microseconds=1), True),
        (timedelta(days=7), True),
        (timedelta(days=7, microseconds=1), False),
    ],
)
def test_the_edges_of_a_window(age: timedelta, counts: bool) -> None:
    week = WindowSet([EventWindow("app", "count", days=7.0)])
    assert week.values([Seen({}, events=(Event("app", NOW - age),))], NOW).tolist() == [[float(counts)]]


def test_what_happens_later_changes_nothing() -> None:
    every = WindowSet([EventWindow("app", measure, days=days) for measure in MEASURES for days in (7.0, None)])
    before = tuple(Event("app", NOW - timedelta(days=day), "a", 3.0) for day in (1, 6, 20))
    later = tuple(Event("app", NOW + timedelta(days=day), "b", 99.0) for day in (0, 1, 6))
    known, knowing_more = every.values([Seen({}, events=before), Seen({}, events=before + later)], NOW)
    assert known.tobytes() == knowing_more.tobytes()


@pytest.mark.parametrize("amount", [NAN, INF, -INF])
def test_an_amount_that_is_no_number_counts_as_none_and_spoils_no_other_window(amount: float) -> None:
    two = WindowSet([EventWindow("app", "sum", ("a",)), EventWindow("app", "sum", ("b",)), EventWindow("app", "max")])
    day = NOW - timedelta(days=1)
    values = two.values([Seen({}, events=(Event("app", day, "a", amount), Event("app", day, "b", 5.0)))], NOW)
    assert values.tolist() == [[0.0, 5.0, 5.0]]


def test_logs_in_bulk_give_what_the_customers_own_events_give() -> None:
    """Training reads whole logs: ages against each customer's own moment, in any order."""
    rng = np.random.default_rng(0)
    customers, count = 30, 900
    who, days = rng.integers(0, customers, count), rng.integers(-5, 60, count).astype(np.float64)
    kind, amount = rng.integers(-1, 3, count), rng.integers(0, 100, count).astype(np.float64)
    log = EventBatch(who, days, kind, amount, ("a", "b", "c"))
    wanted = [EventWindow("app", measure, kinds, days=30.0) for measure in MEASURES for kinds in ((), ("a", "c"))]
    bulk = window_values(log, wanted, customers)
    seen = [
        Seen(
            {},
            events=tuple(
                Event("app", NOW - timedelta(days=days[at]), ("a", "b", "c", "")[kind[at]], amount[at])
                for at in np.flatnonzero(who == customer).tolist()
            ),
        )
        for customer in range(customers)
    ]
    assert bulk.tobytes() == WindowSet(wanted).values(seen, NOW).tobytes()


def test_without_a_moment_windows_cannot_be_measured() -> None:
    some = WindowSet([EventWindow("app", "count")])
    with pytest.raises(FeatureError, match="say the moment of the analysis"):
        some.values([Seen({})], None)
    assert some.values([], None).shape == (0, 1)


def test_a_set_of_windows_knows_which_kinds_a_log_must_tell_apart() -> None:
    some = WindowSet(
        [
            EventWindow("app", "count", ("b", "a")),
            EventWindow("app", "sum", ("a", "c")),
            EventWindow("web", "distinct"),
        ]
    )
    assert some.tables == ("app", "web")
    assert some.named_kinds("app") == ("a", "b", "c")
    assert (some.counts_kinds("app"), some.counts_kinds("web")) == (False, True)
