"""The visit: pages, talk and consent, feedback, score, and the whole state after a reconnect; on both databases."""

from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import select

from contracts import ErrorCode
from contracts.fields import Language
from contracts.session import DeviceWelcomed, StreamPosition
from contracts.visits import (
    ClaimTask,
    Consent,
    GiveFeedback,
    Outcome,
    SegmentHeard,
    SegmentOrigin,
    StartTalk,
    TasksSynced,
    TaskState,
)
from hub.visits import store
from hub.visits.score import ScoreSettings
from models.policy import Funnel
from tests.unit.hub.rig import NINE, Rig, acked

GIVEN = GiveFeedback(task_id="set-by-test", outcome=Outcome.SUCCESS)
TYPED, SPEECH = SegmentOrigin.TYPED, SegmentOrigin.SPEECH


def held(rig: Rig, device: str = "watch-ada", customer: str = "c-ann") -> str:
    rig.bind("main", "watch-ada", "watch-ben")
    task = rig.walk_in("kiosk-main", "A001", customer)
    rig.accept(device, ClaimTask(task_id=task))
    return task


def segment(task: str, index: int, origin: SegmentOrigin, text: str = "about a flat") -> SegmentHeard:
    return SegmentHeard(task_id=task, index=index, origin=origin, language=Language.EN, text=text)


def demand_of(rig: Rig, task: str) -> Funnel:
    return rig.hub.engine.run(lambda unit: store.load_demand(unit, task))[0]


@pytest.mark.req("W-08", "W-09")
def test_a_sync_shows_open_and_done_tasks_and_pages_to_their_holder_only(rig: Rig) -> None:
    done = held(rig)
    rig.accept("watch-ada", GiveFeedback(task_id=done, outcome=Outcome.SUCCESS, products=("mortgage",)))
    mine = rig.walk_in("kiosk-main", "A002", "c-wang")
    rig.accept("watch-ada", ClaimTask(task_id=mine))
    waiting = rig.walk_in("kiosk-main", "A003", "c-kim")
    for device, expected in (("watch-ada", {done, mine, waiting}), ("watch-ben", {waiting})):
        before = dict(rig.wrist(device).tasks)
        told = rig.report(device)
        [synced] = [one.message for one in told if isinstance(one.message, TasksSynced)]
        assert {task.task for task in synced.tasks} == expected
        assert rig.wrist(device).tasks == before, "the stream and the whole state say the same"
    views = rig.wrist("watch-ada").tasks
    assert {views[task].state for task in (done, mine, waiting)} == {TaskState.DONE, TaskState.HELD, TaskState.OFFERED}
    assert views[done].pages is not None
    assert views[mine].pages is not None
    assert views[waiting].pages is None
    assert views[done].match_score is not None
    assert [task.pages for task in rig.wrist("watch-ben").tasks.values()] == [None]
    rig.tick(12 * 3600 + 1)
    rig.report("watch-ada")
    assert rig.wrist("watch-ada").tasks == {}, "done tasks are shown for twelve hours"


@pytest.mark.req("W-01")
def test_a_device_in_step_is_told_so_and_one_behind_gets_the_whole_state(rig: Rig) -> None:
    rig.bind("main", "watch-ada")
    rig.walk_in("kiosk-main", "A001", "c-ann")
    wrist = rig.wrist("watch-ada")
    position = wrist.position
    [welcome] = [one.message for one in rig.report("watch-ada", position)]
    assert isinstance(welcome, DeviceWelcomed)
    assert (welcome.current, welcome.hub_time) == (True, NINE)
    assert position is not None
    for stale in (
        None,
        StreamPosition(epoch=position.epoch, revision=position.revision - 1),
        StreamPosition(epoch=position.epoch, revision=position.revision + 7),
        StreamPosition(epoch="another-run", revision=position.revision),
    ):
        rig.clock.advance(60)
        told = [one.message for one in rig.report("watch-ada", stale)]
        assert isinstance(told[0], DeviceWelcomed)
        assert not told[0].current
        assert isinstance(told[1], TasksSynced)


