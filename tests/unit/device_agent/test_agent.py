"""The agent on a bus with its hub: a visit from the offer to the score, offline, refused, quiet, raced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from contracts import ErrorCode
from contracts.fields import DeviceKind, Urgency
from contracts.visits import (
    ClaimTask,
    Consent,
    GiveFeedback,
    NameTarget,
    Outcome,
    SegmentHeard,
    StartTalk,
    TaskState,
    WithdrawReason,
)
from device_agent import events
from device_agent.agent import DeviceAgent
from device_agent.core.acts import DeclineCode, Declined
from device_agent.core.alerts import AlertPatterns
from device_agent.events import AnyEvent, Journal
from device_agent.haptics import Recorder
from runtime.agent.link import LinkSettings, link_bus_settings
from runtime.agent.mailbox import Mailbox
from runtime.bus.memory import Faults, MemoryBroker
from runtime.clock import SystemClock
from runtime.ids import SeededIds
from tests.unit.device_agent.fakehub import HUB_BUS, TRACE, FakeHub, HandClock, HubOnBus, a_view

QUICK = LinkSettings(keepalive_s=1, resend_first_s=0.05, resend_most_s=0.1, resync_wait_s=0.05)
FEEDBACK = GiveFeedback(task_id="task-0001", outcome=Outcome.SUCCESS, products=("car",), preferences=("family",))


class Branch:
    """A hub and any number of wearables on one broker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker = MemoryBroker()
        self.clock = HandClock()
        self.on_bus = HubOnBus(self.clock, self.broker.bus(HUB_BUS))
        self.hub: FakeHub = self.on_bus.hub
        self.events: dict[str, list[AnyEvent]] = {}

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Branch]:
        """The hub's side runs until the end."""
        tasks = [asyncio.ensure_future(self.on_bus.run()), asyncio.ensure_future(self._flush())]
        try:
            yield self
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @asynccontextmanager
    async def wearable(self, device: str = "watch-1", branch: str | None = "north") -> AsyncIterator[DeviceAgent]:
        """An agent, online and bound."""
        mailbox = Mailbox.open(self.folder / f"{device}.sqlite")
        journal = Journal(SystemClock())
        journal.subscribe(self.events.setdefault(device, []).append)
        agent = DeviceAgent(
            device=device,
            kind=DeviceKind.WATCH,
            version="0",
            bus=self.broker.bus(link_bus_settings("mqtt://127.0.0.1", device, 1)),
            mailbox=mailbox,
            clock=SystemClock(),
            ids=SeededIds(f"{device}-life{len(self.events[device])}", 0),
            alerter=Recorder(journal.emit, SystemClock().monotonic),
            journal=journal,
            link_settings=QUICK,
        )
        running = asyncio.ensure_future(agent.run())
        try:
            await until(lambda: agent.state.online and agent.state.choices != (), "online")
            if branch is not None and agent.state.binding is None:
                agent.bind(branch)
                await until(lambda: agent.state.binding is not None, "bound")
            yield agent
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            mailbox.close()

    def of(self, kind: type[AnyEvent], device: str = "watch-1") -> list[AnyEvent]:
        """What happened of this kind on a device."""
        return [event for event in self.events[device] if isinstance(event, kind)]

    async def _flush(self) -> None:
        while True:
            await self.on_bus.flush()
            await asyncio.sleep(0.001)


