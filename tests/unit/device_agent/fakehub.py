"""A small real hub for the agent's tests: devices of one branch on a bus, tasks, claims, streams with positions.

It speaks the contract and keeps its own table; it is told by the test what happens in the branch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec

from contracts import AnyMessage, Envelope, ErrorCode, Refusal, decode, encode, topics
from contracts.fields import Language, Urgency
from contracts.messages import wire_type
from contracts.session import (
    BindDevice,
    Binding,
    BranchChoice,
    DeliveryAcked,
    DeviceBound,
    DeviceReported,
    DeviceWelcomed,
    HubStarted,
    MessageRefused,
    StreamPosition,
    UnbindDevice,
)
from contracts.visits import (
    ClaimTask,
    GiveFeedback,
    PassTask,
    Plan,
    PlanBasis,
    PlannedProduct,
    Preference,
    RankedOffer,
    Reason,
    Stance,
    StartTalk,
    TaskClaimed,
    TaskOffered,
    TasksSynced,
    TaskState,
    TaskUpdated,
    TaskView,
    TaskWithdrawn,
    WithdrawReason,
)
from device_agent.core.followed import Followed, with_tap
from device_agent.core.rerank import reranked
from models.talk.evidence import About
from models.talk.plan import Inputs
from runtime.bus import Bus, BusSettings, Outgoing, Received, Subscription
from runtime.clock import Clock

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
BRANCHES = (BranchChoice(branch="north", title="North"), BranchChoice(branch="south", title="South"))
HUB_BUS = BusSettings(
    url="mqtt://127.0.0.1",
    client_id="hub",
    subscriptions=(Subscription(topics.UP_FILTER, 1), Subscription(topics.STATE_FILTER, 1)),
    backoff_first_s=0.01,
)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class HandClock:
    """A clock that a test sets."""

    def __init__(self, now: datetime = START) -> None:
        self.at = now

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - START).total_seconds()


_HELD = (TaskState.HELD, TaskState.TALKING)


def a_plan() -> Plan:
    """Three products and two preferences."""
    reason = Reason(code="age", text="Saves every month")
    return Plan(
        products=(
            PlannedProduct(code="car", name="Car insurance", probability=0.62, reasons=(reason,)),
            PlannedProduct(code="fire", name="Fire insurance", probability=0.41, reasons=(reason,)),
            PlannedProduct(code="boat", name="Boat insurance", probability=0.07),
        ),
        preferences=(Preference(tag="family", weight=0.8), Preference(tag="travel", weight=0.2)),
        removed=1,
        model="ranker-1",
        made_at=START,
        basis=a_basis(),
    )


def a_basis() -> PlanBasis:
    """What the plan is made of: those three and one more."""
    reason = Reason(code="age", text="Saves every month")
    return PlanBasis(
        products=(
            RankedOffer(code="car", name="Car insurance", category="motor", probability=0.62, reasons=(reason,)),
            RankedOffer(code="fire", name="Fire insurance", category="home", probability=0.41, reasons=(reason,)),
            RankedOffer(code="boat", name="Boat insurance", category="leisure", probability=0.07),
            RankedOffer(code="bike", name="Bicycle insurance", category="leisure", probability=0.05),
        ),
        category_most=3,
        language=Language.EN,
    )


def plan_after(taps: Mapping[str, Stance]) -> Plan:
    """The plan of a hub that knows these taps on products, with what they moved."""
    followed = Followed()
    for code, stance in taps.items():
        followed = with_tap(followed, code, About.PRODUCT, stance, None)
    return reranked(a_plan(), followed.inputs, Inputs(), lambda _about, subject: subject).plan


def a_view(
    task: str,
    *,
    state: TaskState = TaskState.OFFERED,
    urgency: Urgency = Urgency.ORDINARY,
    branch: str = "north",
    minute: int = 0,
    lives: timedelta = timedelta(hours=1),
) -> TaskView:
    """A task offered ``minute`` minutes after the start."""
    at = START + timedelta(minutes=minute)
    return TaskView(
        task=task,
        branch=branch,
        state=state,
        urgency=urgency,
        customer_name="W* Ming",
        business="loan",
        business_name="Loan",
        booked=False,
        waiting_since=at,
        offered_at=at,
        expires=at + lives,
        plan=msgspec.structs.replace(a_plan(), basis=a_basis() if state in _HELD else None),
        number=f"A{int(task.rpartition('-')[2]):03d}",
        holder=None if state is TaskState.OFFERED else "ann",
    )


@dataclass
class Line:
    """One device's stream: its position, what it holds, and where the lines to it go."""

    revision: int = 0
    binding: Binding | None = None
    tasks: dict[str, TaskView] = field(default_factory=dict)


