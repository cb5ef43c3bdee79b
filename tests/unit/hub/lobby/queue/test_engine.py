"""The queue's engine, case by case (K-03, K-06)."""

import msgspec
import pytest

from contracts import ErrorCode
from hub.lobby.queue.engine import Queue
from hub.lobby.queue.events import Arrived, Called, replay
from hub.lobby.queue.places import (
    COUNTER_STATES,
    STAGES,
    CounterMove,
    CounterPlace,
    CounterState,
    Move,
    Place,
    Stage,
)
from tests.unit.hub.lobby.queue.small_branch import RULES, called, opened, placed, refused


def started(queue: Queue, counter: str, now: float) -> Place:
    return placed(queue.change(placed(queue.call(counter, now)).ticket, Move.START, now))


@pytest.mark.req("K-03")
def test_credits_move_a_ticket_ahead_by_so_much_and_no_more() -> None:
    queue = opened("1")
    queue.arrive("early", ("A",), 0.0)
    queue.arrive("ordinary", ("A",), 601.0)
    queue.arrive("elderly", ("A",), 1200.0, priorities=("elderly",))
    assert [called(queue, "1", 1300.0) for _ in range(4)] == ["early", "elderly", "ordinary", None]


@pytest.mark.req("K-06")
def test_a_counter_calls_by_key_across_its_classes_and_never_beyond_its_skills() -> None:
    queue = opened("1", "2", "3")
    queue.arrive("a", ("A",), 0.0)
    queue.arrive("b", ("B",), 1.0)
    queue.arrive("c", ("A",), 2.0)
    assert called(queue, "3", 5.0) == "b"
    assert called(queue, "3", 5.0) is None
    queue.arrive("d", ("B",), 1.5)
    assert [called(queue, "2", 6.0) for _ in range(3)] == ["a", "c", None]
    assert called(queue, "1", 6.0) == "d"


@pytest.mark.req("K-06")
def test_a_transfer_keeps_the_place_and_a_counter_by_name_is_the_only_one_to_call() -> None:
    queue = opened("1", "3")
    queue.arrive("first", ("A",), 0.0)
    queue.arrive("second", ("B",), 10.0)
    first = started(queue, "1", 20.0)
    moved = placed(queue.transfer("first", 300.0, service="B", counter="3"))
    assert (moved.key, moved.bound, moved.service) == (first.key, "3", "B")
    assert called(queue, "1", 301.0) == "second"
    assert called(queue, "1", 302.0) is None
    assert called(queue, "3", 303.0) == "first"


@pytest.mark.req("K-06")
@pytest.mark.parametrize("move", [CounterMove.PAUSE, CounterMove.CLOSE])
def test_a_ticket_bound_to_a_counter_that_stops_goes_back_to_its_class(move: CounterMove) -> None:
    queue = opened("1", "3")
    queue.arrive("bound", ("B",), 0.0)
    queue.arrive("held", ("B",), 1.0)
    queue.transfer("bound", 5.0, counter="3")
    queue.transfer("held", 5.0, counter="3")
    queue.defer("held", 6.0, minutes=1)
    assert called(queue, "1", 6.0) is None
    queue.turn("3", move, 7.0)
    assert called(queue, "1", 8.0) == "bound"
    assert called(queue, "1", 67.0) == "held"


@pytest.mark.req("K-06")
def test_several_services_are_served_in_turn_at_the_old_place() -> None:
    queue = opened("1", "3")
    queue.arrive("both", ("A", "B"), 0.0)
    queue.arrive("later", ("B",), 10.0)
    started(queue, "1", 20.0)
    between = placed(queue.change("both", Move.FINISH, 100.0))
    assert (between.stage, between.services, between.counter) == (Stage.WAITING, ("B",), None)
    assert placed(queue.call("3", 101.0)).ticket == "both"
    queue.change("both", Move.START, 102.0)
    assert placed(queue.change("both", Move.FINISH, 200.0)).stage is Stage.SERVED


@pytest.mark.req("K-06")
def test_who_is_missed_comes_back_after_the_penalty_and_is_out_the_second_time() -> None:
    queue = opened("1")
    queue.arrive("gone", ("A",), 0.0)
    queue.arrive("there", ("A",), 10.0)
    queue.call("1", 20.0)
    for _ in range(RULES.recalls):
        assert placed(queue.change("gone", Move.RECALL, 30.0)).stage is Stage.CALLED
    assert refused(queue.change("gone", Move.RECALL, 40.0)) is ErrorCode.LIMIT_REACHED
    assert placed(queue.change("gone", Move.MISS, 50.0)).stage is Stage.HELD
    assert called(queue, "1", 60.0) == "there"
    queue.arrive("new", ("A",), 70.0)
    back = 50.0 + 60 * RULES.no_show_penalty_minutes
    assert placed(queue.call("1", back)).ticket == "gone"
    assert placed(queue.change("gone", Move.MISS, back + 60)).stage is Stage.NO_SHOW
    assert placed(queue.change("gone", Move.REJOIN, back + 70)).stage is Stage.WAITING
    assert called(queue, "1", back + 80) == "gone"


