"""Who becomes a target, and the demand that comes of it (W-03, W-05), on both databases."""

from datetime import timedelta

import msgspec
import pytest

from contracts import ErrorCode
from contracts.fields import AccessNeed, Urgency
from contracts.lobby import TicketAdvised
from contracts.session import BindDevice
from contracts.visits import ClaimTask, GiveFeedback, NameTarget, Outcome, TaskOffered, TaskUpdated
from hub.lobby.model import TicketChange
from hub.visits import store
from hub.visits.advice import discreet
from hub.visits.model import State
from models.policy import Funnel, Rule
from tests.unit.hub.rig import NINE, Rig, Told, refusals, simbank


def demand_of(rig: Rig, task: str) -> Funnel:
    return rig.hub.engine.run(lambda unit: store.load_demand(unit, task))[0]


def task_count(rig: Rig) -> int:
    return len(rig.tables()["tasks"])


@pytest.mark.req("W-03")
def test_a_ticket_makes_its_customer_a_target(rig: Rig) -> None:
    rig.bind("main", "watch-ada")
    at = NINE - timedelta(minutes=5)
    told = rig.deliver(rig.letter("kiosk-main", rig.ticket("kiosk-main", "A001", "c-wang", business="loan"), at=at))
    [offered] = [one.message.task for one in told if isinstance(one.message, TaskOffered)]
    assert (offered.number, offered.business, offered.business_name) == ("A001", "loan", "Loans")
    assert (offered.waiting_since, offered.offered_at, offered.customer_name) == (at, NINE, "王*明")
    assert offered.expires == at + timedelta(seconds=600)


def advised(told: list[Told]) -> list[tuple[str, TicketAdvised]]:
    return [(one.device, one.message) for one in told if isinstance(one.message, TicketAdvised)]


@pytest.mark.req("K-12")
def test_the_kiosk_is_told_what_to_suggest_to_who_said_who_they_are(rig: Rig) -> None:
    taken = rig.ticket("kiosk-main", "A001", "c-wang", business="loan")
    [(kiosk, advice)] = advised(rig.deliver(rig.letter("kiosk-main", taken)))
    assert (kiosk, advice.ticket) == ("kiosk-main", taken.ticket)
    [task] = rig.tasks()
    assert advice.products == discreet(demand_of(rig, task.id), simbank().catalogue, "loan") != ()
    again = rig.ticket("kiosk-main", "B001", "c-wang", business="cash")
    [(_, advice)] = advised(rig.accept("kiosk-main", again))
    assert advice.ticket == again.ticket, "a second number of the same visit"
    unknown = rig.ticket("kiosk-main", "B002", "c-unknown", business="loan")
    [(_, advice)] = advised(rig.accept("kiosk-main", unknown))
    assert advice.products is None, "whom the bank doesn't know is suggested what anybody is"
    assert not advised(rig.accept("kiosk-main", rig.ticket("kiosk-main", "B003", None, business="loan")))
    late = rig.letter("kiosk-river", rig.ticket("kiosk-river", "A001", "c-ann"), at=NINE - timedelta(minutes=3))
    assert not advised(rig.deliver(late)), "nobody stands there any more"


@pytest.mark.req("W-03", "W-07", "K-05")
def test_a_ticket_that_comes_hours_late_is_kept_and_alerts_nobody(rig: Rig) -> None:
    rig.bind("main", "watch-ada")
    at = NINE - timedelta(hours=3)
    told = rig.deliver(rig.letter("kiosk-main", rig.ticket("kiosk-main", "A001", "c-wang"), at=at))
    assert not [one for one in told if isinstance(one.message, TaskOffered)]
    assert [task.state for task in rig.tasks()] == [State.EXPIRED]
    assert rig.walk_in("kiosk-main", "A002", "c-wang"), "the customer comes again: a visit of its own"


@pytest.mark.req("W-03")
def test_a_second_event_adds_to_the_open_visit(rig: Rig) -> None:
    rig.bind("main", "watch-ada", "watch-ben")
    task = rig.walk_in("kiosk-main", "A001", "c-ann")
    told = rig.accept("kiosk-main", rig.ticket("kiosk-main", "B001", "c-ann", business="loan", booked=True))
    assert task_count(rig) == 1
    assert {one.device for one in told if isinstance(one.message, TaskUpdated)} == {"watch-ada", "watch-ben"}
    assert not [one for one in told if isinstance(one.message, TaskOffered)], "nobody is alerted twice"
    view = rig.wrist("watch-ada").tasks[task]
    assert (view.business, view.booked, view.urgency, view.number) == ("loan", True, Urgency.URGENT, "A001")
    rig.accept("watch-ben", NameTarget(customer="c-ann", business="cash"))
    assert task_count(rig) == 1


