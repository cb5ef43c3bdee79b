"""The task book: the table of moves, the order of the list, the badge."""

from datetime import timedelta
from itertools import product

import msgspec
import pytest

from contracts.fields import Language, Urgency
from contracts.session import Binding, DeviceBound, StreamPosition
from contracts.visits import (
    TaskClaimed,
    TaskOffered,
    TasksSynced,
    TaskState,
    TaskUpdated,
    TaskWithdrawn,
    WithdrawReason,
)
from device_agent.core.book import (
    TRANSITIONS,
    Book,
    BookMessage,
    Changed,
    ClaimedElsewhere,
    ClaimedHere,
    Left,
    Offered,
    Signal,
    Status,
    Surprise,
    follow,
)
from tests.unit.device_agent.fakehub import BRANCHES, START, a_view

AT = StreamPosition(epoch="epoch-0001", revision=1)
TASK = "task-0001"


def in_state(status: Status) -> Book:
    return Book() if status is Status.GONE else Book({TASK: a_view(TASK, state=TaskState(status.value))})


def saying(signal: Signal, status: Status = Status.OFFERED) -> BookMessage:
    match signal:
        case Signal.OFFERED:
            return TaskOffered(position=AT, task=a_view(TASK, minute=1))
        case Signal.CLAIMED_HERE:
            state = TaskState.TALKING if status is Status.TALKING else TaskState.HELD
            return TaskClaimed(position=AT, task_id=TASK, holder="ann", task=a_view(TASK, state=state, minute=1))
        case Signal.CLAIMED_ELSEWHERE:
            return TaskClaimed(position=AT, task_id=TASK, holder="bob")
        case Signal.WITHDRAWN:
            return TaskWithdrawn(position=AT, task_id=TASK, reason=WithdrawReason.SERVED)
        case _:
            state = TaskState(signal.value.removeprefix("now_"))
            return TaskUpdated(position=AT, task=a_view(TASK, state=state, minute=1))


@pytest.mark.req("W-06", "W-08")
@pytest.mark.parametrize(("status", "signal"), list(product(Status, Signal)))
def test_every_pair_moves_as_the_table_says_or_changes_nothing(status: Status, signal: Signal) -> None:
    before = in_state(status)
    step = follow(before, saying(signal, status))
    after = TRANSITIONS.get((status, signal))
    if after is None:
        assert step.changes == (Surprise(TASK, status, signal),)
        assert step.book == before
    else:
        assert step.book.status(TASK) is after
        assert follow(step.book, saying(signal, status)).changes == () or after is not status, (
            "the second time changes nothing"
        )


def test_a_claim_tells_the_winner_and_takes_the_task_from_the_others() -> None:
    offered = in_state(Status.OFFERED)
    won = follow(offered, saying(Signal.CLAIMED_HERE))
    lost = follow(offered, saying(Signal.CLAIMED_ELSEWHERE))
    assert [type(change) for change in won.changes] == [ClaimedHere]
    assert lost.changes == (ClaimedElsewhere(TASK, "bob", offered.tasks[TASK]),)
    assert lost.book.tasks == {}


def test_a_view_that_contradicts_its_message_is_a_surprise() -> None:
    lie = TaskClaimed(position=AT, task_id=TASK, holder="ann", task=a_view(TASK, state=TaskState.DONE))
    step = follow(in_state(Status.OFFERED), lie)
    assert [type(change) for change in step.changes] == [Surprise]
    assert step.book == in_state(Status.OFFERED)


@pytest.mark.req("W-01")
def test_a_sync_replaces_the_book_exactly() -> None:
    book = Book({view.task: view for view in (a_view("task-0001"), a_view("task-0002"), a_view("task-0003"))})
    held = a_view("task-0002", state=TaskState.HELD)
    done = a_view("task-0004", state=TaskState.DONE)
    fresh = a_view("task-0005")
    synced = TasksSynced(
        position=AT, part=1, parts=1, binding=None, choices=BRANCHES, tasks=(book.tasks["task-0003"], held, done, fresh)
    )
    step = follow(book, synced)
    assert set(step.book.tasks.values()) == set(synced.tasks)
    assert set(step.changes) == {
        Left(book.tasks["task-0001"], None),
        ClaimedHere(held),
        Changed(None, done),
        Offered(fresh),
    }
    assert follow(step.book, synced).changes == ()


@pytest.mark.req("W-02")
def test_open_offers_of_another_branch_leave_with_the_binding() -> None:
    stays, leaves = a_view("task-0001", branch="south"), a_view("task-0002", branch="north")
    held = a_view("task-0003", branch="north", state=TaskState.HELD)
    book = Book({view.task: view for view in (stays, leaves, held)})
    binding = Binding(branch="south", title="South", advisor="ann", language=Language.EN, since=START)
    moved = follow(book, DeviceBound(position=AT, binding=binding, choices=BRANCHES))
    assert set(moved.book.tasks) == {"task-0001", "task-0003"}
    assert moved.changes == (Left(leaves, WithdrawReason.REBOUND),)
    assert set(follow(book, DeviceBound(position=AT, binding=None, choices=BRANCHES)).book.tasks) == {"task-0003"}


@pytest.mark.req("W-08")
def test_the_list_has_urgent_first_then_newest_and_done_apart() -> None:
    views = (
        a_view("task-0001", minute=1),
        a_view("task-0002", minute=2, urgency=Urgency.URGENT),
        a_view("task-0003", minute=3),
        a_view("task-0004", minute=4, urgency=Urgency.URGENT),
        a_view("task-0005", minute=5, state=TaskState.DONE),
        a_view("task-0006", minute=6, state=TaskState.DONE, urgency=Urgency.URGENT),
        msgspec.structs.replace(a_view("task-0007", minute=9, state=TaskState.HELD), expires=START + timedelta(days=1)),
    )
    book = Book({view.task: view for view in views})
    assert [v.task[-1] for v in book.pending()] == ["4", "2", "7", "3", "1"]
    assert [v.task[-1] for v in book.done()] == ["6", "5"]
    assert book.badge == 5