@pytest.mark.req("W-01")
def test_a_long_list_comes_in_parts_that_fit(rig: Rig) -> None:
    rig.bind("main", "watch-ben")
    for n in range(60):
        task = rig.walk_in("kiosk-main", f"A{n:03d}", f"c-{n % 20:03d}" if n < 20 else None)
        if n % 2:
            rig.accept("watch-ben", ClaimTask(task_id=task))
    before = dict(rig.wrist("watch-ben").tasks)
    assert len(before) == 60
    told = rig.report("watch-ben")
    parts = [one.message for one in told if isinstance(one.message, TasksSynced)]
    assert len(parts) > 1
    assert max(len(msgspec.json.encode(part)) for part in parts) < 32 * 1024
    assert rig.wrist("watch-ben").tasks == before


@pytest.mark.req("W-10")
def test_speech_needs_consent_and_typing_does_not(rig: Rig) -> None:
    task = held(rig)
    assert rig.refuse("watch-ada", segment(task, 0, TYPED)) is ErrorCode.NO_CONSENT
    asked = NINE - timedelta(seconds=5)
    rig.deliver(rig.letter("watch-ada", StartTalk(task_id=task, consent=Consent.REFUSED), at=asked))
    found = rig.hub.engine.run(lambda unit: store.load_task(unit, task))[0]
    assert found is not None
    assert (found.consent, found.consent_by, found.consent_at) == (Consent.REFUSED, "ada", asked)
    assert rig.refuse("watch-ada", segment(task, 0, SPEECH)) is ErrorCode.NO_CONSENT
    rig.accept("watch-ada", segment(task, 0, TYPED))
    rig.accept("watch-ada", StartTalk(task_id=task, consent=Consent.GRANTED))
    rig.accept("watch-ada", segment(task, 1, SPEECH))
    rig.accept("watch-ada", StartTalk(task_id=task, consent=Consent.REFUSED))
    assert rig.refuse("watch-ada", segment(task, 2, SPEECH)) is ErrorCode.NO_CONSENT
    assert [(row[1], row[2]) for row in rig.tables()["segments"]] == [(0, "typed"), (1, "speech")]
    assert rig.wrist("watch-ada").tasks[task].state is TaskState.TALKING


@pytest.mark.req("W-10")
def test_no_segment_is_lost_and_only_the_holder_may_speak(rig: Rig) -> None:
    task = held(rig)
    rig.accept("watch-ada", StartTalk(task_id=task, consent=Consent.GRANTED))
    first = rig.letter("watch-ada", segment(task, 0, SPEECH, "first"))
    rig.deliver(first, first)
    rig.deliver(first)
    rig.bind("main", "band-ada")
    rig.accept("band-ada", segment(task, 0, TYPED, "by her other device, which counts by itself"))
    assert [row[1:3] for row in rig.tables()["segments"]] == [(0, "speech"), (1, "typed")]
    assert rig.refuse("watch-ben", segment(task, 1, SPEECH)) is ErrorCode.TASK_NOT_HELD
    assert rig.refuse("watch-cho", segment(task, 1, SPEECH)) is ErrorCode.TASK_NOT_OFFERED
    assert rig.refuse("watch-ben", StartTalk(task_id=task, consent=Consent.GRANTED)) is ErrorCode.TASK_NOT_HELD
    rig.accept("watch-ada", segment(task, 100_000, SPEECH, "长" * 2000))
    rig.accept("watch-ada", GiveFeedback(task_id=task, outcome=Outcome.FAILURE))
    assert rig.refuse("watch-ada", segment(task, 2, SPEECH)) is ErrorCode.TASK_CLOSED


@pytest.mark.req("W-10")
def test_a_consent_does_not_pass_to_the_next_holder(rig: Rig) -> None:
    task = held(rig)
    rig.accept("watch-ada", StartTalk(task_id=task, consent=Consent.GRANTED))
    rig.bind("river", "watch-ada")
    rig.accept("watch-ben", ClaimTask(task_id=task))
    assert rig.refuse("watch-ben", segment(task, 0, SPEECH)) is ErrorCode.NO_CONSENT


