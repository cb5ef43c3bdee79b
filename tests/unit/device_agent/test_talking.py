"""The running talk: what is heard or not, what is tapped, and the plan on the wrist meanwhile (W-10, W-12, W-13)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.visits import Consent, GiveFeedback, Outcome, PlanMove, Reason, Stance, TapSignal, TaskState
from device_agent.core import form as forms
from device_agent.core.acts import DeclineCode, Declined
from device_agent.core.form import FormMove
from device_agent.core.talk import Hearing
from runtime.bus import Received
from tests.unit.device_agent.ears import RecordedEar
from tests.unit.device_agent.fakehub import a_plan, a_view, plan_after
from tests.unit.device_agent.wrist import DEVICE, Wrist, bound, sent

TASK = "task-0001"


def held(wrist: Wrist) -> Wrist:
    bound(wrist).hub.offer(a_view(TASK))
    wrist.carry_all()
    wrist.agent.claim(TASK)
    wrist.send_up()
    return wrist


@pytest.fixture
def wrist() -> Iterator[Wrist]:
    made = held(Wrist())
    yield made
    made.close()


def order(wrist: Wrist) -> list[str]:
    return [product.code for product in wrist.agent.state.book.tasks[TASK].plan.products]


@pytest.mark.req("W-10")
def test_with_consent_and_an_ear_the_talk_is_heard_paused_and_ended() -> None:
    ear = RecordedEar()
    wrist = held(Wrist(ear=ear))
    assert wrist.agent.state.session is None
    wrist.agent.start_talk(TASK, Consent.GRANTED)
    session = wrist.agent.state.session
    assert session is not None
    assert (session.task, session.began, session.hearing) == (TASK, wrist.clock.now(), Hearing.LISTENING)
    ear.hear("she wants")
    assert wrist.agent.state.session is not None
    assert wrist.agent.state.session.partial == "she wants"
    wrist.agent.pause_hearing(True)
    wrist.agent.pause_hearing(True)
    ear.hear("not for us")
    assert wrist.agent.state.session.hearing is Hearing.PAUSED
    assert wrist.agent.state.session.partial == ""
    wrist.agent.pause_hearing(False)
    assert wrist.agent.state.session.hearing is Hearing.LISTENING
    wrist.agent.give_feedback(GiveFeedback(task_id=TASK, outcome=Outcome.FAILURE))
    assert wrist.agent.state.session is None
    assert ear.did == ["listen", "pause", "go on", "stop"]
    wrist.close()


@pytest.mark.req("W-10")
@pytest.mark.parametrize(
    ("consent", "available", "hearing"),
    [
        (Consent.REFUSED, True, Hearing.REFUSED),
        (Consent.GRANTED, False, Hearing.UNAVAILABLE),
        (Consent.REFUSED, False, Hearing.REFUSED),
    ],
)
def test_without_consent_or_an_ear_nothing_is_heard(consent: Consent, available: bool, hearing: Hearing) -> None:
    ear = RecordedEar()
    ear.available = available
    wrist = held(Wrist(ear=ear))
    wrist.agent.start_talk(TASK, consent)
    wrist.agent.pause_hearing(True)
    wrist.agent.pause_hearing(False)
    assert wrist.agent.state.session is not None
    assert wrist.agent.state.session.hearing is hearing
    assert ear.did == []
    wrist.close()


@pytest.mark.req("W-10")
def test_a_wrist_without_any_ear_still_talks(wrist: Wrist) -> None:
    wrist.agent.start_talk(TASK, Consent.GRANTED)
    assert wrist.agent.state.session is not None
    assert wrist.agent.state.session.hearing is Hearing.UNAVAILABLE


@pytest.mark.req("W-10", "W-12")
def test_a_tap_is_sent_shown_at_once_and_taken_back(wrist: Wrist) -> None:
    declined = wrist.agent.signal("car", Stance.INTEREST)
    assert isinstance(declined, Declined)
    assert declined.code is DeclineCode.NO_TALK
    wrist.agent.start_talk(TASK, Consent.REFUSED)
    assert isinstance(wrist.agent.signal("car", Stance.REFUSAL), str)
    assert isinstance(wrist.agent.signal("fire", Stance.INTEREST), str)
    assert isinstance(wrist.agent.signal("car", Stance.NONE), str)
    assert wrist.agent.state.session is not None
    assert dict(wrist.agent.state.session.stances) == {"fire": Stance.INTEREST}
    assert sent(wrist) == ["talk.start.v1", "talk.signal.v1", "talk.signal.v1", "talk.signal.v1"]
    wrong = wrist.agent.signal("no such code!", Stance.INTEREST)
    assert isinstance(wrong, Declined)
    assert wrong.code is DeclineCode.INVALID
    wrist.send_up()
    taps = [(m.product, m.stance) for m in wrist.hub.received if isinstance(m, TapSignal)]
    assert taps == [("car", Stance.REFUSAL), ("fire", Stance.INTEREST), ("car", Stance.NONE)]


@pytest.mark.req("W-12", "W-13")
def test_the_wrist_ranks_anew_at_the_tap_and_the_hubs_plan_wins(wrist: Wrist) -> None:
    wrist.agent.start_talk(TASK, Consent.REFUSED)
    wrist.send_up()
    assert order(wrist) == ["car", "fire", "boat"]
    wrist.agent.signal("car", Stance.REFUSAL)
    assert order(wrist) == ["fire", "boat", "bike"]
    assert wrist.agent.state.session is not None
    moves = {move.code: (move.was, move.now, move.why.code) for move in wrist.agent.state.session.moves}
    assert moves["fire"] == (1, 0, "other_refusal")
    assert moves["bike"] == (None, 2, "other_refusal")
    wrist.agent.signal("car", Stance.NONE)
    assert order(wrist) == ["car", "fire", "boat"], "taken back before the hub has said anything"
    wrist.agent.signal("car", Stance.REFUSAL)
    wrist.send_up()
    plan = a_plan()
    move = PlanMove(code="boat", was=2, now=0, why=Reason(code="talk", text="Refused the car"))
    theirs = msgspec.structs.replace(plan, products=plan.products[::-1], moves=(move,))
    view = wrist.hub.line(DEVICE).tasks[TASK]
    wrist.hub.update(DEVICE, msgspec.structs.replace(view, plan=theirs))
    wrist.carry_all()
    assert order(wrist) == ["boat", "fire", "car"]
    assert wrist.agent.state.session.moves == (move,)
    wrist.agent.signal("boat", Stance.REFUSAL)
    assert order(wrist) == ["fire", "bike", "car"]
    wrist.send_up()
    wrist.hub.update(DEVICE, msgspec.structs.replace(view, plan=theirs, match_score=0.5))
    wrist.carry_all()
    assert order(wrist) == ["boat", "fire", "car"], "also when the hub stays with what it said before"
    assert dict(wrist.agent.state.session.stances) == {"car": Stance.REFUSAL, "boat": Stance.REFUSAL}


@given(
    st.dictionaries(st.sampled_from(["car", "fire", "boat", "tree"]), st.sampled_from(Stance), max_size=4),
)
def test_ranking_anew_keeps_to_what_is_on_offer_and_its_moves_tell_the_difference(taps: dict[str, Stance]) -> None:
    before, after = a_plan(), plan_after(taps)
    codes = [product.code for product in before.products]
    now = [product.code for product in after.products]
    assert set(now) <= {"car", "fire", "boat", "bike"}
    assert len(set(now)) == 3
    moved = {move.code: (move.was, move.now) for move in after.moves}
    assert moved == {
        code: (codes.index(code) if code in codes else None, place)
        for place, code in enumerate(now)
        if code not in codes or codes.index(code) != place
    }
    if not {code for code, stance in taps.items() if stance is not Stance.NONE} & {"car", "fire", "boat"}:
        assert now == codes
    for code, stance in taps.items():
        if code in now and stance is Stance.REFUSAL and any(taps.get(one) is not Stance.REFUSAL for one in now):
            assert now.index(code) > 0, "what was refused is not first while another is on offer"


@pytest.mark.req("W-10")
def test_killed_in_a_talk_it_goes_on_with_its_taps_and_the_advisor_opens_the_microphone_again(tmp_path: Path) -> None:
    ear = RecordedEar()
    wrist = held(Wrist(tmp_path / "store.sqlite", ear=ear))
    wrist.agent.start_talk(TASK, Consent.GRANTED)
    began = wrist.clock.now()
    wrist.agent.signal("car", Stance.REFUSAL)
    wrist.timers.pass_s(30)
    wrist.start()
    session = wrist.agent.state.session
    assert session is not None
    assert (session.began, session.hearing, dict(session.stances)) == (
        began,
        Hearing.PAUSED,
        {"car": Stance.REFUSAL},
    )
    assert ear.did == ["listen"], "a restart opens no microphone"
    wrist.agent.pause_hearing(False)
    assert wrist.agent.state.session is not None
    assert wrist.agent.state.session.hearing is Hearing.LISTENING
    assert ear.did == ["listen", "listen"]
    wrist.reconnect()
    assert wrist.agent.state.session is not None
    wrist.close()


@pytest.mark.req("W-10")
def test_a_talk_that_began_on_another_device_is_not_listened_to_here() -> None:
    ear = RecordedEar()
    wrist = bound(Wrist(ear=ear))
    wrist.hub.line(DEVICE).tasks[TASK] = a_view(TASK, state=TaskState.TALKING)
    wrist.hub.sync(DEVICE)
    wrist.carry_all()
    assert wrist.agent.state.session is not None
    assert wrist.agent.state.session.hearing is Hearing.UNAVAILABLE
    assert ear.did == []
    wrist.close()


@pytest.mark.req("W-14")
def test_the_form_begins_with_what_the_talk_refused() -> None:
    stances = {"fire": Stance.REFUSAL, "car": Stance.INTEREST, "tree": Stance.REFUSAL}
    form = forms.begin(a_view(TASK, state=TaskState.TALKING), stances)
    assert form.refused == ("fire", "tree")
    assert form.offered_products == ("car", "fire", "boat", "tree")
    form = forms.take_product(forms.move(form, FormMove.SUCCEEDED), "car")
    message = forms.move(form, FormMove.NEXT).message()
    assert message is not None
    assert (message.products, message.refused, message.preferences) == (("car",), ("fire", "tree"), ("family",))


@pytest.mark.req("W-14")
def test_a_product_goes_from_nothing_to_taken_to_refused_to_nothing() -> None:
    form = forms.move(forms.begin(a_view(TASK)), FormMove.SUCCEEDED)
    seen = []
    for _ in range(3):
        form = forms.take_product(form, "car")
        seen.append((form.products, form.refused))
    assert seen == [(("car",), ()), ((), ("car",)), ((), ())]


@pytest.mark.req("W-14")
def test_a_failure_keeps_what_was_refused() -> None:
    form = forms.begin(a_view(TASK), {"car": Stance.REFUSAL})
    message = forms.move(form, FormMove.FAILED).message()
    assert message is not None
    assert (message.outcome, message.products, message.refused) == (Outcome.FAILURE, (), ("car",))


def test_a_note_may_be_written_on_any_page_and_fits_the_contract() -> None:
    form = forms.with_note(forms.begin(a_view(TASK)), "  asked for time \n" + "x" * 3000)
    message = forms.move(form, FormMove.FAILED).message()
    assert message is not None
    assert message.note.startswith("asked for time")
    assert len(message.note) == 2000


def answer(wrist: Wrist, taps: dict[str, Stance], *, acked_first: bool) -> None:
    """The hub takes the oldest tap; its plan then has these."""
    letter = wrist.mailbox.head()
    assert letter is not None
    view = wrist.hub.line(DEVICE).tasks[TASK]
    update = partial(wrist.hub.update, DEVICE, msgspec.structs.replace(view, plan=plan_after(taps)))
    if not acked_first:
        update()
    wrist.hub.hear(Received(letter.topic, letter.payload))
    if acked_first:
        update()
    wrist.carry_all()


def odds(wrist: Wrist) -> dict[str, float]:
    return {one.code: one.probability for one in wrist.agent.state.book.tasks[TASK].plan.products}


def likely(taps: dict[str, Stance]) -> object:
    return pytest.approx({one.code: one.probability for one in plan_after(taps).products})


@pytest.mark.req("W-12", "W-13")
@pytest.mark.parametrize("acked_first", [False, True])
def test_the_answer_to_one_tap_leaves_the_next_one_counted(wrist: Wrist, acked_first: bool) -> None:
    wrist.agent.start_talk(TASK, Consent.REFUSED)
    wrist.send_up()
    wrist.agent.signal("boat", Stance.INTEREST)
    wrist.agent.signal("car", Stance.REFUSAL)
    both = {"boat": Stance.INTEREST, "car": Stance.REFUSAL}
    assert odds(wrist) == likely(both)
    answer(wrist, {"boat": Stance.INTEREST}, acked_first=acked_first)
    assert odds(wrist) == likely(both), "neither lost nor counted twice"
    answer(wrist, both, acked_first=acked_first)
    assert odds(wrist) == likely(both)
    wrist.hub.sync(DEVICE)
    wrist.carry_all()
    assert odds(wrist) == likely(both)


@pytest.mark.req("W-12", "W-13")
def test_a_tap_that_the_hub_knew_already_counts_once(wrist: Wrist) -> None:
    wrist.agent.start_talk(TASK, Consent.REFUSED)
    wrist.send_up()
    view = wrist.hub.line(DEVICE).tasks[TASK]
    plan = plan_after({"boat": Stance.INTEREST})
    wrist.hub.update(DEVICE, msgspec.structs.replace(view, plan=plan))
    wrist.carry_all()
    wrist.agent.signal("boat", Stance.INTEREST)
    answer(wrist, {"boat": Stance.INTEREST}, acked_first=False)
    assert odds(wrist) == likely({"boat": Stance.INTEREST})


@pytest.mark.req("W-12", "W-13")
def test_what_was_tapped_offline_still_ranks_after_a_restart(wrist: Wrist) -> None:
    wrist.agent.start_talk(TASK, Consent.REFUSED)
    wrist.send_up()
    wrist.agent.link.on_disconnected("test")
    wrist.agent.signal("car", Stance.REFUSAL)
    wrist.start()
    assert odds(wrist) == likely({"car": Stance.REFUSAL})


@pytest.mark.req("W-12", "W-13")
@pytest.mark.parametrize("killed", [False, True])
def test_what_the_hub_has_counted_is_taken_back_offline(wrist: Wrist, killed: bool) -> None:
    wrist.agent.start_talk(TASK, Consent.REFUSED)
    wrist.send_up()
    wrist.agent.signal("car", Stance.REFUSAL)
    answer(wrist, {"car": Stance.REFUSAL}, acked_first=False)
    assert order(wrist) == ["fire", "boat", "bike"]
    wrist.agent.link.on_disconnected("test")
    wrist.agent.signal("car", Stance.NONE)
    if killed:
        wrist.start()
    assert order(wrist) == ["car", "fire", "boat"]
