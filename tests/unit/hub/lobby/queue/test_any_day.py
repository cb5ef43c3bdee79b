"""The queue under any order of events: nobody lost, nobody twice, order kept, and waiting bounded by the cap."""

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from contracts import Refusal
from hub.lobby.queue.engine import Queue
from hub.lobby.queue.events import (
    AnyEvent,
    Arrived,
    Called,
    Changed,
    Closing,
    Deferred,
    Promised,
    Transferred,
    Turned,
    apply,
    replay,
)
from hub.lobby.queue.places import (
    COUNTER_STATES,
    STAGES,
    CounterMove,
    CounterPlace,
    CounterState,
    Move,
    Place,
    QueueView,
    Stage,
)
from hub.lobby.queue.rules import CounterRule, CustomerRules, QueueRules
from tests.unit.hub.lobby.queue.small_branch import a_class

RULES = QueueRules(
    classes={"A": a_class(3, "cash", short=True), "B": a_class(20, "loan"), "C": a_class(9, "card")},
    counters={
        "1": CounterRule(classes=("A", "B")),
        "2": CounterRule(classes=("A", "B"), quick=True),
        "3": CounterRule(classes=("B", "C")),
    },
    credits={"elderly": 10, "disability": 15, "booked": 25, "private_banking": 20},
    customers=CustomerRules(segments={"private": "private_banking"}, ages={"elderly": 70}),
)
CAP_S = 60 * RULES.cap_minutes
COUNTERS = st.sampled_from(tuple(RULES.counters))
CLASSES = st.sampled_from(tuple(RULES.classes))
PLAIN = st.sampled_from([move for move in Move if move not in {Move.CALL, Move.DEFER, Move.RELEASE, Move.TRANSFER}])