@pytest.mark.req("W-14")
def test_feedback_counts_once_however_often_it_comes(rig: Rig) -> None:
    task = held(rig)
    given = rig.letter("watch-ada", GiveFeedback(task_id=task, outcome=Outcome.FAILURE, note="回头再来"))
    first = rig.deliver(given)
    after = rig.tables()
    again = rig.deliver(given, given)
    assert rig.tables() == after
    assert len(after["feedback"]) == 1
    assert acked(first)
    assert set(acked(again)) == set(acked(first))
    assert rig.metric("usher_messages_repeated_total") == 2
    second = GiveFeedback(task_id=task, outcome=Outcome.SUCCESS)
    assert rig.refuse("watch-ada", second) is ErrorCode.TASK_CLOSED


@pytest.mark.req("W-14")
@pytest.mark.parametrize(
    ("device", "given", "code"),
    [
        ("watch-ben", GIVEN, ErrorCode.TASK_NOT_HELD),
        ("watch-cho", GIVEN, ErrorCode.TASK_NOT_OFFERED),
        ("watch-ada", replace(GIVEN, products=("magic",)), ErrorCode.UNKNOWN_PRODUCT),
        ("watch-ada", replace(GIVEN, refused=("magic",)), ErrorCode.UNKNOWN_PRODUCT),
        ("watch-ada", replace(GIVEN, preferences=("magic",)), ErrorCode.INVALID_FIELD),
    ],
)
def test_feedback_is_refused_with_a_reason(rig: Rig, device: str, given: GiveFeedback, code: ErrorCode) -> None:
    assert rig.refuse(device, replace(given, task_id=held(rig))) is code


@pytest.mark.req("W-15")
@pytest.mark.parametrize(
    ("rank", "accuracy", "score"),
    [(0, "very_accurate", 1.0), (2, "very_accurate", 1.0), (3, "accurate", 0.6), (None, "inaccurate", 0.0)],
)
def test_the_match_score_is_stored_and_shown(rig: Rig, rank: int | None, accuracy: str, score: float) -> None:
    task = held(rig)
    demand = demand_of(rig, task)
    taken = demand.removed[0].code if rank is None else demand.ranked[rank].code
    rig.accept("watch-ada", GiveFeedback(task_id=task, outcome=Outcome.SUCCESS, products=(taken,)))
    with rig.storage.reading() as connection:
        columns = (store.feedback.c.accuracy, store.feedback.c.score, store.feedback.c.advisor)
        row = connection.execute(select(*columns)).one()
    assert tuple(row) == (accuracy, score, "ada")
    assert rig.wrist("watch-ada").tasks[task].match_score == score
    assert rig.wrist("watch-ada").tasks[task].state is TaskState.DONE


@pytest.mark.req("W-15")
def test_preferences_heard_are_scored_by_their_overlap(rig: Rig) -> None:
    task = held(rig)
    predicted = demand_of(rig, task).predicted_tags
    assert predicted
    rig.accept("watch-ada", GiveFeedback(task_id=task, outcome=Outcome.FAILURE, preferences=predicted))
    assert rig.wrist("watch-ada").tasks[task].match_score == ScoreSettings().overlap_bands[0].score


def test_feedback_serves_the_visits_tickets(rig: Rig) -> None:
    task = held(rig)
    rig.accept("kiosk-main", rig.ticket("kiosk-main", "A002", "c-ann"))
    rig.accept("watch-ada", GiveFeedback(task_id=task, outcome=Outcome.FAILURE))
    assert {row[3] for row in rig.tables()["tickets"]} == {"served"}


@pytest.mark.req("W-17")
def test_the_story_of_a_visit_is_kept(rig: Rig) -> None:
    task = held(rig)
    rig.accept("watch-ada", StartTalk(task_id=task, consent=Consent.GRANTED))
    rig.accept("watch-ada", GiveFeedback(task_id=task, outcome=Outcome.FAILURE))
    log = rig.hub.engine.run(lambda unit: store.story(unit, task))[0]
    assert [(entry.kind, entry.device) for entry in log] == [
        ("offered", None),
        ("claimed", "watch-ada"),
        ("talk", "watch-ada"),
        ("feedback", "watch-ada"),
    ]
    assert log[2].detail == "consent granted"
