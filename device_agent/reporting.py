"""Changes of the wrist as events."""

from collections.abc import Iterator

from contracts import AnyMessage, Refusal
from contracts.lending import LendingTold
from contracts.messages import wire_type
from contracts.session import DeviceBound
from contracts.visits import (
    ClaimTask,
    GiveFeedback,
    PassTask,
    SegmentHeard,
    StartTalk,
    TapSignal,
    TasksSynced,
    TaskState,
    TaskView,
)
from device_agent import events
from device_agent.core.acts import WristState
from device_agent.core.book import (
    BookMessage,
    Changed,
    ClaimedElsewhere,
    ClaimedHere,
    Left,
    Offered,
)


def task_of(message: AnyMessage) -> str | None:
    """The task that a message of ours is about."""
    if isinstance(message, ClaimTask | PassTask | StartTalk | SegmentHeard | TapSignal | GiveFeedback):
        return message.task_id
    return None


def refused(message_id: str, message: AnyMessage, refusal: Refusal) -> events.Refused:
    """The hub's refusal as an event."""
    return events.Refused(
        message=message_id,
        type=wire_type(type(message)),
        task=task_of(message),
        code=refusal.code,
        detail=refusal.detail,
    )


def of_message(before: WristState, after: WristState, message: BookMessage | LendingTold) -> Iterator[events.AnyEvent]:
    """What a message says as a whole: a sync, a binding."""
    if isinstance(message, TasksSynced):
        yield events.Synced(tasks=len(after.book.tasks), revision=message.position.revision)
    moved = (before.binding, before.choices) != (after.binding, after.choices)
    if isinstance(message, DeviceBound) or moved:
        choices = tuple(choice.branch for choice in after.choices)
        if after.binding is None:
            yield events.Unbound(choices=choices)
        else:
            binding = after.binding
            yield events.Bound(
                branch=binding.branch, advisor=binding.advisor, language=binding.language.value, choices=choices
            )


def of_change(
    change: Offered | ClaimedHere | ClaimedElsewhere | Left | Changed, trace: str | None, arrived_s: float
) -> events.AnyEvent:
    """What happened to one task; ``arrived_s``: when the message came, in monotonic seconds."""
    match change:
        case Offered(view):
            return events.Offered(
                task=view.task,
                number=view.number,
                business=view.business,
                urgency=view.urgency,
                products=_products(view),
                preferences=tuple(preference.tag for preference in view.plan.preferences),
                expires=view.expires,
                trace=trace,
                received_ns=int(arrived_s * 1e9),
            )
        case ClaimedHere(view):
            return events.Claimed(task=view.task, number=view.number, mine=True, holder=view.holder or "", trace=trace)
        case ClaimedElsewhere(task_id, holder, gone):
            return events.Claimed(
                task=task_id, number=gone.number if gone else None, mine=False, holder=holder, trace=trace
            )
        case Left(view, reason):
            return events.Withdrawn(task=view.task, number=view.number, reason=reason)
        case Changed(before, view):
            if view.state is TaskState.DONE and (before is None or before.state is not TaskState.DONE):
                return events.Done(task=view.task, number=view.number, match_score=view.match_score, trace=trace)
            return events.Updated(task=view.task, number=view.number, state=view.state, products=_products(view))


def _products(view: TaskView) -> tuple[str, ...]:
    return tuple(product.code for product in view.plan.products)
