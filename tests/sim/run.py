"""One seed from beginning to end."""

from __future__ import annotations

import asyncio

import msgspec

from runtime.bus.memory import MemoryBroker
from tests.sim.chaos import heal, make_trouble
from tests.sim.ending import settle
from tests.sim.people import advise, arrive, serve
from tests.sim.processes import HubProcess, KioskProcess, WristProcess
from tests.sim.shop import Shop, keep_shop
from tests.sim.stage import Parts, Stage
from tests.sim.watch import Watch
from tests.sim.world import World, build_world, chance_of
from tests.virtual_time import VirtualLoop


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a seed: broken invariants, the trace's hash and last lines, what happened how often.

    ``places``: by process, where it might have died in its first life, in order.
    """

    seed: int
    violations: tuple[str, ...]
    digest: str
    steps: int
    tail: tuple[str, ...]
    counts: dict[str, int]
    places: dict[str, tuple[str, ...]]
    virtual_s: float

    def __str__(self) -> str:
        return "\n".join((f"seed {self.seed}:", *self.tail, *self.violations))


class Death(msgspec.Struct, frozen=True):
    """A process dies at the n-th place at which it may, counted from 1."""

    process: str
    place: int


def run_seed(seed: int, parts: Parts | None = None, *, tail: int = 60) -> Outcome:
    """Run a seed; ``tail`` lines of the trace are kept when an invariant broke."""
    return run_world(build_world(seed), parts, tail=tail)


def run_world(world: World, parts: Parts | None = None, *, dies: Death | None = None, tail: int = 60) -> Outcome:
    """Run a world; ``dies``: beside all its trouble, one process dies at one place of its first life."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(_run(world, parts or Parts(), dies, tail))


async def _run(world: World, parts: Parts, dies: Death | None, tail: int) -> Outcome:
    loop = asyncio.get_running_loop()
    broker = MemoryBroker(chance=chance_of(world.seed, "network"))
    stage = Stage(world, parts, loop, broker)
    loop.set_exception_handler(stage.on_loop_exception)
    shop = Shop(stage)
    hub = HubProcess(stage, shop)
    kiosks = [KioskProcess(stage, plan, shop) for plan in world.kiosks]
    wrists = [WristProcess(stage, plan, shop) for plan in world.wrists]
    stage.watch = watch = Watch(stage, hub, wrists)
    agents = [*kiosks, *wrists]
    playing = asyncio.ensure_future(_play(stage, shop, hub, kiosks, wrists, watch, dies))
    failing = asyncio.ensure_future(stage.failed.wait())
    await asyncio.wait({playing, failing}, return_when=asyncio.FIRST_COMPLETED)
    for future in (playing, failing):
        future.cancel()
    for result in await asyncio.gather(playing, failing, return_exceptions=True):
        if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
            stage.violate("the simulation itself works", repr(result))
    virtual_s = loop.time()
    for process in (hub, *agents):
        await process.end()
    return Outcome(
        seed=world.seed,
        violations=tuple(str(violation) for violation in stage.violations),
        digest=stage.trace.digest,
        steps=stage.trace.count,
        tail=tuple(stage.trace.lines)[-tail:] if stage.violations else (),
        counts=dict(sorted(stage.counts.items())),
        places={name: tuple(names) for name, names in stage.places.items()},
        virtual_s=virtual_s,
    )


async def _play(
    stage: Stage,
    shop: Shop,
    hub: HubProcess,
    kiosks: list[KioskProcess],
    wrists: list[WristProcess],
    watch: Watch,
    dies: Death | None,
) -> None:
    agents = [*kiosks, *wrists]
    for process in (hub, *agents):
        process.start()
        if dies is not None and dies.process == process.name:
            process.points.die_at(dies.place)
    first_life = {process.name: process.points for process in (hub, *agents)}
    lively = [
        *(arrive(stage, kiosk) for kiosk in kiosks),
        *(advise(stage, wrist) for wrist in wrists),
        serve(stage, hub),
        keep_shop(stage, shop),
    ]
    people = [asyncio.ensure_future(someone) for someone in lively]
    trouble = asyncio.ensure_future(make_trouble(stage, hub, agents))
    try:
        await asyncio.sleep(stage.world.active_s)
        await trouble
        stage.active = False
        for one in people:
            one.cancel()
        for result in await asyncio.gather(*people, return_exceptions=True):
            if isinstance(result, Exception):
                raise result
        stage.places = {name: list(points.names) for name, points in first_life.items()}
        await heal(stage, hub, agents)
        shop.heal()
        await settle(stage, watch, kiosks, wrists)
    finally:
        for one in (*people, trouble):
            one.cancel()
        await asyncio.gather(*people, trouble, return_exceptions=True)
