"""A task's states: the table is complete, every other change is refused, and of N claims one wins."""

from datetime import timedelta
from itertools import permutations, product

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contracts import ErrorCode, Refusal
from contracts.visits import Consent
from hub.visits.model import (
    OPEN,
    TRANSITIONS,
    Change,
    Lost,
    Origin,
    State,
    Step,
    Target,
    Task,
    change,
    claim,
    join,
    mask_name,
    release,
    require_holder,
    start_talk,
)
from tests.unit.hub.rig import NINE

DEVICES = ("d1", "d2", "d3", "d4")
ENDED = {State.DONE, State.EXPIRED, State.SERVED, State.CANCELLED}


def a_task(state: State = State.OFFERED, holder: str | None = None) -> Task:
    until = NINE + timedelta(seconds=600)
    return Task(
        id="task-0001",
        branch="main",
        business="advice",
        state=state,
        step=Step.ALL,
        waiting_since=NINE,
        offered_at=NINE,
        expires=until,
        due=until,
        customer="c-1",
        audience=DEVICES if state is State.OFFERED else (),
        offered_to=DEVICES,
        holder=holder,
    )


def advisor_of(device: str) -> str:
    return f"advisor-{device}"


EXPECTED = """
offered claim held
offered expire expired
offered serve served
offered cancel cancelled
held talk talking
held feedback done
held release offered
held expire expired
held serve served
held cancel cancelled
talking feedback done
talking release offered
talking expire expired
"""


def test_the_table_is_the_one_in_the_specification() -> None:
    rows = {(State(a), Change(b)): State(c) for a, b, c in (line.split() for line in EXPECTED.strip().splitlines())}
    assert rows == TRANSITIONS


@pytest.mark.parametrize(("state", "what"), list(product(State, Change)))
def test_every_pair_is_allowed_by_the_table_or_refused(state: State, what: Change) -> None:
    task = a_task(state)
    after = change(task, what, NINE)
    if (state, what) in TRANSITIONS:
        assert isinstance(after, Task)
        assert after.state is TRANSITIONS[state, what]
        assert after.open == (after.state in OPEN)
        assert (after.ended == NINE) == (not after.open)
        assert after.open_key == ("main/c-1" if after.open else None)
        assert after.open or after.audience == ()
    else:
        assert isinstance(after, Refusal)
        assert after.code is ErrorCode.TASK_CLOSED
        assert state.value in after.detail


def test_every_state_is_reached_and_an_ended_task_stays_ended() -> None:
    assert set(TRANSITIONS.values()) | {State.OFFERED} == set(State)
    assert not [state for state, _ in TRANSITIONS if state in ENDED]
    assert set(State) == OPEN | ENDED


class Life(RuleBasedStateMachine):
    """Any sequence of changes, claims and talks by anybody."""

    def __init__(self) -> None:
        super().__init__()
        self.task = a_task()
        self.now = NINE

    @rule(what=st.sampled_from(sorted(set(Change) - {Change.CLAIM, Change.TALK, Change.RELEASE})))
    def changes(self, what: Change) -> None:
        before = self.task
        after = change(before, what, self.now)
        assert isinstance(after, Task) == ((before.state, what) in TRANSITIONS)
        if isinstance(after, Task):
            self.task = after

    @rule(device=st.sampled_from((*DEVICES, "stranger")))
    def claims(self, device: str) -> None:
        before, advisor = self.task, advisor_of(device)
        after = claim(before, device=device, advisor=advisor, held_lifetime_s=60, now=self.now)
        match after:
            case Task():
                assert before.state in OPEN
                assert after.holder == advisor
                assert before.holder in (None, advisor)
                self.task = after
            case Lost():
                assert before.holder not in (None, advisor)
                assert after.holder == before.holder
            case Refusal():
                assert device == "stranger" or before.state in ENDED or device not in before.audience

    @rule(device=st.sampled_from(DEVICES), consent=st.sampled_from(Consent))
    def talks(self, device: str, consent: Consent) -> None:
        before, advisor = self.task, advisor_of(device)
        after = start_talk(before, device=device, advisor=advisor, consent=consent, asked_at=self.now, now=self.now)
        if before.holder == advisor and before.open:
            assert isinstance(after, Task)
            assert (after.consent, after.consent_by, after.consent_at) == (consent, advisor, self.now)
            self.task = after
        else:
            assert isinstance(after, Refusal)

    @rule()
    def releases(self) -> None:
        after = release(self.task, self.now, lifetime_s=60)
        if isinstance(after, Task):
            assert after.expires == self.now + timedelta(seconds=60)
            self.task = msgspec.structs.replace(after, audience=DEVICES)

    @rule()
    def time_passes(self) -> None:
        self.now += timedelta(seconds=1)

    @invariant()
    def who_holds_it_is_known(self) -> None:
        held = self.task.state in (State.HELD, State.TALKING, State.DONE)
        assert not held or self.task.holder is not None
        assert self.task.state is not State.OFFERED or self.task.holder is None
        assert self.task.state is not State.TALKING or self.task.consent is not None
        assert (self.task.ended is None) == self.task.open


