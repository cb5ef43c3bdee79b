"""Whatever the network does, the book is the hub's after healing, and no task buzzes twice or too late (W-01, W-07)."""

from collections import Counter
from datetime import timedelta

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from contracts.fields import Urgency
from contracts.visits import TaskState, WithdrawReason
from tests.unit.device_agent.fakehub import a_view
from tests.unit.device_agent.wrist import DEVICE, Wrist

REASONS = st.sampled_from([WithdrawReason.SERVED, WithdrawReason.EXPIRED, WithdrawReason.CANCELLED])


class Branch(RuleBasedStateMachine):
    """A hub that changes its mind, over a wire that loses and repeats, to an agent that dies now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.wrist = Wrist()
        self.count = 0
        self.wrist.motor.is_open = self.is_open
        self.wrist.reconnect()
        self.wrist.hub.bind(DEVICE)

    def is_open(self, task: str) -> bool:
        view = self.wrist.agent.state.book.tasks.get(task)
        return view is not None and view.state is TaskState.OFFERED and self.wrist.clock.now() < view.expires

    def held_by_hub(self, *states: TaskState) -> list[str]:
        return [view.task for view in self.wrist.hub.line(DEVICE).tasks.values() if view.state in states]

    @rule(urgent=st.booleans(), lives_minutes=st.integers(1, 60))
    def offer(self, urgent: bool, lives_minutes: int) -> None:
        self.count += 1
        view = a_view(f"task-{self.count:04d}", urgency=Urgency.URGENT if urgent else Urgency.ORDINARY)
        expires = self.wrist.clock.now() + timedelta(minutes=lives_minutes)
        self.wrist.hub.offer(msgspec.structs.replace(view, offered_at=self.wrist.clock.now(), expires=expires))

    @precondition(lambda self: self.count > 0)
    @rule(data=st.data())
    def offer_anew(self, data: st.DataObject) -> None:
        """A task that went elsewhere comes back: its holder let it go."""
        task = f"task-{data.draw(st.integers(1, self.count)):04d}"
        if task not in self.wrist.hub.line(DEVICE).tasks:
            view = msgspec.structs.replace(a_view(task), offered_at=self.wrist.clock.now())
            self.wrist.hub.offer(msgspec.structs.replace(view, expires=self.wrist.clock.now() + timedelta(minutes=20)))

    @rule(mine=st.booleans(), data=st.data())
    def claim(self, mine: bool, data: st.DataObject) -> None:
        if open_tasks := self.held_by_hub(TaskState.OFFERED):
            self.wrist.hub.claim(data.draw(st.sampled_from(open_tasks)), DEVICE if mine else "watch-2")

    @rule(reason=REASONS, data=st.data())
    def withdraw(self, reason: WithdrawReason, data: st.DataObject) -> None:
        if tasks := self.held_by_hub(*TaskState):
            self.wrist.hub.withdraw(data.draw(st.sampled_from(tasks)), reason)

    @rule(data=st.data())
    def go_on(self, data: st.DataObject) -> None:
        if tasks := self.held_by_hub(TaskState.HELD, TaskState.TALKING):
            view = self.wrist.hub.line(DEVICE).tasks[data.draw(st.sampled_from(tasks))]
            state = TaskState.TALKING if view.state is TaskState.HELD else TaskState.DONE
            self.wrist.hub.update(DEVICE, msgspec.structs.replace(view, state=state))

    @rule(branch=st.sampled_from(["north", "south", None]))
    def rebind(self, branch: str | None) -> None:
        if branch is None:
            self.wrist.hub.unbind(DEVICE)
        else:
            self.wrist.hub.bind(DEVICE, branch)

    @rule(count=st.integers(1, 5))
    def deliver(self, count: int) -> None:
        for _ in range(count):
            self.wrist.carry()

    @rule()
    def lose(self) -> None:
        self.wrist.carry(lose=True)

    @rule()
    def repeat(self) -> None:
        self.wrist.carry(repeat=True)

    @precondition(lambda self: len(self.wrist.wire) > 1)
    @rule()
    def reorder(self) -> None:
        self.wrist.wire.insert(0, self.wrist.wire.pop())

    @rule()
    def heartbeat(self) -> None:
        self.wrist.report()

    @rule()
    def kill_agent(self) -> None:
        self.wrist.start()

    @rule()
    def restart_hub(self) -> None:
        self.wrist.hub.restart()

    @rule(minutes=st.integers(1, 30))
    def wait(self, minutes: int) -> None:
        """Nothing stays on a wire for minutes: the connection would be given up."""
        self.wrist.carry_all()
        self.wrist.clock.at += timedelta(minutes=minutes)

    @rule(data=st.data())
    def act(self, data: st.DataObject) -> None:
        if tasks := list(self.wrist.agent.state.book.tasks):
            task = data.draw(st.sampled_from(tasks))
            data.draw(st.sampled_from([self.wrist.agent.claim, self.wrist.agent.pass_task]))(task)

    @rule()
    def heal(self) -> None:
        self.wrist.reconnect()
        line, state = self.wrist.hub.line(DEVICE), self.wrist.agent.state
        assert dict(state.book.tasks) == line.tasks
        assert state.binding == line.binding
        assert state.book.badge == len(self.held_by_hub(TaskState.OFFERED, TaskState.HELD, TaskState.TALKING))
        now = self.wrist.clock.now()
        if state.talk is None:
            for view in line.tasks.values():
                if view.state is TaskState.OFFERED and now < view.expires:
                    assert view.task in self.wrist.motor.felt, f"{view.task} is open and was never felt"

    @invariant()
    def nothing_buzzes_twice(self) -> None:
        assert [task for task, times in Counter(self.wrist.motor.felt).items() if times > 1] == []

    @invariant()
    def what_buzzed_was_open_here_when_it_did(self) -> None:
        assert self.wrist.motor.wrongly == []

    @invariant()
    def the_store_is_the_memory(self) -> None:
        stored = self.wrist.agent._store.load()
        assert stored.book == self.wrist.agent.state.book
        assert stored.intents == self.wrist.agent.state.intents
        assert stored.binding == self.wrist.agent.state.binding

    def teardown(self) -> None:
        try:
            self.heal()
        finally:
            self.wrist.close()


TestBranch = pytest.mark.req("W-01", "W-07")(Branch.TestCase)
TestBranch.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
