"""What happens on the wrist, as typed events: one JSON object a line with ``--events``, and what the window listens to.

Every event carries ``at_ns`` (the monotonic clock, comparable between processes of one machine) and ``time`` (UTC).
No event names a customer or repeats what was said.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import get_args

import msgspec

from contracts.errors import ErrorCode
from contracts.fields import Language, Urgency
from contracts.lending import LentStage
from contracts.visits import TaskState, WithdrawReason
from device_agent.core.acts import Act, DeclineCode
from device_agent.core.alerts import Channel
from device_agent.core.conditions import Storage, Wrist
from runtime.agent.models import ModelNews, ModelStep
from runtime.clock import Clock

_UNSTAMPED = datetime.fromtimestamp(0, UTC)


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event"):
    """Base of the events; the journal fills in when."""

    at_ns: int = 0
    time: datetime = _UNSTAMPED


class Started(Event, frozen=True, kw_only=True, tag="started"):
    """The agent is up and its store is open: so many tasks in the book, bound to this branch when it left."""

    device: str
    kind: str
    version: str
    tasks: int
    branch: str | None


class Stopped(Event, frozen=True, kw_only=True, tag="stopped"):
    """The agent leaves cleanly."""

    device: str


class Online(Event, frozen=True, kw_only=True, tag="online"):
    """The hub answers."""


class Offline(Event, frozen=True, kw_only=True, tag="offline"):
    """The hub is out of reach."""


class Bound(Event, frozen=True, kw_only=True, tag="bound"):
    """The device serves a branch."""

    branch: str
    advisor: str
    language: str
    choices: tuple[str, ...]


class Unbound(Event, frozen=True, kw_only=True, tag="unbound"):
    """The device serves no branch; ``choices`` are the branches that its advisor may pick."""

    choices: tuple[str, ...]


class Offered(Event, frozen=True, kw_only=True, tag="offered"):
    """A task is open here. ``products`` is the plan's top in order, ``preferences`` its predicted tags.

    ``received_ns``: when the message arrived, by the clock of ``at_ns``.
    """

    task: str
    number: str | None
    business: str
    urgency: Urgency
    products: tuple[str, ...]
    preferences: tuple[str, ...]
    expires: datetime
    trace: str | None
    received_ns: int = 0


class Vibrated(Event, frozen=True, kw_only=True, tag="vibrated"):
    """A motor that the window stands for was told to move, ``strength`` from 0 to 1; without pulses, to stand still."""

    pulses_ms: tuple[int, ...]
    strength: float


class Worn(Event, frozen=True, kw_only=True, tag="worn"):
    """How the device is, how it sits, whether it is locked, or what its advisor chose has changed."""

    battery_percent: int | None
    storage: Storage
    wrist: Wrist
    locked: bool
    quiet: bool


class Alerted(Event, frozen=True, kw_only=True, tag="alert"):
    """The wrist buzzed, by these channels; ``at_ns`` is when. Once a task."""

    task: str
    number: str | None
    urgency: Urgency
    channels: tuple[Channel, ...]
    pulses_ms: tuple[int, ...]
    trace: str | None


class AlertedAgain(Event, frozen=True, kw_only=True, tag="alert_again"):
    """Nobody answered: the alert came again, ``after_s`` seconds into its pattern."""

    task: str
    number: str | None
    after_s: float
    channels: tuple[Channel, ...]
    pulses_ms: tuple[int, ...]


class Shown(Event, frozen=True, kw_only=True, tag="shown"):
    """The screen drew the task's alert; once a task."""

    task: str
    number: str | None


class Heard(Event, frozen=True, kw_only=True, tag="heard"):
    """Somebody said something in a talk and it was understood as text, which is not told here. ``at_ms``: its end since
    the talk began; ``plan``: the products shown from then on; ``questions``: subjects that wait for a tap."""

    task: str
    index: int
    engine: str
    language: Language
    at_ms: int
    plan: tuple[str, ...]
    questions: tuple[str, ...] = ()


class Silenced(Event, frozen=True, kw_only=True, tag="silenced"):
    """An alert that was felt or due is over."""

    task: str


class LentOut(Event, frozen=True, kw_only=True, tag="lent"):
    """What the customer is told who has this device; nulls: it lies ready to be lent, or isn't one to be lent."""

    number: str | None
    stage: LentStage | None


class Summoned(Event, frozen=True, kw_only=True, tag="summoned"):
    """The customer is called: the motor was told just before. ``again``: the device had died in the middle of it."""

    number: str
    call: int
    again: bool = False


class Noticed(Event, frozen=True, kw_only=True, tag="noticed"):
    """The customer has tapped that they felt the call."""

    number: str
    call: int


