"""The calls on the screen: alerts that were raised here, until they are answered or over. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from contracts.visits import TaskView, WithdrawReason

LINGERS = timedelta(seconds=6)
"""How long a call that ended elsewhere stays on the screen to say so."""


class CallFate(StrEnum):
    """What became of a call: still open, taken by a colleague, expired, or gone for another reason."""

    OPEN = "open"
    TAKEN = "taken"
    EXPIRED = "expired"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Call:
    """One alert on this wrist. ``by`` is the colleague who took it; ``at``: when it reached this fate."""

    task: str
    number: str | None
    name: str
    fate: CallFate
    at: datetime
    by: str = ""


def opened(calls: tuple[Call, ...], view: TaskView, *, now: datetime) -> tuple[Call, ...]:
    """The calls with this task's alert on the screen."""
    call = Call(task=view.task, number=view.number, name=view.customer_name, fate=CallFate.OPEN, at=now)
    return (*without(calls, view.task), call)


def ended(calls: tuple[Call, ...], task: str, fate: CallFate, *, now: datetime, by: str = "") -> tuple[Call, ...]:
    """The calls after this one, if it is open, came to ``fate``."""
    return tuple(
        replace(call, fate=fate, at=now, by=by) if call.task == task and call.fate is CallFate.OPEN else call
        for call in calls
    )


def without(calls: tuple[Call, ...], task: str) -> tuple[Call, ...]:
    """The calls but for this one."""
    return tuple(call for call in calls if call.task != task)


def is_open(calls: tuple[Call, ...], task: str) -> bool:
    """Whether this task's alert waits for an answer on the screen."""
    return any(call.task == task and call.fate is CallFate.OPEN for call in calls)


def fate_of(reason: WithdrawReason | None) -> CallFate:
    """What becomes of a call whose task left the wrist for this reason."""
    return CallFate.EXPIRED if reason is WithdrawReason.EXPIRED else CallFate.GONE
