"""A small hub for one device: it speaks the contract, keeps what it has told, and does what a story tells it to.

It welcomes reports, numbers its stream, acknowledges what it takes and refuses what a real hub would refuse. What no
agent may say at all (a wrong topic, lane, source or bytes) is a fault: ``StoryError``.
"""

from collections import deque
from collections.abc import Callable, Iterable

import msgspec
from msgspec import UNSET, UnsetType

from contracts import AnyMessage, Envelope, ErrorCode, Refusal, decode, encode, topics
from contracts.fields import Language
from contracts.lending import LendingTold, Lent
from contracts.messages import wire_type
from contracts.session import (
    BindDevice,
    Binding,
    BranchChoice,
    DeliveryAcked,
    DeviceBound,
    DeviceReported,
    DeviceWelcomed,
    MessageRefused,
    StreamPosition,
    UnbindDevice,
)
from contracts.visits import (
    ClaimTask,
    Consent,
    CustomerPages,
    GiveFeedback,
    PassTask,
    PlanBasis,
    RankedOffer,
    SegmentHeard,
    SegmentOrigin,
    StartTalk,
    TapSignal,
    TaskClaimed,
    TaskOffered,
    TasksSynced,
    TaskState,
    TaskUpdated,
    TaskView,
    TaskWithdrawn,
    WithdrawReason,
)
from device_agent.stories.errors import StoryError
from runtime.bus import Outgoing, Received
from runtime.clock import Clock

PART = 20
"""Tasks in one part of a whole state."""

_HELD = (TaskState.HELD, TaskState.TALKING)