@pytest.mark.req("K-06")
def test_a_parked_ticket_keeps_its_place_and_can_be_picked() -> None:
    queue = opened("1", "2")
    for at, ticket in enumerate(("a", "b", "c")):
        queue.arrive(ticket, ("A",), float(at))
    started(queue, "1", 5.0)
    assert placed(queue.change("a", Move.PARK, 10.0)).stage is Stage.PARKED
    assert called(queue, "1", 11.0) == "b"
    assert placed(queue.change("a", Move.UNPARK, 12.0)).key == 0.0
    assert placed(queue.call("1", 13.0)).ticket == "a"
    assert placed(queue.pick("2", "c", 14.0)).counter == "2"
    assert refused(queue.pick("2", "a", 15.0)) is ErrorCode.COUNTER_STATE


@pytest.mark.req("K-06")
def test_more_time_by_minutes_lets_others_pass_then_the_old_place_is_back() -> None:
    queue = opened("1")
    for at, ticket in enumerate(("a", "b", "c")):
        queue.arrive(ticket, ("A",), float(at))
    assert placed(queue.defer("a", 10.0, minutes=5)).stage is Stage.HELD
    assert called(queue, "1", 20.0) == "b"
    assert called(queue, "1", 310.0) == "a"
    queue.defer("c", 320.0, minutes=5)
    assert called(queue, "1", 330.0) is None
    assert placed(queue.change("c", Move.RESUME, 340.0)).stage is Stage.WAITING
    assert called(queue, "1", 350.0) == "c"


@pytest.mark.req("K-06")
def test_more_time_by_passes_ends_after_so_many_calls_or_when_nobody_else_is_left() -> None:
    queue = opened("1")
    for at, ticket in enumerate(("a", "b", "c", "d")):
        queue.arrive(ticket, ("A",), float(at))
    queue.defer("a", 10.0, passes=2)
    assert [called(queue, "1", 20.0) for _ in range(4)] == ["b", "c", "a", "d"]
    queue.arrive("e", ("A",), 30.0)
    queue.defer("e", 31.0, passes=3)
    assert called(queue, "1", 40.0) == "e"


@pytest.mark.req("K-06")
def test_more_time_never_shortens_what_a_missed_ticket_waits() -> None:
    queue = opened("1")
    queue.arrive("a", ("A",), 0.0)
    queue.call("1", 10.0)
    held = placed(queue.change("a", Move.MISS, 20.0))
    assert held.hold is not None
    assert refused(queue.defer("a", 30.0, passes=1)) is ErrorCode.TICKET_STATE
    assert placed(queue.defer("a", 30.0, minutes=1)).hold == held.hold
    later = placed(queue.defer("a", 30.0, minutes=20)).hold
    assert later is not None
    assert later.until == 30.0 + 20 * 60


def test_more_time_has_its_limits() -> None:
    queue = opened("1")
    queue.arrive("a", ("A",), 0.0)
    assert refused(queue.defer("a", 1.0, minutes=RULES.max_deferral_minutes + 1)) is ErrorCode.INVALID_FIELD
    assert refused(queue.defer("a", 1.0, passes=0)) is ErrorCode.INVALID_FIELD
    assert refused(queue.defer("a", 1.0)) is ErrorCode.INVALID_FIELD
    assert refused(queue.defer("a", 1.0, minutes=1, passes=1)) is ErrorCode.INVALID_FIELD
    for _ in range(RULES.deferrals):
        placed(queue.defer("a", 1.0, minutes=1))
    assert refused(queue.defer("a", 2.0, minutes=1)) is ErrorCode.LIMIT_REACHED


@pytest.mark.req("K-03", "K-06")
def test_an_appointment_early_in_time_and_too_late() -> None:
    noon = 12 * 3600.0
    queue = opened("1")
    early = placed(queue.arrive("early", ("A",), noon - 3600, appointment=noon))
    assert (early.stage, early.since) == (Stage.HELD, noon - 60 * RULES.early_minutes)
    queue.arrive("walk_in", ("A",), noon - 3000)
    assert called(queue, "1", noon - 2900) == "walk_in"
    assert called(queue, "1", noon - 2800) == "early"

    queue = opened("1")
    queue.arrive("early", ("A",), noon - 3600, appointment=noon)
    queue.arrive("walk_in", ("A",), noon - 1000)
    assert called(queue, "1", noon - 60 * RULES.early_minutes) == "early"

    in_time = placed(queue.arrive("in_time", ("A",), noon + 500, appointment=noon))
    late = placed(queue.arrive("late", ("A",), noon + 601, appointment=noon, priorities=("booked", "elderly")))
    assert in_time.since - in_time.key == 60 * RULES.credits["booked"]
    assert late.since - late.key == 60 * RULES.credits["elderly"]
    assert late.priorities == ("elderly",)


