"""kill -9 before any statement of the store, or beside the motor: nothing is lost, nothing is repeated."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.visits import (
    ClaimTask,
    Consent,
    GiveFeedback,
    Outcome,
    SegmentHeard,
    StartTalk,
    TaskState,
    WithdrawReason,
)
from device_agent.core.acts import DeclineCode, Declined
from device_agent.core.alerts import AlertState
from device_agent.core.conditions import Storage
from device_agent.core.preferences import Preferences
from device_agent.events import Silenced
from tests.unit.device_agent.fakehub import a_view
from tests.unit.device_agent.wrist import DEVICE, Killed, Wrist

TASK = "task-0001"


def visit(wrist: Wrist) -> list[tuple[str, Callable[[], object]]]:
    """A whole visit, step by step; each step may be done again after a death, as an advisor would."""
    hub = wrist.hub

    def offer() -> None:
        if TASK not in hub.line(DEVICE).tasks and not any(isinstance(m, ClaimTask) for m in hub.received):
            hub.offer(a_view(TASK))

    feedback = GiveFeedback(task_id=TASK, outcome=Outcome.SUCCESS, products=("car",))
    return [
        ("connect", wrist.reconnect),
        ("bind", lambda: wrist.agent.state.binding or hub.line(DEVICE).binding or wrist.agent.bind("north")),
        ("up", wrist.send_up),
        ("offer", offer),
        ("down", wrist.carry_all),
        ("claim", lambda: wrist.agent.claim(TASK)),
        ("up", wrist.send_up),
        ("talk", lambda: wrist.agent.start_talk(TASK, Consent.REFUSED)),
        ("say", lambda: hub_heard(wrist, SegmentHeard) or wrist.agent.say("she asks for a car insurance")),
        ("up", wrist.send_up),
        ("feedback", lambda: wrist.agent.give_feedback(feedback)),
        ("up", wrist.send_up),
        ("again", wrist.reconnect),
    ]


def hub_heard(wrist: Wrist, kind: type[object]) -> bool:
    return any(isinstance(message, kind) for message in wrist.hub.received) or wrist.mailbox.depth() > 1


def run(wrist: Wrist) -> None:
    """The visit to its end; a death is followed by a new process, a reconnect and the same step again."""
    for _, step in visit(wrist):
        try:
            step()
        except Killed:
            wrist.motor.kill_before = wrist.motor.kill_after = False
            wrist.start()
            wrist.reconnect()
            step()
    assert wrist.connection is not None
    wrist.connection.dies_at = None


def whole_visit_statements(tmp_path: Path) -> int:
    wrist = Wrist(tmp_path / "whole.sqlite")
    run(wrist)
    assert wrist.connection is not None
    statements = wrist.connection.statements
    wrist.close()
    return statements


@pytest.mark.req("W-01", "W-07", "W-14")
def test_killed_before_any_statement(tmp_path: Path) -> None:
    total = whole_visit_statements(tmp_path)
    assert total > 50
    for at in range(1, total):
        wrist = Wrist(tmp_path / f"{at}.sqlite")
        try:
            wrist.start(dies_at=at)
        except Killed:
            wrist.start()
        run(wrist)
        kinds = Counter(type(message) for message in wrist.hub.received)
        assert kinds[ClaimTask] == kinds[StartTalk] == kinds[GiveFeedback] == 1, (
            f"killed before statement {at}: {kinds}"
        )
        assert kinds[SegmentHeard] in (1, 2), f"killed before statement {at}: {kinds}"
        indexes = [message.index for message in wrist.hub.received if isinstance(message, SegmentHeard)]
        assert indexes == sorted(set(indexes))
        assert wrist.agent.state.book.tasks == wrist.hub.line(DEVICE).tasks
        assert wrist.agent.state.book.tasks[TASK].state is TaskState.DONE
        assert wrist.agent.state.intents == ()
        assert wrist.mailbox.depth() == 0
        assert wrist.motor.felt == [TASK], f"killed before statement {at}: felt {wrist.motor.felt}"
        wrist.close()


def offered(tmp_path: Path) -> Wrist:
    wrist = Wrist(tmp_path / "store.sqlite")
    wrist.reconnect()
    wrist.hub.bind(DEVICE)
    wrist.carry_all()
    wrist.hub.offer(a_view(TASK))
    return wrist


def die_at_the_motor(wrist: Wrist) -> None:
    with pytest.raises(Killed):
        wrist.carry_all()
    wrist.motor.kill_before = wrist.motor.kill_after = False
    wrist.start()


@pytest.mark.req("W-07")
def test_killed_after_the_motor_moved_it_does_not_move_again(tmp_path: Path) -> None:
    wrist = offered(tmp_path)
    wrist.motor.kill_after = True
    die_at_the_motor(wrist)
    wrist.reconnect()
    assert wrist.motor.felt == [TASK]
    wrist.close()


@pytest.mark.req("W-07")
def test_killed_within_the_instant_of_the_motor_it_stays_at_most_one(tmp_path: Path) -> None:
    wrist = offered(tmp_path)
    wrist.motor.kill_before = True
    die_at_the_motor(wrist)
    wrist.reconnect()
    assert wrist.motor.felt == [], "it may have moved: never twice goes before at least once"
    assert wrist.agent._store.alert_state(TASK) is AlertState.RAISING
    wrist.close()


def killed_with_a_due_alert(tmp_path: Path) -> Wrist:
    """The offer is committed while the advisor wants no disturbance; the process dies, and then the quiet ends."""
    wrist = offered(tmp_path)
    wrist.agent.change(Preferences(quiet=True))
    wrist.carry_all()
    assert wrist.agent._store.alert_state(TASK) is AlertState.DUE
    wrist.start()
    wrist.agent.change(Preferences())
    return wrist


@pytest.mark.req("W-07")
def test_stored_but_not_yet_felt_is_felt_after_the_restart(tmp_path: Path) -> None:
    wrist = killed_with_a_due_alert(tmp_path)
    assert wrist.motor.felt == [], "not before the hub has said that it is still open"
    wrist.reconnect()
    assert wrist.motor.felt == [TASK]
    wrist.start()
    wrist.reconnect()
    assert wrist.motor.felt == [TASK]
    wrist.close()


@pytest.mark.req("W-07")
def test_stored_but_served_while_away_is_never_felt(tmp_path: Path) -> None:
    wrist = killed_with_a_due_alert(tmp_path)
    wrist.hub.withdraw(TASK, WithdrawReason.SERVED)
    wrist.reconnect()
    assert wrist.motor.felt == []
    assert wrist.agent.state.book.tasks == {}
    wrist.close()


@pytest.mark.req("W-07")
def test_a_talk_that_ends_offline_raises_nothing_before_the_hub_has_spoken(tmp_path: Path) -> None:
    wrist = offered(tmp_path)
    wrist.carry_all()
    wrist.agent.claim(TASK)
    wrist.send_up()
    wrist.agent.start_talk(TASK, Consent.REFUSED)
    wrist.send_up()
    for task in ("task-0002", "task-0003"):
        wrist.hub.offer(a_view(task))
    wrist.carry_all()
    assert wrist.motor.felt == [TASK], "quiet in the talk"
    wrist.agent.link.on_disconnected("test")
    wrist.hub.withdraw("task-0002", WithdrawReason.SERVED)
    wrist.agent.give_feedback(GiveFeedback(task_id=TASK, outcome=Outcome.FAILURE))
    assert wrist.motor.felt == [TASK]
    wrist.reconnect()
    assert wrist.motor.felt == [TASK, "task-0003"]
    wrist.close()


@pytest.mark.req("W-07")
def test_a_task_that_comes_back_buzzes_only_if_it_was_never_felt(tmp_path: Path) -> None:
    wrist = offered(tmp_path)
    wrist.hub.withdraw(TASK, WithdrawReason.PASSED_ON)
    wrist.hub.offer(a_view(TASK))
    wrist.carry_all()
    assert wrist.motor.felt == [TASK]
    wrist.agent.claim(TASK)
    wrist.send_up()
    wrist.agent.start_talk(TASK, Consent.REFUSED)
    wrist.send_up()
    wrist.hub.offer(a_view("task-0002"))
    wrist.hub.claim("task-0002", "watch-2")
    wrist.carry_all()
    wrist.agent.give_feedback(GiveFeedback(task_id=TASK, outcome=Outcome.FAILURE))
    wrist.send_up()
    assert wrist.motor.felt == [TASK]
    wrist.hub.offer(a_view("task-0002"))
    wrist.carry_all()
    assert wrist.motor.felt == [TASK, "task-0002"]
    wrist.close()


def test_on_a_full_disk_an_act_is_declined_whole_and_taken_once_there_is_room(tmp_path: Path) -> None:
    wrist = offered(tmp_path)
    wrist.carry_all()
    assert wrist.connection is not None
    connection = wrist.connection
    pages = connection.execute("pragma page_count").fetchone()[0]
    connection.execute(f"pragma max_page_count = {pages}")
    taken = 0
    while isinstance(result := wrist.agent.name_target("customer-7", "loan"), str):
        taken += 1
        assert taken < 1000
    assert result.code is DeclineCode.STORAGE_FULL
    assert wrist.agent.state.conditions.storage is Storage.FULL
    assert wrist.mailbox.depth() == taken
    before = wrist.agent.state
    declined = wrist.agent.claim(TASK)
    assert isinstance(declined, Declined)
    assert declined.code is DeclineCode.STORAGE_FULL
    assert wrist.agent.state.intents == before.intents
    connection.execute("pragma max_page_count = 1000000")
    assert isinstance(wrist.agent.claim(TASK), str)
    wrist.send_up()
    assert wrist.agent.state.book.tasks[TASK].state is TaskState.HELD
    wrist.close()


def test_events_that_are_held_are_told_later_with_the_times_at_which_they_happened() -> None:
    wrist = Wrist()
    journal, heard = wrist.agent.journal, wrist.events
    heard.clear()
    with journal.hold() as held:
        journal.emit(Silenced(task=TASK))
        assert heard == []
        with pytest.raises(RuntimeError, match="held already"), journal.hold():
            pass
    wrist.timers.pass_s(5)
    journal.emit(Silenced(task="task-0002"))
    journal.release(held)
    assert [(event.task, event.at_ns) for event in heard if isinstance(event, Silenced)] == [
        ("task-0002", 5_000_000_000),
        (TASK, 0),
    ]
    wrist.close()