TestLife = Life.TestCase


@pytest.mark.req("W-06")
@pytest.mark.parametrize("order", list(permutations(DEVICES)))
def test_of_n_claims_in_any_order_one_wins(order: tuple[str, ...]) -> None:
    task = a_task()
    winners, losers = [], []
    for device in (*order, *order):
        outcome = claim(task, device=device, advisor=advisor_of(device), held_lifetime_s=60, now=NINE)
        match outcome:
            case Task():
                task = msgspec.structs.replace(outcome, audience=())
                winners.append(device)
            case Lost():
                losers.append((device, outcome.holder))
            case Refusal():
                pytest.fail(outcome.detail)
    assert set(winners) == {order[0]}
    assert [holder for _, holder in losers] == [advisor_of(order[0])] * 6
    assert task.due == task.expires == NINE + timedelta(seconds=60)


def test_who_was_asked_earlier_but_is_not_now_cannot_claim_an_offered_task() -> None:
    task = msgspec.structs.replace(a_task(), audience=("d2",))
    outcome = claim(task, device="d1", advisor=advisor_of("d1"), held_lifetime_s=60, now=NINE)
    assert isinstance(outcome, Refusal)
    assert outcome.code is ErrorCode.TASK_NOT_OFFERED


@pytest.mark.parametrize(
    ("task", "device", "code"),
    [
        (a_task(), "stranger", ErrorCode.TASK_NOT_OFFERED),
        (a_task(), "d1", ErrorCode.TASK_NOT_HELD),
        (a_task(State.HELD, "advisor-d2"), "d1", ErrorCode.TASK_NOT_HELD),
        (a_task(State.DONE, "advisor-d1"), "d1", ErrorCode.TASK_CLOSED),
        (a_task(State.EXPIRED), "d1", ErrorCode.TASK_CLOSED),
        (a_task(State.HELD, "advisor-d1"), "d1", None),
        (a_task(State.TALKING, "advisor-d1"), "stranger", ErrorCode.TASK_NOT_OFFERED),
    ],
)
def test_only_the_holder_of_an_open_task_may_act_on_it(task: Task, device: str, code: ErrorCode | None) -> None:
    refusal = require_holder(task, device=device, advisor=advisor_of(device))
    assert (refusal.code if refusal else None) is code


@pytest.mark.req("W-03")
def test_a_second_event_adds_to_the_visit() -> None:
    task = msgspec.structs.replace(a_task(), tickets=("t-1",), number="A001")
    by_ticket = Target(
        origin=Origin.TICKET,
        branch="main",
        business="loan",
        at=NINE,
        customer="c-1",
        ticket="t-2",
        number="B002",
        booked=True,
        urgent=True,
    )
    joined = join(task, by_ticket)
    assert (joined.id, joined.tickets, joined.number) == (task.id, ("t-1", "t-2"), "A001")
    assert (joined.business, joined.booked, joined.urgent) == ("loan", True, True)
    assert join(joined, by_ticket) == joined
    by_hand = Target(origin=Origin.BY_HAND, branch="main", business="cash", at=NINE, customer="c-1", named_by="ada")
    assert join(task, by_hand) == task


@pytest.mark.req("W-08")
@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("王小明", "王*明"),
        ("王明", "王*"),
        ("欧阳小明", "欧**明"),
        ("김민지", "김*지"),
        ("Ann Lee", "Ann L."),
        ("Ann Mary Leibowitz", "Ann L."),
        ("Madonna", "M***a"),
        ("Customer 4711", "Customer *11"),
        ("X", "X"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_a_name_is_masked_in_each_script(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@given(st.text(st.characters(exclude_characters="*"), min_size=2))  # a name made of the mask's own sign masks to itself
def test_a_mask_never_shows_a_whole_name_of_two_or_more_characters(name: str) -> None:
    compact = "".join(name.split())
    if len(compact) >= 2 and not (len(name.split()) > 1 and len(name.split()[-1]) <= 2):
        assert compact not in "".join(mask_name(name).split())
