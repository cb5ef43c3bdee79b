"""What goes wrong, when: partitions, a broker and processes that die and come back, disks that fail."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

from runtime.bus.memory import Faults
from tests.sim.processes import AgentProcess, HubProcess, Process
from tests.sim.stage import Stage

CALM = Faults(delay_s=(0.005, 0.02))


async def make_trouble(stage: Stage, hub: HubProcess, agents: Sequence[AgentProcess]) -> None:
    """All of the world's trouble, at random times of the active part."""
    chance = stage.chance("chaos")
    trouble = stage.world.trouble
    stage.broker.faults = trouble.faults
    plan = [
        (chance.uniform(0.0, stage.world.active_s), kind)
        for kind, times in (
            ("partition", trouble.partitions),
            ("broker", trouble.broker_restarts),
            ("kill hub", trouble.hub_kills),
            ("crash hub", trouble.hub_crash_points),
            ("disk", trouble.storage_failures),
            ("kill agent", trouble.agent_kills),
            ("crash agent", trouble.agent_crash_points),
            ("stop agent", trouble.agent_stops),
        )
        for _ in range(times)
    ]
    async with asyncio.TaskGroup() as group:
        for at_s, kind in sorted(plan):
            await asyncio.sleep(max(0.0, at_s - stage.loop.time()))
            agent = chance.choice(agents)
            stage.counts[kind] += 1
            match kind:
                case "partition":
                    process: Process = hub if chance.random() < 0.25 else agent
                    group.create_task(_partition(stage, process.client_id, chance.uniform(0.3, 14.0)))
                case "broker":
                    group.create_task(_restart_broker(stage, chance.uniform(0.1, 5.0)))
                case "kill hub":
                    hub.kill()
                case "crash hub":
                    hub.points.die_at(chance.randint(1, 12))
                case "disk":
                    hub.storage.failures_ahead += 1
                case "kill agent":
                    agent.kill()
                case "crash agent":
                    agent.points.die_at(_statement(chance))
                case _:
                    group.create_task(agent.stop())


async def heal(stage: Stage, hub: HubProcess, agents: Sequence[AgentProcess]) -> None:
    """Everything works again, and every process is up."""
    stage.broker.faults = CALM
    stage.broker.partitioned.clear()
    stage.broker.start()
    hub.storage.failures_ahead = 0
    for process in (hub, *agents):
        process.points.die_at(None)
        await process.ready()
    stage.note("chaos", "all is healed")


def _statement(chance: random.Random) -> int:
    return chance.randint(1, chance.choice((5, 60)))


async def _partition(stage: Stage, client_id: str, for_s: float) -> None:
    stage.note("chaos", f"cuts {client_id} off for {for_s:.1f} s")
    stage.broker.partitioned.add(client_id)
    stage.broker.cut(client_id)
    await asyncio.sleep(for_s)
    stage.broker.partitioned.discard(client_id)


async def _restart_broker(stage: Stage, for_s: float) -> None:
    stage.note("chaos", f"broker down for {for_s:.1f} s")
    stage.broker.stop()
    await asyncio.sleep(for_s)
    stage.broker.start()
