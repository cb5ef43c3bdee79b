"""The small hub speaks the contract: it numbers, acknowledges, refuses, and takes nothing that no device may say."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from contracts import AnyMessage, Envelope, ErrorCode, Refusal, decode, encode, topics
from contracts.fields import DeviceKind, Language
from contracts.messages import wire_type
from contracts.session import (
    BindDevice,
    BranchChoice,
    DeliveryAcked,
    DeviceBound,
    DeviceReported,
    DeviceWelcomed,
    MessageRefused,
    StreamPosition,
)
from contracts.visits import (
    ClaimTask,
    Consent,
    GiveFeedback,
    Outcome,
    Reason,
    SegmentHeard,
    SegmentOrigin,
    Stance,
    StartTalk,
    TapSignal,
    TaskClaimed,
    TaskOffered,
    TasksSynced,
    TaskState,
    TaskUpdated,
)
from device_agent.stories.cast import replanned, visit
from device_agent.stories.clock import StoryClock
from device_agent.stories.errors import StoryError
from device_agent.stories.hub import PART, StoryHub
from device_agent.stories.story import Customer, Moved, parse_story
from runtime.bus import Outgoing, Received

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
STORY = parse_story(
    """
title = "Tiny"
branches = [{ branch = "north", title = "North" }]
[[customers]]
name = "wang"
shown = "W*"
business_name = "Account"
score = 0.6
products = [
    { code = "a", name = "A", probability = 0.9 },
    { code = "b", name = "B", probability = 0.5 },
    { code = "c", name = "C", probability = 0.3 },
    { code = "d", name = "D", probability = 0.1 },
]
""",
    origin="tiny",
)
WANG: Customer = STORY.customer("wang")


class End:
    """The device's end of the wire."""

    def __init__(self) -> None:
        self.said: list[Outgoing] = []
        self._count = 0
        self.hub = StoryHub(
            device="watch-1",
            clock=StoryClock(NOW),
            send=self.said.append,
            branches=(BranchChoice(branch="north", title="North"),),
            advisor="ann",
            language=Language.EN,
        )

    def say(self, message: AnyMessage, *, topic: str | None = None, source: str = "devices/watch-1") -> str:
        self._count += 1
        envelope = Envelope[AnyMessage](
            id=f"message-{self._count:04d}", source=source, type=wire_type(type(message)), time=NOW, data=message
        )
        self.hub.hear(Received(topic or topics.up("watch-1", type(message)), encode(envelope)))
        return envelope.id

    def heard(self) -> list[AnyMessage]:
        messages = []
        for outgoing in self.said:
            envelope = decode(outgoing.payload)
            assert not isinstance(envelope, Refusal)
            messages.append(envelope.data)
        self.said.clear()
        return messages

    def code(self) -> ErrorCode:
        (refused,) = self.heard()
        assert isinstance(refused, MessageRefused)
        return refused.code


@pytest.fixture
def bound() -> End:
    end = End()
    end.hub.bind("north")
    end.heard()
    return end


def offered(end: End) -> str:
    end.hub.offer(visit(WANG, branch="north", now=NOW))
    end.heard()
    return WANG.task


def test_a_report_is_welcomed_with_the_whole_state_unless_it_is_current(bound: End) -> None:
    report = DeviceReported(kind=DeviceKind.WATCH, agent_version="1", exact=True)

    bound.say(report)

    welcomed, synced = bound.heard()
    assert isinstance(welcomed, DeviceWelcomed)
    assert isinstance(synced, TasksSynced)
    assert (welcomed.current, welcomed.hub_time, synced.position) == (False, NOW, bound.hub.position)
    bound.say(DeviceReported(kind=DeviceKind.WATCH, agent_version="1", position=synced.position))
    (again,) = bound.heard()
    assert isinstance(again, DeviceWelcomed)
    assert again.current


def test_a_visit_from_offer_to_score(bound: End) -> None:
    bound.hub.scores[WANG.task] = WANG.score
    bound.hub.offer(visit(WANG, branch="north", now=NOW))
    bound.say(ClaimTask(task_id=WANG.task))
    bound.say(StartTalk(task_id=WANG.task, consent=Consent.REFUSED))
    bound.say(TapSignal(task_id=WANG.task, product="b", stance=Stance.INTEREST))
    bound.say(GiveFeedback(task_id=WANG.task, outcome=Outcome.SUCCESS, products=("b",)))

    told = bound.heard()

    kinds = [TaskOffered, TaskClaimed, DeliveryAcked, TaskUpdated, DeliveryAcked, DeliveryAcked, TaskUpdated]
    assert [type(message) for message in told] == [*kinds, DeliveryAcked]
    done = bound.hub.tasks[WANG.task]
    assert (done.state, done.holder, done.match_score) == (TaskState.DONE, "ann", 0.6)
    numbered = [message.position for message in told if isinstance(message, TaskOffered | TaskClaimed | TaskUpdated)]
    first = bound.hub.position.revision - 3
    assert numbered == [StreamPosition(epoch=bound.hub.position.epoch, revision=first + at) for at in range(4)]
    assert [wire_type(type(message)) for message in bound.hub.received] == [
        "task.claim.v1",
        "talk.start.v1",
        "talk.signal.v1",
        "feedback.give.v1",
    ]


