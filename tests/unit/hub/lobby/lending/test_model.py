"""The rules of lent bands: who may have what, what is told of a place, how an interval becomes minutes."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import ErrorCode, Refusal
from contracts.fields import DeviceKind, Language
from contracts.lending import LentStage
from hub.kernel import BoundDevice, Device
from hub.lobby.lending.model import (
    COARSE_FROM_MIN,
    STAGES,
    BandCard,
    Lending,
    called,
    is_lent_by,
    lent,
    may_bind,
    may_lend,
    noticed,
    stage_of,
    whole_minutes,
)
from hub.lobby.model import Ticket, TicketState
from hub.lobby.queue.estimate import Estimate
from hub.lobby.queue.places import Place, Stage

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BAND = Device(name="band-1", kind=DeviceKind.BAND, branch="main")
TICKET = Ticket(
    id="ticket-0001",
    branch="main",
    day=NINE.date(),
    number="A017",
    business="advice",
    state=TicketState.WAITING,
    taken_at=NINE,
    kiosk="kiosk-1",
    booked=False,
    customer="c-1",
    language=Language.KO,
)
LENDING = Lending(
    id="lending-0001",
    device="band-1",
    branch="main",
    ticket=TICKET.id,
    number="A017",
    language=Language.KO,
    since=NINE,
)
ESTIMATE = Estimate(service="A", ticket=TICKET.id, ahead=3, p10_s=301.0, p50_s=400.0, p90_s=599.0)


def place(stage: Stage, counter: str | None = None) -> Place:
    return Place(
        ticket=TICKET.id, services=("A",), arrived=0, since=0, key=0, order=0, entered=0, stage=stage, counter=counter
    )


def test_every_place_has_a_stage_and_nobodys_is_over() -> None:
    assert STAGES.keys() == set(Stage)
    assert stage_of(None) is LentStage.OVER


@pytest.mark.req("K-06")
@given(
    device=st.sampled_from(
        [
            None,
            BAND,
            Device(name="band-1", kind=DeviceKind.KIOSK, branch="main"),
            *(
                Device(name="band-1", kind=kind, branch=branch, advisor=advisor)
                for kind in (DeviceKind.BAND, DeviceKind.WATCH)
                for branch in ("main", "yard", None)
                for advisor in ("ada", None)
            ),
        ]
    ),
    bound=st.booleans(),
    device_lent=st.booleans(),
    ticket_lent=st.booleans(),
    stage=st.sampled_from([None, *Stage]),
)
def test_lent_is_only_a_free_wearable_of_the_branch_to_one_who_is_still_to_be_served(
    device: Device | None, bound: bool, device_lent: bool, ticket_lent: bool, stage: Stage | None
) -> None:
    refusal = may_lend(
        "band-1",
        device,
        "main",
        bound=BoundDevice(device="band-1", advisor="ada", branch="main", since=NINE) if bound else None,
        device_lent=LENDING if device_lent else None,
        ticket=None if stage is None else TICKET,
        place=None if stage is None else place(stage),
        ticket_lent=LENDING if ticket_lent else None,
    )
    ours = device is not None and is_lent_by(device, "main")
    waits = stage is not None and STAGES[stage] is not LentStage.OVER
    assert (refusal is None) == (ours and waits and not bound and not device_lent and not ticket_lent)
    if refusal is not None:
        assert refusal.detail
        assert not refusal.code.retryable


def test_only_what_nobody_has_is_bound() -> None:
    assert may_bind("band-1", None) is None
    refusal = may_bind("band-1", LENDING)
    assert isinstance(refusal, Refusal)
    assert refusal.code is ErrorCode.DEVICE_TAKEN
    assert "A017" in refusal.detail
    assert "take it back" in refusal.detail


@given(calls=st.lists(st.integers(min_value=0, max_value=6), max_size=30))
def test_felt_only_grows_and_never_beyond_what_was_called(calls: list[int]) -> None:
    """0: called; any other number: the customer taps that call, perhaps long ago or never made."""
    lending = LENDING
    for step in calls:
        before = lending
        lending = called(lending) if step == 0 else noticed(lending, step)
        assert before.felt <= lending.felt <= lending.call
        if step:
            assert lending.call == before.call
            assert lending.felt == (step if before.felt < step <= before.call else before.felt)
        else:
            assert (lending.call, lending.felt) == (before.call + 1, before.felt)
            assert not BandCard(device="band-1", kind=DeviceKind.BAND, in_reach=True, lending=lending).noticed


@given(stage=st.sampled_from(list(Stage)), counter=st.sampled_from([None, "3"]), known=st.booleans())
def test_of_others_only_who_waits_is_told_and_a_counter_only_who_is_to_be_there(
    stage: Stage, counter: str | None, known: bool
) -> None:
    told = lent(LENDING, place(stage, counter), ESTIMATE if known else None)
    assert (told.lending, told.number, told.language) == (LENDING.id, "A017", Language.KO)
    assert told.stage is STAGES[stage]
    waits = told.stage is LentStage.WAITING and known
    assert (told.ahead, told.low_min, told.high_min) == ((3, 5, 10) if waits else (None, None, None))
    assert told.counter == (counter if told.stage in {LentStage.CALLED, LentStage.SERVING} else None)
    assert "c-1" not in msgspec.json.encode(told).decode(), "nothing says who the customer is"


@given(low_s=st.floats(min_value=-1, max_value=90_000), more_s=st.floats(min_value=0, max_value=90_000))
def test_minutes_are_never_narrower_than_what_was_meant(low_s: float, more_s: float) -> None:
    high_s = low_s + more_s
    low, high = whole_minutes(low_s, high_s)
    assert low is not None
    assert high is not None
    assert 0 <= low <= high
    assert 60 * low <= max(0.0, low_s)
    assert 60 * high >= high_s
    assert high - max(0.0, high_s) / 60 < (5 if high > COARSE_FROM_MIN else 1) + 1e-9 or high == low


def test_what_nobody_can_tell_is_not_told() -> None:
    assert whole_minutes(None, 60.0) == (None, None)
    assert whole_minutes(60.0, None) == (None, None)
