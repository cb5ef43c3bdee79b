"""Tickets: the business day in any time zone, who may issue what, and their states."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import ErrorCode, Refusal
from contracts.fields import DeviceKind, Language
from contracts.tickets import TicketTaken
from hub.kernel import Branch, Device
from hub.lobby.model import TRANSITIONS, Ticket, TicketChange, TicketState, accept, business_day, change
from tests.unit.hub.rig import NINE

KIOSK = Device(name="kiosk-1", kind=DeviceKind.KIOSK, branch="main")
BUSINESSES = frozenset({"cash", "advice"})


def branch(zone: str) -> Branch:
    return Branch(name="main", title="Main", time_zone=zone)


def taken(*, branch: str = "main", business: str = "cash") -> TicketTaken:
    return TicketTaken(
        ticket="ticket-0001",
        branch=branch,
        number="A001",
        service_class="A",
        business=business,
        language=Language.EN,
    )


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("UTC", "2026-03-02T23:59:59.999999+00:00", date(2026, 3, 2)),
        ("UTC", "2026-03-03T00:00:00+00:00", date(2026, 3, 3)),
        ("Asia/Seoul", "2026-03-02T14:59:59+00:00", date(2026, 3, 2)),
        ("Asia/Seoul", "2026-03-02T15:00:00+00:00", date(2026, 3, 3)),
        ("America/New_York", "2026-03-08T04:59:59+00:00", date(2026, 3, 7)),  # the night the clocks go forward
        ("America/New_York", "2026-03-08T05:00:00+00:00", date(2026, 3, 8)),
        ("America/New_York", "2026-03-09T03:59:59+00:00", date(2026, 3, 8)),  # a day of 23 hours
        ("America/New_York", "2026-03-09T04:00:00+00:00", date(2026, 3, 9)),
        ("Europe/Berlin", "2026-10-24T22:00:00+00:00", date(2026, 10, 25)),  # a day of 25 hours
        ("Europe/Berlin", "2026-10-25T22:59:59+00:00", date(2026, 10, 25)),
        ("Europe/Berlin", "2026-10-25T23:00:00+00:00", date(2026, 10, 26)),
        ("Pacific/Kiritimati", "2026-03-02T10:00:00+00:00", date(2026, 3, 3)),
        ("Asia/Kathmandu", "2026-03-02T18:15:00+00:00", date(2026, 3, 3)),
    ],
)
def test_the_business_day_begins_at_the_branchs_own_midnight(zone: str, moment: str, day: date) -> None:
    assert business_day(branch(zone), datetime.fromisoformat(moment)) == day


@given(
    zone=st.sampled_from(sorted(available_timezones() - {"localtime"})),
    minutes=st.integers(0, 50 * 365 * 24 * 60),
    offset_h=st.integers(-12, 14),
)
def test_the_day_is_of_the_moment_not_of_how_it_is_written(zone: str, minutes: int, offset_h: int) -> None:
    moment = datetime(1990, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    day = business_day(branch(zone), moment)
    assert day == moment.astimezone(ZoneInfo(zone)).date()
    written = moment.astimezone(ZoneInfo(f"Etc/GMT{offset_h:+d}" if -14 <= offset_h <= 12 else "UTC"))
    assert business_day(branch(zone), written) == day
    assert abs(day - moment.date()) <= timedelta(days=1)


@pytest.mark.req("W-03")
def test_a_kiosk_issues_tickets_of_its_own_branch_for_known_businesses() -> None:
    ticket = accept(taken(), KIOSK, branch("Asia/Seoul"), NINE, BUSINESSES)
    assert isinstance(ticket, Ticket)
    assert (ticket.state, ticket.day, ticket.kiosk) == (TicketState.WAITING, date(2026, 3, 2), "kiosk-1")


def test_another_branch_or_an_unknown_business_is_refused_saying_what_is_allowed() -> None:
    elsewhere = accept(taken(branch="river"), KIOSK, branch("UTC"), NINE, BUSINESSES)
    assert isinstance(elsewhere, Refusal)
    assert elsewhere.code is ErrorCode.BRANCH_NOT_ALLOWED
    unknown = accept(taken(business="magic"), KIOSK, branch("UTC"), NINE, BUSINESSES)
    assert isinstance(unknown, Refusal)
    assert unknown.code is ErrorCode.UNKNOWN_BUSINESS
    assert "advice, cash" in unknown.detail


@pytest.mark.parametrize(("state", "what"), list(product(TicketState, TicketChange)))
def test_every_pair_is_allowed_by_the_table_or_refused(state: TicketState, what: TicketChange) -> None:
    ticket = accept(taken(), KIOSK, branch("UTC"), NINE, BUSINESSES)
    assert isinstance(ticket, Ticket)
    for way in TicketChange:
        if TRANSITIONS.get((TicketState.WAITING, way)) is state:
            moved = change(ticket, way, NINE)
            assert isinstance(moved, Ticket)
            ticket = moved
    after = change(ticket, what, NINE)
    expected = TRANSITIONS.get((state, what))
    if expected is not None:
        assert isinstance(after, Ticket)
        assert (after.state, after.ended) == (expected, None if expected is TicketState.WAITING else NINE)
    else:
        assert isinstance(after, Refusal)
        assert after.code is ErrorCode.TASK_CLOSED