class Claimed(Event, frozen=True, kw_only=True, tag="claimed"):
    """Someone holds the task: this advisor (``mine``) or another."""

    task: str
    number: str | None
    mine: bool
    holder: str
    trace: str | None


class Withdrawn(Event, frozen=True, kw_only=True, tag="withdrawn"):
    """The task left the wrist; ``reason`` is null when a whole state came without it."""

    task: str
    number: str | None
    reason: WithdrawReason | None


class Updated(Event, frozen=True, kw_only=True, tag="updated"):
    """A task changed."""

    task: str
    number: str | None
    state: TaskState
    products: tuple[str, ...]


class Done(Event, frozen=True, kw_only=True, tag="done"):
    """The feedback was taken."""

    task: str
    number: str | None
    match_score: float | None
    trace: str | None


class Synced(Event, frozen=True, kw_only=True, tag="synced"):
    """The whole state came; the book holds this many tasks."""

    tasks: int
    revision: int


class Delivered(Event, frozen=True, kw_only=True, tag="delivered"):
    """The hub took these messages durably."""

    ids: tuple[str, ...]


class Refused(Event, frozen=True, kw_only=True, tag="refused"):
    """The hub refused a message for good."""

    message: str
    type: str
    task: str | None
    code: ErrorCode
    detail: str


class CommandTaken(Event, frozen=True, kw_only=True, tag="command_taken"):
    """The act is on its way: the id of the message in the outbox."""

    do: Act
    task: str | None
    message: str


class CommandRefused(Event, frozen=True, kw_only=True, tag="command_refused"):
    """A command was not understood or is not possible now; nothing changed."""

    do: str | None
    code: DeclineCode
    detail: str


class ModelInstalled(Event, frozen=True, kw_only=True, tag="model_installed"):
    """A ranking model is here whole and verified."""

    version: str
    serial: int


class ModelActive(Event, frozen=True, kw_only=True, tag="model_active"):
    """A ranking model is in use from now on."""

    version: str
    serial: int


class ModelRefused(Event, frozen=True, kw_only=True, tag="model_refused"):
    """A ranking model was refused or could not be had; what was in use stays in use."""

    version: str
    serial: int
    why: str


AnyEvent = (
    Started
    | Stopped
    | Online
    | Offline
    | Bound
    | Unbound
    | Offered
    | Vibrated
    | Worn
    | Alerted
    | AlertedAgain
    | Shown
    | Heard
    | Silenced
    | LentOut
    | Summoned
    | Noticed
    | Claimed
    | Withdrawn
    | Updated
    | Done
    | Synced
    | Delivered
    | Refused
    | CommandTaken
    | CommandRefused
    | ModelInstalled
    | ModelActive
    | ModelRefused
)

Listener = Callable[[AnyEvent], None]


def name_of(event: AnyEvent) -> str:
    """The event's tag, such as ``offered``."""
    return str(type(event).__struct_config__.tag)


EVENT_NAMES = frozenset(str(kind.__struct_config__.tag) for kind in get_args(AnyEvent))
"""The tags of all events."""


def of_model(news: ModelNews) -> AnyEvent:
    """The event of what happened to a model."""
    match news.step:
        case ModelStep.INSTALLED:
            return ModelInstalled(version=news.version, serial=news.serial)
        case ModelStep.ACTIVE:
            return ModelActive(version=news.version, serial=news.serial)
        case ModelStep.REFUSED:
            return ModelRefused(version=news.version, serial=news.serial, why=news.why)


_encoder = msgspec.json.Encoder()


def line_of(event: AnyEvent) -> bytes:
    """The event as one line of JSON."""
    return _encoder.encode(event) + b"\n"


class Journal:
    """Stamps events and hands them to its listeners, in order."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._listeners: list[Listener] = []
        self._held: list[AnyEvent] | None = None

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell ``listener`` of every event from now on; call the result to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def emit(self, event: AnyEvent) -> None:
        """It happened now."""
        at_ns = int(self._clock.monotonic() * 1e9)
        stamped = msgspec.structs.replace(event, at_ns=at_ns, time=self._clock.now())
        if self._held is None:
            self._tell(stamped)
        else:
            self._held.append(stamped)

    @contextmanager
    def hold(self) -> Iterator[list[AnyEvent]]:
        """Stamp what happens within but tell nobody: hand it to ``release`` when its time has come."""
        if self._held is not None:
            raise RuntimeError("events are held already: release them before others are held")
        held: list[AnyEvent] = []
        self._held = held
        try:
            yield held
        finally:
            self._held = None

    def release(self, held: list[AnyEvent]) -> None:
        """Tell what was held, with the times at which it happened."""
        for event in held:
            self._tell(event)

    def _tell(self, event: AnyEvent) -> None:
        for listener in tuple(self._listeners):
            listener(event)
