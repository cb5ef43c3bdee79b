"""What is said in a talk, as the hub follows it: the plan, the interval, what is kept and what is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts import ErrorCode, Refusal
from contracts.fields import Language
from contracts.visits import (
    ClaimTask,
    Consent,
    GiveFeedback,
    HeardWord,
    Outcome,
    SegmentHeard,
    SegmentOrigin,
    Speaker,
    Stance,
    StartTalk,
    TapAbout,
    TapSignal,
    TaskUpdated,
    TaskView,
)
from hub.visits import store
from hub.visits.model import Task
from tests.unit.hub.rig import Rig, Told

pytestmark = pytest.mark.req("W-10", "W-12")


def talking(rig: Rig, branch: str = "main") -> str:
    rig.bind(branch, "watch-ada", "band-ada", "watch-ben")
    task = rig.walk_in(f"kiosk-{branch}", "A001", "c-ann")
    rig.accept("watch-ada", ClaimTask(task_id=task))
    rig.accept("watch-ada", StartTalk(task_id=task, consent=Consent.GRANTED))
    return task


def said(
    task: str, index: int, text: str, *, sure: float = 0.95, at_s: int = 0, by: Speaker = Speaker.CUSTOMER
) -> SegmentHeard:
    words = tuple(HeardWord(text=word, confidence=sure) for word in text.split())
    return SegmentHeard(
        task_id=task,
        index=index,
        origin=SegmentOrigin.SPEECH,
        language=Language.EN,
        text=text,
        words=words,
        speaker=by,
        engine="vosk",
        at_ms=1000 * index,
    )


def view(rig: Rig, task: str) -> TaskView:
    return rig.wrist("watch-ada").tasks[task]


def codes(rig: Rig, task: str) -> list[str]:
    return [product.code for product in view(rig, task).plan.products]


def loaded(rig: Rig, task: str) -> Task:
    found = rig.hub.engine.run(lambda unit: store.load_task(unit, task))[0]
    assert found is not None
    return found


def updates(told: list[Told]) -> list[str]:
    return sorted(one.device for one in told if isinstance(one.message, TaskUpdated))


def test_a_refusal_that_is_said_takes_the_product_out_at_once_on_all_devices_of_the_holder(rig: Rig) -> None:
    task = talking(rig)
    basis = view(rig, task).plan.basis
    assert basis is not None
    first = basis.products[0]
    told = rig.accept("watch-ada", said(task, 0, f"I don't want the {first.name}"))
    assert updates(told) == ["band-ada", "watch-ada"]
    assert first.code not in codes(rig, task)
    plan = view(rig, task).plan
    assert {move.why.code for move in plan.moves} == {"other_refusal"}
    assert first.name in plan.moves[0].why.text


def test_interest_in_a_category_lifts_its_best_product_and_says_why(rig: Rig) -> None:
    task = talking(rig)
    basis = view(rig, task).plan.basis
    assert basis is not None
    insurances = [one.code for one in basis.products if one.category == "insurance"]
    rig.accept("watch-ada", said(task, 0, "I am interested in insurance"))
    assert insurances[0] in codes(rig, task)
    product = view(rig, task).plan.products[codes(rig, task).index(insurances[0])]
    assert product.reasons[0].code == "wide_interest"


def test_a_weak_signal_waits_for_the_interval(rig: Rig) -> None:
    task = talking(rig)
    before = view(rig, task).plan
    assert before.basis is not None
    name = before.basis.products[1].name
    assert updates(rig.accept("watch-ada", said(task, 0, f"I am not sure about the {name}"))) == []
    assert loaded(rig, task).heard is not None
    assert view(rig, task).plan == before
    assert updates(rig.tick(29)) == []
    assert updates(rig.tick(2)) == ["band-ada", "watch-ada"]
    after = view(rig, task).plan
    assert [one.code for one in after.products] != [one.code for one in before.products] or (
        after.products[1].probability < before.products[1].probability
    )
    assert updates(rig.tick(40)) == [], "told once"


def test_what_is_not_sure_moves_nothing_and_an_answer_does(rig: Rig) -> None:
    task = talking(rig)
    before = codes(rig, task)
    told = rig.accept("watch-ada", said(task, 0, "I am not interested in insurance", sure=0.3))
    assert updates(told) == []
    heard = loaded(rig, task).heard
    assert heard is not None
    assert [(one.about.value, one.subject) for one in heard.ledger.questions] == [("category", "insurance")]
    assert codes(rig, task) == before
    tap = TapSignal(task_id=task, product="insurance", stance=Stance.INTEREST, about=TapAbout.CATEGORY)
    rig.accept("watch-ada", tap)
    heard = loaded(rig, task).heard
    assert heard is not None
    assert heard.ledger.questions == ()
    assert "wide_interest" in {one.code for product in view(rig, task).plan.products for one in product.reasons}


def test_what_the_advisor_says_shows_nothing_of_the_customer(rig: Rig) -> None:
    task = talking(rig)
    before = view(rig, task).plan
    rig.accept("watch-ada", said(task, 0, "I would like to show you our insurance", by=Speaker.ADVISOR))
    assert view(rig, task).plan == before


def test_a_tap_speaks_louder_than_what_was_heard(rig: Rig) -> None:
    task = talking(rig)
    basis = view(rig, task).plan.basis
    assert basis is not None
    first = basis.products[0]
    rig.accept("watch-ada", said(task, 0, f"I don't want the {first.name}"))
    rig.accept("watch-ada", TapSignal(task_id=task, product=first.code, stance=Stance.INTEREST))
    assert codes(rig, task)[0] == first.code


@pytest.mark.req("W-17")
def test_the_story_has_signals_always_and_text_only_where_and_as_long_as_the_branch_keeps_it(rig: Rig) -> None:
    task = talking(rig)
    rig.accept("watch-ada", said(task, 0, "I don't need a credit card"))
    log = rig.hub.engine.run(lambda unit: store.story(unit, task))[0]
    details = [entry.detail for entry in log if entry.kind == "heard"]
    assert len(details) == 1
    assert details[0].startswith("refusal product:credit_card 0.")
    kept = rig.hub.engine.run(lambda unit: store.segments_of(unit, task))[0]
    assert [one.text for one in kept] == ["I don't need a credit card"]
    rig.clock.advance(timedelta(days=1, seconds=1).total_seconds())
    rig.hub.engine.forget(timedelta(days=14))
    assert rig.hub.engine.run(lambda unit: store.segments_of(unit, task))[0] == []


@pytest.mark.req("W-17")
def test_where_nothing_is_kept_no_text_is_ever_written(rig: Rig) -> None:
    task = talking(rig, "yard")
    rig.accept("watch-ada", said(task, 0, "I don't need a zanzibar credit card"))
    assert rig.tables()["segments"] == []
    assert loaded(rig, task).heard is not None
    assert "zanzibar" not in str(rig.tables())


@pytest.mark.req("W-11")
def test_who_may_be_listened_to_by_the_hub_and_where_its_segments_go(rig: Rig) -> None:
    task = talking(rig)
    talks = rig.hub.talks
    rig.accept("watch-ada", said(task, 0, "hello"))

    def may(device: str) -> object:
        refusal = rig.hub.engine.run(lambda unit: talks.may_listen(unit, device, task))[0]
        return refusal.code if isinstance(refusal, Refusal) else refusal

    assert may("band-ada") is None
    assert may("watch-ben") is ErrorCode.TASK_NOT_HELD
    assert may("watch-cho") is ErrorCode.TASK_NOT_OFFERED
    heard, told = rig.run(
        lambda unit: talks.recognised(unit, "band-ada", said(task, 0, "I am Ann Leibowitz and need no credit card"))
    )
    assert isinstance(heard, SegmentHeard)
    assert heard.index == 1
    assert "Leibowitz" not in heard.text
    assert told
    rig.accept("watch-ada", StartTalk(task_id=task, consent=Consent.REFUSED))
    assert may("band-ada") is ErrorCode.NO_CONSENT
    rig.accept("watch-ada", GiveFeedback(task_id=task, outcome=Outcome.FAILURE))
    assert may("band-ada") is ErrorCode.TASK_CLOSED
