"""Alerts of one wrist: what is felt and heard and when, what silences it, and what the screen says of it (W-07)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest

from contracts import ErrorCode
from contracts.fields import Language, Urgency
from contracts.session import UnbindDevice
from contracts.visits import Consent, GiveFeedback, Outcome, TaskState, WithdrawReason
from device_agent import events
from device_agent.core.alerts import AlertPatterns, Channel
from device_agent.core.calls import LINGERS, CallFate
from device_agent.core.conditions import Wrist as OnWrist
from device_agent.core.preferences import Preferences, Strength
from device_agent.haptics import Command
from runtime.bus import Received
from tests.unit.device_agent.fakehub import a_view
from tests.unit.device_agent.wrist import DEVICE, Wrist, bound

TASK, OTHER, THIRD = "task-0001", "task-0002", "task-0003"
URGENT = AlertPatterns().urgent.steps


@pytest.fixture
def wrist() -> Iterator[Wrist]:
    made = bound(Wrist(taped=True))
    yield made
    made.close()


def offer(wrist: Wrist, task: str = TASK, *, urgency: Urgency = Urgency.URGENT, lives_s: float = 3600) -> None:
    view = a_view(task, urgency=urgency)
    expires = wrist.clock.now() + timedelta(seconds=lives_s)
    wrist.hub.offer(msgspec.structs.replace(view, offered_at=wrist.clock.now(), expires=expires))
    wrist.carry_all()


def commands(wrist: Wrist, channel: Channel) -> list[Command]:
    assert wrist.tape is not None
    return [command for command in wrist.tape.commands if command.channel is channel and not command.stop]


def moved_at(wrist: Wrist) -> list[float]:
    return [command.at for command in commands(wrist, Channel.VIBRATION)]


def stopped(wrist: Wrist) -> set[Channel]:
    assert wrist.tape is not None
    return {command.channel for command in wrist.tape.commands if command.stop}


def fates(wrist: Wrist) -> dict[str, CallFate]:
    return {call.task: call.fate for call in wrist.agent.state.calls}


@pytest.mark.req("W-07")
def test_nobody_answers_so_it_comes_again_stronger_then_by_voice_and_then_ends(wrist: Wrist) -> None:
    wrist.agent.change(Preferences(voice=True))
    offer(wrist)
    wrist.timers.pass_s(600)
    motor = commands(wrist, Channel.VIBRATION)
    assert [command.at for command in motor] == [0.0, 8.0, 20.0]
    assert [command.pulses_ms for command in motor] == [step.pulses_ms for step in URGENT]
    assert motor[0].strength < motor[1].strength
    assert [command.at for command in commands(wrist, Channel.RING)] == [0.0, 8.0, 20.0]
    (spoken,) = commands(wrist, Channel.VOICE)
    assert (spoken.at, spoken.text, spoken.language) == (20.0, "A001, Loan", Language.EN)
    alerts = [event for event in wrist.events if isinstance(event, events.Alerted)]
    again = [event.after_s for event in wrist.events if isinstance(event, events.AlertedAgain)]
    assert (len(alerts), again) == (1, [8.0, 20.0])


@pytest.mark.req("W-07")
def test_the_motor_moves_before_anyone_hears_what_happened(wrist: Wrist) -> None:
    seen: list[int] = []

    def look(event: events.AnyEvent) -> None:
        if isinstance(event, events.Offered):
            seen.append(len(commands(wrist, Channel.VIBRATION)))
            assert event.received_ns == int(wrist.agent.link.arrived * 1e9)

    wrist.agent.journal.subscribe(look)
    offer(wrist)
    assert seen == [1]
    assert wrist.tape is not None
    assert wrist.tape.commands[0].channel is Channel.VIBRATION
    names = [events.name_of(event) for event in wrist.events]
    assert names.index("offered") < names.index("alert"), "the lines tell it in the order of cause and effect"


@pytest.mark.req("W-06", "W-07")
def test_claimed_elsewhere_stops_motor_ring_and_voice_at_once_and_says_who(wrist: Wrist) -> None:
    wrist.agent.change(Preferences(voice=True))
    offer(wrist)
    wrist.timers.pass_s(20)
    wrist.hub.claim(TASK, "watch-2")
    wrist.carry_all()
    assert stopped(wrist) == {Channel.VIBRATION, Channel.RING, Channel.VOICE}
    (call,) = wrist.agent.state.calls
    assert (call.fate, call.by, call.number) == (CallFate.TAKEN, "watch-2", "A001")
    wrist.timers.pass_s(LINGERS.total_seconds() - 0.1)
    assert fates(wrist) == {TASK: CallFate.TAKEN}
    wrist.timers.pass_s(0.2)
    assert fates(wrist) == {}
    assert wrist.timers.waiting == 0


@pytest.mark.req("W-07")
@pytest.mark.parametrize(
    ("reason", "fate"),
    [
        (WithdrawReason.EXPIRED, CallFate.EXPIRED),
        (WithdrawReason.SERVED, CallFate.GONE),
        (WithdrawReason.CANCELLED, CallFate.GONE),
    ],
)
def test_a_task_that_leaves_ends_its_alert(wrist: Wrist, reason: WithdrawReason, fate: CallFate) -> None:
    offer(wrist)
    wrist.hub.withdraw(TASK, reason)
    wrist.carry_all()
    assert fates(wrist) == {TASK: fate}
    wrist.timers.pass_s(60)
    assert moved_at(wrist) == [0.0]
    assert fates(wrist) == {}


@pytest.mark.req("W-07")
def test_expired_by_the_wrists_own_clock_when_the_hub_is_out_of_reach(wrist: Wrist) -> None:
    offer(wrist, lives_s=10)
    wrist.agent.link.on_disconnected("test")
    wrist.timers.pass_s(10)
    assert fates(wrist) == {TASK: CallFate.EXPIRED}
    wrist.timers.pass_s(60)
    assert moved_at(wrist) == [0.0, 8.0], "nothing after the expiry"
    assert fates(wrist) == {}


@pytest.mark.req("W-07")
def test_a_tap_on_take_or_pass_silences_before_the_hub_has_answered(wrist: Wrist) -> None:
    offer(wrist)
    offer(wrist, OTHER)
    wrist.agent.claim(TASK)
    wrist.agent.pass_task(OTHER)
    wrist.timers.pass_s(60)
    assert moved_at(wrist) == [0.0, 0.0]
    assert fates(wrist) == {TASK: CallFate.OPEN}, "a claim may still be lost, a pass is done"
    wrist.send_up()
    assert fates(wrist) == {}
    silenced = [event.task for event in wrist.events if isinstance(event, events.Silenced)]
    assert sorted(silenced) == [TASK, OTHER], "told once each"


def test_a_call_that_is_put_away_is_silent_and_its_task_still_in_the_list(wrist: Wrist) -> None:
    offer(wrist)
    wrist.agent.end_call(TASK)
    wrist.timers.pass_s(60)
    assert (fates(wrist), moved_at(wrist)) == ({}, [0.0])
    assert wrist.agent.state.book.badge == 1
    wrist.agent.end_call("task-0404")


@pytest.mark.req("W-07")
def test_do_not_disturb_silences_what_runs_and_raises_what_is_still_open_once(wrist: Wrist) -> None:
    offer(wrist, lives_s=3600)
    wrist.agent.change(Preferences(quiet=True))
    assert Channel.VIBRATION in stopped(wrist)
    wrist.timers.pass_s(60)
    assert moved_at(wrist) == [0.0], "no more steps either"
    offer(wrist, OTHER, urgency=Urgency.ORDINARY, lives_s=30)
    offer(wrist, THIRD)
    assert wrist.agent.state.book.badge == 3
    assert OTHER not in fates(wrist), "what is not raised makes no call"
    wrist.timers.pass_s(60)
    wrist.agent.change(Preferences(quiet=False))
    assert moved_at(wrist) == [0.0, 120.0]
    raised = [event.task for event in wrist.events if isinstance(event, events.Alerted)]
    assert raised == [TASK, THIRD], "what was felt stays felt, what expired meanwhile is dropped"


@pytest.mark.req("W-07")
def test_several_at_once_are_one_pattern_of_the_most_urgent_and_text_for_the_others(wrist: Wrist) -> None:
    wrist.agent.change(Preferences(quiet=True))
    offer(wrist, TASK, urgency=Urgency.ORDINARY)
    offer(wrist, OTHER, urgency=Urgency.URGENT)
    offer(wrist, THIRD, urgency=Urgency.ORDINARY)
    wrist.agent.change(Preferences())
    (motor,) = commands(wrist, Channel.VIBRATION)
    assert motor.pulses_ms == URGENT[0].pulses_ms
    alerts = [(event.task, event.channels) for event in wrist.events if isinstance(event, events.Alerted)]
    assert alerts == [
        (OTHER, (Channel.VIBRATION, Channel.RING, Channel.TEXT)),
        (TASK, (Channel.TEXT,)),
        (THIRD, (Channel.TEXT,)),
    ]
    assert fates(wrist) == dict.fromkeys((OTHER, TASK, THIRD), CallFate.OPEN)


@pytest.mark.req("W-07")
def test_a_talk_silences_what_runs_and_stays_quiet_until_its_form_is_sent(wrist: Wrist) -> None:
    offer(wrist)
    wrist.agent.claim(TASK)
    wrist.send_up()
    offer(wrist, OTHER)
    wrist.agent.start_talk(TASK, Consent.REFUSED)
    wrist.send_up()
    offer(wrist, THIRD)
    wrist.timers.pass_s(300)
    assert moved_at(wrist) == [0.0, 0.0]
    wrist.agent.give_feedback(GiveFeedback(task_id=TASK, outcome=Outcome.FAILURE))
    assert moved_at(wrist) == [0.0, 0.0, 300.0]
    assert fates(wrist)[THIRD] is CallFate.OPEN


@pytest.mark.req("W-07")
def test_off_the_wrist_nothing_sounds_and_a_locked_screen_keeps_no_alert_back(wrist: Wrist) -> None:
    wrist.agent.wrist(OnWrist.OFF)
    offer(wrist)
    assert moved_at(wrist) == []
    wrist.agent.wrist(OnWrist.UP)
    assert moved_at(wrist) == [0.0]
    wrist.agent.lock()
    assert wrist.agent.state.lock.locked
    offer(wrist, OTHER)
    assert len(moved_at(wrist)) == 2
    assert wrist.agent.unlock("")


@pytest.mark.req("W-07")
def test_a_change_of_strength_counts_from_the_next_step_on(wrist: Wrist) -> None:
    offer(wrist)
    wrist.agent.change(Preferences(vibration=Strength.OFF, ring=False))
    wrist.timers.pass_s(60)
    assert moved_at(wrist) == [0.0]
    assert len(commands(wrist, Channel.RING)) == 1


@pytest.mark.req("W-07")
def test_silencing_one_task_leaves_the_pattern_of_another_alone(wrist: Wrist) -> None:
    offer(wrist)
    offer(wrist, OTHER)
    wrist.hub.claim(TASK, "watch-2")
    wrist.carry_all()
    assert stopped(wrist) == set(), "motor and ring are the other's by now"
    wrist.timers.pass_s(8)
    assert moved_at(wrist) == [0.0, 0.0, 8.0]


@pytest.mark.req("W-07")
def test_on_reconnect_what_is_new_is_one_pattern_and_what_is_held_none(wrist: Wrist) -> None:
    wrist.agent.link.on_disconnected("test")
    for number in range(1, 4):
        wrist.hub.offer(a_view(f"task-{number:04d}"))
    wrist.hub.claim(THIRD, DEVICE)
    wrist.reconnect()
    assert len(moved_at(wrist)) == 1
    assert set(fates(wrist)) == {TASK, OTHER}


@pytest.mark.req("W-02")
def test_a_shift_that_is_handed_over_leaves_nothing_of_the_advisor(wrist: Wrist) -> None:
    wrist.agent.change(Preferences(quiet=True, language=Language.KO, begun=True))
    wrist.agent.set_pin("1234")
    offer(wrist)
    assert isinstance(wrist.agent.hand_over(), str)
    assert wrist.agent.state.preferences == Preferences()
    assert wrist.agent.state.calls == ()
    assert not wrist.agent.state.lock.has_pin
    assert moved_at(wrist) == [], "the quiet ends with the shift: no last buzz"
    wrist.send_up()
    assert wrist.agent.state.binding is None


@pytest.mark.req("W-02", "W-07")
def test_who_leaves_the_branch_is_not_alerted_any_more_unless_the_hub_refuses(wrist: Wrist) -> None:
    wrist.hub.refuse[UnbindDevice] = ErrorCode.NOT_BOUND
    offer(wrist)
    wrist.agent.unbind()
    offer(wrist, OTHER)
    wrist.timers.pass_s(30)
    assert moved_at(wrist) == [0.0]
    letter = wrist.mailbox.head()
    assert letter is not None
    wrist.hub.hear(Received(letter.topic, letter.payload))
    wrist.carry_all()
    assert moved_at(wrist) == [0.0, 30.0]


def test_a_shift_is_not_handed_over_in_a_talk_nor_behind_a_code(wrist: Wrist) -> None:
    wrist.agent.set_pin("1234")
    wrist.agent.lock()
    assert not isinstance(wrist.agent.hand_over(), str)
    assert wrist.agent.unlock("1234")
    offer(wrist)
    wrist.agent.claim(TASK)
    wrist.send_up()
    wrist.agent.start_talk(TASK, Consent.REFUSED)
    assert not isinstance(wrist.agent.hand_over(), str)
    assert wrist.agent.state.binding is not None


def test_the_voice_reads_a_page_in_the_language_of_the_screen(wrist: Wrist) -> None:
    wrist.agent.read_aloud("A001")
    wrist.agent.change(Preferences(language=Language.KO))
    wrist.agent.read_aloud("A001")
    wrist.agent.hush()
    assert [command.language for command in commands(wrist, Channel.VOICE)] == [Language.EN, Language.KO]
    assert stopped(wrist) == {Channel.VOICE}


@pytest.mark.req("W-07", "W-10")
@pytest.mark.parametrize("whole", [False, True])
def test_a_talk_that_began_on_another_device_ends_what_sounds(wrist: Wrist, whole: bool) -> None:
    offer(wrist)
    wrist.hub.claim(TASK, DEVICE)
    offer(wrist, OTHER)
    felt = len(moved_at(wrist))
    talking = msgspec.structs.replace(wrist.hub.line(DEVICE).tasks[TASK], state=TaskState.TALKING)
    if whole:
        wrist.hub.line(DEVICE).tasks[TASK] = talking
        wrist.hub.sync(DEVICE)
    else:
        wrist.hub.update(DEVICE, talking)
    wrist.carry_all()
    assert wrist.agent.state.talk is not None
    wrist.timers.pass_s(60)
    assert len(moved_at(wrist)) == felt


@pytest.mark.req("W-07", "W-14")
async def test_a_form_that_was_refused_keeps_the_wrist_quiet_again() -> None:
    wrist = bound(Wrist(taped=True))
    offer(wrist)
    wrist.agent.claim(TASK)
    wrist.send_up()
    wrist.agent.start_talk(TASK, Consent.REFUSED)
    wrist.send_up()
    offer(wrist, OTHER)
    wrist.hub.refuse[GiveFeedback] = ErrorCode.UNKNOWN_PRODUCT
    wrist.agent.give_feedback(GiveFeedback(task_id=TASK, outcome=Outcome.SUCCESS, products=("car",)))
    felt = len(moved_at(wrist))
    wrist.send_up()
    await asyncio.sleep(0)
    assert wrist.agent.state.talk is not None
    wrist.timers.pass_s(60)
    assert len(moved_at(wrist)) == felt
    wrist.close()


@pytest.mark.req("W-02")
def test_a_device_that_is_bound_to_no_branch_is_handed_over_too(wrist: Wrist) -> None:
    wrist.agent.set_pin("1234")
    wrist.agent.change(Preferences(quiet=True, begun=True))
    wrist.agent.unbind()
    wrist.send_up()
    assert wrist.agent.hand_over() == ""
    assert wrist.mailbox.head() is None
    assert wrist.agent.state.preferences == Preferences()
    assert not wrist.agent.state.lock.has_pin
    assert wrist.agent.state.calls == ()


@pytest.mark.req("W-09")
@pytest.mark.parametrize("put", [OnWrist.OFF, OnWrist.DOWN, None])
def test_reading_aloud_ends_when_the_device_is_put_down_or_locked(wrist: Wrist, put: OnWrist | None) -> None:
    wrist.agent.read_aloud("the customer's page")
    assert Channel.VOICE not in stopped(wrist)
    if put is None:
        wrist.agent.lock()
    else:
        wrist.agent.wrist(put)
    assert Channel.VOICE in stopped(wrist)


@pytest.mark.req("W-07")
def test_an_alert_and_what_is_read_aloud_leave_each_others_voice_alone(wrist: Wrist) -> None:
    wrist.agent.change(Preferences(voice=True))
    offer(wrist)
    wrist.timers.pass_s(21)
    wrist.agent.hush()
    wrist.agent.lock()
    assert Channel.VOICE not in stopped(wrist), "the alert goes on"
    wrist.agent.read_aloud("the plan of another task")
    wrist.hub.withdraw(TASK, WithdrawReason.SERVED)
    wrist.carry_all()
    assert Channel.VOICE not in stopped(wrist), "the reading goes on"
    wrist.agent.hush()
    assert Channel.VOICE in stopped(wrist)
