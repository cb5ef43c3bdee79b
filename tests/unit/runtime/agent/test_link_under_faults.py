"""Hundreds of seeded courses of everything going wrong, then healing: what was sent has arrived in order, once."""

from __future__ import annotations

import asyncio
import itertools
import random

import msgspec
import pytest

from contracts.visits import ClaimTask, TaskView
from runtime.bus.memory import Faults, MemoryBroker
from tests.agent_on_link import AgentOnLink, mailbox_in_memory
from tests.small_hub import SmallHub
from tests.virtual_time import LoopClock, pass_time, run_virtually, until
from tests.wire.examples import OFFERED

WATCH = "watch-1"
SEEDS = 300
ACTIONS = (*("send",) * 5, *("offer",) * 4, "cut", "cut", "partition", "heal", "restart", "silent", "talk", "crash")


def task(number: int) -> TaskView:
    return msgspec.structs.replace(OFFERED, task=f"task-{number:04d}", pages=None)


async def course(seed: int) -> None:
    chance = random.Random(seed)
    faults = Faults(
        delay_s=(0.0, chance.choice([0.05, 0.5, 2.0])),
        drop=chance.choice([0.0, 0.1, 0.3]),
        duplicate=chance.choice([0.0, 0.1, 0.3]),
        reorder=chance.choice([0.0, 0.1, 0.5]),
    )
    clock = LoopClock(asyncio.get_running_loop())
    broker = MemoryBroker(faults=faults, chance=random.Random(seed + 1))
    mailbox, hub = mailbox_in_memory(), SmallHub(broker, clock)
    hub.tasks_per_part = chance.choice([1, 2, 100])
    sent: list[str] = []
    epochs = 1
    async with hub.running():
        for life in itertools.count(1):
            watch = AgentOnLink(broker, mailbox, clock, life=life)
            async with watch.running():
                action = ""
                while action != "crash" and len(sent) < 12:
                    await pass_time(chance.choice([0.0, 0.1, 1.0, 8.0]))
                    match action := chance.choice(ACTIONS):
                        case "send":
                            sent.append(watch.link.send(ClaimTask(task_id=f"task-{len(sent):04d}")))
                        case "offer":
                            hub.offer(WATCH, task(len(hub.tasks.get(WATCH, ()))))
                        case "cut":
                            broker.cut(chance.choice([WATCH, "hub"]))
                        case "partition":
                            broker.partitioned.add(chance.choice([WATCH, "hub"]))
                        case "heal":
                            broker.partitioned.clear()
                        case "restart":
                            epochs += 1
                            hub.restart(f"epoch-{epochs:04d}")
                        case "silent" | "talk":
                            hub.silent = action == "silent"
                        case _:
                            assert action == "crash"
                if len(sent) >= 12:
                    broker.faults, hub.silent = Faults(delay_s=(0.0, 0.1)), False
                    broker.partitioned.clear()
                    await until(
                        lambda agent=watch: (  # type: ignore[misc]
                            mailbox.depth() == 0 and agent.link.online and mailbox.position() == hub.position(WATCH)
                        ),
                        within_s=600,
                        every_s=0.5,
                        what=f"healed, seed {seed}",
                    )
                    assert watch.tasks == hub.tasks.get(WATCH, ()), f"seed {seed}"
                    break
        assert [envelope.id for envelope in hub.effects] == sent, f"seed {seed}"
        assert mailbox.refused() == [], f"seed {seed}"
    mailbox.close()


@pytest.mark.req("W-01")
@pytest.mark.parametrize("first", range(0, SEEDS, 50))
def test_after_healing_all_has_arrived_in_order_once_and_both_sides_agree(first: int) -> None:
    for seed in range(first, first + 50):
        run_virtually(lambda seed=seed: course(seed))  # type: ignore[misc]
