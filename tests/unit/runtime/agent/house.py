"""A house with a broker, a small hub and a watch on one link, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from contracts.session import DeviceReported
from contracts.visits import ClaimTask, TaskView
from runtime.agent.mailbox import Mailbox
from runtime.bus.memory import Faults, MemoryBroker
from tests.agent_on_link import AgentOnLink, mailbox_in_memory
from tests.small_hub import SmallHub
from tests.virtual_time import LoopClock, run_virtually, until
from tests.wire.examples import OFFERED

WATCH = "watch-1"


def task(number: int) -> TaskView:
    return msgspec.structs.replace(OFFERED, task=f"task-{number:04d}", pages=None)


def claim(number: int) -> ClaimTask:
    return ClaimTask(task_id=f"task-{number:04d}")


@dataclass
class House:
    """A broker, a small hub and a watch on virtual time."""

    broker: MemoryBroker
    hub: SmallHub
    watch: AgentOnLink
    mailbox: Mailbox
    clock: LoopClock

    async def online(self) -> None:
        await until(lambda: self.watch.link.online and self.in_step(), within_s=120, what="online")

    def in_step(self) -> bool:
        return self.mailbox.position() == self.hub.position(WATCH)

    def claims(self) -> list[str]:
        return [e.data.task_id for e in self.hub.effects if isinstance(e.data, ClaimTask)]

    def times_heard(self, message_id: str) -> int:
        return sum(envelope.id == message_id for envelope in self.hub.heard)

    def reports(self) -> int:
        return sum(isinstance(envelope.data, DeviceReported) for envelope in self.hub.heard)


@asynccontextmanager
async def house(*, wrong_by: timedelta = timedelta(0), delay_s: float = 0.0) -> AsyncIterator[House]:
    loop = asyncio.get_running_loop()
    clock = LoopClock(loop)
    broker = MemoryBroker(faults=Faults(delay_s=(delay_s, delay_s)))
    mailbox = mailbox_in_memory()
    hub = SmallHub(broker, clock)
    watch = AgentOnLink(broker, mailbox, LoopClock(loop, wrong_by=wrong_by))
    async with hub.running(), watch.running():
        yield House(broker, hub, watch, mailbox, clock)
    mailbox.close()


def in_a_house(**options: float | timedelta) -> Callable[[Callable[[House], Awaitable[None]]], Callable[[], None]]:
    """Turn a play in a house into a test that runs it in virtual time."""

    def test_of(play: Callable[[House], Awaitable[None]]) -> Callable[[], None]:
        def test() -> None:
            async def main() -> None:
                wrong_by, delay_s = options.get("wrong_by", timedelta(0)), options.get("delay_s", 0.0)
                assert isinstance(wrong_by, timedelta)
                assert isinstance(delay_s, float)
                async with house(wrong_by=wrong_by, delay_s=delay_s) as here:
                    await play(here)

            run_virtually(main)

        test.__name__ = play.__name__
        test.__doc__ = play.__doc__
        return test

    return test_of