@pytest.mark.req("K-06")
def test_after_closing_no_ticket_is_given_and_who_waits_is_served() -> None:
    queue = opened("1")
    queue.close_at(100.0)
    queue.arrive("in_time", ("A",), 99.0)
    assert refused(queue.arrive("late", ("A",), 100.0)) is ErrorCode.BRANCH_CLOSED
    placed(queue.arrive("heard_of_late", ("A",), 500.0, arrived=50.0))
    assert [called(queue, "1", 600.0) for _ in range(3)] == ["heard_of_late", "in_time", None]
    assert refused(queue.change("in_time", Move.REJOIN, 700.0)) is ErrorCode.BRANCH_CLOSED


@pytest.mark.req("K-05")
def test_a_ticket_that_the_hub_hears_of_late_has_the_place_of_its_arrival() -> None:
    queue = opened("1")
    queue.arrive("online", ("A",), 100.0)
    queue.arrive("offline", ("A",), 200.0, arrived=50.0)
    assert placed(queue.arrive("ahead", ("A",), 210.0, arrived=9999.0)).arrived == 210.0
    assert [called(queue, "1", 300.0) for _ in range(3)] == ["offline", "online", "ahead"]


@pytest.mark.req("K-06")
def test_what_cannot_be_is_refused_with_its_code_and_changes_nothing() -> None:
    queue = opened("1", "2")
    queue.arrive("a", ("A",), 0.0)
    queue.arrive("b", ("B",), 0.0)
    queue.call("1", 1.0)
    before = queue.view()
    assert refused(queue.arrive("a", ("A",), 2.0)) is ErrorCode.NUMBER_TAKEN
    assert refused(queue.arrive("c", (), 2.0)) is ErrorCode.UNKNOWN_SERVICE_CLASS
    assert refused(queue.arrive("c", ("A", "Z"), 2.0)) is ErrorCode.UNKNOWN_SERVICE_CLASS
    assert refused(queue.call("9", 2.0)) is ErrorCode.UNKNOWN_COUNTER
    assert refused(queue.call("3", 2.0)) is ErrorCode.COUNTER_STATE
    assert refused(queue.call("1", 2.0)) is ErrorCode.COUNTER_STATE
    assert refused(queue.change("zz", Move.LEAVE, 2.0)) is ErrorCode.UNKNOWN_TICKET
    assert refused(queue.change("b", Move.FINISH, 2.0)) is ErrorCode.TICKET_STATE
    assert refused(queue.change("b", Move.CALL, 2.0)) is ErrorCode.INVALID_FIELD
    assert refused(queue.transfer("b", 2.0, service="Z")) is ErrorCode.UNKNOWN_SERVICE_CLASS
    assert refused(queue.transfer("b", 2.0, counter="9")) is ErrorCode.UNKNOWN_COUNTER
    assert refused(queue.transfer("b", 2.0, counter="2")) is ErrorCode.COUNTER_STATE
    assert refused(queue.transfer("b", 2.0, counter="3")) is ErrorCode.COUNTER_STATE
    assert refused(queue.turn("1", CounterMove.CLOSE, 2.0)) is ErrorCode.COUNTER_STATE
    assert refused(queue.turn("1", CounterMove.OPEN, 2.0)) is ErrorCode.COUNTER_STATE
    assert refused(queue.turn("9", CounterMove.OPEN, 2.0)) is ErrorCode.UNKNOWN_COUNTER
    assert refused(queue.promise("a", 1.0, 2.0, 2.0)) is ErrorCode.TICKET_STATE
    assert queue.view() == before


@pytest.mark.req("K-06")
def test_a_paused_counter_finishes_whom_it_has_and_calls_nobody() -> None:
    queue = opened("1")
    queue.arrive("a", ("A",), 0.0)
    started(queue, "1", 1.0)
    assert isinstance(queue.turn("1", CounterMove.PAUSE, 2.0), CounterPlace)
    assert placed(queue.change("a", Move.FINISH, 3.0)).stage is Stage.SERVED
    assert refused(queue.call("1", 4.0)) is ErrorCode.COUNTER_STATE