@pytest.mark.req("W-03")
@pytest.mark.parametrize("claimed", [False, True])
def test_two_tickets_of_one_customer_in_one_batch_are_one_visit(rig: Rig, claimed: bool) -> None:
    rig.bind("main", "watch-ada")
    letters = [
        rig.letter("kiosk-main", rig.ticket("kiosk-main", f"A{n:03d}", customer))
        for n, customer in enumerate(["c-ann", "c-wang", "c-ann", None, None, "c-wang", "c-ann"])
    ]
    told = rig.deliver(*letters)
    assert not refusals(told)
    assert task_count(rig) == 4, "ann, wang, and two visitors without a name"
    assert len(rig.wrist("watch-ada").tasks) == 4
    if claimed:
        for task in list(rig.wrist("watch-ada").tasks):
            rig.accept("watch-ada", ClaimTask(task_id=task))
    rig.accept("kiosk-main", rig.ticket("kiosk-main", "A100", "c-ann"))
    assert task_count(rig) == 4


@pytest.mark.req("W-03")
def test_the_same_customer_in_another_branch_or_after_the_visit_is_a_new_visit(rig: Rig) -> None:
    rig.bind("main", "watch-ada")
    task = rig.walk_in("kiosk-main", "A001", "c-ann")
    assert rig.walk_in("kiosk-river", "A001", "c-ann") != task
    rig.accept("watch-ada", ClaimTask(task_id=task))
    rig.accept("watch-ada", GiveFeedback(task_id=task, outcome=Outcome.FAILURE))
    assert rig.walk_in("kiosk-main", "A002", "c-ann") != task


@pytest.mark.req("W-03")
def test_an_advisor_names_a_customer_by_hand(rig: Rig) -> None:
    rig.bind("main", "watch-ada", "watch-ben")
    rig.accept("watch-ada", NameTarget(customer="c-kim", business="savings"))
    [task] = rig.wrist("watch-ben").tasks.values()
    assert (task.customer_name, task.business, task.number) == ("김*지", "savings", None)


@pytest.mark.req("W-03")
@pytest.mark.parametrize(
    ("bound", "customer", "business", "code"),
    [
        (False, "c-ann", "cash", ErrorCode.NOT_BOUND),
        (True, "nobody", "cash", ErrorCode.UNKNOWN_CUSTOMER),
        (True, "c-ann", "magic", ErrorCode.UNKNOWN_BUSINESS),
    ],
)
def test_naming_is_refused_with_a_reason(
    rig: Rig, bound: bool, customer: str, business: str, code: ErrorCode, caplog: pytest.LogCaptureFixture
) -> None:
    if bound:
        rig.bind("main", "watch-ada")
    assert rig.refuse("watch-ada", NameTarget(customer=customer, business=business)) is code
    assert f"code={code.value}" in caplog.text
    if code is ErrorCode.UNKNOWN_CUSTOMER:
        assert rig.metric("usher_targets_ignored_total", why="unknown_customer") == 1


@pytest.mark.req("W-03")
def test_a_ticket_of_a_customer_nobody_knows_is_still_a_visit(rig: Rig) -> None:
    rig.bind("main", "watch-ada")
    task = rig.walk_in("kiosk-main", "A001", "c-new")
    view = rig.wrist("watch-ada").tasks[task]
    assert view.customer_name == "Visitor"
    assert len(view.plan.products) == 3
    rig.accept("watch-ada", ClaimTask(task_id=task))
    assert rig.wrist("watch-ada").tasks[task].pages is None


@pytest.mark.req("W-03")
def test_a_need_for_a_seat_makes_it_urgent(rig: Rig) -> None:
    rig.bind("main", "watch-ada")
    rig.accept("kiosk-main", rig.ticket("kiosk-main", "A001", needs=(AccessNeed.SEAT,)))
    assert [task.urgency for task in rig.wrist("watch-ada").tasks.values()] == [Urgency.URGENT]


@pytest.mark.req("W-05")
def test_the_demand_ranks_and_says_what_was_removed_and_why(rig: Rig) -> None:
    wang, kim = rig.walk_in("kiosk-main", "A001", "c-wang"), rig.walk_in("kiosk-main", "A002", "c-kim")
    demand = demand_of(rig, wang)
    removed = {one.code: one for one in demand.removed}
    assert removed["credit_card"].rule is Rule.HELD
    assert removed["equity_fund"].rule is Rule.SUITABILITY
    assert (removed["equity_fund"].actual, removed["equity_fund"].limit) == ("1", "4")
    assert removed["business_loan"].rule is Rule.ELIGIBILITY
    assert all(one.why for one in demand.removed)
    ranked = [one.code for one in demand.ranked]
    assert not set(ranked) & set(removed)
    assert set(ranked) | set(removed) == set(rig_products())
    assert {one.code: one.rule for one in demand_of(rig, kim).removed}["mortgage"] is Rule.ELIGIBILITY, "she is 17"


def rig_products() -> tuple[str, ...]:
    return simbank().catalogue.product_codes