class FakeHub:
    """The other end. All that it says to a device goes through ``send``, so that a test may lose or repeat it."""

    def __init__(self, clock: Clock, send: Callable[[Outgoing], None]) -> None:
        self.clock = clock
        self.epoch = "epoch-0001"
        self.lines: dict[str, Line] = {}
        self.received: list[AnyMessage] = []
        self.refuse: dict[type[AnyMessage], ErrorCode] = {}
        self.keeps_time = False
        self._send = send
        self._seen: set[str] = set()
        self._count = 0

    def line(self, device: str) -> Line:
        return self.lines.setdefault(device, Line())

    def restart(self) -> None:
        """A new run of the hub: the tables stay, the streams begin anew."""
        self.epoch = f"epoch-{int(self.epoch[-4:]) + 1:04d}"
        for device, line in self.lines.items():
            line.revision = 0
            self.say(device, HubStarted(epoch=self.epoch))

    def bind(self, device: str, branch: str = "north", advisor: str = "ann") -> None:
        binding = Binding(branch=branch, title=branch, advisor=advisor, language=Language.EN, since=self.clock.now())
        line = self.line(device)
        line.binding = binding
        line.tasks = {key: view for key, view in line.tasks.items() if view.branch == branch}
        self.tell(device, lambda at: DeviceBound(position=at, binding=binding, choices=BRANCHES))
        self.sync(device)

    def unbind(self, device: str) -> None:
        line = self.line(device)
        line.binding = None
        line.tasks = {}
        self.tell(device, lambda at: DeviceBound(position=at, binding=None, choices=BRANCHES))
        self.sync(device)

    def offer(self, view: TaskView) -> None:
        for device, line in self.lines.items():
            if line.binding is not None and line.binding.branch == view.branch:
                line.tasks[view.task] = view
                self.tell(device, lambda at: TaskOffered(position=at, task=view))

    def claim(self, task: str, winner: str) -> None:
        for device, line in self.lines.items():
            view = line.tasks.get(task)
            if view is None:
                continue
            if device == winner:
                plan = msgspec.structs.replace(view.plan, basis=a_basis())
                held = msgspec.structs.replace(view, state=TaskState.HELD, holder=device, plan=plan)
                line.tasks[task] = held
                self.tell_claimed(device, winner, held)
            else:
                del line.tasks[task]
                self.tell(device, lambda at: TaskClaimed(position=at, task_id=task, holder=winner))

    def tell_claimed(self, device: str, winner: str, held: TaskView) -> None:
        self.tell(device, lambda at: TaskClaimed(position=at, task_id=held.task, holder=winner, task=held))

    def withdraw(self, task: str, reason: WithdrawReason) -> None:
        for device, line in self.lines.items():
            if line.tasks.pop(task, None) is not None:
                self.tell(device, lambda at: TaskWithdrawn(position=at, task_id=task, reason=reason))

    def update(self, device: str, view: TaskView) -> None:
        self.line(device).tasks[view.task] = view
        self.tell(device, lambda at: TaskUpdated(position=at, task=view))

    def tell(self, device: str, make: Callable[[StreamPosition], AnyMessage]) -> None:
        line = self.line(device)
        line.revision += 1
        self.say(device, make(StreamPosition(epoch=self.epoch, revision=line.revision)))

    def say(self, device: str, message: AnyMessage, answers: str | None = None) -> None:
        self._count += 1
        envelope = Envelope[AnyMessage](
            id=f"hub-{self._count:08d}",
            source="hub",
            type=wire_type(type(message)),
            time=self.clock.now(),
            traceparent=TRACE,
            correlationid=answers or msgspec.UNSET,
            data=message,
        )
        self._send(Outgoing(topics.down(device), encode(envelope)))

    def hear(self, received: Received) -> None:
        where = topics.parse_up(received.topic)
        envelope = decode(received.payload)
        assert not isinstance(where, Refusal)
        assert not isinstance(envelope, Refusal), envelope
        if where.lane is None:
            return
        device, message = where.device, envelope.data
        if isinstance(message, DeviceReported):
            self.welcome(device, message, envelope.id)
            return
        code = self.refuse.get(type(message))
        if code is not None:
            self.say(
                device, MessageRefused(id=envelope.id, code=code, detail="refused by test", hub_time=self.clock.now())
            )
            return
        if envelope.id not in self._seen:
            self._seen.add(envelope.id)
            self.received.append(message)
            self.take(device, message)
        self.say(device, DeliveryAcked(ids=(envelope.id,)))

    def welcome(self, device: str, report: DeviceReported, report_id: str | None = None) -> None:
        line = self.line(device)
        position = StreamPosition(epoch=self.epoch, revision=line.revision)
        current = report.position == position
        welcome = DeviceWelcomed(hub_time=self.clock.now(), epoch=self.epoch, current=current)
        if self.keeps_time:
            welcome = msgspec.structs.replace(welcome, hub_us=1_000_000 + time.monotonic_ns() // 1000, held_us=0)
        self.say(device, welcome, report_id)
        if not current:
            self.sync(device)

    def sync(self, device: str) -> None:
        line = self.line(device)
        tasks = tuple(line.tasks.values())
        self.tell(
            device,
            lambda at: TasksSynced(position=at, part=1, parts=1, binding=line.binding, choices=BRANCHES, tasks=tasks),
        )

    def take(self, device: str, message: AnyMessage) -> None:
        line = self.line(device)
        match message:
            case BindDevice():
                self.bind(device, message.branch)
            case UnbindDevice():
                self.unbind(device)
            case ClaimTask():
                held = line.tasks.get(message.task_id)
                if held is not None and held.state is TaskState.OFFERED:
                    self.claim(message.task_id, device)
            case PassTask():
                offered = line.tasks.get(message.task_id)
                if offered is not None and offered.state is TaskState.OFFERED:
                    del line.tasks[message.task_id]
                    self.tell(
                        device,
                        lambda at: TaskWithdrawn(position=at, task_id=message.task_id, reason=WithdrawReason.PASSED_ON),
                    )
            case StartTalk():
                self.update(device, msgspec.structs.replace(line.tasks[message.task_id], state=TaskState.TALKING))
            case GiveFeedback():
                done = msgspec.structs.replace(line.tasks[message.task_id], state=TaskState.DONE, match_score=1.0)
                self.update(device, done)
            case _:
                pass


class HubOnBus:
    """A :class:`FakeHub` as a client of a bus."""

    def __init__(self, clock: Clock, bus: Bus) -> None:
        self.bus = bus
        self.waiting: list[Outgoing] = []
        self.hub = FakeHub(clock, self.waiting.append)

    async def run(self) -> None:
        await self.bus.run(self)

    def on_connected(self) -> None:
        pass

    def on_disconnected(self, reason: str) -> None:
        pass

    def on_message(self, message: Received) -> None:
        self.hub.hear(message)

    async def flush(self) -> None:
        """Publish what the hub said."""
        while self.waiting and self.bus.connected:
            await self.bus.publish([self.waiting.pop(0)])
