"""When the microphone is open and when not, and which plan is shown when the wrist doesn't know all (W-10)."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from contracts import ErrorCode
from contracts.fields import Language
from contracts.visits import (
    Consent,
    GiveFeedback,
    Outcome,
    SegmentHeard,
    Stance,
    TaskState,
)
from device_agent.core.hearing import EarTrouble
from device_agent.core.talk import Hearing, Talk
from tests.unit.device_agent.ears import RecordedEar
from tests.unit.device_agent.fakehub import a_plan, a_view
from tests.unit.device_agent.wrist import DEVICE, Wrist, bound, sent

pytestmark = pytest.mark.req("W-10")

TASK = "task-0001"


def talking(ear: RecordedEar, path: Path | None = None) -> Wrist:
    wrist = bound(Wrist(path, ear=ear))
    wrist.hub.offer(a_view(TASK))
    wrist.carry_all()
    wrist.agent.claim(TASK)
    wrist.send_up()
    wrist.agent.start_talk(TASK, Consent.GRANTED)
    wrist.send_up()
    return wrist


def session(wrist: Wrist) -> Talk:
    found = wrist.agent.state.session
    assert found is not None
    return found


def test_what_is_heard_goes_to_the_hub_without_names_and_numbers() -> None:
    ear = RecordedEar()
    wrist = talking(ear)
    ear.heard("my number is 4711 0815 22 and I want a card")
    wrist.send_up()
    (segment,) = [one for one in wrist.hub.received if isinstance(one, SegmentHeard)]
    assert "4711" not in segment.text
    assert "want a card" in segment.text
    assert segment.engine == "test"
    assert len(segment.words) == len(segment.text.split())
    wrist.agent.say("her pin is 4 7 1 1", Language.EN)
    wrist.send_up()
    typed = [one for one in wrist.hub.received if isinstance(one, SegmentHeard)][-1]
    assert "4 7 1 1" not in typed.text, "what is typed is redacted, too"
    wrist.close()


@pytest.mark.parametrize("code", [ErrorCode.NO_CONSENT, ErrorCode.TASK_NOT_HELD, ErrorCode.TASK_CLOSED])
def test_the_hub_refuses_speech_so_the_microphone_closes_and_stays_closed(code: ErrorCode, tmp_path: Path) -> None:
    ear = RecordedEar()
    wrist = talking(ear, tmp_path / "store.sqlite")
    wrist.hub.refuse[SegmentHeard] = code
    ear.heard("hello there")
    wrist.send_up()
    assert session(wrist).hearing is Hearing.REFUSED
    assert ear.did == ["listen", "stop"]
    wrist.agent.pause_hearing(False)
    wrist.start()
    wrist.agent.pause_hearing(False)
    assert ear.did == ["listen", "stop"]
    assert session(wrist).hearing is Hearing.REFUSED
    assert b"hello there" not in (tmp_path / "store.sqlite").read_bytes(), "a refused message keeps no words"
    wrist.close()


def test_paused_and_restarted_the_microphone_stays_closed(tmp_path: Path) -> None:
    ear = RecordedEar()
    wrist = talking(ear, tmp_path / "store.sqlite")
    wrist.agent.pause_hearing(True)
    wrist.start()
    assert session(wrist).hearing is Hearing.PAUSED
    assert ear.did == ["listen", "pause"]
    wrist.close()


def test_a_refused_form_brings_the_talk_back_with_the_microphone_closed() -> None:
    ear = RecordedEar()
    wrist = talking(ear)
    wrist.hub.refuse[GiveFeedback] = ErrorCode.UNKNOWN_PRODUCT
    wrist.agent.give_feedback(GiveFeedback(task_id=TASK, outcome=Outcome.SUCCESS, products=("car",)))
    assert ear.did == ["listen", "stop"]
    wrist.send_up()
    assert session(wrist).hearing is Hearing.PAUSED
    assert ear.did == ["listen", "stop"]
    wrist.close()


def test_leaving_the_branch_closes_the_microphone_at_once() -> None:
    ear = RecordedEar()
    wrist = talking(ear)
    wrist.agent.link.on_disconnected("test")
    wrist.agent.unbind()
    assert ear.did == ["listen", "stop"]
    wrist.close()


def test_an_old_consent_is_not_used_again_for_the_same_task() -> None:
    ear = RecordedEar()
    wrist = talking(ear)
    offered = a_view(TASK)
    wrist.hub.update(DEVICE, offered)
    wrist.carry_all()
    wrist.hub.update(DEVICE, a_view(TASK, state=TaskState.HELD))
    wrist.hub.update(DEVICE, a_view(TASK, state=TaskState.TALKING))
    wrist.carry_all()
    assert session(wrist).hearing is Hearing.UNAVAILABLE, "it began elsewhere this time"
    assert ear.did == ["listen", "stop"]
    wrist.close()


def test_trouble_is_shown_until_it_is_over() -> None:
    ear = RecordedEar()
    wrist = talking(ear)
    assert ear.listener is not None
    ear.hear("so far")
    ear.listener.trouble(EarTrouble.MICROPHONE)
    assert (session(wrist).trouble, session(wrist).partial) == (EarTrouble.MICROPHONE, "")
    ear.listener.trouble(None)
    assert session(wrist).trouble is None
    wrist.close()


@pytest.mark.req("W-13")
def test_a_wrist_that_knows_no_products_shows_the_hubs_plan_after_speech() -> None:
    ear = RecordedEar()
    wrist = talking(ear)
    plan = a_plan()
    theirs = msgspec.structs.replace(plan, products=plan.products[::-1])
    ear.heard("I want the boat")
    wrist.send_up()
    wrist.hub.update(DEVICE, msgspec.structs.replace(a_view(TASK, state=TaskState.TALKING), plan=theirs))
    wrist.carry_all()
    ear.heard("ok thanks")
    wrist.send_up()
    shown = [one.code for one in wrist.agent.state.book.tasks[TASK].plan.products]
    assert shown == [one.code for one in theirs.products]
    wrist.agent.signal("fire", Stance.REFUSAL)
    assert [one.code for one in wrist.agent.state.book.tasks[TASK].plan.products] == shown, "until the hub answers"
    wrist.close()


@pytest.mark.req("W-11")
def test_what_the_hub_recognised_is_not_sent_again_and_places_go_on_after_it() -> None:
    ear = RecordedEar()
    wrist = talking(ear)
    ear.heard("first", index=0)
    ear.heard("second", index=1)
    assert sent(wrist) == []
    wrist.agent.say("typed", Language.EN)
    wrist.send_up()
    (segment,) = [one for one in wrist.hub.received if isinstance(one, SegmentHeard)]
    assert segment.index == 2
    own = wrist.agent.own_talk
    assert own is not None
    wrist.close()