@pytest.mark.req("K-06")
def test_every_stage_and_counter_state_is_in_the_tables_and_ended_ones_stay_ended() -> None:
    assert {stage for stage, _ in STAGES} | set(STAGES.values()) == set(Stage)
    assert {move for _, move in STAGES} == set(Move)
    assert not [move for stage, move in STAGES if stage is Stage.SERVED]
    assert {state for state, _ in COUNTER_STATES} == set(CounterState)
    assert {move for _, move in COUNTER_STATES} == set(CounterMove)


@pytest.mark.req("K-06")
def test_a_queue_under_new_rules_keeps_who_has_no_place_in_them() -> None:
    queue = opened("1", "3")
    queue.arrive("a", ("A",), 0.0)
    queue.arrive("b", ("B",), 1.0)
    started(queue, "1", 2.0)
    fewer = msgspec.structs.replace(
        RULES, classes={"B": RULES.classes["B"]}, counters={"3": msgspec.structs.replace(RULES.counters["3"])}
    )
    kept = Queue.restored(fewer, queue.view())
    assert called(kept, "3", 5.0) == "b"
    assert placed(kept.place("a")).stage is Stage.SERVING
    assert placed(kept.transfer("a", 6.0, service="B")).stage is Stage.WAITING
    assert called(kept, "3", 7.0) == "a"


@pytest.mark.req("K-06")
def test_a_call_kept_by_the_name_of_whom_it_called_is_the_same_when_replayed() -> None:
    queue = opened("1")
    events = [
        Arrived(at=0.0, ticket="held", services=("A",), appointment=2000.0),
        Arrived(at=1200.0, ticket="x", services=("A",)),
    ]
    for event in events:
        queue.arrive(event.ticket, event.services, event.at, appointment=event.appointment)
    by_order = placed(queue.call("1", 1300.0))
    again = replay(RULES, events)
    again.turn("1", CounterMove.OPEN, 0.0)
    again.pick("1", by_order.ticket, 1300.0)
    assert again.view() == queue.view()
    assert Called(at=1.0, counter="1").ticket is None


class Heard:
    """Writes down what a witness is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str | float, ...]] = []

    def arrived(self, service: str, credit_s: float, at: float) -> None:
        self.told.append(("arrived", service, credit_s, at))

    def called(self, counter: str, reaction_s: float) -> None:
        self.told.append(("called", counter, reaction_s))

    def served(self, counter: str, service: str, took_s: float, at: float) -> None:
        self.told.append(("served", counter, service, took_s, at))

    def missed(self, counter: str, service: str, took_s: float) -> None:
        self.told.append(("missed", counter, service, took_s))

    def judged(self, low_s: float, high_s: float, waited_s: float) -> None:
        self.told.append(("judged", low_s, high_s, waited_s))

    def paused(self, counter: str, for_s: float, at: float) -> None:
        self.told.append(("paused", counter, for_s, at))


@pytest.mark.req("K-03")
def test_a_witness_hears_what_the_estimate_learns_from() -> None:
    heard = Heard()
    queue = opened("1", witness=heard)
    queue.arrive("a", ("A", "B"), 100.0, priorities=("elderly",))
    started(queue, "1", 105.0)
    queue.arrive("b", ("A",), 110.0)
    queue.change("a", Move.FINISH, 205.0)
    queue.turn("1", CounterMove.PAUSE, 210.0)
    queue.turn("1", CounterMove.OPEN, 510.0)
    queue.change(placed(queue.call("1", 512.0)).ticket, Move.MISS, 550.0)
    assert heard.told == [
        ("arrived", "A", 600.0, 100.0),
        ("called", "1", 5.0),
        ("arrived", "A", 0.0, 110.0),
        ("served", "1", "A", 100.0, 205.0),
        ("paused", "1", 300.0, 210.0),
        ("called", "1", 2.0),
        ("missed", "1", "B", 38.0),
    ]


@pytest.mark.req("K-03")
def test_a_promise_is_judged_at_the_call_unless_the_ticket_went_another_way() -> None:
    heard = Heard()
    queue = opened("1", witness=heard)
    queue.arrive("at_once", ("A",), 0.0)
    assert placed(queue.promise("at_once", 0.0, 9.0, 0.0)).promise is None
    queue.call("1", 1.0)
    for at, ticket in enumerate(("kept", "deferred")):
        queue.arrive(ticket, ("A",), 10.0 + at)
        assert placed(queue.promise(ticket, 30.0, 90.0, 20.0)).promise is not None
    assert placed(queue.defer("deferred", 25.0, minutes=1)).promise is None
    queue.change("at_once", Move.LEAVE, 60.0)
    called(queue, "1", 70.0)
    called(queue, "1", 200.0)
    assert [one for one in heard.told if one[0] == "judged"] == [("judged", 30.0, 90.0, 50.0)]
