"""Who watches a branch's lobby, and the waiting estimates: made off the loop, anew when the queue has changed."""

import asyncio
import zlib
from collections.abc import AsyncGenerator, Mapping

from hub.lobby.queue.estimate import Estimate, estimate
from hub.lobby.queues import BranchDay, Queues
from runtime.clock import Clock

FRESH_S = 10.0
"""So long estimates hold while nothing changes but the time."""


class Feed:
    """Wakes who watches a branch after each committed change of its queue."""

    def __init__(self, queues: Queues, clock: Clock) -> None:
        self._queues = queues
        self._clock = clock
        self._told: dict[str, int] = {}
        self._watchers: dict[str, set[asyncio.Event]] = {}
        self._estimates: dict[str, tuple[tuple[int, str], float, Mapping[str, Estimate]]] = {}
        self._making: dict[str, asyncio.Lock] = {}

    def committed(self) -> None:
        """A transaction is durable: wake the watchers of every branch whose queue it changed."""
        self._queues.committed()
        for branch, version in self._queues.versions().items():
            if self._told.get(branch) != version:
                self._told[branch] = version
                for watcher in self._watchers.get(branch, ()):
                    watcher.set()

    def nudge(self, branch: str) -> None:
        """Something of the branch has changed that isn't in its queue."""
        for watcher in self._watchers.get(branch, ()):
            watcher.set()

    def undone(self) -> None:
        """A transaction was rolled back: what it did to queues is forgotten."""
        for branch in self._queues.undone():
            self._told.pop(branch, None)

    async def changes(self, branch: str, *, at_least_s: float) -> AsyncGenerator[None, None]:
        """Comes at once, after each change, and every ``at_least_s`` seconds; several changes may be one."""
        changed = asyncio.Event()
        watchers = self._watchers.setdefault(branch, set())
        watchers.add(changed)
        try:
            while True:
                changed.clear()
                yield
                try:  # not wait_for, which may forget a cancellation before Python 3.12
                    async with asyncio.timeout(at_least_s):
                        await changed.wait()
                except TimeoutError:
                    continue
        finally:
            watchers.discard(changed)
            if not watchers:
                self._watchers.pop(branch, None)

    def known(self, branch: str) -> Mapping[str, Estimate]:
        """The latest estimates that were made for the branch, perhaps of the queue before its last changes."""
        made = self._estimates.get(branch)
        return {} if made is None else made[2]

    async def estimates(self, day: BranchDay) -> Mapping[str, Estimate]:
        """The waiting estimates of a branch by ticket, at most :data:`FRESH_S` old and of the queue as it is."""
        branch = day.branch.name
        async with self._making.setdefault(branch, asyncio.Lock()):
            key = (day.version, day.day.isoformat())
            known = self._estimates.get(branch)
            if known is not None and known[0] == key and self._clock.monotonic() - known[1] < FRESH_S:
                return known[2]
            now = self._clock.now().timestamp()
            view, fit, seed = day.queue.view(), day.experience.fit(now), zlib.crc32("/".join((branch, key[1])).encode())
            outlook = await asyncio.to_thread(estimate, view, day.rules, fit, now, seed=seed)
            made: dict[str, Estimate] = {**outlook.places, **{f"@{name}": one for name, one in outlook.nexts.items()}}
            self._estimates[branch] = (key, self._clock.monotonic(), made)
            return made
