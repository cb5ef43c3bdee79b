"""A small branch for the tests of the queue: rules, and a queue whose counters are open."""

from contracts import ErrorCode, Refusal
from hub.lobby.queue.engine import Queue
from hub.lobby.queue.places import CounterMove, CounterPlace, Move, Place, Witness
from hub.lobby.queue.rules import CounterRule, QueueRules, ServiceClass
from models.names import Names


def a_class(mean_minutes: float, business: str, *, short: bool = False) -> ServiceClass:
    """A class of one business."""
    names = Names(en=business, zh=business, ko=business)
    return ServiceClass(names=names, businesses=(business,), mean_minutes=mean_minutes, short=short)


RULES = QueueRules(
    classes={"A": a_class(5, "cash", short=True), "B": a_class(20, "loan")},
    counters={
        "1": CounterRule(classes=("A", "B")),
        "2": CounterRule(classes=("A", "B"), quick=True),
        "3": CounterRule(classes=("B",)),
    },
    credits={"elderly": 10, "disability": 15, "booked": 25},
)


def opened(*counters: str, rules: QueueRules = RULES, witness: Witness | None = None) -> Queue:
    """A queue with these counters open since 0."""
    queue = Queue(rules, witness)
    for counter in counters:
        assert isinstance(queue.turn(counter, CounterMove.OPEN, 0.0), CounterPlace)
    return queue


def placed(answer: Place | Refusal | None) -> Place:
    """It was not refused."""
    assert isinstance(answer, Place), answer
    return answer


def refused(answer: Place | CounterPlace | Refusal | None) -> ErrorCode:
    """The code it was refused with; says something."""
    assert isinstance(answer, Refusal), answer
    assert answer.detail
    return answer.code


def called(queue: Queue, counter: str, now: float) -> str | None:
    """Whom this counter calls; the ticket leaves at once, so that the counter can call again."""
    place = queue.call(counter, now)
    if place is None:
        return None
    queue.change(placed(place).ticket, Move.LEAVE, now)
    return placed(place).ticket