class AnyDay(RuleBasedStateMachine):
    """Random events, as data; after each, what may never be otherwise is checked."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = Queue(RULES)
        self.now = 0.0
        self.events: list[AnyEvent] = []
        self.tickets = 0
        self.before = self.queue.view()
        for counter in RULES.counters:
            self.happens(Turned(at=self.now, counter=counter, move=CounterMove.OPEN))

    def happens(self, event: AnyEvent) -> Place | CounterPlace | Refusal | None:
        self.before = self.queue.view()
        self.events.append(event)
        answer = apply(self.queue, event)
        if isinstance(answer, Refusal):
            assert stages(self.queue.view()) == stages(self.before) or isinstance(event, Called)
        return answer

    @rule(
        passed=st.integers(0, 1200),
        services=st.lists(CLASSES, min_size=1, max_size=2).map(tuple),
        priorities=st.sets(st.sampled_from(tuple(RULES.credits))).map(sorted).map(tuple),
        segment=st.sampled_from(["", "private", "family"]),
        age=st.sampled_from([None, 30, 70, 88]),
        late=st.sampled_from((0, 0, 600)),
        appointment=st.one_of(st.none(), st.none(), st.integers(-1500, 3000)),
    )
    def arrive(
        self,
        passed: int,
        services: tuple[str, ...],
        priorities: tuple[str, ...],
        segment: str,
        age: int | None,
        late: int,
        appointment: int | None,
    ) -> None:
        self.now += passed
        self.tickets += 1
        event = Arrived(
            at=self.now,
            ticket=f"t{self.tickets}",
            services=services,
            arrived=self.now - late,
            priorities=RULES.priorities((), (*priorities, *RULES.customers.priorities(segment, age))),
            appointment=None if appointment is None else self.now + appointment,
        )
        place = self.happens(event)
        if not isinstance(place, Place):
            assert isinstance(place, Refusal)
            assert self.queue.closes_at is not None
            assert self.now - late >= self.queue.closes_at
            self.tickets -= 1
            return
        assert 0 <= place.since - place.key <= CAP_S

    @rule(counter=COUNTERS, passed=st.integers(0, 300))
    def call(self, counter: str, passed: int) -> None:
        self.now += passed
        called = self.happens(Called(at=self.now, counter=counter))
        if not isinstance(called, Place):
            return
        # Who asked to let others go first, and is back in line by this very call, was not overtaken by it.
        others = [
            place
            for place in self.queue.view().places
            if may_call(counter, place) and not lets_others_go(self.place_before(place.ticket))
        ]
        for other in others:
            assert called.since <= other.since + CAP_S, "overtaken by somebody who came more than the cap later"
            if may_call(counter, self.place_before(called.ticket)):
                assert (called.key, called.order) < (other.key, other.order)

    @rule(counter=COUNTERS)
    def call_when_nobody_waits(self, counter: str) -> None:
        called = self.happens(Called(at=self.now, counter=counter))
        if called is None:
            assert not [place for place in self.queue.view().places if may_call(counter, place)]
        elif isinstance(called, Place) and self.place_before(called.ticket).hold is not None:
            hold = self.place_before(called.ticket).hold
            assert hold is not None
            assert hold.soft or (hold.until is not None and hold.until <= self.now)

    @rule(number=st.integers(1, 12), counter=COUNTERS)
    def pick(self, number: int, counter: str) -> None:
        called = self.happens(Called(at=self.now, counter=counter, ticket=f"t{number}"))
        assert called is not None
        assert isinstance(called, Refusal) or called == self.queue.place(f"t{number}")

    @rule(number=st.integers(1, 12), move=PLAIN)
    def change(self, number: int, move: Move) -> None:
        self.happens(Changed(at=self.now, ticket=f"t{number}", move=move))

    @rule(number=st.integers(1, 12), service=st.one_of(st.none(), CLASSES), counter=st.one_of(st.none(), COUNTERS))
    def transfer(self, number: int, service: str | None, counter: str | None) -> None:
        self.happens(Transferred(at=self.now, ticket=f"t{number}", service=service, counter=counter))

    @rule(number=st.integers(1, 12), minutes=st.integers(1, 31))
    def defer_by_minutes(self, number: int, minutes: int) -> None:
        self.happens(Deferred(at=self.now, ticket=f"t{number}", minutes=minutes))

    @rule(number=st.integers(1, 12), passes=st.integers(1, 6))
    def defer_by_passes(self, number: int, passes: int) -> None:
        self.happens(Deferred(at=self.now, ticket=f"t{number}", passes=passes))

    @rule(number=st.integers(1, 12))
    def promise(self, number: int) -> None:
        self.happens(Promised(at=self.now, ticket=f"t{number}", low_s=60.0, high_s=600.0))

    @rule(counter=COUNTERS, move=st.sampled_from(CounterMove))
    def turn(self, counter: str, move: CounterMove) -> None:
        self.happens(Turned(at=self.now, counter=counter, move=move))

    @precondition(lambda self: self.tickets > 6)
    @rule(later=st.integers(0, 3600))
    def close(self, later: int) -> None:
        self.happens(Closing(at=self.now, closes_at=self.now + later))

    @invariant()
    def nobody_is_lost_or_moved(self) -> None:
        view = self.queue.view()
        assert [place.ticket for place in view.places] == [f"t{number + 1}" for number in range(self.tickets)]
        for old, new in zip(self.before.places, view.places, strict=False):
            assert (new.ticket, new.arrived, new.since, new.key, new.order) == (
                old.ticket,
                old.arrived,
                old.since,
                old.key,
                old.order,
            )

    @invariant()
    def every_change_is_in_the_table(self) -> None:
        view = self.queue.view()
        for old, new in zip(self.before.places, view.places, strict=False):
            if old.stage is not new.stage:
                back = (old.stage, new.stage) in {(Stage.CALLED, Stage.HELD), (Stage.SERVING, Stage.WAITING)}
                held_and_called = old.stage is Stage.HELD and new.stage is Stage.CALLED
                reached = {stage for (begun, _), stage in STAGES.items() if begun is old.stage}
                assert new.stage in reached or back or held_and_called
        for was, one in zip(self.before.counters, view.counters, strict=True):
            if was.state is not one.state:
                assert one.state in {state for (begun, _), state in COUNTER_STATES.items() if begun is was.state}

    @invariant()
    def a_counter_has_one_ticket_and_a_ticket_one_counter(self) -> None:
        view = self.queue.view()
        at_counters = {
            place.ticket: place.counter for place in view.places if place.stage in {Stage.CALLED, Stage.SERVING}
        }
        having = {one.ticket: one.name for one in view.counters if one.ticket is not None}
        assert at_counters == having
        assert not [one for one in view.counters if one.ticket is not None and one.state is CounterState.CLOSED]

    @invariant()
    def bound_tickets_are_bound_to_an_open_counter(self) -> None:
        states = {one.name: one.state for one in self.queue.view().counters}
        for place in self.queue.view().places:
            assert place.bound is None or states[place.bound] is CounterState.OPEN

    def place_before(self, ticket: str) -> Place:
        return next(place for place in self.before.places if place.ticket == ticket)

    def teardown(self) -> None:
        view = self.queue.view()
        assert replay(RULES, self.events).view() == view
        kept = msgspec.json.decode(msgspec.json.encode(view), type=QueueView)
        again = Queue.restored(RULES, kept)
        assert again.view() == view
        stored = msgspec.json.decode(msgspec.json.encode(self.events), type=list[AnyEvent])
        assert stored == self.events
        assert self.everybody_called(self.queue) == self.everybody_called(again)

    def everybody_called(self, queue: Queue) -> list[str]:
        """Without new arrivals all who wait, are held or parked are called by open counters, each once."""
        now = self.now + 7200
        for one in queue.view().counters:
            if one.ticket is not None:
                queue.transfer(one.ticket, now, service="A")
        for counter in RULES.counters:
            queue.turn(counter, CounterMove.OPEN, now)
        expected = {place.ticket for place in queue.view().places if place.stage in {Stage.WAITING, Stage.HELD}}
        called: list[str] = []
        for counter in RULES.counters:
            while isinstance(place := queue.call(counter, now), Place):
                called.append(place.ticket)
                queue.change(place.ticket, Move.LEAVE, now)
        assert len(called) == len(set(called))
        assert set(called) == expected
        return called


def stages(view: QueueView) -> list[Stage]:
    return [place.stage for place in view.places]


def lets_others_go(place: Place) -> bool:
    return place.stage is Stage.HELD and place.hold is not None and place.hold.passes is not None


def may_call(counter: str, place: Place) -> bool:
    if place.stage is not Stage.WAITING:
        return False
    return RULES.takes(counter, place.service) if place.bound is None else place.bound == counter


AnyDay.TestCase.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
TestAnyDay = pytest.mark.req("K-03", "K-06")(AnyDay.TestCase)
