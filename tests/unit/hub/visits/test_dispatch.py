"""Who is offered a task, and who next (W-06)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.kernel import PolicyKind
from hub.visits.dispatch import EVERYONE, STEPS, Candidate, Offer, dispatch
from hub.visits.model import Step

pytestmark = pytest.mark.req("W-06")

ADVISORS = ("ada", "ben", "cho", "dov")
TEAM = (
    Candidate(device="watch-ada", advisor="ada", load=2),
    Candidate(device="band-ada", advisor="ada", load=2),
    Candidate(device="watch-ben", advisor="ben", load=0, skilled=False),
    Candidate(device="watch-cho", advisor="cho", load=1),
    Candidate(device="watch-dov", advisor="dov", load=1),
)


@st.composite
def teams(draw: st.DrawFn) -> list[Candidate]:
    team = []
    for advisor in draw(st.lists(st.sampled_from(ADVISORS), unique=True)):
        load, skilled = draw(st.integers(0, 5)), draw(st.booleans())
        for number in range(draw(st.integers(1, 2))):
            team.append(Candidate(device=f"d{number}-{advisor}", advisor=advisor, load=load, skilled=skilled))
    return team


def everyone_but(passed: set[str]) -> tuple[str, ...]:
    return tuple(c.device for c in TEAM if c.advisor not in passed)


def test_broadcast_goes_to_all_at_once_then_to_the_manager() -> None:
    first = dispatch(PolicyKind.BROADCAST, TEAM, owner="ada", passed=())
    assert first == Offer(Step.ALL, everyone_but(set()))
    assert dispatch(PolicyKind.BROADCAST, TEAM, owner=None, passed=(), after=Step.ALL).step is Step.MANAGER


def test_relationship_asks_the_owner_first_on_all_their_devices() -> None:
    offer = dispatch(PolicyKind.RELATIONSHIP, TEAM, owner="ada", passed=())
    assert offer == Offer(Step.FIRST, ("watch-ada", "band-ada"))


@pytest.mark.parametrize("owner", [None, "nobody-here"])
def test_relationship_without_the_owner_goes_on_to_the_least_busy_skilled(owner: str | None) -> None:
    assert dispatch(PolicyKind.RELATIONSHIP, TEAM, owner=owner, passed=()) == Offer(Step.NEXT, ("watch-cho",))


def test_an_owner_without_the_skill_is_still_the_first() -> None:
    assert dispatch(PolicyKind.RELATIONSHIP, TEAM, owner="ben", passed=()) == Offer(Step.FIRST, ("watch-ben",))


def test_balanced_picks_the_least_busy_with_the_skill() -> None:
    assert dispatch(PolicyKind.BALANCED, TEAM, owner="ada", passed=()) == Offer(Step.FIRST, ("watch-cho",))


def test_who_was_asked_and_did_not_answer_is_not_the_next() -> None:
    offer = dispatch(PolicyKind.BALANCED, TEAM, owner=None, passed=(), asked={"cho"}, after=Step.FIRST)
    assert offer == Offer(Step.NEXT, ("watch-dov",))
    offer = dispatch(PolicyKind.RELATIONSHIP, TEAM[:2], owner="ada", passed=(), asked={"ada"}, after=Step.FIRST)
    assert offer == Offer(Step.ALL, ("watch-ada", "band-ada")), "nobody else is here: then all, and ada again"


@pytest.mark.parametrize("policy", [PolicyKind.BALANCED, PolicyKind.RELATIONSHIP])
def test_it_escalates_first_next_all_manager_and_stays_there(policy: PolicyKind) -> None:
    steps: list[Step] = []
    after: Step | None = None
    asked: set[str] = set()
    for _ in range(6):
        offer = dispatch(policy, TEAM, owner="ada", passed=(), asked=asked, after=after)
        steps.append(offer.step)
        asked = {c.advisor for c in TEAM if c.device in offer.audience}
        after = offer.step
    assert steps == [Step.FIRST, Step.NEXT, Step.ALL, Step.MANAGER, Step.MANAGER, Step.MANAGER]


@pytest.mark.parametrize("policy", PolicyKind)
def test_with_nobody_bound_the_task_waits_for_whoever_comes(policy: PolicyKind) -> None:
    assert dispatch(policy, (), owner="ada", passed=()) == Offer(Step.ALL, ())
    assert dispatch(policy, (), owner="ada", passed=(), after=Step.ALL) == Offer(Step.MANAGER, ())


@given(
    policy=st.sampled_from(PolicyKind),
    team=teams(),
    owner=st.none() | st.sampled_from(ADVISORS),
    passed=st.sets(st.sampled_from(ADVISORS)),
    asked=st.sets(st.sampled_from(ADVISORS)),
    after=st.none() | st.sampled_from(Step),
)
def test_dispatch_in_general(
    policy: PolicyKind,
    team: list[Candidate],
    owner: str | None,
    passed: set[str],
    asked: set[str],
    after: Step | None,
) -> None:
    offer = dispatch(policy, team, owner=owner, passed=passed, asked=asked, after=after)
    by_device = {c.device: c for c in team}
    chosen = {by_device[device].advisor for device in offer.audience}
    assert len(set(offer.audience)) == len(offer.audience)
    assert not chosen & passed
    steps = STEPS[policy]
    assert offer.step in steps
    if after in steps:
        assert steps.index(offer.step) >= min(steps.index(after) + 1, len(steps) - 1), "never back"
    if offer.step in EVERYONE:
        assert chosen == {c.advisor for c in team} - passed
    else:
        assert len(chosen) == 1
        assert not chosen & asked
        assert set(offer.audience) == {c.device for c in team if c.advisor in chosen}
        one = by_device[offer.audience[0]]
        if policy is PolicyKind.RELATIONSHIP and offer.step is Step.FIRST:
            assert one.advisor == owner
        else:
            rivals = [c for c in team if c.skilled and c.advisor not in passed | asked]
            assert one.skilled
            assert one.load == min(c.load for c in rivals)