@pytest.mark.req("W-05")
def test_a_refused_product_stays_out_for_the_cooling_off_period(rig: Rig) -> None:
    rig.bind("main", "watch-ada")
    first = rig.walk_in("kiosk-main", "A001", "c-ann")
    refused = demand_of(rig, first).ranked[0].code
    rig.accept("watch-ada", ClaimTask(task_id=first))
    rig.accept("watch-ada", GiveFeedback(task_id=first, outcome=Outcome.FAILURE, refused=(refused,)))
    second = demand_of(rig, rig.walk_in("kiosk-main", "A002", "c-ann"))
    assert {one.code: one.rule for one in second.removed}[refused] is Rule.COOLING_OFF
    other = demand_of(rig, rig.walk_in("kiosk-main", "A003", "c-001"))
    assert refused in [one.code for one in other.ranked]
    rig.clock.advance(91 * 86400)
    rig.tick()
    third = demand_of(rig, rig.walk_in("kiosk-main", "A001", "c-ann"))
    assert refused in [one.code for one in third.ranked]


@pytest.mark.req("W-03", "K-03")
def test_a_number_is_taken_once_in_a_branch_and_business_day(rig: Rig) -> None:
    rig.walk_in("kiosk-river", "A001")
    assert rig.refuse("kiosk-river", rig.ticket("kiosk-river", "A001")) is ErrorCode.NUMBER_TAKEN
    rig.walk_in("kiosk-main", "A001")
    rig.clock.advance(6 * 3600 - 1)  # 23:59:59 in Seoul
    assert rig.refuse("kiosk-river", rig.ticket("kiosk-river", "A001")) is ErrorCode.NUMBER_TAKEN
    rig.clock.advance(1)
    rig.walk_in("kiosk-river", "A001")
    assert rig.refuse("kiosk-main", rig.ticket("kiosk-main", "A001")) is ErrorCode.NUMBER_TAKEN
    same_id = rig.ticket("kiosk-main", "A002", ticket="ticket-same")
    rig.accept("kiosk-main", same_id)
    assert rig.refuse("kiosk-main", msgspec.structs.replace(same_id, number="A003")) is ErrorCode.NUMBER_TAKEN


def test_two_tickets_of_one_number_in_one_batch(rig: Rig) -> None:
    told = rig.deliver(*(rig.letter("kiosk-main", rig.ticket("kiosk-main", "A001")) for _ in range(3)))
    assert [refused.code for refused in refusals(told)] == [ErrorCode.NUMBER_TAKEN] * 2
    assert task_count(rig) == 1


@pytest.mark.req("W-07")
@pytest.mark.parametrize(("what", "state"), [("serve", State.SERVED), ("cancel", State.CANCELLED)])
@pytest.mark.parametrize("claimed", [False, True])
def test_a_ticket_ended_at_a_counter_ends_the_alert(rig: Rig, what: str, state: State, claimed: bool) -> None:
    rig.bind("main", "watch-ada", "watch-ben")
    ticket = rig.ticket("kiosk-main", "A001", "c-ann")
    rig.accept("kiosk-main", ticket)
    [task] = rig.wrist("watch-ada").tasks
    if claimed:
        rig.accept("watch-ada", ClaimTask(task_id=task))
    end(rig, ticket.ticket, what)
    assert rig.holders_of(task) == set()
    assert [row[2] for row in rig.tables()["tasks"]] == [state.value]
    rig.bind("river", "watch-ben")
    rig.bind("main", "watch-ben", "watch-cho")
    assert rig.holders_of(task) == set()
    assert rig.tick(3600) == []


def end(rig: Rig, ticket: str, what: str) -> None:
    rig._hear(rig.hub.engine.run(lambda unit: rig.hub.lobby.end(unit, ticket, TicketChange(what)))[1])


@pytest.mark.req("W-07")
def test_a_visit_of_two_tickets_ends_with_the_second(rig: Rig) -> None:
    rig.bind("main", "watch-ada")
    one, two = rig.ticket("kiosk-main", "A001", "c-ann"), rig.ticket("kiosk-main", "A002", "c-ann")
    rig.accept("kiosk-main", one)
    rig.accept("kiosk-main", two)
    [task] = rig.wrist("watch-ada").tasks
    end(rig, one.ticket, "serve")
    assert rig.holders_of(task) == {"watch-ada"}
    end(rig, two.ticket, "serve")
    assert rig.holders_of(task) == set()


@pytest.mark.req("W-07")
def test_an_expired_task_never_buzzes_again(rig: Rig) -> None:
    rig.bind("main", "watch-ada")
    task = rig.walk_in("kiosk-main", "A001", "c-ann")
    rig.tick(599)
    assert rig.holders_of(task) == {"watch-ada"}
    rig.tick(1)
    assert rig.holders_of(task) == set()
    rig.accept("watch-ben", BindDevice(branch="main"))
    assert rig.holders_of(task) == set()
    assert rig.refuse("watch-ada", ClaimTask(task_id=task)) is ErrorCode.TASK_CLOSED
    assert rig.wrist("watch-ada").buzzed == [task]