def test_a_repeated_message_takes_effect_once_and_is_acknowledged_again(bound: End) -> None:
    task = offered(bound)
    message_id = bound.say(ClaimTask(task_id=task))
    bound.heard()
    bound._count -= 1

    assert bound.say(ClaimTask(task_id=task)) == message_id

    assert bound.heard() == [DeliveryAcked(ids=(message_id,))]
    assert len(bound.hub.received) == 1


def test_what_a_real_hub_refuses_is_refused(bound: End) -> None:
    task = offered(bound)

    bound.say(StartTalk(task_id=task, consent=Consent.GRANTED))
    assert bound.code() is ErrorCode.TASK_NOT_HELD
    bound.say(ClaimTask(task_id="task-nobody"))
    assert bound.code() is ErrorCode.TASK_NOT_OFFERED
    bound.say(BindDevice(branch="south"))
    assert bound.code() is ErrorCode.BRANCH_NOT_ALLOWED
    bound.say(ClaimTask(task_id=task))
    bound.say(StartTalk(task_id=task, consent=Consent.REFUSED))
    bound.heard()
    spoken = SegmentHeard(task_id=task, index=0, origin=SegmentOrigin.SPEECH, language=Language.EN, text="x")
    bound.say(spoken)
    assert bound.code() is ErrorCode.NO_CONSENT
    bound.say(TapSignal(task_id=task, product="d", stance=Stance.INTEREST))
    assert bound.code() is ErrorCode.UNKNOWN_PRODUCT
    assert len(bound.hub.received) == 2


def test_the_next_message_is_refused_as_told_and_the_one_after_is_not(bound: End) -> None:
    task = offered(bound)
    bound.hub.refuse_next("task.claim.v1", ErrorCode.NOT_BOUND)

    bound.say(ClaimTask(task_id=task))
    assert bound.code() is ErrorCode.NOT_BOUND
    bound.say(ClaimTask(task_id=task))

    assert bound.hub.tasks[task].state is TaskState.HELD


def test_while_it_holds_it_answers_nothing_and_then_all(bound: End) -> None:
    task = offered(bound)
    bound.hub.holding = True
    bound.say(ClaimTask(task_id=task))
    assert bound.heard() == []

    bound.hub.release()

    assert [type(message) for message in bound.heard()] == [TaskClaimed, DeliveryAcked]


@pytest.mark.parametrize(
    ("topic", "source", "said"),
    [
        ("devices/watch-1/v1/up/bind", "devices/watch-1", "on lane bind: it belongs elsewhere"),
        ("devices/watch-1/v2/up/visits", "devices/watch-1", "no such topic"),
        ("devices/watch-2/v1/up/visits", "devices/watch-2", "only watch-1 is known"),
        ("devices/watch-1/v1/up/visits", "devices/watch-2", "only watch-1 is known"),
    ],
)
def test_what_no_device_may_say_is_a_fault(bound: End, topic: str, source: str, said: str) -> None:
    with pytest.raises(StoryError, match=said):
        bound.say(ClaimTask(task_id="task-wang"), topic=topic, source=source)


def test_bytes_that_are_no_message_are_a_fault(bound: End) -> None:
    with pytest.raises(StoryError, match="malformed"):
        bound.hub.hear(Received("devices/watch-1/v1/up/visits", b"{"))


def test_a_story_that_asks_for_the_impossible_is_told(bound: End) -> None:
    with pytest.raises(StoryError, match="isn't bound to south"):
        bound.hub.offer(visit(WANG, branch="south", now=NOW))
    with pytest.raises(StoryError, match="no branch 'west'"):
        bound.hub.bind("west")
    with pytest.raises(StoryError, match="it holds nothing"):
        bound.hub.taken(WANG.task, "ben")


def test_a_long_state_comes_in_parts_within_the_size_of_a_message(bound: End) -> None:
    view = visit(WANG, branch="north", now=NOW)

    bound.hub.hold_all(msgspec.structs.replace(view, task=f"task-{at:04d}") for at in range(PART * 2 + 1))

    parts = bound.heard()
    assert [(part.part, part.parts, len(part.tasks)) for part in parts if isinstance(part, TasksSynced)] == [
        (1, 3, PART),
        (2, 3, PART),
        (3, 3, 1),
    ]


def test_unbinding_takes_the_open_offers(bound: End) -> None:
    task = offered(bound)

    bound.hub.bind(None)

    (told,) = bound.heard()
    assert isinstance(told, DeviceBound)
    assert told.binding is None
    assert task not in bound.hub.tasks


def test_a_new_order_says_where_each_was() -> None:
    view = visit(WANG, branch="north", now=NOW)

    after = replanned(view, WANG, ["d", "b", "a"], [moved("d"), moved("a")], now=NOW)

    assert [(product.code, product.probability) for product in after.plan.products] == [
        ("d", 0.9),
        ("b", 0.5),
        ("a", 0.1),
    ]
    assert [(move.code, move.was, move.now) for move in after.plan.moves] == [("d", None, 0), ("a", 0, 2)]


def moved(product: str) -> Moved:
    return Moved(product=product, why=Reason(code="interest", text="Interest"))
