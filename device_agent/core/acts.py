"""What the advisor may do with a task just now, and what is on its way to the hub."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

import msgspec

from contracts.fields import Language
from contracts.session import Binding, BranchChoice
from contracts.visits import TaskState, TaskView
from device_agent.core.book import Book, Status
from device_agent.core.calls import Call
from device_agent.core.conditions import Conditions
from device_agent.core.lent import LentRecord
from device_agent.core.lock import LockState
from device_agent.core.preferences import Preferences
from device_agent.core.talk import Talk


class Act(StrEnum):
    """What an advisor does."""

    BIND = "bind"
    UNBIND = "unbind"
    CLAIM = "claim"
    PASS = "pass"
    TALK = "talk"
    SAY = "say"
    SIGNAL = "signal"
    FEEDBACK = "feedback"
    NAME_TARGET = "name_target"


ALLOWED: Mapping[Act, frozenset[Status]] = MappingProxyType(
    {
        Act.CLAIM: frozenset({Status.OFFERED}),
        Act.PASS: frozenset({Status.OFFERED}),
        Act.TALK: frozenset({Status.HELD}),
        Act.SAY: frozenset({Status.HELD, Status.TALKING}),
        Act.SIGNAL: frozenset({Status.HELD, Status.TALKING}),
        Act.FEEDBACK: frozenset({Status.HELD, Status.TALKING}),
    }
)
"""In which states of a task each act on it makes sense; the hub decides again."""

SETTLED: Mapping[Act, frozenset[Status]] = MappingProxyType(
    {
        Act.CLAIM: frozenset({Status.HELD, Status.TALKING, Status.DONE, Status.GONE}),
        Act.PASS: frozenset({Status.HELD, Status.TALKING, Status.DONE, Status.GONE}),
        Act.TALK: frozenset({Status.OFFERED, Status.TALKING, Status.DONE, Status.GONE}),
        Act.FEEDBACK: frozenset({Status.OFFERED, Status.DONE, Status.GONE}),
    }
)
"""The states that answer an act which is under way."""


class DeclineCode(StrEnum):
    """Why the wrist itself declines, before the hub is asked."""

    NO_SUCH_TASK = "no_such_task"
    WRONG_STATE = "wrong_state"
    UNDER_WAY = "under_way"
    TALK_RUNNING = "talk_running"
    NO_TALK = "no_talk"
    NOT_BOUND = "not_bound"
    INVALID = "invalid"
    STORAGE_FULL = "storage_full"


class Declined(msgspec.Struct, frozen=True, kw_only=True):
    """The act is not possible now, and why; nothing changed."""

    code: DeclineCode
    detail: str


@dataclass(frozen=True, slots=True)
class Intent:
    """An act whose answer is awaited. ``queued`` until the hub has acknowledged the message."""

    message_id: str
    act: Act
    subject: str
    queued: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """A refusal that the advisor hasn't put away yet."""

    message_id: str
    code: str
    task: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class WristState:
    """All that the agent knows, for deciding and for showing. ``lent`` is null of a device that isn't to be lent."""

    book: Book = field(default_factory=Book)
    intents: tuple[Intent, ...] = ()
    notices: tuple[Notice, ...] = ()
    binding: Binding | None = None
    choices: tuple[BranchChoice, ...] = ()
    online: bool = False
    offline_since: datetime | None = None
    preferences: Preferences = field(default_factory=Preferences)
    conditions: Conditions = field(default_factory=Conditions)
    lock: LockState = field(default_factory=LockState)
    calls: tuple[Call, ...] = ()
    session: Talk | None = None
    lent: LentRecord | None = None

    def under_way(self, act: Act, subject: str) -> bool:
        """Whether such an act awaits its answer."""
        return any(intent.act is act and intent.subject == subject for intent in self.intents)

    @property
    def talk(self) -> TaskView | None:
        """The task of the running talk: begun here or told by the hub, and not ended by a feedback under way."""
        for view in self.book.tasks.values():
            talking = view.state is TaskState.TALKING or self.under_way(Act.TALK, view.task)
            if talking and not self.under_way(Act.FEEDBACK, view.task) and view.state is not TaskState.DONE:
                return view
        return None

    @property
    def language(self) -> Language | None:
        """The advisor's language, when bound."""
        return self.binding.language if self.binding else None

    def first(self, *states: TaskState) -> TaskView | None:
        """The first task of the list that is in one of these states."""
        return next((view for view in self.book.pending() if view.state in states), None)


def consider(state: WristState, act: Act, task_id: str) -> Declined | None:
    """Null when the advisor may do this with the task, else why not."""
    status = state.book.status(task_id)
    if status is Status.GONE:
        return Declined(
            code=DeclineCode.NO_SUCH_TASK, detail=f"task {task_id[:64]} is not in the book: choose one of it"
        )
    allowed = ALLOWED[act]
    if status not in allowed:
        wanted = " or ".join(sorted(allowed))
        return Declined(
            code=DeclineCode.WRONG_STATE, detail=f"task {task_id} is {status}, to {act} it must be {wanted}"
        )
    for busy in (Act.CLAIM, Act.PASS) if act in (Act.CLAIM, Act.PASS) else (act, Act.FEEDBACK):
        if state.under_way(busy, task_id):
            return Declined(
                code=DeclineCode.UNDER_WAY, detail=f"a {busy} of task {task_id} is under way: await the hub"
            )
    talk = state.talk
    if act is Act.TALK and talk is not None:
        return Declined(
            code=DeclineCode.TALK_RUNNING, detail=f"the talk of task {talk.task} is running: end it with feedback first"
        )
    if act in (Act.SAY, Act.SIGNAL) and (talk is None or talk.task != task_id):
        return Declined(code=DeclineCode.NO_TALK, detail=f"no talk of task {task_id} is running: start it first")
    return None


def settled(intents: tuple[Intent, ...], book: Book, *, whole: bool) -> tuple[Intent, ...]:
    """The intents on tasks that the book answers. After a ``whole`` state, those that the hub took are answered too."""
    return tuple(
        intent
        for intent in intents
        if intent.act in SETTLED
        and (book.status(intent.subject) in SETTLED[intent.act] or (whole and not intent.queued))
    )
