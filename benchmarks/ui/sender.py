"""The sender: plays the hub towards the watch, and publishes to the bare label, over one connection to the broker."""

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

import msgspec

from benchmarks.ui.words import bare_topic
from contracts import topics
from contracts.fields import Language, Urgency
from contracts.session import BranchChoice
from contracts.visits import (
    CustomerPages,
    Field,
    Plan,
    PlannedProduct,
    Preference,
    Reason,
    TaskState,
    TaskView,
    WithdrawReason,
)
from device_agent.stories.hub import StoryHub
from runtime.bus import BusSettings, Outgoing, Received, Subscription
from runtime.bus.aiomqtt_bus import AiomqttBus
from runtime.clock import SystemClock

BRANCH = BranchChoice(branch="riverside", title="Riverside")
NAMES = ("Wang * Ming", "Elizabeth K*", "欧阳*华", "남궁*민")


PAGES = CustomerPages(
    customer=(
        Field(code="name", value=NAMES[0], masked=True),
        Field(code="reference", value="****4711", masked=True),
        Field(code="segment", value="Private", masked=False),
    ),
    assets=(Field(code="holding", value="Mortgage", masked=False),),
    preferences=(Field(code="preference", value="Travel", masked=False),),
)


class DayClock:
    """The machine's clock, ahead by what the compressed day has skipped."""

    def __init__(self) -> None:
        self._clock = SystemClock()
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        return self._clock.now() + self._ahead

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def skip(self, by: timedelta) -> None:
        """It is so much later."""
        self._ahead += by


class Sender:
    """A :class:`~runtime.bus.BusListener`; use :meth:`start`."""

    def __init__(self, broker: str) -> None:
        self._bus = AiomqttBus(
            BusSettings(url=broker, client_id="hub", subscriptions=(Subscription(topics.UP_FILTER, 1),))
        )
        self._clock = DayClock()
        self._waiting: asyncio.Queue[Outgoing] = asyncio.Queue()
        self._connected = asyncio.Event()
        self._hubs: dict[str, StoryHub] = {}
        self._count = 0

    async def start(self, stack: AsyncExitStack) -> None:
        """Connect; left with the stack."""
        for coroutine in (self._bus.run(self), self._speak()):
            job = asyncio.ensure_future(coroutine)
            stack.callback(job.cancel)
        async with asyncio.timeout(10):
            await self._connected.wait()

    def hub(self, device: str) -> StoryHub:
        """The hub of this watch, which is bound from the start."""
        if device not in self._hubs:
            hub = StoryHub(
                device=device,
                clock=self._clock,
                send=self._waiting.put_nowait,
                branches=(BRANCH,),
                advisor="ann",
                language=Language.EN,
            )
            hub.bind(BRANCH.branch)
            self._hubs[device] = hub
        return self._hubs[device]

    def offer(self, device: str) -> str:
        """Offer the watch one more task; returns its id."""
        view = self.view()
        hub = self.hub(device)
        hub.pages[view.task] = PAGES
        hub.offer(view)
        return view.task

    def withdraw(self, device: str, task: str) -> None:
        """The task is served elsewhere."""
        self.hub(device).withdraw(task, WithdrawReason.SERVED)

    def alert_bare(self, device: str) -> str:
        """One more text for this bare label; returns it."""
        self._count += 1
        text = f"A{self._count:04d} {NAMES[0]}"
        self._waiting.put_nowait(Outgoing(bare_topic(device), text.encode()))
        return text

    def skip(self, by: timedelta) -> None:
        """It is so much later; the watches hear it with the answer to their next heartbeat."""
        self._clock.skip(by)

    def view(self, state: TaskState = TaskState.OFFERED) -> TaskView:
        """A task as the hub offers it: three products with a reason each, two preferences."""
        self._count += 1
        now = self._clock.now()
        products = tuple(
            PlannedProduct(
                code=code, name=name, probability=share, reasons=(Reason(code="savings", text=f"{reason} ({code})"),)
            )
            for code, name, share, reason in (
                ("deposit", "Time deposit", 0.92, "Looked at savings (14 days): 6, above average"),
                ("home", "Home contents insurance", 0.61, "Has a mortgage"),
                ("fund", "Fund plan", 0.38, "A try: not among the model's first three"),
            )
        )
        return TaskView(
            task=f"bench-{self._count:06d}",
            branch=BRANCH.branch,
            state=state,
            urgency=Urgency.URGENT if self._count % 4 == 0 else Urgency.ORDINARY,
            customer_name=NAMES[self._count % len(NAMES)],
            business="loan",
            business_name="Loans and mortgages",
            booked=self._count % 5 == 0,
            waiting_since=now - timedelta(minutes=self._count % 9),
            offered_at=now,
            expires=now + timedelta(hours=1),
            plan=Plan(
                products=products,
                preferences=(
                    Preference(tag="family", weight=0.8, name="Family"),
                    Preference(tag="travel", weight=0.3, name="Travel"),
                ),
                removed=2,
                model="bench-1",
                made_at=now,
            ),
            number=f"A{self._count % 1000:03d}",
            holder=None if state is TaskState.OFFERED else "ann",
        )

    def hold_many(self, device: str, count: int) -> None:
        """The watch holds exactly so many tasks: every tenth is held, the others are done, so that none buzzes."""
        states = (TaskState.HELD if at % 10 == 0 else TaskState.DONE for at in range(count))
        views = (self.view(state) for state in states)
        self.hub(device).hold_all(
            msgspec.structs.replace(view, match_score=1.0) if view.state is TaskState.DONE else view for view in views
        )

    # What the bus tells

    def on_connected(self) -> None:
        self._connected.set()

    def on_disconnected(self, reason: str) -> None:
        raise SystemExit(f"the sender lost its connection: {reason}")

    def on_message(self, message: Received) -> None:
        where = topics.parse_up(message.topic)
        if isinstance(where, topics.UpTopic) and where.device in self._hubs:
            self._hubs[where.device].hear(message)

    async def _speak(self) -> None:
        await self._connected.wait()
        while True:
            await self._bus.publish([await self._waiting.get()])