async def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition; a test that waits for ever has failed."""
    try:
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110 - conditions are on any state
                await asyncio.sleep(0.002)
    except TimeoutError:
        pytest.fail(f"never came: {what}")


def in_book(agent: DeviceAgent, task: str, state: TaskState | None = None) -> bool:
    """Whether the task is in the book (in this state)."""
    view = agent.state.book.tasks.get(task)
    return view is not None and state in (None, view.state)


@pytest.fixture
async def branch(tmp_path: Path) -> AsyncIterator[Branch]:
    async with Branch(tmp_path).open() as opened:
        yield opened


@pytest.mark.req("W-02", "W-06", "W-07", "W-10", "W-14")
async def test_a_visit_from_the_offer_to_the_score(branch: Branch) -> None:
    async with branch.wearable() as agent:
        branch.hub.offer(a_view("task-0001", urgency=Urgency.URGENT))
        await until(lambda: branch.of(events.Alerted) != [], "the alert")
        alert = branch.of(events.Alerted)[0]
        assert isinstance(alert, events.Alerted)
        assert (alert.task, alert.number, alert.trace) == ("task-0001", "A001", TRACE)
        assert alert.pulses_ms == AlertPatterns().urgent.steps[0].pulses_ms
        assert isinstance(agent.claim("task-0001"), str)
        await until(lambda: agent.state.book.tasks["task-0001"].state is TaskState.HELD, "held")
        assert branch.of(events.Silenced) != []
        assert isinstance(agent.start_talk("task-0001", Consent.REFUSED), str)
        assert isinstance(agent.say("she bought a car"), str)
        assert isinstance(agent.say("and wants it insured"), str)
        assert isinstance(agent.give_feedback(FEEDBACK), str)
        again = agent.give_feedback(FEEDBACK)
        assert isinstance(again, Declined)
        assert again.code is DeclineCode.UNDER_WAY
        await until(lambda: branch.of(events.Done) != [], "done")
        done = branch.of(events.Done)
        assert [(event.task, event.match_score) for event in done if isinstance(event, events.Done)] == [
            ("task-0001", 1.0)
        ]
        heard = [m for m in branch.hub.received if not isinstance(m, ClaimTask | StartTalk)][1:]
        assert [m.index for m in heard if isinstance(m, SegmentHeard)] == [0, 1]
        assert heard[-1] == FEEDBACK
        assert agent.state.intents == ()
        assert agent.state.book.badge == 0


@pytest.mark.req("W-06", "W-07")
async def test_of_two_claims_one_wins_and_the_loser_goes_quiet(branch: Branch) -> None:
    async with branch.wearable() as one, branch.wearable("watch-2") as two:
        branch.hub.offer(a_view("task-0001"))
        await until(lambda: all(branch.of(events.Alerted, d) for d in ("watch-1", "watch-2")), "both alerts")
        one.claim("task-0001")
        two.claim("task-0001")
        await until(lambda: bool(branch.of(events.Claimed)) and bool(branch.of(events.Claimed, "watch-2")), "both told")
        mine = [branch.of(events.Claimed, d)[0] for d in ("watch-1", "watch-2")]
        assert sorted(event.mine for event in mine if isinstance(event, events.Claimed)) == [False, True]
        loser, name = (two, "watch-2") if one.state.book.tasks else (one, "watch-1")
        assert dict(loser.state.book.tasks) == {}
        assert branch.of(events.Silenced, name) != []


@pytest.mark.req("W-01", "W-14")
async def test_feedback_given_offline_is_sent_once_after_the_reconnect(branch: Branch) -> None:
    async with branch.wearable() as agent:
        branch.hub.offer(a_view("task-0001"))
        await until(lambda: "task-0001" in agent.state.book.tasks, "offered")
        agent.claim("task-0001")
        await until(lambda: agent.state.book.tasks["task-0001"].state is TaskState.HELD, "held")
        branch.broker.partitioned.add("watch-1")
        branch.broker.cut("watch-1")
        await until(lambda: not agent.state.online, "offline")
        assert isinstance(agent.give_feedback(FEEDBACK), str)
        branch.hub.offer(a_view("task-0002"))
        branch.broker.partitioned.clear()
        await until(lambda: branch.of(events.Done) != [], "done")
        await until(lambda: len(branch.of(events.Alerted)) == 2, "the alert of what was offered meanwhile")
        assert [m for m in branch.hub.received if isinstance(m, GiveFeedback)] == [FEEDBACK]


@pytest.mark.req("W-07")
async def test_quiet_in_a_talk_and_felt_after_it(branch: Branch) -> None:
    async with branch.wearable() as agent:
        for task in ("task-0001", "task-0002", "task-0003"):
            branch.hub.offer(a_view(task))
            await until(partial(in_book, agent, task), "offered")
            if task == "task-0001":
                agent.claim(task)
                await until(lambda: agent.state.book.tasks["task-0001"].state is TaskState.HELD, "held")
                agent.start_talk(task, Consent.GRANTED)
        assert agent.state.book.badge == 3
        branch.hub.withdraw("task-0003", WithdrawReason.SERVED)
        await until(lambda: "task-0003" not in agent.state.book.tasks, "withdrawn")
        felt = [event.task for event in branch.of(events.Alerted) if isinstance(event, events.Alerted)]
        assert felt == ["task-0001"]
        agent.give_feedback(FEEDBACK)
        await until(lambda: len(branch.of(events.Alerted)) == 2, "the alert that waited")
        felt = [event.task for event in branch.of(events.Alerted) if isinstance(event, events.Alerted)]
        assert felt == ["task-0001", "task-0002"]


@pytest.mark.req("W-07")
async def test_an_expired_task_never_buzzes_by_the_hubs_clock(branch: Branch) -> None:
    """The machine's clock stands far from the hub's: what counts is the corrected one."""
    async with branch.wearable() as agent:
        assert abs((agent.link.clock.now() - branch.clock.now()).total_seconds()) < 60
        branch.hub.offer(a_view("task-0001", lives=timedelta(seconds=-1)))
        branch.hub.offer(a_view("task-0002"))
        await until(lambda: branch.of(events.Alerted) != [], "the second's alert")
        felt = [event.task for event in branch.of(events.Alerted) if isinstance(event, events.Alerted)]
        assert felt == ["task-0002"]


async def test_a_refusal_is_told_and_taken_back(branch: Branch) -> None:
    branch.hub.refuse[StartTalk] = ErrorCode.NO_CONSENT
    async with branch.wearable() as agent:
        branch.hub.offer(a_view("task-0001"))
        await until(lambda: "task-0001" in agent.state.book.tasks, "offered")
        agent.claim("task-0001")
        await until(lambda: agent.state.book.tasks["task-0001"].state is TaskState.HELD, "held")
        agent.start_talk("task-0001", Consent.GRANTED)
        assert agent.state.talk is not None
        branch.hub.offer(a_view("task-0002"))
        await until(lambda: branch.of(events.Refused) != [], "the refusal")
        refused = branch.of(events.Refused)[0]
        assert isinstance(refused, events.Refused)
        assert (refused.type, refused.task, refused.code) == ("talk.start.v1", "task-0001", ErrorCode.NO_CONSENT)
        assert agent.state.talk is None
        assert [notice.code for notice in agent.state.notices] == ["no_consent"]
        await until(lambda: len(branch.of(events.Alerted)) == 2, "no talk keeps the wrist quiet any more")
        agent.dismiss_notice(agent.state.notices[0].message_id)
        assert agent.state.notices == ()


@pytest.mark.req("W-02")
async def test_rebinding_and_unbinding_take_the_old_branchs_offers(branch: Branch) -> None:
    async with branch.wearable() as agent:
        branch.hub.offer(a_view("task-0001"))
        await until(lambda: "task-0001" in agent.state.book.tasks, "offered")
        agent.bind("south")
        await until(lambda: agent.state.binding is not None and agent.state.binding.branch == "south", "moved")
        assert dict(agent.state.book.tasks) == {}
        assert isinstance(agent.name_target("customer-7", "loan"), str)
        await until(lambda: any(isinstance(m, NameTarget) for m in branch.hub.received), "the named target")
        agent.unbind()
        await until(lambda: agent.state.binding is None, "unbound")
        for declined in (agent.unbind(), agent.name_target("customer-7", "loan")):
            assert isinstance(declined, Declined)
            assert declined.code is DeclineCode.NOT_BOUND


async def test_what_cannot_be_said_is_declined_here(branch: Branch) -> None:
    async with branch.wearable() as agent:
        before = agent.state
        for declined, code in (
            (agent.say("hello"), DeclineCode.NO_TALK),
            (agent.claim("task-0404"), DeclineCode.NO_SUCH_TASK),
            (agent.give_feedback(FEEDBACK), DeclineCode.NO_SUCH_TASK),
        ):
            assert isinstance(declined, Declined)
            assert declined.code is code
        assert agent.state == before


@pytest.mark.req("W-01")
async def test_over_a_bad_network_with_restarts_all_is_there_once(branch: Branch) -> None:
    branch.broker.faults = Faults(delay_s=(0.0, 0.01), drop=0.15, duplicate=0.15, reorder=0.2)
    for life in range(3):
        async with branch.wearable() as agent:
            task = f"task-{life + 1:04d}"
            branch.hub.offer(a_view(task))
            await until(partial(in_book, agent, task), "offered")
            agent.claim(task)
            if life == 1:
                branch.hub.restart()
            await until(partial(in_book, agent, task, TaskState.HELD), "held")
    async with branch.wearable() as agent:
        await until(lambda: dict(agent.state.book.tasks) == branch.hub.line("watch-1").tasks, "the same book")
    felt = [event.task for event in branch.of(events.Alerted) if isinstance(event, events.Alerted)]
    assert sorted(felt) == ["task-0001", "task-0002", "task-0003"]
    assert sum(isinstance(message, ClaimTask) for message in branch.hub.received) == 3