class StoryHub:
    """The other end of one device. Everything it says goes through ``send``; it listens by :meth:`hear`.

    ``lent``: to whom the device is lent, null while it is to be lent, left out of any other. ``pages``: what the holder
    of a task may see, by the task's id; ``scores``: the match score of its feedback.
    """

    def __init__(
        self,
        *,
        device: str,
        clock: Clock,
        send: Callable[[Outgoing], None],
        branches: tuple[BranchChoice, ...],
        advisor: str,
        language: Language,
    ) -> None:
        self.device = device
        self.tasks: dict[str, TaskView] = {}
        self.pages: dict[str, CustomerPages] = {}
        self.scores: dict[str, float] = {}
        self.received: deque[AnyMessage] = deque()
        self.binding: Binding | None = None
        self.lent: Lent | UnsetType | None = UNSET
        self.holding = False
        self._clock = clock
        self._send = send
        self._branches = branches
        self._advisor = advisor
        self._language = language
        self._epoch = "story-hub-run-1"
        self._revision = 0
        self._count = 0
        self._seen: set[str] = set()
        self._consents: dict[str, Consent] = {}
        self._refusals: dict[str, ErrorCode] = {}
        self._held_back: list[Received] = []

    # What the story has it do

    def offer(self, view: TaskView) -> None:
        """Offer a task to the device, if it is bound to its branch."""
        if self.binding is None or self.binding.branch != view.branch:
            raise StoryError(f"{view.task} can't be offered: the device isn't bound to {view.branch}; bind it first")
        self.tasks[view.task] = view
        self._tell(lambda at: TaskOffered(position=at, task=view))

    def taken(self, task_id: str, by: str) -> None:
        """Another advisor holds it."""
        self._known(task_id)
        del self.tasks[task_id]
        self._tell(lambda at: TaskClaimed(position=at, task_id=task_id, holder=by))

    def withdraw(self, task_id: str, reason: WithdrawReason) -> None:
        """The task leaves the device."""
        self._known(task_id)
        del self.tasks[task_id]
        self._tell(lambda at: TaskWithdrawn(position=at, task_id=task_id, reason=reason))

    def update(self, view: TaskView) -> None:
        """The task looks different now."""
        self._known(view.task)
        self.tasks[view.task] = view
        self._tell(lambda at: TaskUpdated(position=at, task=view))

    def bind(self, branch: str | None) -> None:
        """Bind the device, or unbind it; open offers of another branch leave it."""
        choice = next((choice for choice in self._branches if choice.branch == branch), None)
        if branch is not None and choice is None:
            raise StoryError(f"no branch {branch!r}: use one of {', '.join(c.branch for c in self._branches)}")
        self.binding = (
            Binding(
                branch=choice.branch,
                title=choice.title,
                advisor=self._advisor,
                language=self._language,
                since=self._clock.now(),
            )
            if choice is not None
            else None
        )
        self.tasks = {
            key: view
            for key, view in self.tasks.items()
            if view.state is not TaskState.OFFERED or view.branch == branch
        }
        binding = self.binding
        self._tell(lambda at: DeviceBound(position=at, binding=binding, choices=self._branches))

    def lend(self, lent: Lent | None) -> None:
        """The device is lent to this customer, or further with them; null: it is back."""
        if self.lent is UNSET:
            raise StoryError("the device isn't one to be lent: say to_lend = true in the story")
        self.lent = lent
        self._tell(lambda at: LendingTold(position=at, lent=lent))

    def hold_all(self, views: Iterable[TaskView]) -> None:
        """These are the device's tasks from now on; it is told the whole state."""
        self.tasks = {view.task: view for view in views}
        self._sync()

    def refuse_next(self, message_type: str, code: ErrorCode) -> None:
        """Refuse the next message of this type."""
        self._refusals[message_type] = code

    def release(self) -> None:
        """Answer what was held back."""
        self.holding = False
        waiting, self._held_back = self._held_back, []
        for message in waiting:
            self.hear(message)

    @property
    def position(self) -> StreamPosition:
        """How far the device is when it has heard all."""
        return StreamPosition(epoch=self._epoch, revision=self._revision)

    # What it hears

    def hear(self, received: Received) -> None:
        """One message of the device; raises ``StoryError`` for what no device may say."""
        where = topics.parse_up(received.topic)
        envelope = decode(received.payload)
        if isinstance(where, Refusal):
            raise StoryError(f"the device spoke on {received.topic}: {where.detail}")
        if isinstance(envelope, Refusal):
            raise StoryError(f"the device said on {received.topic}: {envelope.code}: {envelope.detail}")
        if where.device != self.device or envelope.source != topics.source_of(self.device):
            raise StoryError(f"{envelope.source} spoke on {received.topic}: only {self.device} is known")
        message = envelope.data
        if where.lane is None:
            return
        if not isinstance(message, topics.LANE_TYPES[where.lane]):
            raise StoryError(f"{envelope.type} on lane {where.lane}: it belongs elsewhere")
        if isinstance(message, DeviceReported):
            self._welcome(envelope.id, message)
        elif self.holding:
            self._held_back.append(received)
        else:
            self._take(envelope, message)

    def _welcome(self, report_id: str, report: DeviceReported) -> None:
        current = report.position == self.position
        now = self._clock.now()
        hub_us = int(self._clock.monotonic() * 1e6)
        welcome = DeviceWelcomed(hub_time=now, epoch=self._epoch, current=current, hub_us=hub_us, held_us=0)
        self._say(welcome, answers=report_id)
        if not current:
            self._sync()

    def _take(self, envelope: Envelope[AnyMessage], message: AnyMessage) -> None:
        if envelope.id in self._seen:
            self._say(DeliveryAcked(ids=(envelope.id,)))
            return
        code = self._refusals.pop(envelope.type, None) or self._objection(message)
        if code is not None:
            detail = f"{envelope.type} is refused: {code}"
            self._say(MessageRefused(id=envelope.id, code=code, detail=detail, hub_time=self._clock.now()))
            return
        self._seen.add(envelope.id)
        self.received.append(message)
        self._do(message)
        self._say(DeliveryAcked(ids=(envelope.id,)))

    def _objection(self, message: AnyMessage) -> ErrorCode | None:
        match message:
            case BindDevice() if message.branch not in {choice.branch for choice in self._branches}:
                return ErrorCode.BRANCH_NOT_ALLOWED
            case ClaimTask() | PassTask():
                view = self.tasks.get(message.task_id)
                offered = view is not None and view.state is TaskState.OFFERED
                return None if offered else ErrorCode.TASK_NOT_OFFERED
            case StartTalk() | SegmentHeard() | TapSignal() | GiveFeedback():
                view = self.tasks.get(message.task_id)
                if view is None or view.state not in _HELD:
                    return ErrorCode.TASK_NOT_HELD
                spoken = isinstance(message, SegmentHeard) and message.origin is SegmentOrigin.SPEECH
                if spoken and self._consents.get(message.task_id) is not Consent.GRANTED:
                    return ErrorCode.NO_CONSENT
                products = {product.code for product in view.plan.products}
                if isinstance(message, TapSignal) and message.product not in products:
                    return ErrorCode.UNKNOWN_PRODUCT
                return None
            case _:
                return None

    def _do(self, message: AnyMessage) -> None:
        match message:
            case BindDevice():
                self.bind(message.branch)
            case UnbindDevice():
                self.bind(None)
            case ClaimTask():
                held = msgspec.structs.replace(
                    _with_basis(self.tasks[message.task_id], self._language),
                    state=TaskState.HELD,
                    holder=self._advisor,
                    pages=self.pages.get(message.task_id),
                )
                self.tasks[held.task] = held
                self._tell(lambda at: TaskClaimed(position=at, task_id=held.task, holder=self._advisor, task=held))
            case PassTask():
                self.withdraw(message.task_id, WithdrawReason.PASSED_ON)
            case StartTalk():
                self._consents[message.task_id] = message.consent
                self.update(msgspec.structs.replace(self.tasks[message.task_id], state=TaskState.TALKING))
            case GiveFeedback():
                score = self.scores.get(message.task_id, 1.0)
                view = self.tasks[message.task_id]
                self.update(msgspec.structs.replace(view, state=TaskState.DONE, match_score=score))
            case _:
                pass

    # What it says

    def _sync(self) -> None:
        self._revision += 1
        position = self.position
        tasks = tuple(self.tasks.values())
        parts = max(1, -(-len(tasks) // PART))
        for part in range(parts):
            self._say(
                TasksSynced(
                    position=position,
                    part=part + 1,
                    parts=parts,
                    binding=self.binding,
                    choices=self._branches if self.lent is UNSET else (),
                    tasks=tasks[part * PART : (part + 1) * PART],
                    lent=self.lent,
                )
            )

    def _tell(self, make: Callable[[StreamPosition], AnyMessage]) -> None:
        self._revision += 1
        self._say(make(self.position))

    def _say(self, message: AnyMessage, *, answers: str | None = None) -> None:
        self._count += 1
        envelope = Envelope[AnyMessage](
            id=f"story-{self._count:08d}",
            source="hub",
            type=wire_type(type(message)),
            time=self._clock.now(),
            correlationid=msgspec.UNSET if answers is None else answers,
            data=message,
        )
        self._send(Outgoing(topics.down(self.device), encode(envelope)))

    def _known(self, task_id: str) -> None:
        if task_id not in self.tasks:
            there = ", ".join(self.tasks) or "nothing"
            raise StoryError(f"{task_id} is not the device's: it holds {there}; offer it first")


def _with_basis(view: TaskView, language: Language) -> TaskView:
    """As the holder is told it: the wrist may rank the products by itself, each of a category of its own."""
    if view.plan.basis is not None:
        return view
    products = tuple(
        RankedOffer(code=one.code, name=one.name, category=one.code, probability=one.probability, reasons=one.reasons)
        for one in view.plan.products
    )
    basis = PlanBasis(products=products, category_most=3, language=language)
    return msgspec.structs.replace(view, plan=msgspec.structs.replace(view.plan, basis=basis))
